//! The other nodes of a cluster: the trait [`Adapter`], its actions, questions and answers. Members of this process are never reached through
//! an adapter, so that local delivery does not wait for it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;

use super::room::Room;
use crate::engine::Id;
use crate::error::Error;
use crate::packet::{Packet, Payload, Text};

/// A boxed future, so that [`Adapter`] is object-safe.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// A boxed stream, for the same reason.
pub type BoxStream<'a, T> = Pin<Box<dyn Stream<Item = T> + Send + 'a>>;

/// Connects the nodes of a cluster: `Server::adapter`.
///
/// An adapter carries [`Action`]s and [`Question`]s of this node to all others, and hands what arrives from them to the [`Node`] that it is
/// given at the start. It never delivers to clients of this process itself, and this process never waits for it: [`publish`](Self::publish)
/// puts the action into a queue of the adapter's own, which it bounds.
pub trait Adapter: Send + Sync + 'static {
    /// The server starts. The adapter keeps `node` and applies to it what comes from other nodes. The server accepts connections when the
    /// future is done.
    ///
    /// # Errors
    /// The server does not start.
    fn start(&self, node: Node) -> BoxFuture<'static, Result<(), Error>>;

    /// Sends an action to all other nodes. Never waits and never blocks. Actions of one node arrive in the order of these calls.
    ///
    /// # Errors
    /// The action will not arrive anywhere; it is logged. Clients of this process have it all the same.
    fn publish(&self, action: Action) -> Result<(), AdapterError>;

    /// Asks all other nodes. The stream ends when all have answered; a node that does not answer is an item
    /// [`AdapterError::NoAnswer`] with its name.
    fn ask(&self, question: Question) -> BoxStream<'static, Result<Answer, AdapterError>>;
}

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
}

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
    },
    /// How many sockets they have: [`Answer::Count`], one for each node.
    Count {
        /// The path of the namespace.
        namespace: Arc<str>,
        /// The sockets.
        sockets: Selection,
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
    /// To [`Question::Call`]: the acknowledgement of one socket, or why there is none.
    Acknowledged {
        /// The socket.
        socket: Id,
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
}

impl SocketInfo {
    /// A socket in some rooms.
    #[must_use]
    pub fn new(id: Id, rooms: Vec<Room>) -> Self {
        Self { id, rooms }
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

/// Why an adapter could not carry out a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdapterError {
    /// The queue of actions to be sent is full.
    Full,
    /// There is no connection to the other nodes.
    Disconnected,
    /// The node of this name has not answered.
    NoAnswer(String),
    /// Anything else; the text is for the log.
    Other(String),
}

impl fmt::Display for AdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the adapter's queue is full"),
            Self::Disconnected => f.write_str("the adapter is not connected to the other nodes"),
            Self::NoAnswer(node) => write!(f, "node `{node}` has not answered"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for AdapterError {}

impl From<AdapterError> for Error {
    fn from(error: AdapterError) -> Self {
        Error::new("cluster", error.to_string())
    }
}

/// This node, as its adapter sees it: applies the actions and answers the questions of other nodes. Cheap to clone; does not keep the server
/// alive.
#[derive(Clone)]
pub struct Node {
    id: Id,
    local: Arc<dyn LocalNode>,
}

/// The part of a node that acts on the server.
pub(crate) trait LocalNode: Send + Sync {
    fn apply(&self, action: Action);
    fn answer(&self, question: Question) -> BoxStream<'static, Answer>;
}

impl Node {
    pub(crate) fn new(id: Id, local: Arc<dyn LocalNode>) -> Self {
        Self { id, local }
    }

    /// The name of this node, random for each start of a server.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// Carries out an action of another node for the clients of this process only, without waiting. An action for a namespace that does not
    /// exist here changes nothing.
    pub fn apply(&self, action: Action) {
        self.local.apply(action);
    }

    /// Answers a question of another node for the clients of this process only. Dropping the stream ends the work.
    #[must_use]
    pub fn answer(&self, question: Question) -> BoxStream<'static, Answer> {
        self.local.answer(question)
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.id).finish()
    }
}
