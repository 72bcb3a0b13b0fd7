//! The end of a server with workers: shutdown, drain, and a `serve` that is dropped.

use std::sync::Mutex;
use std::sync::mpsc;
use std::time::Duration;

use socketio::prelude::*;
use tests::http;
use tests::session::Client;
use tests::within;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::{MANY, Served, serve};

async fn clients(addr: std::net::SocketAddr, count: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..count {
        clients.push(Client::bare(addr, "40").await);
    }
    clients
}

#[tokio::test]
async fn a_shutdown_disconnects_the_clients_of_all_workers_and_frees_the_port() {
    let Served { addr, handle, left, serving } = serve(|server| server).await;
    let clients = clients(addr, MANY).await;
    assert!(handle.shutdown(tests::PATIENCE).await);
    within("the end", serving).await.unwrap().unwrap();
    assert_eq!(left.all(), ["server shutting down"; MANY]);
    for mut client in clients {
        assert_eq!(client.ws.closed().await.0, []);
    }
    // All listeners are closed.
    TcpListener::bind(addr).await.unwrap();
}

#[tokio::test]
async fn a_shutdown_that_a_handler_asks_for_ends_all_workers() {
    let Served { addr, left, serving, .. } = serve(|server| server).await;
    let mut clients = clients(addr, MANY).await;
    clients[0].send(r#"421["shutdown"]"#).await;
    clients[0].expect("431[false]").await;
    within("the end", serving).await.unwrap().unwrap();
    assert_eq!(left.all().len(), MANY);
    for mut client in clients {
        client.ws.closed().await;
    }
}

#[tokio::test]
async fn a_drain_refuses_handshakes_on_all_workers_and_ends_them() {
    let Served { addr, handle, left, serving } = serve(|server| server).await;
    let _clients = clients(addr, MANY).await;
    let drain = tokio::spawn({
        let handle = handle.clone();
        async move { handle.drain(Duration::from_secs(60 * 60)).await }
    });
    while http::get(addr, "/socket.io/?EIO=4&transport=polling").await.status == 200 {}
    for _ in 0..MANY {
        assert_eq!(http::get(addr, "/socket.io/?EIO=4&transport=polling").await.status, 503);
    }
    // A shutdown ends the drain, of which most is left.
    assert!(handle.shutdown(tests::PATIENCE).await);
    assert!(within("the drain", drain).await.unwrap());
    within("the end", serving).await.unwrap().unwrap();
    assert_eq!(left.all(), ["server shutting down"; MANY]);
}

#[tokio::test]
async fn a_serve_that_is_dropped_ends_the_workers_and_their_connections() {
    let Served { addr, serving, .. } = serve(|server| server).await;
    let clients = clients(addr, MANY).await;
    serving.abort();
    for mut client in clients {
        client.ws.closed().await;
    }
    // The threads end by themselves.
    while TcpListener::bind(addr).await.is_err() {
        tokio::task::yield_now().await;
    }
}

/// Tells that the handler blocks its thread, and ends that when the other side of the second is dropped.
struct Blocked(oneshot::Sender<()>, mpsc::Receiver<()>);

#[derive(Default)]
struct Blocking;

#[namespace("/blocking", manual)]
impl Blocking {
    fn on_block(&self, blocked: &State<Mutex<Option<Blocked>>>) {
        let Blocked(tell, released) = blocked.lock().unwrap().take().unwrap();
        tell.send(()).unwrap();
        assert!(released.recv().is_err());
    }
}

#[tokio::test]
async fn a_worker_that_a_handler_blocks_is_left_behind() {
    let ((release, released), (tell, told)) = (mpsc::channel::<()>(), oneshot::channel());
    let blocked = Mutex::new(Some(Blocked(tell, released)));
    let Served { addr, handle, serving, .. } = serve(|server| server.mount::<Blocking>().state(blocked)).await;
    let mut client = Client::bare(addr, "40/blocking,").await;
    client.send(r#"42/blocking,["block"]"#).await;
    told.await.unwrap();
    assert!(!handle.shutdown(Duration::from_millis(100)).await);
    within("the end", serving).await.unwrap().unwrap();
    drop(release);
    client.ws.closed().await;
}
