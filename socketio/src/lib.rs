#![doc = include_str!("../../README.md")]
#![warn(missing_docs)]

// In the order in which they are best read from below; each floor uses only those above it in this list.
mod packet;
pub mod engine;
mod adapter;
mod socket;
mod namespace;
mod client;
pub mod server;

#[doc(hidden)]
pub mod __private;
mod error;
pub mod prelude;

// The macros write `::socketio::…`, also in this crate's own documentation tests and unit tests.
extern crate self as socketio;

pub use adapter::{Room, Rooms};
pub use error::{Error, Refuse};
pub use namespace::{
    Ack, Context, EventName, FromContext, FromPayload, Namespace, Path, ReadError, Reader, Requirements, Rest, State,
};
pub use packet::{EventWriter, Map, Value, ValueError, WriteError};
pub use server::{Handle, NoSocket, Server};
pub use socket::{
    AckError, AckFuture, Acks, DisconnectReason, Event, Grant, Handshake, Session, Socket, SocketId, Target, WithTimeout,
};
pub use socketio_macros::{Event, Grant, namespace};
