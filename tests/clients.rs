//! JavaScript clients, the official ones and our own, against real servers on loopback. The tests themselves are in
//! `tests/js/*.test.mjs`; this file starts the servers and reports what is missing to run them.

use tests::programs::Program;
use tests::{npm, rich, tools};

const NEEDS: &[&str] = &["node", "npm"];

#[test]
fn socket_io_client() {
    if tools::present("socket_io_client", NEEDS) {
        let server = Program::conformance(&[]);
        npm::run("socketio.test.mjs", &server.url(), &[]);
    }
}

/// The same with a heartbeat in every gap, so that pings meet everything else.
#[test]
fn socket_io_client_with_a_fast_heartbeat() {
    if tools::present("socket_io_client_with_a_fast_heartbeat", NEEDS) {
        let server = Program::conformance(&["--ping-interval", "50", "--ping-timeout", "5000"]);
        npm::run("socketio.test.mjs", &server.url(), &[]);
    }
}

#[test]
fn engine_io_client() {
    if tools::present("engine_io_client", NEEDS) {
        let server = Program::conformance(&[]);
        npm::run("engineio.test.mjs", &server.url(), &[]);
    }
}

#[test]
fn rooms_refusals_and_errors() {
    if tools::present("rooms_refusals_and_errors", NEEDS) {
        let server = rich::Running::start();
        npm::run("rooms.test.mjs", &server.url(), &[]);
    }
}

/// Our own browser client, run by Node.
#[test]
fn our_own_client() {
    if tools::present("our_own_client", NEEDS) {
        let server = Program::conformance(&[]);
        npm::run("client.test.mjs", &server.url(), &[]);
        npm::run("client_faults.test.mjs", &server.url(), &[]);
    }
}
