//! The commands: events from clients, each acknowledged with one value. A `room` of `null` means the whole namespace, and the id of a client
//! is a room.

use std::time::Duration;

use socketio::prelude::*;
use socketio::{Map, Target, Value};

/// Any number of anything, binary included.
pub(crate) type Args = Rest<Value>;

/// How long [`Commands::on_ask`] waits for clients.
const ASK_TIMEOUT: Duration = Duration::from_secs(2);

/// The value of `--name`.
pub(crate) struct Name(pub(crate) String);

/// A client of `/` or `/chat`.
#[derive(Default)]
pub(crate) struct Commands;

/// The name of a room, or `null` for the whole namespace. An `Option` as an argument could be left out, and then nothing may follow it.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Clients(Option<String>);

/// What a command without a value of its own is acknowledged with.
const DONE: bool = true;

/// The clients of a room in the whole cluster.
fn target(socket: &Socket, room: Clients) -> Target {
    let namespace = socket.namespace();
    match room.0 {
        Some(room) => namespace.to(room),
        None => namespace,
    }
}

/// Emits, and says what is wrong with an event that cannot be sent.
fn emit(target: &Target, event: &str, args: Args) -> Value {
    match target.try_emit(event, args) {
        Ok(()) => Value::from(DONE),
        Err(error) => failed(error),
    }
}

fn failed(error: impl std::fmt::Display) -> Value {
    [("error", error.to_string())].into_iter().collect()
}

/// The rooms of a client as a list of names.
fn names<'a>(rooms: impl IntoIterator<Item = &'a socketio::Room>) -> Value {
    rooms.into_iter().map(|room| Value::from(room.to_string())).collect()
}

#[namespace("/", manual)]
impl Commands {
    fn on_whoami(&self, socket: &Socket, name: &State<Name>) -> Map {
        [
            ("id", Value::from(socket.id().to_string())),
            ("server", Value::from(name.0.clone())),
            ("recovered", Value::from(socket.recovered())),
            ("rooms", names(&socket.rooms())),
            ("data", serde_json::from_str(&socket.data().to_json()).unwrap_or_default()),
        ]
        .into_iter()
        .collect()
    }

    fn on_join(&self, socket: &Socket, room: String) -> Value {
        match socket.try_join(room) {
            Ok(()) => Value::from(DONE),
            Err(error) => failed(error),
        }
    }

    fn on_leave(&self, socket: &Socket, room: String) -> bool {
        socket.leave(room);
        DONE
    }

    fn on_set(&self, socket: &Socket, key: String, value: Value) -> Value {
        match socket.data().set(&key, &value) {
            Ok(()) => Value::from(DONE),
            Err(error) => failed(error),
        }
    }

    fn on_room(&self, socket: &Socket, room: Clients, event: String, args: Args) -> Value {
        emit(&target(socket, room), &event, args)
    }

    fn on_burst(&self, socket: &Socket, room: Clients, event: String, n: u32) -> bool {
        let target = target(socket, room);
        for i in 0..n {
            target.emit(&event, i);
        }
        DONE
    }

    fn on_to(&self, socket: &Socket, room: String, event: String, args: Args) -> Value {
        emit(&socket.to(room), &event, args)
    }

    fn on_all(&self, socket: &Socket, event: String, args: Args) -> Value {
        emit(&socket.namespace(), &event, args)
    }

    fn on_except(&self, socket: &Socket, room: String, event: String, args: Args) -> Value {
        emit(&socket.namespace().except(room), &event, args)
    }

    fn on_local(&self, socket: &Socket, event: String, args: Args) -> Value {
        emit(&socket.namespace().local(), &event, args)
    }

    fn on_volatile(&self, socket: &Socket, room: Clients, event: String, args: Args) -> Value {
        emit(&target(socket, room).volatile(), &event, args)
    }

    /// Gives the first value of each acknowledgement, and how many clients have not acknowledged: `null` if a server
    /// does not say how many it has.
    async fn on_ask(&self, socket: &Socket, room: Clients, event: String, args: Args) -> Map {
        let mut acks = target(socket, room).timeout(ASK_TIMEOUT).emit_with_ack::<Args>(&event, args);
        let mut answers = Vec::new();
        while let Some((_client, answer)) = acks.next().await {
            // A client that has not answered is counted below.
            answers.extend(answer.ok().map(|values| values.0.into_iter().next().unwrap_or_default()));
        }
        let missing = acks.missing().map(|missing| missing as u64);
        [("answers", Value::from(answers)), ("missing", Value::from(missing))].into_iter().collect()
    }

    /// Gives the clients of the servers that have answered.
    async fn on_fetch(&self, socket: &Socket, room: Clients) -> Value {
        let fetched = target(socket, room).fetch_sockets().await;
        let client = |client: &socketio::RemoteSocket| -> Value {
            [
                ("id", Value::from(client.id().to_string())),
                ("rooms", names(client.rooms())),
                ("data", client.data().unwrap_or_default()),
            ]
            .into_iter()
            .collect()
        };
        fetched.value.iter().map(client).collect()
    }

    async fn on_count(&self, socket: &Socket, room: Clients) -> usize {
        target(socket, room).fetch_count().await.value
    }

    fn on_kick(&self, socket: &Socket, room: String, close: bool) -> bool {
        let clients = socket.namespace().to(room);
        if close {
            clients.close()
        } else {
            clients.disconnect()
        }
        DONE
    }

    fn on_joinall(&self, socket: &Socket, room: String, other: String) -> bool {
        socket.namespace().to(room).join(other);
        DONE
    }

    fn on_leaveall(&self, socket: &Socket, room: String, other: String) -> bool {
        socket.namespace().to(room).leave(other);
        DONE
    }

    fn on_sse(&self, socket: &Socket, event: String, args: Args) -> bool {
        socket.namespace().server_side_emit(&event, args);
        DONE
    }

    async fn on_sse_ask(&self, socket: &Socket, event: String, args: Args) -> Map {
        let fetched = socket.namespace().server_side_emit_with_ack::<Args>(&event, args).await;
        let answers = fetched.value.into_iter().map(|values| values.0.into_iter().next().unwrap_or_default());
        let mut reply: Map = [("answers", answers.collect::<Value>())].into_iter().collect();
        if let Some(error) = fetched.missing.first() {
            reply.insert("error", error.to_string());
        }
        reply
    }
}

/// A server-side event of another server: this server's clients hear of it, and the other server gets an answer if it wants one.
pub(crate) fn received(namespace: &Target, name: &str, event: &str, args: Args) -> (Vec<Value>,) {
    let heard: Vec<Value> = std::iter::once(Value::from(event)).chain(args.0.iter().cloned()).collect();
    namespace.clone().local().emit("sse", Rest(heard));
    (std::iter::once(Value::from(name)).chain(args.0).collect(),)
}
