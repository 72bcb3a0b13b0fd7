//! Messages over WebSocket.

use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{
    engine::{CloseReason, Transport},
    packet::pool,
};

use super::{Event, Options, Server, driver::*};

#[tokio::test]
async fn messages_are_echoed() {
    let mut server = Server::start(Options::default()).await;
    let mut client = Frames::open(&server).await;
    let socket = server.opened().await;
    assert_eq!(socket.transport(), Transport::WebSocket);
    client.send("4hé").await;
    assert_eq!(client.text().await, "4hé");
    client.send_binary(&[1, 2, 3]).await;
    assert_eq!(client.next().await, Some(Message::binary(vec![1, 2, 3])));
    // Binary as text, for clients that have nothing else.
    client.send("bAQID").await;
    assert_eq!(client.next().await, Some(Message::binary(vec![1, 2, 3])));
    assert_eq!(server.text().await, "hé");
}

#[tokio::test]
async fn messages_of_all_sizes_pass() {
    let mut server = Server::start(Options::default()).await;
    let mut client = Frames::open(&server).await;
    server.opened().await;
    for size in [0, 1, 124, 125, 126, 2047, 2048, 4096, 16_384, 65_534, 65_535, 200_000, 999_999] {
        let text = format!("4{}", "x".repeat(size));
        client.send(&text).await;
        assert!(client.text().await == text, "{size}");
        client.send_binary(&vec![7; size]).await;
        assert!(client.next().await == Some(Message::binary(vec![7; size])), "{size}");
    }
}

#[tokio::test]
async fn many_messages_at_once_come_back_in_order() {
    let mut server = Server::start(Options::default()).await;
    let mut client = Frames::open(&server).await;
    server.opened().await;
    for i in 0..500 {
        client.0.feed(Message::text(format!("4{}", "x".repeat(i * 7 % 6000)))).await.unwrap();
    }
    client.0.flush().await.unwrap();
    for i in 0..500 {
        assert_eq!(client.text().await.len(), 1 + i * 7 % 6000);
    }
}

#[tokio::test]
async fn fragments_and_pings_between_them_are_understood() {
    let mut server = Server::start(Options::default()).await;
    let mut client = Frames::open(&server).await;
    server.opened().await;
    let fragment = |text: &'static str, code, last| Message::Frame(Frame::message(text, OpCode::Data(code), last));
    client.0.send(fragment("4a", Data::Text, false)).await.unwrap();
    client.0.send(Message::Ping(Bytes::from_static(b"p"))).await.unwrap();
    client.0.send(fragment("b", Data::Continue, true)).await.unwrap();
    assert_eq!(client.next().await, Some(Message::Pong(Bytes::from_static(b"p"))));
    assert_eq!(client.text().await, "4ab");
}

#[tokio::test]
async fn base64_is_sent_to_clients_that_ask_for_it() {
    let mut server = Server::start(Options::default()).await;
    let mut client = Frames::connect(server.address, &format!("{WEBSOCKET}&b64=1")).await;
    client.text().await;
    let socket = server.opened().await;
    socket.send_binary(Bytes::from_static(&[1, 2, 3])).unwrap();
    assert_eq!(client.text().await, "bAQID");
}

#[tokio::test]
async fn the_first_protocol_is_chosen() {
    let server = Server::start(Options::default()).await;
    let headers = format!("{HANDSHAKE}Sec-WebSocket-Protocol: chat, other\r\n");
    let reply = receive(send(server.address, "GET", WEBSOCKET, &headers, b"").await).await;
    assert_eq!(reply.status, 101);
    assert_eq!(reply.header("sec-websocket-protocol"), Some("chat"));
}

#[tokio::test]
async fn messages_over_the_limit_end_the_session_with_1009() {
    let mut server = Server::start(Options { max_payload: 2000, ..Options::default() }).await;
    let mut client = Frames::open(&server).await;
    server.opened().await;
    client.send(&format!("4{}", "a".repeat(1999))).await;
    client.text().await;
    client.send(&"4".repeat(2001)).await;
    assert_eq!(server.closed().await, CloseReason::TransportError);
    assert_eq!(client.close_code().await, 1009);

    let mut client = Frames::open(&server).await;
    server.opened().await;
    let fragment = |code, last| Message::Frame(Frame::message(vec![b'4'; 1500], OpCode::Data(code), last));
    client.0.send(fragment(Data::Text, false)).await.unwrap();
    client.0.send(fragment(Data::Continue, true)).await.unwrap();
    assert_eq!(client.close_code().await, 1009);
    assert_eq!(server.closed().await, CloseReason::TransportError);
}

