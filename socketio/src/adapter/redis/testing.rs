//! Redis servers for tests: each runs in a folder of its own, on a free port, and is killed at the end of the test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::env;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long something that must happen may take before the test fails.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A Redis server.
pub(super) struct RedisServer {
    process: Child,
    pub(super) port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
}

impl RedisServer {
    /// Starts a server; `None` if none is installed, which is an error with `SOCKETIO_REQUIRE_ALL=1`.
    pub(super) fn start(test: &str, arguments: &[&str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            let strict = env::var("SOCKETIO_REQUIRE_ALL").is_ok_and(|value| !matches!(&*value, "" | "0"));
            assert!(!strict, "{test}: redis-server is not installed, and SOCKETIO_REQUIRE_ALL is set");
            eprintln!("skipped: {test}: redis-server is not installed");
            return None;
        }
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let folder = env::temp_dir().join(format!("socketio-redis-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let process = Self::spawn(port, &folder, &arguments);
        let server = Self { process, port, folder, arguments };
        server.wait();
        Some(server)
    }

    fn spawn(port: u16, folder: &PathBuf, arguments: &[String]) -> Child {
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"]).arg(folder);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn wait(&self) {
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < end, "redis-server does not accept connections");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// `kill -9`.
    pub(super) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again, with the same port and nothing in it.
    pub(super) fn restart(&mut self) {
        self.process = Self::spawn(self.port, &self.folder, &self.arguments);
        self.wait();
    }

    /// Sends it a signal, such as `STOP`.
    pub(super) fn signal(&self, signal: &str) {
        assert!(
            Command::new("kill")
                .args([&format!("-{signal}"), &self.process.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Runs a command on it and returns its output.
    pub(super) fn command(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A cluster of servers: so many masters, each with so many replicas.
pub(super) fn cluster(test: &str, masters: usize, replicas: usize) -> Option<Vec<RedisServer>> {
    let options = [
        "--cluster-enabled",
        "yes",
        "--cluster-node-timeout",
        "1000",
        "--cluster-require-full-coverage",
        "no",
        "--repl-diskless-sync-delay",
        "0",
    ];
    let mut servers = Vec::new();
    for _ in 0..masters * (1 + replicas) {
        servers.push(RedisServer::start(test, &options)?);
    }
    let addresses = servers.iter().map(|server| format!("127.0.0.1:{}", server.port));
    let mut command = Command::new("redis-cli");
    command.args(["--cluster", "create"]).args(addresses);
    command.args(["--cluster-replicas", &replicas.to_string(), "--cluster-yes"]);
    let created = command.output().unwrap();
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stdout));
    let end = Instant::now() + PATIENCE;
    for server in &servers {
        while !server.command(&["cluster", "info"]).contains("cluster_state:ok") {
            assert!(Instant::now() < end, "the cluster does not come up");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    Some(servers)
}

/// Waits until `happened` returns a value.
pub(super) async fn until<T>(what: &str, mut happened: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = happened() {
            return value;
        }
        assert!(Instant::now() < end, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
