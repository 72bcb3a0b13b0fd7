//! The POST of xhr-polling, jsonp-polling and htmlfile: its body is received within bounds, then left for the task of the session.

use std::{future::poll_fn, pin::pin, sync::Arc};

use bytes::{Buf, Bytes};
use http::{Response, StatusCode, header, request::Parts};
use tokio::time::timeout;

use crate::engine::http::body::Body;
use crate::engine::http::polling::post::{Received, receive};
use crate::engine::http::v1::reply;
use crate::engine::http::v1::reply::no_filter;
use crate::engine::options::Options;
use crate::engine::options::legacy::LegacyTransport;
use crate::engine::protocol::common::Posted;
use crate::engine::session::state::SessionState;
use crate::packet::v1::payload;

/// Serves a POST. The answer is `1` whatever the body is, because the clients understand no other.
pub(crate) async fn serve<B: http_body::Body<Data: Buf>>(
    session: Option<Arc<SessionState>>,
    transport: LegacyTransport,
    body: B,
    head: &Parts,
    options: &Options,
) -> Response<Body> {
    let Some(session) = session.filter(|session| !session.is_closed()) else { return one() };
    let Some(turn) = session.lock().v1.as_ref().map(|v1| Arc::clone(&v1.posts)) else { return one() };
    let patience = options.legacy_options.close_timeout;
    // The semaphore is never closed. The permit is kept until the body was left.
    let Ok(Ok(_turn)) = timeout(patience, turn.acquire()).await else { return refuse(StatusCode::SERVICE_UNAVAILABLE) };
    let declared = head.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    // A form takes up to three times the bytes of what is in it.
    let max = match transport {
        LegacyTransport::JsonpPolling => options.max_payload.saturating_mul(3),
        _ => options.max_payload,
    };
    let body = match timeout(patience, receive(pin!(body), declared, max)).await {
        Ok(Received::Whole(body)) => body,
        Ok(Received::TooLarge) => {
            tracing::debug!(sid = session.id.hint(), max, "POST is too large");
            return refuse(StatusCode::PAYLOAD_TOO_LARGE);
        }
        Ok(Received::Broken) | Err(_) => return refuse(StatusCode::BAD_REQUEST),
    };
    let body = if transport == LegacyTransport::JsonpPolling { from_form(&body, options.max_payload) } else { body };
    if body.is_empty() {
        return one();
    }
    let posted = Posted { bytes: body, binary: false };
    // Dropped if the session is over.
    let _ = poll_fn(|cx| session.poll_leave(&posted, cx)).await;
    one()
}

/// The packets in a form; empty if it has none.
fn from_form(body: &Bytes, max: usize) -> Bytes {
    let text = std::str::from_utf8(body).ok();
    let payload = text.and_then(payload::form);
    match payload.filter(|payload| payload.len() <= max) {
        Some(payload) => Bytes::from(payload),
        None => {
            tracing::debug!("a form without a payload, or with one that is too large");
            Bytes::new()
        }
    }
}

fn one() -> Response<Body> {
    refuse(StatusCode::OK)
}

fn refuse(status: StatusCode) -> Response<Body> {
    let mut response = reply::text(status, payload::ACCEPTED);
    no_filter(&mut response);
    response
}
