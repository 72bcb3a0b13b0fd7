//! Socket.IO packets: [`Packet`] as clients send it, [`Written`] as this server sends it, and their limits.
//!
//! On the way in: [`header`] reads type, namespace and id, [`Decoder`] gathers the attachments, [`event`] reads an event's name. On the
//! way out, [`written`] keeps what is known from writing, [`v3`] writes the form of Socket.IO 3 and 4, and [`Outgoing`] makes each form once.

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
