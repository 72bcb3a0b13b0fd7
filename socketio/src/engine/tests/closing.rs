//! The end of a session, from both sides.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::{Options, PATIENCE, Server, driver::*};
use crate::engine::{CloseReason, CloseStatus, SendError};

const MOMENT: Duration = Duration::from_millis(50);
const UNKNOWN: (u16, &str) = (400, r#"{"code":1,"message":"Session ID unknown"}"#);

#[tokio::test]
async fn a_polling_client_closes() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    let socket = server.opened().await;
    let held = client.start_get().await;
    sleep(MOMENT).await;
    client.push("1").await;
    assert_eq!(receive(held).await.brief(), (200, "6"));
    assert_eq!(server.closed().await, CloseReason::TransportClose);
    assert_eq!(client.get().await.brief(), UNKNOWN);
    assert_eq!(socket.send_text("x"), Err(SendError::Closed));
    assert!(socket.is_closed());
    socket.ready().await;
}

#[tokio::test]
async fn a_poll_after_the_clients_own_close_is_refused_at_once() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    client.push("4last|1").await;
    assert_eq!(client.get().await.brief(), UNKNOWN);
    assert_eq!(client.get().await.brief(), UNKNOWN);
    assert_eq!(server.closed().await, CloseReason::TransportClose);
    assert_eq!(client.post("4late").await.brief(), UNKNOWN);
}

#[tokio::test]
async fn a_websocket_client_closes() {
    let mut server = Server::start(Options::default()).await;
    let mut client = Frames::open(&server).await;
    server.opened().await;
    client.send("1").await;
    assert_eq!(server.closed().await, CloseReason::TransportClose);
    assert_eq!(client.close_code().await, 1005);

    let mut client = Frames::open(&server).await;
    server.opened().await;
    client.0.close(None).await.unwrap();
    assert_eq!(server.closed().await, CloseReason::TransportClose);
    assert_eq!(client.next().await, Some(Message::Close(None)));
    assert_eq!(client.next().await, None);

    let client = Frames::open(&server).await;
    server.opened().await;
    drop(client);
    assert_eq!(server.closed().await, CloseReason::TransportClose);
}

#[tokio::test]
async fn the_server_closes_a_websocket_after_what_it_sent() {
    let mut server = Server::start(Options::default()).await;
    let mut client = Frames::open(&server).await;
    let socket = server.opened().await;
    socket.send_text("last").unwrap();
    socket.close();
    assert_eq!(socket.send_text("too late"), Err(SendError::Closed));
    assert_eq!(client.text().await, "4last");
    assert_eq!(client.close_code().await, 1005);
    assert!(client.next().await.is_none());
    assert_eq!(server.closed().await, CloseReason::ForcedClose);
}

#[tokio::test]
async fn the_server_closes_a_polling_session() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    let socket = server.opened().await;
    let held = client.start_get().await;
    sleep(MOMENT).await;
    socket.close();
    assert_eq!(receive(held).await.brief(), (200, "1"));
    assert_eq!(client.get().await.brief(), UNKNOWN);

    server.closed().await;
    let client = Poller::open(&server).await;
    let socket = server.opened().await;
    socket.send_text("last").unwrap();
    socket.close();
    // The application is told before the client comes.
    assert_eq!(server.closed().await, CloseReason::ForcedClose);
    assert_eq!(client.poll().await, "4last");
    assert_eq!(client.poll().await, "1");
    assert_eq!(client.get().await.brief(), UNKNOWN);
    timeout(PATIENCE, server.engine.closed()).await.unwrap();
}

