//! The handshake: an id, two timeouts and the transports, in one line of text or in a script.

use std::{sync::Arc, time::Duration};

use http::{Response, StatusCode, header, request::Parts};
use tracing::Instrument as _;

use super::{LegacyBinary, admits, session};
use crate::{
    engine::{
        Handler,
        body::Body,
        handshake::place,
        options::{Options, Transport},
        polling::response,
        refusal::Refusal,
        request::query_value,
        service::{Inner, admit_script, span},
        wire::Wire,
    },
    packet::{Generation, v1::payload},
};

/// Answers a handshake: with a session, or with the words and codes of the old server.
pub(super) fn answer<H: Handler>(engine: &Arc<Inner<H>>, head: &mut Parts) -> Result<Response<Body>, Refusal> {
    let options = &engine.options;
    let jsonp = query_value(head.uri.query().unwrap_or_default(), "jsonp")
        .filter(|index| !index.is_empty() && index.len() <= 10 && index.bytes().all(|byte| byte.is_ascii_digit()))
        .map(std::borrow::Cow::into_owned);
    let admitted = match jsonp {
        Some(_) => admit_script(options, head, None).is_ok(),
        None => admits(options, head, false),
    };
    if !admitted {
        tracing::debug!(origin = ?head.headers.get(header::ORIGIN), "handshake refused: bad origin");
        return Ok(refuse(jsonp.as_deref(), StatusCode::FORBIDDEN, "handshake bad origin"));
    }
    let base64 = options.legacy_options.binary == LegacyBinary::Base64;
    let wire = Wire { generation: Generation::V1, base64, jsonp: jsonp.is_some(), only_bytes: false };
    let place = match place(engine, head, None, wire, Transport::Polling) {
        Ok(place) => place,
        // A client that cannot be served now tries again on anything but 403.
        Err(refusal @ (Refusal::Full | Refusal::TooManyOfAddress | Refusal::ShuttingDown)) => {
            refusal.warn();
            tracing::debug!(?refusal, "handshake refused");
            return Ok(refuse(jsonp.as_deref(), StatusCode::SERVICE_UNAVAILABLE, "service unavailable"));
        }
        Err(refusal) => return Err(refusal),
    };
    let text = line(place.shared.id.as_str(), options);
    place.table.insert(&place.shared);
    let span = span(&place.shared);
    tokio::spawn(session::run(Arc::clone(engine), place).instrument(span));
    Ok(match jsonp {
        Some(index) => script(payload::jsonp(&index, &text)),
        None => response("text/plain", Body::from(text.into_bytes())),
    })
}

/// `sid:heartbeat timeout:close timeout:transports`, in seconds.
fn line(sid: &str, options: &Options) -> String {
    let legacy = &options.legacy_options;
    let offered = legacy.transports.iter().filter(|transport| legacy.offers(options, **transport));
    let offered: Vec<_> = offered.map(|transport| transport.name()).collect();
    let (heartbeat, close) = (seconds(legacy.heartbeat_timeout), seconds(legacy.close_timeout));
    format!("{sid}:{heartbeat}:{close}:{}", offered.join(","))
}

/// Rounded up: a client must not give up earlier than we do, and 0 would make it give up at once.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

fn script(code: Vec<u8>) -> Response<Body> {
    response("application/javascript", Body::from(code))
}

/// A script cannot see a status, so that a refusal is one that it can run.
fn refuse(jsonp: Option<&str>, status: StatusCode, words: &'static str) -> Response<Body> {
    match jsonp {
        Some(index) => script(format!("io.j[{index}](new Error(\"{words}\"));").into_bytes()),
        None => super::answer(status, words),
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
