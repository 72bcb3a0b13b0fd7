#![doc = include_str!("../../README.md")]
#![warn(missing_docs)]

// The floors, from the bottom; each uses only those above it in this list.

// Bytes to packets and back.
mod packet;

// Sessions over polling and WebSocket.
pub mod engine;

// Who is connected where.
mod adapter;

// The handles that users hold.
mod socket;

// Handlers and their turns.
mod namespace;

// One client's packets to and from its namespaces.
mod client;

// The builder, the accept loop, tower.
pub mod server;

#[doc(hidden)]
pub mod __private;
mod error;
#[cfg(test)]
mod fuzz;
mod log;
pub mod prelude;

// The macros write `::socketio::…`, also in this crate's own documentation tests and unit tests.
extern crate self as socketio;

pub use adapter::{JoinError, Room, Rooms};
pub use error::{Error, Refuse};
pub use namespace::{
    Ack, AckWanted, Context, EventName, FromContext, FromPayload, Namespace, Path, ReadError, Reader, Requirements,
    State,
};
pub use packet::{EventWriter, Map, Rest, Value, ValueError, WriteError};
pub use server::{Handle, NoSocket, Server};
pub use socket::{
    AckError, AckFuture, Acks, DisconnectReason, Event, FromAck, Grant, Handshake, Session, Socket, SocketId, Target,
    WithTimeout,
};
#[doc = include_str!("docs/event.md")]
pub use socketio_macros::Event;
#[doc = include_str!("docs/grant.md")]
pub use socketio_macros::Grant;
#[doc = include_str!("docs/namespace.md")]
pub use socketio_macros::namespace;
