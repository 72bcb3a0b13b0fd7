//! The GET of a polling client: answered with what waits in the outbox, or pending until something does.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::time::Instant;

use crate::engine::error::CloseReason;
use crate::engine::http::refusal::Refusal;
use crate::engine::http::reply::Reply;
use crate::engine::options::choices::Transport;
use crate::engine::session::outbox;
use crate::engine::session::state::{Locked, SessionState, wake};
use crate::packet::{Frame, Message};

/// Serves a GET; `index` is the index of its JSONP callback.
pub(crate) fn get(session: Arc<SessionState>, index: Option<String>) -> Result<PendingGet, Refusal> {
    {
        let mut state = session.lock();
        if state.polling.end_sent {
            return Err(Refusal::UnknownSession);
        }
        // The clock is read only if a pong is awaited.
        if state.polling.pong_until.is_some() && state.is_overdue(Instant::now()) {
            let waker = state.fail(CloseReason::PingTimeout);
            drop(state);
            wake(waker);
            return Err(Refusal::UnknownSession);
        }
        if state.polling.pending {
            // Each of two GETs would get a part of the packets: the session is closed, and the pending GET gets the close packet.
            let waker = state.fail(CloseReason::TransportError);
            drop(state);
            wake(waker);
            tracing::debug!(sid = session.id.hint(), "overlapping polling requests");
            return Err(Refusal::Polling);
        }
        state.polling.pending = true;
        state.polling.late = true;
        state.polling.used = true;
    }
    Ok(PendingGet { session, index, answered: false })
}

/// A GET that is pending. Dropping it unanswered closes the session, because the client has closed the connection.
pub(crate) struct PendingGet {
    session: Arc<SessionState>,
    index: Option<String>,
    answered: bool,
}

impl Future for PendingGet {
    type Output = Result<Reply, Refusal>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut state = this.session.lock();
        if state.transport == Transport::WebSocket {
            // What waits is sent over the WebSocket.
            this.answered = true;
            return Poll::Ready(Err(Refusal::BadRequest("the session has left polling")));
        }
        if state.ended == Some(CloseReason::TransportClose) && state.polling.late {
            this.answered = true;
            return Poll::Ready(Err(Refusal::UnknownSession));
        }
        let mut taken = VecDeque::new();
        let Some(answer) = take(&mut state, &mut taken, &this.session) else {
            state.polling.get = Some(cx.waker().clone());
            return Poll::Pending;
        };
        state.polling.pending = false;
        this.session.answered(state, answer.last);
        this.answered = true;
        let encoded = this.session.protocol.encode(this.index.as_deref().unwrap_or_default(), answer.frames(&taken));
        let reply = Reply::encoded(encoded);
        if taken.is_empty() {
            return Poll::Ready(Ok(reply));
        }
        taken.clear();
        outbox::give_back(&mut taken);
        Poll::Ready(Ok(reply.of_session(&this.session)))
    }
}

impl Drop for PendingGet {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let mut state = self.session.lock();
        state.polling.pending = false;
        state.polling.get = None;
        // After an upgrade the answer is not needed.
        let waker = if state.transport == Transport::Polling { state.fail(CloseReason::TransportError) } else { None };
        drop(state);
        wake(waker);
    }
}

/// The packets of an answer besides those of the outbox.
pub(crate) struct Answer {
    ping: Option<Frame>,
    end: Option<Frame>,
    /// The answer contains the end of the session.
    pub(crate) last: bool,
}

/// The answer to a GET, if there is something to answer. Messages are moved from the outbox to `taken`.
pub(crate) fn take(state: &mut Locked, taken: &mut VecDeque<Message>, session: &SessionState) -> Option<Answer> {
    let (protocol, limits) = (session.protocol, session.limits());
    if let Some(reason) = state.ended {
        state.outbox.take_answer(taken, limits);
        if !state.outbox.is_empty() || !taken.is_empty() && protocol.ends_apart(reason) {
            // The close packet comes in the last answer, or in one behind it.
            return Some(Answer { ping: None, end: None, last: false });
        }
        state.polling.end_sent = true;
        let end = Some(protocol.end_of_polling(reason)).filter(|_| !protocol.ends(taken));
        return Some(Answer { ping: None, end, last: true });
    }
    if state.is_over() {
        // The task is about to end the session, which wakes this GET.
        return None;
    }
    let ping = std::mem::take(&mut state.polling.ping);
    if ping || !state.outbox.is_empty() {
        state.outbox.take_answer(taken, limits);
        return Some(Answer { ping: ping.then(|| protocol.ping()), end: None, last: false });
    }
    let noop = std::mem::take(&mut state.polling.noop);
    noop.then(|| Answer { ping: None, end: Some(protocol.noop()), last: false })
}

impl Answer {
    /// All packets of the answer.
    pub(crate) fn frames<'f>(&'f self, taken: &'f VecDeque<Message>) -> impl Iterator<Item = &'f Frame> + Clone {
        self.ping.iter().chain(taken.iter().flat_map(Message::frames)).chain(&self.end)
    }
}
