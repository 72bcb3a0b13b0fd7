//! Clients of 0.7, 0.8 and 0.9: the handshake and five transports below `/1/`, on the engine's own path.
//!
//! These are not sessions of Engine.IO: packets have no type digit in front, a session may change its transport or be
//! without one for a while, and texts are whole packets of the old protocol (see `packet::v1`). What they share with
//! the others is [`Shared`](super::shared::Shared), so that a [`Socket`](super::Socket) is one for everybody above.
//!
//! Reading order: `options`, `route` (which request is what), `handshake`, `line` (what a session has besides `Shared`),
//! `poll` and `post` (xhr-polling, jsonp-polling), `attach` (the three that stream), `stream`, `session` (the task).
//!
//! `xhr-multipart` is left out: it stands in the specification, but no client from 0.7 on contains it.

mod attach;
mod clock;
mod closing;
mod handshake;
pub(super) mod line;
mod options;
mod poll;
mod post;
mod route;
mod session;
mod stream;

use std::sync::Arc;

use bytes::Buf;
use http::{Method, Response, StatusCode, header, request::Parts};

pub use self::options::{LegacyBinary, LegacyOptions, LegacyTransport};
use self::route::{Place, Route};
use super::{
    Handler, body::Body, cors, error::CloseReason, id::Id, options::Options, polling, refusal::Refusal,
    request::query_value, service::Inner, websocket::accept,
};
use crate::packet::{Generation, v1::fixed};

/// Serves a request for which [`Options::is_legacy`] holds.
pub(super) async fn serve<H, B>(engine: &Arc<Inner<H>>, head: &mut Parts, body: B) -> Result<Response<Body>, Refusal>
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
    let Place { transport, sid } = match route::route(&options.path, head.uri.path()) {
        Route::Handshake => return handshake::answer(engine, head),
        Route::Session(place) => place,
        Route::OtherVersion => return Ok(answer(StatusCode::INTERNAL_SERVER_ERROR, "Protocol version not supported.")),
        Route::Nowhere => return Err(Refusal::BadRequest("not a path of the 0.9 protocol")),
    };
    if !admits(options, head, accept::is_upgrade(&head.headers)) {
        return Err(Refusal::Forbidden);
    }
    let session = Id::parse(&sid).and_then(|id| engine.table.get(&id));
    let session = session.filter(|session| session.wire.generation == Generation::V1);
    if query_value(head.uri.query().unwrap_or_default(), "disconnect").is_some() {
        if let Some(session) = session {
            session.close(CloseReason::TransportClose);
        }
        return Ok(Response::new(Body::empty()));
    }
    let Some(transport) = transport.filter(|transport| options.legacy_options.offers(options, *transport)) else {
        return Err(Refusal::UnknownTransport);
    };
    match (transport, &head.method) {
        (LegacyTransport::WebSocket | LegacyTransport::FlashSocket, _) => attach::websocket(session, options, head),
        (_, &Method::POST) => Ok(post::serve(session, transport, body, head, options).await),
        (LegacyTransport::HtmlFile, _) => Ok(attach::htmlfile(session.as_ref())),
        (LegacyTransport::XhrPolling | LegacyTransport::JsonpPolling, _) => {
            let wire = poll::Wire::of(transport, head);
            match session {
                Some(session) => Ok(poll::serve(session, wire, options.legacy_options.polling_duration).await),
                None => Ok(wire.answer([fixed::UNKNOWN].into_iter())),
            }
        }
    }
}

/// No client ever sends one; a proxy or a curious page may.
fn preflight(options: &Options, head: &Parts) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Some(cors) = &options.cors {
        cors.decorate_preflight(&head.headers, response.headers_mut());
    }
    response
}

/// Whether the page behind a request may use the server. Versions 7 and 8 of WebSocket have a name of their own for the
/// origin, and the Node build of 0.9 writes it without a scheme, which no browser does.
fn admits(options: &Options, head: &Parts, websocket: bool) -> bool {
    let Some(origin) = head.headers.get(header::ORIGIN).or_else(|| head.headers.get("sec-websocket-origin")) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else { return false };
    cors::admits(options.cors.as_ref(), origin, &options.trust_proxies.client(head, None), websocket)
}

/// A short answer in plain text.
fn answer(status: StatusCode, body: &'static str) -> Response<Body> {
    let mut response = polling::response("text/plain; charset=UTF-8", Body::from(body));
    *response.status_mut() = status;
    response
}
