//! How a session ends, in its state: requested, ended, without a task.

use std::time::Duration;

use crate::engine::error::CloseReason;
use crate::engine::options::choices::Transport;
use crate::engine::session::state::{SessionState, wake};
use crate::packet::websocket::CloseStatus;

impl SessionState {
    pub(crate) fn close(&self, reason: CloseReason) {
        let mut state = self.lock();
        if reason == CloseReason::ServerShutdown && state.ended.is_some() {
            // A shutdown does not wait for a polling client that has not fetched the close packet of an earlier end.
            state.polling.end_sent = true;
        } else if state.is_over() {
            return;
        } else {
            state.closing = Some(reason);
        }
        let waker = state.task();
        drop(state);
        wake(waker);
    }

    /// Ends the session as soon as no handler runs.
    pub(crate) fn finish(&self) {
        let mut state = self.lock();
        if state.ended.is_some() {
            // As in `close`.
            state.polling.end_sent = true;
        }
        state.draining = true;
        let waker = state.task();
        drop(state);
        wake(waker);
    }

    /// Ends the session with a status for the close frame of a WebSocket, unless it has ended.
    pub(crate) fn close_with_status(&self, status: CloseStatus) {
        let mut state = self.lock();
        if state.is_over() {
            return;
        }
        state.status = Some(Box::new(status));
        let waker = state.fail(CloseReason::ForcedClose);
        drop(state);
        wake(waker);
    }

    /// The status for the close frame.
    pub(crate) fn take_status(&self) -> Option<Box<CloseStatus>> {
        self.lock().status.take()
    }

    /// The session ends now: wakes everything that waits for it. If a polling client has to fetch something with another GET, returns how
    /// long the session waits for that.
    pub(crate) fn end(&self, reason: CloseReason) -> Option<Duration> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return None;
        }
        state.ended = Some(reason);
        state.closing = None;
        state.polling.body = None;
        if !reason.flushes() {
            state.outbox.clear();
        }
        // A pending GET takes what one answer may carry. For the rest, or the close packet, the client has to come again.
        let polls = state.transport == Transport::Polling;
        let more = if self.protocol.ends_apart(reason) {
            !state.outbox.is_empty()
        } else {
            state.outbox.exceeds_answer(self.limits)
        };
        let comes_again = polls && more;
        let absent = polls && !state.polling.pending;
        // Messages that were sent while the server drained.
        let unfetched = absent && reason == CloseReason::ServerShutdown && !state.outbox.is_empty();
        let linger = match reason.lingers() {
            None if comes_again || unfetched => Some(reason.close_timeout()),
            linger => linger.filter(|_| absent || comes_again),
        };
        let wakers = [state.polling.take_waker(), state.polling.post.take(), state.probe.take()];
        let space = state.space.take();
        drop(state);
        wakers.into_iter().for_each(wake);
        if let Some(space) = space {
            space.notify_waiters();
        }
        linger
    }

    /// The task has ended: handles of the session do not keep its memory.
    pub(crate) fn detach(&self) {
        let mut state = self.lock();
        state.parked = false;
        state.waker = None;
    }

    /// Whether a GET has been answered with the end of the session.
    pub(crate) fn is_end_sent(&self) -> bool {
        self.lock().polling.end_sent
    }
}
