//! Pings and pongs, and who is taken for dead. Times are those of [`quick`].

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tests::programs::{Program, foreign};
use tests::session::{Client, Polling, websocket};
use tests::within;
use tests::ws::{Frame, Message, Ws};
use tokio::sync::mpsc;
use tokio::time::sleep;

const INTERVAL: Duration = Duration::from_millis(300);
const TIMEOUT: Duration = Duration::from_millis(200);
/// What a timer may be early by: the clocks of two processes and their rounding.
const SLACK: Duration = Duration::from_millis(20);
/// What a socket may have buffered for sending: the default of Linux for the last number of `net.ipv4.tcp_wmem`.
const SEND_BUFFER: usize = 4 << 20;

fn quick() -> Program {
    Program::conformance(&["--ping-interval", "300", "--ping-timeout", "200"])
}

#[tokio::test]
async fn the_first_ping_comes_after_the_interval_and_not_at_once() {
    let server = quick();
    let (mut ws, _) = websocket(server.addr(), "/engine.io/").await;
    let opened = Instant::now();
    ws.expect("2").await;
    assert!(opened.elapsed() >= INTERVAL - SLACK, "{:?}", opened.elapsed());

    let before = Instant::now();
    let session = Polling::open(server.addr(), "/engine.io/").await;
    let poll = session.get().await;
    assert_eq!((poll.status, poll.text()), (200, "2"));
    assert!(before.elapsed() >= INTERVAL - SLACK, "{:?}", before.elapsed());
}

#[tokio::test]
async fn the_next_ping_follows_the_pong_by_the_interval() {
    let server = quick();
    let (mut ws, _) = websocket(server.addr(), "/socket.io/").await;
    for _ in 0..4 {
        ws.expect("2").await;
        ws.text("3").await;
        let answered = Instant::now();
        ws.silent().await;
        assert!(answered.elapsed() < INTERVAL);
    }
}

#[tokio::test]
async fn without_a_pong_the_session_ends() {
    let server = quick();
    let (mut ws, _) = websocket(server.addr(), "/engine.io/").await;
    let opened = Instant::now();
    let (before, _) = ws.closed().await;
    assert_eq!(before, [Frame::Text("2".into())]);
    let elapsed = opened.elapsed();
    assert!(elapsed >= INTERVAL + TIMEOUT - SLACK, "{elapsed:?}");
    assert!(elapsed < 4 * (INTERVAL + TIMEOUT), "{elapsed:?}");

    let session = Polling::open(server.addr(), "/engine.io/").await;
    sleep(INTERVAL + TIMEOUT + 5 * SLACK).await;
    session.gone().await;
}

/// Only a pong answers a ping. (Node lets the first other packet extend the wait once.)
#[tokio::test]
async fn other_traffic_is_no_pong() {
    let server = quick();
    let (mut ws, _) = websocket(server.addr(), "/engine.io/").await;
    let opened = Instant::now();
    loop {
        ws.try_send(&Frame::Text("4busy".into())).await;
        sleep(Duration::from_millis(20)).await;
        if matches!(ws.next().await, Frame::Closed(_)) {
            break;
        }
        assert!(opened.elapsed() < INTERVAL + 2 * TIMEOUT + Duration::from_secs(1), "kept alive without a pong");
    }
}

#[tokio::test]
async fn a_ping_from_the_client_is_an_error() {
    let server = quick();
    let (mut ws, _) = websocket(server.addr(), "/engine.io/").await;
    ws.text("2").await;
    let started = Instant::now();
    ws.closed().await;
    assert!(started.elapsed() < INTERVAL, "closed by the heartbeat, not by the error");
}

#[tokio::test]
async fn an_answered_heartbeat_keeps_a_quiet_connection() {
    let server = quick();
    let mut client = Client::connect(server.addr()).await;
    let until = Instant::now() + 3 * (INTERVAL + TIMEOUT);
    while Instant::now() < until {
        assert_eq!(client.ws.next().await, Frame::Text("2".into()));
        client.send("3").await;
    }
    client.alive("after all this").await;
}

/// A client that sends a lot, does not read for a while and then reads everything is not dead, and
/// the ping it is owed did not wait behind all that data.
#[tokio::test]
async fn a_ping_is_not_queued_behind_data_that_nobody_reads() {
    if foreign() {
        return; // Node writes a ping behind whatever is buffered.
    }
    const MESSAGES: usize = 15_000;
    // What was in the buffers of both kernels when the ping was due, and the 128 KiB that the server has in its hands while it
    // writes. The rest waits behind the ping.
    const BUFFERED: usize = (SEND_BUFFER + 64 * 1024 + 128 * 1024) / 1000;
    let server = Program::conformance(&["--ping-interval", "300", "--ping-timeout", "5000"]);
    let mut ws = Ws::connect_narrow(server.addr(), "/engine.io/?EIO=4&transport=websocket", 16 * 1024).await;
    ws.next_text().await;
    let (mut sink, mut stream) = ws.split();
    let (pong, mut pongs) = mpsc::unbounded_channel::<()>();
    let message = format!("4{}", "x".repeat(1000));
    let writing = tokio::spawn(async move {
        for _ in 0..MESSAGES {
            sink.send(Message::text(message.clone())).await.unwrap();
            if pongs.try_recv().is_ok() {
                sink.send(Message::text("3")).await.unwrap();
            }
        }
        while pongs.recv().await.is_some() {
            sink.send(Message::text("3")).await.unwrap();
        }
    });
    sleep(3 * INTERVAL).await;

    let (mut echoes, mut pinged_at) = (0, None);
    while echoes < MESSAGES {
        match within("an echo", stream.next()).await {
            Some(Ok(Message::Text(text))) if text == "2" => {
                pinged_at.get_or_insert(echoes);
                pong.send(()).unwrap();
            }
            Some(Ok(Message::Text(_))) => echoes += 1,
            other => panic!("after {echoes} echoes: {other:?}"),
        }
    }
    drop(pong);
    within("the writer", writing).await.unwrap();
    let pinged_at = pinged_at.expect("a ping among the echoes");
    const { assert!(2 * BUFFERED < MESSAGES, "too few messages to tell") };
    assert!(pinged_at <= BUFFERED, "the ping came after {pinged_at} messages of {MESSAGES}");
}
