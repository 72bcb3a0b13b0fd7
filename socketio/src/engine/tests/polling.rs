//! Messages over long polling.

use bytes::Bytes;

use super::{Event, Options, Server, driver::*};
use crate::engine::{CloseReason, Transport};

#[tokio::test]
async fn a_handshake_is_answered_as_node_does() {
    let mut server = Server::start(Options::default()).await;
    let reply =
        receive(send(server.address, "GET", &format!("{POLLING}&token=a%20b"), "X-Mine: yes\r\n", b"").await).await;
    let socket = server.opened().await;
    let expected = format!(
        r#"0{{"sid":"{}","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}}"#,
        socket.id()
    );
    assert_eq!(reply.brief(), (200, expected.as_str()));
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=UTF-8"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(socket.id().len(), 20);
    assert_eq!((socket.transport(), socket.protocol()), (Transport::Polling, 4));
    let request = socket.request();
    assert_eq!(request.path(), "/engine.io/");
    assert_eq!(request.query_value("token").as_deref(), Some("a b"));
    assert_eq!(request.header("x-mine"), Some("yes"));
    assert!(socket.remote_addr().is_some_and(|address| address.ip().is_loopback()));
}

#[tokio::test]
async fn messages_are_echoed_in_order() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let reply = client.post("4hé\x1ebAQID\x1e4").await;
    assert_eq!(reply.brief(), (200, "ok"));
    assert_eq!(reply.header("content-type"), Some("text/html"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(server.text().await, "hé");
    assert!(matches!(server.event().await, Event::Binary(data) if data == Bytes::from_static(&[1, 2, 3])));
    assert_eq!(server.text().await, "");
    assert_eq!(client.poll().await, "4hé|bAQID|4");
}

#[tokio::test]
async fn a_held_get_is_answered_when_there_is_something() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    let socket = server.opened().await;
    let held = client.start_get().await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    socket.send_text("now").unwrap();
    let reply = receive(held).await;
    assert_eq!(reply.brief(), (200, "4now"));
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=UTF-8"));
    socket.send_text("later").unwrap();
    socket.send_binary(Bytes::from_static(b"x")).unwrap();
    assert_eq!(client.poll().await, "4later|beA==");
    server.quiet();
}

