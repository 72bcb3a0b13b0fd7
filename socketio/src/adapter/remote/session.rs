//! Sessions that outlive their connection: what an adapter keeps of a socket, and what the socket has missed.

use std::sync::Arc;
use std::time::Duration;

use crate::adapter::Room;
use crate::engine::Id;
use crate::packet::Packet;

/// What an adapter keeps of a socket, so that its client can recover it on any node: [`Adapter::persist`](super::Adapter::persist).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Saved {
    /// The path of the namespace.
    pub namespace: Arc<str>,
    /// The socket's id.
    pub id: Id,
    /// The secret with which the client asks for the session, the `pid` of its CONNECT reply.
    pub secret: Arc<str>,
    /// The socket's rooms, its own first.
    pub rooms: Vec<Room>,
    /// `Socket::data` as a JSON object.
    pub data: Arc<str>,
    /// How long the session is kept from now on.
    pub time_to_live: Duration,
}

impl Saved {
    /// A session of a socket.
    #[must_use]
    pub fn new(namespace: Arc<str>, id: Id, secret: Arc<str>) -> Self {
        let (rooms, data) = (vec![Room::from(id)], Arc::from("{}"));
        Self { namespace, id, secret, rooms, data, time_to_live: Duration::from_secs(120) }
    }
}

/// An event that a socket has missed, from [`Adapter::missed`](super::Adapter::missed).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Missed {
    /// The event.
    pub packet: Packet,
    /// Its position in the log of the cluster, which the client names when it comes back.
    pub offset: Arc<str>,
}

impl Missed {
    /// An event at a position.
    #[must_use]
    pub fn new(packet: Packet, offset: Arc<str>) -> Self {
        Self { packet, offset }
    }
}
