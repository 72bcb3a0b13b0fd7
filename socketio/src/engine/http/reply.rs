//! An answer to a request of a session, but for the headers that it is put behind.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Response, header};

use crate::engine::{http::body::Body, protocol::common::Encoded, session::state::Shared};

/// See the module.
#[derive(Debug)]
pub(crate) struct Reply {
    content_type: HeaderValue,
    body: Body,
}

impl Reply {
    pub(crate) const fn new(content_type: HeaderValue, body: Body) -> Self {
        Self { content_type, body }
    }

    pub(crate) fn encoded(Encoded { body, content_type }: Encoded) -> Self {
        Self::new(content_type, Body::from(body))
    }

    /// Carries messages of a session, which are lost if the answer is.
    pub(crate) fn of_session(mut self, session: &Arc<Shared>) -> Self {
        self.body = self.body.of_session(session);
        self
    }

    /// The whole answer; its head begins with these headers. As Node's server, it lets nobody cache what has a body.
    pub(crate) fn into_response(self, headers: HeaderMap) -> Response<Body> {
        let mut response = Response::new(self.body);
        *response.headers_mut() = headers;
        response.headers_mut().insert(header::CONTENT_TYPE, self.content_type);
        response.headers_mut().insert(header::CACHE_CONTROL, const { HeaderValue::from_static("no-store") });
        response
    }
}
