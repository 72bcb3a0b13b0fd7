//! One packet for recipients of several protocols: each form is written once.

use std::cell::OnceCell;

use super::header::Kind;
use super::v3;
use super::written::Written;
use crate::packet::json;
use crate::packet::{Frame, Generation, Message};

/// A packet and its forms for older protocols and for clients that can recover their session. Each form is written at most once, when the
/// first recipient needs it.
///
/// For recipients of Socket.IO 5 without recovery nothing is written or allocated.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    packet: &'a Written,
    /// The position of the event in the log of its namespace; `None` without recovery.
    offset: Option<&'a str>,
    with_offset: OnceCell<Message>,
    v3: OnceCell<Message>,
    #[cfg(feature = "legacy")]
    v1: OnceCell<Option<Message>>,
}

impl<'a> Outgoing<'a> {
    /// Starts with the form of Socket.IO 5, in which `packet` is written.
    pub(crate) const fn new(packet: &'a Written) -> Self {
        Self {
            packet,
            offset: None,
            with_offset: OnceCell::new(),
            v3: OnceCell::new(),
            #[cfg(feature = "legacy")]
            v1: OnceCell::new(),
        }
    }

    /// An event that clients with recovery receive with its offset in the log.
    pub(crate) fn at(packet: &'a Written, offset: &'a str) -> Self {
        Self { offset: Some(offset), ..Self::new(packet) }
    }

    /// The event as clients of Socket.IO 5 with recovery read it: the offset is its last argument. Without an offset, or if the packet is not
    /// an event, as all others read it.
    pub(crate) fn with_offset(&self) -> &Message {
        match self.offset {
            Some(offset) => self.with_offset.get_or_init(|| append(self.packet, offset)),
            None => self.original(),
        }
    }

    /// The packet as clients of Socket.IO 5 read it.
    pub(crate) const fn original(&self) -> &'a Message {
        &self.packet.message
    }

    /// The packet as clients of 0.7 to 0.9 read it; `None` if it is not sent to them. `binary` is the same for all clients of a server, so that
    /// one form is enough.
    #[cfg(feature = "legacy")]
    pub(crate) fn legacy(&self, binary: crate::packet::v1::LegacyBinary) -> Option<&Message> {
        self.v1.get_or_init(|| crate::packet::v1::write(self.packet, binary)).as_ref()
    }

    /// The packet as clients of `generation` read it; `None` for those of 0.7 to 0.9, see [`legacy`](Self::legacy).
    pub(crate) fn written_for(&self, generation: Generation) -> Option<&Message> {
        match generation {
            Generation::V4 => Some(&self.packet.message),
            Generation::V3 => Some(self.v3.get_or_init(|| v3::write(self.packet))),
            Generation::V1 => None,
        }
    }
}

/// An event with one more argument, a string. Its array has at least the name, so that a comma is in place.
fn append(packet: &Written, offset: &str) -> Message {
    let Some(open) = packet.text().strip_suffix(']').filter(|_| packet.kind() == Kind::Event) else {
        return packet.message.clone();
    };
    // Of exactly this size, unless the offset has characters that JSON escapes.
    let mut out = Vec::with_capacity(open.len() + offset.len() + 4);
    out.extend_from_slice(open.as_bytes());
    out.push(b',');
    json::push_string(&mut out, offset);
    out.push(b']');
    let text = Frame::text(out);
    match packet.attachments() {
        [] => Message::One(text),
        attachments => Message::Many(std::iter::once(text).chain(attachments.iter().cloned()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::packet::write;

    fn text(message: &Message) -> &str {
        std::str::from_utf8(message.frames()[0].bytes()).unwrap()
    }

    #[test]
    fn an_offset_is_the_last_argument() {
        let packet = write::event("/", None, "é", &()).unwrap();
        let outgoing = Outgoing::at(&packet, "ab.1\"");
        assert_eq!(text(outgoing.with_offset()), r#"42["é","ab.1\""]"#);
        assert_eq!(outgoing.original(), &packet.message);
        assert_eq!(Outgoing::new(&packet).with_offset(), &packet.message, "no offset is known");

        let packet = write::event("/x", None, "a", &(1, Bytes::from_static(b"b"))).unwrap();
        let outgoing = Outgoing::at(&packet, "7");
        assert_eq!(text(outgoing.with_offset()), r#"451-/x,["a",1,{"_placeholder":true,"num":0},"7"]"#);
        assert_eq!(outgoing.with_offset().frames()[1..], packet.message.frames()[1..]);

        let ack = write::ack("/", 1, &1).unwrap();
        assert_eq!(Outgoing::at(&ack, "7").with_offset(), &ack.message, "acknowledgements have none");
    }

    #[test]
    fn each_form_is_written_once() {
        let packet = write::event("/", None, "é", &()).unwrap();
        let outgoing = Outgoing::new(&packet);
        assert_eq!(outgoing.written_for(Generation::V4), Some(&packet.message));
        assert!(outgoing.v3.get().is_none(), "no recipient has needed it");
        let first = outgoing.written_for(Generation::V3).map(|message| message.frames()[0].bytes().as_ptr());
        let second = outgoing.written_for(Generation::V3).map(|message| message.frames()[0].bytes().as_ptr());
        assert_eq!(first, second);
        assert_eq!(outgoing.original(), &packet.message);
    }
}
