//! Clients of 0.7, 0.8 and 0.9: the handshake and five transports below `/1/`, on the engine's own path.
//!
//! A session may change its transport at any time, and be without one for a while; its texts are whole packets of the 0.9 protocol (see
//! `packet::v1`). Its task is that of all sessions, in `session`, and what differs is in `protocol::v1`.
//!
//! Reading order: `route` (which request is what), `handshake`, `poll` and `post` (xhr-polling, jsonp-polling), `streams` (the three
//! others), `hixie` (the handshake of old WebSockets).
//!
//! `xhr-multipart` is left out: it is in the specification, but in no client from 0.7 on.

mod handshake;
mod hixie;
mod poll;
mod post;
mod reply;
mod route;
mod streams;

use std::sync::Arc;

use bytes::Buf;
use http::{Method, Response, StatusCode, request::Parts};

use self::route::{Route, Target};
use crate::engine::error::CloseReason;
use crate::engine::http::accept;
use crate::engine::http::body::Body;
use crate::engine::http::context::{Inner, admits_v1};
use crate::engine::http::refusal::Refusal;
use crate::engine::id::Id;
use crate::engine::options::Options;
use crate::engine::options::legacy::LegacyTransport;
use crate::engine::protocol;
use crate::engine::request::query_value;
use crate::engine::session::Handler;

/// Serves a request for which [`Options::is_legacy`] holds.
pub(crate) async fn serve<H, B>(engine: &Arc<Inner<H>>, head: &mut Parts, body: B) -> Result<Response<Body>, Refusal>
where
    H: Handler,
    B: http_body::Body<Data: Buf>,
{
    let options = &engine.options;
    if head.method == Method::OPTIONS {
        return Ok(preflight(options, head));
    }
    if !matches!(head.method, Method::GET | Method::POST) {
        return Err(Refusal::BadMethod);
    }
    let Target { transport, sid } = match route::route(&options.path, head.uri.path()) {
        Route::Handshake => return handshake::answer(engine, head),
        Route::Session(target) => target,
        Route::OtherVersion => {
            return Ok(reply::text(StatusCode::INTERNAL_SERVER_ERROR, "Protocol version not supported."));
        }
        Route::Nowhere => return Err(Refusal::BadRequest("not a path of the 0.9 protocol")),
    };
    if !admits_v1(options, head, accept::is_upgrade(&head.headers)) {
        return Err(Refusal::Forbidden);
    }
    let session = Id::parse(&sid).and_then(|id| engine.table.get(&id));
    let session = session.filter(|session| session.protocol.is_v1());
    if query_value(head.uri.query().unwrap_or_default(), "disconnect").is_some() {
        if let Some(session) = session {
            session.close(CloseReason::TransportClose);
        }
        return Ok(Response::new(Body::empty()));
    }
    let Some(transport) = transport.filter(|transport| options.offers_legacy(*transport)) else {
        return Err(Refusal::UnknownTransport);
    };
    match (transport, &head.method) {
        (LegacyTransport::WebSocket | LegacyTransport::FlashSocket, _) => streams::websocket(session, options, head),
        (_, &Method::POST) => Ok(post::serve(session, transport, body, head, options).await),
        (LegacyTransport::HtmlFile, _) => Ok(streams::htmlfile(session.as_ref())),
        (LegacyTransport::XhrPolling | LegacyTransport::JsonpPolling, _) => {
            let index = poll::callback(transport, head);
            Ok(match session {
                Some(session) => poll::serve(session, index, options.legacy_options.polling_duration).await,
                None => poll::respond(index.as_deref(), [protocol::v1::unknown()].iter()),
            })
        }
    }
}

/// Answers a preflight request, which no client of 0.7 to 0.9 sends.
fn preflight(options: &Options, head: &Parts) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Some(cors) = &options.cors {
        cors.decorate_preflight(&head.headers, response.headers_mut());
    }
    response
}
