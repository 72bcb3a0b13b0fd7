//! The chat in a real browser: two tabs, a refusal, a kick, a lost server, a phone; and both clients in it, ours and the
//! official one. The tests themselves are in `tests/js/browser.test.mjs` and drive headless Chromium.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;

use tests::programs::{Program, built};
use tests::{npm, root_dir, tools};

const NEEDS: &[&str] = &["node", "npm", "chromium"];

#[test]
fn the_chat_in_chromium() {
    if tools::present("the_chat_in_chromium", NEEDS) {
        let screenshots = root_dir().join("target/screenshots");
        fs::create_dir_all(&screenshots).expect("a folder for the screenshots");
        let server = Program::conformance(&[]);
        // The test starts the chat itself, because it also ends it and starts it again.
        let chat = built("chat").display().to_string();
        let screenshots = screenshots.display().to_string();
        npm::run("browser.test.mjs", &server.url(), &[("CHAT", &chat), ("SCREENSHOTS", &screenshots)]);
    }
}
