//! What is measured: the cells of the table, with the ratio each has to reach. How it is measured is in `load`.

use crate::Failure;
use crate::load::message::Shape;
use crate::peers::{Peer, Source};

/// How one cell loads a server.
#[derive(Clone, Copy)]
pub(crate) enum Load {
    /// Every connection keeps `window` messages unanswered; with `rate`, all of them together send so many a second.
    Echo { connections: usize, window: usize, shape: Shape, rate: Option<u32> },
    /// The same by long polling.
    Polling { connections: usize, window: usize },
    /// One of the subscribers publishes to all, with `window` publications under way.
    Fanout { subscribers: usize, window: usize, room: bool },
    /// So many at a time connect, join the namespace, leave it and close.
    Connect { workers: usize, upgrade: bool },
    /// Connections that only answer pings.
    Idle { connections: usize },
    /// Fan-out, beside one more subscriber that does not read.
    Slow { subscribers: usize, rate: u32 },
}

/// One row of the table.
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// The figure that is compared: a key of the run's figures.
    pub(crate) figure: &'static str,
    /// At most this much of socketioxide's better mode.
    pub(crate) goal: Option<f64>,
    pub(crate) load: Load,
}

pub(crate) const CPU: &str = "cpu_us";
pub(crate) const KIB_EACH: &str = "kib_each";
pub(crate) const KIB_AFTER: &str = "kib_each_after";
pub(crate) const KEPT: &str = "kept";

const fn echo(connections: usize, window: usize, shape: Shape) -> Load {
    Load::Echo { connections, window, shape, rate: None }
}

const fn fanout(subscribers: usize, window: usize, room: bool) -> Load {
    Load::Fanout { subscribers, window, room }
}

const fn cell(name: &'static str, title: &'static str, goal: f64, load: Load) -> Cell {
    Cell { name, title, figure: CPU, goal: Some(goal), load }
}

pub(crate) const ALL: [Cell; 18] = [
    cell("echo-1", "echo, 1 connection", 0.93, echo(1, 1, Shape::Text(64))),
    cell("echo-50", "echo, 50 × 1 in flight", 0.78, echo(50, 1, Shape::Text(64))),
    cell("echo-50x16", "echo, 50 × 16 in flight", 0.50, echo(50, 16, Shape::Text(64))),
    cell("echo-500", "echo, 500 × 1 in flight", 0.72, echo(500, 1, Shape::Text(64))),
    cell("echo-object", "echo of a 512 B object, 50 × 4", 0.65, echo(50, 4, Shape::Object(512))),
    cell("echo-16k", "echo of 16 KiB, 20 × 2", 0.50, echo(20, 2, Shape::Text(16_384))),
    cell(
        "echo-paced",
        "echo paced at 5,000/s, 50 connections",
        0.80,
        Load::Echo { connections: 50, window: 64, shape: Shape::Text(64), rate: Some(5_000) },
    ),
    cell("binary-1k", "binary 1 KiB, 50 × 4", 0.60, echo(50, 4, Shape::Binary(1_024))),
    cell("binary-64k", "binary 64 KiB, 10 × 1", 0.70, echo(10, 1, Shape::Binary(65_536))),
    cell("fanout-1", "fan-out to 1,000, 1 at once", 0.80, fanout(1_000, 1, false)),
    cell("fanout-8", "fan-out to 1,000, 8 at once", 0.65, fanout(1_000, 8, false)),
    cell("room-4", "room of 100, 4 at once", 0.80, fanout(100, 4, true)),
    cell("polling-50", "polling echo, 50 × 1", 0.75, Load::Polling { connections: 50, window: 1 }),
    cell("polling-20x8", "polling echo, 20 × 8", 0.75, Load::Polling { connections: 20, window: 8 }),
    cell("connect", "connect, join, leave: WebSocket", 0.70, Load::Connect { workers: 16, upgrade: false }),
    cell("connect-upgrade", "connect, join, leave: with upgrade", 0.75, Load::Connect { workers: 16, upgrade: true }),
    Cell {
        name: "idle",
        title: "idle WebSocket, KiB resident each (10,000)",
        figure: KIB_EACH,
        goal: None,
        load: Load::Idle { connections: 10_000 },
    },
    Cell {
        name: "slow",
        title: "one reader of 11 never reads: MB kept per MB unread, and its fate",
        figure: KEPT,
        goal: None,
        load: Load::Slow { subscribers: 10, rate: 500 },
    },
];

impl Cell {
    /// How many rounds make sense for a server, if `wanted` is what the fast ones get elsewhere: idling takes half a minute and hardly
    /// varies, and what is several times slower than the others need not be known as well. Python is not made to idle, because it
    /// cannot open so many connections in time.
    pub(crate) fn rounds(&self, wanted: usize, peer: &Peer) -> usize {
        let idle = matches!(self.load, Load::Idle { .. });
        if idle && peer.source == Source::Python {
            return 0;
        }
        let long = idle || matches!(self.load, Load::Slow { .. });
        match (long, peer.is_slow()) {
            (true, true) => wanted.min(1),
            (true, false) => wanted.min(2),
            (false, true) => wanted.div_ceil(2),
            (false, false) => wanted,
        }
    }
}

/// The cells of the README's table: one for each kind of load.
pub(crate) const SHORT: [&str; 9] =
    ["echo-1", "echo-50", "echo-50x16", "binary-64k", "fanout-8", "polling-50", "connect", "connect-upgrade", "idle"];

/// The cells of these names, in the order of the table; all of them for `None`.
pub(crate) fn select(names: Option<Vec<&str>>) -> Result<Vec<&'static Cell>, Failure> {
    let Some(names) = names else { return Ok(ALL.iter().collect()) };
    if let Some(unknown) = names.iter().find(|name| ALL.iter().all(|cell| cell.name != **name)) {
        let known: Vec<_> = ALL.iter().map(|cell| cell.name).collect();
        return Err(format!("no cell {unknown:?}; there are {}", known.join(", ")).into());
    }
    Ok(ALL.iter().filter(|cell| names.contains(&cell.name)).collect())
}
