//! Handshakes in a row whose sessions are never used, and connections on which nothing is sent, all of one address.

use tests::http;
use tests::within;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::bystander::Bystander;
use crate::target::Target;

/// What the attacker may have.
const BOUND: usize = 20;

/// A connection of another address than the bystander's; `None` if it was reset at once.
async fn connect(target: &Target) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 2], 0).into()).expect("another address of this machine");
    within("a connection", socket.connect(target.addr)).await.ok()
}

/// The status of a polling handshake.
async fn handshake(target: &Target) -> String {
    let mut stream = connect(target).await.expect("a connection");
    let head = http::head(target.addr, "GET", "/socket.io/?EIO=4&transport=polling", &[], 0);
    stream.write_all(head.as_bytes()).await.expect("to write");
    let mut answer = Vec::new();
    within("an answer", stream.read_to_end(&mut answer)).await.expect("an answer");
    String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn one_address_cannot_take_all_places() {
    let target = Target::start(&["--max-connections-per-address", "20", "--handshake-timeout", "2000"]);
    let bystander = Bystander::beside(&target).await;
    let mut statuses = Vec::new();
    for _ in 0..5 * BOUND {
        statuses.push(handshake(&target).await);
    }
    assert!(statuses[..BOUND].iter().all(|status| status == "200"), "{statuses:?}");
    assert!(statuses.iter().any(|status| status == "429"), "{statuses:?}");
    bystander.goes_on().await;
    // Sessions that are not used make room soon, long before the ping timeout.
    within("room for another", async { while handshake(&target).await != "200" {} }).await;
    bystander.finish().await;
}

#[tokio::test]
async fn one_address_cannot_hold_all_tcp_connections() {
    let target = Target::start(&["--max-connections-per-address", "20"]);
    let bystander = Bystander::beside(&target).await;
    let before = target.connections().open;
    let mut held = Vec::new();
    for _ in 0..10 * BOUND {
        held.push(connect(&target).await);
    }
    // Some may still be in the accept queue.
    within("the refused connections to be reset", async {
        while target.connections().open > before + 2 * BOUND + 2 {
            bystander.goes_on().await;
        }
    })
    .await;
    bystander.finish().await;
}
