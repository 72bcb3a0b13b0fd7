//! The POST of a polling client: its body is received within bounds, then left for the task of the session.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, header};

use crate::engine::error::CloseReason;
use crate::engine::http::body::Body;
use crate::engine::http::refusal::Refusal;
use crate::engine::http::reply::Reply;
use crate::engine::options::choices::Transport;
use crate::engine::protocol::common::Posted;
use crate::engine::session::state::requests::PostError;
use crate::engine::session::state::{SessionState, wake};
use crate::packet::engine::{jsonp, payload};

/// How long a refused body is read.
const DISCARDING: Duration = Duration::from_secs(1);

/// The bounds of one POST.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) size: usize,
    pub(crate) time: Duration,
}

/// The answer `ok`, sent when the task of the session can take the body.
pub(crate) type Posting = Pin<Box<dyn Future<Output = Result<Reply, Refusal>> + Send>>;

/// Serves a POST of a session that uses polling.
pub(crate) fn post<B>(
    session: Arc<SessionState>,
    headers: &HeaderMap,
    body: B,
    bounds: Bounds,
) -> Result<Posting, Refusal>
where
    B: http_body::Body<Data: Buf + Send> + Send + 'static,
{
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let binary = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/octet-stream");
    let mut state = session.lock();
    if state.is_over() {
        return Err(Refusal::UnknownSession);
    }
    state.polling.used = true;
    if binary && !session.protocol.reads_bodies_of_bytes() || state.polling.posting {
        // The order of overlapping bodies would not be known.
        let waker = state.fail(CloseReason::TransportError);
        drop(state);
        wake(waker);
        tracing::debug!(sid = session.id.hint(), binary, "POST refused");
        return Err(Refusal::Polling);
    }
    if declared.is_none_or(|declared| declared <= bounds.size as u64) {
        state.polling.posting = true;
    } else {
        drop(state);
        // Answered at once, while the client may still be writing.
        tokio::spawn(async move { discard(pin!(body), bounds.size).await });
        return Err(too_large(&session, bounds));
    }
    drop(state);
    Ok(Box::pin(take(Post { session, done: false }, declared, binary, body, bounds)))
}

/// Receives the body of a POST and leaves it for the task.
async fn take<B>(mut post: Post, declared: Option<u64>, binary: bool, body: B, bounds: Bounds) -> Result<Reply, Refusal>
where
    B: http_body::Body<Data: Buf>,
{
    let body = pin!(body);
    let mut receiving = pin!(receive(body, declared, bounds.size));
    // A short body was received with the head, and needs no timer.
    let received = match poll_fn(|cx| Poll::Ready(receiving.as_mut().poll(cx))).await {
        Poll::Ready(received) => Ok(received),
        Poll::Pending => tokio::time::timeout(bounds.time, receiving).await,
    };
    match received {
        Ok(Received::Whole(bytes)) => {
            let posted = if post.session.protocol.jsonp {
                // A form that cannot be read becomes an empty body, for which the task closes the session.
                Posted { bytes: jsonp::form(&bytes).map_or_else(|_| Bytes::new(), Bytes::from), binary: false }
            } else {
                Posted { bytes, binary }
            };
            let left = poll_fn(|cx| post.session.poll_leave(&posted, cx)).await;
            post.done = true;
            let left = left.map_err(|why| match why {
                PostError::Over => Refusal::UnknownSession,
                PostError::Moved => Refusal::BadRequest("the session has left polling"),
            });
            left.map(|()| Reply::new(const { HeaderValue::from_static("text/html") }, Body::from(payload::ACCEPTED)))
        }
        Ok(Received::TooLarge) => {
            post.done = true;
            Err(too_large(&post.session, bounds))
        }
        // Dropping `post` closes the session.
        Ok(Received::Broken) | Err(_) => Err(Refusal::Polling),
    }
}

fn too_large(session: &SessionState, bounds: Bounds) -> Refusal {
    tracing::debug!(sid = session.id.hint(), max = bounds.size, "POST is too large");
    Refusal::TooLarge
}

pub(crate) enum Received {
    Whole(Bytes),
    TooLarge,
    Broken,
}

/// Reads and discards a refused body, so that a client that writes before it reads receives the answer.
async fn discard<B: http_body::Body<Data: Buf>>(mut body: Pin<&mut B>, max: usize) {
    let mut left = max;
    let _ = tokio::time::timeout(DISCARDING, async {
        while let Some(Ok(frame)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            match left.checked_sub(frame.data_ref().map_or(0, Buf::remaining)) {
                Some(less) => left = less,
                None => return,
            }
        }
    })
    .await;
}

/// Receives a body of at most `max` bytes.
pub(crate) async fn receive<B: http_body::Body<Data: Buf>>(
    mut body: Pin<&mut B>,
    declared: Option<u64>,
    max: usize,
) -> Received {
    let mut whole = Bytes::new();
    let mut parts = BytesMut::new();
    let mut size = 0usize;
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx).map(|frame| frame.map(Result::ok))).await {
        let Some(frame) = frame else { return Received::Broken };
        let Ok(mut data) = frame.into_data() else { continue };
        size = size.saturating_add(data.remaining());
        if size > max {
            drop((whole, parts, data));
            discard(body, max).await;
            return Received::TooLarge;
        }
        if whole.is_empty() && parts.is_empty() {
            // Most bodies come in one piece.
            whole = data.copy_to_bytes(data.remaining());
        } else {
            if parts.is_empty() {
                let expected = declared.and_then(|declared| usize::try_from(declared).ok()).unwrap_or(size);
                parts.reserve(expected.max(size).min(max));
                parts.extend_from_slice(&std::mem::take(&mut whole));
            }
            while data.has_remaining() {
                let chunk = data.chunk();
                parts.extend_from_slice(chunk);
                let length = chunk.len();
                data.advance(length);
            }
        }
    }
    // Copied, because it is a slice of the HTTP server's read buffer, which would stay allocated as long as any packet in it.
    Received::Whole(if parts.is_empty() { Bytes::copy_from_slice(&whole) } else { parts.freeze() })
}

/// A POST in progress. Dropping it before it is done closes the session, because the client has closed the connection.
struct Post {
    session: Arc<SessionState>,
    done: bool,
}

impl Drop for Post {
    fn drop(&mut self) {
        let mut state = self.session.lock();
        state.polling.posting = false;
        state.polling.post = None;
        let gone = !self.done && state.transport == Transport::Polling;
        let waker = if gone { state.fail(CloseReason::TransportError) } else { None };
        drop(state);
        wake(waker);
    }
}