#[tokio::test]
async fn overlapping_gets_close_the_session() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let held = client.start_get().await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(client.get().await.brief(), (400, ""));
    assert_eq!(receive(held).await.brief(), (200, "1"));
    assert_eq!(server.closed().await, CloseReason::TransportError);
    assert_eq!(client.get().await.brief(), (400, r#"{"code":1,"message":"Session ID unknown"}"#));
}

#[tokio::test]
async fn overlapping_posts_close_the_session() {
    use tokio::io::AsyncWriteExt as _;
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let mut slow = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = format!("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n4a", client.target());
    slow.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(client.post("4b").await.brief(), (400, ""));
    assert_eq!(server.closed().await, CloseReason::TransportError);
}

#[tokio::test]
async fn a_client_that_goes_while_it_is_served_has_left() {
    use tokio::io::AsyncWriteExt as _;
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let held = client.start_get().await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    drop(held);
    assert_eq!(server.closed().await, CloseReason::TransportError);

    let client = Poller::open(&server).await;
    server.opened().await;
    let mut post = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = format!("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n4a", client.target());
    post.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    drop(post);
    assert_eq!(server.closed().await, CloseReason::TransportError);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_the_session_lives() {
    let mut server = Server::start(Options { max_payload: 2000, ..Options::default() }).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let held = client.start_get().await;
    assert_eq!(client.post(vec![b'4'; 2001]).await.brief(), (413, ""));
    // Without a declared length the bytes are counted as they come.
    let chunked = "Transfer-Encoding: chunked\r\nConnection: close\r\n";
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = format!("POST {} HTTP/1.1\r\nHost: x\r\n{chunked}\r\n", client.target());
    let chunk = format!("{:x}\r\n{}\r\n", 1001, "4".repeat(1001));
    tokio::io::AsyncWriteExt::write_all(&mut stream, format!("{head}{chunk}{chunk}0\r\n\r\n").as_bytes())
        .await
        .unwrap();
    assert_eq!(receive(stream).await.brief(), (413, ""));
    let largest = format!("4{}", "a".repeat(1999));
    client.push(&largest).await;
    assert_eq!(receive(held).await.brief(), (200, largest.as_str()));
}

#[tokio::test]
async fn a_binary_body_is_of_another_protocol() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let binary = "Content-Type: application/octet-stream\r\n";
    let reply = receive(send(server.address, "POST", &client.target(), binary, b"\x00\x04").await).await;
    assert_eq!(reply.brief(), (400, ""));
    assert_eq!(server.closed().await, CloseReason::TransportError);
}

#[tokio::test]
async fn a_body_that_is_no_payload_ends_the_session() {
    for body in [&b"4a\x1eabc"[..], b"", b"4\xff", b"b%%%", b"\x1e"] {
        let mut server = Server::start(Options::default()).await;
        let client = Poller::open(&server).await;
        server.opened().await;
        assert_eq!(client.post(body).await.brief(), (200, "ok"), "{body:?}");
        assert_eq!(server.closed().await, CloseReason::ParseError, "{body:?}");
        assert_eq!(client.get().await.brief(), (400, r#"{"code":1,"message":"Session ID unknown"}"#), "{body:?}");
    }
}

#[tokio::test]
async fn a_ping_from_the_client_is_of_another_protocol() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    client.push("2").await;
    assert_eq!(server.closed().await, CloseReason::TransportError);
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_waited_for() {
    use tokio::io::AsyncWriteExt as _;
    let mut server = Server::start(Options { max_payload: 2000, ..Options::default() }).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let chunk = format!("{:x}\r\n{}\r\n", 2001, "4".repeat(2001));
    for (headers, sent) in
        [("Content-Length: 2001", ""), ("Content-Length: 9000000000", "4a"), ("Transfer-Encoding: chunked", &*chunk)]
    {
        let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let head = format!("POST {} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{sent}", client.target());
        stream.write_all(head.as_bytes()).await.unwrap();
        assert_eq!(receive(stream).await.brief(), (413, ""), "{headers}");
        client.push("4x").await;
        assert_eq!(client.poll().await, "4x");
    }
}

#[tokio::test]
async fn a_client_that_writes_all_of_a_large_body_first_sees_the_answer() {
    let mut server = Server::start(Options { max_payload: 3_000_000, ..Options::default() }).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    for _ in 0..10 {
        assert_eq!(client.post(vec![b'4'; 3_000_001]).await.brief(), (413, ""));
    }
}

/// The packets of the next answers, as many as there are.
async fn polls(client: &Poller, count: usize) -> Vec<String> {
    let mut answers = Vec::new();
    for _ in 0..count {
        answers.push(client.poll().await);
    }
    answers
}

#[tokio::test]
async fn one_answer_carries_at_most_max_payload() {
    let mut server = Server::start(Options { max_payload: 2_000, ..Options::default() }).await;
    let client = Poller::open(&server).await;
    let socket = server.opened().await;
    let texts = ["a", "b", "c", "d"].map(|letter| letter.repeat(900));
    for text in &texts {
        socket.send_text(text).unwrap();
    }
    socket.send_text(&"e".repeat(5_000)).unwrap();
    socket.send_text("f").unwrap();
    let [a, b, c, d] = texts;
    let expected = [format!("4{a}|4{b}"), format!("4{c}|4{d}"), format!("4{}", "e".repeat(5_000)), "4f".to_owned()];
    assert_eq!(polls(&client, 4).await, expected);
    assert_eq!(socket.buffered(), (0, 0));
}

#[tokio::test]
async fn what_one_answer_cannot_carry_is_fetched_before_the_end() {
    let mut server = Server::start(Options { max_payload: 2_000, ..Options::default() }).await;
    for held in [true, false] {
        let client = Poller::open(&server).await;
        let socket = server.opened().await;
        let waiting = if held { Some(client.start_get().await) } else { None };
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let texts = ["a", "b", "c"].map(|letter| letter.repeat(1_500));
        for text in &texts {
            socket.send_text(text).unwrap();
        }
        socket.close();
        let mut bodies = Vec::new();
        if let Some(waiting) = waiting {
            bodies.push(receive(waiting).await.body);
        }
        while bodies.len() < 4 {
            bodies.push(client.poll().await);
        }
        let [a, b, c] = texts;
        let bodies: Vec<String> = bodies.iter().map(|body| body.replace(['|', '\x1e'], "")).collect();
        assert_eq!(bodies, [format!("4{a}"), format!("4{b}"), format!("4{c}"), "1".to_owned()]);
        assert_eq!(server.closed().await, CloseReason::ForcedClose);
        assert_eq!(client.get().await.status, 400);
    }
}

#[tokio::test]
async fn a_payload_may_be_bounded_to_one_byte() {
    let mut server = Server::start(Options { max_payload: 1, ..Options::default() }).await;
    let client = Poller::open(&server).await;
    let socket = server.opened().await;
    assert_eq!(client.post("4a").await.status, 413);
    assert_eq!(client.post("4").await.brief(), (200, "ok"));
    assert_eq!(server.text().await, "");
    socket.send_text("long enough").unwrap();
    assert_eq!(client.poll().await, "4");
    assert_eq!(client.poll().await, "4long enough");
}
