//! Opens sessions: over polling with one response, over WebSocket with the first frame. `route` has checked the request.

use std::{future::poll_fn, net::SocketAddr, sync::Arc, task::Poll};

use http::{HeaderMap, Response, request::Parts};
use tracing::Instrument as _;

use crate::engine::error::CloseReason;
use crate::engine::http::accept;
use crate::engine::http::body::Body;
use crate::engine::http::context::{Inner, span, take_upgrade};
use crate::engine::http::refusal::Refusal;
use crate::engine::http::reply::Reply;
use crate::engine::id::Id;
use crate::engine::options::choices::Transport;
use crate::engine::protocol::Protocol;
use crate::engine::request::Request;
use crate::engine::session::outbox::Limits;
use crate::engine::session::socket::Socket;
use crate::engine::session::state::SessionState;
use crate::engine::session::table::{Bounds, Entry};
use crate::engine::session::{Handler, task};
use crate::engine::transport::stream::Stream;
use crate::engine::transport::websocket::WebSocket;
use crate::engine::worker;

/// Opens a session whose client polls; `index` is the index of its JSONP callback.
pub(crate) fn polling<H: Handler>(
    engine: &Arc<Inner<H>>,
    head: &mut Parts,
    peer: Option<SocketAddr>,
    index: Option<&str>,
    protocol: Protocol,
) -> Result<Response<Body>, Refusal> {
    let entry = new_entry(engine, head, peer, protocol, Transport::Polling)?;
    let packet = engine.open_packet(&entry.session.id, Transport::Polling);
    entry.table.insert(&entry.session);
    let span = span(&entry.session);
    let engine = Arc::clone(engine);
    // Boxed, because the runtime moves a future several times before the first poll and at the end.
    worker::spawn(Box::pin(async move { run(&engine, entry, None).await }.instrument(span)));
    let body = protocol.encode(index.unwrap_or_default(), [packet].iter());
    Ok(Reply::encoded(body).into_response(HeaderMap::new()))
}

/// Opens a session on a WebSocket: after the `101`, when the connection is handed over.
pub(crate) fn websocket<H: Handler>(
    engine: &Arc<Inner<H>>,
    head: &mut Parts,
    peer: Option<SocketAddr>,
    protocol: Protocol,
) -> Result<Response<Body>, Refusal> {
    let response = accept::accept(head)?;
    let upgrade = take_upgrade(head)?;
    let entry = new_entry(engine, head, peer, protocol, Transport::WebSocket)?;
    let engine = Arc::clone(engine);
    let span = span(&entry.session);
    let open = async move {
        let upgraded = match upgrade.await {
            Ok(upgraded) => upgraded,
            Err(error) => return tracing::debug!(%error, "the connection was not upgraded"),
        };
        let mut websocket = Box::new(WebSocket::new(upgraded, engine.options.max_payload, protocol));
        // Not in a variable, which would be kept as long as the session.
        websocket.push(&engine.open_packet(&entry.session.id, Transport::WebSocket));
        entry.table.insert(&entry.session);
        // Before anything is read, so that it is sent with the `101`. An error is returned again by the next write.
        poll_fn(|cx| Poll::Ready(websocket.poll_flush(cx).is_ready())).await;
        run(&engine, entry, Some(Stream::WebSocket(websocket))).await;
    };
    // Boxed for the same reason as in `polling`.
    worker::spawn(Box::pin(open.instrument(span)));
    Ok(response)
}

/// Opens the session, and runs it to its end. Called in the task that owns it.
///
/// Not an `async fn`, whose future would hold the arguments twice: as arguments, and in the task.
pub(crate) fn run<H: Handler>(engine: &Inner<H>, entry: Entry, stream: Option<Stream>) -> impl Future<Output = ()> {
    tracing::debug!(transport = entry.session.transport().name(), "session opened");
    if engine.table.is_closed() {
        // The engine was closed after the permit was taken, and may have missed this session.
        entry.session.close(CloseReason::ServerShutdown);
    }
    let session = engine.handler.open(Socket(Arc::clone(&entry.session)));
    task::run(entry, Arc::clone(&engine.options), session, stream)
}

/// Makes a session, which is not in the table yet.
pub(crate) fn new_entry<H: Handler>(
    engine: &Inner<H>,
    head: &mut Parts,
    peer: Option<SocketAddr>,
    protocol: Protocol,
    transport: Transport,
) -> Result<Entry, Refusal> {
    let options = &engine.options;
    if options.is_head_too_large(head) {
        return Err(Refusal::HeadTooLarge);
    }
    let bounds = Bounds {
        sessions: options.max_sessions,
        per_address: options.max_connections_per_address,
        per_second: options.max_handshakes_per_second,
    };
    let permit = engine.table.reserve(options.trust_proxies.client_ip(head, peer), bounds)?;
    let id = Id::random().map_err(|error| {
        tracing::error!(%error, "the random source failed");
        Refusal::BadRequest("the random source failed")
    })?;
    let (packets, bytes) = (options.outbox_packets, options.outbox_bytes);
    let limits = Limits { packets, bytes, answer: options.max_payload, overflow: options.overflow };
    let request = Request::new(head, peer, &options.trust_proxies, options.cors.as_ref(), protocol.jsonp);
    let session = Arc::new(SessionState::new(id, request, protocol, transport, limits));
    Ok(Entry { table: Arc::clone(&engine.table), session, permit: Some(permit) })
}
