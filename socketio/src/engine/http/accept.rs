//! The WebSocket handshake of RFC 6455 over HTTP/1.1.

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version, header, request::Parts};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::engine::http::{body::Body, refusal::Refusal};

/// Whether the request asks for a WebSocket, correctly or not.
pub(crate) fn is_upgrade(headers: &HeaderMap) -> bool {
    lists(headers, header::UPGRADE, "websocket")
}

/// The `101` for a correct handshake.
pub(crate) fn accept(head: &Parts) -> Result<Response<Body>, Refusal> {
    accept_one_of(head, &["13"])
}

/// [`accept`] for several versions, which must have the same frames.
pub(crate) fn accept_one_of(head: &Parts, versions: &[&str]) -> Result<Response<Body>, Refusal> {
    let headers = &head.headers;
    if head.method != Method::GET || head.version != Version::HTTP_11 {
        return Err(Refusal::BadRequest("WebSocket request that is no GET over HTTP/1.1"));
    }
    if has_body(headers) {
        return Err(Refusal::BadRequest("WebSocket request with a body"));
    }
    if !lists(headers, header::CONNECTION, "upgrade") {
        return Err(Refusal::BadRequest("Connection header without `upgrade`"));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| !versions.iter().any(|known| version == known)) {
        return Err(Refusal::WebSocketVersion);
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
    // Sixteen bytes in base64.
    let Some(key) = key.filter(|key| key.len() == 24 && key.ends_with(b"==")) else {
        return Err(Refusal::BadRequest("Sec-WebSocket-Key is missing or malformed"));
    };
    let Ok(accept) = HeaderValue::try_from(derive_accept_key(key)) else {
        return Err(Refusal::BadRequest("Sec-WebSocket-Key is missing or malformed"));
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let answer = response.headers_mut();
    answer.insert(header::CONNECTION, const { HeaderValue::from_static("Upgrade") });
    answer.insert(header::UPGRADE, const { HeaderValue::from_static("websocket") });
    answer.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    if let Some(protocol) = first_protocol(headers) {
        // Browsers close a connection if none of the protocols that they offered is chosen.
        answer.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok(response)
}

/// Whether a request has a body, whose bytes would be read as frames.
pub(crate) fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers
            .get_all(header::CONTENT_LENGTH)
            .iter()
            .any(|length| length.as_bytes().iter().any(|digit| *digit != b'0'))
}

/// The first protocol that the client offers.
pub(crate) fn first_protocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
    let first = offered.split(',').next()?.trim();
    if first.is_empty() { None } else { HeaderValue::from_str(first).ok() }
}

/// Whether a comma-separated header contains the word, in any case.
fn lists(headers: &HeaderMap, name: header::HeaderName, word: &str) -> bool {
    headers.get_all(name).iter().any(|value| {
        // The word alone is the usual case.
        value.as_bytes().eq_ignore_ascii_case(word.as_bytes())
            || value.to_str().is_ok_and(|list| list.split(',').any(|item| item.trim().eq_ignore_ascii_case(word)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(change: impl FnOnce(&mut Parts)) -> Parts {
        let (mut head, ()) = http::Request::builder()
            .header("Connection", "keep-alive, Upgrade")
            .header("Upgrade", "WebSocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("Sec-WebSocket-Protocol", "one, two")
            .body(())
            .unwrap()
            .into_parts();
        change(&mut head);
        head
    }

    #[test]
    fn a_proper_handshake_is_accepted() {
        let head = head(|_| ());
        assert!(is_upgrade(&head.headers));
        let response = accept(&head).unwrap();
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        // The example of RFC 6455, section 1.3.
        assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(response.headers()["sec-websocket-protocol"], "one");
    }

    #[test]
    fn improper_ones_are_refused() {
        let remove = |name: &'static str| head(move |head| drop(head.headers.remove(name)));
        for name in ["connection", "sec-websocket-key"] {
            assert!(matches!(accept(&remove(name)), Err(Refusal::BadRequest(_))), "{name}");
        }
        assert_eq!(accept(&remove("sec-websocket-version")).err(), Some(Refusal::WebSocketVersion));
        let old = head(|head| drop(head.headers.insert("sec-websocket-version", HeaderValue::from_static("8"))));
        assert_eq!(accept(&old).err(), Some(Refusal::WebSocketVersion));
        let key = head(|head| drop(head.headers.insert("sec-websocket-key", HeaderValue::from_static("short"))));
        assert!(matches!(accept(&key), Err(Refusal::BadRequest(_))));
        for (name, value) in [("content-length", "1"), ("content-length", "10"), ("transfer-encoding", "chunked")] {
            let body = head(|head| drop(head.headers.insert(name, HeaderValue::from_static(value))));
            assert!(matches!(accept(&body), Err(Refusal::BadRequest(_))), "{name}: {value}");
        }
        assert!(
            accept(&head(|head| drop(head.headers.insert("content-length", HeaderValue::from_static("0"))))).is_ok()
        );
        assert!(matches!(accept(&head(|head| head.method = Method::POST)), Err(Refusal::BadRequest(_))));
        assert!(matches!(accept(&head(|head| head.version = Version::HTTP_10)), Err(Refusal::BadRequest(_))));
    }
}
