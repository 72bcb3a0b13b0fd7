//! One Socket.IO packet: its type, its namespace, its acknowledgement id and its payload.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::event::event_name;
use super::header::{self, Kind, Limits};
use super::written::Written;
use crate::packet::arguments;
use crate::packet::error::PacketError;
use crate::packet::json;
use crate::packet::text::Text;
use crate::packet::write::{self, WriteError};

/// One Socket.IO 5 packet with all its attachments. Its payload stays encoded as JSON.
///
/// [`Decoder`](super::Decoder) makes packets of received messages, and [`Packet::event`] of values. Cloning a packet does not
/// copy its text.
///
/// ```
/// use socketio::packet::{Kind, Packet};
///
/// let packet = Packet::event("/chat", Some(7), "said", &("hello", 1)).unwrap();
/// assert_eq!((packet.kind(), packet.namespace(), packet.id()), (Kind::Event, "/chat", Some(7)));
/// assert_eq!(packet.event_name().as_deref(), Some("said"));
/// assert_eq!(packet.data(), r#"["said","hello",1]"#);
/// assert_eq!(packet.text(), r#"2/chat,7["said","hello",1]"#);
/// ```
#[derive(Clone, Debug)]
pub struct Packet {
    kind: Kind,
    id: Option<u64>,
    /// Where the namespace is in the text; empty for `/` where it is not written.
    namespace: Range<u32>,
    payload: Payload,
}

/// The payload of a packet: JSON, in which placeholders stand for the attachments, and the attachments.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    text: Text,
    /// Where the JSON begins; the text's length if there is none.
    at: usize,
    attachments: Vec<Bytes>,
}

impl Payload {
    /// The JSON of `text` from `at` on, without attachments.
    pub(crate) fn new(text: Text, at: usize) -> Self {
        Self { text, at, attachments: Vec::new() }
    }

    pub(crate) fn with_attachments(self, attachments: Vec<Bytes>) -> Self {
        Self { attachments, ..self }
    }

    /// The JSON; empty if there is none.
    #[inline]
    pub(crate) fn json(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn attachments(&self) -> &[Bytes] {
        &self.attachments
    }

    /// The bytes that stay allocated as long as the payload is kept.
    pub(crate) fn size(&self) -> usize {
        self.text.buffer_len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }

    /// A copy to be kept for longer than the call. A small packet of a large polling body does not keep the body.
    pub(crate) fn kept(&self) -> Self {
        self.clone().into_kept()
    }

    /// The same, without a copy where none is needed.
    pub(crate) fn into_kept(self) -> Self {
        Self { text: self.text.compact(), ..self }
    }
}

impl Packet {
    /// Reads the header of a packet. The second value is the number of its attachments, which follow.
    pub(super) fn read(text: Text, limits: &Limits) -> Result<(Self, usize), PacketError> {
        let header = header::parse(&text, limits)?;
        let (kind, id, due, at) = (header.kind, header.id, header.attachments, header.data);
        let namespace = header.written_namespace();
        Ok((Self { kind, id, namespace, payload: Payload::new(text, at) }, due))
    }

    pub(super) fn with_attachments(mut self, attachments: Vec<Bytes>) -> Self {
        self.payload.attachments = attachments;
        self
    }

    /// The event whose payload this is. The header stands before the payload, but not in what clients of 0.7 to 0.9 send: then it is written.
    pub(crate) fn received(payload: Payload, namespace: &str, id: Option<u64>) -> Self {
        // It was read before, within the limits of the connection.
        let read = Limits { attachments: usize::MAX, namespace_len: usize::MAX, ..Limits::default() };
        if payload.at > 0
            && let Ok(header) = header::parse(&payload.text, &read)
        {
            let (kind, id, namespace) = (header.kind, header.id, header.written_namespace());
            return Self { kind, id, namespace, payload };
        }
        Self::translated(Kind::Event, payload, namespace, id)
    }

    /// A packet without a header of Socket.IO 5, which is written here.
    pub(crate) fn translated(kind: Kind, payload: Payload, namespace: &str, id: Option<u64>) -> Self {
        let path = if namespace == "/" { "" } else { namespace };
        let separator = if path.is_empty() { "" } else { "," };
        let count = if kind.is_binary() { format!("{}-", payload.attachments.len()) } else { String::new() };
        let id_text = id.map_or_else(String::new, |id| id.to_string());
        let start = 1 + count.len() as u32;
        let header = format!("{}{count}{path}{separator}{id_text}", kind.digit() as char);
        let text = Text::from(format!("{header}{}", payload.json()));
        let payload = Payload { text, at: header.len(), ..payload };
        // A namespace is far shorter than 4 GiB.
        Self { kind, id, namespace: start..start + path.len() as u32, payload }
    }

