//! One payload limit for every way in, and a clock for connections that never say who they are.

use std::time::{Duration, Instant};

use tests::http;
use tests::programs::Program;
use tests::session::{Client, Polling, open_packet, websocket};
use tests::ws::Frame;

const LIMIT: usize = 2000;

fn small() -> Program {
    Program::conformance(&["--max-payload", "2000"])
}

/// A text packet of exactly this many bytes.
fn packet(bytes: usize) -> String {
    format!("4{}", "x".repeat(bytes - 1))
}

#[tokio::test]
async fn the_limit_is_told_and_holds_on_polling() {
    let server = small();
    let witness = Polling::open(server.addr(), "/engine.io/").await;
    let response = http::get(server.addr(), "/engine.io/?EIO=4&transport=polling").await;
    assert_eq!(open_packet(response.text())["maxPayload"], LIMIT);

    let session = Polling::open(server.addr(), "/engine.io/").await;
    session.send(packet(LIMIT)).await;
    assert_eq!(session.receive(1).await, [packet(LIMIT)]);
    let response = session.post(packet(LIMIT + 1)).await;
    assert_eq!((response.status, response.text()), (413, ""));
    // Too much is refused, not punished.
    session.alive("after 413").await;
    witness.alive("unharmed").await;
}

#[tokio::test]
async fn a_body_without_a_length_is_counted_as_it_comes() {
    let server = small();
    let session = Polling::open(server.addr(), "/engine.io/").await;
    let chunk = format!("3e8\r\n{}\r\n", "4".repeat(1000));
    let body = chunk.repeat(3) + "0\r\n\r\n";
    let headers = [("Transfer-Encoding", "chunked")];
    let response = http::request(session.addr, "POST", &session.target, &headers, body.as_bytes()).await;
    assert_eq!(response.status, 413, "{response:?}");
    session.alive("after 413").await;
}

#[tokio::test]
async fn a_length_beyond_all_measure_is_refused_before_anything_is_read() {
    let server = small();
    let session = Polling::open(server.addr(), "/engine.io/").await;
    let headers = [("Transfer-Encoding", "chunked")];
    let body = format!("fffffffff\r\n{}", "4".repeat(6000));
    let response = http::request(session.addr, "POST", &session.target, &headers, body.as_bytes()).await;
    assert!(matches!(response.status, 400 | 413), "{response:?}");
    let other = Polling::open(server.addr(), "/engine.io/").await;
    other.alive("unharmed").await;
}

#[tokio::test]
async fn the_same_limit_holds_on_websocket() {
    let server = small();
    let (mut witness, _) = websocket(server.addr(), "/engine.io/").await;
    for binary in [false, true] {
        let (mut ws, _) = websocket(server.addr(), "/engine.io/").await;
        let sized = |bytes: usize| match binary {
            true => Frame::Binary(vec![7; bytes].into()),
            false => Frame::Text(packet(bytes)),
        };
        ws.try_send(&sized(LIMIT)).await;
        assert_eq!(ws.next().await, sized(LIMIT));
        ws.try_send(&sized(LIMIT + 1)).await;
        let (before, code) = ws.closed().await;
        assert_eq!((before, code), (vec![], Some(1009)), "binary: {binary}");
        witness.text("4unharmed").await;
        witness.expect("4unharmed").await;
    }
}

#[tokio::test]
async fn the_same_limit_holds_after_an_upgrade() {
    let server = small();
    let session = Polling::open(server.addr(), "/engine.io/").await;
    let mut ws = session.probe().await;
    ws.text("2probe").await;
    ws.expect("3probe").await;
    ws.text("5").await;
    ws.text(packet(LIMIT)).await;
    ws.expect(&packet(LIMIT)).await;
    ws.text(packet(LIMIT + 1)).await;
    assert_eq!(ws.closed().await, (vec![], Some(1009)));
    session.gone().await;
}

#[tokio::test]
async fn a_connection_that_joins_no_namespace_is_closed() {
    let server = Program::conformance(&["--connect-timeout", "300"]);
    let opened = Instant::now();
    let mut client = Client::connect(server.addr()).await;
    let session = Polling::open(server.addr(), "/socket.io/").await;
    let (mut idle, _) = websocket(server.addr(), "/socket.io/").await;
    let (mut refused, _) = websocket(server.addr(), "/socket.io/").await;
    refused.text("40/nowhere,").await;
    refused.expect(r#"44/nowhere,{"message":"Invalid namespace"}"#).await;

    idle.closed().await;
    assert!(opened.elapsed() >= Duration::from_millis(280), "{:?}", opened.elapsed());
    refused.closed().await;
    let poll = session.get().await;
    assert!(poll.status == 400 || poll.text().ends_with('1'), "{poll:?}");
    session.gone().await;
    client.alive("who connected stays").await;
}
