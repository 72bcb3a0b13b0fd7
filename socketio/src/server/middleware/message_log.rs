//! A middleware that writes a line of the log for each message of a client, as access logs have one for each request.

use std::fmt::Write as _;
use std::time::SystemTime;

use super::line::Printable;
use crate::error::Error;
use crate::namespace::{Context, Middleware};
use crate::packet::{Kind, Packet};
use crate::utc::Utc;

/// How long `{message}` is by default, in characters.
const MESSAGE: usize = 200;
/// How long every other field is, in characters.
const OTHER: usize = 200;

/// A [`Middleware`] that writes a line to the log for each event and acknowledgement of a client, when it is read.
///
/// The format is a text with fields in braces; `{{` and `}}` are braces. A field that does not exist keeps the server from starting, with an
/// error that names it.
///
/// | field | is |
/// |---|---|
/// | `{address}` | the client's address without its port, behind [trusted proxies](crate::Server::trust_proxies) |
/// | `{time}` | the time in UTC, such as `2026-11-21T17:05:09Z` |
/// | `{type}` | `event`, `ack` or, from clients of 0.7 to 0.9, `error` |
/// | `{namespace}` | the path of the namespace |
/// | `{socket}` | the public id of the socket |
/// | `{event}` | the event's name |
/// | `{id}` | the number of the acknowledgement that is asked for, or given |
/// | `{message}` | the payload as JSON, `["event",…]`, with placeholders for binary values; 200 characters ([`max_message`](Self::max_message)) |
/// | `{attachments}` | the number of binary values |
/// | `{transport}` | `polling`, `websocket`, … |
/// | `{origin}`, `{user_agent}` | these headers of the handshake |
///
/// A missing value is `-`. A client cannot break a line: line breaks, escape sequences and all other control characters are written as in a
/// Rust string (`\n`, `\u{1b}`), and each field has at most 200 characters, then `…`.
///
/// The line goes to `tracing` at level `info` with the target `socketio::messages`. The log is off by default, because messages contain
/// what users write, and passwords and tokens if a program sends those as events. A middleware that was registered before it and refuses an
/// event, such as a [`RateLimit`](crate::RateLimit), keeps it out of the log.
///
/// It descends from the message log of django-socketio, whose default format is the one below.
///
/// ```
/// use socketio::prelude::*;
/// use socketio::MessageLog;
///
/// let server = Server::new().middleware(MessageLog::new("{address} [{time}] Socket.IO {type}: {message}"));
/// ```
#[derive(Debug)]
pub struct MessageLog {
    parts: Result<Vec<Part>, Error>,
    message: usize,
}

/// A part of the format.
#[derive(Debug)]
enum Part {
    Text(String),
    Field(Field),
}

/// Makes the fields and their names from one list.
macro_rules! fields {
    ($($field:ident $name:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug)]
        enum Field { $($field),+ }

        const FIELDS: &[(&str, Field)] = &[$(($name, Field::$field)),+];
    };
}

fields! {
    Address "address", Time "time", Type "type", Namespace "namespace", Socket "socket", Event "event", Id "id",
    Message "message", Attachments "attachments", Transport "transport", Origin "origin", UserAgent "user_agent",
}

impl MessageLog {
    /// A log whose lines have this format.
    pub fn new(format: &str) -> Self {
        Self { parts: parse(format), message: MESSAGE }
    }

    /// How many characters `{message}` may have. Default 200; a longer one ends with `…`.
    #[must_use]
    pub fn max_message(mut self, characters: usize) -> Self {
        self.message = characters;
        self
    }

    fn line(&self, parts: &[Part], cx: &Context, packet: &Packet) -> String {
        let mut line = String::new();
        for part in parts {
            // Writing to a string does not fail.
            let _ = match part {
                Part::Text(text) => line.write_str(text),
                Part::Field(field) => self.field(&mut line, *field, cx, packet),
            };
        }
        line
    }

    fn field(&self, line: &mut String, field: Field, cx: &Context, packet: &Packet) -> std::fmt::Result {
        let (socket, handshake) = (cx.socket(), cx.socket().handshake());
        let text = match field {
            Field::Address => match handshake.address() {
                Some(address) => return write!(line, "{}", address.ip().to_canonical()),
                None => None,
            },
            Field::Time => return write!(line, "{}", Utc(SystemTime::now())),
            Field::Type => Some(match packet.kind() {
                Kind::Ack | Kind::BinaryAck => "ack",
                Kind::ConnectError => "error",
                _ => "event",
            }),
            Field::Namespace => Some(socket.path()),
            Field::Socket => return write!(line, "{}", socket.id()),
            Field::Event => packet.kind().is_event().then(|| cx.event().as_str()),
            Field::Id => match packet.id() {
                Some(id) => return write!(line, "{id}"),
                None => None,
            },
            Field::Message => return write!(line, "{}", Printable(packet.data(), self.message)),
            Field::Attachments => return write!(line, "{}", packet.attachments().len()),
            Field::Transport => Some(handshake.transport().name()),
            Field::Origin => handshake.origin(),
            Field::UserAgent => handshake.header("user-agent"),
        };
        write!(line, "{}", Printable(text.unwrap_or("-"), OTHER))
    }
}

impl Middleware for MessageLog {
    fn incoming(&self, cx: &Context, packet: &Packet) -> Result<(), Error> {
        if let Ok(parts) = &self.parts
            && tracing::enabled!(target: "socketio::messages", tracing::Level::INFO)
        {
            let line = self.line(parts, cx, packet);
            tracing::info!(target: "socketio::messages", "{line}");
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Error> {
        self.parts.as_ref().map(|_| ()).map_err(Error::clone)
    }
}

/// Reads a format.
fn parse(format: &str) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((brace, behind)) =
            [("{", "{{"), ("}", "}}")].iter().find_map(|(one, two)| Some((one, rest.strip_prefix(two)?)))
        {
            text.push_str(brace);
            rest = behind;
            continue;
        }
        let Some((name, behind)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
            let why = "a `{` and a `}` belong together; `{{` and `}}` are braces";
            return Err(Error::start(format!("`MessageLog`: {why}: `{format}`")));
        };
        let Some((_, field)) = FIELDS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
            let known = known.join(", ");
            return Err(Error::start(format!("`MessageLog`: there is no field `{{{name}}}`; there are {known}")));
        };
        parts.push(Part::Text(std::mem::take(&mut text)));
        parts.push(Part::Field(*field));
        rest = behind;
    }
    text.push_str(rest);
    parts.push(Part::Text(text));
    Ok(parts)
}
