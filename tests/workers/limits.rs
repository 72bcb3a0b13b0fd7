//! Limits count the connections of all workers together.

use socketio::prelude::*;
use tests::http;
use tests::session::websocket;
use tests::within;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::{MANY, Served, serve};

const HANDSHAKE: &str = "/socket.io/?EIO=4&transport=polling";

/// The statuses of many handshakes, each on a connection of its own.
async fn statuses(addr: std::net::SocketAddr) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..MANY {
        statuses.push(http::get(addr, HANDSHAKE).await.status);
    }
    statuses
}

async fn handshakes_that_are_let_in(with: impl FnOnce(Server) -> Server, refused: u16) {
    let Served { addr, handle, .. } = serve(with).await;
    let statuses = statuses(addr).await;
    assert!(statuses[..5].iter().all(|status| *status == 200), "{statuses:?}");
    assert!(statuses[5..].iter().all(|status| *status == refused), "{statuses:?}");
    assert_eq!(handle.connections(), 5);
}

#[tokio::test]
async fn connections_together_and_of_one_address() {
    handshakes_that_are_let_in(|server| server.max_connections(5), 503).await;
    handshakes_that_are_let_in(|server| server.max_connections_per_address(5), 429).await;
}

#[tokio::test]
async fn handshakes_a_second() {
    let begun = std::time::Instant::now();
    let Served { addr, .. } = serve(|server| server.max_handshakes_per_second(1)).await;
    let statuses = statuses(addr).await;
    let admitted = statuses.iter().filter(|status| **status == 200).count();
    // Three workers with a count each would let in two more.
    let most = 1 + usize::try_from(begun.elapsed().as_secs()).unwrap() + 1;
    assert!((1..=most).contains(&admitted), "{admitted} of {statuses:?}, at most {most}");
}

#[tokio::test]
async fn tcp_connections() {
    let Served { addr, .. } = serve(|server| server.max_tcp_connections(4)).await;
    let mut open = Vec::new();
    for n in 0..MANY {
        let stream = TcpStream::connect(addr).await;
        if n < 4 {
            let mut stream = stream.unwrap();
            // It is served, so that it counts before the next one comes.
            let request = format!("GET /nowhere HTTP/1.1\r\nHost: {addr}\r\n\r\n");
            tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
            assert!(within("an answer", stream.read(&mut [0; 4096])).await.unwrap() > 0);
            open.push(stream);
        } else if let Ok(mut stream) = stream {
            // Otherwise it was reset already.
            let end = within("the end", stream.read(&mut [0; 1])).await;
            assert!(matches!(end, Err(_) | Ok(0)), "connection {n} is open");
        }
    }
    drop(open);
}

#[tokio::test]
async fn a_session_that_ends_on_any_worker_makes_room() {
    let Served { addr, handle, .. } = serve(|server| server.max_connections(3)).await;
    for _ in 0..MANY {
        let mut clients = Vec::new();
        for _ in 0..3 {
            clients.push(websocket(addr, "/socket.io/").await);
        }
        assert_eq!(http::get(addr, HANDSHAKE).await.status, 503);
        drop(clients);
        while handle.connections() > 0 {
            tokio::task::yield_now().await;
        }
    }
}
