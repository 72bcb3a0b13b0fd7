//! The end of a server: who waits for what.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use socketio::Handle;
use socketio::prelude::*;
use tests::session::Client;
use tests::within;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::app::a_moment;

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
async fn serve_returns_when_nobody_waits_for_the_shutdown_any_more() {
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
