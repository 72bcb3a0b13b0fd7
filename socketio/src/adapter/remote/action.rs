//! What a node sends to the others without expecting an answer.

use std::sync::Arc;

use crate::adapter::Room;
use crate::engine::Id;
use crate::packet::Packet;

/// Some sockets of one namespace, on any node.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Selection {
    /// The members of any of these rooms; all members if the list is empty.
    pub rooms: Vec<Room>,
    /// Without the members of these.
    pub except: Vec<Room>,
    /// Without this socket, such as the sender.
    pub skip: Option<Id>,
    /// May be dropped for a recipient whose connection cannot take more at the moment.
    pub volatile: bool,
}

/// An action that all other nodes carry out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Action {
    /// Deliver an event.
    Broadcast {
        /// The sockets, whose namespace is that of the packet.
        to: Selection,
        /// The event.
        packet: Packet,
        /// The position of the event in the adapter's log, which clients name when they come back. `None` for actions of this node, from
        /// adapters without a log, and for events that are not in the log.
        offset: Option<Arc<str>>,
    },
    /// Make sockets join rooms.
    Join {
        /// The path of the namespace.
        namespace: Arc<str>,
        /// The sockets.
        sockets: Selection,
        /// The rooms.
        rooms: Vec<Room>,
    },
    /// Make sockets leave rooms.
    Leave {
        /// The path of the namespace.
        namespace: Arc<str>,
        /// The sockets.
        sockets: Selection,
        /// The rooms.
        rooms: Vec<Room>,
    },
    /// Disconnect sockets from the namespace.
    Disconnect {
        /// The path of the namespace.
        namespace: Arc<str>,
        /// The sockets.
        sockets: Selection,
        /// Whether the whole connection is closed, which ends every namespace on it.
        close: bool,
    },
    /// Deliver an event and, right behind it, disconnect the sockets from the namespace. An adapter whose peers do not know this sends them
    /// [`Broadcast`](Self::Broadcast) and [`Disconnect`](Self::Disconnect) instead, in this order.
    DisconnectWith {
        /// The sockets, whose namespace is that of the packet.
        to: Selection,
        /// The event.
        packet: Packet,
    },
    /// Hand an event to the programs of the other nodes: `Handle::server_side_emit`.
    ServerEvent {
        /// The event; its namespace is the one it is emitted to.
        packet: Packet,
    },
    /// Tell the other nodes which users are present on this one. Nodes that do not know this ignore it.
    Presence(PresenceReport),
}

/// The users of one namespace on one node, or what has changed since its last report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PresenceReport {
    /// The name of the node that reports: [`Node::id`](super::Node::id).
    pub node: Arc<str>,
    /// The path of the namespace.
    pub namespace: Arc<str>,
    /// Whether these are all users of the node, which replace what it has reported before. A report of all users without users is also a
    /// question: the other nodes report all of theirs.
    pub all: bool,
    /// The users.
    pub changes: Vec<PresenceChanged>,
}

/// A user who has come or gone on one node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PresenceChanged {
    /// The room; `None` for the namespace as a whole.
    pub room: Option<Room>,
    /// The user.
    pub user: Arc<str>,
    /// Whether the user is there now.
    pub present: bool,
}
