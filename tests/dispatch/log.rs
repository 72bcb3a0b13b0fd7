//! Lines of the log that clients can cause: they do not fill it.

use socketio::prelude::*;
use tests::http;

use crate::app::{App, capture};

/// How many lines of level WARN contain the words.
fn warnings(lines: &[String], words: &str) -> usize {
    lines.iter().filter(|line| line.contains("WARN") && line.contains(words)).count()
}

#[tokio::test]
async fn a_refused_version_is_one_warning_and_versions_without_end_are_not() {
    let log = capture();
    let app = App::start(Server::empty()).await;
    for version in std::iter::repeat_n(7777, 20).chain(1000..1100) {
        let target = format!("/socket.io/?EIO={version}&transport=polling");
        assert_eq!(http::get(app.addr, &target).await.status, 400);
    }
    let lines = log.lines();
    assert_eq!(warnings(&lines, r#"found="7777""#), 1, "{lines:?}");
    let all = warnings(&lines, "unsupported protocol version");
    assert!(all <= 32, "{all} warnings");
}

#[tokio::test]
async fn a_refused_host_is_one_warning_in_a_minute() {
    let log = capture();
    let app = App::start(Server::empty().hosts(["chat.example"])).await;
    for _ in 0..20 {
        assert_eq!(http::get(app.addr, "/socket.io/?EIO=4&transport=polling").await.status, 403);
    }
    let lines = log.lines();
    assert_eq!(warnings(&lines, "Server::hosts"), 1, "{lines:?}");
}
