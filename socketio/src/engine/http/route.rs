//! The checks of every request of Engine.IO, and which code serves it then.

use std::{net::SocketAddr, sync::Arc};

use bytes::Buf;
use http::{Method, Response, StatusCode, header, request::Parts};

use crate::engine::http::body::Body;
use crate::engine::http::context::{Inner, admit_script};
use crate::engine::http::pending::Pending;
use crate::engine::http::query::Query;
use crate::engine::http::refusal::Refusal;
use crate::engine::http::{accept, handshake, polling, upgrade};
use crate::engine::options::Options;
use crate::engine::options::choices::Transport;
use crate::engine::request::cors;
use crate::engine::session::Handler;

/// Serves one request. The checks have the order of Node's server, so that a request with several faults gets the same error.
pub(crate) fn route<H, B>(
    engine: &Arc<Inner<H>>,
    head: &mut Parts,
    body: B,
    peer: Option<SocketAddr>,
) -> Result<Pending, Refusal>
where
    H: Handler,
    B: http_body::Body<Data: Buf + Send> + Send + 'static,
{
    let options = &engine.options;
    let websocket = accept::is_upgrade(&head.headers);
    if let Some(cors) = options.cors.as_ref().filter(|_| head.method == Method::OPTIONS) {
        admit(options, head, peer, websocket)?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        cors.decorate_preflight(&head.headers, response.headers_mut());
        return Ok(response.into());
    }
    let query = Query::read(head.uri.query().unwrap_or_default());
    let Some(transport) = query.transport.filter(|transport| options.transports.contains(transport)) else {
        return Err(Refusal::UnknownTransport);
    };
    admit(options, head, peer, websocket)?;
    if websocket && transport != Transport::WebSocket {
        return Err(Refusal::BadRequest("WebSocket upgrade on a polling request"));
    }
    if transport == Transport::Polling && query.jsonp.is_some() {
        admit_script(options, head, peer)?;
    }
    let Some(sid) = query.sid else {
        if head.method != Method::GET {
            return Err(Refusal::BadMethod);
        }
        if transport == Transport::WebSocket && !websocket {
            return Err(Refusal::BadRequest("WebSocket request without an upgrade"));
        }
        let protocol = query.protocol(&options.protocols, transport).ok_or(Refusal::UnsupportedProtocol)?;
        let response = match transport {
            Transport::Polling => handshake::polling(engine, head, peer, query.jsonp.as_deref(), protocol)?,
            Transport::WebSocket => handshake::websocket(engine, head, peer, protocol)?,
            // No `transport` parameter has this value.
            Transport::HtmlFile => return Err(Refusal::UnknownTransport),
        };
        return Ok(response.into());
    };
    let session = sid.and_then(|id| engine.table.get(&id)).ok_or(Refusal::UnknownSession)?;
    if !websocket && transport != session.transport() {
        return Err(Refusal::BadRequest("the session uses another transport"));
    }
    if !query.is_for(session.protocol) {
        return Err(Refusal::BadRequest("the session uses another protocol"));
    }
    match head.method {
        _ if websocket => upgrade::begin(session, options, head, &query).map(Pending::from),
        // A WebSocket session without an upgrade.
        _ if transport == Transport::WebSocket => Err(Refusal::BadRequest("WebSocket request without an upgrade")),
        Method::GET => polling::get(session, query.jsonp).map(Pending::Get),
        Method::POST => polling::post(session, &head.headers, body, bounds(options)).map(Pending::Post),
        _ => Err(Refusal::OtherMethod),
    }
}

fn bounds(options: &Options) -> polling::Bounds {
    polling::Bounds { size: options.max_payload, time: options.ping_interval + options.ping_timeout }
}

/// Checks the `Origin`, if there is one.
fn admit(options: &Options, head: &Parts, peer: Option<SocketAddr>, websocket: bool) -> Result<(), Refusal> {
    let mut origins = head.headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return Ok(()) };
    if origins.next().is_some() {
        return Err(Refusal::BadRequest("more than one Origin"));
    }
    let origin = origin.to_str().map_err(|_| Refusal::BadRequest("the Origin is not ASCII"))?;
    let client = options.trust_proxies.client(head, peer);
    let admitted = cors::admits(options.cors.as_ref(), origin, &client, websocket);
    if admitted { Ok(()) } else { Err(Refusal::Forbidden) }
}
