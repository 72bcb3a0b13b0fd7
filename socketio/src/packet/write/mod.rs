//! Writes Socket.IO packets from values: header, JSON and attachments, in one pass into one buffer.
//!
//! Values that serialise as bytes (`bytes::Bytes`, `serde_bytes`, `Value::Binary`) become a placeholder in the text and an attachment behind
//! it. `assumptions` decides which values are one argument and which are several. The caller bounds the number of attachments (`Nsp::fits`).

mod serializer;

use std::fmt;

use bytes::Bytes;
use serde::Serialize;

use self::serializer::Serializer;
use super::assumptions::{Shape, shape_of};
use super::json;
use super::pool;
use super::socket::Kind;
use super::socket::event;
use super::socket::written::{DATA_KEY, MESSAGE_KEY, Parts, Written};
use crate::packet::{Frame, Message};

/// Bytes of the payload that room is made for at first. Most events fit, so that the buffer seldom grows.
const CAPACITY: usize = 128;

/// Packets up to this size are copied out of the thread's buffer into memory of exactly their size, which `Bytes` takes as it is. For a buffer
/// with room left, `Bytes` would need a second allocation.
const SMALL: usize = 1024;

/// The placeholder of a binary value in the JSON of a packet, up to its number.
pub(super) const PLACEHOLDER: &[u8] = b"{\"_placeholder\":true,\"num\":";

/// Why a value could not be sent. Nothing was sent of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// The value's `Serialize` failed, or JSON cannot express the value, such as a map with structured keys. The text is the serialiser's.
    Serialize(String),
    /// The event's name belongs to the protocol: `connect`, `connect_error`, `disconnect`, `disconnecting`,
    /// `newListener` or `removeListener`.
    ReservedName(String),
    /// The event has more attachments than clients accept; see `Server::max_sent_attachments`. A client that received it would close its
    /// connection with a parse error.
    TooManyAttachments {
        /// How many binary values the event has.
        attachments: usize,
        /// How many are allowed.
        limit: usize,
    },
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Serialize(text) => write!(f, "cannot be sent as JSON: {text}"),
            WriteError::ReservedName(name) => write!(f, "event name `{name}` is reserved"),
            WriteError::TooManyAttachments { attachments, limit } => {
                write!(f, "{attachments} attachments, and at most {limit} are sent (`Server::max_sent_attachments`)")
            }
        }
    }
}

impl std::error::Error for WriteError {}

/// Takes the arguments of one event, in their order.
///
/// An argument of [`Event::write`](crate::Event::write), which `#[derive(Event)]` implements; a program uses it only to implement `Event` by hand.
#[derive(Debug)]
pub struct EventWriter<'a> {
    draft: &'a mut Draft,
    /// What stands before the next argument: the array's bracket or a comma.
    separator: u8,
}

impl EventWriter<'_> {
    /// Appends the arguments in `args`: each element of a tuple or of [`Rest`](crate::Rest) is an argument of its own, `()` is none, and any other value
    /// is one argument, arrays, vectors and structs included. References to tuples count as tuples.
    ///
    /// # Errors
    /// If the value cannot be serialised. The event is then not sent at all.
    pub fn args<A: Serialize + ?Sized>(&mut self, args: &A) -> Result<(), WriteError> {
        match shape_of::<A>() {
            Shape::None => Ok(()),
            Shape::One => {
                self.draft.text.push(self.separator);
                self.separator = b',';
                self.serialize(args)
            }
            Shape::Several => {
                // The arguments are serialised as an array. The separator replaces its opening bracket, and its closing bracket is removed.
                let start = self.draft.text.len();
                self.serialize(args)?;
                let text = &mut self.draft.text;
                if text.len() == start + 2 {
                    text.truncate(start);
                    return Ok(());
                }
                text[start] = self.separator;
                text.pop();
                self.separator = b',';
                Ok(())
            }
        }
    }

    fn serialize<A: Serialize + ?Sized>(&mut self, value: &A) -> Result<(), WriteError> {
        let mut serializer = Serializer { out: &mut self.draft.text, attachments: &mut self.draft.attachments };
        value.serialize(&mut serializer).map_err(|error| WriteError::Serialize(json::message(&error)))
    }

    fn name(&mut self, name: &str) {
        self.draft.text.push(self.separator);
        self.separator = b',';
        json::push_string(&mut self.draft.text, name);
        self.draft.parts.first_end = self.draft.text.len() as u32;
    }

    fn end(self) {
        if self.separator == b'[' {
            self.draft.text.push(b'[');
        }
        self.draft.text.push(b']');
    }
}

/// The binary values of one packet, and where their placeholders are in its text.
#[derive(Debug, Default)]
pub(super) struct Attachments {
    pub(super) bytes: Vec<Bytes>,
    pub(super) placeholders: Vec<u32>,
}

/// An event with its arguments; with an `id` if an acknowledgement is requested.
pub(crate) fn event<A>(namespace: &str, id: Option<u64>, name: &str, args: &A) -> Result<Written, WriteError>
where
    A: Serialize + ?Sized,
{
    event_with(namespace, id, name, |writer| writer.args(args))
}

