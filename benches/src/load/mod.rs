//! The load generator: one thread, one task per connection, framing of its own.
//!
//! `wire` is a WebSocket connection, `http` a keep-alive HTTP connection, `message` what is sent and expected, `session` the
//! handshakes. `meter` counts and times a run; the other modules are one kind of load each and give their figures by name.

pub(crate) mod connect;
pub(crate) mod echo;
pub(crate) mod fanout;
pub(crate) mod flight;
pub(crate) mod http;
pub(crate) mod idle;
pub(crate) mod message;
pub(crate) mod meter;
pub(crate) mod polling;
pub(crate) mod sequence;
pub(crate) mod session;
pub(crate) mod slow;
#[cfg(test)]
mod tests;
pub(crate) mod turns;
pub(crate) mod wire;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::cells::Load;
use meter::Meter;

/// Where to, and for how long.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) address: SocketAddr,
    pub(crate) pid: u32,
    pub(crate) warmup: Duration,
    pub(crate) measure: Duration,
}

/// What came of one run: figures by name, and everything that was wrong. Figures beside a fault mean nothing.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) figures: BTreeMap<String, f64>,
    pub(crate) faults: Vec<String>,
}

impl Outcome {
    pub(crate) fn fault(text: String) -> Self {
        Self { figures: BTreeMap::new(), faults: vec![text] }
    }
}

/// Runs one load on the calling thread, until it is over.
pub(crate) fn run(load: Load, plan: Plan) -> Outcome {
    block_on(async move {
        let meter = Meter::new(plan);
        match load {
            Load::Echo { connections, window, shape, rate } => {
                echo::run(&meter, connections, window, shape, rate).await;
            }
            Load::Polling { connections, window } => polling::run(&meter, connections, window).await,
            Load::Fanout { subscribers, window, room } => fanout::run(&meter, subscribers, window, room).await,
            Load::Connect { workers, upgrade } => connect::run(&meter, workers, upgrade).await,
            Load::Idle { connections } => idle::run(&meter, connections).await,
            Load::Slow { subscribers, rate } => slow::run(&meter, subscribers, rate).await,
        }
        meter.outcome()
    })
}

/// Runs a future, and the tasks it spawns on this thread.
pub(crate) fn block_on(future: impl Future<Output = Outcome>) -> Outcome {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => tokio::task::LocalSet::new().block_on(&runtime, future),
        Err(error) => Outcome::fault(error.to_string()),
    }
}

/// Something a server should not have said.
pub(crate) fn wrong(text: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text.into())
}

/// The beginning of what a server said, for a message.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned()
}
