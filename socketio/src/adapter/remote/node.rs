//! This node, as its adapter sees it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::BoxStream;
use super::action::Action;
use super::question::{Answer, Question};
use crate::engine::Id;

/// This node, as its adapter sees it: applies the actions and answers the questions of other nodes. Cheap to clone; does not keep the server
/// alive.
#[derive(Clone)]
pub struct Node {
    id: Id,
    local: Arc<dyn LocalNode>,
    write_only: bool,
}

/// The part of a node that acts on the server.
pub(crate) trait LocalNode: Send + Sync {
    fn apply(&self, action: Action);
    fn answer(&self, question: Question) -> BoxStream<'static, Answer>;
    fn has_members(&self, path: &str, room: Option<&str>) -> bool;
    fn recovery(&self) -> Option<Duration>;
    fn joined(&self, node: &str);
    fn left(&self, node: &str);
}

impl Node {
    pub(crate) fn new(id: Id, local: Arc<dyn LocalNode>) -> Self {
        Self { id, local, write_only: false }
    }

    /// No server: nothing is applied, and nobody is told of this node.
    #[cfg(any(feature = "postgres", feature = "nats", feature = "redis"))]
    pub(crate) fn write_only(id: Id) -> Self {
        Self { id, local: Arc::new(Nobody), write_only: true }
    }

    /// Whether there is no server behind this, but an `Emitter`: the adapter names itself `emitter` in its messages, so that
    /// other nodes do not wait for answers of it.
    #[must_use]
    pub fn is_write_only(&self) -> bool {
        self.write_only
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

    /// Whether a namespace, or one of its rooms, has members in this process. What is for others need not be decoded.
    #[must_use]
    pub fn has_members(&self, path: &str, room: Option<&str>) -> bool {
        self.local.has_members(path, room)
    }

    /// How long sessions are kept after their connection is lost; `None` if the server does not recover sessions.
    #[must_use]
    pub fn recovery(&self) -> Option<Duration> {
        self.local.recovery()
    }

    /// The adapter has found another node, which it knows under its [`id`](Self::id).
    pub fn joined(&self, node: &str) {
        self.local.joined(node);
    }

    /// A node is gone, or has been silent for too long: its users are absent from now on.
    pub fn left(&self, node: &str) {
        self.local.left(node);
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.id).finish()
    }
}

/// The clients of an emitter.
#[cfg(any(feature = "postgres", feature = "nats", feature = "redis"))]
struct Nobody;

#[cfg(any(feature = "postgres", feature = "nats", feature = "redis"))]
impl LocalNode for Nobody {
    fn apply(&self, _action: Action) {}

    fn answer(&self, _question: Question) -> BoxStream<'static, Answer> {
        Box::pin(futures_util::stream::empty())
    }

    fn has_members(&self, _path: &str, _room: Option<&str>) -> bool {
        false
    }

    fn recovery(&self) -> Option<Duration> {
        None
    }

    fn joined(&self, _node: &str) {}

    fn left(&self, _node: &str) {}
}
