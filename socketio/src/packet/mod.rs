//! Bytes to packets and back: Socket.IO packets for tests, proxies and emitters, without a server.
//!
//! [`Decoder`] makes [`Packet`]s of the messages of one connection, within [`Limits`]; [`Packet::event`] and its siblings make packets of
//! values, and [`Packet::text`] with [`Packet::attachments`] is what goes onto the wire. The protocol is Socket.IO 5.
//!
//! ```
//! use socketio::packet::{Decoder, Limits, Packet};
//!
//! // What a proxy does: a packet from one side, another one for the other.
//! let mut decoder = Decoder::new(Limits::default());
//! let packet = decoder.text(r#"2/old,["said","hello"]"#.into()).unwrap().unwrap();
//! let (name,): (&str,) = ("said",);
//! assert_eq!(packet.event_name().as_deref(), Some(name));
//! let forwarded = Packet::event("/new", packet.id(), name, &("hello",)).unwrap();
//! assert_eq!(forwarded.text(), r#"2/new,["said","hello"]"#);
//! ```
//
// Floor 0. Everything a connection says is read and written here, and nowhere else. The code knows no runtime, no clock and no
// socket, so that each parser can be tested with arbitrary input.
//
// In the order of a packet's way in: `engine` splits a long-polling body and names the Engine.IO packet, `socket` reads the
// Socket.IO packet and `arguments` reads typed values. On the way out, `write` serialises into a `frame`. `value` holds what has no type.

pub(crate) mod arguments;
pub(crate) mod assumptions;
pub(crate) mod encoding;
pub(crate) mod engine;
pub(crate) mod error;
pub(crate) mod forward;
mod json;
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
pub use rest::Rest;
pub use socket::{Decoder, Kind, Limits, Packet};
pub(crate) use socket::{Outgoing, Payload, Written};
pub use text::Text;
pub use value::{Map, Value, ValueError};
pub use write::{EventWriter, WriteError};
