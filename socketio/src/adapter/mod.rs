//! Connecting several servers: an [`Adapter`] carries what this server sends to the others, and back.
//!
//! `Server::adapter` takes one. Rooms, targets, acknowledgements and [`Target::fetch_sockets`](crate::Target::fetch_sockets) then span all
//! nodes; [`Target::local`](crate::Target::local) stays on this one.
//
// Floor 2: the members and rooms of this process, as concrete types, and the other nodes behind a trait. It knows packets and recipients, and
// neither sockets nor user code.

#[cfg(any(feature = "postgres", feature = "nats", feature = "redis"))]
mod cluster;
#[cfg(any(feature = "postgres", feature = "nats", feature = "redis"))]
mod emitter;
mod local;
mod log;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "postgres")]
mod postgres;
mod presence;
#[cfg(feature = "redis")]
mod redis;
pub(crate) mod remote;
mod room;
mod target;

use std::sync::Arc;

use crate::engine::Id;
use crate::packet::Outgoing;

#[cfg(any(feature = "postgres", feature = "nats", feature = "redis"))]
pub use emitter::{Emitter, EmitterTarget};
pub(crate) use local::{Local, RoomChange};
pub(crate) use log::{Log, LogLimits, Membership};
#[cfg(feature = "nats")]
pub use nats::Nats;
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
pub(crate) use presence::{Change, Report, Watch};
#[cfg(feature = "redis")]
pub use redis::{PythonRedis, Redis, RedisStreams, ShardedRedis, SubscriptionMode};
pub use remote::{
    AckFailure, Action, Adapter, AdapterError, Answer, BoxFuture, BoxStream, Health, Missed, Node, PresenceChanged,
    PresenceReport, Question, Reply, Saved, Selection, SocketInfo,
};
pub use room::{JoinError, Room, Rooms};
pub(crate) use room::{RoomLimits, listed};
pub(crate) use target::Target;

/// A member that messages are delivered to.
pub(crate) trait Recipient: Send + Sync {
    /// The public socket id.
    fn id(&self) -> Id;

    /// The id that the client itself knows, if it is another one. It names the same room.
    fn alias(&self) -> Option<Id> {
        None
    }

    /// The user that the recipient belongs to, if the program has said so.
    fn user(&self) -> Option<Arc<str>> {
        None
    }

    /// Stores the user and returns the one that it replaces. Called under the lock of the members, so that counts of users agree.
    fn set_user(&self, user: Arc<str>) -> Option<Arc<str>> {
        let _ = user;
        None
    }

    /// Queues a packet in the form of this recipient's protocol, without waiting. `volatile` messages may be dropped.
    fn deliver(&self, packet: &Outgoing<'_>, volatile: bool);
}
