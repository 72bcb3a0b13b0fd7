//! Socket.IO packets: [`Packet`] as clients send it, [`Written`] as this server sends it, and their limits.
//!
//! Received: [`header`] reads type, namespace and id, [`Decoder`] collects the attachments, [`event`] reads the name of an event. Sent:
//! [`written`] is a packet with the positions of its parts, [`v3`] writes the form of Socket.IO 3 and 4, and [`Outgoing`] makes each form once.

mod decoder;
pub(crate) mod event;
pub(crate) mod header;
mod outgoing;
mod packet;
pub(crate) mod v3;
pub(crate) mod written;

pub use self::decoder::Decoder;
pub use self::header::{Kind, Limits};
pub(crate) use self::outgoing::Outgoing;
pub use self::packet::Packet;
pub(crate) use self::packet::Payload;
pub(crate) use self::written::Written;
