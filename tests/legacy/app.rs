//! The application that the clients of 0.7 to 0.9 talk to, in a server of this process. It tests nothing itself.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use socketio::engine::{Cors, LegacyBinary, LegacyOptions};
use socketio::events::{Json, Message};
use socketio::prelude::*;
use socketio::{DisconnectReason, Rest, Value};
use tokio::runtime::Runtime;

/// Why clients have left `/`, in order.
#[derive(Debug, Default)]
struct Left(Mutex<Vec<String>>);

/// `/`
struct Main {
    numbers: Mutex<Vec<u32>>,
}

#[namespace("/", manual, rename_all = "kebab-case")]
impl Main {
    fn on_connect(handshake: &Handshake) -> Result<Self, Refuse> {
        match handshake.query("deny") {
            Some(_) => Err(Refuse::new("denied", "not you")),
            None => Ok(Self { numbers: Mutex::default() }),
        }
    }

    fn on_echo(&self, args: Rest<Value>) -> Rest<Value> {
        args
    }

    /// Says it back as an event.
    fn on_repeat(&self, socket: &Socket, args: Rest<Value>) {
        socket.emit("repeated", args);
    }

    async fn on_ask(&self, socket: &Socket, question: String) -> Result<String, Error> {
        Ok(socket.emit_with_ack("question", question).await?)
    }

    fn on_burst(&self, socket: &Socket, count: u32) {
        for number in 0..count {
            socket.emit("tick", number);
        }
    }

    fn on_number(&self, number: u32) {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner).push(number);
    }

    fn on_numbers(&self) -> Vec<u32> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn on_message(&self, socket: &Socket, text: Value) {
        socket.send(Message(text));
    }

    fn on_json(&self, socket: &Socket, value: Value) {
        socket.emit("was json", &value);
        socket.send(Json(value));
    }

    fn on_fail(&self) -> Result<(), Error> {
        Err(Error::new("nope", "not today"))
    }

    /// Only for who has been promoted.
    #[acl("moderator")]
    fn on_secret(&self) -> &'static str {
        "granted"
    }

    fn on_promote(&self, socket: &Socket) {
        socket.grant("moderator");
    }

    fn on_bytes(&self) -> Bytes {
        Bytes::from_static(&[1, 2, 3])
    }

    fn on_me(&self, handshake: &Handshake) -> (u8, &'static str, Option<String>) {
        (handshake.protocol(), handshake.transport().name(), handshake.query("who"))
    }

    fn on_kick(&self, socket: &Socket) {
        socket.disconnect();
    }

    fn on_left(&self, left: &State<Left>) -> Vec<String> {
        left.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn on_disconnect(&self, left: &State<Left>, reason: &DisconnectReason) {
        left.0.lock().unwrap_or_else(PoisonError::into_inner).push(reason.to_string());
    }
}

/// `/chat`
struct Chat;

#[namespace("/chat", manual, rename_all = "kebab-case")]
impl Chat {
    fn on_connect() -> Self {
        Chat
    }

    fn on_join(&self, socket: &Socket, room: String) {
        socket.join(room);
    }

    fn on_say(&self, socket: &Socket, room: String, text: Value) {
        socket.within(room).emit("said", text);
    }
}

/// `/secret`: for nobody.
struct Secret;

#[namespace("/secret", manual)]
impl Secret {
    fn on_connect() -> Result<Self, Refuse> {
        Err(Refuse::new("no", "no"))
    }
}

/// The server, running on threads of its own until it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) addr: SocketAddr,
    pub(crate) handle: socketio::Handle,
    runtime: Option<Runtime>,
}

/// Timers that a test can wait for.
pub(crate) fn quick() -> LegacyOptions {
    LegacyOptions::new()
        .heartbeat_interval(Duration::from_millis(300))
        .heartbeat_timeout(Duration::from_secs(3))
        .close_timeout(Duration::from_secs(3))
        .polling_duration(Duration::from_millis(500))
}

impl Running {
    /// For everybody, and with [`quick`] timers.
    pub(crate) fn start() -> Self {
        Self::with(|server| server.legacy(true).legacy_options(quick()).cors(Cors::any()))
    }

    /// As a test wants it.
    pub(crate) fn with(change: impl FnOnce(Server) -> Server + Send + 'static) -> Self {
        // A runtime cannot be entered from inside of another one, which is where an async test begins.
        thread::spawn(|| {
            let runtime = Runtime::new().expect("a runtime");
            let server = Server::empty().state(Left::default()).mount::<Main>().mount::<Chat>().mount::<Secret>();
            let bound = runtime.block_on(change(server).bind(("127.0.0.1", 0))).expect("a server");
            let addr = bound.local_addr().expect("its address");
            let handle = bound.handle();
            runtime.spawn(bound.serve());
            Self { addr, handle, runtime: Some(runtime) }
        })
        .join()
        .expect("a server")
    }

    /// That does not send binary values in disguise.
    pub(crate) fn without_base64() -> Self {
        Self::with(|server| server.legacy(true).legacy_options(quick().binary(LegacyBinary::Refuse)))
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        // Nor can it be dropped inside of another one.
        let _ = thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(1))).join();
    }
}
