//! The handshake of 0.7 to 0.9: an id, two timeouts and the transports, in one line of text or in a script.

use std::{future::poll_fn, sync::Arc, time::Duration};

use http::{Response, StatusCode, header, request::Parts};
use tracing::Instrument as _;

use crate::engine::error::CloseReason;
use crate::engine::http::body::Body;
use crate::engine::http::context::{Inner, admit_script, admits_v1, span};
use crate::engine::http::handshake;
use crate::engine::http::handshake::new_entry;
use crate::engine::http::refusal::Refusal;
use crate::engine::http::v1::reply;
use crate::engine::http::v1::reply::response;
use crate::engine::options::Options;
use crate::engine::options::choices::Transport;
use crate::engine::protocol::Protocol;
use crate::engine::request::query_value;
use crate::engine::session::Handler;
use crate::engine::session::table::Entry;
use crate::engine::worker;
use crate::packet::v1;
use crate::packet::v1::{LegacyBinary, payload};

/// Answers a handshake: opens a session, or refuses with the texts and status codes of the 0.9 server.
pub(crate) fn answer<H: Handler>(engine: &Arc<Inner<H>>, head: &mut Parts) -> Result<Response<Body>, Refusal> {
    let options = &engine.options;
    let jsonp = query_value(head.uri.query().unwrap_or_default(), "jsonp")
        .filter(|index| !index.is_empty() && index.len() <= 10 && index.bytes().all(|byte| byte.is_ascii_digit()))
        .map(std::borrow::Cow::into_owned);
    let admitted = match jsonp {
        Some(_) => admit_script(options, head, None).is_ok(),
        None => admits_v1(options, head, false),
    };
    if !admitted {
        tracing::debug!(origin = ?head.headers.get(header::ORIGIN), "handshake refused: bad origin");
        return Ok(refuse(jsonp.as_deref(), StatusCode::FORBIDDEN, "handshake bad origin"));
    }
    let base64 = options.legacy_options.binary == LegacyBinary::Base64;
    let protocol = Protocol::v1(base64, jsonp.is_some());
    let entry = match new_entry(engine, head, None, protocol, Transport::Polling) {
        Ok(entry) => entry,
        // The clients try again after any status but 403.
        Err(refusal @ (Refusal::Full | Refusal::TooManyOfAddress | Refusal::ShuttingDown)) => {
            refusal.warn();
            tracing::debug!(?refusal, "handshake refused");
            return Ok(refuse(jsonp.as_deref(), StatusCode::SERVICE_UNAVAILABLE, "service unavailable"));
        }
        Err(refusal) => return Err(refusal),
    };
    let text = line(entry.session.id.as_str(), options);
    entry.table.insert(&entry.session);
    let span = span(&entry.session);
    worker::spawn(run(Arc::clone(engine), entry).instrument(span));
    Ok(match jsonp {
        Some(index) => script(payload::jsonp(&index, &text)),
        None => response("text/plain", Body::from(text.into_bytes())),
    })
}

/// The answer to a handshake.
fn line(sid: &str, options: &Options) -> String {
    let legacy = &options.legacy_options;
    let offered = legacy.transports.iter().filter(|transport| options.offers_legacy(**transport));
    let offered: Vec<_> = offered.map(|transport| transport.name()).collect();
    v1::handshake(sid, seconds(legacy.heartbeat_timeout), seconds(legacy.close_timeout), &offered)
}

/// Whole seconds, rounded up: with less a client would close its transport earlier than the server, and with 0 at once.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Runs a session after its handshake, when its client has opened the first transport.
async fn run<H: Handler>(engine: Arc<Inner<H>>, entry: Entry) {
    let timeout = engine.options.legacy_options.handshake_timeout;
    if engine.table.is_closed() {
        // The engine was closed after the permit was taken, and may have missed this session.
        entry.session.close(CloseReason::ServerShutdown);
    }
    if tokio::time::timeout(timeout, poll_fn(|cx| entry.session.poll_used(cx))).await != Ok(true) {
        return tracing::debug!("the handshake was not followed by a transport");
    }
    handshake::run(&engine, entry, None).await;
}

fn script(code: Vec<u8>) -> Response<Body> {
    response("application/javascript", Body::from(code))
}

/// Refuses a handshake. A page that loads a script cannot see its status, so that the script contains the refusal.
fn refuse(jsonp: Option<&str>, status: StatusCode, words: &'static str) -> Response<Body> {
    match jsonp {
        Some(index) => script(payload::jsonp_error(index, words)),
        None => reply::text(status, words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_whole_seconds_and_never_zero() {
        let of = |millis| seconds(Duration::from_millis(millis));
        assert_eq!([of(1), of(999), of(1000), of(1001), of(60_000)], [1, 1, 1, 2, 60]);
    }
}
