//! Servers as processes: the example `cluster`, and the servers of Node and Python with the same options and commands.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tests::{npm, programs, python, tests_dir};

use super::brokers::Broke;
use super::clients::Client;
use super::processes::{Process, free_port};

/// The adapters, with the modes that differ on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Classic,
    Sharded,
    ShardedStatic,
    Streams,
    Streams4,
    Postgres,
    Nats,
    Python,
    Memory,
}

/// Who has made the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Make {
    Rust,
    Node,
    Python,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Classic,
        Self::Sharded,
        Self::ShardedStatic,
        Self::Streams,
        Self::Streams4,
        Self::Postgres,
        Self::Nats,
        Self::Python,
    ];

    /// As it is named in tables and in `SOCKETIO_FLEET_KINDS`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Sharded => "sharded",
            Self::ShardedStatic => "sharded-static",
            Self::Streams => "streams",
            Self::Streams4 => "streams-4",
            Self::Postgres => "postgres",
            Self::Nats => "nats",
            Self::Python => "python",
            Self::Memory => "memory",
        }
    }

    /// Whether it is one of `--adapter streams`.
    pub(crate) fn is_streams(self) -> bool {
        matches!(self, Self::Streams | Self::Streams4)
    }

    /// Its broker.
    pub(crate) fn broke(self) -> Broke {
        match self {
            Self::Postgres => Broke::Postgres,
            Self::Nats => Broke::Nats,
            _ => Broke::Redis,
        }
    }

    /// The server of another make that can be its peer.
    pub(crate) fn peer(self) -> Option<Make> {
        match self {
            Self::Nats => None,
            Self::Python => Some(Make::Python),
            _ => Some(Make::Node),
        }
    }

    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Classic => &["--adapter", "classic"],
            Self::Sharded => &["--adapter", "sharded"],
            Self::ShardedStatic => &["--adapter", "sharded", "--subscription-mode", "static"],
            Self::Streams => &["--adapter", "streams"],
            Self::Streams4 => &["--adapter", "streams", "--streams", "4"],
            Self::Postgres => &["--adapter", "postgres"],
            Self::Nats => &["--adapter", "nats"],
            Self::Python => &["--adapter", "python"],
            Self::Memory => &["--adapter", "memory"],
        }
    }
}

impl Make {
    /// As it is named in tables and in `SOCKETIO_FLEET_PAIRS`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Node => "node",
            Self::Python => "python",
        }
    }
}

/// A `--key` that nothing else uses.
pub(crate) fn new_key() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("fleet{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// How a server is started.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) make: Make,
    pub(crate) kind: Kind,
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) recovery: Option<u32>,
}

/// A server that runs.
pub(crate) struct Server {
    setup: Setup,
    name: String,
    port: u16,
    process: Mutex<Process>,
}

impl Server {
    /// Starts one and waits until it accepts connections.
    pub(crate) fn start(setup: &Setup, name: &str) -> Self {
        let port = free_port();
        let process = Mutex::new(launch(setup, name, port));
        Self { setup: setup.clone(), name: name.to_owned(), port, process }
    }

    /// Starts it again on the same port, after it has ended.
    pub(crate) fn restart(&self) {
        *self.process() = launch(&self.setup, &self.name, self.port);
    }

    /// The process, for signals.
    pub(crate) fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Who has made it.
    pub(crate) fn make(&self) -> Make {
        self.setup.make
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A client of `/`.
    pub(crate) async fn client(&self) -> Client {
        Client::connect(&self.url(), "/").await
    }
}

fn launch(setup: &Setup, name: &str, port: u16) -> Process {
    let mut command = match setup.make {
        Make::Rust => Command::new(programs::built("cluster")),
        Make::Node => {
            let mut command = Command::new("node");
            command.current_dir(npm::installed_in("js/cluster")).arg("node_server.mjs");
            command
        }
        Make::Python => {
            let folder = tests_dir().join("python/cluster");
            let mut command = Command::new(python::installed("fleet", &folder).expect("python3 with venv"));
            command.current_dir(folder).args(["-B", "server.py"]);
            command
        }
    };
    command.args(["--port", &port.to_string(), "--url", &setup.url, "--key", &setup.key, "--name", name]);
    command.args(setup.kind.options());
    if let Some(seconds) = setup.recovery {
        command.args(["--recovery", &seconds.to_string()]);
    }
    let mut process = Process::start(name, &mut command);
    process.listens(port);
    process
}

/// The adapters that the example `cluster` has.
pub(crate) const LANDED: &[Kind] = &[
    Kind::Classic,
    Kind::Sharded,
    Kind::ShardedStatic,
    Kind::Streams,
    Kind::Streams4,
    Kind::Postgres,
    Kind::Nats,
    Kind::Python,
    Kind::Memory,
];
