//! The server as a `tower` service, for programs that bring their own HTTP server.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Buf;
use http::{Request, Response, StatusCode};
use pin_project_lite::pin_project;

use super::Core;
use crate::connection::Clients;
use crate::engine::{Body, Engine, Handler, Options, ResponseFuture, are_several, no_sniff};

/// Answers HTTP requests: those of clients, and those for pages and the browser client. Everything else is 404.
///
/// Made by [`Server::into_service`](super::Server::into_service). Cheap to clone; every clone is the same server.
#[derive(Clone)]
pub struct Service {
    core: Arc<Core>,
    engine: Engine<Clients>,
}

impl Service {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { engine: core.engine.clone(), core }
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Whether this service answers a request with something else than 404.
    pub(super) fn wants<B>(&self, request: &Request<B>) -> bool {
        self.core.pages.has(request.uri().path()) || self.engine.wants(request.uri().path())
    }

    /// Returns the request if it names one host, which is the server's own; else the answer that refuses it.
    fn own<B>(&self, request: Request<B>, peer: Option<SocketAddr>) -> Result<Request<B>, Box<Response<Body>>> {
        if self.engine.options().hosts.is_none() && !are_several(request.headers()) {
            return Ok(request);
        }
        let (head, body) = request.into_parts();
        match self.engine.refuse_host(&head, peer) {
            Some(refused) => Err(Box::new(refused)),
            None => Ok(Request::from_parts(head, body)),
        }
    }
}

/// What an accept loop serves: a Socket.IO server, or an engine alone.
pub(super) trait Respond: Clone + Send + Sync + 'static {
    fn engine_options(&self) -> &Options;

    /// Answers a request. `peer` is the address of the client, if it is known and not in the request's extensions.
    fn respond<B>(&self, request: Request<B>, peer: Option<SocketAddr>) -> ServiceFuture
    where
        B: http_body::Body<Data: Buf + Send> + Send + 'static;
}

impl Respond for Service {
    fn engine_options(&self) -> &Options {
        self.engine.options()
    }

    fn respond<B>(&self, request: Request<B>, peer: Option<SocketAddr>) -> ServiceFuture
    where
        B: http_body::Body<Data: Buf + Send> + Send + 'static,
    {
        let request = match self.own(request, peer) {
            Ok(request) => request,
            Err(refused) => return ServiceFuture::now(*refused),
        };
        match self.core.pages.answer(&request) {
            Some(page) => ServiceFuture::now(page),
            None => self.engine.respond(request, peer),
        }
    }
}

impl<H: Handler> Respond for Engine<H> {
    fn engine_options(&self) -> &Options {
        self.options()
    }

    fn respond<B>(&self, request: Request<B>, peer: Option<SocketAddr>) -> ServiceFuture
    where
        B: http_body::Body<Data: Buf + Send> + Send + 'static,
    {
        if self.wants(request.uri().path()) {
            return ServiceFuture { state: State::Engine { future: self.answer(request, peer) } };
        }
        let mut response = Response::new(Body::from("not found\n"));
        *response.status_mut() = StatusCode::NOT_FOUND;
        no_sniff(&mut response);
        ServiceFuture::now(response)
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl<B> tower_service::Service<Request<B>> for Service
where
    B: http_body::Body<Data: Buf + Send> + Send + Unpin + 'static,
    B::Error: std::fmt::Display,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ServiceFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ServiceFuture {
        self.respond(request, None)
    }
}

pin_project! {
    /// The future of a [`Service`]'s answer.
    pub struct ServiceFuture {
        #[pin]
        state: State,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State {
        /// A page or a 404, which is ready at once.
        Now { response: Option<Response<Body>> },
        /// A client's request.
        Engine { #[pin] future: ResponseFuture },
    }
}

impl ServiceFuture {
    fn now(response: Response<Body>) -> Self {
        Self { state: State::Now { response: Some(response) } }
    }
}

impl Future for ServiceFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            // Polled again after it was ready, which is a mistake of the caller.
            StateProjection::Now { response } => Poll::Ready(Ok(response.take().unwrap_or_default())),
            StateProjection::Engine { future } => future.poll(cx),
        }
    }
}

impl std::fmt::Debug for ServiceFuture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceFuture").finish_non_exhaustive()
    }
}
