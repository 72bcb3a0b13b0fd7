//! Socket.IO packets from values: header, JSON and attachments, in one pass into one buffer.
//!
//! Binary leaves are whatever serialises as bytes (`bytes::Bytes`, `serde_bytes`, `Value::Binary`): each becomes a
//! placeholder in the text and an attachment behind it. Which values are one argument and which are several is decided
//! in `spread`. Limits on the number of attachments are the caller's (`Message::attachments`).

mod serializer;
mod spread;

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use self::serializer::Serializer;
use super::event;
use super::frame::{Frame, Message};
use super::json;
use super::socket::Kind;

/// What most events fit into, so that the buffer seldom grows.
const CAPACITY: usize = 128;

/// Packets up to this size are copied out of the thread's buffer, into memory of just their size: `Bytes` takes that as it
/// is, and has to allocate beside any other.
const SMALL: usize = 1024;

thread_local! {
    /// What packets of this thread are written into.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

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
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Serialize(text) => write!(f, "cannot be sent as JSON: {text}"),
            WriteError::ReservedName(name) => write!(f, "event name `{name}` is reserved"),
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
    attachments: &'a mut Vec<Bytes>,
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
        match spread::shape_of::<A>() {
            spread::Shape::None => Ok(()),
            spread::Shape::One => {
                self.buffer.push(self.separator);
                self.separator = b',';
                self.serialize(args)
            }
            spread::Shape::Several => {
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
    }

    fn end(self) {
        if self.separator == b'[' {
            self.buffer.push(b'[');
        }
        self.buffer.push(b']');
    }
}

/// An event with its arguments; with an `id` if an answer is wanted.
pub(crate) fn event<A>(namespace: &str, id: Option<u64>, name: &str, args: &A) -> Result<Message, WriteError>
where
    A: Serialize + ?Sized,
{
    event_with(namespace, id, name, |writer| writer.args(args))
}

/// An event whose arguments are pushed one after another.
pub(crate) fn event_with<F>(namespace: &str, id: Option<u64>, name: &str, write: F) -> Result<Message, WriteError>
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
pub(crate) fn ack<A: Serialize + ?Sized>(namespace: &str, id: u64, args: &A) -> Result<Message, WriteError> {
    packet(Kind::Ack, namespace, Some(id), |writer| writer.args(args))
}

/// The answer to a CONNECT that was accepted.
pub(crate) fn connect(namespace: &str, sid: &str) -> Message {
    let mut buffer = header(Kind::Connect, namespace, None);
    buffer.extend_from_slice(b"{\"sid\":");
    json::push_string(&mut buffer, sid);
    buffer.push(b'}');
    Message::One(text(buffer))
}

/// The answer to a CONNECT that was refused. `json` is an object with at least a `message`.
pub(crate) fn connect_error(namespace: &str, json: &str) -> Message {
    let mut buffer = header(Kind::ConnectError, namespace, None);
    buffer.extend_from_slice(json.as_bytes());
    Message::One(text(buffer))
}

/// The end of a namespace's connection.
pub(crate) fn disconnect(namespace: &str) -> Message {
    Message::One(text(header(Kind::Disconnect, namespace, None)))
}

fn packet<F>(kind: Kind, namespace: &str, id: Option<u64>, write: F) -> Result<Message, WriteError>
where
    F: FnOnce(&mut EventWriter<'_>) -> Result<(), WriteError>,
{
    let mut buffer = header(kind, namespace, id);
    let mut attachments = Vec::new();
    let mut writer = EventWriter { buffer: &mut buffer, attachments: &mut attachments, separator: b'[' };
    write(&mut writer)?;
    writer.end();

    if attachments.is_empty() {
        return Ok(Message::One(text(buffer)));
    }
    announce(kind, attachments.len(), &mut buffer);
    let text = text(buffer);
    let parts = attachments.into_iter().map(Frame::binary);
    Ok(Message::Many(std::iter::once(text).chain(parts).collect::<Arc<[Frame]>>()))
}

/// The finished packet.
fn text(mut buffer: Vec<u8>) -> Frame {
    if buffer.len() > SMALL {
        return Frame::text(buffer);
    }
    let frame = Frame::text(Bytes::copy_from_slice(&buffer));
    if buffer.capacity() <= 2 * SMALL {
        buffer.clear();
        SPARE.set(buffer);
    }
    frame
}

/// The packet up to its JSON, as if there were no attachments: that shows only when the arguments are written.
fn header(kind: Kind, namespace: &str, id: Option<u64>) -> Vec<u8> {
    let mut buffer = SPARE.take();
    buffer.reserve(CAPACITY + namespace.len());
    buffer.extend_from_slice(&[b'4', kind.digit()]);
    if namespace != "/" {
        buffer.extend_from_slice(namespace.as_bytes());
        buffer.push(b',');
    }
    if let Some(id) = id {
        json::push_number(&mut buffer, id);
    }
    buffer
}

/// Makes a plain packet a binary one: another type, and the attachment count behind it.
fn announce(kind: Kind, count: usize, buffer: &mut Vec<u8>) {
    let kind = if kind == Kind::Ack { Kind::BinaryAck } else { Kind::BinaryEvent };
    buffer[1] = kind.digit();
    let end = buffer.len();
    json::push_number(buffer, count as u64);
    buffer.push(b'-');
    // From the end to where it belongs.
    let added = buffer.len() - end;
    buffer[2..].rotate_right(added);
}

#[cfg(test)]
#[path = "write/tests.rs"]
mod tests;
