//! Floor 3: the handles that users hold. A [`Socket`] is one client in one namespace; a [`Target`] is a set of them. Handlers are not
//! called here: the floors above dispatch the packets of clients.

mod acks;
mod attempt;
pub(crate) mod cluster;
mod data;
mod dismissal;
mod events;
mod expiry;
mod failure;
mod follow;
mod from_ack;
mod grants;
mod handle;
mod handshake;
mod inner;
mod link;
mod load;
mod messages;
mod nsp;
mod once;
mod presence;
mod reason;
mod recovery;
mod remote;
mod report;
mod rooms;
mod session;
mod spawn;
mod state;
mod states;
mod target;
mod targets;
mod tasks;
mod turn;
mod typed;
mod users;

pub use acks::{AckFuture, Acks};
pub use attempt::NoSocket;
pub use cluster::Fetched;
pub use data::{Data, DataError};
pub use events::Event;
pub use from_ack::{AckError, FromAck};
pub use grants::Grant;
pub use handle::{Socket, WithTimeout};
pub(crate) use handshake::Entry;
pub use handshake::Handshake;
pub(crate) use inner::Inner;
pub(crate) use link::{Command, Link};
pub(crate) use load::Load;
pub use messages::{Json, Message};
pub use nsp::Unknown;
pub(crate) use nsp::{Nsp, OnError, Settings, Shared, Watcher};
pub(crate) use once::{Answer, Arrived, Name, Sender, Ticket};
pub(crate) use presence::OnPresence;
pub use presence::PresenceChange;
pub use reason::DisconnectReason;
pub use recovery::Recovery;
pub(crate) use recovery::{Asked, Enter, Entered, Entering, Sessions};
pub(crate) use remote::info;
pub use remote::{RemoteHandshake, RemoteSocket};
pub use session::Session;
pub use state::SocketState;
pub(crate) use states::States;
pub use target::Target;
pub use targets::Targets;
pub use tasks::{Task, TaskError, TaskOutput};
pub(crate) use turn::{Effects, Exit, Owner, Polled, is_polled, note_answered};
pub use typed::{EmittedBy, TypedSocket, TypedTarget};

/// The public id of a socket: 20 characters, one per client and namespace, different from the secret id of its connection.
///
/// It is also the name of a room with that one socket in it.
pub use crate::engine::id::SocketId;
