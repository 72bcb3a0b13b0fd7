//! The packets of Socket.IO 0.7 to 0.9: `<type>:[<id>[+]]:[<endpoint>][:<data>]`, one character for the type.
//!
//! This module reads packets; [`payload`] joins and splits them; [`translate`] makes them from packets of Socket.IO 5.
//! The connection floor answers packets, and the engine has the timers and transports.

pub(crate) mod payload;
mod translate;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::json;
use super::socket::{self, Limits};

pub use translate::LegacyBinary;
pub(crate) use translate::write;

/// The nine packet types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `0`: either side leaves an endpoint, or all of them.
    Disconnect,
    /// `1`: a client asks to connect to an endpoint, or the server confirms it.
    Connect,
    /// `2`: a heartbeat, from either side.
    Heartbeat,
    /// `3`: a text without a name.
    Message,
    /// `4`: a JSON value without a name.
    Json,
    /// `5`: an event.
    Event,
    /// `6`: the acknowledgement of a packet of type 3, 4 or 5.
    Ack,
    /// `7`: the server refuses something. The published clients never send one.
    Error,
    /// `8`: nothing.
    Noop,
}

impl Kind {
    fn from_digit(digit: u8) -> Option<Self> {
        Some(match digit {
            b'0' => Self::Disconnect,
            b'1' => Self::Connect,
            b'2' => Self::Heartbeat,
            b'3' => Self::Message,
            b'4' => Self::Json,
            b'5' => Self::Event,
            b'6' => Self::Ack,
            b'7' => Self::Error,
            b'8' => Self::Noop,
            _ => return None,
        })
    }
}

/// One packet, its parts borrowed from its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) kind: Kind,
    pub(crate) id: Option<u64>,
    /// `+` after the id: the application sends the acknowledgement. Without `+`, the receipt is acknowledged.
    pub(crate) answer: bool,
    /// The namespace; empty for `/`.
    pub(crate) endpoint: &'a str,
    /// The rest of the text, colons included; may be empty.
    pub(crate) data: &'a str,
}

impl<'a> Packet<'a> {
    /// The endpoint as a namespace's path.
    pub(crate) fn namespace(&self) -> &'a str {
        if self.endpoint.is_empty() { "/" } else { self.endpoint }
    }

    /// The packet in the form of Socket.IO 5, with the id and the payload that were read from `data`.
    pub(crate) fn translated(&self, kind: socket::Kind, id: Option<u64>, payload: super::Payload) -> socket::Packet {
        socket::Packet::translated(kind, payload, self.namespace(), id)
    }
}

/// Reads a packet as leniently as the old servers did: every part after the type may be missing. `None` if the text is
/// no packet; the protocol requires that such a text is ignored.
pub(crate) fn parse<'a>(text: &'a str, limits: &Limits) -> Option<Packet<'a>> {
    let kind = Kind::from_digit(*text.as_bytes().first()?)?;
    let bare = Packet { kind, id: None, answer: false, endpoint: "", data: "" };
    // The first byte is ASCII.
    let Some(rest) = text[1..].strip_prefix(':') else { return (text.len() == 1).then_some(bare) };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = rest.split_at(digits);
    let id = if number.is_empty() { None } else { Some(number.parse().ok()?) };
    let (answer, rest) = rest.strip_prefix('+').map_or((false, rest), |rest| (true, rest));
    let rest = if rest.is_empty() { rest } else { rest.strip_prefix(':')? };
    let (endpoint, data) = rest.split_once(':').unwrap_or((rest, ""));
    (endpoint.len() <= limits.namespace_len).then_some(Packet { kind, id, answer, endpoint, data })
}

/// An event from a client, written as the array that handlers read: `["name", …]`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) array: String,
}

/// Reads the data of an [`Event`](Kind::Event), `{"name":"…","args":[…]}`; `args` may be missing.
///
/// Of the arguments, only the syntax of the JSON is checked. `None` if the data is no event.
pub(crate) fn event(data: &str, limits: &Limits) -> Option<Event> {
    #[derive(Deserialize)]
    struct Body<'a> {
        name: String,
        #[serde(borrow, default)]
        args: Option<&'a RawValue>,
    }
    let Body { name, args } = serde_json::from_str(data).ok()?;
    if name.len() > limits.event_len || super::socket::event::is_reserved(&name) {
        return None;
    }
    let args = args.map_or("", RawValue::get);
    let args = match args {
        "" | "null" => "",
        // Checks the depth of nesting too, because handlers take JSON that is nested too deeply for malformed.
        array => {
            json::check(array).ok()?;
            array.strip_prefix('[')?.strip_suffix(']')?.trim()
        }
    };
    let array = array(&name, args);
    Some(Event { name, array })
}

