//! Opening a session: over polling with one answer, over WebSocket with the first frame. Whether the request may open
//! one has been checked by `service`.

use std::{future::poll_fn, net::SocketAddr, sync::Arc, task::Poll, time::Duration};

use http::{HeaderMap, Response, request::Parts};
use tracing::Instrument as _;

use super::{
    Handler,
    body::Body,
    error::CloseReason,
    id::Id,
    options::{Options, Transport},
    outbox::Limits,
    query::Query,
    refusal::Refusal,
    request::Request,
    service::{Inner, span, take_upgrade},
    session::{self, Place},
    shared::Shared,
    socket::Socket,
    table::Bounds,
    websocket::{WebSocket, accept},
    wire::Wire,
};
use crate::packet::{Frame, Generation, engine::Handshake};

/// Opens a session whose client polls.
pub(super) fn polling<H: Handler>(
    engine: &Arc<Inner<H>>,
    head: &mut Parts,
    peer: Option<SocketAddr>,
    query: &Query,
    generation: Generation,
) -> Result<Response<Body>, Refusal> {
    let jsonp = query.jsonp.is_some();
    let wire = Wire { generation, base64: query.base64, jsonp, only_bytes: query.version2 };
    let place = place(engine, head, peer, wire, Transport::Polling)?;
    let packet = open_packet(&place.shared.id, &engine.options, Transport::Polling);
    place.table.insert(&place.shared);
    let span = span(&place.shared);
    tokio::spawn(run(Arc::clone(engine), place, None).instrument(span));
    let body = wire.encode([Frame::text(packet)].iter());
    Ok(wire.answer(query.jsonp.as_deref().unwrap_or_default(), body).into_response(HeaderMap::new()))
}

/// Opens a session on a WebSocket: after the `101`, when the connection is handed over.
pub(super) fn websocket<H: Handler>(
    engine: &Arc<Inner<H>>,
    head: &mut Parts,
    peer: Option<SocketAddr>,
    query: &Query,
    generation: Generation,
) -> Result<Response<Body>, Refusal> {
    let response = accept::accept(head)?;
    let upgrade = take_upgrade(head)?;
    let wire = Wire { generation, base64: query.base64, jsonp: false, only_bytes: query.version2 };
    let place = place(engine, head, peer, wire, Transport::WebSocket)?;
    let engine = Arc::clone(engine);
    let span = span(&place.shared);
    let open = async move {
        let upgraded = match upgrade.await {
            Ok(upgraded) => upgraded,
            Err(error) => return tracing::debug!(%error, "the connection was not upgraded"),
        };
        let mut websocket = Box::new(WebSocket::new(upgraded, engine.options.max_payload, wire));
        let packet = open_packet(&place.shared.id, &engine.options, Transport::WebSocket);
        websocket.push(&Frame::text(packet));
        place.table.insert(&place.shared);
        // Before anything is read, so that it leaves together with the `101`. What goes wrong here goes wrong again.
        poll_fn(|cx| Poll::Ready(websocket.poll_flush(cx).is_ready())).await;
        run(engine, place, Some(websocket)).await;
    };
    tokio::spawn(open.instrument(span));
    Ok(response)
}

async fn run<H: Handler>(engine: Arc<Inner<H>>, place: Place, websocket: Option<Box<WebSocket>>) {
    tracing::debug!(transport = place.shared.transport().name(), "session opened");
    if engine.table.is_closed() {
        // The engine was closed after the seat was taken, and may have missed this session.
        place.shared.close(CloseReason::ServerShutdown);
    }
    let session = engine.handler.open(Socket(Arc::clone(&place.shared)));
    session::run(place, &engine.options, session, websocket).await;
}

/// Makes what a session consists of before its task runs.
pub(super) fn place<H: Handler>(
    engine: &Inner<H>,
    head: &mut Parts,
    peer: Option<SocketAddr>,
    wire: Wire,
    transport: Transport,
) -> Result<Place, Refusal> {
    let options = &engine.options;
    if options.is_head_too_large(head) {
        return Err(Refusal::HeadTooLarge);
    }
    let bounds = Bounds { sessions: options.max_sessions, per_address: options.max_connections_per_address };
    let seat = engine.table.take_seat(options.trust_proxies.client_ip(head, peer), bounds)?;
    let id = Id::random().map_err(|error| {
        tracing::error!(%error, "the random source failed");
        Refusal::BadRequest("no id could be made")
    })?;
    let (packets, bytes) = (options.outbox_packets, options.outbox_bytes);
    let limits = Limits { packets, bytes, answer: options.max_payload, overflow: options.overflow };
    let request = Request::new(head, peer, options, wire.jsonp);
    let shared = Arc::new(Shared::new(id, request, wire, transport, limits));
    Ok(Place { table: Arc::clone(&engine.table), shared, seat: Some(seat) })
}

fn open_packet(id: &Id, options: &Options, transport: Transport) -> Vec<u8> {
    let handshake = Handshake {
        sid: id.as_str(),
        upgrades: options.upgrades(transport),
        ping_interval: millis(options.ping_interval),
        ping_timeout: millis(options.ping_timeout),
        max_payload: options.max_payload as u64,
    };
    handshake.open_packet()
}

/// Options are bounded to a day, so nothing is cut off.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
