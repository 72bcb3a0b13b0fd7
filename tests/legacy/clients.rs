//! The published clients in Node and in Chromium. The tests themselves are in `tests/js/legacy/*.test.mjs`.

use tests::{npm, tools};

use crate::app::Running;

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
        let server = Running::start();
        npm::run_in("js/legacy", "browser.test.mjs", MATRIX, &server.url(), &[]);
    }
}
