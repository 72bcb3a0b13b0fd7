//! The command line, and what it means for a server and for an engine alone.

use std::time::Duration;

use socketio::Server;
use socketio::engine::Options;

const USAGE: &str = "\
usage: conformance [FLAGS]
  --port N               default 3000; 0 lets the system choose
  --ping-interval MS     default 25000
  --ping-timeout MS      default 20000
  --upgrade-timeout MS   default 10000
  --connect-timeout MS   default 45000
  --max-payload BYTES    default 1000000
  --cors ORIGIN          an allowed origin, or * for all; default: none";

/// What was given; `None` leaves the library's default.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    pub(crate) port: u16,
    ping_interval: Option<Duration>,
    ping_timeout: Option<Duration>,
    upgrade_timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    max_payload: Option<usize>,
    cors: Option<String>,
}

impl Flags {
    /// Reads `--flag value` pairs; the error is what to tell the user.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut flags = Self { port: 3000, ..Self::default() };
        while let Some(flag) = words.next() {
            let value = words.next().ok_or_else(|| USAGE.to_owned())?;
            match flag.as_str() {
                "--port" => flags.port = number(&flag, &value)?,
                "--ping-interval" => flags.ping_interval = Some(milliseconds(&flag, &value)?),
                "--ping-timeout" => flags.ping_timeout = Some(milliseconds(&flag, &value)?),
                "--upgrade-timeout" => flags.upgrade_timeout = Some(milliseconds(&flag, &value)?),
                "--connect-timeout" => flags.connect_timeout = Some(milliseconds(&flag, &value)?),
                "--max-payload" => flags.max_payload = Some(number(&flag, &value)?),
                "--cors" => flags.cors = Some(value),
                _ => return Err(format!("{flag}: no such flag\n{USAGE}")),
            }
        }
        Ok(flags)
    }

    /// The options of an engine that stands alone.
    pub(crate) fn engine(&self) -> Options {
        let mut options = Options::new();
        if let Some(interval) = self.ping_interval {
            options = options.ping_interval(interval);
        }
        if let Some(timeout) = self.ping_timeout {
            options = options.ping_timeout(timeout);
        }
        if let Some(timeout) = self.upgrade_timeout {
            options = options.upgrade_timeout(timeout);
        }
        if let Some(bytes) = self.max_payload {
            options = options.max_payload(bytes);
        }
        if let Some(origin) = self.cors.clone() {
            options = options.cors(origin);
        }
        options
    }

    /// The same for a Socket.IO server.
    pub(crate) fn server(&self, mut server: Server) -> Server {
        if let Some(interval) = self.ping_interval {
            server = server.ping_interval(interval);
        }
        if let Some(timeout) = self.ping_timeout {
            server = server.ping_timeout(timeout);
        }
        if let Some(timeout) = self.upgrade_timeout {
            server = server.upgrade_timeout(timeout);
        }
        if let Some(timeout) = self.connect_timeout {
            server = server.connect_timeout(timeout);
        }
        if let Some(bytes) = self.max_payload {
            server = server.max_payload(bytes);
        }
        if let Some(origin) = self.cors.clone() {
            server = server.cors(origin);
        }
        server
    }
}

fn number<T: std::str::FromStr>(flag: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{flag}: `{value}` is no number in its range\n{USAGE}"))
}

fn milliseconds(flag: &str, value: &str) -> Result<Duration, String> {
    number(flag, value).map(Duration::from_millis)
}
