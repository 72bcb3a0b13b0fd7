//! Each bound: what happens at it, and past it.

use std::time::Duration;

use serde_json::json;
use socketio::Recovery;
use socketio::prelude::*;

use crate::app::{self, App};
use crate::back::{Guest, Lost, server};

/// One client that is cut, and then misses `events`.
async fn missing(recovery: Recovery, events: &[&str]) -> (App, Lost) {
    let (log, mut heard) = app::log();
    let app = App::start(server(log, recovery)).await;
    let lost = Guest::new(&app).await.cut();
    heard.expect(&["new", "transport close"]).await;
    for event in events {
        app.handle.of("/").emit("event", event);
    }
    (app, lost)
}

#[tokio::test]
async fn past_max_events_the_session_is_not_recovered() {
    let recovery = || Recovery::default().max_events(3);
    let (app, lost) = missing(recovery(), &["x"; 3]).await;
    assert_eq!(lost.back(&app).await.missed().len(), 3);
    let (app, lost) = missing(recovery(), &["x"; 4]).await;
    let mut guest = lost.back(&app).await;
    assert_eq!((guest.missed().len(), guest.whoami().await), (0, json!([false, [], [], null, null])));
    assert_ne!(guest.id, lost.id);
}

#[tokio::test]
async fn past_max_bytes_the_session_is_not_recovered() {
    let text = "x".repeat(40_000);
    let recovery = || Recovery::default().max_bytes(64 * 1024);
    let (app, lost) = missing(recovery(), &[&text]).await;
    assert_eq!(lost.back(&app).await.missed().len(), 1);
    let (app, lost) = missing(recovery(), &[&text, &text]).await;
    assert_ne!(lost.back(&app).await.id, lost.id);
}

#[tokio::test]
async fn events_past_the_outbox_of_the_new_connection_are_not_sent() {
    let (log, mut heard) = app::log();
    let app = App::start(server(log, Recovery::default()).outbox(16, 64 * 1024)).await;
    // One packet is the CONNECT reply.
    for (events, recovered) in [(15, true), (16, false)] {
        let lost = Guest::new(&app).await.cut();
        heard.expect(&["new", "transport close"]).await;
        for n in 0..events {
            app.handle.of("/").emit("event", n);
        }
        let guest = lost.back(&app).await;
        assert_eq!((guest.id == lost.id, guest.missed().len()), (recovered, if recovered { 15 } else { 0 }));
        drop(guest);
        heard.expect(&[if recovered { "back" } else { "new" }, "transport close"]).await;
    }
}

#[tokio::test]
async fn a_client_that_has_missed_nothing_needs_no_log() {
    let (log, mut heard) = app::log();
    let app = App::start(server(log, Recovery::default().max_events(1))).await;
    let mut guest = Guest::new(&app).await;
    let all = || app.handle.of("/");
    all().emit("one", ());
    guest.expect(&[r#"42["one"]"#]).await;
    // Others get much more than the log holds.
    for _ in 0..100 {
        all().to("red").emit("event", ());
    }
    let lost = guest.cut();
    heard.expect(&["new", "transport close"]).await;
    all().emit("two", ());
    let guest = lost.back(&app).await;
    assert_eq!((guest.missed(), guest.id), (vec![r#"42["two"]"#.to_owned()], lost.id));
}

#[tokio::test]
async fn past_max_sessions_the_oldest_is_dropped() {
    let (log, mut heard) = app::log();
    let app = App::start(server(log, Recovery::default().max_sessions(2))).await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(Guest::new(&app).await.cut());
        heard.expect(&["new", "transport close"]).await;
    }
    let guests = [all[0].back(&app).await, all[1].back(&app).await, all[2].back(&app).await];
    let recovered = guests.iter().zip(&all).map(|(guest, lost)| guest.id == lost.id);
    assert_eq!(recovered.collect::<Vec<_>>(), [false, true, true]);
}

#[tokio::test]
async fn a_session_ends_after_max_disconnection() {
    let (log, mut heard) = app::log();
    let recovery = Recovery::default().max_disconnection(Duration::from_millis(1));
    let app = App::start(server(log, recovery)).await;
    let lost = Guest::new(&app).await.cut();
    heard.expect(&["new", "transport close"]).await;
    // Far longer than the limit; on a slow machine longer still.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_ne!(lost.back(&app).await.id, lost.id);
}

#[tokio::test]
async fn options_out_of_their_bounds_keep_the_server_from_starting() {
    let refused = async |recovery| App::refused(Server::empty().recovery(recovery)).await;
    let options = Recovery::default;
    assert_eq!(
        refused(options().max_disconnection(Duration::ZERO)).await,
        "`max_disconnection` is 0ns; it must be from 1 ms to 1 day"
    );
    assert_eq!(refused(options().max_events(0)).await, "`max_events` is 0; it must be at least 1");
    assert_eq!(refused(options().max_bytes(65_535)).await, "`max_bytes` is 65535; it must be at least 65536");
    assert_eq!(refused(options().max_sessions(0)).await, "`max_sessions` is 0; it must be at least 1");
}
