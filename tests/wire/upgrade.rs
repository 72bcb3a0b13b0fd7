//! From polling to WebSocket: nothing lost, doubled or reordered, and no way to lose the session by trying.

use std::time::Duration;

use tests::http;
use tests::programs::{Program, foreign};
use tests::session::{Polling, SEPARATOR};
use tests::ws::{self, Frame, Ws};
use tokio::time::sleep;

use crate::server;

async fn session() -> Polling {
    Polling::open(server(), "/engine.io/").await
}

async fn probed(session: &Polling) -> Ws {
    let mut ws = session.probe().await;
    ws.text("2probe").await;
    ws.expect("3probe").await;
    ws
}

#[tokio::test]
async fn packets_waiting_for_a_poll_come_over_the_new_transport_once_and_in_order() {
    let session = session().await;
    session.send("4a\u{1e}bAQI=\u{1e}4b").await;
    let mut ws = probed(&session).await;
    session.send("4c").await;
    ws.silent().await;
    ws.text("5").await;
    ws.expect("4a").await;
    assert_eq!(ws.next().await, Frame::Binary(vec![1, 2].into()));
    ws.expect("4b").await;
    ws.expect("4c").await;
    ws.text("4d").await;
    ws.expect("4d").await;
    ws.silent().await;
}

