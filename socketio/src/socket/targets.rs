//! The namespaces of a pattern as one target.

use serde::Serialize;

use super::{Event, Socket, Target, acks};
use crate::adapter::Rooms;

/// The namespaces of a pattern, such as all organisations of `/org/{id}`, as one target; made by
/// [`Handle::all`](crate::Handle::all). As `ParentNamespace.emit` of Node.
///
/// They are the namespaces that existed in this process when it was made: those with a client here. What is sent to them reaches their
/// clients on all nodes of a cluster; a namespace whose clients are all on other nodes is not reached.
#[derive(Clone, Debug)]
pub struct Targets(Vec<Target>);

impl Targets {
    pub(crate) fn new(targets: Vec<Target>) -> Self {
        Self(targets)
    }

    fn refine(self, refine: impl FnMut(Target) -> Target) -> Self {
        Self(self.0.into_iter().map(refine).collect())
    }

    /// Each namespace by itself.
    pub fn iter(&self) -> impl Iterator<Item = &Target> {
        self.0.iter()
    }

    /// As [`Target::to`], in each namespace.
    #[must_use]
    pub fn to(self, rooms: impl Rooms + Clone) -> Self {
        self.refine(|target| target.to(rooms.clone()))
    }

    /// As [`Target::except`], in each namespace.
    #[must_use]
    pub fn except(self, rooms: impl Rooms + Clone) -> Self {
        self.refine(|target| target.except(rooms.clone()))
    }

    /// As [`Target::local`].
    #[must_use]
    pub fn local(self) -> Self {
        self.refine(Target::local)
    }

    /// As [`Target::volatile`].
    #[must_use]
    pub fn volatile(self) -> Self {
        self.refine(Target::volatile)
    }

    /// As [`Target::emit`].
    pub fn emit(&self, event: &str, args: impl Serialize) {
        self.0.iter().for_each(|target| target.emit(event, &args));
    }

    /// As [`Target::send`].
    pub fn send(&self, event: impl Event) {
        for target in &self.0 {
            match acks::write_event(target.nsp(), None, &event) {
                Ok(message) => target.deliver(message),
                Err(error) => {
                    tracing::error!(namespace = target.path(), event = event.name(), %error, "event not sent")
                }
            }
        }
    }

    /// As [`Target::disconnect`].
    pub fn disconnect(&self) {
        self.0.iter().for_each(Target::disconnect);
    }

    /// As [`Target::close`].
    pub fn close(&self) {
        self.0.iter().for_each(Target::close);
    }

    /// The sockets of this process.
    #[must_use]
    pub fn sockets(&self) -> Vec<Socket> {
        self.0.iter().flat_map(Target::sockets).collect()
    }

    /// How many sockets of this process there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.iter().map(Target::count).sum()
    }
}
