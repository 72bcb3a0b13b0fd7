//! Clients of Engine.IO 2 and 3, byte by byte: payloads, typed frames, their own pings, JSONP.

use bytes::Bytes;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

use super::{Event, Options, Server, driver::*};
use crate::engine::{CloseReason, SendError};

const WEBSOCKET3: &str = "/engine.io/?EIO=3&transport=websocket";
const BASE64: &str = "EIO=3&transport=polling&b64=1";
const TEXT: &str = "Content-Type: text/plain;charset=UTF-8\r\n";
const BYTES: &str = "Content-Type: application/octet-stream\r\n";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const CROSS_SITE: &str = "Sec-Fetch-Site: cross-site\r\nReferer: https://evil.example/\r\n";

/// A polling client that knows nothing of what it posts and gets.
struct Old {
    address: std::net::SocketAddr,
    target: String,
    /// The whole answer to its handshake.
    open: Reply,
}

impl Old {
    async fn open(server: &Server, query: &str) -> Self {
        let target = format!("/engine.io/?{query}");
        let open = receive(send(server.address, "GET", &target, "", b"").await).await;
        assert_eq!(open.status, 200, "{open:?}");
        let (_, rest) = open.body.split_once("sid").unwrap();
        let sid: String =
            rest.chars().skip_while(|c| !c.is_ascii_alphanumeric() && !"-_".contains(*c)).take(20).collect();
        Self { address: server.address, target: format!("{target}&sid={sid}"), open }
    }

    async fn get(&self) -> Reply {
        receive(send(self.address, "GET", &self.target, "", b"").await).await
    }

    async fn post(&self, kind: &str, body: &[u8]) -> Reply {
        receive(send(self.address, "POST", &self.target, kind, body).await).await
    }

    async fn push(&self, kind: &str, body: &[u8]) {
        assert_eq!(self.post(kind, body).await.brief(), (200, "ok"));
    }
}

