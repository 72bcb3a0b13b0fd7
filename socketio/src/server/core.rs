//! A server that has started: what its service, its handles and its accept loop share, and the shutdown.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::pages::Pages;
use super::stopping::{Connected, Stopping};
use crate::connection::Clients;
use crate::engine::Engine;
use crate::namespace::Registry;

pub(crate) struct Core {
    pub(super) engine: Engine<Clients>,
    pub(super) registry: Arc<Registry>,
    pub(super) pages: Pages,
    /// The shutdown phase.
    pub(super) phase: watch::Sender<Phase>,
    /// The functions of `on_stop`.
    pub(super) stopping: Stopping,
    /// The adapter, which is stopped last.
    pub(super) connected: Connected,
}

/// The time at the end of a shutdown's deadline that is left to `on_disconnect`: at most this, and at most a quarter of the deadline.
const DISCONNECT_RESERVE: Duration = Duration::from_secs(1);

impl Core {
    /// Enters a phase, unless the shutdown is in it or past it.
    fn advance(&self, to: Phase) {
        self.phase.send_if_modified(|phase| {
            let moves = *phase < to;
            *phase = to.max(*phase);
            moves
        });
    }

    /// Disconnects all clients. True if every `on_disconnect` has ended before the deadline.
    pub(super) async fn shut_down(self: Arc<Self>, deadline: Duration) -> bool {
        let begun = Instant::now();
        let shared = self.registry.shared();
        // Handlers are dropped before the deadline, so that `on_disconnect` runs within it.
        let patience = (deadline - DISCONNECT_RESERVE.min(deadline / 4)).min(shared.settings.disconnect_grace);
        if let Some(at) = begun.checked_add(patience) {
            shared.stop_by(at);
        }
        self.advance(Phase::Draining);
        self.engine.drain();
        let drained = timeout(patience, self.engine.closed()).await.is_ok();
        self.advance(Phase::Stopping);
        self.engine.close();
        let left = deadline.saturating_sub(begun.elapsed());
        let done = drained || timeout(left, self.engine.closed()).await.is_ok();
        tracing::info!(connections = self.engine.sessions(), done, "shut down");
        let left = || deadline.saturating_sub(begun.elapsed()).max(DISCONNECT_RESERVE);
        self.stopping.run(left()).await;
        self.connected.stop(left()).await;
        self.advance(Phase::Stopped);
        done
    }

    /// The deadline of a shutdown for which the program names none: handlers have `Server::disconnect_grace`.
    pub(super) fn grace(&self) -> Duration {
        self.registry.shared().settings.disconnect_grace + DISCONNECT_RESERVE
    }

    /// Runs `on_stop` and stops the adapter, for a server that had no clients.
    pub(super) async fn stop(&self) {
        self.stopping.run(DISCONNECT_RESERVE).await;
        self.connected.stop(DISCONNECT_RESERVE).await;
    }

    /// Disconnects the clients in slices that are spread evenly over a time, then shuts down. True if every `on_disconnect` has ended.
    pub(super) async fn drain(self: Arc<Self>, over: Duration) -> bool {
        let (begun, over) = (Instant::now(), over.min(LONGEST_DRAIN));
        let clients = self.engine.depart();
        tracing::info!(clients = clients.len(), ?over, "draining");
        let slices = slices(clients.len(), over);
        let mut phase = self.phase.subscribe();
        for (n, slice) in (0u32..).zip(&slices) {
            if !self.stays_until(begun + over / slices.len() as u32 * n, &mut phase).await {
                break;
            }
            clients[slice.clone()].iter().for_each(|client| client.call());
        }
        // The time after the last slice counts too, unless no client is left.
        tokio::select! {
            _ = self.stays_until(begun + over, &mut phase) => {}
            () = self.engine.closed() => {}
        }
        let grace = self.grace();
        self.shut_down(grace).await
    }

    /// Waits until a time. False if the server is shut down before.
    async fn stays_until(&self, until: Instant, phase: &mut watch::Receiver<Phase>) -> bool {
        tokio::select! {
            () = sleep_until(until) => true,
            () = reached(phase, Phase::Draining) => false,
        }
    }
}

