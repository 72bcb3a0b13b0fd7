//! `Engine`: an HTTP service whose answers are Engine.IO. A request's way in; opening a session is in `handshake`.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Buf;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header, request::Parts};
use hyper::upgrade::OnUpgrade;

use super::{
    Handler,
    answer::{Reached, answer},
    body::Body,
    error::CloseReason,
    hosts::are_several,
    options::Options,
    page::Page,
    polling::{Answer, Held, Posting},
    proxy::RemoteAddr,
    refusal::Refusal,
    shared::Shared,
    table::Table,
};
use crate::{error::Error, log::warn_rarely};

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

pub(super) struct Inner<H> {
    pub(super) handler: H,
    pub(super) options: Options,
    pub(super) table: Arc<Table>,
}

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
        Ok(Self(Arc::new(Inner { handler, options, table: Arc::default() })))
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
        self.0.table.seats()
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
    /// its [`Session::poll`](super::Session::poll) is `Ready`. Until then it sends and receives as before.
    pub fn drain(&self) {
        self.0.table.close();
        for session in self.0.table.all() {
            session.finish();
        }
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
            return Err(Refusal::BadRequest("several hosts"));
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
            return ResponseFuture(State::Now(Some(refusal.response(&head, &engine.options))));
        }
        if engine.options.is_legacy(head.uri.path(), head.uri.query().unwrap_or_default()) {
            return ResponseFuture(State::Legacy(Box::pin(answer_legacy(Arc::clone(engine), head, body, peer))));
        }
        let cors = engine.options.cors.as_ref();
        let origin = cors.and_then(|_| head.headers.get(header::ORIGIN).cloned());
        let answered = answer(engine, &mut head, body, peer);
        let mut response = match answered {
            Ok(Reached::Now(response)) => response,
            Ok(Reached::Session(answer)) => {
                let mut headers = cleared(head.headers);
                if let Some(cors) = cors {
                    cors.decorate(origin.as_ref(), &mut headers);
                }
                return ResponseFuture(match answer {
                    Answer::Now(reply) => State::Now(Some(reply.into_response(headers))),
                    Answer::Get(held) => State::Get(held, headers),
                    Answer::Post(posting) => State::Post(posting, headers),
                });
            }
            Err(refusal) => refusal.response(&head, &engine.options),
        };
        if let Some(cors) = cors {
            cors.decorate(origin.as_ref(), response.headers_mut());
        }
        ResponseFuture(State::Now(Some(response)))
    }
}

/// The map of a request's headers, for those of the answer: the next request on the connection gets it again. What the
/// headers were is not kept while an answer is waited for, and neither is what they were read into.
fn cleared(mut headers: HeaderMap) -> HeaderMap {
    /// A map for more than the headers of most clients is given back.
    const KEPT: usize = 48;
    if headers.capacity() > KEPT {
        return HeaderMap::new();
    }
    headers.clear();
    headers
}

impl<H> Clone for Engine<H> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<H> fmt::Debug for Engine<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("sessions", &self.0.table.seats()).finish_non_exhaustive()
    }
}

/// The answer to a request, or the wait for something to answer.
pub struct ResponseFuture(State);

enum State {
    /// Known at once; `None` after it was taken.
    Now(Option<Response<Body>>),
    /// The session has to say something; and what the head of the answer begins with.
    Get(Held, HeaderMap),
    /// The client has to send something.
    Post(Posting, HeaderMap),
    Legacy(Pin<Box<dyn Future<Output = Response<Body>> + Send>>),
}

impl Future for ResponseFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = ready!(self.poll_response(cx));
        no_sniff(&mut response);
        Poll::Ready(Ok(response))
    }
}

impl ResponseFuture {
    fn poll_response(&mut self, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        let (answered, headers) = match &mut self.0 {
            // Polled again after its end, which is the caller's mistake: then there is nothing to say.
            State::Now(response) => return Poll::Ready(response.take().unwrap_or_default()),
            State::Legacy(future) => return future.as_mut().poll(cx),
            State::Get(held, headers) => (ready!(Pin::new(held).poll(cx)), headers),
            State::Post(posting, headers) => (ready!(posting.as_mut().poll(cx)), headers),
        };
        let headers = std::mem::take(headers);
        self.0 = State::Now(None);
        Poll::Ready(match answered {
            Ok(reply) => reply.into_response(headers),
            Err(refusal) => refusal.late(headers),
        })
    }
}

/// Keeps browsers from taking a body for another kind than its `Content-Type` says: clients decide what bodies contain.
/// A `101` has none.
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
async fn answer_legacy<H, B>(
    engine: Arc<Inner<H>>,
    mut head: Parts,
    body: B,
    peer: Option<SocketAddr>,
) -> Response<Body>
where
    H: Handler,
    B: http_body::Body<Data: Buf>,
{
    let origin = head.headers.get(header::ORIGIN).cloned();
    if let Some(peer) = peer {
        head.extensions.insert(RemoteAddr(peer));
    }
    // Legacy polls keep the head while they are held.
    let answered = if engine.options.is_head_too_large(&head) {
        Err(Refusal::HeadTooLarge)
    } else {
        serve_legacy(&engine, &mut head, body).await
    };
    let mut response = answered.unwrap_or_else(|refusal| refusal.response(&head, &engine.options));
    if let Some(cors) = &engine.options.cors {
        cors.decorate_legacy(origin.as_ref(), response.headers_mut());
    }
    response
}

async fn serve_legacy<H, B>(engine: &Arc<Inner<H>>, head: &mut Parts, body: B) -> Result<Response<Body>, Refusal>
where
    H: Handler,
    B: http_body::Body<Data: Buf>,
{
    #[cfg(feature = "legacy")]
    if engine.options.legacy {
        return super::legacy::serve(engine, head, body).await;
    }
    let _ = (engine, head, body);
    Err(Refusal::LegacyOff)
}

/// Judges a request for a script, which comes without `Origin` and with the user's cookies whatever page asks for it.
pub(super) fn admit_script(options: &Options, head: &Parts, peer: Option<SocketAddr>) -> Result<(), Refusal> {
    if !options.jsonp {
        return Err(Refusal::BadRequest("JSONP is switched off"));
    }
    let client = options.trust_proxies.client(head, peer);
    let page = Page::of(&head.headers, &client);
    if page.may_have_scripts(options.cors.as_ref()) { Ok(()) } else { Err(Refusal::Forbidden) }
}

/// The connection that a request wants to turn into a WebSocket.
pub(super) fn take_upgrade(head: &mut Parts) -> Result<OnUpgrade, Refusal> {
    head.extensions.remove().ok_or(Refusal::BadRequest("the connection cannot be upgraded"))
}

/// The first characters of a session's id, for the log.
pub(super) fn span(session: &Shared) -> tracing::Span {
    tracing::debug_span!("session", sid = session.id.hint())
}