#[tokio::test]
async fn the_engine_closes() {
    let mut server = Server::start(Options::default()).await;
    let poller = Poller::open(&server).await;
    let mut websocket = Frames::open(&server).await;
    let idle = Poller::open(&server).await;
    let held = poller.start_get().await;
    sleep(MOMENT).await;
    assert_eq!(server.engine.sessions(), 3);
    server.engine.close();
    assert_eq!(receive(held).await.brief(), (200, "1"));
    assert_eq!(websocket.close_code().await, 1005);
    assert!(websocket.next().await.is_none());
    timeout(PATIENCE, server.engine.closed()).await.unwrap();
    assert_eq!(idle.get().await.brief(), UNKNOWN);
    let reply = receive(send(server.address, "GET", POLLING, "", b"").await).await;
    assert_eq!(reply.brief(), (503, r#"{"code":4,"message":"Server shutting down"}"#));
    for _ in 0..3 {
        server.opened().await;
    }
    for _ in 0..3 {
        assert_eq!(server.closed().await, CloseReason::ServerShutdown);
    }
}

#[tokio::test]
async fn a_client_that_does_not_answer_the_close_is_left_behind() {
    let mut server = Server::start(Options::default()).await;
    let _client = send(server.address, "GET", WEBSOCKET, HANDSHAKE, b"").await;
    let socket = server.opened().await;
    let begin = Instant::now();
    socket.close();
    assert_eq!(server.closed().await, CloseReason::ForcedClose);
    assert!(begin.elapsed() < Duration::from_secs(1));
    timeout(PATIENCE, server.engine.closed()).await.unwrap();
}

#[tokio::test]
async fn a_panic_ends_its_own_session_and_nothing_else() {
    let mut server = Server::start(Options::default()).await;
    let other = Poller::open(&server).await;
    let poller = Poller::open(&server).await;
    let held = poller.start_get().await;
    sleep(MOMENT).await;
    poller.push("4panic").await;
    assert_eq!(receive(held).await.brief(), (200, "1"));
    assert_eq!(poller.get().await.brief(), UNKNOWN);

    let mut websocket = Frames::open(&server).await;
    websocket.send("4panic").await;
    assert!(!matches!(timeout(PATIENCE, websocket.0.next()).await, Ok(Some(Ok(Message::Text(_))))));

    other.push("4x").await;
    assert_eq!(other.poll().await, "4x");
    assert_eq!(server.engine.sessions(), 1);
    for _ in 0..3 {
        server.opened().await;
    }
}

#[tokio::test]
async fn a_shutdown_waits_for_nobody_who_does_not_answer() {
    let mut server = Server::start(Options::default()).await;
    let _silent = send(server.address, "GET", WEBSOCKET, HANDSHAKE, b"").await;
    server.opened().await;
    sleep(MOMENT).await;
    let begin = Instant::now();
    server.engine.close();
    assert_eq!(server.closed().await, CloseReason::ServerShutdown);
    timeout(PATIENCE, server.engine.closed()).await.unwrap();
    assert!(begin.elapsed() < Duration::from_millis(300), "the close frame had left, and nothing more was needed");

    // One that does not even read.
    let mut server = Server::start(Options::default()).await;
    let _deaf = send(server.address, "GET", WEBSOCKET, HANDSHAKE, b"").await;
    let socket = server.opened().await;
    for _ in 0..15 {
        socket.send_text(&"x".repeat(1_000_000)).unwrap();
    }
    sleep(MOMENT).await;
    let begin = Instant::now();
    server.engine.close();
    timeout(PATIENCE, server.engine.closed()).await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_shutdown_waits_for_nobody_who_is_being_closed_already() {
    let mut server = Server::start(Options::default()).await;
    let poller = Poller::open(&server).await;
    let socket = server.opened().await;
    socket.close();
    let _silent = send(server.address, "GET", WEBSOCKET, HANDSHAKE, b"").await;
    assert_eq!(server.closed().await, CloseReason::ForcedClose);
    let socket = server.opened().await;
    socket.close();
    sleep(MOMENT).await;
    let begin = Instant::now();
    server.engine.close();
    timeout(PATIENCE, server.engine.closed()).await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(poller.get().await.brief(), UNKNOWN);
}

#[tokio::test]
async fn the_server_closes_with_a_status() {
    let mut server = Server::start(Options::default()).await;
    let mut client = Frames::open(&server).await;
    let socket = server.opened().await;
    socket.send_text("last").unwrap();
    socket.close_with_status(CloseStatus::new(4001, "expired").unwrap());
    socket.close_with_status(CloseStatus::new(4002, "too late").unwrap());
    assert_eq!(client.text().await, "4last");
    let Some(Message::Close(Some(frame))) = client.next().await else { panic!("expected a close frame") };
    assert_eq!((u16::from(frame.code), frame.reason.as_str()), (4001, "expired"));
    assert_eq!(server.closed().await, CloseReason::ForcedClose);

    let client = Poller::open(&server).await;
    let socket = server.opened().await;
    socket.close_with_status(CloseStatus::new(4001, "expired").unwrap());
    assert_eq!(client.poll().await, "1");
}