#[tokio::test]
async fn frames_against_the_rules_end_the_session() {
    // Reserved bits; unmasked; an unknown opcode; a stray continuation; invalid UTF-8; a fragmented ping.
    let frames: [(&[u8], u16); 6] = [
        (&[0xc1, 0x80, 0, 0, 0, 0], 1002),
        (&[0x81, 0x01, b'4'], 1002),
        (&[0x83, 0x80, 0, 0, 0, 0], 1002),
        (&[0x80, 0x80, 0, 0, 0, 0], 1002),
        (&[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007),
        (&[0x09, 0x80, 0, 0, 0, 0], 1002),
    ];
    let mut server = Server::start(Options::default()).await;
    for (frame, code) in frames {
        let mut client = send(server.address, "GET", WEBSOCKET, HANDSHAKE, b"").await;
        server.opened().await;
        client.write_all(frame).await.unwrap();
        assert_eq!(server.closed().await, CloseReason::TransportError, "{frame:?}");
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        let close = &answer[answer.len() - 4..];
        assert_eq!((close[0], close[1], u16::from_be_bytes([close[2], close[3]])), (0x88, 2, code), "{frame:?}");
    }
}

#[tokio::test]
async fn frames_that_are_no_packets_end_the_session() {
    for (frame, reason) in [
        ("", CloseReason::ParseError),
        ("x", CloseReason::ParseError),
        ("7", CloseReason::ParseError),
        ("b%%%", CloseReason::ParseError),
        ("2", CloseReason::TransportError),
        ("2probe", CloseReason::TransportError),
    ] {
        let mut server = Server::start(Options::default()).await;
        let mut client = Frames::open(&server).await;
        server.opened().await;
        client.send(frame).await;
        assert_eq!(server.closed().await, reason, "{frame}");
        assert_eq!(client.close_code().await, 1005, "{frame}");
        assert!(client.next().await.is_none());
    }
}

#[tokio::test]
async fn bytes_that_follow_the_request_at_once_are_not_lost() {
    let mut server = Server::start(Options::default()).await;
    let mut bytes = format!("GET {WEBSOCKET} HTTP/1.1\r\nHost: x\r\n{HANDSHAKE}\r\n").into_bytes();
    bytes.extend_from_slice(&[0x81, 0x82, 0, 0, 0, 0, b'4', b'a']);
    let mut client = tokio::net::TcpStream::connect(server.address).await.unwrap();
    client.write_all(&bytes).await.unwrap();
    server.opened().await;
    assert_eq!(server.text().await, "a");
    assert!(matches!(server.events.try_recv(), Err(_) | Ok(Event::Text(_))));
}

/// The data of the next binary message.
async fn binary(server: &mut Server) -> Bytes {
    match server.event().await {
        Event::Binary(data) => data,
        other => panic!("expected a binary message, got {other:?}"),
    }
}

/// Whether the memory of a message goes back to the pool with this, its last clone, after a moment. The pool is that of this thread,
/// which the server shares.
async fn is_freed(data: Bytes) -> bool {
    let address = data.as_ptr();
    drop(data);
    for _ in 0..50 {
        if pool::tests::keeps(address) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn the_memory_of_a_large_message_goes_with_the_message() {
    let mut server = Server::start_with(Options::default(), true).await;
    let mut client = Frames::open(&server).await;
    let socket = server.opened().await;
    for size in [20_000, 900_000, 100_000] {
        client.send_binary(&vec![7; size]).await;
        let data = binary(&mut server).await;
        assert_eq!(data.len(), size);
        assert!(is_freed(data).await, "{size} bytes are kept by an idle connection");
    }
    // The connection does not notice.
    client.send("4x").await;
    assert_eq!(server.text().await, "x");
    client.0.send(Message::Ping(Bytes::from_static(b"p"))).await.unwrap();
    assert_eq!(client.next().await, Some(Message::Pong(Bytes::from_static(b"p"))));
    socket.close();
    assert_eq!(client.close_code().await, 1005);
    assert_eq!(client.next().await, None);
}

#[tokio::test]
async fn nothing_that_has_come_in_part_is_lost_behind_a_large_message() {
    let mut server = Server::start_with(Options::default(), true).await;
    let mut client = Frames::open(&server).await;
    server.opened().await;
    let large = [&[0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0][..], &vec![7; 0x1_0000]].concat();
    let next = [0x81, 0x83, 0, 0, 0, 0, b'4', b'h', b'i'];
    for cut in 0..next.len() {
        let (begin, end) = next.split_at(cut);
        client.0.get_mut().write_all(&[&large[..], begin].concat()).await.unwrap();
        assert_eq!(binary(&mut server).await.len(), 0x1_0000);
        tokio::time::sleep(Duration::from_millis(20)).await;
        client.0.get_mut().write_all(end).await.unwrap();
        assert_eq!(server.text().await, "hi");
    }
    let fragment = |size, code, last| Message::Frame(Frame::message(vec![7; size], OpCode::Data(code), last));
    client.0.send(fragment(100_000, Data::Binary, false)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    client.0.send(fragment(1, Data::Continue, true)).await.unwrap();
    assert_eq!(binary(&mut server).await.len(), 100_001);
}
