//! The move of a session from polling to a WebSocket, as its shared state sees it. The WebSocket's side is in `upgrade`.

use std::task::Context;

use super::{Shared, wake};
use crate::engine::{options::Transport, websocket::WebSocket};

impl Shared {
    /// Reserves the session for one WebSocket; `false` if there is one, or none can be.
    pub(in crate::engine) fn begin_upgrade(&self) -> bool {
        let mut state = self.lock();
        let free = !state.is_over() && state.transport == Transport::Polling && !state.upgrading;
        state.upgrading |= free;
        state.polling.used |= free;
        free
    }

    /// The WebSocket that was tried is gone; the session stays with polling.
    pub(in crate::engine) fn abandon_upgrade(&self) {
        let mut state = self.lock();
        state.upgrading = state.transport == Transport::WebSocket;
        state.polling.noop = false;
        state.probe = None;
    }

    /// Whether the session has ended; if not, `cx` is woken when it does.
    pub(in crate::engine) fn poll_ended(&self, cx: &Context<'_>) -> bool {
        let mut state = self.lock();
        state.probe = Some(cx.waker().clone());
        state.ended.is_some()
    }

    /// Answers a held GET with a noop, so that the client can finish its upgrade.
    pub(in crate::engine) fn noop(&self) {
        let mut state = self.lock();
        // One that comes later is for the next tick: the client may be about to finish.
        state.polling.noop = state.polling.held;
        let waker = state.polling.getter();
        drop(state);
        wake(waker);
    }

    /// The WebSocket takes over from polling. Gives it back if the session has ended.
    pub(in crate::engine) fn hand_over(&self, websocket: Box<WebSocket>) -> Result<(), Box<WebSocket>> {
        let mut state = self.lock();
        if state.is_over() {
            return Err(websocket);
        }
        state.transport = Transport::WebSocket;
        state.handover = Some(websocket);
        state.probe = None;
        let wakers = [state.polling.getter(), state.polling.poster.take(), state.task()];
        drop(state);
        wakers.into_iter().for_each(wake);
        Ok(())
    }
}
