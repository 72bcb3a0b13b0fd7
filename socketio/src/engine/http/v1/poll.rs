//! A poll of xhr-polling or jsonp-polling: answered with what waits in the outbox, or with a noop after `polling_duration`.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderMap, Response, request::Parts};
use tokio::time::{Sleep, sleep};

use crate::engine::http::body::Body;
use crate::engine::http::polling::get::take;
use crate::engine::http::reply::Reply;
use crate::engine::http::v1::reply::no_filter;
use crate::engine::options::choices::Transport;
use crate::engine::options::legacy::LegacyTransport;
use crate::engine::protocol::v1;
use crate::engine::request::query_value;
use crate::engine::session::outbox;
use crate::engine::session::outbox::Priority;
use crate::engine::session::state::{SessionState, wake};
use crate::packet::{Frame, Message};

/// The index of the callback that a script is to call; `None` for xhr-polling.
pub(crate) fn callback(transport: LegacyTransport, head: &Parts) -> Option<String> {
    if transport != LegacyTransport::JsonpPolling {
        return None;
    }
    let index = query_value(head.uri.query().unwrap_or_default(), "i").unwrap_or_default();
    // It becomes part of a script.
    let sound = !index.is_empty() && index.len() <= 10 && index.bytes().all(|byte| byte.is_ascii_digit());
    Some(if sound { index.into_owned() } else { "0".to_owned() })
}

/// The answer with these packets.
pub(crate) fn respond<'f>(index: Option<&str>, frames: impl ExactSizeIterator<Item = &'f Frame>) -> Response<Body> {
    let mut response = Reply::encoded(v1::encode(index, frames)).into_response(HeaderMap::new());
    if index.is_some() {
        no_filter(&mut response);
    }
    response
}

/// Serves a poll, which is pending for `duration` at most.
pub(crate) async fn serve(session: Arc<SessionState>, index: Option<String>, duration: Duration) -> Response<Body> {
    let Some(number) = begin(&session) else { return respond(index.as_deref(), [v1::unknown()].iter()) };
    let poll = PendingPoll { session: Arc::clone(&session), number, patience: Box::pin(sleep(duration)) };
    let (frames, carries) = poll.await;
    let response = respond(index.as_deref(), frames.iter());
    response.map(|body| if carries { body.of_session(&session) } else { body })
}

/// Makes this poll the one that takes messages; `None` if the session has ended.
fn begin(session: &SessionState) -> Option<u64> {
    let mut state = session.lock();
    let over = state.is_over();
    if state.polling.end_sent || over && state.transport != Transport::Polling {
        return None;
    }
    let v1 = state.v1.as_mut()?;
    v1.poll += 1;
    let number = v1.poll;
    let moved = state.transport != Transport::Polling;
    state.transport = Transport::Polling;
    state.polling.pending = true;
    let begins = !std::mem::replace(&mut state.polling.used, true);
    // A client that has given up another transport may not have received that it is connected.
    if moved
        && !over
        && let Some(connected) = session.protocol.connected().filter(|_| !begins)
    {
        state.outbox.offer(Message::One(connected), session.limits(), Priority::Reply);
    }
    let waker = if begins || moved { state.task() } else { None };
    drop(state);
    wake(waker);
    Some(number)
}

/// A poll that is pending. If the client closes the connection the session goes on, because the client may poll again.
struct PendingPoll {
    session: Arc<SessionState>,
    number: u64,
    patience: Pin<Box<Sleep>>,
}

impl Future for PendingPoll {
    /// The packets, and whether messages are among them.
    type Output = (Vec<Frame>, bool);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let late = this.patience.as_mut().poll(cx).is_ready();
        let mut state = this.session.lock();
        let newest = state.v1.as_ref().is_some_and(|v1| v1.poll == this.number);
        // What waits is for the stream if the client has opened one.
        let left = newest && state.transport != Transport::Polling;
        let mut taken = VecDeque::new();
        let answer = if newest && !left { take(&mut state, &mut taken, &this.session) } else { None };
        let Some(answer) = answer else {
            if left || late {
                state.end_poll(this.number);
                return Poll::Ready((vec![this.session.protocol.noop()], false));
            }
            if newest {
                state.polling.get = Some(cx.waker().clone());
            }
            return Poll::Pending;
        };
        state.end_poll(this.number);
        this.session.answered(state, answer.last);
        let frames = answer.frames(&taken).cloned().collect();
        taken.clear();
        outbox::give_back(&mut taken);
        Poll::Ready((frames, true))
    }
}

impl Drop for PendingPoll {
    fn drop(&mut self) {
        self.session.lock().end_poll(self.number);
    }
}
