//! The application of the matrix: what every client must be able to do, whatever its generation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socketio::prelude::*;
use socketio::{DisconnectReason, Map, Value};

/// Any number of anything, binary included.
type Args = Rest<Value>;

/// How clients have left, by the name they have given themselves.
#[derive(Debug, Default)]
struct Ends(Mutex<HashMap<String, String>>);

/// What one client has sent and done, shared by its namespaces.
#[derive(Debug, Default)]
struct Seen {
    ticks: Mutex<Vec<i64>>,
    left: Mutex<Vec<String>>,
}

fn seen(session: &Session) -> Arc<Seen> {
    session.get().unwrap_or_else(|| {
        session.insert(Seen::default());
        session.get().unwrap_or_default()
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `/`: everything but rooms.
struct Root {
    name: String,
    auth: Map,
}

#[namespace("/", manual)]
impl Root {
    fn on_connect(auth: Option<Map>) -> Self {
        let auth = auth.unwrap_or_default();
        let name = auth.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { name, auth }
    }

    /// Acknowledges the same.
    fn on_echo(&self, args: Args) -> Args {
        args
    }

    /// Says the same back.
    fn on_back(&self, socket: &Socket, args: Args) {
        socket.emit("back", args);
    }

    /// Asks the client, and says what it has answered.
    async fn on_ask(&self, socket: &Socket, question: Value) -> Result<Args, Error> {
        Ok(socket.emit_with_ack("question", question).await?)
    }

    /// What the server knows of the client.
    fn on_who(&self, socket: &Socket, handshake: &Handshake) -> (u8, &'static str, String, Value) {
        let transport = handshake.transport().name();
        (handshake.protocol(), transport, socket.client_id(), Value::Object(self.auth.clone()))
    }

    /// One of a burst.
    fn on_tick(&self, session: &Session, number: i64) {
        lock(&seen(session).ticks).push(number);
    }

    /// What has come of it, in order.
    fn on_ticks(&self, session: &Session) -> Vec<i64> {
        std::mem::take(&mut *lock(&seen(session).ticks))
    }

    /// A burst in the other direction.
    fn on_burst(&self, socket: &Socket, count: u32) {
        (0..count).for_each(|number| socket.emit("tock", number));
    }

    /// Only for who has been promoted.
    #[acl("moderator")]
    fn on_secret(&self) -> &'static str {
        "granted"
    }

    fn on_promote(&self, socket: &Socket) {
        socket.grant("moderator");
    }

    fn on_fail(&self) -> Result<(), Error> {
        Err(Error::new("nope", "not tödäy"))
    }

    /// Why the client has left other namespaces.
    fn on_left(&self, session: &Session) -> Vec<String> {
        std::mem::take(&mut *lock(&seen(session).left))
    }

    /// How another client has left.
    async fn on_end_of(&self, name: String, ends: &State<Ends>) -> Option<String> {
        for _ in 0..100 {
            let end = lock(&ends.0).remove(&name);
            if end.is_some() {
                return end;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        None
    }

    /// Sends an event to the room of somebody's id.
    fn on_whisper(&self, socket: &Socket, id: String, text: String) {
        socket.to(id).emit("whispered", text);
    }

    fn on_disconnect(self, reason: &DisconnectReason, ends: &State<Ends>) {
        lock(&ends.0).insert(self.name, reason.to_string());
    }
}

/// `/chat`: rooms.
#[derive(Debug, Default)]
struct Chat;

#[namespace("/chat", manual)]
impl Chat {
    fn on_join(&self, socket: &Socket, room: String) {
        socket.join(room);
    }

    fn on_leave(&self, socket: &Socket, room: String) {
        socket.leave(room);
    }

    /// To the others in the room.
    fn on_say(&self, socket: &Socket, room: String, text: Value) {
        socket.to(room).emit("said", text);
    }

    /// To all in the room.
    fn on_shout(&self, socket: &Socket, room: String, text: Value) {
        socket.within(room).emit("said", text);
    }

    /// What the namespace's own query says.
    fn on_query(&self, handshake: &Handshake, name: String) -> Option<String> {
        handshake.query(&name)
    }

    fn on_id(&self, socket: &Socket) -> String {
        socket.client_id()
    }

    /// Throws the client out.
    fn on_kick(&self, socket: &Socket) {
        socket.disconnect();
    }

    fn on_disconnect(self, reason: &DisconnectReason, session: &Session) {
        lock(&seen(session).left).push(reason.to_string());
    }
}

/// `/token`: only for who says the word.
struct Token;

#[namespace("/token", manual)]
impl Token {
    fn on_connect(auth: Option<Map>) -> Result<Self, Refuse> {
        let auth = auth.unwrap_or_default();
        match auth.get("token").and_then(Value::as_str) {
            Some("é&=") => Ok(Self),
            _ => Err(Refuse::new("token", "wörd missing")),
        }
    }

    fn on_ping_me(&self) -> &'static str {
        "pong"
    }
}

/// `/banned`: for nobody, with data that says more.
struct Banned;

#[namespace("/banned", manual)]
impl Banned {
    fn on_connect() -> Result<Self, Refuse> {
        Err(Refuse::new("banned", "not yöu").with_data(&serde_json::json!({ "until": "môrgen" })))
    }
}

/// The server, with heartbeats that come often and need not be answered quickly.
pub(crate) fn server() -> Server {
    Server::empty()
        .state(Ends::default())
        .mount::<Root>()
        .mount::<Chat>()
        .mount::<Token>()
        .mount::<Banned>()
        .page("/page", "text/html; charset=utf-8", "<!doctype html><title>clients</title>")
        .ping_interval(Duration::from_millis(400))
        .ping_timeout(Duration::from_secs(20))
}
