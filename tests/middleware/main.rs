//! Middlewares: what they see, what they refuse, and those that come with the crate. The server runs in this process; the client is
//! written by hand, and in `clients.rs` a published one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../dispatch/app.rs"]
mod app;
mod attribute;
mod clients;
mod connecting;
mod finished;
mod incoming;
mod limits;
mod logs;
mod outgoing;

use app::{App, Log};
use socketio::packet::Packet;
use socketio::prelude::*;
use socketio::{BoxFuture, Context, Middleware, Rest, Target, Value};

/// What a namespace of these tests does.
struct Lobby(Log);

#[namespace("/", manual)]
impl Lobby {
    fn on_connect(log: &State<Log>) -> Self {
        log.say("on_connect");
        Self(Log::clone(log))
    }

    fn on_echo(&self, args: Rest<Value>) -> Rest<Value> {
        self.0.say("on_echo");
        args
    }

    async fn on_ask(&self, socket: &Socket, what: String) -> Result<String, Error> {
        let limit = std::time::Duration::from_millis(100);
        Ok(socket.timeout(limit).emit_with_ack("question", what).await?)
    }

    fn on_fail(&self) -> Result<(), Error> {
        Err(Error::new("broken", "it is broken"))
    }

    fn on_shout(&self, socket: &Socket, text: String) {
        socket.join("room");
        socket.namespace().emit("said", text);
    }
}

/// Logs each call with its name, and does nothing else.
struct Recorder(&'static str, Log);

impl Middleware for Recorder {
    fn connect<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<(), Refuse>> {
        self.1.say(format!("{}: {} {}", self.0, cx.event(), cx.socket().path()));
        Box::pin(async { Ok(()) })
    }

    fn incoming(&self, cx: &Context, packet: &Packet) -> Result<(), Error> {
        let (event, ack) = (cx.event(), if cx.wants_ack() { " ack" } else { "" });
        let attachments = packet.attachments().len();
        self.1.say(format!("{}: in {:?} {event}{ack} {} +{attachments}", self.0, packet.kind(), packet.data()));
        Ok(())
    }

    fn outgoing(&self, path: &str, packet: &Packet, to: &Target) {
        assert_eq!((path, path), (packet.namespace(), to.path()));
        let to = match to.socket_id() {
            Some(_) => "one".to_owned(),
            None => format!("{:?}", to.rooms().iter().map(|room| room.as_str()).collect::<Vec<_>>()),
        };
        self.1.say(format!(
            "{}: out {:?} {} {:?} to {to}",
            self.0,
            packet.kind(),
            packet.data(),
            packet.id().is_some()
        ));
    }
}

/// A server with the [`Lobby`] and the log that everybody writes to.
fn server(log: &Log) -> Server {
    Server::empty().mount::<Lobby>().state(log.clone())
}

/// The same, with one [`Recorder`] named `m`.
async fn recorded(log: &Log) -> App {
    App::start(server(log).middleware(Recorder("m", log.clone()))).await
}
