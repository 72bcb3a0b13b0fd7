//! A middleware for development that logs the events of both directions.

use std::fmt;

use super::line::Printable;
use crate::error::Error;
use crate::namespace::{Context, Middleware, Outcome};
use crate::packet::{Kind, Packet};
use crate::socket::Target;

/// A [`Middleware`] for development that writes a line for each event and acknowledgement, in both directions, and one for the end of each event
/// of a client.
///
/// ```text
/// <- /chat Yi4tVQKjKPkw3Ml5AAAB ["say","hello"] ack 7
/// -> /chat [lobby] ["said","ada","hello"]
/// -> /chat Yi4tVQKjKPkw3Ml5AAAB ack 7 [true]
///    /chat Yi4tVQKjKPkw3Ml5AAAB say: ok after 1.2ms
/// ```
///
/// A broadcast is one line with its rooms, `*` for everybody in the namespace. Payloads are shortened to 100 characters
/// ([`max_message`](Self::max_message)) and cannot break a line, as in [`MessageLog`](crate::MessageLog). The lines go to `tracing` at
/// level `info` with the target `socketio::events`. Do not use it in production, because it writes each broadcast as JSON once more.
///
/// ```
/// use socketio::prelude::*;
/// use socketio::EventLog;
///
/// let server = Server::new().middleware(EventLog::default());
/// ```
#[derive(Clone, Debug)]
pub struct EventLog {
    message: usize,
}

impl Default for EventLog {
    fn default() -> Self {
        Self { message: 100 }
    }
}

impl EventLog {
    /// How many characters of a payload are written. Default 100.
    #[must_use]
    pub fn max_message(mut self, characters: usize) -> Self {
        self.message = characters;
        self
    }
}

/// A packet's part of a line: `["say","hello"] ack 7`, `ack 7 [true]`.
struct Payload<'p>(&'p Packet, usize);

impl fmt::Display for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(packet, most) = self;
        let data = Printable(packet.data(), *most);
        match (packet.kind(), packet.id()) {
            (Kind::Ack | Kind::BinaryAck, Some(id)) => write!(f, "ack {id} {data}"),
            (Kind::ConnectError, _) => write!(f, "error {data}"),
            (_, Some(id)) => write!(f, "{data} ack {id}"),
            (_, None) => write!(f, "{data}"),
        }
    }
}

/// The recipients' part of a line: an id, `[lobby, red]` or `*`.
struct Recipients<'t>(&'t Target, usize);

impl fmt::Display for Recipients<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = self.0.socket_id() {
            return write!(f, "{id}");
        }
        let rooms: Vec<&str> = self.0.rooms().iter().map(|room| room.as_str()).collect();
        if rooms.is_empty() { f.write_str("*") } else { write!(f, "[{}]", Printable(&rooms.join(", "), self.1)) }
    }
}

impl Middleware for EventLog {
    fn incoming(&self, cx: &Context, packet: &Packet) -> Result<(), Error> {
        let (path, id) = (Printable(cx.socket().path(), self.message), cx.socket().id());
        tracing::info!(target: "socketio::events", "<- {path} {id} {}", Payload(packet, self.message));
        Ok(())
    }

    fn outgoing(&self, path: &str, packet: &Packet, to: &Target) {
        let (path, to) = (Printable(path, self.message), Recipients(to, self.message));
        tracing::info!(target: "socketio::events", "-> {path} {to} {}", Payload(packet, self.message));
    }

    fn finished(&self, cx: &Context, outcome: &Outcome) {
        let (path, id) = (Printable(cx.socket().path(), self.message), cx.socket().id());
        let (event, elapsed) = (Printable(cx.event(), self.message), outcome.elapsed());
        match outcome.error() {
            Some(error) => {
                let error = error.to_string();
                let error = Printable(&error, self.message);
                tracing::info!(target: "socketio::events", "   {path} {id} {event}: {error} after {elapsed:?}");
            }
            None => {
                let end = if outcome.is_deferred() { "not answered yet" } else { "ok" };
                tracing::info!(target: "socketio::events", "   {path} {id} {event}: {end} after {elapsed:?}");
            }
        }
    }
}
