//! The messages of the cluster protocol, as Node's `ClusterAdapter` knows them, and those of our own that it ignores.
//!
//! Socket.IO's adapters for sharded Redis, Redis Streams and Postgres exchange these messages. A message type that a node does not know is
//! ignored by it; the types of our own are numbered from 100 on.

use std::sync::Arc;
use std::time::Duration;

use crate::adapter::Room;
use crate::adapter::remote::{AckFailure, Action, PresenceReport, Question, Reply, Selection, SocketInfo};
use crate::engine::Id;
use crate::packet::Packet;

/// A message of one node about one namespace.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// The node that sends it; `emitter` for programs that only emit.
    pub(crate) uid: Arc<str>,
    /// The path of the namespace.
    pub(crate) namespace: Arc<str>,
    pub(crate) body: Body,
}

/// The name of a sender that is not a node: it is not counted, and does not answer.
pub(crate) const EMITTER: &str = "emitter";

/// What a message says.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// Type 1: the node is new. Everybody answers with [`Heartbeat`](Self::Heartbeat).
    InitialHeartbeat { node: Option<Arc<str>> },
    /// Type 2: the node is alive. Our nodes tell the name of their [`Node`](crate::adapter::Node).
    Heartbeat { node: Option<Arc<str>> },
    /// Type 3: deliver an event. With a request: and answer with [`ClientCount`](Self::ClientCount) and [`Ack`](Self::Ack).
    Broadcast { packet: Packet, opts: Opts, request: Option<Request> },
    /// Type 4.
    Join { opts: Opts, rooms: Vec<Room> },
    /// Type 5.
    Leave { opts: Opts, rooms: Vec<Room> },
    /// Type 6.
    Disconnect { opts: Opts, close: bool },
    /// Type 7: answer with [`FetchReply`](Self::FetchReply).
    Fetch { opts: Opts, request: Arc<str> },
    /// Type 8.
    FetchReply { request: Arc<str>, sockets: Vec<SocketInfo> },
    /// Type 9: an event for the programs. With a request: answer with [`ServerEventReply`](Self::ServerEventReply).
    ServerEvent { packet: Packet, request: Option<Request> },
    /// Type 10.
    ServerEventReply { request: Arc<str>, reply: Reply },
    /// Type 11: how many sockets were asked for an acknowledgement; always sent, also if there are none.
    ClientCount { request: Arc<str>, count: usize },
    /// Type 12: the acknowledgement of one socket. Our nodes tell which.
    Ack { request: Arc<str>, socket: Option<Id>, reply: Reply },
    /// Type 13: the node ends.
    Close,
    /// Type 100, ours: a socket will not acknowledge.
    AckFailed { request: Arc<str>, socket: Option<Id>, failure: AckFailure },
    /// Type 101, ours: answer with [`CountReply`](Self::CountReply).
    Count { opts: Opts, request: Arc<str> },
    /// Type 102, ours.
    CountReply { request: Arc<str>, count: usize },
    /// Type 103, ours: the node has nothing to say to a [`ServerEvent`](Self::ServerEvent), because the program does not handle it.
    Unhandled { request: Arc<str> },
    /// Type 104, ours: the users of the node.
    Presence(PresenceReport),
}

/// A request that is answered by several messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) id: Arc<str>,
    /// Whether the asker is a node of ours, which is also told of what Node's messages cannot say: the types from 100 on, the other arguments
    /// of an acknowledgement, and the socket that it is from.
    pub(crate) ours: bool,
}

/// The sockets that a message is for: `opts` of Node's messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Opts {
    /// The members of any of these rooms; all members if the list is empty.
    pub(crate) rooms: Vec<Room>,
    /// Without the members of these.
    pub(crate) except: Vec<Room>,
    /// `flags.volatile`.
    pub(crate) volatile: bool,
    /// `flags.timeout`, in milliseconds on the wire.
    pub(crate) timeout: Option<Duration>,
}

impl Opts {
    fn with_timeout(self, timeout: Option<Duration>) -> Self {
        Self { timeout, ..self }
    }
}

/// A single socket is left out by the room of its id.
impl From<Selection> for Opts {
    fn from(selection: Selection) -> Self {
        let Selection { rooms, mut except, skip, volatile } = selection;
        except.extend(skip.map(Room::from));
        Self { rooms, except, volatile, timeout: None }
    }
}

impl From<Opts> for Selection {
    fn from(opts: Opts) -> Self {
        Self { rooms: opts.rooms, except: opts.except, skip: None, volatile: opts.volatile }
    }
}

