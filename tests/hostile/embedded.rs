//! The set-up of `docs/embedding.md`, as the example `axum` has it: the same attacks on connections and heads, where axum and hyper accept
//! them. A request beside them is answered.

#[path = "../../examples/axum/serve.rs"]
mod serve;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use socketio::Server;
use tests::session::Polling;
use tests::{http, within};
use tokio::net::TcpListener;

use self::serve::Limits;
use crate::raw::{self, Raw};

async fn start(limits: Limits) -> SocketAddr {
    let layer = Server::empty().page("/big", "text/plain", vec![b'x'; 16 << 20]).into_layer().expect("a server");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(serve::serve(listener, Router::new().layer(layer), limits));
    address
}

#[tokio::test]
async fn heads_are_bounded_in_time_and_size() {
    let limits = Limits { head_timeout: Duration::from_millis(500), ..Limits::default() };
    let addr = start(limits).await;
    let mut slow = Raw::connect(addr).await;
    slow.write(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nX-Slow: ").await;
    let large = "x".repeat(20 * 1024);
    let target = "/socket.io/?EIO=4&transport=polling";
    let answer = http::request(addr, "GET", target, &[("X-Large", &large)], b"").await;
    assert_eq!(answer.status, 431);
    // Closed by the server; the time is bounded by the test's patience.
    slow.rest().await;
    Polling::open(addr, "/socket.io/").await;
}

#[tokio::test]
async fn a_handshake_that_is_too_large_is_refused_whatever_reads_it() {
    let limits = Limits { head_size: 400 * 1024, ..Limits::default() };
    let addr = start(limits).await;
    let large = "x".repeat(20 * 1024);
    for target in ["/socket.io/?EIO=4&transport=polling", "/socket.io/?EIO=3&transport=polling"] {
        let answer = http::request(addr, "GET", target, &[("X-Large", &large)], b"").await;
        assert_eq!((answer.status, answer.text()), (431, r#"{"code":3,"message":"Bad request"}"#));
    }
}

#[tokio::test]
async fn connections_are_bounded_and_websockets_are_not_counted() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let addr = start(limits).await;
    // More WebSockets than connections: each leaves its place to the next.
    let mut sockets = Vec::new();
    for _ in 0..4 {
        let mut socket = Raw::connect(addr).await;
        socket.upgrade("/socket.io/?EIO=4&transport=websocket").await;
        sockets.push(socket);
    }
    let held = [Raw::connect(addr).await, Raw::connect(addr).await];
    let waiting = tokio::spawn(http::get(addr, "/socket.io/?EIO=4&transport=polling"));
    for socket in &mut sockets {
        socket.write(&raw::text("40")).await;
        socket.until(b"40{\"sid\"").await;
    }
    assert!(!waiting.is_finished(), "a third connection waits");
    drop(held);
    assert_eq!(waiting.await.expect("an answer").status, 200);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up_by_the_kernel() {
    let limits = Limits { write_timeout: Duration::from_secs(1), ..Limits::default() };
    let addr = start(limits).await;
    let mut attacker = Raw::connect_narrow(addr).await;
    attacker.get("/big", &[]).await;
    within("the end of the connection", async {
        while unsent(addr) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(unsent(addr) < 1 << 20, "{}", unsent(addr));
        while unsent(addr) > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    Polling::open(addr, "/socket.io/").await;
}

/// Bytes that the kernel keeps for clients of this address.
#[cfg(target_os = "linux")]
fn unsent(addr: SocketAddr) -> usize {
    let table = std::fs::read_to_string("/proc/self/net/tcp").expect("the kernel's table");
    let port = format!(":{:04X}", addr.port());
    let unsent = |line: &str| {
        let columns: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, local, _, state, queues, ..] = columns[..] else { return 0 };
        let of_server = local.ends_with(&port) && state != "0A";
        let bytes = queues.split_once(':').and_then(|(unsent, _)| usize::from_str_radix(unsent, 16).ok());
        if of_server { bytes.unwrap_or_default() } else { 0 }
    };
    table.lines().map(unsent).sum()
}
