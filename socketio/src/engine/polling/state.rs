//! The polling part of a session's state: what the client's requests have left for the task, and the reverse.

use std::task::Waker;

use tokio::time::Instant;

use super::Posted;

/// See [`State`](crate::engine::shared::State), which holds the lock.
#[derive(Default)]
pub(in crate::engine) struct Polling {
    /// A request has come after the handshake.
    pub(in crate::engine) used: bool,
    /// A GET is being held.
    pub(in crate::engine) held: bool,
    /// The held GET came after the last body was taken. If that body closes the session, the GET came too late for an answer.
    pub(super) late: bool,
    /// The held GET's waker, until it is used.
    pub(super) waker: Option<Waker>,
    /// The next answer begins with a ping.
    pub(in crate::engine) ping: bool,
    /// When the pong to the last ping must have come; `None` while none is awaited.
    pub(in crate::engine) pong_until: Option<Instant>,
    /// A GET with nothing to say is answered with a noop.
    pub(in crate::engine) noop: bool,
    /// A POST is being received, or waits for its body to be taken.
    pub(super) posting: bool,
    /// A body that was received, for the task to read.
    pub(in crate::engine) body: Option<Posted>,
    /// The POST that waits because `body` is occupied.
    pub(in crate::engine) poster: Option<Waker>,
    /// The task has stopped reading a body because the outbox is too full.
    pub(in crate::engine) stalled: bool,
    /// A GET has been answered with the end of the session.
    pub(in crate::engine) told: bool,
}

impl Polling {
    /// A GET goes to sleep.
    #[cfg(feature = "legacy")]
    pub(in crate::engine) fn wait(&mut self, waker: &Waker) {
        self.waker = Some(waker.clone());
    }

    /// Whether a pong is overdue, and is not in what the task has still to read.
    pub(in crate::engine) fn is_overdue(&self, now: Instant) -> bool {
        !self.posting && self.body.is_none() && self.pong_until.is_some_and(|until| now >= until)
    }

    /// The held GET, if it has not been woken yet.
    pub(in crate::engine) fn getter(&mut self) -> Option<Waker> {
        self.waker.take()
    }
}
