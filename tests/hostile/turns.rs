//! Events whose handlers do not end: what the server keeps for them stays within twice `Server::max_turn_bytes`, whichever way they come.

use tests::session::Polling;
use tokio::time::{Duration, timeout};

use crate::bystander::Bystander;
use crate::raw::{Raw, text};
use crate::target::Target;

/// Twice the default of `Server::max_turn_bytes`.
const BOUND: usize = 2 * 16 * 1024 * 1024;
/// What an attack sends at most, if the server takes it.
const ATTACK: usize = 8 * BOUND / 2;
/// One event, below the default of `Server::max_payload`.
const BLOCK: usize = 900_000;
/// After this long without progress the server is taken not to read. What it has read is what counts.
const STALLED: Duration = Duration::from_secs(1);

/// A server whose handlers and questions stay as long as the test runs.
fn start() -> Target {
    Target::start(&["--ack-timeout", "600000", "--disconnect-grace", "600000"])
}

/// Writes packets until the server takes no more, or the attack is over; gives the bytes that were written.
async fn write(raw: &mut Raw, packets: impl Iterator<Item = String>) -> usize {
    let mut written = 0;
    for packet in packets {
        let frame = text(&packet);
        match timeout(STALLED, raw.write(&frame)).await {
            Ok(true) => written += frame.len(),
            Ok(false) => panic!("closed after {written} bytes"),
            Err(_) => break,
        }
        if written > ATTACK {
            break;
        }
    }
    written
}

/// What the attack has cost, while a client beside it goes on.
async fn judge(target: &Target, bystander: Bystander, before: usize) {
    bystander.finish().await;
    let cost = target.peak().saturating_sub(before);
    assert!(cost < BOUND, "{cost} bytes were kept for one connection");
}

/// An event of handler `hold` in a namespace.
fn hold(path: &str) -> String {
    format!(r#"42{path}["hold","{}"]"#, "x".repeat(BLOCK))
}

#[tokio::test]
async fn running_handlers_are_bounded_in_bytes() {
    let target = start();
    let bystander = Bystander::beside(&target).await;
    let mut raw = Raw::websocket(target.addr).await;
    let before = target.reset_peak();
    write(&mut raw, std::iter::repeat_with(|| hold(""))).await;
    judge(&target, bystander, before).await;
}

#[tokio::test]
async fn an_unanswered_question_does_not_lift_the_bound() {
    let target = start();
    let bystander = Bystander::beside(&target).await;
    let mut raw = Raw::websocket(target.addr).await;
    raw.write(&text(r#"420["ask"]"#)).await;
    raw.until(br#"["question"]"#).await;
    let before = target.reset_peak();
    write(&mut raw, std::iter::repeat_with(|| hold(""))).await;
    judge(&target, bystander, before).await;
}

#[tokio::test]
async fn small_events_during_a_question_are_bounded_too() {
    let target = start();
    let bystander = Bystander::beside(&target).await;
    let mut raw = Raw::websocket(target.addr).await;
    raw.write(&text(r#"420["ask"]"#)).await;
    raw.until(br#"["question"]"#).await;
    let before = target.reset_peak();
    // Many in one write, or the test would take long.
    let small = text(r#"42["hold",1]"#).repeat(1000);
    for _ in 0..400 {
        match timeout(STALLED, raw.write(&small)).await {
            Ok(open) => assert!(open),
            Err(_) => break,
        }
    }
    // At most `max_turns` of them run; the question itself is one.
    target.until("calls_of hold", 255).await;
    judge(&target, bystander, before).await;
}

#[tokio::test]
async fn namespaces_just_left_are_counted() {
    let target = start();
    let bystander = Bystander::beside(&target).await;
    let mut raw = Raw::websocket(target.addr).await;
    let before = target.reset_peak();
    let round = || {
        let events = std::iter::repeat_with(|| hold("/many/a,")).take(4);
        std::iter::once("40/many/a,".to_owned()).chain(events).chain(["41/many/a,".to_owned()])
    };
    write(&mut raw, std::iter::repeat_with(round).flatten()).await;
    judge(&target, bystander, before).await;
}

/// Bodies of which one small event is kept.
async fn post(polling: &Polling) {
    let rest = "x".repeat(BLOCK);
    for _ in 0..ATTACK / BLOCK {
        // It waits for its turn, unread; the rest is for another namespace, and handled at once.
        let body = format!("42[\"hold_alone\",1]\u{1e}42/many/b,[\"leave\",\"{rest}\"]");
        polling.send(body).await;
    }
}

#[tokio::test]
async fn a_small_event_does_not_keep_its_polling_body() {
    for asked in [false, true] {
        let target = start();
        let bystander = Bystander::beside(&target).await;
        let polling = Polling::open(target.addr, "/socket.io/").await;
        polling.send("40\u{1e}40/many/b,").await;
        polling.receive(2).await;
        if asked {
            polling.send(r#"420["ask"]"#).await;
            assert_eq!(polling.receive(1).await, [r#"420["question"]"#]);
        }
        let before = target.reset_peak();
        post(&polling).await;
        judge(&target, bystander, before).await;
    }
}