    /// A CONNECT with a payload, which is a struct or a map: what a client sends to join a namespace, with its `auth`, or the server's answer
    /// with the field `sid`. With `()` it has no payload.
    ///
    /// ```
    /// use socketio::packet::Packet;
    ///
    /// let join = Packet::connect("/chat", &serde_json::json!({ "token": "7f" })).unwrap();
    /// assert_eq!(join.text(), r#"0/chat,{"token":"7f"}"#);
    /// assert_eq!(Packet::connect("/", &()).unwrap().text(), "0");
    /// ```
    ///
    /// # Errors
    /// If the payload is not an object, or cannot be written as JSON.
    pub fn connect(namespace: &str, payload: &(impl Serialize + ?Sized)) -> Result<Self, WriteError> {
        let json = serde_json::to_string(payload).map_err(|error| WriteError::Serialize(json::message(&error)))?;
        let json = match &*json {
            "null" => String::new(),
            object if object.starts_with('{') => json,
            _ => return Err(WriteError::Serialize("the payload of a CONNECT is an object".to_owned())),
        };
        Ok(Self::translated(Kind::Connect, Payload::new(Text::from(json), 0), namespace, None))
    }

    /// The same packet for another namespace, and with another id: what a proxy sends on. The payload is copied and not read.
    ///
    /// ```
    /// use socketio::packet::Packet;
    ///
    /// let packet = Packet::event("/old", Some(3), "said", &("hello", 1)).unwrap();
    /// assert_eq!(packet.readdressed("/new", Some(7)).text(), r#"2/new,7["said","hello",1]"#);
    /// ```
    #[must_use]
    pub fn readdressed(&self, namespace: &str, id: Option<u64>) -> Self {
        Self::translated(self.kind, self.payload.clone(), namespace, id)
    }

    /// An event; with an `id` if an acknowledgement is wanted. A tuple is several arguments, `()` none, anything else one.
    ///
    /// # Errors
    /// If an argument cannot be written as JSON, or the name is one that belongs to the protocol.
    pub fn event(
        namespace: &str,
        id: Option<u64>,
        name: &str,
        args: &(impl Serialize + ?Sized),
    ) -> Result<Self, WriteError> {
        write::event(namespace, id, name, args).map(Self::from)
    }

    /// The acknowledgement of the event that carried `id`.
    ///
    /// # Errors
    /// If an argument cannot be written as JSON.
    pub fn ack(namespace: &str, id: u64, args: &(impl Serialize + ?Sized)) -> Result<Self, WriteError> {
        write::ack(namespace, id, args).map(Self::from)
    }

    /// The end of a connection to a namespace.
    #[must_use]
    pub fn disconnect(namespace: &str) -> Self {
        write::disconnect(namespace).into()
    }

    /// The packet's type.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The namespace's path, such as `/chat`; `/` where none is written.
    #[must_use]
    pub fn namespace(&self) -> &str {
        let range = self.namespace.start as usize..self.namespace.end as usize;
        if range.is_empty() { "/" } else { self.payload.text.get(range).unwrap_or("/") }
    }

    /// The number that pairs an event with its acknowledgement.
    #[must_use]
    pub fn id(&self) -> Option<u64> {
        self.id
    }

    /// The payload as JSON, empty if there is none: an array for events and acknowledgements, an object for CONNECT and its error.
    /// Where an attachment belongs, it has `{"_placeholder":true,"num":0}`.
    #[must_use]
    pub fn data(&self) -> &str {
        self.payload.json()
    }

    /// The binary values, in the order of their numbers.
    #[must_use]
    pub fn attachments(&self) -> &[Bytes] {
        self.payload.attachments()
    }

    /// The name of an event; `None` for other packets, and for an event whose name is missing, reserved or longer than 256 bytes.
    #[must_use]
    pub fn event_name(&self) -> Option<Cow<'_, str>> {
        let event = matches!(self.kind, Kind::Event | Kind::BinaryEvent);
        event.then(|| event_name(self.data(), &Limits::default()).ok()).flatten()
    }

