#![doc = include_str!("docs/crate.md")]
#![warn(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The floors, from the bottom: each uses only those above it in this list.

// Bytes to packets and back.
pub mod packet;

// Sessions over polling and WebSocket.
pub mod engine;

// The members and rooms of this process, and the trait for other nodes.
pub mod adapter;

// The handles that programs hold.
mod socket;

// Handlers and their turns.
mod namespace;

// The packets of one client, and its namespaces.
mod connection;

// The builder, the accept loop, tower.
pub mod server;

#[doc(hidden)]
pub mod __private;
mod bounds;
mod error;
#[cfg(test)]
mod fuzz;
mod log;
pub mod prelude;
mod utc;

/// Compiles the example of the repository's front page.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// Events whose names have a meaning in clients and servers: `message`, which a client sends with `socket.send(..)`, and `json`.
///
/// They are not in the prelude, because many programs have a `Message` of their own. Nothing is needed to receive them: `on_message` and
/// `on_json` handle them.
pub mod events {
    #[doc(inline)]
    pub use crate::socket::{Json, Message};
}

// The macros write `::socketio::…`, also in this crate's own documentation tests and unit tests.
extern crate self as socketio;

#[doc(inline)]
pub use adapter::{BoxFuture, JoinError, Room, Rooms};
#[doc(inline)]
#[cfg(any(feature = "postgres", feature = "nats", feature = "redis"))]
pub use adapter::{Emitter, EmitterTarget};
#[doc(inline)]
pub use engine::Overflow;
pub use error::{Error, Refuse};
#[doc(inline)]
pub use namespace::{
    Ack, AckWanted, Context, EventName, Extension, FromContext, FromPayload, Middleware, Namespace, Outcome, Path,
    ReadError, Reader, Requirements, Source, State, Try,
};
#[doc(inline)]
pub use packet::{EventWriter, Map, Rest, Value, ValueError, WriteError};
#[doc(inline)]
pub use server::{EventLog, Handle, MessageLog, RateLimit, Server};
#[doc(inline)]
pub use socket::{
    AckError, AckFuture, Acks, Data, DataError, DisconnectReason, EmittedBy, Event, Fetched, FromAck, Grant, Handshake,
    NoSocket, PresenceChange, Recovery, RemoteHandshake, RemoteSocket, Session, Socket, SocketId, SocketState, Target,
    Targets, Task, TaskError, TaskOutput, TypedSocket, TypedTarget, Unknown, WithTimeout,
};
#[doc = include_str!("docs/event.md")]
pub use socketio_macros::Event;
#[doc = include_str!("docs/grant.md")]
pub use socketio_macros::Grant;
#[doc = include_str!("docs/namespace.md")]
pub use socketio_macros::namespace;