async fn websocket(server: &Server, target: &str) -> Frames {
    let mut frames = Frames::connect(server.address, target).await;
    assert!(frames.text().await.starts_with(r#"0{"sid":""#));
    frames
}

#[tokio::test]
async fn text_payloads_have_lengths_in_utf16() {
    let mut server = Server::start(Options::default()).await;
    let client = Old::open(&server, BASE64).await;
    let socket = server.opened().await;
    assert_eq!(socket.protocol(), 3);
    let (length, packet) = client.open.body.split_once(':').unwrap();
    assert_eq!(length.parse(), Ok(packet.len()));
    assert!(packet.starts_with(r#"0{"sid":""#) && packet.contains(r#""upgrades":["websocket"],"pingInterval":25000"#));

    client.push(TEXT, "4:4😀a10:b4AQIDBA==".as_bytes()).await;
    assert_eq!(server.text().await, "😀a");
    assert!(matches!(server.event().await, Event::Binary(data) if data == [1, 2, 3, 4][..]));
    assert_eq!(client.get().await.brief(), (200, "4:4😀a10:b4AQIDBA=="));
}

#[tokio::test]
async fn bytes_are_sent_and_read_where_the_client_can() {
    let mut server = Server::start(Options::default()).await;
    for version in [2, 3] {
        let client = Old::open(&server, &format!("EIO={version}&transport=polling")).await;
        server.opened().await;
        let kind = if version == 2 { "application/octet-stream" } else { "text/plain; charset=UTF-8" };
        assert_eq!(client.open.header("content-type"), Some(kind));

        client.push(BYTES, b"\x00\x03\xff4\xc3\xa9\x01\x05\xff\x04\x01\x02\x03\xff").await;
        assert_eq!(server.text().await, "é");
        assert!(matches!(server.event().await, Event::Binary(data) if data == [1, 2, 3, 0xff][..]));
        let reply = client.get().await;
        assert_eq!(reply.header("content-type"), Some("application/octet-stream"));
        assert_eq!(reply.body, String::from_utf8_lossy(b"\x00\x03\xff4\xc3\xa9\x01\x05\xff\x04\x01\x02\x03\xff"));
    }
}

#[tokio::test]
async fn who_cannot_take_bytes_says_so_when_it_comes() {
    let mut server = Server::start(Options::default()).await;
    for (first, later, body) in
        [("&b64=1", "", "10:b4AQIDBA=="), ("", "&b64=1", "\u{1}\u{5}\u{fffd}\u{4}\u{1}\u{2}\u{3}\u{4}")]
    {
        let base = "EIO=3&transport=polling";
        let mut client = Old::open(&server, &format!("{base}{first}")).await;
        let socket = server.opened().await;
        client.target = client.target.replace(&format!("{base}{first}"), &format!("{base}{later}"));
        socket.send_binary(Bytes::from_static(&[1, 2, 3, 4])).unwrap();
        assert_eq!(client.get().await.brief(), (200, body), "first {first:?}, later {later:?}");
    }
}

#[tokio::test]
async fn text_that_was_encoded_twice_is_told_from_text_that_was_not() {
    let mut server = Server::start_with(Options::default(), true).await;
    let client = Old::open(&server, BASE64).await;
    server.opened().await;
    for (sent, meant) in [("3:4Ã©", "é"), ("4:4Ã©e", "ée"), ("3:4é€", "é€"), ("3:4Ã©", "Ã©")] {
        client.push(TEXT, sent.as_bytes()).await;
        assert_eq!(server.text().await, meant, "{sent}");
    }
    let mut websocket = websocket(&server, WEBSOCKET3).await;
    server.opened().await;
    websocket.send("4Ã©").await;
    assert_eq!(server.text().await, "é");
}

#[tokio::test]
async fn binary_frames_have_a_type() {
    let mut server = Server::start(Options::default()).await;
    let mut client = websocket(&server, WEBSOCKET3).await;
    server.opened().await;
    for text in [false, true] {
        if text {
            client.send("b4AQI=").await
        } else {
            client.send_binary(&[4, 1, 2]).await
        }
        assert!(matches!(server.event().await, Event::Binary(data) if data == [1, 2][..]));
        assert_eq!(client.next().await, Some(Message::Binary(Bytes::from_static(&[4, 1, 2]))));
    }
    let large = [&[4][..], &[7; 5000]].concat();
    client.send_binary(&large).await;
    assert_eq!(client.next().await, Some(Message::Binary(large.into())));
    server.event().await;
    client.send_binary(&[5, 1]).await;
    assert_eq!(server.closed().await, CloseReason::ParseError);

    let mut client = websocket(&server, &format!("{WEBSOCKET3}&b64=1")).await;
    server.opened().await;
    client.send_binary(&[4, 1, 2]).await;
    assert_eq!(client.text().await, "b4AQI=");
}

#[tokio::test]
async fn it_is_the_client_that_pings() {
    let options = Options {
        ping_interval: Duration::from_millis(20),
        ping_timeout: Duration::from_millis(1500),
        ..Options::default()
    };
    let mut server = Server::start(options).await;
    let mut client = websocket(&server, WEBSOCKET3).await;
    server.opened().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    // A server that pinged would have done so before.
    client.send("2abc").await;
    assert_eq!(client.text().await, "3abc");
    let polling = Old::open(&server, BASE64).await;
    server.opened().await;
    polling.push(TEXT, b"1:2").await;
    assert_eq!(polling.get().await.brief(), (200, "1:3"));
    for _ in 0..2 {
        assert_eq!(server.closed().await, CloseReason::PingTimeout);
    }
}

#[tokio::test]
async fn a_session_is_pinned_to_its_protocol() {
    let mut server = Server::start(Options::default()).await;
    let client = Old::open(&server, BASE64).await;
    server.opened().await;
    const REQUEST: (u16, &str) = (400, r#"{"code":3,"message":"Bad request"}"#);
    for target in [client.target.replace("EIO=3", "EIO=4"), client.target.replace("EIO=3&", "")] {
        let reply = receive(send(server.address, "GET", &target, "", b"").await).await;
        assert_eq!(reply.brief(), REQUEST, "{target}");
        let target = target.replace("polling", "websocket");
        assert_eq!(receive(send(server.address, "GET", &target, HANDSHAKE, b"").await).await.brief(), REQUEST);
    }
    client.push(TEXT, b"2:4x").await;
    assert_eq!(client.get().await.brief(), (200, "2:4x"));
}

#[tokio::test]
async fn a_poll_after_the_clients_own_close_is_refused_at_once() {
    let mut server = Server::start(Options::default()).await;
    let client = Old::open(&server, BASE64).await;
    server.opened().await;
    // A GET that is pending gets a noop, as in Node.
    let pending = send(server.address, "GET", &client.target, "", b"").await;
    client.push(TEXT, b"5:4wait").await;
    assert_eq!(receive(pending).await.brief(), (200, "5:4wait"));
    let pending = send(server.address, "GET", &client.target, "", b"").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    client.push(TEXT, b"1:1").await;
    assert_eq!(receive(pending).await.brief(), (200, "1:6"));
    assert_eq!(client.get().await.status, 400);

    let client = Old::open(&server, BASE64).await;
    client.push(TEXT, b"1:1").await;
    assert_eq!(client.get().await.brief(), (400, r#"{"code":1,"message":"Session ID unknown"}"#));
}

#[tokio::test]
async fn a_session_moves_to_a_websocket() {
    let mut server = Server::start(Options::default()).await;
    let client = Old::open(&server, BASE64).await;
    let socket = server.opened().await;
    let get = send(server.address, "GET", &client.target, "", b"").await;
    let mut websocket = Frames::connect(server.address, &client.target.replace("polling", "websocket")).await;
    websocket.send("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
    assert_eq!(receive(get).await.brief(), (200, "1:6"));
    socket.send_text("waiting").unwrap();
    websocket.send("5").await;
    assert_eq!(websocket.text().await, "4waiting");
    websocket.send("2").await;
    assert_eq!(websocket.text().await, "3");
}

#[tokio::test]
async fn bad_payloads_end_the_session() {
    let mut server = Server::start(Options::default()).await;
    for (kind, body) in [
        (TEXT, &b"5:4a"[..]),
        (TEXT, b"hello"),
        (TEXT, b""),
        (TEXT, b"2:\xff\xff"),
        (TEXT, b"3:b4?"),
        (BYTES, b"\x00\x09\xff4"),
        (BYTES, b"\x07\x01\xff4"),
        (BYTES, b"\x01\x01\xff\x00"),
    ] {
        let client = Old::open(&server, BASE64).await;
        server.opened().await;
        client.push(kind, body).await;
        assert_eq!(server.closed().await, CloseReason::ParseError, "{body:?}");
    }
}

#[tokio::test]
async fn limits_and_shutdown_are_the_same() {
    let options = Options { max_payload: 1024, outbox_packets: 16, ..Options::default() };
    let mut server = Server::start(options).await;
    let client = Old::open(&server, BASE64).await;
    let socket = server.opened().await;
    assert_eq!(client.post(TEXT, &[b'4'; 1025]).await.status, 413);
    for _ in 0..16 {
        socket.send_text("x").unwrap();
    }
    assert_eq!(socket.send_text("x"), Err(SendError::Full));
    assert_eq!(server.closed().await, CloseReason::SlowConsumer);

    let mut frames = websocket(&server, WEBSOCKET3).await;
    server.opened().await;
    let held = Old::open(&server, BASE64).await;
    server.opened().await;
    let get = send(server.address, "GET", &held.target, "", b"").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.engine.close();
    assert_eq!(receive(get).await.brief(), (200, "1:1"));
    assert_eq!(frames.close_code().await, 1005);
    for _ in 0..2 {
        assert_eq!(server.closed().await, CloseReason::ServerShutdown);
    }
}

#[tokio::test]
async fn scripts_and_forms_carry_both_protocols() {
    let mut server = Server::start(Options::default()).await;
    for (query, form, script) in [
        ("EIO=3&transport=polling&j=7", "d=3%3A4%0A%C3%A9", r#"___eio[7]("3:4\né");"#),
        ("EIO=4&transport=polling&j=7", "d=4%5Cn%C3%A9", r#"___eio[7]("4\né");"#),
    ] {
        let client = Old::open(&server, query).await;
        server.opened().await;
        assert_eq!(client.open.header("content-type"), Some("text/javascript; charset=UTF-8"));
        assert!(client.open.body.starts_with("___eio[7](\"") && client.open.body.ends_with("\");"));
        let reply = client.post(FORM, form.as_bytes()).await;
        assert_eq!(reply.brief(), (200, "ok"));
        assert_eq!(reply.header("content-type"), Some("text/html"));
        assert_eq!(server.text().await, "\né");
        assert_eq!(client.get().await.brief(), (200, script));
        client.push(FORM, b"x=y").await;
        assert_eq!(server.closed().await, CloseReason::ParseError);
    }
}

#[tokio::test]
async fn scripts_are_not_for_every_page() {
    let mut server = Server::start(Options::default()).await;
    let target = "/engine.io/?EIO=3&transport=polling&j=0";
    let reply = receive(send(server.address, "GET", target, CROSS_SITE, b"").await).await;
    assert_eq!(reply.brief(), (403, r#"{"code":4,"message":"Forbidden"}"#));
    let mut cookie = async |headers: &str| {
        let headers = format!("Cookie: a=b\r\n{headers}");
        let reply = receive(send(server.address, "GET", target, &headers, b"").await).await;
        assert_eq!(reply.status, 200);
        server.opened().await.request().header("cookie").map(str::to_owned)
    };
    assert_eq!(cookie("Sec-Fetch-Site: same-origin\r\n").await.as_deref(), Some("a=b"));
    assert_eq!(cookie("").await, None);

    let off = Server::start(Options { jsonp: false, ..Options::default() }).await;
    assert_eq!(receive(send(off.address, "GET", target, "", b"").await).await.status, 400);
}
