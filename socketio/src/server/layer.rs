//! The server as a `tower` layer: requests that are not for it go to the service inside.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;

use super::service::{Service, ServiceFuture};
use crate::engine::Body;

/// Puts the server in front of another service; made by [`Server::into_layer`](super::Server::into_layer).
#[derive(Clone, Debug)]
pub struct Layer(Service);

impl Layer {
    pub(super) fn new(service: Service) -> Self {
        Self(service)
    }
}

impl<S> tower_layer::Layer<S> for Layer {
    type Service = Layered<S>;

    fn layer(&self, inner: S) -> Layered<S> {
        Layered { outer: self.0.clone(), inner }
    }
}

/// A service with the server in front of it.
#[derive(Clone, Debug)]
pub struct Layered<S> {
    outer: Service,
    inner: S,
}

impl<S, B, R> tower_service::Service<Request<B>> for Layered<S>
where
    S: tower_service::Service<Request<B>, Response = Response<R>>,
    B: http_body::Body<Data: Buf + Send> + Send + Unpin + 'static,
    B::Error: fmt::Display,
{
    type Response = Response<LayerBody<R>>;
    type Error = S::Error;
    type Future = LayerFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if self.outer.wants(&request) {
            return LayerFuture::Outer { future: self.outer.call(request) };
        }
        LayerFuture::Inner { future: self.inner.call(request) }
    }
}

pin_project! {
    /// The future of a [`Layered`] service's answer.
    #[project = LayerProjection]
    #[doc(hidden)]
    pub enum LayerFuture<F> {
        Outer { #[pin] future: ServiceFuture },
        Inner { #[pin] future: F },
    }
}

impl<F, R, E> Future for LayerFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<LayerBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            LayerProjection::Outer { future } => {
                let response: Result<_, Infallible> = ready!(future.poll(cx));
                let Ok(response) = response;
                Poll::Ready(Ok(response.map(LayerBody::outer)))
            }
            LayerProjection::Inner { future } => future.poll(cx).map_ok(|response| response.map(LayerBody::inner)),
        }
    }
}

pin_project! {
    /// The body of a [`Layered`] service's answer: the server's or that of the service inside.
    #[derive(Debug)]
    pub struct LayerBody<R> {
        #[pin]
        state: BodyState<R>,
    }
}

pin_project! {
    #[project = BodyProjection]
    #[derive(Debug)]
    enum BodyState<R> {
        Outer { #[pin] body: Body },
        Inner { #[pin] body: R },
    }
}

impl<R> LayerBody<R> {
    fn outer(body: Body) -> Self {
        Self { state: BodyState::Outer { body } }
    }

    fn inner(body: R) -> Self {
        Self { state: BodyState::Inner { body } }
    }
}

impl<R> http_body::Body for LayerBody<R>
where
    R: http_body::Body<Data = Bytes>,
    R::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn StdError + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.project().state.project() {
            BodyProjection::Outer { body } => body.poll_frame(cx).map_err(Into::into),
            BodyProjection::Inner { body } => body.poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            BodyState::Outer { body } => body.is_end_stream(),
            BodyState::Inner { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            BodyState::Outer { body } => body.size_hint(),
            BodyState::Inner { body } => body.size_hint(),
        }
    }
}
