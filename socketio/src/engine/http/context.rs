//! What all requests of an engine share, and the checks that several kinds of requests have in common.

use std::{net::SocketAddr, sync::Arc};

#[cfg(feature = "legacy")]
use http::header;
use http::request::Parts;
use hyper::upgrade::OnUpgrade;

use crate::engine::http::refusal::Refusal;
use crate::engine::id::Id;
use crate::engine::options::Options;
use crate::engine::options::choices::Transport;
#[cfg(feature = "legacy")]
use crate::engine::request::cors;
use crate::engine::request::page::Page;
use crate::engine::session::state::SessionState;
use crate::engine::session::table::Table;
use crate::packet::Frame;
use crate::packet::engine::{Handshake, open_packet};

/// One engine.
pub(crate) struct Inner<H> {
    pub(crate) handler: H,
    /// The tasks of sessions share them.
    pub(crate) options: Arc<Options>,
    pub(crate) table: Arc<Table>,
    /// What the first packet of a session says behind its id, for those that begin with polling and with a WebSocket.
    handshakes: [String; 2],
}

impl<H> Inner<H> {
    pub(crate) fn new(handler: H, options: Options) -> Self {
        let handshakes = [Transport::Polling, Transport::WebSocket].map(|transport| {
            let handshake = Handshake {
                upgrades: options.upgrades(transport),
                ping_interval: options.ping_interval.as_millis(),
                ping_timeout: options.ping_timeout.as_millis(),
                max_payload: options.max_payload,
            };
            handshake.behind_sid()
        });
        Self { handler, options: Arc::new(options), table: Arc::default(), handshakes }
    }

    /// The first packet of a session.
    pub(crate) fn open_packet(&self, sid: &Id, transport: Transport) -> Frame {
        let [polling, websocket] = &self.handshakes;
        let behind_sid = if transport == Transport::Polling { polling } else { websocket };
        Frame::text(open_packet(sid.as_str(), behind_sid))
    }
}

/// Checks a JSONP request. Browsers send one without `Origin`, and with the user's cookies from any page.
pub(crate) fn admit_script(options: &Options, head: &Parts, peer: Option<SocketAddr>) -> Result<(), Refusal> {
    if !options.jsonp {
        return Err(Refusal::BadRequest("JSONP is off"));
    }
    let client = options.trust_proxies.client(head, peer);
    let page = Page::of(&head.headers, &client);
    if page.may_have_scripts(options.cors.as_ref()) { Ok(()) } else { Err(Refusal::Forbidden) }
}

/// The connection of a WebSocket request.
pub(crate) fn take_upgrade(head: &mut Parts) -> Result<OnUpgrade, Refusal> {
    head.extensions.remove().ok_or(Refusal::BadRequest("the connection cannot be upgraded"))
}

/// The span of a session in the log, with the first characters of its id.
pub(crate) fn span(session: &SessionState) -> tracing::Span {
    tracing::debug_span!("session", sid = session.id.hint())
}

#[cfg(feature = "legacy")]
/// Whether the page that sent a request of 0.7 to 0.9 may use the server. Versions 7 and 8 of WebSocket have another header for the
/// origin, and the Node build of 0.9 writes it without a scheme, which no browser does.
pub(crate) fn admits_v1(options: &Options, head: &Parts, websocket: bool) -> bool {
    let Some(origin) = head.headers.get(header::ORIGIN).or_else(|| head.headers.get("sec-websocket-origin")) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else { return false };
    cors::admits(options.cors.as_ref(), origin, &options.trust_proxies.client(head, None), websocket)
}
