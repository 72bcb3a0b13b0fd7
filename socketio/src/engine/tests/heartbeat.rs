//! Pings, pongs and their absence. The arithmetic is tested with paused time in `session::heartbeat`.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use super::{Options, Server, driver::*};
use crate::engine::CloseReason;

fn quick() -> Options {
    let (ping_interval, ping_timeout) = (Duration::from_millis(300), Duration::from_millis(200));
    Options { ping_interval, ping_timeout, ..Options::default() }
}

#[tokio::test]
async fn a_websocket_is_pinged_after_the_interval_and_closed_after_the_timeout() {
    let mut server = Server::start(quick()).await;
    let mut client = Frames::open(&server).await;
    server.opened().await;
    let begin = Instant::now();
    assert_eq!(client.text().await, "2");
    assert!(begin.elapsed() > Duration::from_millis(250), "the first ping came at once");
    client.send("3").await;
    let begin = Instant::now();
    assert_eq!(client.text().await, "2");
    assert!(begin.elapsed() > Duration::from_millis(250));
    assert_eq!(server.closed().await, CloseReason::PingTimeout);
    assert!(begin.elapsed() > Duration::from_millis(450));
    assert_eq!(client.close_code().await, 1005);
}

#[tokio::test]
async fn a_polling_client_is_pinged_as_well() {
    let mut server = Server::start(quick()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    assert_eq!(client.poll().await, "2");
    client.push("3").await;
    assert_eq!(client.poll().await, "2");
    assert_eq!(client.poll().await, "1");
    assert_eq!(server.closed().await, CloseReason::PingTimeout);
}

#[tokio::test]
async fn a_client_that_polls_and_never_pongs_is_gone() {
    let mut server = Server::start(quick()).await;
    let _client = Poller::open(&server).await;
    server.opened().await;
    assert_eq!(server.closed().await, CloseReason::PingTimeout);
    assert_eq!(server.engine.sessions(), 0);
}

#[tokio::test]
async fn while_we_do_not_read_nobody_times_out() {
    let mut server = Server::start(quick()).await;
    let mut client = Frames::open(&server).await;
    let socket = server.opened().await;
    server.busy.store(true, Ordering::SeqCst);
    client.send("4later").await;
    sleep(Duration::from_millis(1200)).await;
    server.quiet();
    server.busy.store(false, Ordering::SeqCst);
    socket.wake();
    assert_eq!(client.text().await, "4later");
    assert_eq!(client.text().await, "2");
    client.send("3").await;
    assert_eq!(client.text().await, "2");
}

#[tokio::test]
async fn a_ping_that_no_get_has_fetched_moves_with_the_session() {
    let mut server = Server::start(Options { ping_timeout: Duration::from_secs(5), ..quick() }).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let mut websocket = client.probe().await;
    websocket.send("2probe").await;
    websocket.text().await;
    sleep(Duration::from_millis(500)).await;
    websocket.send("5").await;
    assert_eq!(websocket.text().await, "2");
    websocket.send("3").await;
    assert_eq!(websocket.text().await, "2");
}