/// The time between two slices of a drain, at least.
const SLICE: Duration = Duration::from_millis(100);
const LONGEST_DRAIN: Duration = Duration::from_secs(24 * 60 * 60);

/// Divides the clients into slices, in order: as many slices as there is time for, whose sizes differ by one client at most.
fn slices(clients: usize, over: Duration) -> Vec<Range<usize>> {
    let fit = usize::try_from(over.as_millis() / SLICE.as_millis()).unwrap_or(usize::MAX);
    let slices = fit.min(clients).clamp(1, u32::MAX as usize);
    let (each, rest) = (clients / slices, clients % slices);
    let begin = |n: usize| each * n + n.min(rest);
    (0..slices).map(|n| begin(n)..begin(n + 1)).collect()
}

/// The phases of a server, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Connections are accepted.
    Serving,
    /// No more connections; clients are closed as soon as none of their handlers runs.
    Draining,
    /// The remaining clients are closed, also those whose handlers run.
    Stopping,
    /// Every client is disconnected, or the deadline has passed.
    Stopped,
}

/// Waits for a phase, or until the server is dropped.
pub(super) async fn reached(phase: &mut watch::Receiver<Phase>, wanted: Phase) {
    // Drops the lock on the value that `wait_for` returns.
    let _ = phase.wait_for(|phase| *phase >= wanted).await.is_ok();
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::time::{pause, sleep};

    use super::*;
    use crate::prelude::*;

    /// How many handlers have begun, and how many times `on_disconnect` has ended.
    #[derive(Clone, Default)]
    struct Counts(Arc<(AtomicUsize, AtomicUsize)>);

    #[derive(Default)]
    struct Stuck;

    #[namespace("/", manual)]
    impl Stuck {
        async fn on_stay(&self, counts: &State<Counts>) {
            counts.0.0.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        }
        async fn on_disconnect(self, counts: &State<Counts>) {
            sleep(Duration::from_millis(200)).await;
            counts.0.1.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// A WebSocket client whose handler `stay` runs.
    async fn client(address: std::net::SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\
            Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        for packet in ["40", r#"42["stay"]"#] {
            // Masked with zeros.
            let frame = [&[0x81, 0x80 | packet.len() as u8, 0, 0, 0, 0], packet.as_bytes()].concat();
            stream.write_all(&frame).await.unwrap();
        }
        stream
    }

    #[test]
    fn slices_are_even_and_nobody_is_left_out() {
        for (clients, over, count) in
            [(0, 60, 1), (1, 60, 1), (20, 10, 20), (1000, 10, 100), (7, 0, 1), (100_003, 60, 600)]
        {
            let slices = slices(clients, Duration::from_secs(over));
            assert_eq!(slices.len(), count, "{clients} clients over {over} s");
            let lengths = slices.iter().map(|slice| slice.len());
            assert!(lengths.clone().max().unwrap() - lengths.clone().min().unwrap() <= 1);
            assert_eq!(lengths.sum::<usize>(), clients);
            assert!(slices.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
    }

    #[tokio::test]
    async fn on_disconnect_runs_within_a_deadline_shorter_than_the_grace() {
        let counts = Counts::default();
        let bound = Server::empty().mount::<Stuck>().state(counts.clone()).bind("127.0.0.1:0").await.unwrap();
        let (address, handle) = (bound.local_addr().unwrap(), bound.handle());
        let serving = tokio::spawn(bound.serve());
        let (stays, leaves) = (client(address).await, client(address).await);
        while counts.0.0.load(Ordering::SeqCst) < 2 {
            sleep(Duration::from_millis(1)).await;
        }
        // Its grace of 10 s has begun when the server is shut down.
        drop(leaves);
        sleep(Duration::from_millis(50)).await;
        pause();
        assert!(handle.shutdown(Duration::from_secs(2)).await);
        assert_eq!(counts.0.1.load(Ordering::SeqCst), 2);
        serving.await.unwrap().unwrap();
        drop(stays);
    }
}
