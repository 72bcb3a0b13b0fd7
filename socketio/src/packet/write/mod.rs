//! Socket.IO packets from values: header, JSON and attachments, in one pass into one buffer.
//!
//! Binary leaves are whatever serialises as bytes (`bytes::Bytes`, `serde_bytes`, `Value::Binary`): each becomes a
//! placeholder in the text and an attachment behind it. Which values are one argument and which are several is decided
//! in `assumptions`. The number of attachments is bounded by the caller, `Nsp::fits`.

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

/// What most events fit into, so that the buffer seldom grows.
const CAPACITY: usize = 128;

/// Packets up to this size are copied out of the thread's buffer, into memory of just their size: `Bytes` takes that as it
/// is, and has to allocate beside any other.
const SMALL: usize = 1024;

/// How a binary value stands in the JSON of a packet, up to its number.
pub(super) const PLACEHOLDER: &[u8] = b"{\"_placeholder\":true,\"num\":";

/// Why a value could not be sent. Nothing was sent of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// The value's `Serialize` failed, or it has a shape that JSON does not know, such as a map with structured keys.
    /// The text is the serialiser's.
    Serialize(String),
    /// The event's name belongs to the protocol: `connect`, `connect_error`, `disconnect`, `disconnecting`,
    /// `newListener` or `removeListener`.
    ReservedName(String),
    /// The event has more attachments than clients take; see `Server::max_sent_attachments`. A client that received it would close its
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
/// Handed to [`Event::write`](crate::Event::write), which `#[derive(Event)]` implements; only handwritten events meet it.
#[derive(Debug)]
pub struct EventWriter<'a> {
    buffer: &'a mut Vec<u8>,
    attachments: &'a mut Attachments,
    /// The end of the event's name.
    name_end: usize,
    /// What stands before the next argument: the array's bracket or a comma.
    separator: u8,
}

impl EventWriter<'_> {
    /// Appends what `args` holds: each element of a tuple or of [`Rest`](crate::Rest) is an argument of its own, `()` is none, and any other value
    /// is one argument, arrays, vectors and structs included. References to tuples count as tuples.
    ///
    /// # Errors
    /// If the value cannot be serialised. The event is then not sent at all.
    pub fn args<A: Serialize + ?Sized>(&mut self, args: &A) -> Result<(), WriteError> {
        match shape_of::<A>() {
            Shape::None => Ok(()),
            Shape::One => {
                self.buffer.push(self.separator);
                self.separator = b',';
                self.serialize(args)
            }
            Shape::Several => {
                // It is serialised as an array; its brackets give way to ours.
                let start = self.buffer.len();
                self.serialize(args)?;
                if self.buffer.len() == start + 2 {
                    self.buffer.truncate(start);
                    return Ok(());
                }
                self.buffer[start] = self.separator;
                self.buffer.pop();
                self.separator = b',';
                Ok(())
            }
        }
    }

    fn serialize<A: Serialize + ?Sized>(&mut self, value: &A) -> Result<(), WriteError> {
        let mut serializer = Serializer { out: self.buffer, attachments: self.attachments };
        value.serialize(&mut serializer).map_err(|error| WriteError::Serialize(json::message(&error)))
    }

    fn name(&mut self, name: &str) {
        self.buffer.push(self.separator);
        self.separator = b',';
        json::push_string(self.buffer, name);
        self.name_end = self.buffer.len();
    }

    fn end(self) -> usize {
        if self.separator == b'[' {
            self.buffer.push(b'[');
        }
        self.buffer.push(b']');
        self.name_end
    }
}

/// The binary values of one packet, and where their placeholders are in its text.
#[derive(Debug, Default)]
pub(super) struct Attachments {
    pub(super) bytes: Vec<Bytes>,
    pub(super) placeholders: Vec<u32>,
}

/// An event with its arguments; with an `id` if an answer is wanted.
pub(crate) fn event<A>(namespace: &str, id: Option<u64>, name: &str, args: &A) -> Result<Written, WriteError>
where
    A: Serialize + ?Sized,
{
    event_with(namespace, id, name, |writer| writer.args(args))
}

/// An event whose arguments are pushed one after another.
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

/// The answer to the event that carried `id`.
pub(crate) fn ack<A: Serialize + ?Sized>(namespace: &str, id: u64, args: &A) -> Result<Written, WriteError> {
    packet(Kind::Ack, namespace, Some(id), |writer| writer.args(args))
}

/// The answer to a CONNECT that was accepted.
pub(crate) fn connect(namespace: &str, sid: &str) -> Written {
    control(Kind::Connect, namespace, |buffer| {
        buffer.extend_from_slice(b"{\"sid\":");
        json::push_string(buffer, sid);
        buffer.push(b'}');
        0
    })
}

