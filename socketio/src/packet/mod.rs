//! Floor 0: bytes to packets and back.
//!
//! Everything a Socket.IO connection says is read and written here, and nowhere else. The code is pure: it knows no
//! runtime, no clock and no socket, so that each parser can be tested with arbitrary input.
//!
//! In the order of a packet's way in: [`payload`] splits a long-polling body, [`engine`] names the Engine.IO packet,
//! [`socket`] reads the Socket.IO header, [`event`] the name, [`attachments`] gathers binary parts and [`arguments`]
//! reads typed values. On the way out, [`write`] serialises into a [`frame`]. [`value`] holds what has no type.

pub(crate) mod arguments;
pub(crate) mod assumptions;
pub(crate) mod attachments;
pub(crate) mod engine;
pub(crate) mod error;
pub(crate) mod event;
mod frame;
mod generation;
mod json;
pub(crate) mod jsonp;
#[cfg(feature = "legacy")]
pub(crate) mod legacy;
mod outgoing;
pub(crate) mod payload;
pub(crate) mod payload_v3;
pub(crate) mod pool;
mod rest;
pub(crate) mod socket;
pub(crate) mod v3;
mod value;
pub(crate) mod write;

pub(crate) use frame::{Frame, Message};
pub(crate) use generation::Generation;
pub(crate) use outgoing::{Outgoing, Packet};
pub use rest::Rest;
pub use value::{Map, Value, ValueError};
pub use write::{EventWriter, WriteError};
