//! The published clients in Node and in Chromium. The tests themselves are in `tests/js/legacy/*.test.mjs`.

use std::time::Duration;

use socketio::engine::Cors;
use tests::{npm, tools};

use crate::app::{Running, quick};

/// The results as a table.
const MATRIX: &str = "./matrix.mjs";

#[test]
fn clients_of_0_7_to_0_9() {
    if tools::present("clients_of_0_7_to_0_9", &["node", "npm"]) {
        let server = Running::start();
        npm::run_in("js/legacy", "clients.test.mjs", MATRIX, &server.url(), &[]);
    }
}

#[test]
fn browser_builds_of_0_7_to_0_9() {
    if tools::present("browser_builds_of_0_7_to_0_9", &["node", "npm", "chromium"]) {
        // Their answer to a heartbeat does not wait for a POST that is on its way, and lets the next POST overtake it: a
        // heartbeat must not come while they send many events.
        let options = quick().heartbeat_interval(Duration::from_secs(2));
        let server = Running::with(|server| server.legacy(true).legacy_options(options).cors(Cors::any()));
        npm::run_in("js/legacy", "browser.test.mjs", MATRIX, &server.url(), &[]);
    }
}