impl Body {
    /// The request that the message answers; `None` for messages that are no answers.
    pub(crate) fn answers(&self) -> Option<&Arc<str>> {
        match self {
            Self::FetchReply { request, .. }
            | Self::ServerEventReply { request, .. }
            | Self::ClientCount { request, .. }
            | Self::Ack { request, .. }
            | Self::AckFailed { request, .. }
            | Self::CountReply { request, .. }
            | Self::Unhandled { request } => Some(request),
            _ => None,
        }
    }

    /// The packet or the arguments in the message, if they have binary values. They are sent as msgpack then.
    pub(crate) fn is_binary(&self) -> bool {
        match self {
            Self::Broadcast { packet, .. } | Self::ServerEvent { packet, .. } => !packet.attachments().is_empty(),
            Self::ServerEventReply { reply, .. } | Self::Ack { reply, .. } => !reply.attachments().is_empty(),
            _ => false,
        }
    }

    /// Whether the message may be dropped when the queue is full.
    pub(crate) fn is_volatile(&self) -> bool {
        matches!(self, Self::Broadcast { opts, request: None, .. } if opts.volatile)
    }

    /// What other nodes are told of an action, in this order, with the namespace. `DisconnectWith` is two messages, because Node has none for it.
    pub(crate) fn of_action(action: Action) -> (Arc<str>, Self, Option<Self>) {
        match action {
            Action::Broadcast { to, packet, offset: _ } => {
                let namespace = Arc::from(packet.namespace());
                (namespace, Self::Broadcast { packet, opts: to.into(), request: None }, None)
            }
            Action::Join { namespace, sockets, rooms } => (namespace, Self::Join { opts: sockets.into(), rooms }, None),
            Action::Leave { namespace, sockets, rooms } => {
                (namespace, Self::Leave { opts: sockets.into(), rooms }, None)
            }
            Action::Disconnect { namespace, sockets, close } => {
                (namespace, Self::Disconnect { opts: sockets.into(), close }, None)
            }
            Action::DisconnectWith { to, packet } => {
                let namespace = Arc::from(packet.namespace());
                let opts = Opts::from(to);
                let disconnect = Self::Disconnect { opts: opts.clone(), close: false };
                (namespace, Self::Broadcast { packet, opts, request: None }, Some(disconnect))
            }
            Action::ServerEvent { packet } => {
                (Arc::from(packet.namespace()), Self::ServerEvent { packet, request: None }, None)
            }
            Action::Presence(report) => (report.namespace.clone(), Self::Presence(report), None),
        }
    }

    /// What other nodes are asked, with the namespace and how long to wait. Sockets are counted by [`Fetch`](Self::Fetch) unless `counting`,
    /// because Node does not know [`Count`](Self::Count).
    pub(crate) fn of_question(question: Question, id: Arc<str>, counting: bool) -> (Arc<str>, Self, Option<Duration>) {
        match question {
            Question::Sockets { namespace, sockets, timeout } => {
                let opts = Opts::from(sockets).with_timeout(timeout);
                (namespace, Self::Fetch { opts, request: id }, timeout)
            }
            Question::Count { namespace, sockets, timeout } => {
                let opts = Opts::from(sockets).with_timeout(timeout);
                let body = if counting { Self::Count { opts, request: id } } else { Self::Fetch { opts, request: id } };
                (namespace, body, timeout)
            }
            Question::Call { to, packet, timeout } => {
                let opts = Opts::from(to).with_timeout(Some(timeout));
                let request = Some(Request { id, ours: true });
                (Arc::from(packet.namespace()), Self::Broadcast { packet, opts, request }, Some(timeout))
            }
            Question::ServerEvent { packet, timeout } => {
                let request = Some(Request { id, ours: true });
                (Arc::from(packet.namespace()), Self::ServerEvent { packet, request }, timeout)
            }
        }
    }
}

impl Message {
    /// What the clients and programs of this node are to be told; `None` for messages that are no actions. The adapter gives the position of
    /// the message in its log, if it has one.
    pub(crate) fn into_action(self, offset: Option<Arc<str>>) -> Option<Action> {
        let namespace = self.namespace;
        Some(match self.body {
            Body::Broadcast { packet, opts, request: None } => Action::Broadcast { to: opts.into(), packet, offset },
            Body::Join { opts, rooms } => Action::Join { namespace, sockets: opts.into(), rooms },
            Body::Leave { opts, rooms } => Action::Leave { namespace, sockets: opts.into(), rooms },
            Body::Disconnect { opts, close } => Action::Disconnect { namespace, sockets: opts.into(), close },
            Body::ServerEvent { packet, request: None } => Action::ServerEvent { packet },
            Body::Presence(report) => Action::Presence(report),
            _ => return None,
        })
    }
}
