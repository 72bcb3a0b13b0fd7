//! Brokers: Redis alone or as a cluster of three masters, PostgreSQL, NATS. Each listens on a free port of its own, keeps its files in a
//! temporary folder, and can be killed and started again on the same port.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;

use tests::{PATIENCE, tools};

use super::processes::{NOBODY, Process, folder, free_port, is_root, run, to_nobody};

/// A broker that runs.
pub(crate) struct Broker {
    kind: Broke,
    nodes: Vec<Node>,
}

/// Which broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Broke {
    Redis,
    RedisCluster,
    Postgres,
    Nats,
}

struct Node {
    port: u16,
    folder: PathBuf,
    process: Mutex<Option<Process>>,
}

impl Broke {
    /// The programs that it needs.
    pub(crate) fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Redis | Self::RedisCluster => &["redis-server", "redis-cli"],
            Self::Postgres => &["initdb", "postgres", "psql"],
            Self::Nats => &["nats-server"],
        }
    }
}

fn program(name: &str) -> Command {
    Command::new(tools::find(name).unwrap_or_else(|| name.into()))
}

impl Broker {
    /// Starts one.
    pub(crate) fn start(kind: Broke) -> Self {
        let count = if kind == Broke::RedisCluster { 6 } else { 1 };
        let node = |_| Node { port: free_port(), folder: folder("broker"), process: Mutex::default() };
        let broker = Self { kind, nodes: (0..count).map(node).collect() };
        if kind == Broke::Postgres {
            broker.nodes[0].create_database();
        }
        broker.nodes.iter().for_each(|node| node.start(kind));
        match kind {
            Broke::RedisCluster => broker.create_cluster(),
            Broke::Postgres => {
                let sql = "CREATE TABLE socket_io_attachments (id bigserial UNIQUE, created_at timestamptz DEFAULT NOW(), payload bytea);";
                broker.psql(sql);
            }
            Broke::Redis | Broke::Nats => {}
        }
        broker
    }

    /// The address as `--url` takes it.
    pub(crate) fn url(&self) -> String {
        self.url_at(self.nodes[0].port)
    }

    /// The same through a proxy that listens on `port`.
    pub(crate) fn url_at(&self, port: u16) -> String {
        match self.kind {
            Broke::Redis => format!("redis://127.0.0.1:{port}"),
            Broke::RedisCluster => format!("redis+cluster://127.0.0.1:{port}"),
            Broke::Postgres => format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            Broke::Nats => format!("nats://127.0.0.1:{port}"),
        }
    }

    /// Where the (first) node listens.
    pub(crate) fn port(&self) -> u16 {
        self.nodes[0].port
    }

    /// SIGKILL to all of it.
    pub(crate) fn kill(&self) {
        self.nodes.iter().for_each(Node::kill);
    }

    /// Starts it again with the files that it had.
    pub(crate) fn restart(&self) {
        self.nodes.iter().for_each(|node| node.start(self.kind));
    }

    /// Starts it again without its files (Redis).
    pub(crate) fn restart_empty(&self) {
        for node in &self.nodes {
            let _ = std::fs::remove_dir_all(node.folder.join("appendonlydir"));
            node.start(self.kind);
        }
    }

