//! Host names against DNS rebinding, and what every answer says to browsers about its content.

use std::net::SocketAddr;

use socketio::prelude::*;
use tests::http::{self, Response};
use tests::within;
use tests::ws;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::start;
use crate::clients::{Kind, sid};

/// One GET with a `Host` of its own.
async fn get(addr: SocketAddr, target: &str, host: &str, headers: &str) -> String {
    within(target, async {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    })
    .await
}

const PAGE: &str = "/page";

async fn listed() -> SocketAddr {
    start(|server| server.hosts(["chat.example", "127.0.0.1"]).page(PAGE, "text/html", "hello")).await
}

#[tokio::test]
async fn requests_for_another_host_are_refused_on_every_transport_and_page() {
    let addr = listed().await;
    let targets = Kind::ALL.iter().map(|kind| kind.target()).filter(|target| !target.contains("websocket"));
    for target in targets.chain([PAGE, "/socket.io/socketio.js"]) {
        let own = get(addr, target, "chat.example:8080", "").await;
        assert!(own.starts_with("HTTP/1.1 200 "), "{target}: {own}");
        for other in ["evil.example", "chat.example.evil", "localhost", ""] {
            let refused = get(addr, target, other, "").await;
            assert!(refused.starts_with("HTTP/1.1 403 "), "{target} {other}: {refused}");
            assert!(refused.ends_with(r#"{"code":4,"message":"Forbidden"}"#), "{target} {other}: {refused}");
        }
    }
    // The page of another name is of the same origin for the browser.
    let rebound = "Origin: http://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let refused = get(addr, Kind::V4WebSocket.target(), "evil.example", rebound).await;
    assert!(refused.starts_with("HTTP/1.1 403 "), "{refused}");
}

#[tokio::test]
async fn the_host_is_what_a_trusted_proxy_says() {
    let behind = start(|server| server.trust_proxies(["127.0.0.1"]).hosts(["chat.example"])).await;
    let direct = start(|server| server.hosts(["chat.example"])).await;
    let target = Kind::V4Polling.target();
    for (addr, host, forwarded, status) in [
        (behind, "inside:3000", "chat.example", "200"),
        (behind, "chat.example", "evil.example", "403"),
        (direct, "inside:3000", "chat.example", "403"),
        (direct, "chat.example", "evil.example", "200"),
    ] {
        let answer = get(addr, target, host, &format!("X-Forwarded-Host: {forwarded}\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{host} {forwarded}: {answer}");
    }
}

#[tokio::test]
async fn wrong_hosts_keep_the_server_from_starting() {
    for wrong in [&["https://chat.example"][..], &[]] {
        let error = Server::empty().hosts(wrong).into_service().unwrap_err();
        assert!(error.code() == "start" && error.to_string().contains("`hosts`"), "{error}");
    }
}

#[tokio::test]
async fn no_answer_may_be_taken_for_another_kind_of_content() {
    let addr = listed().await;
    let sniffed = |what: &str, answer: Response| {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}: {answer:?}");
    };
    for kind in Kind::ALL {
        let answer = http::get(addr, kind.target()).await;
        if kind == Kind::V3Jsonp || kind == Kind::V4Polling {
            let target = format!("{}&sid={}", kind.target(), sid(answer.text()));
            sniffed("post", http::post(addr, &target, if kind == Kind::V4Polling { "40" } else { "d=1%3A3" }).await);
            sniffed("poll", http::get(addr, &target).await);
            sniffed("late refusal", http::post(addr, &target, vec![b'4'; 2_000_000]).await);
        }
        sniffed(kind.target(), answer);
    }
    for target in
        [PAGE, "/socket.io/socketio.js", "/nowhere", "/socket.io/?EIO=7&transport=polling", "/socket.io/1/x/y/z"]
    {
        sniffed(target, http::get(addr, target).await);
    }
    sniffed("upgrade", ws::refused(addr, Kind::V4WebSocket.target(), &[("Origin", "http://evil.example")]).await);
}
