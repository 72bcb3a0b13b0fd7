//! `Handle::drain`: clients go in slices that are spread over the time, new ones are refused, and the server ends. The clock is paused once
//! the clients are there.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use socketio::prelude::*;
use socketio::{DisconnectReason, Handle};
use tests::http;
use tests::session::Client;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::app::{Gate, a_moment, text};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When `on_disconnect` of each client ran.
#[derive(Clone, Default)]
struct Times(Arc<Mutex<Vec<Instant>>>);

impl Times {
    /// In tenths of seconds after `begun`.
    fn since(&self, begun: Instant) -> Vec<u128> {
        let times = self.0.lock().unwrap();
        // A timer is late by a millisecond or two.
        times.iter().map(|time| (*time - begun).as_millis() / 100).collect()
    }
}

#[derive(Default)]
struct Chat;

#[namespace("/", manual)]
impl Chat {
    fn on_ping(&self) -> u8 {
        1
    }
    async fn on_wait(&self, socket: &Socket, gate: &State<Gate>) -> u8 {
        socket.emit("waiting", ());
        gate.pass().await;
        2
    }
    async fn on_drain(&self, handle: &State<Handle>) -> bool {
        handle.drain(Duration::ZERO).await
    }
    fn on_disconnect(self, times: &State<Times>, reason: &DisconnectReason) {
        assert_eq!(reason.to_string(), "server shutting down");
        times.0.lock().unwrap().push(Instant::now());
    }
}

struct Served {
    addr: std::net::SocketAddr,
    handle: Handle,
    times: Times,
    gate: Gate,
    serving: JoinHandle<Result<(), Error>>,
    clients: Vec<Client>,
}

/// A server with so many clients.
async fn serve(clients: usize) -> Served {
    let (times, gate) = (Times::default(), Gate::default());
    let server = Server::empty().mount::<Chat>().mount_at::<Chat>("/two").ping_interval(DAY).ping_timeout(DAY);
    let handle = server.handle();
    let bound =
        server.state(times.clone()).state(gate.clone()).state(handle.clone()).bind("127.0.0.1:0").await.unwrap();
    let addr = bound.local_addr().unwrap();
    let serving = tokio::spawn(bound.serve());
    let mut all = Vec::new();
    for _ in 0..clients {
        all.push(Client::bare(addr, "40").await);
    }
    Served { addr, handle, times, gate, serving, clients: all }
}

#[tokio::test]
async fn clients_go_in_slices_that_are_spread_evenly() {
    for (clients, over, expected) in [
        (20, 10, (0..20).map(|n| n * 5).collect::<Vec<u128>>()),
        // Ten slices a second at most.
        (20, 1, (0..20).map(|n| n / 2).collect()),
        (3, 0, vec![0; 3]),
    ] {
        let served = serve(clients).await;
        tokio::time::pause();
        let begun = Instant::now();
        assert!(served.handle.drain(Duration::from_secs(over)).await);
        served.serving.await.unwrap().unwrap();
        assert_eq!(served.times.since(begun), expected);
        // The rest of the time is not waited for when nobody is left.
        assert!(begun.elapsed() <= Duration::from_secs(over + 1));
        tokio::time::resume();
    }
}

#[tokio::test]
async fn meanwhile_new_clients_are_refused_and_the_others_go_on() {
    let mut served = serve(2).await;
    let handle = served.handle.clone();
    let drain = tokio::spawn(async move { handle.drain(DAY).await });
    a_moment().await;
    let refused = http::get(served.addr, "/socket.io/?EIO=4&transport=polling").await;
    assert_eq!((refused.status, refused.text()), (503, r#"{"code":4,"message":"Server shutting down"}"#));
    // One is gone at once, the other half a day later.
    let mut stays = None;
    for mut client in served.clients.drain(..) {
        client.ws.try_send(&tests::ws::Frame::Text(r#"421["ping"]"#.to_owned())).await;
        if let tests::ws::Frame::Text(answer) = client.next().await {
            assert_eq!(answer, "431[1]");
            stays = Some(client);
        }
    }
    let mut client = stays.expect("a client that stays");
    client.send("40/two,").await;
    assert!(text(&mut client).await.starts_with("40/two,"));
    assert_eq!(served.handle.connections(), 1);
    // A shutdown ends the drain.
    client.send(r#"422["wait"]"#).await;
    client.expect(r#"42["waiting"]"#).await;
    let handle = served.handle.clone();
    let shutdown = tokio::spawn(async move { handle.shutdown(Duration::from_secs(60)).await });
    a_moment().await;
    served.gate.open(1);
    client.expect("432[2]").await;
    client.ws.closed().await;
    assert!(shutdown.await.unwrap() && drain.await.unwrap());
    served.serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_handler_may_ask_for_it() {
    let mut served = serve(1).await;
    let mut client = served.clients.remove(0);
    client.send(r#"425["drain"]"#).await;
    client.expect("435[false]").await;
    client.ws.closed().await;
    served.serving.await.unwrap().unwrap();
    assert!(served.handle.drain(DAY).await, "there is nothing left");
}