    /// SIGKILL to the node of a cluster at this index; waits until the others are whole without it.
    pub(crate) fn fail_over(&self, index: usize) {
        // A replica that has not yet read its master does not take over.
        let begin = Instant::now();
        while (0..self.nodes.len()).any(|node| self.redis(node, &["info", "replication"]).contains("link_status:down"))
        {
            assert!(begin.elapsed() < 4 * PATIENCE, "the replicas of the cluster are not connected");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        self.nodes[index].kill();
        self.whole((0..self.nodes.len()).filter(|&other| other != index), Some(self.nodes[index].port));
    }

    /// SIGSTOP to all of it.
    pub(crate) fn freeze(&self) {
        self.nodes.iter().for_each(|node| node.process().iter().for_each(Process::freeze));
    }

    /// SIGCONT.
    pub(crate) fn thaw(&self) {
        self.nodes.iter().for_each(|node| node.process().iter().for_each(Process::thaw));
    }

    /// Runs `redis-cli` with these arguments against the node at this index.
    pub(crate) fn redis(&self, index: usize, args: &[&str]) -> String {
        let port = self.nodes[index].port.to_string();
        run(program("redis-cli").args(["-h", "127.0.0.1", "-p", &port]).args(args))
    }

    /// Runs a statement.
    pub(crate) fn psql(&self, sql: &str) {
        run(program("psql").args(["-qX", "-v", "ON_ERROR_STOP=1", "-c", sql]).arg(self.url()));
    }

    /// Three masters with a replica each.
    fn create_cluster(&self) {
        let mut command = program("redis-cli");
        command.args(["--cluster", "create"]);
        command.args(self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)));
        run(command.args(["--cluster-replicas", "1", "--cluster-yes"]));
        self.whole(0..self.nodes.len(), None);
    }

    /// Waits until every slot is served by one of these nodes, and all of them know it. `dead` is the port of a node that was killed: at first the
    /// others still take it for a master.
    fn whole(&self, nodes: impl Iterator<Item = usize> + Clone, dead: Option<u16>) {
        let begin = Instant::now();
        let is_whole = |index| {
            let masters = self.redis(index, &["cluster", "nodes"]);
            let alive = |line: &&str| line.contains("master") && !line.contains("fail");
            let is_dead = |line: &str| dead.is_some_and(|port| line.contains(&format!(":{port}@")));
            let masters: Vec<&str> = masters.lines().filter(alive).collect();
            masters.len() == 3
                && !masters.into_iter().any(is_dead)
                && self.redis(index, &["cluster", "info"]).contains("cluster_state:ok")
        };
        while !nodes.clone().all(is_whole) {
            // Six nodes start, elect and fail over: on a busy machine, with other clusters beside them, that takes its time.
            assert!(begin.elapsed() < 4 * PATIENCE, "the cluster of Redis is not whole");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

impl Node {
    fn start(&self, kind: Broke) {
        let port = self.port.to_string();
        let mut command = match kind {
            Broke::Redis | Broke::RedisCluster => {
                let mut command = program("redis-server");
                command.current_dir(&self.folder).args(["--port", &port, "--bind", "127.0.0.1", "--save", ""]);
                command.args(["--appendonly", "yes", "--appendfsync", "always"]);
                if kind == Broke::RedisCluster {
                    command.args([
                        "--cluster-enabled",
                        "yes",
                        "--cluster-node-timeout",
                        "3000",
                        "--cluster-replica-validity-factor",
                        "0",
                    ]);
                }
                command
            }
            Broke::Postgres => {
                let mut command = unprivileged("postgres", &self.folder);
                command.arg("-D").arg(self.folder.join("data")).args(["-p", &port, "-c", "fsync=off"]);
                command.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
                command
            }
            Broke::Nats => {
                let mut command = program("nats-server");
                command.args(["-a", "127.0.0.1", "-p", &port]);
                command
            }
        };
        let mut process = Process::start("broker", &mut command);
        process.listens(self.port);
        *self.process() = Some(process);
        self.accepts(kind);
    }

    /// Waits until it takes commands: it listens before it has read its files.
    fn accepts(&self, kind: Broke) {
        let (port, begin) = (self.port.to_string(), Instant::now());
        let mut command = match kind {
            Broke::Redis | Broke::RedisCluster => {
                let mut command = program("redis-cli");
                command.args(["-h", "127.0.0.1", "-p", &port, "exists", "nothing"]);
                command
            }
            Broke::Postgres => {
                let mut command = program("psql");
                command.args(["-qX", "-c", "SELECT 1"]).arg(format!("postgres://postgres@127.0.0.1:{port}/postgres"));
                command
            }
            Broke::Nats => return,
        };
        while !command.output().is_ok_and(|output| output.status.success() && !output.stdout.starts_with(b"LOADING")) {
            assert!(begin.elapsed() < PATIENCE, "{kind:?} accepts no commands");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    fn kill(&self) {
        if let Some(mut process) = self.process().take() {
            process.kill();
        }
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn create_database(&self) {
        if is_root() {
            to_nobody(&self.folder);
        }
        let mut command = unprivileged("initdb", &self.folder);
        command.args(["--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "-D"]);
        run(command.arg(self.folder.join("data")));
    }
}

/// A program of PostgreSQL, which does not run as root.
fn unprivileged(name: &str, folder: &Path) -> Command {
    let mut command = program(name);
    command.current_dir(folder);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}
