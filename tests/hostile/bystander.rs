//! The well-behaved client beside an attack: it echoes over WebSocket and over polling, on a thread of its own, and checks that every
//! acknowledgement comes, in order and with the contents sent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tests::PATIENCE;
use tests::session::{Client, Polling};

use crate::target::Target;

/// Events under way at once on the WebSocket.
const WINDOW: usize = 8;
/// Rounds that [`Bystander::goes_on`] waits for.
const ROUNDS: usize = 10;

/// Two clients that echo until they are stopped.
#[derive(Debug)]
pub(crate) struct Bystander {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    rounds: AtomicUsize,
}

impl Bystander {
    /// Connects and echoes; returns when the first rounds are done, so that it is known to work before the attack begins.
    pub(crate) async fn beside(target: &Target) -> Self {
        let shared = Arc::new(Shared::default());
        let (addr, inner) = (target.addr, shared.clone());
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(echo(addr, &inner));
        });
        let bystander = Self { shared, thread: Some(thread) };
        bystander.goes_on().await;
        bystander
    }

    /// Waits until it has done some more rounds, which it does while the attack goes on.
    pub(crate) async fn goes_on(&self) {
        let wanted = self.rounds() + ROUNDS;
        let reached = async {
            while self.rounds() < wanted {
                assert!(self.thread.as_ref().is_some_and(|thread| !thread.is_finished()), "the bystander has failed");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        // It fails by itself when an answer does not come.
        tokio::time::timeout(PATIENCE * 3, reached).await.expect("a bystander that goes on");
    }

    /// Rounds done: each is [`WINDOW`] events over WebSocket and one over polling.
    pub(crate) fn rounds(&self) -> usize {
        self.shared.rounds.load(Ordering::Relaxed)
    }

    /// Some more rounds, then the end; panics when anything was missing, altered or out of order.
    pub(crate) async fn finish(mut self) {
        self.goes_on().await;
        self.shared.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().expect("a thread");
        let joined = tokio::task::spawn_blocking(move || thread.join()).await.expect("the join");
        assert!(joined.is_ok(), "the bystander has failed: see its message above");
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

async fn echo(addr: SocketAddr, shared: &Shared) {
    let mut websocket = Client::bare(addr, "40").await;
    let polling = Polling::open(addr, "/socket.io/").await;
    polling.send("40").await;
    let reply = polling.receive(1).await;
    assert!(reply[0].starts_with("40{"), "{reply:?}");
    let mut id = 0_usize;
    while !shared.stop.load(Ordering::Relaxed) {
        for n in id..id + WINDOW {
            websocket.send(format!(r#"42{n}["echo",{n},"bystander {n}"]"#)).await;
        }
        for n in id..id + WINDOW {
            websocket.expect(&format!(r#"43{n}[{n},"bystander {n}"]"#)).await;
        }
        polling.send(format!(r#"42{id}["echo","polling {id}"]"#)).await;
        assert_eq!(polling.receive(1).await, [format!(r#"43{id}["polling {id}"]"#)]);
        id += WINDOW;
        shared.rounds.fetch_add(1, Ordering::Relaxed);
        // The attack needs the processor as well.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
