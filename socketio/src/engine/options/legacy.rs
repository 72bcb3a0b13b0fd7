//! The options of the 0.9 protocol: timers, transports, binary values, Flash.

use std::time::Duration;

use crate::{bounds, engine::options::choices::Transport, error::Error, packet::v1::LegacyBinary};

/// A transport of the 0.9 protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LegacyTransport {
    /// `websocket`: RFC 6455 (versions 7, 8 and 13) and hixie-76.
    WebSocket,
    /// `flashsocket`: a WebSocket that a Flash movie opens.
    FlashSocket,
    /// `htmlfile`: one endless page of scripts, for Internet Explorer.
    HtmlFile,
    /// `xhr-polling`.
    XhrPolling,
    /// `jsonp-polling`: scripts and forms, for pages of other origins in browsers without CORS.
    JsonpPolling,
}

impl LegacyTransport {
    pub(crate) const ALL: [Self; 5] =
        [Self::WebSocket, Self::FlashSocket, Self::HtmlFile, Self::XhrPolling, Self::JsonpPolling];

    /// The name in the handshake and in the path of a request.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::FlashSocket => "flashsocket",
            Self::HtmlFile => "htmlfile",
            Self::XhrPolling => "xhr-polling",
            Self::JsonpPolling => "jsonp-polling",
        }
    }

    /// The Engine.IO transport that must be enabled for this transport.
    pub(crate) const fn needs(self) -> Transport {
        match self {
            Self::WebSocket | Self::FlashSocket => Transport::WebSocket,
            Self::HtmlFile | Self::XhrPolling | Self::JsonpPolling => Transport::Polling,
        }
    }
}

/// How sessions of clients 0.7 to 0.9 behave. The defaults are those of the 0.9 server.
///
/// A value out of its bounds is an error when the engine is created. All durations are at least 1 ms and at most a day.
///
/// ```
/// use std::time::Duration;
///
/// use socketio::engine::{LegacyBinary, LegacyOptions};
///
/// let options = LegacyOptions::new().heartbeat_interval(Duration::from_secs(10)).binary(LegacyBinary::Refuse);
/// ```
#[must_use]
#[derive(Clone, Debug)]
pub struct LegacyOptions {
    pub(crate) heartbeat_interval: Duration,
    pub(crate) heartbeat_timeout: Duration,
    pub(crate) close_timeout: Duration,
    pub(crate) polling_duration: Duration,
    pub(crate) handshake_timeout: Duration,
    pub(crate) transports: Vec<LegacyTransport>,
    pub(crate) binary: LegacyBinary,
    pub(crate) flash_policy_port: Option<u16>,
    /// Empty: the port that the server listens on.
    pub(crate) flash_ports: Vec<u16>,
}

impl Default for LegacyOptions {
    fn default() -> Self {
        Self {
            heartbeat_interval: Duration::from_secs(25),
            heartbeat_timeout: Duration::from_secs(60),
            close_timeout: Duration::from_secs(60),
            polling_duration: Duration::from_secs(20),
            handshake_timeout: Duration::from_secs(30),
            transports: LegacyTransport::ALL.to_vec(),
            binary: LegacyBinary::default(),
            flash_policy_port: None,
            flash_ports: Vec::new(),
        }
    }
}

