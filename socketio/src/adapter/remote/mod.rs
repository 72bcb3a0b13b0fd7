//! The other nodes of a cluster: the trait [`Adapter`], its actions, questions and answers. Members of this process are never reached through
//! an adapter, so that local delivery does not wait for it.

mod action;
mod error;
mod health;
mod node;
mod question;
mod session;

use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;

use super::room::Room;
use crate::error::Error;

pub use action::{Action, PresenceChanged, PresenceReport, Selection};
pub use error::AdapterError;
pub use health::Health;
pub(crate) use node::LocalNode;
pub use node::Node;
pub use question::{AckFailure, Answer, Question, Reply, SocketInfo};
pub use session::{Missed, Saved};

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

    /// The server has ended: every client is disconnected. The adapter tells the other nodes, and closes what it has opened. Default:
    /// nothing.
    fn stop(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }

    /// How the connection to the other nodes is doing. Default: connected to nobody.
    fn health(&self) -> Health {
        Health { connected: true, ..Health::default() }
    }

    /// This node has a namespace from now on; also called before [`start`](Self::start). A namespace of a pattern is opened when its first
    /// client connects, or when a [`Handle`](crate::Handle) names it. Default: nothing.
    ///
    /// The methods that open and close may be called while locks of the server are held: they must not call the [`Node`].
    fn open_namespace(&self, path: &Arc<str>) {
        let _ = path;
    }

    /// This node has the namespace no more: the last client of a namespace that matches a pattern has left, and no target of it exists. The
    /// calls for one path alternate. Default: nothing.
    fn close_namespace(&self, path: &Arc<str>) {
        let _ = path;
    }

    /// Whether [`open_room`](Self::open_room) and [`close_room`](Self::close_room) are to be called. Asked once, before the start.
    fn follows_rooms(&self) -> bool {
        false
    }

    /// A room has its first member on this node. Calls for one room come in the order of the changes, and the call that has changed the room
    /// returns after this one. The own rooms of sockets are opened and closed too. [`Node::apply`] and other calls of the [`Node`] may end
    /// in this one, so the adapter holds none of its locks then. Default: nothing.
    fn open_room(&self, path: &Arc<str>, room: &Room) {
        let _ = (path, room);
    }

    /// The last member of a room has left it on this node.
    fn close_room(&self, path: &Arc<str>, room: &Room) {
        let _ = (path, room);
    }

    /// A future that is done when everything that was opened before is heard from the other nodes; `None` if it is so already. The
    /// acknowledgement of a handler that has joined a room waits for it, but for 1 s at most.
    fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        None
    }

    /// Whether the adapter keeps sessions and an ordered log of broadcasts. With recovery ([`Node::recovery`]) this process then does not
    /// deliver its own broadcasts: the adapter hands all of them back through [`Node::apply`], also volatile ones and those for one socket, in
    /// the order of the log and with their offset; after 1 s without the broker it hands them back without an offset. Asked once, before the
    /// start.
    fn keeps_sessions(&self) -> bool {
        false
    }

    /// The offset of the last event of a namespace that was handed to [`Node::apply`], or the end of the log at the start. A client that has
    /// received no event yet comes back with this one, which is a part of its secret. It is asked when this process has applied no event of
    /// the namespace. Default `None`: such a client gets a new session.
    fn position(&self, path: &Arc<str>) -> Option<Arc<str>> {
        let _ = path;
        None
    }

    /// Keeps a session, or replaces what was kept of it and begins its time to live anew. Default: nothing.
    fn persist(&self, session: Saved) {
        let _ = session;
    }

    /// Ends a session that must not be recovered, because the client or the program has disconnected it. Default: nothing.
    fn forget(&self, path: &Arc<str>, secret: &str) {
        let _ = (path, secret);
    }

    /// Takes a session out of what is kept: the second call for one session finds nothing. `None` if it is not there, or if the event at
    /// `offset` is not in the log any more.
    fn restore(&self, path: &Arc<str>, secret: &str, offset: &str) -> BoxFuture<'static, Option<Saved>> {
        let _ = (path, secret, offset);
        Box::pin(std::future::ready(None))
    }

    /// The events behind `offset` for a member of these rooms, the oldest first: neither volatile events nor events that ask for an
    /// acknowledgement. `None` if the log does not reach back to `offset` any more.
    fn missed(&self, path: &Arc<str>, offset: &str, rooms: &[Room]) -> BoxFuture<'static, Option<Vec<Missed>>> {
        let _ = (path, offset, rooms);
        Box::pin(std::future::ready(None))
    }
}
