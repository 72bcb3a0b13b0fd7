//! A GET: answered with what waits, or pending until something does.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::time::Instant;

use crate::{
    engine::{
        error::CloseReason,
        http::{refusal::Refusal, reply::Reply},
        options::choices::Transport,
        session::{
            outbox,
            state::{Shared, State, wake},
        },
    },
    packet::{Frame, Message},
};

/// Serves a GET of a session that uses polling; `index` is what it says about JSONP.
pub(crate) fn get(session: Arc<Shared>, index: Option<String>) -> Result<Held, Refusal> {
    {
        let mut state = session.lock();
        if state.polling.end_sent {
            return Err(Refusal::UnknownSession);
        }
        // The clock is asked only if there is something to compare with.
        if state.polling.pong_until.is_some() && state.is_overdue(Instant::now()) {
            let waker = state.fail(CloseReason::PingTimeout);
            drop(state);
            wake(waker);
            return Err(Refusal::UnknownSession);
        }
        if state.polling.held {
            // Each of two readers would get a part: the session is closed, and the pending GET gets the close packet.
            let waker = state.fail(CloseReason::TransportError);
            drop(state);
            wake(waker);
            tracing::debug!(sid = session.id.hint(), "overlapping polling requests");
            return Err(Refusal::Polling);
        }
        state.polling.held = true;
        state.polling.late = true;
        state.polling.used = true;
    }
    Ok(Held { session, index, answered: false })
}

/// A GET that is pending. If it is dropped unanswered, the client has gone.
pub(crate) struct Held {
    session: Arc<Shared>,
    index: Option<String>,
    answered: bool,
}

impl Future for Held {
    type Output = Result<Reply, Refusal>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut state = this.session.lock();
        if state.transport == Transport::WebSocket {
            // What waits belongs to the WebSocket now; a client that has finished its upgrade polls no more.
            this.answered = true;
            return Poll::Ready(Err(Refusal::BadRequest("the session has left polling")));
        }
        if state.ended == Some(CloseReason::TransportClose) && state.polling.late {
            this.answered = true;
            return Poll::Ready(Err(Refusal::UnknownSession));
        }
        let mut taken = VecDeque::new();
        let Some(around) = take(&mut state, &mut taken, &this.session) else {
            state.polling.get = Some(cx.waker().clone());
            return Poll::Pending;
        };
        state.polling.held = false;
        this.session.answered(state, around.last);
        this.answered = true;
        let encoded = this.session.protocol.encode(this.index.as_deref().unwrap_or_default(), around.frames(&taken));
        let reply = Reply::encoded(encoded);
        if taken.is_empty() {
            return Poll::Ready(Ok(reply));
        }
        taken.clear();
        outbox::give_back(&mut taken);
        Poll::Ready(Ok(reply.of_session(&this.session)))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let mut state = self.session.lock();
        state.polling.held = false;
        state.polling.get = None;
        // After an upgrade nobody needs the answer.
        let waker = if state.transport == Transport::Polling { state.fail(CloseReason::TransportError) } else { None };
        drop(state);
        wake(waker);
    }
}

/// The packets around those of the outbox.
pub(crate) struct Around {
    ping: Option<Frame>,
    end: Option<Frame>,
    /// The client learns from this answer that the session is over.
    pub(crate) last: bool,
}

/// What a GET is to be answered with, if anything; what it takes from the outbox goes to `taken`.
pub(crate) fn take(state: &mut State, taken: &mut VecDeque<Message>, session: &Shared) -> Option<Around> {
    let (protocol, limits) = (session.protocol, session.limits());
    if let Some(reason) = state.ended {
        state.outbox.take_answer(taken, limits);
        if !state.outbox.is_empty() || !taken.is_empty() && protocol.ends_apart(reason) {
            // The close packet comes with the last part, or behind it.
            return Some(Around { ping: None, end: None, last: false });
        }
        state.polling.end_sent = true;
        let end = Some(protocol.end_of_polling(reason)).filter(|_| !protocol.ends(taken));
        return Some(Around { ping: None, end, last: true });
    }
    if state.is_over() {
        // The task is about to end the session, and then wakes us.
        return None;
    }
    let ping = std::mem::take(&mut state.polling.ping);
    if ping || !state.outbox.is_empty() {
        state.outbox.take_answer(taken, limits);
        return Some(Around { ping: ping.then(|| protocol.ping()), end: None, last: false });
    }
    let noop = std::mem::take(&mut state.polling.noop);
    noop.then(|| Around { ping: None, end: Some(protocol.noop()), last: false })
}

impl Around {
    /// All packets of the answer.
    pub(crate) fn frames<'f>(&'f self, taken: &'f VecDeque<Message>) -> impl Iterator<Item = &'f Frame> + Clone {
        self.ping.iter().chain(taken.iter().flat_map(Message::frames)).chain(&self.end)
    }
}
