//! A Socket.IO packet that this server sends: its fields, and its payload as encoded JSON.
//!
//! A packet is written once, in the form of Socket.IO 5 ([`write`](crate::packet::write)), and the positions of its parts are kept. The forms of
//! older protocols are written from the parts, without parsing: by `v3` for Socket.IO 3 and 4, by `v1` for 0.7 to 0.9.

use super::header::Kind;
use crate::packet::{Frame, Message};

/// One Socket.IO packet in the form of Socket.IO 5, with the positions of its parts.
///
/// The kind of a packet with attachments is [`Kind::Event`] or [`Kind::Ack`] here; only its text has the type of a binary packet.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(in crate::packet) kind: Kind,
    pub(in crate::packet) id: Option<u64>,
    pub(in crate::packet) parts: Parts,
    /// The position of each placeholder in the text, in the order of the attachments.
    #[cfg_attr(
        not(any(feature = "legacy", test)),
        expect(dead_code, reason = "only clients of 0.7 to 0.9 get something in their place")
    )]
    pub(in crate::packet) placeholders: Vec<u32>,
    /// The form of Socket.IO 5 in Engine.IO 4: the text, then the attachments.
    pub(in crate::packet) message: Message,
}

/// Where the parts of a packet are in its text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::packet) struct Parts {
    /// Where the namespace begins.
    pub(in crate::packet) namespace: u32,
    /// The length of the namespace; 0 for `/`, which is not written.
    pub(in crate::packet) namespace_len: u32,
    /// Where the payload begins; the end of the text if there is none.
    pub(in crate::packet) payload: u32,
    /// The end of the event's name, or of a refusal's message, with its quotes.
    pub(in crate::packet) first_end: u32,
    /// Whether a refusal has data that older clients read instead of its message.
    pub(in crate::packet) details: bool,
}

/// What stands before the message in the payload of a CONNECT_ERROR.
pub(in crate::packet) const MESSAGE_KEY: &str = "{\"message\":";
/// What stands between the message and the data of a CONNECT_ERROR.
pub(in crate::packet) const DATA_KEY: &str = ",\"data\":";

impl Written {
    /// The packet's type; never a binary one.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// The acknowledgement id.
    pub(crate) fn id(&self) -> Option<u64> {
        self.id
    }

    /// The path of the namespace. Older protocols need it apart from the header.
    #[cfg(any(feature = "legacy", test))]
    pub(crate) fn namespace(&self) -> &str {
        let Parts { namespace, namespace_len, .. } = self.parts;
        if namespace_len == 0 { "/" } else { self.part(namespace, namespace + namespace_len) }
    }

    /// Where the namespace is in the text behind Engine.IO's type digit; empty if it is not written.
    pub(super) fn written_namespace(&self) -> std::ops::Range<u32> {
        let Parts { namespace, namespace_len, .. } = self.parts;
        if namespace_len == 0 { 0..0 } else { namespace - 1..namespace - 1 + namespace_len }
    }

    /// The type, the number of attachments, the namespace and the id, as Socket.IO 5 writes them.
    pub(in crate::packet) fn header(&self) -> &str {
        self.part(0, self.parts.payload)
    }

    /// The JSON behind the header; empty if there is none.
    pub(crate) fn payload(&self) -> &str {
        self.part(self.parts.payload, u32::MAX)
    }

    /// The first string of the payload as JSON, quotes included: the name of an event, the message of a refusal.
    pub(in crate::packet) fn first(&self) -> &str {
        let opening = if self.kind == Kind::ConnectError { MESSAGE_KEY.len() as u32 } else { 1 };
        self.part(self.parts.payload + opening, self.parts.first_end)
    }

    /// The payload of a refusal for clients of Socket.IO 3 and 4, as the Node server writes it: an object for a namespace that does not exist; for
    /// a refusal of `on_connect` the data, if the program has given any, and the message otherwise.
    pub(in crate::packet) fn refusal_v3(&self) -> &str {
        let end = self.text().len() as u32 - 1;
        match self.parts {
            Parts { details: true, first_end, .. } => self.part(first_end + DATA_KEY.len() as u32, end),
            Parts { first_end, .. } if first_end == end => self.payload(),
            _ => self.first(),
        }
    }

    /// The JSON behind the first string.
    #[cfg(feature = "legacy")]
    pub(in crate::packet) fn after_first(&self) -> &str {
        self.part(self.parts.first_end, u32::MAX)
    }

    /// The attachments, in the order of their numbers.
    pub(crate) fn attachments(&self) -> &[Frame] {
        self.message.frames().get(1..).unwrap_or_default()
    }

    /// The text as Socket.IO 5 has it, behind the type digit of Engine.IO.
    pub(in crate::packet) fn text(&self) -> &str {
        let bytes = self.message.frames().first().map_or(&[][..], |frame| frame.bytes());
        // Written by our own serialiser.
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    fn part(&self, from: u32, to: u32) -> &str {
        let text = self.text();
        text.get(from as usize..text.len().min(to as usize)).unwrap_or_default()
    }

    /// The packet as clients of Engine.IO 4 read it.
    pub(crate) fn into_message(self) -> Message {
        self.message
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::packet::write::{self, RefusalData};

    #[test]
    fn fields_are_known_from_writing() {
        let packet = write::event("/a,1", Some(7), "na\"me", &(Bytes::from_static(b"x"), 1)).unwrap();
        assert_eq!((packet.kind(), packet.namespace(), packet.id), (Kind::Event, "/a,1", Some(7)));
        assert_eq!(packet.first(), r#""na\"me""#);
        assert_eq!(packet.payload(), r#"["na\"me",{"_placeholder":true,"num":0},1]"#);
        assert_eq!((packet.header(), packet.attachments().len()), ("451-/a,1,7", 1));
        assert!(packet.text()[packet.placeholders[0] as usize..].starts_with("{\"_placeholder\""));

        let packet = write::connect_error("/", "né", RefusalData::None);
        assert_eq!((packet.kind(), packet.namespace(), packet.first()), (Kind::ConnectError, "/", "\"né\""));
        let packet = write::disconnect("/x");
        assert_eq!((packet.kind(), packet.namespace(), packet.payload()), (Kind::Disconnect, "/x", ""));
    }
}
