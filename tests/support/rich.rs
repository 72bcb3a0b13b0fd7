//! A server in this process with an application in it: nicknames, rooms, errors, questions. It is what the conformance
//! server is not; `tests/js/rooms.test.mjs` and `tests/wire/typed.rs` are its clients.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use socketio::events::{Json, Message};
use socketio::prelude::*;
use socketio::{Handle, Value};
use tokio::runtime::Runtime;

/// The nicknames in use.
#[derive(Debug, Default)]
struct Names(Mutex<HashSet<String>>);

#[derive(Deserialize)]
struct Login {
    nick: String,
    secret: Option<String>,
}

#[derive(Deserialize)]
struct Parcel {
    blob: Bytes,
}

struct Rich {
    nick: String,
}

#[namespace("/rich", manual, rename_all = "kebab-case")]
impl Rich {
    fn on_connect(socket: &Socket, names: &State<Names>, login: Login) -> Result<Self, Refuse> {
        if login.secret.as_deref() == Some("expired") {
            let details = serde_json::json!({ "until": 1999, "code": "not this one" });
            return Err(Refuse::new("expired", "that secret is over").with_data(&details));
        }
        if !names.0.lock().unwrap_or_else(PoisonError::into_inner).insert(login.nick.clone()) {
            return Err(Refuse::new("taken", "that nickname is in use"));
        }
        if login.secret.as_deref() == Some("xyzzy") {
            socket.grant("moderator");
        }
        socket.join(format!("@{}", login.nick));
        Ok(Self { nick: login.nick })
    }

    fn on_join(&self, socket: &Socket, room: String) {
        socket.join(room);
    }

    fn on_leave(&self, socket: &Socket, room: String) {
        socket.leave(room);
    }

    fn on_say(&self, socket: &Socket, room: String, text: String) {
        socket.to(room).emit("said", (&self.nick, text));
    }

    fn on_shout(&self, socket: &Socket, room: String, text: String) {
        socket.within(room).emit("said", (&self.nick, text));
    }

    fn on_spread(&self, socket: &Socket, rooms: Vec<String>, text: String) {
        socket.within(rooms).emit("said", (&self.nick, text));
    }

    /// Both events that `send` may mean.
    fn on_send_back(&self, socket: &Socket, value: Value) {
        socket.send(Message(&value));
        socket.broadcast().send(Json(&value));
        socket.send(Json((&value, 1)));
    }

    fn on_except(&self, socket: &Socket, room: String, text: String) {
        socket.namespace().except(room).emit("said", (&self.nick, text));
    }

    /// Sends that many binary values in one event.
    fn on_parcels(&self, socket: &Socket, count: usize) {
        socket.emit("parcels", vec![Bytes::from_static(b"x"); count]);
    }

    fn on_me(&self, socket: &Socket) -> String {
        socket.id().to_string()
    }

    async fn on_ask(&self, socket: &Socket, question: String) -> Result<String, Error> {
        Ok(socket.timeout(Duration::from_millis(300)).emit_with_ack("question", question).await?)
    }

    async fn on_poll(&self, socket: &Socket, room: String, question: String) -> Vec<String> {
        let mut answers = socket.within(room).emit_with_ack::<String>("question", question);
        let mut heard = Vec::new();
        while let Some((_, answer)) = answers.next().await {
            heard.extend(answer.ok());
        }
        heard
    }

    fn on_fail(&self) -> Result<(), Error> {
        Err(Error::new("nope", "not today"))
    }

    fn on_add(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    fn on_measure(&self, parcel: Parcel) -> usize {
        parcel.blob.len()
    }

    #[acl("moderator")]
    fn on_kick(&self, socket: &Socket, nick: String) {
        socket.to(format!("@{nick}")).disconnect();
    }

    fn on_tick(&self, handle: &State<Handle>, n: u64) {
        handle.of("/ticker").emit("tick", n);
    }

    fn on_leave_me(&self, socket: &Socket) {
        socket.disconnect();
    }

    fn on_close_me(&self, socket: &Socket) {
        socket.close();
    }

    fn on_panic(&self) {
        panic!("asked to");
    }

    fn on_disconnect(self, socket: &Socket, names: &State<Names>) {
        names.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.nick);
        socket.broadcast().emit("left", self.nick);
    }
}

/// The server, running on a thread of its own; dropping it shuts it down.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    handle: socketio::Handle,
    runtime: Option<Runtime>,
}

impl Running {
    /// Starts it on a free port.
    ///
    /// # Panics
    /// When it cannot start.
    pub fn start() -> Self {
        Self::start_with(|server| server)
    }

    /// The same with further options.
    ///
    /// # Panics
    /// When it cannot start.
    pub fn start_with(with: impl FnOnce(Server) -> Server + Send + 'static) -> Self {
        // A runtime cannot be entered from inside of another one, which is where an async test begins.
        thread::spawn(|| Self::start_here(with)).join().expect("a server")
    }

    fn start_here(with: impl FnOnce(Server) -> Server) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let server = with(Server::empty().state(Names::default()).mount::<Rich>().open(["/ticker"]));
        let handle = server.handle();
        let server = server.state(handle);
        let bound = runtime.block_on(server.bind(("127.0.0.1", 0))).expect("a server");
        let addr = bound.local_addr().expect("its address");
        let handle = bound.handle();
        runtime.spawn(bound.serve());
        Self { addr, handle, runtime: Some(runtime) }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The same as a base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The server from outside of its handlers.
    pub fn handle(&self) -> &socketio::Handle {
        &self.handle
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        // A runtime cannot be dropped inside of another one, which is where an async test ends.
        let ending = thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(1)));
        let _ = ending.join();
    }
}
