//! Opening a session: over polling with one answer, over WebSocket with the first frame. Whether the request may open
//! one has been checked by `service`.

use std::{future::poll_fn, net::SocketAddr, sync::Arc, task::Poll, time::Duration};

use http::{HeaderMap, Response, request::Parts};
use tracing::Instrument as _;

use crate::{
    engine::{
        error::CloseReason,
        http::{
            accept,
            body::Body,
            context::{Inner, span, take_upgrade},
            query::Query,
            refusal::Refusal,
            reply::Reply,
        },
        id::Id,
        options::{Options, choices::Transport},
        protocol::Protocol,
        request::Request,
        session::{
            Handler,
            outbox::Limits,
            socket::Socket,
            state::Shared,
            table::{Bounds, Place},
            task,
        },
        transport::{stream::Stream, websocket::WebSocket},
    },
    packet::{Frame, Generation, engine::Handshake},
};

/// Opens a session whose client polls.
pub(crate) fn polling<H: Handler>(
    engine: &Arc<Inner<H>>,
    head: &mut Parts,
    peer: Option<SocketAddr>,
    query: &Query,
    generation: Generation,
) -> Result<Response<Body>, Refusal> {
    let jsonp = query.jsonp.is_some();
    let protocol = Protocol { generation, base64: query.base64, jsonp, only_bytes: query.version2 };
    let place = place(engine, head, peer, protocol, Transport::Polling)?;
    let packet = open_packet(&place.shared.id, &engine.options, Transport::Polling);
    place.table.insert(&place.shared);
    let span = span(&place.shared);
    let engine = Arc::clone(engine);
    tokio::spawn(async move { run(&engine, place, None).await }.instrument(span));
    let body = protocol.encode(query.jsonp.as_deref().unwrap_or_default(), [Frame::text(packet)].iter());
    Ok(Reply::encoded(body).into_response(HeaderMap::new()))
}

/// Opens a session on a WebSocket: after the `101`, when the connection is handed over.
pub(crate) fn websocket<H: Handler>(
    engine: &Arc<Inner<H>>,
    head: &mut Parts,
    peer: Option<SocketAddr>,
    query: &Query,
    generation: Generation,
) -> Result<Response<Body>, Refusal> {
    let response = accept::accept(head)?;
    let upgrade = take_upgrade(head)?;
    let protocol = Protocol { generation, base64: query.base64, jsonp: false, only_bytes: query.version2 };
    let place = place(engine, head, peer, protocol, Transport::WebSocket)?;
    let engine = Arc::clone(engine);
    let span = span(&place.shared);
    let open = async move {
        let upgraded = match upgrade.await {
            Ok(upgraded) => upgraded,
            Err(error) => return tracing::debug!(%error, "the connection was not upgraded"),
        };
        let mut websocket = Box::new(WebSocket::new(upgraded, engine.options.max_payload, protocol));
        let packet = open_packet(&place.shared.id, &engine.options, Transport::WebSocket);
        websocket.push(&Frame::text(packet));
        place.table.insert(&place.shared);
        // Before anything is read, so that it leaves together with the `101`. What goes wrong here goes wrong again.
        poll_fn(|cx| Poll::Ready(websocket.poll_flush(cx).is_ready())).await;
        run(&engine, place, Some(Stream::WebSocket(websocket))).await;
    };
    tokio::spawn(open.instrument(span));
    Ok(response)
}

/// Opens the session, and runs it to its end. Called in the task that owns it.
///
/// It is no `async fn`: the future of one would keep its arguments beside those of the task.
pub(crate) fn run<H: Handler>(engine: &Inner<H>, place: Place, stream: Option<Stream>) -> impl Future<Output = ()> {
    tracing::debug!(transport = place.shared.transport().name(), "session opened");
    if engine.table.is_closed() {
        // The engine was closed after the seat was taken, and may have missed this session.
        place.shared.close(CloseReason::ServerShutdown);
    }
    let session = engine.handler.open(Socket(Arc::clone(&place.shared)));
    task::run(place, Arc::clone(&engine.options), session, stream)
}

/// Makes what a session consists of before its task runs.
pub(crate) fn place<H: Handler>(
    engine: &Inner<H>,
    head: &mut Parts,
    peer: Option<SocketAddr>,
    protocol: Protocol,
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
    let request = Request::new(head, peer, &options.trust_proxies, options.cors.as_ref(), protocol.jsonp);
    let shared = Arc::new(Shared::new(id, request, protocol, transport, limits));
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
