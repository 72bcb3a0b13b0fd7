//! Long polling: a held GET carries packets to the client, a POST carries packets from it. The requests' futures run
//! in the HTTP server's tasks; what they do to the session goes through its `Shared`.

mod get;
mod post;
pub(super) mod state;

use std::{future::Future, pin::Pin, sync::Arc};

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::{body::Body, refusal::Refusal, shared::Shared};

#[cfg(feature = "legacy")]
pub(super) use self::post::{Received, receive};
pub(super) use self::{
    get::{Held, get},
    post::{Bounds, Posted, post},
};

/// An answer, but for the head that it is put into.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    /// Node types what has a body, and lets nobody cache it.
    kind: Option<HeaderValue>,
    body: Body,
}

impl Reply {
    pub(super) const fn new(kind: HeaderValue, body: Body) -> Self {
        Self { status: StatusCode::OK, kind: Some(kind), body }
    }

    /// An answer without a body.
    const fn empty(status: StatusCode) -> Self {
        Self { status, kind: None, body: Body::empty() }
    }

    /// Carries messages of a session, which are lost if the answer is.
    fn of_session(mut self, session: &Arc<Shared>) -> Self {
        self.body = self.body.of_session(session);
        self
    }

    /// The whole answer; its head begins with these headers.
    pub(super) fn into_response(self, headers: HeaderMap) -> Response<Body> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        if let Some(kind) = self.kind {
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response.headers_mut().insert(header::CACHE_CONTROL, const { HeaderValue::from_static("no-store") });
        }
        response
    }
}

/// What a request comes to.
pub(super) enum Answer {
    Now(Reply),
    /// Packets, as soon as there are some.
    Get(Held),
    /// A word, as soon as the request's body has been taken.
    Post(Posting),
}

/// See [`Answer::Post`].
pub(super) type Posting = Pin<Box<dyn Future<Output = Result<Reply, Refusal>> + Send>>;

/// A typed answer, complete.
#[cfg(feature = "legacy")]
pub(super) fn response(kind: &'static str, body: Body) -> Response<Body> {
    Reply::new(HeaderValue::from_static(kind), body).into_response(HeaderMap::new())
}
