//! `Engine`: the HTTP service, which every request enters.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll, ready},
};

use bytes::Buf;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header, request::Parts};

#[cfg(feature = "legacy")]
use crate::engine::http::v1;
use crate::{
    engine::{
        error::CloseReason,
        http::{body::Body, context::Inner, pending::Pending, refusal::Refusal, route::route},
        options::Options,
        request::{hosts::are_several, proxy::RemoteAddr},
        session::{Handler, state::SessionState},
    },
    error::Error,
    log::warn_rarely,
};

/// An Engine.IO server, as a [`tower_service::Service`] over HTTP requests. Cheap to clone; all clones are one engine.
///
/// It answers every request it is given: which ones it is to be given tells [`wants`](Engine::wants). For WebSockets,
/// connections must be served with upgrades enabled (hyper: `with_upgrades()`).
///
/// [`listen`](Engine::listen) needs no other HTTP server. Another one that accepts the connections has to set their
/// options and limits: `TCP_NODELAY`, without which the system may hold small messages back, and limits on connections
/// and request heads, for which see `docs/embedding.md`.
///
/// Must be used within a tokio runtime with its timer and network enabled.
pub struct Engine<H>(Arc<Inner<H>>);

impl<H: Handler> Engine<H> {
    /// An engine without sessions.
    ///
    /// # Errors
    /// Code `start` for an option that is out of its bounds; the message names it.
    pub fn new(handler: H, options: Options) -> Result<Self, Error> {
        let options = options.checked()?;
        if options.legacy && !cfg!(feature = "legacy") {
            tracing::warn!("clients of 0.7 to 0.9 are not served: the crate's feature `legacy` is off");
        }
        Ok(Self(Arc::new(Inner::new(handler, options))))
    }

    /// The handler.
    #[must_use]
    pub fn handler(&self) -> &H {
        &self.0.handler
    }

    /// The options, within their bounds.
    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    /// How many sessions there are, including those that are being opened or closed.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.0.table.permits()
    }

    /// Whether a request of this path is the engine's: [`Options::path`] and everything below it.
    #[must_use]
    pub fn wants(&self, path: &str) -> bool {
        self.0.options.captures(path)
    }

    /// Opens no more sessions (further handshakes are answered with status 503), and closes all there are with
    /// [`CloseReason::ServerShutdown`].
    pub fn close(&self) {
        self.0.table.close();
        for session in self.0.table.all() {
            session.close(CloseReason::ServerShutdown);
        }
    }

    /// Waits until [`close`](Self::close) is called.
    pub(crate) async fn closing(&self) {
        self.0.table.closing().await;
    }

    /// Opens no more sessions, as [`close`](Engine::close), and closes each of those there are with [`CloseReason::ServerShutdown`] as soon as
    /// its [`Session::poll`](crate::engine::Session::poll) is `Ready`. Until then it sends and receives as before.
    pub fn drain(&self) {
        self.0.table.close();
        for session in self.0.table.all() {
            session.finish();
        }
    }

    /// Opens no more sessions, as [`close`](Engine::close), and leaves those there are: each ends when its departure is called. Ended
    /// sessions are not kept by what is returned.
    pub(crate) fn depart(&self) -> Vec<Departure> {
        self.0.table.close();
        self.0.table.all().iter().map(|session| Departure(Arc::downgrade(session))).collect()
    }

    /// Waits until no session is left, however long their handlers take.
    pub async fn closed(&self) {
        self.0.table.emptied().await;
    }

    /// Refuses a request that names several hosts, or one that is not the server's own, if these are listed.
    pub(crate) fn refuse_host(&self, head: &Parts, peer: Option<SocketAddr>) -> Option<Response<Body>> {
        let refusal = self.judge_host(head, peer).err()?;
        let mut response = refusal.response(head, &self.0.options);
        no_sniff(&mut response);
        Some(response)
    }

    fn judge_host(&self, head: &Parts, peer: Option<SocketAddr>) -> Result<(), Refusal> {
        if are_several(&head.headers) {
            return Err(Refusal::BadRequest("more than one Host"));
        }
        let Some(hosts) = &self.0.options.hosts else { return Ok(()) };
        let client = self.0.options.trust_proxies.client(head, peer);
        if hosts.has(&client) {
            return Ok(());
        }
        let host = client.host.map(|host| host.chars().take(100).collect::<String>());
        warn_rarely!(host, option = "Server::hosts", "refused: the request is for another host");
        Err(Refusal::Forbidden)
    }

    /// Answers a request. `peer` is who sent it, if that is known and not in the request's extensions.
    pub(crate) fn answer<B>(&self, request: Request<B>, peer: Option<SocketAddr>) -> ResponseFuture
    where
        B: http_body::Body<Data: Buf + Send> + Send + 'static,
    {
        let engine = &self.0;
        let (mut head, body) = request.into_parts();
        if let Err(refusal) = self.judge_host(&head, peer) {
            return refusal.response(&head, &engine.options).into();
        }
        if engine.options.is_legacy(head.uri.path(), head.uri.query().unwrap_or_default()) {
            return answer_legacy(Arc::clone(engine), head, body, peer);
        }
        let cors = engine.options.cors.as_ref();
        let origin = cors.and_then(|_| head.headers.get(header::ORIGIN).cloned());
        let mut pending = match route(engine, &mut head, body, peer) {
            Ok(pending) => pending,
            Err(refusal) => refusal.response(&head, &engine.options).into(),
        };
        let mut headers = match &mut pending {
            Pending::Known(_) => HeaderMap::new(),
            _ => cleared(head.headers),
        };
        if let Some(cors) = cors {
            match &mut pending {
                Pending::Known(Some(response)) => cors.decorate(origin.as_ref(), response.headers_mut()),
                _ => cors.decorate(origin.as_ref(), &mut headers),
            }
        }
        ResponseFuture { pending, headers }
    }
}

