//! WebSockets of both dialects, htmlfile, and what Flash asks for.

use std::time::Duration;

use tests::http;
use tests::ws::{Frame, Ws};
use tokio::net::TcpListener;

use crate::app::{Running, quick};
use crate::wire::{Polls, Wire, handshake};

/// What Flash must be told, up to the elements that matter: no port but those of the server.
fn policy(ports: &str) -> String {
    format!("<allow-access-from domain=\"*\" to-ports=\"{ports}\"/></cross-domain-policy>")
}

#[tokio::test]
async fn a_websocket_of_the_standard() {
    let server = Running::start();
    let sid = handshake(&server).await;
    let mut ws = Ws::connect(server.addr, &format!("/socket.io/1/websocket/{sid}")).await;
    ws.expect("1::").await;
    ws.text(r#"5:1+::{"name":"echo","args":["é"]}"#).await;
    ws.expect(r#"6:::1+["\u00e9"]"#).await;
    for _ in 0..3 {
        ws.expect("2::").await;
        ws.text("2::").await;
    }
    ws.text("0::").await;
    ws.expect("0::").await;
    let (frames, _) = ws.closed().await;
    assert_eq!(frames, Vec::<Frame>::new());
}

#[tokio::test]
async fn versions_7_and_8_are_the_same() {
    let server = Running::start();
    for version in ["7", "8"] {
        let sid = handshake(&server).await;
        let mut wire = Wire::connect(server.addr).await;
        wire.send(format!(
            "GET /socket.io/1/websocket/{sid} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: {version}\r\nSec-WebSocket-Origin: http://page.test\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            server.addr
        ))
        .await;
        let head = String::from_utf8(wire.until(b"\r\n\r\n").await).unwrap();
        assert!(head.starts_with("HTTP/1.1 101") && head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        assert_eq!(wire.exactly(5).await, b"\x81\x031::");
    }
}

#[tokio::test]
async fn origins_of_websockets_are_judged() {
    let server = Running::with(|server| server.legacy(true));
    let host = server.addr.to_string();
    let own = format!("http://{host}");
    for (name, origin, status) in [
        ("Origin", "http://evil.test", 403),
        ("Sec-WebSocket-Origin", "http://evil.test", 403),
        ("Origin", own.as_str(), 101),
        // The Node build of 0.9 leaves the scheme out.
        ("Origin", host.as_str(), 101),
    ] {
        let sid = handshake(&server).await;
        let mut wire = Wire::connect(server.addr).await;
        wire.send(format!(
            "GET /socket.io/1/websocket/{sid} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 8\r\n{name}: {origin}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ))
        .await;
        let head = String::from_utf8(wire.until(b"\r\n").await).unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{origin}: {head}");
    }
}

#[tokio::test]
async fn a_session_that_is_not_there() {
    let server = Running::start();
    let mut ws = Ws::connect(server.addr, "/socket.io/1/websocket/unknown").await;
    ws.expect("7:::1+0").await;
    ws.closed().await;
    let answer = http::get(server.addr, "/socket.io/1/htmlfile/unknown").await;
    assert!(answer.text().ends_with("<script>_(\"7:::1+0\");</script>"), "{}", answer.text());
}

#[tokio::test]
async fn silence_ends_a_stream() {
    let server = Running::with(|server| {
        let options = quick().heartbeat_timeout(Duration::from_millis(500));
        server.legacy(true).legacy_options(options)
    });
    let sid = handshake(&server).await;
    let mut ws = Ws::connect(server.addr, &format!("/socket.io/1/websocket/{sid}")).await;
    ws.expect("1::").await;
    ws.expect("2::").await;
    let (frames, _) = ws.closed().await;
    assert_eq!(frames, Vec::<Frame>::new(), "no goodbye: the client shall come back");
}

/// The head and the third key of a real client; the first bytes of `key` may come later.
fn hixie(server: &Running, transport: &str, sid: &str) -> String {
    format!(
        "GET /socket.io/1/{transport}/{sid} HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\
         Sec-WebSocket-Key1: 3<\"4n k4  k310 27X-_b2Ia4f\r\nSec-WebSocket-Key2: 17s5  38    897 9     6*+\r\n\
         Origin: http://www.example.com\r\nHost: {}\r\n\r\n",
        server.addr
    )
}

const KEY: &[u8] = b"\xd4\x00\xd0D\xe9\xde\x93%";
const DIGEST: &[u8] = b"\xb8\xb6\x01\xeb\xf8\xa4\x28\x7e\x5e\x1f\x1f\xa9\xe4\x30\x6e\x3e";

#[tokio::test]
async fn a_websocket_from_before_the_standard() {
    let server = Running::start();
    for (transport, late) in [("websocket", false), ("websocket", true), ("flashsocket", true)] {
        let sid = handshake(&server).await;
        let mut wire = Wire::connect(server.addr).await;
        let head = hixie(&server, transport, &sid);
        if late {
            wire.send(head).await;
        } else {
            wire.send([head.as_bytes(), KEY].concat()).await;
        }
        let head = String::from_utf8(wire.until(b"\r\n\r\n").await).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 WebSocket Protocol Handshake\r\n"), "{head}");
        let lower = head.to_ascii_lowercase();
        assert!(
            lower.contains("upgrade: websocket\r\n")
                && lower.contains("sec-websocket-origin: http://www.example.com\r\n")
        );
        let location = format!(
            "sec-websocket-location: ws://{}/socket.io/1/{transport}/{}\r\n",
            server.addr,
            sid.to_ascii_lowercase()
        );
        assert!(lower.contains(&location), "{head}");
        if late {
            wire.send(&KEY[..3]).await;
            wire.send(&KEY[3..]).await;
        }
        assert_eq!(wire.exactly(16).await, DIGEST);
        assert_eq!(wire.until(b"\xff").await, b"\x001::\xff");
        wire.send("\0".to_owned() + r#"5:1+::{"name":"echo","args":["é😀"]}"#).await;
        wire.send(b"\xff\x003:::second\xff").await;
        assert_eq!(wire.until(b"\xff").await, b"\x006:::1+[\"\\u00e9\\ud83d\\ude00\"]\xff");
        assert_eq!(wire.until(b"\xff").await, b"\x005:::{\"name\":\"message\",\"args\":[\"second\"]}\xff");
        assert_eq!(wire.until(b"\xff").await, b"\x002::\xff");
        wire.send(b"\x002::\xff\x000::\xff\xff\x00").await;
        assert_eq!(wire.rest().await, b"\x000::\xff\xff\x00");
    }
}

#[tokio::test]
async fn old_websockets_that_break_the_rules() {
    let server = Running::with(|server| server.legacy(true).max_payload(1024).cors("http://www.example.com"));
    for frame in [b"\x00\xc3\x28\xff".to_vec(), b"\x80\x01a".to_vec(), [b"\x00".as_slice(), &[b'x'; 5000]].concat()] {
        let sid = handshake(&server).await;
        let mut wire = Wire::connect(server.addr).await;
        wire.send([hixie(&server, "websocket", &sid).as_bytes(), KEY].concat()).await;
        wire.until(b"\x001::\xff").await;
        wire.send(frame).await;
        assert_eq!(wire.until(b"\xff\x00").await, b"\xff\x00");
    }
    // Keys that hide no number.
    let mut wire = Wire::connect(server.addr).await;
    let head = hixie(&server, "websocket", "x").replace("17s5", "17s5x4");
    wire.send(head).await;
    assert!(wire.until(b"\r\n").await.starts_with(b"HTTP/1.1 400"));
}

#[tokio::test]
async fn htmlfile_is_an_endless_page() {
    let server = Running::start();
    let sid = handshake(&server).await;
    let mut wire = Wire::connect(server.addr).await;
    wire.send(format!("GET /socket.io/1/htmlfile/{sid}?t=1 HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr)).await;
    let head = String::from_utf8(wire.until(b"\r\n\r\n").await).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200") && head.contains("content-type: text/html; charset=utf-8"), "{head}");
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert_eq!(wire.until(b"\r\n").await, b"100\r\n", "Internet Explorer renders nothing before 256 bytes");
    let first = wire.exactly(258).await;
    assert!(
        first.starts_with(b"<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>   ")
    );
    assert_eq!(wire.until(b"</script>").await, b"1A\r\n<script>_(\"1::\");</script>");

    let client = Polls { addr: server.addr, sid: sid.clone() };
    let post = async |body: &str| {
        let answer = http::post(server.addr, &client.path("htmlfile"), body).await;
        assert_eq!((answer.status, answer.text()), (200, "1"));
    };
    post(r#"5:1+::{"name":"echo","args":["</script><!--<script>é"]}"#).await;
    let script = String::from_utf8(wire.until(b");</script>").await).unwrap();
    assert!(
        script.ends_with(r#"<script>_("6:::1+[\"\u003c\/script>\u003c!--\u003cscript>\\u00e9\"]");</script>"#),
        "{script}"
    );
    post(r#"5:2+::{"name":"me"}"#).await;
    let script = String::from_utf8(wire.until(b");</script>").await).unwrap();
    assert!(script.contains(r#"6:::2+[1,\"htmlfile\",null]"#), "{script}");
    let script = String::from_utf8(wire.until(b");</script>").await).unwrap();
    assert!(script.ends_with(r#"<script>_("2::");</script>"#), "{script}");
    post("2::").await;
    post(r#"5:::{"name":"kick"}"#).await;
    let script = String::from_utf8(wire.until(b");</script>").await).unwrap();
    assert!(script.ends_with(r#"<script>_("0::");</script>"#), "{script}");
    assert_eq!(wire.until(b"0\r\n\r\n").await, b"\r\n0\r\n\r\n");
}

#[tokio::test]
async fn a_page_that_is_closed_is_gone() {
    let server = Running::start();
    let sid = handshake(&server).await;
    let mut wire = Wire::connect(server.addr).await;
    wire.send(format!("GET /socket.io/1/htmlfile/{sid} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr)).await;
    wire.until(b"1::").await;
    drop(wire);
    let witness = Polls::open(&server).await;
    for number in 1..50 {
        witness.post(&format!(r#"5:{number}+::{{"name":"left"}}"#)).await;
        if witness.get().await.contains("transport close") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody has noticed");
}

#[tokio::test]
async fn a_session_can_go_on_with_another_transport() {
    let server = Running::start();
    let sid = handshake(&server).await;
    let mut ws = Ws::connect(server.addr, &format!("/socket.io/1/websocket/{sid}")).await;
    ws.expect("1::").await;
    let client = Polls { addr: server.addr, sid: sid.clone() };
    assert_eq!(client.get().await, "1::", "it may not have heard it");
    client.post(r#"5:1+::{"name":"echo","args":["polled"]}"#).await;
    assert_eq!(client.get().await, r#"6:::1+["polled"]"#);
}

#[tokio::test]
async fn flash_gets_its_policy_on_the_main_port_and_on_its_own() {
    // Free for as long as nobody else asks; the server takes it right after.
    let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let server = Running::with(move |server| {
        let options = quick().flash_policy_port(free.port());
        server.legacy(true).legacy_options(options)
    });
    for addr in [server.addr, free] {
        let mut wire = Wire::connect(addr).await;
        wire.send(b"<policy-file-").await;
        wire.send(b"request/>\0").await;
        let told = String::from_utf8(wire.rest().await).unwrap();
        assert!(told.starts_with("<?xml") && told.ends_with(&policy(&server.addr.port().to_string())), "{told}");
    }
    let mut wire = Wire::connect(server.addr).await;
    wire.send(b"<something-else-en/>\0\0\0").await;
    assert_eq!(wire.rest().await, b"");
    assert_eq!(http::get(server.addr, "/socket.io/1/").await.status, 200);

    let mapped = Running::with(|server| server.legacy(true).legacy_options(quick().flash_ports([80, 443])));
    let mut wire = Wire::connect(mapped.addr).await;
    wire.send(b"<policy-file-request/>\0").await;
    assert!(String::from_utf8(wire.rest().await).unwrap().ends_with(&policy("80,443")));

    let modern = Running::with(|server| server);
    let mut wire = Wire::connect(modern.addr).await;
    wire.send(b"<policy-file-request/>\0\r\n\r\n").await;
    assert!(!wire.rest().await.windows(7).any(|window| window == b"allow-a"), "not unless it is switched on");
}
