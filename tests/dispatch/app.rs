//! A server in the test's own process, and a log that its handlers write to and the test reads. The clients are those of
//! `tests::session`; which namespaces there are is the test's own business.

#![allow(dead_code, reason = "included by several test binaries, each of which needs its own part of it")]

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value as Json;
use socketio::engine::Body;
use socketio::{Handle, Server};
use tests::session::{Client, websocket};
use tests::ws::{Frame, Ws};
use tests::{SILENCE, within};
use tokio::net::TcpSocket;
use tokio::sync::{Semaphore, mpsc};
use tower_service::Service;
use tracing_subscriber::util::SubscriberInitExt as _;

/// A running server.
pub(crate) struct App {
    pub(crate) addr: SocketAddr,
    pub(crate) handle: Handle,
}

impl App {
    /// Starts it on a port of the system's choice.
    pub(crate) async fn start(server: Server) -> Self {
        let bound = server.bind("127.0.0.1:0").await.expect("a server that starts");
        let (addr, handle) = (bound.local_addr().expect("an address"), bound.handle());
        tokio::spawn(bound.serve());
        Self { addr, handle }
    }

    /// Serves what was made of a server's service, on an HTTP server that is not ours. The kernel holds about `unread` bytes of
    /// each connection that nobody has read.
    pub(crate) async fn embedded<S>(service: S, handle: Handle, unread: u32) -> Self
    where
        S: Service<hyper::Request<Incoming>, Response = hyper::Response<Body>, Error = Infallible, Future: Send>,
        S: Clone + Send + 'static,
    {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(unread).expect("a receive buffer");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let listener = socket.listen(16).expect("a listener");
        let addr = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                let respond = service_fn(move |request| service.clone().call(request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), respond).with_upgrades());
            }
        });
        Self { addr, handle }
    }

    /// A client that has joined `/`.
    pub(crate) async fn client(&self) -> Client {
        Client::bare(self.addr, "40").await
    }

    /// A client that has joined another namespace.
    pub(crate) async fn client_of(&self, path: &str) -> Client {
        Client::bare(self.addr, &format!("40{path},")).await
    }

    /// A connection without a namespace.
    pub(crate) async fn engine(&self) -> Ws {
        websocket(self.addr, "/socket.io/").await.0
    }

    /// Sends a CONNECT on a connection of its own and gives the answer, whatever it is.
    pub(crate) async fn answer(&self, connect: &str) -> String {
        let mut ws = self.engine().await;
        ws.text(connect).await;
        ws.next_text().await
    }

    /// Starts a server that must not start; gives the error's text.
    pub(crate) async fn refused(server: Server) -> String {
        let error = server.bind("127.0.0.1:0").await.expect_err("a server that does not start");
        assert_eq!(error.code(), "start");
        error.message().to_owned()
    }
}

/// What handlers tell the test; given to the server as state.
#[derive(Clone, Debug)]
pub(crate) struct Log(mpsc::UnboundedSender<String>);

/// The test's end of a [`Log`].
pub(crate) struct Heard(mpsc::UnboundedReceiver<String>);

pub(crate) fn log() -> (Log, Heard) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Log(sender), Heard(receiver))
}

impl Log {
    pub(crate) fn say(&self, what: impl ToString) {
        let _ = self.0.send(what.to_string());
    }
}

impl Heard {
    pub(crate) async fn next(&mut self) -> String {
        within("the log", self.0.recv()).await.expect("a log that is open")
    }

    pub(crate) async fn expect(&mut self, lines: &[&str]) {
        for line in lines {
            assert_eq!(self.next().await, *line);
        }
    }

    /// Nothing is said for a while, or ever: the log closes when its server is freed.
    pub(crate) async fn silent(&mut self) {
        if let Ok(Some(line)) = tokio::time::timeout(SILENCE, self.0.recv()).await {
            panic!("expected silence, heard {line:?}");
        }
    }
}

/// What this thread logs from now on, as long as this is there.
pub(crate) struct Logged {
    lines: Lines,
    _guard: Box<dyn std::any::Any>,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

/// Begins to listen to the log. Good for tests on one thread, as `#[tokio::test]` makes them.
pub(crate) fn capture() -> Logged {
    let lines = Lines::default();
    let sink = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(move || sink.clone());
    // While there is a single subscriber, `tracing` decides for good whether a place in the code is of interest by asking the thread that
    // comes there first, which may be that of a test that captures nothing. The second one is never dropped, because another test may be
    // just beginning when this one ends.
    static SECOND: OnceLock<tracing::Dispatch> = OnceLock::new();
    SECOND.get_or_init(|| tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(io::sink).finish()));
    Logged { lines, _guard: Box::new(subscriber.finish().set_default()) }
}

impl Logged {
    pub(crate) fn lines(&self) -> Vec<String> {
        let bytes = self.lines.0.lock().expect("the log");
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps handlers waiting until the test lets one, or several, pass; given to the server as state.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Arc<Semaphore>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }
}

impl Gate {
    pub(crate) async fn pass(&self) {
        self.0.acquire().await.expect("a gate that stays").forget();
    }

    pub(crate) fn open(&self, count: usize) {
        self.0.add_permits(count);
    }
}

/// The JSON behind a packet's header.
pub(crate) fn json(packet: &str) -> Json {
    let at = packet.find(['[', '{']).unwrap_or_else(|| panic!("no JSON in {packet}"));
    serde_json::from_str(&packet[at..]).unwrap_or_else(|error| panic!("{packet}: {error}"))
}

/// The next text frame.
pub(crate) async fn text(client: &mut Client) -> String {
    match client.next().await {
        Frame::Text(text) => text,
        other => panic!("expected a text frame, got {other:?}"),
    }
}

/// Sends an event that asks for an acknowledgement and gives its text; nothing else may come before it.
pub(crate) async fn ask(client: &mut Client, event: &str) -> String {
    client.send(format!("427{event}")).await;
    let reply = text(client).await;
    reply.strip_prefix("437").unwrap_or_else(|| panic!("{event}: not its acknowledgement: {reply}")).to_owned()
}

/// The error object of an acknowledgement, as code and message.
pub(crate) async fn ask_error(client: &mut Client, event: &str) -> (String, String) {
    let reply = ask(client, event).await;
    let reply = json(&reply);
    let error = &reply[0]["error"];
    assert_eq!(reply.as_array().map(Vec::len), Some(1), "{reply}");
    let text = |key: &str| error[key].as_str().unwrap_or_else(|| panic!("{event}: no {key} in {reply}")).to_owned();
    (text("code"), text("message"))
}

/// Long enough for what has been set in motion to have happened, where nothing tells.
pub(crate) async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// Waits until something holds that another task has to do.
pub(crate) async fn eventually(holds: impl Fn() -> bool) {
    within("another task", async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