/// The answer to a CONNECT that was refused: `{"message": …, "data"?: …}`.
pub(crate) fn connect_error(namespace: &str, message: &str, data: RefusalData<'_>) -> Written {
    let mut packet = control(Kind::ConnectError, namespace, |buffer| {
        buffer.extend_from_slice(MESSAGE_KEY.as_bytes());
        json::push_string(buffer, message);
        let end = buffer.len();
        if let RefusalData::Code(data) | RefusalData::Details(data) = data {
            buffer.extend_from_slice(DATA_KEY.as_bytes());
            buffer.extend_from_slice(data.as_bytes());
        }
        buffer.push(b'}');
        end
    });
    packet.parts.details = matches!(data, RefusalData::Details(_));
    packet
}

/// What stands under `data` in a CONNECT_ERROR, as JSON.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RefusalData<'a> {
    /// Nothing: the namespace does not exist.
    None,
    /// An object with the code of the refusal alone. Clients of Socket.IO 3 and 4 read the message instead of it.
    Code(&'a str),
    /// An object with the code and what the program has added. Clients of Socket.IO 3 and 4 read it instead of the message.
    Details(&'a str),
}

/// The end of a namespace's connection.
pub(crate) fn disconnect(namespace: &str) -> Written {
    control(Kind::Disconnect, namespace, |_| 0)
}

/// A packet without id and attachments. `write` appends the payload and tells where its first string ends.
fn control(kind: Kind, namespace: &str, write: impl FnOnce(&mut Vec<u8>) -> usize) -> Written {
    let (mut buffer, mut parts) = header(kind, namespace, None);
    parts.first_end = write(&mut buffer) as u32;
    Written { kind, id: None, parts, placeholders: Vec::new(), message: Message::One(text(buffer)) }
}

fn packet<F>(kind: Kind, namespace: &str, id: Option<u64>, write: F) -> Result<Written, WriteError>
where
    F: FnOnce(&mut EventWriter<'_>) -> Result<(), WriteError>,
{
    let (mut buffer, mut parts) = header(kind, namespace, id);
    let mut attachments = Attachments::default();
    let mut writer = EventWriter { buffer: &mut buffer, attachments: &mut attachments, name_end: 0, separator: b'[' };
    write(&mut writer)?;
    parts.first_end = writer.end() as u32;
    Ok(finish(kind, id, buffer, parts, attachments))
}

/// The packet whose text without the number of attachments is in `buffer`.
pub(super) fn finish(
    kind: Kind,
    id: Option<u64>,
    mut buffer: Vec<u8>,
    parts: Parts,
    attachments: Attachments,
) -> Written {
    let Attachments { bytes, mut placeholders } = attachments;
    if bytes.is_empty() {
        return Written { kind, id, parts, placeholders, message: Message::One(text(buffer)) };
    }
    let added = announce(kind, bytes.len(), &mut buffer) as u32;
    let Parts { namespace, payload, first_end, .. } = parts;
    let parts = Parts { namespace: namespace + added, payload: payload + added, first_end: first_end + added, ..parts };
    placeholders.iter_mut().for_each(|at| *at += added);
    let text = text(buffer);
    let message = Message::Many(std::iter::once(text).chain(bytes.into_iter().map(Frame::binary)).collect());
    Written { kind, id, parts, placeholders, message }
}

/// The finished packet.
fn text(buffer: Vec<u8>) -> Frame {
    if buffer.len() > SMALL {
        return Frame::text(pool::share(buffer));
    }
    let frame = Frame::text(Bytes::copy_from_slice(&buffer));
    pool::give_packet(buffer);
    frame
}

/// The packet up to its JSON, as if there were no attachments: that shows only when the arguments are written.
pub(super) fn header(kind: Kind, namespace: &str, id: Option<u64>) -> (Vec<u8>, Parts) {
    let mut buffer = pool::packet();
    buffer.reserve(CAPACITY + namespace.len());
    buffer.extend_from_slice(&[b'4', kind.digit()]);
    let mut parts = Parts { namespace: buffer.len() as u32, ..Parts::default() };
    if namespace != "/" {
        parts.namespace_len = namespace.len() as u32;
        buffer.extend_from_slice(namespace.as_bytes());
        buffer.push(b',');
    }
    if let Some(id) = id {
        json::push_number(&mut buffer, id);
    }
    parts.payload = buffer.len() as u32;
    (buffer, parts)
}

/// Makes a plain packet a binary one: another type, and the attachment count behind it. Returns the bytes that this adds.
fn announce(kind: Kind, count: usize, buffer: &mut Vec<u8>) -> usize {
    let kind = if kind == Kind::Ack { Kind::BinaryAck } else { Kind::BinaryEvent };
    buffer[1] = kind.digit();
    let end = buffer.len();
    json::push_number(buffer, count as u64);
    buffer.push(b'-');
    // From the end to where it belongs.
    let added = buffer.len() - end;
    buffer[2..].rotate_right(added);
    added
}

#[cfg(test)]
mod tests;