/// The empty header map of a request, for the response: hyper reads the next request on the connection into it again. The headers
/// of the request are dropped, so that they are not kept while the response is pending.
fn cleared(mut headers: HeaderMap) -> HeaderMap {
    /// A map with more room than this is dropped.
    const KEPT: usize = 48;
    if headers.capacity() > KEPT {
        return HeaderMap::new();
    }
    headers.clear();
    headers
}

/// A session that ends when this is called; see [`Engine::depart`].
pub(crate) struct Departure(Weak<SessionState>);

impl Departure {
    /// Closes the session with [`CloseReason::ServerShutdown`] as soon as nothing runs.
    pub(crate) fn call(&self) {
        if let Some(session) = self.0.upgrade() {
            session.finish();
        }
    }
}

impl<H> Clone for Engine<H> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<H> fmt::Debug for Engine<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("sessions", &self.0.table.permits()).finish_non_exhaustive()
    }
}

/// The response to a request; it may have to wait for the session or the client.
pub struct ResponseFuture {
    pending: Pending,
    /// The first headers of a response that was not known at once.
    headers: HeaderMap,
}

impl<P: Into<Pending>> From<P> for ResponseFuture {
    fn from(pending: P) -> Self {
        Self { pending: pending.into(), headers: HeaderMap::new() }
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { pending, headers } = self.get_mut();
        let mut response = ready!(pending.poll(headers, cx));
        no_sniff(&mut response);
        Poll::Ready(Ok(response))
    }
}

/// Keeps browsers from treating a body as another type than its `Content-Type`, because clients decide what bodies contain.
/// A `101` has no body.
pub(crate) fn no_sniff(response: &mut Response<Body>) {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, const { HeaderValue::from_static("nosniff") });
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseFuture")
    }
}

impl<H, B> tower_service::Service<Request<B>> for Engine<H>
where
    H: Handler,
    B: http_body::Body<Data: Buf + Send> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        self.answer(request, None)
    }
}

/// Serves a request of a client of 0.7 to 0.9, if they are served.
fn answer_legacy<H, B>(engine: Arc<Inner<H>>, mut head: Parts, body: B, peer: Option<SocketAddr>) -> ResponseFuture
where
    H: Handler,
    B: http_body::Body<Data: Buf + Send> + Send + 'static,
{
    if let Some(peer) = peer {
        head.extensions.insert(RemoteAddr(peer));
    }
    let origin = head.headers.get(header::ORIGIN).cloned();
    // Polls of these clients keep the head while they are pending.
    let too_large = engine.options.is_head_too_large(&head);
    #[cfg(feature = "legacy")]
    if engine.options.legacy && !too_large {
        let response = async move {
            let answered = v1::serve(&engine, &mut head, body).await;
            let response = answered.unwrap_or_else(|refusal| refusal.response(&head, &engine.options));
            decorated(response, &engine.options, origin)
        };
        return Pending::V1(Box::pin(response)).into();
    }
    drop(body);
    let refusal = if too_large { Refusal::HeadTooLarge } else { Refusal::LegacyOff };
    decorated(refusal.response(&head, &engine.options), &engine.options, origin).into()
}

fn decorated(mut response: Response<Body>, options: &Options, origin: Option<HeaderValue>) -> Response<Body> {
    if let Some(cors) = &options.cors {
        cors.decorate_legacy(origin.as_ref(), response.headers_mut());
    }
    response
}
