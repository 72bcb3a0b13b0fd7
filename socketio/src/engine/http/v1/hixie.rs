//! The handshake of hixie-76, a draft of WebSocket from before RFC 6455.

use http::{HeaderValue, Method, Response, StatusCode, Version, header, request::Parts};
use hyper::ext::ReasonPhrase;

use crate::engine::http::accept::{first_protocol, has_body};
use crate::engine::http::body::Body;
use crate::engine::http::refusal::Refusal;
use crate::engine::request::proxy::Client;
use crate::packet::websocket::hixie::Challenge;

/// The `101` for a request with two keys. The third key stands behind the head of the request, and may arrive only after this response,
/// because some proxies hold it back.
pub(crate) fn accept(head: &Parts, client: &Client<'_>) -> Result<(Response<Body>, Challenge), Refusal> {
    if head.method != Method::GET || head.version != Version::HTTP_11 {
        return Err(Refusal::BadRequest("WebSocket request that is no GET over HTTP/1.1"));
    }
    let headers = &head.headers;
    // The third key is no body that a header announces.
    if has_body(headers) {
        return Err(Refusal::BadRequest("WebSocket request with a body"));
    }
    let keys = ["sec-websocket-key1", "sec-websocket-key2"].map(|name| headers.get(name).map(HeaderValue::as_bytes));
    let challenge = match keys {
        [Some(first), Some(second)] => Challenge::new(first, second),
        _ => None,
    };
    let challenge = challenge.ok_or(Refusal::BadRequest("Sec-WebSocket-Key1 or -Key2 is missing or malformed"))?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.extensions_mut().insert(ReasonPhrase::from_static(b"WebSocket Protocol Handshake"));
    let answer = response.headers_mut();
    answer.insert(header::UPGRADE, HeaderValue::from_static("WebSocket"));
    answer.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Some(origin) = headers.get(header::ORIGIN) {
        answer.insert("sec-websocket-origin", origin.clone());
    }
    if let Some(location) = location(head, client) {
        answer.insert("sec-websocket-location", location);
    }
    if let Some(protocol) = first_protocol(headers) {
        answer.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok((response, challenge))
}

/// The address that the client has asked for, which it compares with its own.
fn location(head: &Parts, client: &Client<'_>) -> Option<HeaderValue> {
    let host = client.host?;
    // Behind a proxy that ends TLS and is not trusted, only the origin of the page tells the scheme.
    let page = || head.headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
    let scheme = if client.secure.unwrap_or_else(page) { "wss" } else { "ws" };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    HeaderValue::from_str(&format!("{scheme}://{host}{path}")).ok()
}
