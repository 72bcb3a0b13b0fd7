//! A GET: answered with what waits, or held until something does.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::StatusCode;
use tokio::time::Instant;

use super::{Answer, Reply};
use crate::{
    engine::{
        error::CloseReason,
        options::Transport,
        outbox::Limits,
        refusal::Refusal,
        shared::{Shared, State, wake},
        wire::{Encoded, Wire},
    },
    packet::{Frame, Message},
};

/// Serves a GET of a session that uses polling; `index` is what it says about JSONP.
pub(in crate::engine) fn get(session: Arc<Shared>, index: Option<String>) -> Result<Answer, Refusal> {
    {
        let mut state = session.lock();
        if state.polling.told {
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
            // Two readers would each get a part. Neither goes on; the one that is held is told.
            let waker = state.fail(CloseReason::TransportError);
            drop(state);
            wake(waker);
            tracing::debug!(sid = session.id.hint(), "overlapping polling requests");
            return Ok(Answer::Now(Reply::empty(StatusCode::BAD_REQUEST)));
        }
        state.polling.held = true;
        state.polling.late = true;
        state.polling.used = true;
    }
    Ok(Answer::Get(Held { session, index, answered: false }))
}

/// A GET that is held. If it is dropped unanswered, the client has gone.
pub(in crate::engine) struct Held {
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
        let Some(packets) = packets(&mut state, &mut taken, this.session.limits()) else {
            state.polling.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        state.polling.held = false;
        state.polling.waker = None;
        let space = state.freed(this.session.limits());
        let stalled = std::mem::take(&mut state.polling.stalled);
        let task = if stalled || packets.last_words { state.task() } else { None };
        drop(state);
        this.answered = true;
        wake(task);
        if let Some(space) = space {
            space.notify_waiters();
        }
        let wire = this.session.wire;
        let reply = wire.answer(this.index.as_deref().unwrap_or_default(), packets.encode(wire, &taken));
        Poll::Ready(Ok(if taken.is_empty() { reply } else { reply.of_session(&this.session) }))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let mut state = self.session.lock();
        state.polling.held = false;
        state.polling.waker = None;
        // After an upgrade nobody needs the answer.
        let waker = if state.transport == Transport::Polling { state.fail(CloseReason::TransportError) } else { None };
        drop(state);
        wake(waker);
    }
}

/// The packets around those of the outbox.
struct Around {
    ping: bool,
    end: Option<&'static [u8]>,
    last_words: bool,
}

/// What a GET is to be answered with, if anything; what it takes from the outbox goes to `taken`.
fn packets(state: &mut State, taken: &mut VecDeque<Message>, limits: Limits) -> Option<Around> {
    const NOOP: &[u8] = b"6";
    const CLOSE: &[u8] = b"1";
    if let Some(reason) = state.ended {
        state.outbox.take_answer(taken, limits);
        if !state.outbox.is_empty() || !taken.is_empty() && reason.closes_apart() {
            // The close packet comes with the last part, or behind it.
            return Some(Around { ping: false, end: None, last_words: false });
        }
        state.polling.told = true;
        // A client that has closed the session itself needs no close packet.
        let end = if reason == CloseReason::TransportClose { NOOP } else { CLOSE };
        return Some(Around { ping: false, end: Some(end), last_words: true });
    }
    if state.is_over() {
        // The task is about to end the session, and then wakes us.
        return None;
    }
    let ping = std::mem::take(&mut state.polling.ping);
    if ping || !state.outbox.is_empty() {
        state.outbox.take_answer(taken, limits);
        return Some(Around { ping, end: None, last_words: false });
    }
    let noop = std::mem::take(&mut state.polling.noop);
    noop.then_some(Around { ping: false, end: Some(NOOP), last_words: false })
}

impl Around {
    fn encode(&self, wire: Wire, messages: &VecDeque<Message>) -> Encoded {
        let ping = self.ping.then(|| Frame::text(&b"2"[..]));
        let end = self.end.map(Frame::text);
        wire.encode(ping.iter().chain(messages.iter().flat_map(|message| message.frames())).chain(&end))
    }
}
