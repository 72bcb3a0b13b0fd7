//! Bytes behind a request, on a server in this process: whoever sends them is answered at once all the same, as if they were not there.

use std::net::SocketAddr;

use socketio::Server;
use tests::session::Polling;
use tests::within;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const OPEN: &str = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n";
const HANDSHAKE: &str = "HTTP/1.1 200 OK\r\n";

async fn start() -> SocketAddr {
    let bound = Server::empty().bind("127.0.0.1:0").await.unwrap();
    let addr = bound.local_addr().unwrap();
    tokio::spawn(bound.serve());
    addr
}

/// Sends all of it in one piece, and reads until all of `parts` have come, in this order. Gives the connection for more.
async fn answered(addr: SocketAddr, request: &[u8], parts: &[&str]) -> TcpStream {
    let start = String::from_utf8_lossy(&request[..request.len().min(60)]).into_owned();
    within(&format!("the answer to {start:?}…"), async {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut raw = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let read = stream.read(&mut buffer).await.unwrap_or(0);
            raw.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&raw);
            let mut rest = Some(&*text);
            for part in parts {
                rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest);
            }
            if rest.is_some() {
                return stream;
            }
            assert_ne!(read, 0, "{start:?}…: the connection was closed after {text:?}, not {parts:?}");
        }
    })
    .await
}

#[tokio::test]
async fn a_request_with_something_behind_it_is_answered_at_once() {
    let addr = start().await;
    let body = r#"0{"sid":""#;
    for behind in ["", "\r\n", "\r\n\r\n", "G", "GET /soc", "GET /x HTTP/1.1\r\nHost: x\r\n"] {
        let request = format!("{OPEN}{behind}");
        answered(addr, request.as_bytes(), &[HANDSHAKE, body]).await;
    }
}

#[tokio::test]
async fn what_comes_behind_is_the_next_request() {
    let addr = start().await;
    let mut stream = answered(addr, format!("{OPEN}GET /no").as_bytes(), &[HANDSHAKE, r#"0{"sid":""#]).await;
    stream.write_all(b"where HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut buffer = [0; 512];
    let read = within("the second answer", stream.read(&mut buffer)).await.unwrap();
    assert!(buffer[..read].starts_with(b"HTTP/1.1 404 "), "{:?}", String::from_utf8_lossy(&buffer[..read]));
}

#[tokio::test]
async fn requests_in_one_piece_are_all_answered_in_their_order() {
    let addr = start().await;
    let request = format!("{OPEN}GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n{OPEN}");
    answered(addr, request.as_bytes(), &[HANDSHAKE, r#"0{"sid":""#, "HTTP/1.1 404 ", HANDSHAKE, r#"0{"sid":""#]).await;
}

/// A poll is answered when there is something to say, which may take as long as the heartbeat.
#[tokio::test]
async fn an_answer_does_not_wait_for_that_of_a_poll_behind_it() {
    let addr = start().await;
    let session = Polling::open(addr, "/socket.io/").await;
    let request = format!("{OPEN}GET {} HTTP/1.1\r\nHost: x\r\n\r\n", session.target);
    let _waiting = answered(addr, request.as_bytes(), &[HANDSHAKE, r#"0{"sid":""#]).await;
}

/// A client may send before it has read that it may speak WebSocket now.
#[tokio::test]
async fn a_frame_behind_the_upgrade_request_is_not_lost() {
    let addr = start().await;
    let upgrade = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    // "40", masked with zeros.
    let frame = b"\x81\x82\0\0\0\x0040";
    let parts = ["HTTP/1.1 101 ", "\r\n\r\n", r#"0{"sid":""#, r#"40{"sid":""#];
    answered(addr, &[upgrade.as_bytes(), frame].concat(), &parts).await;
    // And half of one, with the rest behind the answer.
    let mut stream = answered(addr, &[upgrade.as_bytes(), &frame[..3]].concat(), &parts[..3]).await;
    stream.write_all(&frame[3..]).await.unwrap();
    let mut buffer = [0; 512];
    let mut raw = String::new();
    while !raw.contains(parts[3]) {
        let read = within("the reply to CONNECT", stream.read(&mut buffer)).await.unwrap();
        assert_ne!(read, 0, "{raw}");
        raw.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
}

#[tokio::test]
async fn a_refusal_does_not_wait_either() {
    let addr = start().await;
    let long = format!("GET /socket.io/?x={} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(20_000));
    let many = format!("GET /socket.io/ HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: b\r\n".repeat(200));
    let table = [
        ("GET /socket.io/?EIO=4&transport=pigeon HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 400 "),
        ("GET /socket.io/?EIO=4&transport=polling&sid=none HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 400 "),
        ("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 "),
        ("GET /nowhere HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "HTTP/1.1 400 "),
        ("GET /socket.io/ HTTP/1.1\r\nno header\r\n\r\n", "HTTP/1.1 400 "),
        ("\0\0\0\0\r\n\r\n", "HTTP/1.1 400 "),
        (&long, "HTTP/1.1 431 "),
        (&many, "HTTP/1.1 431 "),
    ];
    for (head, status) in table {
        for behind in ["", "\r\n", "G", OPEN] {
            answered(addr, format!("{head}{behind}").as_bytes(), &[status]).await;
        }
    }
}
