//! Moving from polling to WebSocket.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpSocket,
    time::sleep,
};

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
    // One that is held when the client moves has come too late, as if it had come a moment later.
    let held = client.start_get().await;
    websocket.send("5").await;
    assert_eq!(receive(held).await.brief(), (400, r#"{"code":3,"message":"Bad request"}"#));
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

/// A masked ping of the WebSocket with the largest payload.
fn ping() -> Vec<u8> {
    [&[0x89, 0x80 | 125, 0, 0, 0, 0][..], &[7; 125]].concat()
}

#[tokio::test]
async fn a_probe_that_is_flooded_with_pings_is_given_up() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut flood = socket.connect(server.address).await.unwrap();
    let head = format!("GET {WEBSOCKET}&sid={} HTTP/1.1\r\nHost: x\r\n{HANDSHAKE}\r\n", client.sid);
    flood.write_all(head.as_bytes()).await.unwrap();
    assert_ne!(flood.read(&mut [0; 12]).await.unwrap(), 0);
    // More than the system buffers of the answers that nobody reads.
    let pings = ping().repeat(1000);
    for _ in 0..120 {
        if flood.write_all(&pings).await.is_err() {
            break;
        }
    }
    sleep(MOMENT).await;
    // There is room for another attempt, because that one is over.
    let mut websocket = client.probe().await;
    websocket.send("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
}

#[tokio::test]
async fn a_probe_that_reads_the_answers_to_its_pings_goes_on() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let mut websocket = client.probe().await;
    websocket.0.get_mut().write_all(&ping().repeat(1000)).await.unwrap();
    for _ in 0..1000 {
        assert!(websocket.next().await.is_some_and(|message| message.is_pong()));
    }
    websocket.send("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
}

#[tokio::test]
async fn one_deadline_covers_the_whole_move() {
    let options = Options { upgrade_timeout: Duration::from_millis(1200), ..Options::default() };
    let server = Server::start(options).await;
    let client = Poller::open(&server).await;
    let slow = super::serve(server.engine.clone(), Duration::from_millis(900)).await;
    let begin = Instant::now();
    let mut websocket = Frames::connect(slow, &format!("{WEBSOCKET}&sid={}", client.sid)).await;
    websocket.send("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
    assert_eq!(websocket.close_code().await, 1005);
    let taken = begin.elapsed();
    assert!(taken > Duration::from_millis(1100) && taken < Duration::from_millis(1900), "{taken:?}");
}