/// Also where it is another version that the server speaks. engine.io does so since 6.6.12.
#[tokio::test]
async fn the_version_of_the_websocket_is_that_of_the_session() {
    if foreign() {
        return;
    }
    let old = http::get(server(), "/engine.io/?EIO=3&transport=polling").await;
    let old = old.text().split('"').nth(3).expect("an id").to_owned();
    let session = session().await;
    for (sid, versions) in
        [(&session.sid, ["EIO=3&", "EIO=2&", "EIO=5&", ""]), (&old, ["EIO=4&", "EIO=5&", "EIO=x&", ""])]
    {
        for version in versions {
            let target = format!("/engine.io/?{version}transport=websocket&sid={sid}");
            let answer = ws::refused(server(), &target, &[]).await;
            assert_eq!((answer.status, answer.text()), (400, r#"{"code":3,"message":"Bad request"}"#), "{target}");
        }
    }
    session.alive("unharmed").await;
}

#[tokio::test]
async fn a_request_for_a_websocket_has_no_body() {
    if foreign() {
        return;
    }
    let session = session().await;
    let targets = ["/engine.io/?EIO=4&transport=websocket".to_owned(), session.target.replace("polling", "websocket")];
    for target in &targets {
        for body in [("Content-Length", "5"), ("Transfer-Encoding", "chunked")] {
            let answer = ws::refused(server(), target, &[body]).await;
            assert_eq!(
                (answer.status, answer.text()),
                (400, r#"{"code":3,"message":"Bad request"}"#),
                "{target} {body:?}"
            );
        }
    }
    session.alive("unharmed").await;
}

#[tokio::test]
async fn a_held_poll_is_let_go_by_a_noop() {
    let session = session().await;
    let (poll, mut ws) = tokio::join!(session.get(), async {
        sleep(Duration::from_millis(50)).await;
        probed(&session).await
    });
    assert_eq!((poll.status, poll.text()), (200, "6"));
    ws.text("5").await;
    ws.text("4through").await;
    ws.expect("4through").await;
}

/// The client polls and posts on while it probes; every echo arrives exactly once, whichever way.
#[tokio::test]
async fn traffic_during_the_probe_is_kept_whole() {
    let session = session().await;
    let mut expected = Vec::new();
    let mut received = Vec::new();
    for n in 0..20 {
        session.send(format!("4early {n}")).await;
        expected.push(format!("4early {n}"));
    }
    let mut ws = probed(&session).await;
    for n in 0..20 {
        session.send(format!("4middle {n}")).await;
        expected.push(format!("4middle {n}"));
        if n % 5 == 0 {
            let poll = session.get().await;
            received.extend(poll.text().split(SEPARATOR).filter(|packet| *packet != "6").map(str::to_owned));
        }
    }
    ws.text("5").await;
    for n in 0..20 {
        ws.text(format!("4late {n}")).await;
        expected.push(format!("4late {n}"));
    }
    while received.len() < expected.len() {
        received.push(ws.next_text().await);
    }
    assert_eq!(received, expected);
    ws.silent().await;
}

#[tokio::test]
async fn an_aborted_probe_leaves_the_polling_session_alive() {
    let session = session().await;
    drop(session.probe().await);
    session.alive("after one that said nothing").await;
    drop(probed(&session).await);
    sleep(Duration::from_millis(50)).await;
    session.alive("after one that was answered").await;
    let mut ws = probed(&session).await;
    ws.text("5").await;
    ws.text("4third time lucky").await;
    ws.expect("4third time lucky").await;
}

#[tokio::test]
async fn a_failed_probe_leaves_the_polling_session_alive() {
    for wrong in ["4hello", "2", "2prob", "1", "x", ""] {
        let session = session().await;
        let mut ws = session.probe().await;
        ws.text(wrong).await;
        let (before, _) = ws.closed().await;
        assert_eq!(before, [], "{wrong:?}");
        session.alive(wrong).await;
    }
}

#[tokio::test]
async fn a_probe_that_stalls_is_closed_and_the_session_lives() {
    let server = Program::conformance(&["--upgrade-timeout", "200"]);
    let session = Polling::open(server.addr(), "/engine.io/").await;
    let mut silent = session.probe().await;
    silent.closed().await;
    session.alive("after silence").await;
    let mut halfway = probed(&session).await;
    halfway.closed().await;
    session.alive("after half a probe").await;
}

#[tokio::test]
async fn a_session_that_has_moved_cannot_be_polled() {
    let session = session().await;
    let mut ws = probed(&session).await;
    ws.text("5").await;
    ws.text("4moved").await;
    ws.expect("4moved").await;
    for response in [session.get().await, session.post("4stray").await] {
        assert_eq!((response.status, response.text()), (400, r#"{"code":3,"message":"Bad request"}"#));
    }
    ws.text("4alive").await;
    ws.expect("4alive").await;
    ws.silent().await;
}

#[tokio::test]
async fn a_second_websocket_is_turned_away() {
    let session = session().await;
    let mut ws = probed(&session).await;
    let mut during = session.probe().await;
    assert_eq!(during.closed().await.0, []);
    ws.text("5").await;
    ws.text("4mine").await;
    ws.expect("4mine").await;
    let mut after = session.probe().await;
    assert_eq!(after.closed().await.0, []);
    ws.text("4still mine").await;
    ws.expect("4still mine").await;
}

#[tokio::test]
async fn losing_the_websocket_after_the_upgrade_ends_the_session() {
    let session = session().await;
    let mut ws = probed(&session).await;
    ws.text("5").await;
    ws.text("4x").await;
    ws.expect("4x").await;
    drop(ws);
    sleep(Duration::from_millis(100)).await;
    session.gone().await;
}

/// A session that ends while its WebSocket is being probed takes the probe with it.
#[tokio::test]
async fn a_session_closed_during_the_probe_closes_the_probe() {
    let session = session().await;
    let mut ws = probed(&session).await;
    session.send("1").await;
    ws.closed().await;
    session.ended().await;
}

/// A message and its attachments keep together across the change.
#[tokio::test]
async fn a_binary_event_posted_before_the_upgrade_is_answered_whole_after_it() {
    let session = Polling::open(server(), "/socket.io/").await;
    session.send("40").await;
    assert_eq!(session.receive(2).await[1], r#"42["auth",{}]"#);
    session.send("451-[\"message\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQID").await;
    let mut ws = probed(&session).await;
    ws.text("5").await;
    ws.expect(r#"451-["message-back",{"_placeholder":true,"num":0}]"#).await;
    assert_eq!(ws.next().await, Frame::Binary(vec![1, 2, 3].into()));
    assert_eq!(http::get(session.addr, &session.target).await.status, 400);
}