    /// Reads the arguments of an event, without its name, or of an acknowledgement into a type: a tuple for several, `()` for none, any other
    /// type for the first. Surplus arguments are ignored, and an attachment is read as bytes.
    ///
    /// ```
    /// use socketio::packet::{Packet, PacketError};
    ///
    /// let packet = Packet::event("/chat", None, "said", &("hello", 1)).unwrap();
    /// assert_eq!(packet.args::<(String, u8)>().unwrap(), ("hello".to_owned(), 1));
    /// assert!(matches!(packet.args::<u8>(), Err(PacketError::IllegalArguments(_))));
    /// ```
    ///
    /// # Errors
    /// [`PacketError::IllegalArguments`] if an argument is missing or has another type, or the payload is not valid JSON;
    /// [`PacketError::IllegalPayload`] for other packets.
    pub fn args<T: DeserializeOwned>(&self) -> Result<T, PacketError> {
        let skip_name = match self.kind {
            Kind::Event | Kind::BinaryEvent => true,
            Kind::Ack | Kind::BinaryAck => false,
            Kind::Connect | Kind::Disconnect | Kind::ConnectError => return Err(PacketError::IllegalPayload),
        };
        arguments::read_shape(self.data(), self.attachments(), skip_name)
            .map_err(|error| PacketError::IllegalArguments(error.to_string()))
    }

    /// The packet as Socket.IO 5 writes it, without the type of the Engine.IO packet around it. The attachments follow it as binary messages.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.payload.text
    }

    pub(crate) fn payload(&self) -> &Payload {
        &self.payload
    }

    pub(crate) fn into_payload(self) -> Payload {
        self.payload
    }
}

impl From<Written> for Packet {
    fn from(packet: Written) -> Self {
        Self::from(&packet)
    }
}

impl From<&Written> for Packet {
    fn from(packet: &Written) -> Self {
        let (id, namespace, at) = (packet.id(), packet.written_namespace(), packet.header().len() - 1);
        let attachments: Vec<Bytes> = packet.attachments().iter().map(|frame| frame.bytes().clone()).collect();
        let kind = match packet.kind() {
            Kind::Event if !attachments.is_empty() => Kind::BinaryEvent,
            Kind::Ack if !attachments.is_empty() => Kind::BinaryAck,
            kind => kind,
        };
        // Without the type digit of Engine.IO.
        let text = Text::from(packet.text().get(1..).unwrap_or_default());
        Self { kind, id, namespace, payload: Payload { text, at, attachments } }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Decoder;
    use super::*;

    #[test]
    fn an_event_is_known_by_its_payload() {
        for text in ["2[\"a\",1]", "2/x,[\"a\"]", "2/x,17[\"a\"]", "20[]"] {
            let packet = Decoder::new(Limits::default()).text(Text::from(text)).unwrap().unwrap();
            // With its header, and without, as old clients send it.
            for at in [packet.payload.at, 0] {
                let (namespace, id) = (packet.namespace().to_owned(), packet.id());
                let payload = Payload::new(Text::from(&text[packet.payload.at - at..]), at);
                let again = Packet::received(payload, &namespace, id);
                assert_eq!((again.text(), again.kind(), again.id()), (text, packet.kind(), id));
                assert_eq!((again.namespace(), again.data()), (packet.namespace(), packet.data()));
            }
        }
        let mut decoder = Decoder::new(Limits { attachments: 20, ..Limits::default() });
        decoder.text(Text::from("51-/x,3[\"a\"]")).unwrap();
        let packet = decoder.binary(Bytes::from_static(b"1")).unwrap().unwrap();
        let again = Packet::received(packet.payload().clone(), "/x", Some(3));
        assert_eq!((again.kind(), again.namespace(), again.id()), (Kind::BinaryEvent, "/x", Some(3)));
        assert_eq!(again.attachments(), packet.attachments());
    }

    #[test]
    fn what_is_written_reads_back() {
        let written = [
            Packet::event("/", None, "a", &()).unwrap(),
            Packet::event("/x", Some(3), "é", &("b", Bytes::from_static(b"12"), 1)).unwrap(),
            Packet::ack("/x", 7, &Bytes::from_static(b"1")).unwrap(),
            Packet::ack("/", 0, &1).unwrap(),
            Packet::disconnect("/x"),
        ];
        for packet in written {
            let mut decoder = Decoder::new(Limits::default());
            let mut read = decoder.text(Text::from(packet.text())).unwrap();
            for attachment in packet.attachments() {
                assert!(read.is_none());
                read = decoder.binary(attachment.clone()).unwrap();
            }
            let read = read.unwrap();
            assert_eq!((read.kind(), read.namespace(), read.id()), (packet.kind(), packet.namespace(), packet.id()));
            assert_eq!((read.data(), read.attachments()), (packet.data(), packet.attachments()));
            assert_eq!(read.event_name(), packet.event_name());
        }
    }
}
