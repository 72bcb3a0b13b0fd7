//! The end of a server: who waits for what.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use socketio::prelude::*;
use socketio::{DisconnectReason, Handle};
use tests::session::{Client, Polling, SEPARATOR};
use tests::within;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::app::{Gate, Heard, Log, a_moment, log};

/// How many clients have been bid farewell.
#[derive(Clone, Default)]
struct Farewells(Arc<AtomicU32>);

impl Farewells {
    fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Default)]
struct Slow;

#[namespace("/", manual)]
impl Slow {
    fn on_ping(&self) {}
    async fn on_disconnect(self, farewells: &State<Farewells>) {
        tokio::time::sleep(Duration::from_millis(300)).await;
        farewells.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Handlers that run while the server shuts down.
#[derive(Default)]
struct Busy;

#[namespace("/busy", manual)]
impl Busy {
    async fn on_slow(&self, socket: &Socket, log: &State<Log>, gate: &State<Gate>) -> u8 {
        log.say("slow");
        gate.pass().await;
        socket.emit("still", "here");
        1
    }
    async fn on_question(&self, socket: &Socket, log: &State<Log>, gate: &State<Gate>) -> Result<u8, Error> {
        log.say("question");
        gate.pass().await;
        Ok(socket.emit_with_ack("question", ()).await?)
    }
    async fn on_stop(&self, handle: &State<Handle>, log: &State<Log>) -> bool {
        let done = handle.shutdown(Duration::from_secs(60)).await;
        log.say("handler ends");
        done
    }
    fn on_said(&self, log: &State<Log>) {
        log.say("said");
    }
    async fn on_disconnect(self, log: &State<Log>, reason: &DisconnectReason) {
        tokio::task::yield_now().await;
        log.say(format!("bye: {reason}"));
    }
}

struct BusyServer {
    addr: SocketAddr,
    handle: Handle,
    heard: Heard,
    gate: Gate,
    serving: JoinHandle<Result<(), Error>>,
}

async fn busy() -> BusyServer {
    let (log, heard) = log();
    let gate = Gate::default();
    let server = Server::empty().mount::<Busy>().state(log).state(gate.clone());
    let handle = server.handle();
    let bound = server.state(handle.clone()).bind("127.0.0.1:0").await.unwrap();
    let addr = bound.local_addr().unwrap();
    BusyServer { addr, handle, heard, gate, serving: tokio::spawn(bound.serve()) }
}

#[tokio::test]
async fn acknowledgements_of_handlers_that_end_meanwhile_are_delivered() {
    let BusyServer { addr, handle, mut heard, gate, serving } = busy().await;
    let mut client = Client::bare(addr, "40/busy,").await;
    client.send(r#"42/busy,5["slow"]"#).await;
    let polling = Polling::open(addr, "/socket.io/").await;
    polling.send("40/busy,").await;
    assert_eq!(polling.receive(1).await.len(), 1);
    polling.send(r#"42/busy,6["slow"]"#).await;
    heard.expect(&["slow", "slow"]).await;
    let get = tokio::spawn(async move { polling.get().await });
    a_moment().await;
    let mut shutdown = tokio::spawn(async move { handle.shutdown(Duration::from_secs(60)).await });
    a_moment().await;
    // Nothing new begins.
    client.send(r#"42/busy,7["said"]"#).await;
    client.send("40/busy2,").await;
    heard.silent().await;
    assert!(!shutdown.is_finished());
    gate.open(2);
    client.expect(r#"42/busy,["still","here"]"#).await;
    client.expect("43/busy,5[1]").await;
    let (rest, _) = client.ws.closed().await;
    assert!(rest.is_empty(), "{rest:?}");
    let answer = within("the GET", get).await.unwrap();
    let packets: Vec<&str> = answer.text().split(SEPARATOR).collect();
    // The session's end comes in this answer or in the next one.
    assert_eq!(packets[..2], [r#"42/busy,["still","here"]"#, "43/busy,6[1]"]);
    assert!(within("shutdown", &mut shutdown).await.unwrap());
    heard.expect(&["bye: server shutting down", "bye: server shutting down"]).await;
    within("the end", serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_handler_may_still_ask_its_client() {
    let BusyServer { addr, handle, mut heard, gate, serving } = busy().await;
    let mut client = Client::bare(addr, "40/busy,").await;
    client.send(r#"42/busy,5["question"]"#).await;
    heard.expect(&["question"]).await;
    let shutdown = tokio::spawn(async move { handle.shutdown(Duration::from_secs(60)).await });
    a_moment().await;
    gate.open(1);
    client.expect(r#"42/busy,0["question"]"#).await;
    client.send("43/busy,0[9]").await;
    client.expect("43/busy,5[9]").await;
    client.ws.closed().await;
    assert!(within("shutdown", shutdown).await.unwrap());
    within("the end", serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_shutdown_that_a_handler_awaits_does_not_wait_for_it() {
    let BusyServer { addr, mut heard, serving, .. } = busy().await;
    let mut client = Client::bare(addr, "40/busy,").await;
    client.send(r#"42/busy,5["stop"]"#).await;
    client.expect("43/busy,5[false]").await;
    client.ws.closed().await;
    within("the end", serving).await.unwrap().unwrap();
    // `serve` has waited for the rest of the shutdown.
    heard.expect(&["handler ends", "bye: server shutting down"]).await;
}

/// Says when it is dropped.
struct Last(Log);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.say("freed");
    }
}

#[tokio::test]
async fn a_server_whose_state_has_its_handle_is_freed() {
    let (log, mut heard) = log();
    let server = Server::empty().mount::<Busy>().state(Gate::default()).state(log.clone()).state(Last(log));
    let handle = server.handle();
    let bound = server.state(handle.clone()).bind("127.0.0.1:0").await.unwrap();
    let addr = bound.local_addr().unwrap();
    let serving = tokio::spawn(bound.serve());
    let mut client = Client::bare(addr, "40/busy,").await;
    // `serve` is dropped; the client that is still there keeps what handles need.
    serving.abort();
    assert!(serving.await.is_err());
    client.send(r#"42/busy,["said"]"#).await;
    heard.expect(&["said"]).await;
    assert_eq!(handle.connections(), 1);
    assert!(handle.shutdown(Duration::from_secs(10)).await);
    heard.expect(&["bye: server shutting down", "freed"]).await;
    assert_eq!((handle.connections(), handle.of("/busy").count()), (0, 0));
    assert!(handle.shutdown(Duration::from_secs(10)).await, "there is nothing left");
}

struct Running {
    client: Client,
    handle: Handle,
    farewells: Farewells,
    serving: JoinHandle<Result<(), Error>>,
}

/// A server with one client, by [`Bound::serve`](socketio::Bound::serve) or by `listen`.
async fn start(listen: bool) -> Running {
    let farewells = Farewells::default();
    let server = Server::empty().mount::<Slow>().state(farewells.clone());
    let handle = server.handle();
    let (addr, serving) = if listen {
        let addr = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let serving = tokio::spawn(server.listen(addr));
        a_moment().await;
        (addr, serving)
    } else {
        let bound = server.bind("127.0.0.1:0").await.unwrap();
        (bound.local_addr().unwrap(), tokio::spawn(bound.serve()))
    };
    Running { client: Client::bare(addr, "40").await, handle, farewells, serving }
}

#[tokio::test]
async fn serve_returns_when_everybody_has_been_bid_farewell() {
    for listen in [false, true] {
        let Running { client, handle, farewells, mut serving } = start(listen).await;
        let stopping = tokio::spawn(async move { handle.shutdown(Duration::from_secs(10)).await });
        let served = within("the end", &mut serving).await.unwrap();
        assert_eq!(farewells.count(), 1, "returned before the farewell; listen: {listen}");
        assert!(served.is_ok());
        assert!(within("shutdown", stopping).await.unwrap());
        drop(client);
    }
}

#[tokio::test]
async fn serve_returns_at_the_deadline_too() {
    let Running { handle, farewells, serving, .. } = start(false).await;
    assert!(!handle.shutdown(Duration::from_millis(20)).await);
    within("the end", serving).await.unwrap().unwrap();
    assert_eq!(farewells.count(), 0);
}

#[tokio::test]
async fn a_shutdown_that_nobody_waits_for_goes_on() {
    let Running { handle, farewells, mut serving, .. } = start(false).await;
    let mut shutdown = Box::pin(handle.shutdown(Duration::from_secs(60)));
    assert!(tokio::time::timeout(Duration::from_millis(50), &mut shutdown).await.is_err());
    // While somebody does, it does not.
    assert!(!serving.is_finished(), "returned while the shutdown was under way");
    assert_eq!(farewells.count(), 0);
    drop(shutdown);
    within("the end", &mut serving).await.unwrap().unwrap();
    // The farewell is not lost with it.
    within("the farewell", async {
        while farewells.count() == 0 {
            a_moment().await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_port_is_free_for_a_successor_meanwhile() {
    let farewells = Farewells::default();
    let server = || Server::empty().mount::<Slow>().state(farewells.clone());
    let bound = server().bind("127.0.0.1:0").await.unwrap();
    let (addr, handle) = (bound.local_addr().unwrap(), bound.handle());
    let serving = tokio::spawn(bound.serve());
    let _client = Client::bare(addr, "40").await;
    let mut shutdown = Box::pin(handle.shutdown(Duration::from_secs(10)));
    assert!(tokio::time::timeout(Duration::from_millis(50), &mut shutdown).await.is_err());
    let successor = server().bind(addr).await.expect("the same port");
    tokio::spawn(successor.serve());
    Client::bare(addr, "40").await;
    assert_eq!(farewells.count(), 0);
    assert!(within("shutdown", shutdown).await);
    within("the end", serving).await.unwrap().unwrap();
}