/// The array for a [`Message`](Kind::Message): the event `message` with the text as its argument.
pub(crate) fn message(text: &str) -> Event {
    let mut argument = Vec::with_capacity(text.len() + 2);
    json::push_string(&mut argument, text);
    let argument = String::from_utf8(argument).unwrap_or_default();
    Event { name: "message".to_owned(), array: array("message", &argument) }
}

/// The array for a [`Json`](Kind::Json): the event `json` with the value as its argument.
pub(crate) fn json(data: &str) -> Option<Event> {
    json::check(data).ok()?;
    Some(Event { name: "json".to_owned(), array: array("json", data.trim()) })
}

fn array(name: &str, arguments: &str) -> String {
    let mut out = Vec::with_capacity(name.len() + arguments.len() + 5);
    out.push(b'[');
    json::push_string(&mut out, name);
    if !arguments.is_empty() {
        out.push(b',');
        out.extend_from_slice(arguments.as_bytes());
    }
    out.push(b']');
    // Never fails, because `out` is made from strings.
    String::from_utf8(out).unwrap_or_default()
}

/// Reads the data of an [`Ack`](Kind::Ack), `<id>[+[…]]`: the id, and where the array begins if there is one.
pub(crate) fn ack(data: &str) -> Option<(u64, Option<usize>)> {
    let digits = data.bytes().take_while(u8::is_ascii_digit).count();
    let id = data[..digits].parse().ok()?;
    match &data[digits..] {
        "" | "+" => Some((id, None)),
        rest if rest.starts_with("+[") => Some((id, Some(digits + 1))),
        _ => None,
    }
}

/// Reads the data of an [`Error`](Kind::Error), `<reason>[+<advice>]`, and writes it as the payload of a CONNECT_ERROR. A number that
/// cannot be read is left out.
pub(crate) fn error(data: &str) -> String {
    #[derive(Serialize)]
    struct Details {
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<u8>,
        #[serde(skip_serializing_if = "Option::is_none")]
        advice: Option<u8>,
    }
    #[derive(Serialize)]
    struct Error {
        message: &'static str,
        data: Details,
    }
    let (reason, advice) = data.split_once('+').unwrap_or((data, ""));
    let reason = reason.parse().ok();
    let message = match reason {
        Some(0) => "transport not supported",
        Some(1) => "client not handshaken",
        Some(2) => "unauthorized",
        _ => "error",
    };
    let error = Error { message, data: Details { reason, advice: advice.parse().ok() } };
    // Never fails, because the value has only numbers and fixed strings.
    serde_json::to_string(&error).unwrap_or_default()
}

/// The packets without a counterpart in Socket.IO 5.
pub(crate) mod fixed {
    /// The heartbeat.
    pub(crate) const HEARTBEAT: &[u8] = b"2::";
    /// The answer to a poll when there is no packet to send.
    pub(crate) const NOOP: &[u8] = b"8::";
    /// The server closes the session; the client does not reconnect.
    pub(crate) const DISCONNECT: &[u8] = b"0::";
    /// [`not_handshaken`](super::not_handshaken) for the whole connection.
    pub(crate) const UNKNOWN: &[u8] = b"7:::1+0";
}

/// The acknowledgement of receipt, for a packet with an id but no `+`.
pub(crate) fn receipt(endpoint: &str, id: u64) -> Vec<u8> {
    let mut out = b"6::".to_vec();
    out.extend_from_slice(endpoint.as_bytes());
    out.push(b':');
    json::push_number(&mut out, id);
    out
}

/// The error "unauthorized": the client may not connect to this endpoint.
pub(crate) fn unauthorized(endpoint: &str) -> Vec<u8> {
    format!("7::{endpoint}:2").into_bytes()
}

/// The error "client not handshaken", with the advice to reconnect: the client is not connected to this endpoint.
pub(crate) fn not_handshaken(endpoint: &str) -> Vec<u8> {
    format!("7::{endpoint}:1+0").into_bytes()
}

/// The answer to a handshake: the id of the session, two timeouts in seconds, and the names of the transports.
pub(crate) fn handshake(sid: &str, heartbeat_timeout: u64, close_timeout: u64, transports: &[&str]) -> String {
    format!("{sid}:{heartbeat_timeout}:{close_timeout}:{}", transports.join(","))
}

/// The answer to a client that has connected to this endpoint.
pub(crate) fn connected(endpoint: &str) -> Vec<u8> {
    [b"1::", endpoint.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
