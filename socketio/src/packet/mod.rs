//! Socket.IO packets without a server, for tests, proxies and emitters: from messages to packets and back. The protocol is Socket.IO 5.
//!
//! * Received: [`Decoder`] makes [`Packet`]s of the messages of one connection, within [`Limits`]. [`Packet::event_name`] and
//!   [`Packet::args`] read an event, [`Packet::data`] is its JSON.
//! * Sent: [`Packet::event`], [`Packet::ack`], [`Packet::connect`] and [`Packet::disconnect`] make packets of values.
//!   [`Packet::readdressed`] makes the same packet for another namespace.
//! * On the wire: [`Packet::text`] is a text message, behind which each of [`Packet::attachments`] is a binary message.
//!   [`engine::Socket`](crate::engine::Socket) sends such messages.
//!
//! ```
//! use bytes::Bytes;
//! use socketio::packet::{Decoder, Limits, Packet, PacketError};
//!
//! // A proxy: a message arrives, and its packet goes to another namespace.
//! let mut decoder = Decoder::new(Limits { attachments: 1, ..Limits::default() });
//! assert!(decoder.text(r#"51-/old,["file","a.txt",{"_placeholder":true,"num":0}]"#.into())?.is_none());
//! let packet = decoder.binary(Bytes::from_static(b"data"))?.expect("the only attachment has arrived");
//! assert_eq!(packet.event_name().as_deref(), Some("file"));
//! assert_eq!(packet.args::<(String, Bytes)>()?, ("a.txt".to_owned(), Bytes::from_static(b"data")));
//! let sent = packet.readdressed("/new", packet.id());
//! assert_eq!(sent.text(), r#"51-/new,["file","a.txt",{"_placeholder":true,"num":0}]"#);
//!
//! // Two attachments exceed the limit, and nothing is kept of them.
//! let refused = decoder.text(r#"52-["file",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#.into());
//! assert_eq!(refused.unwrap_err(), PacketError::TooManyAttachments(1));
//! # Ok::<(), PacketError>(())
//! ```
//
// Floor 0. Every byte of the protocols is read and written here, and nowhere else. The code knows no runtime, clock or socket, so that
// each parser is tested with arbitrary input.
//
// Received, in this order: `websocket` finds the frames or `engine` the packets of a polling body, `socket` reads the Socket.IO packet,
// `arguments` reads typed values. Sent: `write` serialises into a `Frame`. `value` is for values without a type.

pub(crate) mod arguments;
pub(crate) mod assumptions;
pub(crate) mod encoding;
pub(crate) mod engine;
pub(crate) mod error;
pub(crate) mod forward;
mod json;
#[cfg(any(feature = "postgres", feature = "nats", feature = "redis"))]
pub(crate) mod msgpack;
pub(crate) mod pool;
mod rest;
pub(crate) mod socket;
pub(crate) mod text;
#[cfg(feature = "legacy")]
pub(crate) mod v1;
mod value;
pub(crate) mod websocket;
pub(crate) mod write;

pub(crate) use engine::{Frame, Generation, Message};
pub use error::PacketError;
#[cfg(any(feature = "postgres", feature = "nats", feature = "redis"))]
pub(crate) use json::quoted;
pub use rest::Rest;
pub use socket::{Decoder, Kind, Limits, Packet};
pub(crate) use socket::{Outgoing, Payload, Written};
pub use text::Text;
pub use value::{Map, Value, ValueError};
pub use write::{EventWriter, WriteError};
