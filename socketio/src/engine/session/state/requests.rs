//! How the polling requests of a client change the state of its session.

use std::{
    sync::MutexGuard,
    task::{Context, Poll},
    time::Duration,
};

#[cfg(feature = "legacy")]
use tokio::time::Instant;

use crate::engine::options::choices::Transport;
use crate::engine::protocol::common::Posted;
use crate::engine::session::state::{Locked, SessionState, wake};

/// Why a body was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PostError {
    /// The session is over.
    Over,
    /// The session has left polling.
    Moved,
}

impl SessionState {
    /// Leaves a body for the task as soon as the one before has been taken.
    pub(crate) fn poll_leave(&self, body: &Posted, cx: &Context<'_>) -> Poll<Result<(), PostError>> {
        let mut state = self.lock();
        if state.is_over() {
            return Poll::Ready(Err(PostError::Over));
        }
        if state.transport != Transport::Polling && !self.protocol.posts_beside_streams() {
            return Poll::Ready(Err(PostError::Moved));
        }
        if state.polling.body.is_some() {
            state.polling.post = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.polling.body = Some(body.clone());
        state.polling.late = false;
        let waker = state.task();
        drop(state);
        wake(waker);
        Poll::Ready(Ok(()))
    }

    /// A GET has taken its packets; `last`: the end of the session is among them.
    pub(crate) fn answered(&self, mut state: MutexGuard<'_, Locked>, last: bool) {
        state.polling.get = None;
        let space = state.freed(self.limits);
        let stalled = std::mem::take(&mut state.polling.stalled);
        let task = if stalled || last { state.task() } else { None };
        drop(state);
        wake(task);
        if let Some(space) = space {
            space.notify_waiters();
        }
    }

    /// The time since the last poll of a client of 0.7 to 0.9; zero while a poll is pending.
    pub(crate) fn absent(&self) -> Duration {
        #[cfg(feature = "legacy")]
        if let state = self.lock()
            && let Some(v1) = &state.v1
            && !state.polling.pending
        {
            return v1.idle.elapsed();
        }
        Duration::ZERO
    }

    /// Waits until the client has sent a request after the handshake; `false` if the session is to end before.
    #[cfg(feature = "legacy")]
    pub(crate) fn poll_used(&self, cx: &Context<'_>) -> Poll<bool> {
        let mut state = self.lock();
        if state.polling.used || state.is_over() || state.draining {
            return Poll::Ready(state.polling.used);
        }
        state.parked = true;
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

#[cfg(feature = "legacy")]
impl Locked {
    /// A poll of 0.7 to 0.9 has ended: answered, or given up by its client.
    pub(crate) fn end_poll(&mut self, poll: u64) {
        let Some(v1) = &mut self.v1 else { return };
        if v1.poll == poll && self.polling.pending {
            v1.idle = Instant::now();
            self.polling.pending = false;
            self.polling.get = None;
        }
    }
}
