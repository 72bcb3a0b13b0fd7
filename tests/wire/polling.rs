//! Long polling: bodies, the order of requests, and how a session ends on this transport.

use std::time::Duration;

use tests::http::{self, try_request};
use tests::programs::foreign;
use tests::session::Polling;
use tests::within;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::server;

async fn session() -> Polling {
    Polling::open(server(), "/engine.io/").await
}

/// Long enough for a request to be held by the server.
async fn held() {
    sleep(Duration::from_millis(60)).await;
}

#[tokio::test]
async fn a_body_may_hold_many_packets_of_text_and_binary() {
    let session = session().await;
    let response = session.post("4one\u{1e}4\u{1e}bAQIDBA==\u{1e}4zw\u{f6}lf \u{1f980}\u{1e}b\u{1e}4last").await;
    assert_eq!((response.status, response.text()), (200, "ok"));
    assert_eq!(response.header("content-type"), Some("text/html"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let expected = ["4one", "4", "bAQIDBA==", "4zw\u{f6}lf \u{1f980}", "b", "4last"];
    assert_eq!(session.receive(expected.len()).await, expected);
}

#[tokio::test]
async fn a_held_request_is_answered_as_soon_as_there_is_something() {
    let session = session().await;
    let (response, ()) = tokio::join!(session.get(), async {
        held().await;
        session.send("4now").await;
    });
    assert_eq!((response.status, response.text()), (200, "4now"));
    assert_eq!(response.header("content-type"), Some("text/plain; charset=UTF-8"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_body_may_come_in_chunks_without_a_length() {
    let session = session().await;
    let headers = [("Transfer-Encoding", "chunked")];
    let body = b"3\r\n4he\r\n3\r\nllo\r\n0\r\n\r\n";
    let response = http::request(session.addr, "POST", &session.target, &headers, body).await;
    assert_eq!((response.status, response.text()), (200, "ok"));
    assert_eq!(session.receive(1).await, ["4hello"]);
}

#[tokio::test]
async fn a_body_that_comes_slowly_is_waited_for() {
    let session = session().await;
    let mut stream = TcpStream::connect(session.addr).await.unwrap();
    let head = http::head(session.addr, "POST", &session.target, &[], 6);
    stream.write_all(format!("{head}4s").as_bytes()).await.unwrap();
    held().await;
    stream.write_all(b"low").await.unwrap();
    held().await;
    stream.write_all(b"!").await.unwrap();
    assert_eq!(session.receive(1).await, ["4slow!"]);
}

/// Each is answered (Node says `ok` before it looks, others may say 400), and ends its session.
#[tokio::test]
async fn a_broken_body_ends_its_session_and_no_other() {
    let witness = session().await;
    let mut rows: Vec<(&str, &[u8])> = vec![
        ("unknown packet type", b"abc"),
        ("type past the last", b"7"),
        ("good, then bad", b"4good\x1e9bad"),
        ("empty packet between", b"4a\x1e\x1e4b"),
        ("ping from a client", b"2"),
        ("separator alone", b"\x1e"),
    ];
    if !foreign() {
        rows.push(("invalid UTF-8", b"4\xff\xfe"));
        rows.push(("invalid base64", b"b!!!!"));
    }
    for (name, body) in rows {
        let session = session().await;
        if let Some(response) = try_request(session.addr, "POST", &session.target, &[], body).await {
            assert!(matches!(response.status, 200 | 400), "{name}: {response:?}");
        }
        session.ended().await;
        witness.alive(name).await;
    }
}

#[tokio::test]
async fn bytes_declared_as_octet_stream_are_refused() {
    let session = session().await;
    let headers = [("Content-Type", "application/octet-stream")];
    let response = http::request(session.addr, "POST", &session.target, &headers, b"\x01\x02").await;
    assert_eq!(response.status, 400, "{response:?}");
    session.ended().await;
}

#[tokio::test]
async fn two_requests_held_at_once_end_the_session() {
    let session = session().await;
    let (first, second) = tokio::join!(session.get(), async {
        held().await;
        session.get().await
    });
    assert_eq!((first.status, first.text()), (200, "1"));
    assert_eq!(second.status, 400);
    session.gone().await;
}

#[tokio::test]
async fn two_bodies_at_once_end_the_session() {
    let session = session().await;
    let mut slow = TcpStream::connect(session.addr).await.unwrap();
    let head = http::head(session.addr, "POST", &session.target, &[], 10);
    slow.write_all(format!("{head}4half").as_bytes()).await.unwrap();
    held().await;
    let second = session.post("4whole").await;
    assert_eq!(second.status, 400, "{second:?}");
    session.ended().await;
}

#[tokio::test]
async fn a_request_given_up_by_the_client_ends_the_session() {
    let session = session().await;
    let mut stream = TcpStream::connect(session.addr).await.unwrap();
    stream.write_all(http::head(session.addr, "GET", &session.target, &[], 0).as_bytes()).await.unwrap();
    held().await;
    drop(stream);
    held().await;
    session.ended().await;
}

#[tokio::test]
async fn a_close_packet_releases_the_held_request() {
    let session = session().await;
    let (response, ()) = tokio::join!(session.get(), async {
        held().await;
        session.send("1").await;
    });
    assert_eq!((response.status, response.text()), (200, "6"));
    session.gone().await;
}

#[tokio::test]
async fn a_poll_after_a_close_packet_is_refused_at_once() {
    let session = session().await;
    session.send("1").await;
    session.gone().await;
}

#[tokio::test]
async fn what_came_before_a_close_packet_is_handled() {
    let session = session().await;
    let (response, ()) = tokio::join!(session.get(), async {
        held().await;
        session.send("4last words\u{1e}1").await;
    });
    assert_eq!(response.status, 200);
    session.gone().await;
}

#[tokio::test]
async fn sessions_do_not_hear_each_other() {
    let (a, b) = (session().await, session().await);
    a.send("4for a").await;
    b.send("4for b").await;
    assert_eq!(a.receive(1).await, ["4for a"]);
    assert_eq!(b.receive(1).await, ["4for b"]);
    let quiet = tokio::time::timeout(tests::SILENCE, a.get()).await;
    assert!(quiet.is_err(), "{quiet:?}");
}

/// A thousand messages in bodies of many sizes, answered by however many requests it takes.
#[tokio::test]
async fn order_holds_over_many_bodies() {
    let session = session().await;
    let expected: Vec<String> = (0..1000).map(|n| format!("4message {n}")).collect();
    let reading = session.receive(expected.len());
    let writing = async {
        let mut rest = expected.as_slice();
        for size in (1..).step_by(7) {
            let (now, later) = rest.split_at(size.min(rest.len()));
            if now.is_empty() {
                break;
            }
            session.send(now.join("\u{1e}")).await;
            rest = later;
        }
    };
    let (received, ()) = within("a thousand echoes", async { tokio::join!(reading, writing) }).await;
    assert_eq!(received, expected);
}
