//! Published clients of every generation of Engine.IO against one server: each client, each transport, each check; and, in
//! `everyone`, one room with all of them and those from before. The checks are in `tests/js/generations/` and
//! `tests/python/protocol4/`; this file has the server and prints the matrix.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod app;
mod everyone;
mod idle;
mod matrix;
mod members;
mod quiet;
mod wire;

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use socketio::Server;
use tests::{npm, python, tools};
use tokio::runtime::Runtime;

const NEEDS: &[&str] = &["node", "npm"];

/// A server for as long as the runtime lives.
fn started(server: Server) -> (Runtime, SocketAddr) {
    let runtime = Runtime::new().expect("a runtime");
    let bound = runtime.block_on(server.bind(("127.0.0.1", 0))).expect("a server");
    let addr = bound.local_addr().expect("its address");
    runtime.spawn(bound.serve());
    (runtime, addr)
}

/// Runs one of the scripts, which prints what it has found.
fn run(script: &str, addr: SocketAddr) {
    let folder = npm::installed_in("js/generations");
    let mut command = Command::new("node");
    command.current_dir(&folder).arg(script).env("SOCKETIO_URL", format!("http://{addr}"));
    if let Some(chromium) = tools::chromium() {
        command.env("CHROMIUM", chromium);
    }
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    assert!(output.status.success(), "{script}:\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn node_clients() {
    if tools::present("node_clients", NEEDS) {
        let (_runtime, addr) = started(app::server());
        run("node.mjs", addr);
    }
}

#[test]
fn browser_clients() {
    if tools::present("browser_clients", &["node", "npm", "chromium"]) {
        let (_runtime, addr) = started(app::server());
        run("browser.mjs", addr);
    }
}

#[test]
fn python_client() {
    if tools::present("python_client", &["python3"]) {
        // This client waits for the answer to a heartbeat no longer than for the next one.
        let (_runtime, addr) = started(app::server().ping_interval(Duration::from_millis(1500)));
        python::run("python_client", "python/protocol4", "client_test.py", &format!("http://{addr}"));
    }
}
