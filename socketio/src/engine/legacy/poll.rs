//! A GET of xhr-polling or jsonp-polling: answered with what waits, or with nothing after a while.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderName, HeaderValue, Response, request::Parts};
use tokio::time::{Sleep, sleep};

use super::{LegacyTransport, line::Line};
use crate::{
    engine::{
        body::Body,
        error::CloseReason,
        options::Transport,
        outbox::{Limits, Priority},
        polling::response,
        request::query_value,
        shared::{Shared, State, wake},
    },
    packet::{
        Frame, Message,
        v1::{self, fixed, payload},
    },
};

/// How packets are put into an answer.
pub(super) enum Wire {
    Xhr,
    /// With the index of the callback.
    Jsonp(String),
}

impl Wire {
    pub(super) fn of(transport: LegacyTransport, head: &Parts) -> Self {
        if transport != LegacyTransport::JsonpPolling {
            return Self::Xhr;
        }
        let index = query_value(head.uri.query().unwrap_or_default(), "i").unwrap_or_default();
        // It becomes part of a script.
        let sound = !index.is_empty() && index.len() <= 10 && index.bytes().all(|byte| byte.is_ascii_digit());
        Self::Jsonp(if sound { index.into_owned() } else { "0".to_owned() })
    }

    /// The answer with these packets.
    pub(super) fn answer<'a>(&self, packets: impl ExactSizeIterator<Item = &'a [u8]>) -> Response<Body> {
        let mut body = Vec::new();
        payload::encode(packets, &mut body);
        match self {
            Self::Xhr => response("text/plain; charset=UTF-8", Body::from(body)),
            Self::Jsonp(index) => {
                let body = payload::jsonp(index, std::str::from_utf8(&body).unwrap_or_default());
                let mut response = response("text/javascript; charset=UTF-8", Body::from(body));
                no_filter(&mut response);
                response
            }
        }
    }
}

/// What looks like a script in a request and comes back is no attack here.
pub(super) fn no_filter(response: &mut Response<Body>) {
    response.headers_mut().insert(HeaderName::from_static("x-xss-protection"), HeaderValue::from_static("0"));
}

/// Serves a poll.
pub(super) async fn serve(session: Arc<Shared>, wire: Wire, patience: Duration) -> Response<Body> {
    let begun = begin(&session);
    let Some(number) = begun else { return wire.answer([fixed::UNKNOWN].into_iter()) };
    let held = Held { session: Arc::clone(&session), number, patience: Box::pin(sleep(patience)) };
    let packets = held.await;
    let response = wire.answer(packets.iter().map(|frame| &frame.bytes()[..]));
    let carries = packets.iter().any(|frame| frame.bytes() != fixed::NOOP);
    response.map(|body| if carries { body.of_session(&session) } else { body })
}

/// Makes this poll the one that takes what waits; `None` if there is nothing to wait for.
fn begin(session: &Shared) -> Option<u64> {
    let mut state = session.lock();
    let over = state.is_over();
    if state.polling.told || over && state.transport != Transport::Polling {
        return None;
    }
    // A client that gives up another transport has perhaps never seen that it is connected.
    let moved = state.transport != Transport::Polling;
    state.transport = Transport::Polling;
    state.polling.held = true;
    let Line { opened, poll, .. } = &mut **state.line.as_mut()?;
    *poll += 1;
    let number = *poll;
    let begins = !std::mem::replace(opened, true);
    let greet = moved && !begins;
    if greet && !over {
        let hello = Message::One(Frame::text(v1::connected("")));
        state.outbox.offer(hello, session.limits(), Priority::Reply);
    }
    let waker = if begins || moved { state.task() } else { None };
    drop(state);
    wake(waker);
    Some(number)
}

/// A poll that is held. That its client drops it is not the end: it may come back.
struct Held {
    session: Arc<Shared>,
    number: u64,
    patience: Pin<Box<Sleep>>,
}

impl Future for Held {
    type Output = Vec<Frame>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<Frame>> {
        let this = &mut *self;
        let late = this.patience.as_mut().poll(cx).is_ready();
        let mut state = this.session.lock();
        let newest = state.line.as_ref().is_some_and(|line| line.poll == this.number);
        let answer = if newest { answer(&mut state, this.session.limits()) } else { None };
        let Some(Answer { frames, last }) = answer else {
            if late {
                state.unhold(this.number);
                return Poll::Ready(vec![Frame::text(fixed::NOOP)]);
            }
            if newest {
                state.polling.wait(cx.waker());
            }
            return Poll::Pending;
        };
        state.unhold(this.number);
        let space = state.freed(this.session.limits());
        let stalled = std::mem::take(&mut state.polling.stalled);
        let task = if stalled || last { state.task() } else { None };
        drop(state);
        wake(task);
        if let Some(space) = space {
            space.notify_waiters();
        }
        Poll::Ready(frames)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.session.lock().unhold(self.number);
    }
}

struct Answer {
    frames: Vec<Frame>,
    last: bool,
}

/// What the newest poll is to be answered with, if anything.
fn answer(state: &mut State, limits: Limits) -> Option<Answer> {
    if state.transport != Transport::Polling {
        // What waits belongs to the stream now.
        return Some(Answer { frames: vec![Frame::text(fixed::NOOP)], last: false });
    }
    let ended = state.ended;
    if ended.is_none() && (state.is_over() || state.outbox.is_empty()) {
        // If the session is about to end, its task wakes us when it has.
        return None;
    }
    let mut taken = VecDeque::new();
    state.outbox.take_answer(&mut taken, limits);
    let mut frames: Vec<Frame> = taken.iter().flat_map(|message| message.frames()).cloned().collect();
    let ended = ended.filter(|_| state.outbox.is_empty());
    if let Some(reason) = ended {
        state.polling.told = true;
        let farewell = farewell(reason);
        if frames.last().is_none_or(|last| last.bytes() != farewell) {
            frames.push(Frame::text(farewell));
        }
    }
    Some(Answer { frames, last: ended.is_some() })
}

/// How a session ends for a client that polls. One that is thrown out must not come back; any other is told to.
fn farewell(reason: CloseReason) -> &'static [u8] {
    if super::closing::is_final(reason) { fixed::DISCONNECT } else { fixed::UNKNOWN }
}
