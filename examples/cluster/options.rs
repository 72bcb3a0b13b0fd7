//! The command line, and what it means for a server.

use std::str::FromStr;
use std::time::Duration;

use socketio::Recovery;
use socketio::adapter::{Nats, Postgres, PythonRedis, Redis, RedisStreams, SubscriptionMode};
use socketio::prelude::*;

const USAGE: &str = "\
usage: cluster [OPTIONS]
  --port N                 default: the variable PORT, else 3000; 0 lets the system choose
  --adapter KIND           classic, sharded, streams, postgres, python, nats or memory; default memory, which is a server alone
  --url URL                where the broker is: redis:// (redis+cluster:// for a Redis Cluster), postgres:// or nats://
  --key PREFIX             what this cluster's channels and keys begin with; default socket.io
  --name NAME              how this server names itself; default A
  --recovery SECONDS       a client that comes back within this time finds its session (streams and memory)
  --subscription-mode M    of sharded: static or dynamic; default dynamic
  --streams N              of streams: how many; default 1";

/// What was given.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) port: u16,
    pub(crate) name: String,
    adapter: Kind,
    url: String,
    key: String,
    recovery: Option<Duration>,
    is_static: bool,
    streams: u32,
}

/// The value of `--adapter`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Classic,
    Sharded,
    Streams,
    Memory,
    Nats,
    Postgres,
    Python,
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name {
            "classic" => Ok(Self::Classic),
            "sharded" => Ok(Self::Sharded),
            "streams" => Ok(Self::Streams),
            "memory" => Ok(Self::Memory),
            "nats" => Ok(Self::Nats),
            "postgres" => Ok(Self::Postgres),
            "python" => Ok(Self::Python),
            _ => Err(()),
        }
    }
}

impl Options {
    /// Reads `--option value` pairs; the error is what to tell the user.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000);
        let mut options = Self {
            port,
            name: "A".to_owned(),
            adapter: Kind::Memory,
            url: String::new(),
            key: "socket.io".to_owned(),
            recovery: None,
            is_static: false,
            streams: 1,
        };
        while let Some(option) = words.next() {
            let value = words.next().ok_or_else(|| USAGE.to_owned())?;
            match option.as_str() {
                "--port" => options.port = parsed(&option, &value)?,
                "--adapter" => options.adapter = parsed(&option, &value)?,
                "--url" => options.url = value,
                "--key" => options.key = value,
                "--name" => options.name = value,
                "--recovery" => options.recovery = Some(Duration::from_secs(parsed(&option, &value)?)),
                "--subscription-mode" => options.is_static = value == "static",
                "--streams" => options.streams = parsed(&option, &value)?,
                _ => return Err(format!("{option}: no such option\n{USAGE}")),
            }
        }
        Ok(options)
    }

    /// Redis, or a Redis Cluster: the scheme `redis+cluster`.
    fn redis(&self) -> Redis {
        match self.url.strip_prefix("redis+cluster://") {
            Some(address) => Redis::cluster([format!("redis://{address}")]),
            None => Redis::new(&self.url),
        }
    }

    /// Connects the server with the others.
    pub(crate) fn cluster(&self, server: Server) -> Result<Server, Error> {
        let server = match self.recovery {
            Some(time) => server.recovery(Recovery::default().max_disconnection(time)),
            None => server,
        };
        Ok(match self.adapter {
            Kind::Classic => server.adapter(self.redis().key(&self.key)),
            Kind::Sharded => {
                let mode = if self.is_static { SubscriptionMode::Static } else { SubscriptionMode::Dynamic };
                server.adapter(self.redis().sharded().channel_prefix(&self.key).subscription_mode(mode))
            }
            Kind::Streams => {
                let adapter = match self.url.strip_prefix("redis+cluster://") {
                    Some(rest) => RedisStreams::cluster([format!("redis://{rest}")]),
                    None => RedisStreams::new(&self.url),
                };
                let adapter = adapter.stream_name(&self.key).stream_count(self.streams);
                server.adapter(adapter.channel_prefix(&self.key).session_key_prefix(&format!("{}:session:", self.key)))
            }
            Kind::Memory => server,
            Kind::Nats => server.adapter(Nats::new(&self.url).subject_prefix(&self.key)),
            Kind::Postgres => server.adapter(Postgres::new(&self.url).channel_prefix(&self.key).create_table(true)),
            Kind::Python => server.adapter(PythonRedis::new(&self.url).channel(&self.key)),
        })
    }
}

fn parsed<T: FromStr>(option: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{option}: `{value}` is none of its values\n{USAGE}"))
}
