//! How a session changes to another transport, in its state.

use std::task::Context;

use crate::engine::options::choices::Transport;
use crate::engine::session::state::{SessionState, wake};
use crate::engine::transport::stream::Stream;
use crate::engine::worker;

impl SessionState {
    /// Reserves the session for the probe of a WebSocket; `false` if another one is probed, or the session does not poll.
    pub(crate) fn begin_upgrade(&self) -> bool {
        let mut state = self.lock();
        let free = !state.is_over() && state.transport == Transport::Polling && !state.upgrading;
        state.upgrading |= free;
        state.polling.used |= free;
        free
    }

    /// The probe has failed: the session goes on polling.
    pub(crate) fn abandon_upgrade(&self) {
        let mut state = self.lock();
        state.upgrading = state.transport == Transport::WebSocket;
        state.polling.noop = false;
        state.probe = None;
    }

    /// Whether the session has ended; if not, `cx` is woken when it does.
    pub(crate) fn poll_ended(&self, cx: &Context<'_>) -> bool {
        let mut state = self.lock();
        state.probe = Some(cx.waker().clone());
        state.ended.is_some()
    }

    /// Answers the pending GET with a noop, so that the client can finish its upgrade.
    pub(crate) fn noop(&self) {
        let mut state = self.lock();
        // Not a later GET: the client may be about to finish.
        state.polling.noop = state.polling.pending;
        let waker = state.polling.take_waker();
        drop(state);
        wake(waker);
    }

    /// Gives the task a stream, which replaces polling or another stream. Returns the stream if the session has ended.
    pub(crate) fn attach(&self, stream: Stream, transport: Transport) -> Result<(), Stream> {
        let mut state = self.lock();
        if state.is_over() {
            return Err(stream);
        }
        state.transport = transport;
        (state.handover, state.handover_worker) = (Some(stream), worker::id());
        state.probe = None;
        // The pending GET is answered without messages: what waits is for the stream.
        (state.polling.pending, state.polling.used) = (false, true);
        let wakers = [state.polling.take_waker(), state.polling.post.take(), state.task()];
        drop(state);
        wakers.into_iter().for_each(wake);
        Ok(())
    }
}