impl LegacyOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The time between two heartbeats, and from the opening of a stream to the first. Default 25 s; at most three
    /// quarters of [`heartbeat_timeout`](Self::heartbeat_timeout) and
    /// [`close_timeout`](Self::close_timeout), because the clients close their transport when they receive nothing for that
    /// time. Polling has no heartbeats.
    pub fn heartbeat_interval(mut self, interval: Duration) -> Self {
        self.heartbeat_interval = interval;
        self
    }

    /// How long a client may take to answer a heartbeat, counted from the first one without an answer; any packet is an
    /// answer. Default 60 s. The handshake contains the value in whole seconds.
    pub fn heartbeat_timeout(mut self, timeout: Duration) -> Self {
        self.heartbeat_timeout = timeout;
        self
    }

    /// How long a session may be without a transport: from the answer to one poll to the next poll. Default 60 s.
    /// The handshake contains the value in whole seconds.
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout;
        self
    }

    /// How long a poll stays open while there is no packet for it. Default 20 s; at most three quarters of
    /// [`close_timeout`](Self::close_timeout).
    pub fn polling_duration(mut self, duration: Duration) -> Self {
        self.polling_duration = duration;
        self
    }

    /// How long a client may take from the handshake to its first transport. Default 30 s.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// The transports that are offered, in the order of preference. `websocket` and `flashsocket` need
    /// [`Transport::WebSocket`] in [`Options::transports`](crate::engine::Options::transports), the others
    /// [`Transport::Polling`], and `jsonp-polling` also [`Options::jsonp`](crate::engine::Options::jsonp). Default: all five.
    pub fn transports(mut self, transports: impl IntoIterator<Item = LegacyTransport>) -> Self {
        self.transports = transports.into_iter().collect();
        self
    }

    /// What clients receive in place of binary values. Default: base64.
    pub fn binary(mut self, binary: LegacyBinary) -> Self {
        self.binary = binary;
        self
    }

    /// A port that serves the policy file of Flash movies, on the same address as the server. Default: none; the old
    /// clients ask port 10843, then 843, then the server's own port, which always answers.
    pub fn flash_policy_port(mut self, port: u16) -> Self {
        self.flash_policy_port = Some(port);
        self
    }

    /// The ports that Flash movies may connect to, as the policy file names them. Default: the one that the server listens
    /// on. Set the ports if a proxy or a router maps the server's port to another port.
    pub fn flash_ports(mut self, ports: impl IntoIterator<Item = u16>) -> Self {
        self.flash_ports = ports.into_iter().collect();
        self
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        for (name, timeout) in [
            ("legacy_options.heartbeat_interval", self.heartbeat_interval),
            ("legacy_options.heartbeat_timeout", self.heartbeat_timeout),
            ("legacy_options.close_timeout", self.close_timeout),
            ("legacy_options.polling_duration", self.polling_duration),
            ("legacy_options.handshake_timeout", self.handshake_timeout),
        ] {
            bounds::time(name, timeout)?;
        }
        let most = |timeout: Duration| timeout * 3 / 4;
        for (name, silence, patience, of) in [
            ("heartbeat_interval", self.heartbeat_interval, self.heartbeat_timeout, "heartbeat_timeout"),
            ("heartbeat_interval", self.heartbeat_interval, self.close_timeout, "close_timeout"),
            ("polling_duration", self.polling_duration, self.close_timeout, "close_timeout"),
        ] {
            if silence > most(patience) {
                return Err(Error::start(format!(
                    "`legacy_options.{name}` is {silence:?}; it must be at most three quarters of `{of}`, which is {patience:?}"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_shorter_than_what_ends_a_session() {
        let second = Duration::from_secs(1);
        let mistake = |options: LegacyOptions| options.check().map_err(|error| error.message().to_owned());
        let options = || LegacyOptions::new().close_timeout(8 * second).polling_duration(6 * second);
        assert_eq!(mistake(options().heartbeat_interval(6 * second)), Ok(()));
        let expected = "`legacy_options.heartbeat_interval` is 7s; it must be at most three quarters of `close_timeout`, which is 8s";
        assert_eq!(mistake(options().heartbeat_interval(7 * second)), Err(expected.to_owned()));
        let expected = "`legacy_options.heartbeat_interval` is 3s; it must be at most three quarters of `heartbeat_timeout`, which is 1s";
        let options = options().heartbeat_interval(3 * second);
        assert_eq!(mistake(options.clone().heartbeat_timeout(second)), Err(expected.to_owned()));
        let expected = "`legacy_options.polling_duration` is 7s; it must be at most three quarters of `close_timeout`, which is 8s";
        assert_eq!(mistake(options.clone().polling_duration(7 * second)), Err(expected.to_owned()));
        let expected = "`legacy_options.close_timeout` is 0ns; it must be from 1 ms to 1 day";
        assert_eq!(mistake(options.close_timeout(Duration::ZERO)), Err(expected.to_owned()));
    }
}
