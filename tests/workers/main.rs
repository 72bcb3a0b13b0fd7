//! `Server::workers`: one server in three threads. Clients of npm over every transport; where handlers run; limits, shutdown and drain
//! over all threads; wrong values. The server runs in this process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod clients;
mod ending;
mod limits;
mod threads;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread;

use socketio::prelude::*;
use socketio::{DisconnectReason, Handle, SocketId};
use tokio::task::JoinHandle;

/// How many workers the servers of these tests have.
const WORKERS: usize = 3;

/// Enough connections that each worker has some: one has none once in 10^10 times.
const MANY: usize = 60;

/// Why the clients have left, in the order in which they did.
#[derive(Clone, Default)]
struct Left(Arc<Mutex<Vec<String>>>);

impl Left {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// The name of the current thread.
fn here() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

/// What the tests talk to.
struct Hall {
    /// Where `on_connect` ran.
    place: String,
}

#[namespace("/", manual)]
impl Hall {
    fn on_connect() -> Self {
        Self { place: here() }
    }
    /// The threads of `on_connect`, of this handler, of a task of the socket and of a task of the runtime.
    async fn on_where(&self, socket: &Socket) -> Result<[String; 4], Error> {
        let (tell, told) = tokio::sync::oneshot::channel();
        socket.spawn(async move {
            // The test fails where it is not told.
            let _ = tell.send(here());
        });
        let of_socket = told.await.map_err(Error::internal)?;
        let of_runtime = tokio::spawn(async { here() }).await.map_err(Error::internal)?;
        Ok([self.place.clone(), here(), of_socket, of_runtime])
    }
    fn on_echo(&self, args: socketio::Rest<socketio::Value>) -> socketio::Rest<socketio::Value> {
        args
    }
    fn on_join(&self, socket: &Socket, room: String) {
        socket.join(room);
    }
    fn on_leave(&self, socket: &Socket, room: String) {
        socket.leave(room);
    }
    fn on_say(&self, socket: &Socket, room: String, text: String) {
        socket.within(room).emit("said", text);
    }
    fn on_shout(&self, socket: &Socket, text: String) {
        socket.broadcast().emit("said", text);
    }
    /// Asks a room, and gives the sorted answers.
    async fn on_ask(&self, socket: &Socket, room: String) -> Result<Vec<String>, Error> {
        let mut acks = socket.within(room).emit_with_ack::<String>("question", ());
        let mut answers = Vec::new();
        while let Some((_, answer)) = acks.next().await {
            answers.push(answer?);
        }
        answers.sort();
        Ok(answers)
    }
    /// Asks one socket.
    async fn on_ask_one(&self, handle: &Handle, id: SocketId) -> Result<String, Error> {
        Ok(handle.socket(id)?.emit_with_ack("question", ()).await?)
    }
    fn on_kick(&self, handle: &Handle, id: SocketId) -> Result<(), Error> {
        handle.socket(id)?.disconnect();
        Ok(())
    }
    fn on_empty(&self, socket: &Socket, room: String) {
        socket.within(room).disconnect();
    }
    async fn on_shutdown(&self, handle: &Handle) -> bool {
        handle.shutdown(std::time::Duration::from_secs(60)).await
    }
    fn on_disconnect(self, left: &State<Left>, reason: &DisconnectReason) {
        left.0.lock().unwrap().push(reason.to_string());
    }
}

/// A server with workers.
struct Served {
    addr: SocketAddr,
    handle: Handle,
    left: Left,
    serving: JoinHandle<Result<(), Error>>,
}

/// Starts the server with three workers; `with` sets further options.
async fn serve(with: impl FnOnce(Server) -> Server) -> Served {
    let left = Left::default();
    let server = with(Server::empty().mount::<Hall>().state(left.clone()).workers(WORKERS));
    let bound = server.bind(("127.0.0.1", 0)).await.unwrap();
    let (addr, handle) = (bound.local_addr().unwrap(), bound.handle());
    Served { addr, handle, left, serving: tokio::spawn(bound.serve()) }
}
