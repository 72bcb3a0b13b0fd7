//! The part of a session's state that belongs to polling: what the requests of the client and the task of the session leave for each other.

#[cfg(feature = "legacy")]
use std::sync::Arc;
use std::task::Waker;

#[cfg(feature = "legacy")]
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::engine::protocol::common::Posted;

/// Kept behind the lock of the session.
#[derive(Default)]
pub(crate) struct Polling {
    /// The client has sent a request after the handshake.
    pub(crate) used: bool,
    /// A GET is pending.
    pub(crate) pending: bool,
    /// The pending GET arrived after the last body was taken. If that body closes the session, the GET is answered with an error, as in Node.
    pub(crate) late: bool,
    /// The pending GET's waker, until it is used.
    pub(crate) get: Option<Waker>,
    /// The next answer begins with a ping.
    pub(crate) ping: bool,
    /// When the pong to the last ping must have arrived; `None` while none is awaited.
    pub(crate) pong_until: Option<Instant>,
    /// The pending GET is answered with a noop if nothing waits.
    pub(crate) noop: bool,
    /// A POST is being received, or its body waits to be taken.
    pub(crate) posting: bool,
    /// A body that was received, for the task to read.
    pub(crate) body: Option<Posted>,
    /// The POST that waits because `body` is occupied.
    pub(crate) post: Option<Waker>,
    /// The task has stopped reading a body because the outbox is too full.
    pub(crate) stalled: bool,
    /// A GET has been answered with the end of the session.
    pub(crate) end_sent: bool,
}

impl Polling {
    /// Whether a pong is overdue, and cannot be in a body that was not read yet.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        !self.posting && self.body.is_none() && self.pong_until.is_some_and(|until| now >= until)
    }

    /// The waker of the pending GET, if it has not been woken yet.
    pub(crate) fn take_waker(&mut self) -> Option<Waker> {
        self.get.take()
    }
}

/// What only sessions of 0.7 to 0.9 have.
#[cfg(feature = "legacy")]
pub(crate) struct V1State {
    /// Counts polls: only the newest may take what waits.
    pub(crate) poll: u64,
    /// When the last poll ended.
    pub(crate) idle: Instant,
    /// One POST at a time is received, so that a session holds at most one body besides that which is being read.
    pub(crate) posts: Arc<Semaphore>,
}

#[cfg(feature = "legacy")]
impl Default for V1State {
    fn default() -> Self {
        Self { poll: 0, idle: Instant::now(), posts: Arc::new(Semaphore::new(1)) }
    }
}
