//! A TCP proxy between a client and a server, or between a server and its broker: it can freeze connections, cut them, also in the middle of
//! a frame, and send new ones elsewhere.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A proxy; dropping it cuts everything.
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    target: Mutex<SocketAddr>,
    /// The state of the connections that are open now; replaced by each cut.
    state: Mutex<watch::Sender<State>>,
    /// Bytes that still go from the server to the client before everything is cut; `usize::MAX` without a limit.
    left: AtomicUsize,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    /// Nothing is read or written.
    Frozen,
    /// The client's half is closed, the server's stays open and silent.
    HalfCut,
    Cut,
}

impl Proxy {
    /// Listens on a free port and connects to `target`.
    pub(crate) async fn to(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let shared = Arc::new(Shared {
            target: Mutex::new(([127, 0, 0, 1], target).into()),
            state: Mutex::new(watch::Sender::new(State::Open)),
            left: AtomicUsize::new(usize::MAX),
        });
        let port = listener.local_addr().expect("an address").port();
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Self { port, shared, accepting }
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The same as a base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where new connections go.
    pub(crate) fn retarget(&self, port: u16) {
        *self.shared.target.lock().unwrap_or_else(PoisonError::into_inner) = ([127, 0, 0, 1], port).into();
    }

    /// Ends every connection that is open.
    pub(crate) fn cut(&self) {
        self.shared.replace(State::Cut);
    }

    /// Ends the clients' halves of all connections; the servers see connections that are open and silent.
    pub(crate) fn cut_unnoticed(&self) {
        self.shared.replace(State::HalfCut);
    }

    /// Ends every connection when `bytes` more have gone to the clients.
    pub(crate) fn cut_after(&self, bytes: usize) {
        self.shared.left.store(bytes, Ordering::SeqCst);
    }

    /// Connections that are open now stay so, and nothing passes.
    pub(crate) fn freeze(&self) {
        self.shared.state().send_replace(State::Frozen);
    }

    /// What was held passes.
    pub(crate) fn thaw(&self) {
        self.shared.state().send_replace(State::Open);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, watch::Sender<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the open connections into `state` for good; new ones are open.
    fn replace(&self, state: State) {
        let old = std::mem::replace(&mut *self.state(), watch::Sender::new(State::Open));
        old.send_replace(state);
    }

    /// How many of `bytes` may pass; reaching the limit cuts everything behind them.
    fn take(&self, bytes: usize) -> usize {
        let left = self.left.load(Ordering::SeqCst);
        if left == usize::MAX {
            return bytes;
        }
        let passing = left.min(bytes);
        self.left.store(if passing == left { usize::MAX } else { left - passing }, Ordering::SeqCst);
        passing
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let state = shared.state().subscribe();
        let target = *shared.target.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = shared.clone();
        tokio::spawn(async move {
            let Ok(server) = TcpStream::connect(target).await else { return };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let (client_read, client_write) = client.into_split();
            let (server_read, server_write) = server.into_split();
            tokio::join!(
                upstream(client_read, server_write, state.clone()),
                downstream(server_read, client_write, state, shared)
            );
        });
    }
}

/// From the client to the server.
async fn upstream(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read.unwrap_or(0),
            ended = ended(&mut state) => return if ended == State::HalfCut { hold(from, to).await },
        };
        if passable(&mut state).await == State::HalfCut {
            return hold(from, to).await;
        }
        if read == 0 || *state.borrow() == State::Cut || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// From the server to the client.
async fn downstream(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<State>,
    shared: Arc<Shared>,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read.unwrap_or(0),
            ended = ended(&mut state) => {
                let _ = to.shutdown().await;
                // The other direction holds the server's half open.
                return if ended == State::HalfCut { drain(from).await };
            }
        };
        if !matches!(passable(&mut state).await, State::Open) || read == 0 {
            return;
        }
        let passing = shared.take(read);
        if to.write_all(&buffer[..passing]).await.is_err() {
            return;
        }
        if passing < read {
            let _ = to.flush().await;
            shared.replace(State::Cut);
            return;
        }
    }
}

/// Waits until the connection is cut.
async fn ended(state: &mut watch::Receiver<State>) -> State {
    match state.wait_for(|state| matches!(state, State::HalfCut | State::Cut)).await {
        Ok(state) => *state,
        // The sender is gone: the last value is that of a cut.
        Err(_) => State::Cut,
    }
}

/// The state once it is not frozen.
async fn passable(state: &mut watch::Receiver<State>) -> State {
    state.wait_for(|state| *state != State::Frozen).await.map_or(State::Cut, |state| *state)
}

/// Keeps the server's half open without a word, for as long as the test lives.
async fn hold(client: OwnedReadHalf, _server: OwnedWriteHalf) {
    drop(client);
    std::future::pending().await
}

async fn drain(mut from: OwnedReadHalf) {
    let mut buffer = vec![0; 64 * 1024];
    while from.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}
