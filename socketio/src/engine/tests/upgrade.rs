//! Moving from polling to WebSocket.

use std::time::Duration;

use tokio::time::sleep;

use super::{Event, Options, Server, driver::*};
use crate::engine::{CloseReason, Transport};

const MOMENT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn buffered_packets_are_neither_lost_nor_doubled_nor_reordered() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    let socket = server.opened().await;
    let mut numbers = 0..;
    let mut sends = |n| numbers.by_ref().take(n).for_each(|i| socket.send_text(&i.to_string()).unwrap());

    sends(3);
    assert_eq!(client.poll().await, "40|41|42");
    let held = client.start_get().await;
    let mut websocket = client.probe().await;
    websocket.send("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
    assert_eq!(receive(held).await.body, "6");
    // Between the probe and the upgrade, polling still works in both directions.
    sends(2);
    assert_eq!(client.poll().await, "43|44");
    client.push("4from polling").await;
    sends(100);
    websocket.send("5").await;
    websocket.send("4from websocket").await;
    sends(2);
    let mut got = Vec::new();
    while got.len() < 104 {
        got.push(websocket.text().await);
    }
    let echoes = got.iter().filter(|text| text.starts_with("4from")).cloned().collect::<Vec<_>>();
    assert_eq!(echoes, ["4from polling", "4from websocket"]);
    let numbers = got.iter().filter(|text| !text.starts_with("4from")).cloned().collect::<Vec<_>>();
    assert_eq!(numbers, (5..107).map(|i| format!("4{i}")).collect::<Vec<_>>()[..numbers.len()]);
    assert_eq!(socket.transport(), Transport::WebSocket);
    assert_eq!(client.get().await.brief(), (400, r#"{"code":3,"message":"Bad request"}"#));
    assert_eq!(client.post("4").await.brief(), (400, r#"{"code":3,"message":"Bad request"}"#));
}

#[tokio::test]
async fn a_held_get_is_released_and_again_released() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let mut websocket = client.probe().await;
    websocket.send("2probe").await;
    websocket.text().await;
    for _ in 0..3 {
        assert_eq!(client.poll().await, "6");
    }
    let held = client.start_get().await;
    websocket.send("5").await;
    assert_eq!(receive(held).await.body, "6");
    websocket.send("4x").await;
    assert_eq!(websocket.text().await, "4x");
}

#[tokio::test]
async fn a_probe_that_fails_leaves_the_session_alive() {
    let options = Options { upgrade_timeout: Duration::from_millis(300), ..Options::default() };
    let mut server = Server::start(options).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let still_works = async || {
        sleep(MOMENT).await;
        client.push("4x").await;
        while client.poll().await != "4x" {}
    };

    drop(client.probe().await);
    still_works().await;

    let mut websocket = client.probe().await;
    websocket.send("2probe").await;
    websocket.text().await;
    drop(websocket);
    still_works().await;

    let mut websocket = client.probe().await;
    websocket.send("4not a probe").await;
    assert_eq!(websocket.close_code().await, 1005);
    still_works().await;

    let mut websocket = client.probe().await;
    websocket.send("5").await;
    assert_eq!(websocket.close_code().await, 1005);
    still_works().await;

    let mut websocket = client.probe().await;
    websocket.send("2probe").await;
    websocket.text().await;
    assert_eq!(websocket.close_code().await, 1005, "the upgrade has timed out");
    still_works().await;

    // And another attempt succeeds.
    let mut websocket = client.probe().await;
    websocket.send("2probe").await;
    websocket.text().await;
    websocket.send("5").await;
    websocket.send("4y").await;
    assert_eq!(websocket.text().await, "4y");
    while let Ok(event) = server.events.try_recv() {
        assert!(matches!(event, Event::Text(_)), "{event:?}");
    }
}

#[tokio::test]
async fn a_second_websocket_is_closed_at_once() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let refused = async || assert_eq!(client.probe().await.close_code().await, 1005);
    let mut websocket = client.probe().await;
    refused().await;
    websocket.send("2probe").await;
    websocket.text().await;
    websocket.send("5").await;
    websocket.send("4x").await;
    websocket.text().await;
    refused().await;
}

#[tokio::test]
async fn no_upgrade_where_none_is_allowed() {
    let server = Server::start(Options { allow_upgrades: false, ..Options::default() }).await;
    let client = Poller::open(&server).await;
    let target = format!("{WEBSOCKET}&sid={}", client.sid);
    let reply = receive(send(server.address, "GET", &target, HANDSHAKE, b"").await).await;
    assert_eq!(reply.brief(), (400, r#"{"code":3,"message":"Bad request"}"#));
}

#[tokio::test]
async fn a_session_that_ends_takes_its_probe_along() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let mut websocket = client.probe().await;
    websocket.send("2probe").await;
    websocket.text().await;
    client.push("1").await;
    assert_eq!(server.closed().await, CloseReason::TransportClose);
    assert_eq!(websocket.close_code().await, 1005);
}
