//! A client that reads more slowly than it is told things.

use std::time::Duration;

use socketio::prelude::*;
use socketio::{AckError, DisconnectReason, Overflow};
use tests::ws::{Frame, Ws};

use crate::app::{App, Heard, Log, a_moment, ask, log};

#[derive(Default)]
struct Idle;

#[namespace("/", manual)]
impl Idle {
    fn on_ping(&self) -> u8 {
        1
    }
    fn on_disconnect(self, reason: &DisconnectReason, log: &State<Log>) {
        log.say(reason);
    }
}

const BLOCK: usize = 64 * 1024;

async fn start(packets: usize, bytes: usize) -> (App, Heard) {
    let (log, heard) = log();
    (App::start(Server::empty().mount::<Idle>().state(log).outbox(packets, bytes)).await, heard)
}

/// A client with next to no room in its kernel, connected and not reading.
async fn deaf(app: &App) -> Ws {
    let mut ws = Ws::connect_narrow(app.addr, "/socket.io/?EIO=4&transport=websocket", 4096).await;
    ws.next_text().await;
    ws.text("40").await;
    assert!(ws.next_text().await.starts_with("40{"));
    ws
}

#[tokio::test]
async fn past_the_bound_of_bytes_the_client_is_disconnected() {
    let (app, mut heard) = start(100_000, 1 << 20).await;
    let _deaf = deaf(&app).await;
    let mut other = app.client().await;
    let block = "x".repeat(BLOCK);
    // More than the kernels on both sides take, and the outbox.
    for _ in 0..400 {
        app.handle.of("/").except(&other.sid).emit("block", &block);
        tokio::task::yield_now().await;
    }
    heard.expect(&["slow consumer"]).await;
    // Nobody else is any the worse.
    assert_eq!(ask(&mut other, r#"["ping"]"#).await, "[1]");
    a_moment().await;
    assert_eq!(app.handle.of("/").count(), 1);
}

#[tokio::test]
async fn past_the_bound_of_packets_too() {
    let (app, mut heard) = start(64, 1 << 30).await;
    let _client = app.client().await;
    let socket = app.handle.of("/").sockets().remove(0);
    // Without yielding, so that nothing is written meanwhile.
    for n in 0..1000 {
        socket.emit("n", n);
    }
    heard.expect(&["slow consumer"]).await;
}

#[tokio::test]
async fn with_drop_newest_events_are_lost_and_the_client_stays() {
    let (log, mut heard) = log();
    let server = Server::empty().mount::<Idle>().state(log).outbox(64, 1 << 30).overflow(Overflow::DropNewest);
    let app = App::start(server).await;
    let mut client = app.client().await;
    let (socket, everyone) = (app.handle.of("/").sockets().remove(0), app.handle.of("/"));
    // Without yielding, so that nothing is written meanwhile.
    for n in 0..500 {
        socket.emit("n", 2 * n);
        everyone.emit("n", 2 * n + 1);
    }
    let lost = socket.timeout(Duration::from_millis(50)).emit_with_ack::<()>("lost", ());
    for n in 0..64 {
        client.expect(&format!(r#"42["n",{n}]"#)).await;
    }
    assert_eq!(lost.await, Err(AckError::Timeout));
    // It is as good as new, and is answered.
    assert_eq!(ask(&mut client, r#"["ping"]"#).await, "[1]");
    for n in 0..500 {
        everyone.emit("m", n);
    }
    socket.disconnect();
    for n in 0..64 {
        client.expect(&format!(r#"42["m",{n}]"#)).await;
    }
    // What ends its stay is not lost.
    client.expect("41").await;
    heard.expect(&["server namespace disconnect"]).await;
}

#[tokio::test]
async fn with_drop_newest_a_client_that_is_sent_too_much_is_read_all_the_same() {
    let (log, mut heard) = log();
    let server = Server::empty().mount::<Idle>().state(log).outbox(100_000, 1 << 20).overflow(Overflow::DropNewest);
    let app = App::start(server).await;
    let mut deaf = deaf(&app).await;
    let (everyone, block) = (app.handle.of("/"), "x".repeat(BLOCK));
    let fill = |blocks| (0..blocks).for_each(|_| everyone.emit("block", &block));
    // Until the kernels on both sides take no more.
    for _ in 0..8 {
        fill(32);
        a_moment().await;
    }
    // Its outbox is full, and is filled again with every block that it reads.
    deaf.text(r#"421["ping"]"#).await;
    let mut answered = false;
    while !answered {
        match deaf.next().await {
            Frame::Text(text) if text == "431[1]" => answered = true,
            Frame::Text(text) if text == "2" => deaf.text("3").await,
            Frame::Text(text) => assert!(text.starts_with(r#"42["block","#), "{text}"),
            other => panic!("{other:?}"),
        }
        fill(32);
    }
    heard.silent().await;
}

#[tokio::test]
async fn volatile_events_are_dropped_instead() {
    let (app, mut heard) = start(100_000, 1 << 20).await;
    let mut deaf = deaf(&app).await;
    let socket = app.handle.of("/").sockets().remove(0);
    let block = "x".repeat(BLOCK);
    for _ in 0..400 {
        socket.volatile().emit("block", &block);
        app.handle.of("/").volatile().emit("block", &block);
        tokio::task::yield_now().await;
    }
    heard.silent().await;
    // It is there, and what is not volatile reaches it once it reads.
    socket.emit("last", ());
    let mut blocks = 0;
    loop {
        match deaf.next().await {
            Frame::Text(text) if text == r#"42["last"]"# => break,
            Frame::Text(text) => {
                assert!(text.starts_with(r#"42["block","#));
                blocks += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(blocks < 800, "nothing was dropped");
    assert!(blocks > 0, "everything was dropped");
}

#[tokio::test]
async fn whoever_waits_until_it_is_ready_never_meets_the_bound() {
    let (app, mut heard) = start(64, 1 << 20).await;
    let mut client = app.client().await;
    let socket = app.handle.of("/").sockets().remove(0);
    let sending = tokio::spawn(async move {
        for n in 0..2000 {
            socket.ready().await;
            socket.emit("n", n);
        }
    });
    for n in 0..2000 {
        client.expect(&format!(r#"42["n",{n}]"#)).await;
    }
    sending.await.unwrap();
    heard.silent().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_delays_neither_the_farewell_nor_the_shutdown() {
    let (app, mut heard) = start(100_000, 1 << 30).await;
    let _deaf = deaf(&app).await;
    let block = "x".repeat(BLOCK);
    for _ in 0..400 {
        app.handle.of("/").emit("block", &block);
        tokio::task::yield_now().await;
    }
    app.handle.of("/").disconnect();
    heard.expect(&["server namespace disconnect"]).await;
    let begin = std::time::Instant::now();
    assert!(app.handle.shutdown(Duration::from_secs(3)).await, "somebody is still there");
    assert_eq!(app.handle.connections(), 0);
    assert!(begin.elapsed() < Duration::from_secs(5));
}
