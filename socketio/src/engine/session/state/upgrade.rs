//! The change of a session to another transport, as its shared state sees it.

use std::task::Context;

use crate::engine::{
    options::choices::Transport,
    session::state::{Shared, wake},
    transport::stream::Stream,
};

impl Shared {
    /// Reserves the session for one WebSocket; `false` if there is one, or none can be.
    pub(crate) fn begin_upgrade(&self) -> bool {
        let mut state = self.lock();
        let free = !state.is_over() && state.transport == Transport::Polling && !state.upgrading;
        state.upgrading |= free;
        state.polling.used |= free;
        free
    }

    /// The WebSocket that was tried is gone; the session stays with polling.
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

    /// Answers a held GET with a noop, so that the client can finish its upgrade.
    pub(crate) fn noop(&self) {
        let mut state = self.lock();
        // One that comes later is for the next tick: the client may be about to finish.
        state.polling.noop = state.polling.held;
        let waker = state.polling.take_waker();
        drop(state);
        wake(waker);
    }

    /// A stream takes over. Gives it back if the session is over.
    pub(crate) fn attach(&self, stream: Stream, transport: Transport) -> Result<(), Stream> {
        let mut state = self.lock();
        if state.is_over() {
            return Err(stream);
        }
        state.transport = transport;
        state.handover = Some(stream);
        state.probe = None;
        // A pending GET ends by itself: what waits belongs to the stream.
        (state.polling.held, state.polling.used) = (false, true);
        let wakers = [state.polling.take_waker(), state.polling.post.take(), state.task()];
        drop(state);
        wakers.into_iter().for_each(wake);
        Ok(())
    }
}
