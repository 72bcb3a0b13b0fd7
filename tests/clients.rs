//! JavaScript clients, the official ones and our own, against real servers on loopback. The tests themselves are in
//! `tests/js/*.test.mjs`; this file starts the servers and reports what is missing to run them.

use std::collections::BTreeSet;
use std::fs;

use tests::programs::Program;
use tests::{npm, rich, root_dir, tests_dir, tools};

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

/// Each example is started as a user starts it, and the official client talks to it.
#[test]
fn every_example() {
    if !tools::present("every_example", NEEDS) {
        return;
    }
    let folders =
        fs::read_dir(root_dir().join("examples")).expect("the examples").map(|entry| entry.expect("a folder"));
    let examples: BTreeSet<String> =
        folders.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().display().to_string()).collect();
    assert!(examples.len() >= 5, "{examples:?}");
    for example in &examples {
        assert!(
            tests_dir().join(format!("js/examples/{example}.test.mjs")).is_file(),
            "{example} has no test in tests/js/examples"
        );
        let server = match example.as_str() {
            "conformance" => Program::conformance(&[]),
            other => Program::example(other),
        };
        npm::run(&format!("examples/{example}.test.mjs"), &server.url(), &[]);
    }
}