/// An event whose arguments are written one after another.
pub(crate) fn event_with<F>(namespace: &str, id: Option<u64>, name: &str, write: F) -> Result<Written, WriteError>
where
    F: FnOnce(&mut EventWriter<'_>) -> Result<(), WriteError>,
{
    if event::is_reserved(name) {
        return Err(WriteError::ReservedName(name.to_owned()));
    }
    packet(Kind::Event, namespace, id, |writer| {
        writer.name(name);
        write(writer)
    })
}

/// The acknowledgement of the event with this `id`.
pub(crate) fn ack<A: Serialize + ?Sized>(namespace: &str, id: u64, args: &A) -> Result<Written, WriteError> {
    packet(Kind::Ack, namespace, Some(id), |writer| writer.args(args))
}

/// The answer to a CONNECT that was accepted. `pid` is the secret with which the client may recover its session.
pub(crate) fn connect(namespace: &str, sid: &str, pid: Option<&str>) -> Written {
    let mut draft = Draft::new(Kind::Connect, namespace, None);
    draft.text.extend_from_slice(b"{\"sid\":");
    json::push_string(&mut draft.text, sid);
    if let Some(pid) = pid {
        draft.text.extend_from_slice(b",\"pid\":");
        json::push_string(&mut draft.text, pid);
    }
    draft.text.push(b'}');
    draft.finish()
}

/// The answer to a CONNECT that was refused: `{"message": …, "data"?: …}`.
pub(crate) fn connect_error(namespace: &str, message: &str, data: RefusalData<'_>) -> Written {
    let mut draft = Draft::new(Kind::ConnectError, namespace, None);
    draft.text.extend_from_slice(MESSAGE_KEY.as_bytes());
    json::push_string(&mut draft.text, message);
    draft.parts.first_end = draft.text.len() as u32;
    if let RefusalData::Code(data) | RefusalData::Details(data) = data {
        draft.text.extend_from_slice(DATA_KEY.as_bytes());
        draft.text.extend_from_slice(data.as_bytes());
    }
    draft.text.push(b'}');
    draft.parts.details = matches!(data, RefusalData::Details(_));
    draft.finish()
}

/// The field `data` of a CONNECT_ERROR, as JSON.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RefusalData<'a> {
    /// Nothing: the namespace does not exist.
    None,
    /// An object with the code of the refusal alone. Clients of Socket.IO 3 and 4 read the message instead of it.
    Code(&'a str),
    /// An object with the code and what the program has added. Clients of Socket.IO 3 and 4 read it instead of the message.
    Details(&'a str),
}

/// The DISCONNECT of a namespace.
pub(crate) fn disconnect(namespace: &str) -> Written {
    Draft::new(Kind::Disconnect, namespace, None).finish()
}

fn packet<F>(kind: Kind, namespace: &str, id: Option<u64>, write: F) -> Result<Written, WriteError>
where
    F: FnOnce(&mut EventWriter<'_>) -> Result<(), WriteError>,
{
    let mut draft = Draft::new(kind, namespace, id);
    let mut writer = EventWriter { draft: &mut draft, separator: b'[' };
    write(&mut writer)?;
    writer.end();
    Ok(draft.finish())
}

/// A packet that is being written.
#[derive(Debug)]
pub(super) struct Draft {
    kind: Kind,
    id: Option<u64>,
    pub(super) parts: Parts,
    /// The packet as if it had no attachments, because their number is known only when the arguments are written.
    pub(super) text: Vec<u8>,
    pub(super) attachments: Attachments,
}

impl Draft {
    /// The packet's header, to which the payload is appended.
    pub(super) fn new(kind: Kind, namespace: &str, id: Option<u64>) -> Draft {
        let mut text = pool::packet();
        text.reserve(CAPACITY + namespace.len());
        text.extend_from_slice(&[b'4', kind.digit()]);
        let mut parts = Parts { namespace: text.len() as u32, ..Parts::default() };
        if namespace != "/" {
            parts.namespace_len = namespace.len() as u32;
            text.extend_from_slice(namespace.as_bytes());
            text.push(b',');
        }
        if let Some(id) = id {
            json::push_number(&mut text, id);
        }
        parts.payload = text.len() as u32;
        Draft { kind, id, parts, text, attachments: Attachments::default() }
    }

    /// The whole packet.
    pub(super) fn finish(self) -> Written {
        let Draft { kind, id, mut parts, text: mut buffer, attachments } = self;
        let Attachments { bytes, mut placeholders } = attachments;
        if bytes.is_empty() {
            return Written { kind, id, parts, placeholders, message: Message::One(text(buffer)) };
        }
        let added = announce(kind, bytes.len(), &mut buffer) as u32;
        for position in
            [&mut parts.namespace, &mut parts.payload, &mut parts.first_end].into_iter().chain(&mut placeholders)
        {
            *position += added;
        }
        let frames = std::iter::once(text(buffer)).chain(bytes.into_iter().map(Frame::binary));
        Written { kind, id, parts, placeholders, message: Message::Many(frames.collect()) }
    }
}

/// The frame of a text. A small text is copied, and the thread keeps the buffer.
fn text(buffer: Vec<u8>) -> Frame {
    if buffer.len() > SMALL {
        return Frame::text(pool::share(buffer));
    }
    let frame = Frame::text(Bytes::copy_from_slice(&buffer));
    pool::give_packet(buffer);
    frame
}

/// Makes the packet a binary one: changes the type and inserts the number of attachments behind it. Returns the number of inserted bytes.
fn announce(kind: Kind, count: usize, buffer: &mut Vec<u8>) -> usize {
    let kind = if kind == Kind::Ack { Kind::BinaryAck } else { Kind::BinaryEvent };
    buffer[1] = kind.digit();
    let end = buffer.len();
    json::push_number(buffer, count as u64);
    buffer.push(b'-');
    // Moves the number from the end to its place behind the type.
    let added = buffer.len() - end;
    buffer[2..].rotate_right(added);
    added
}

#[cfg(test)]
mod tests;
