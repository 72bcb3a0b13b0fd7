//! What a node asks the others, and their answers.

use std::sync::Arc;
use std::time::Duration;

use super::action::Selection;
use crate::adapter::Room;
use crate::engine::Id;
use crate::packet::{Packet, Payload, Text};

/// A question to all other nodes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Question {
    /// Which sockets they have: [`Answer::Sockets`], one for each node.
    Sockets {
        /// The path of the namespace.
        namespace: Arc<str>,
        /// The sockets.
        sockets: Selection,
        /// How long to wait for a node; the adapter's own limit if there is none.
        timeout: Option<Duration>,
    },
    /// How many sockets they have: [`Answer::Count`], one for each node.
    Count {
        /// The path of the namespace.
        namespace: Arc<str>,
        /// The sockets.
        sockets: Selection,
        /// How long to wait for a node; the adapter's own limit if there is none.
        timeout: Option<Duration>,
    },
    /// Deliver an event and collect the acknowledgements: [`Answer::Acknowledged`], one for each socket.
    Call {
        /// The sockets, whose namespace is that of the packet.
        to: Selection,
        /// The event. Its id is ignored, because each node writes its own.
        packet: Packet,
        /// How long a socket may take.
        timeout: Duration,
    },
    /// Hand an event to the programs of the other nodes: [`Answer::ServerEvent`], one for each node that handles it.
    ServerEvent {
        /// The event; its namespace is the one it is emitted to.
        packet: Packet,
        /// How long to wait for a node; the adapter's own limit if there is none.
        timeout: Option<Duration>,
    },
}

/// The answer of one node.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Answer {
    /// To [`Question::Sockets`].
    Sockets(Vec<SocketInfo>),
    /// To [`Question::Count`].
    Count(usize),
    /// To [`Question::Call`], before all acknowledgements of the node: how many sockets are asked there. Also sent if there are none.
    Asked(usize),
    /// To [`Question::Call`]: the acknowledgement of one socket, or why there is none.
    Acknowledged {
        /// The socket; `None` if its node does not tell.
        socket: Option<Id>,
        /// The arguments.
        reply: Result<Reply, AckFailure>,
    },
    /// To [`Question::ServerEvent`]: what the program has returned.
    ServerEvent(Reply),
}

/// A socket of another node, as [`Answer::Sockets`] describes it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SocketInfo {
    /// The socket's id.
    pub id: Id,
    /// Its rooms, its own first.
    pub rooms: Vec<Room>,
    /// `Socket::data` as a JSON object.
    pub data: Arc<str>,
    /// The handshake as the Node server describes it, a JSON object with `headers`, `query`, `auth`, `address` and others.
    pub handshake: Arc<str>,
}

impl SocketInfo {
    /// A socket in some rooms, without data.
    #[must_use]
    pub fn new(id: Id, rooms: Vec<Room>) -> Self {
        Self { id, rooms, data: Arc::from("{}"), handshake: Arc::from("{}") }
    }
}

/// Arguments of an acknowledgement: a JSON array and its attachments.
#[derive(Clone, Debug)]
pub struct Reply(Payload);

impl Reply {
    /// A JSON array, in which placeholders stand for the attachments.
    #[must_use]
    pub fn new(json: String, attachments: Vec<bytes::Bytes>) -> Self {
        Self(Payload::new(Text::from(json), 0).with_attachments(attachments))
    }

    /// The JSON array.
    #[must_use]
    pub fn json(&self) -> &str {
        self.0.json()
    }

    /// The attachments.
    #[must_use]
    pub fn attachments(&self) -> &[bytes::Bytes] {
        self.0.attachments()
    }

    pub(crate) fn into_payload(self) -> Payload {
        self.0
    }
}

impl From<Payload> for Reply {
    fn from(payload: Payload) -> Self {
        Self(payload)
    }
}

/// Why a socket of another node has not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AckFailure {
    /// It did not answer in time.
    Timeout,
    /// It has left.
    Disconnected,
    /// Too many acknowledgements of it are outstanding.
    TooMany,
}
