//! `Reply`: the response to a request of a session, without the headers that all responses to the request have.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Response, header};

use crate::engine::{http::body::Body, protocol::common::Encoded, session::state::SessionState};

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

    /// The reply carries messages of a session, which are lost if it is not delivered.
    pub(crate) fn of_session(mut self, session: &Arc<SessionState>) -> Self {
        self.body = self.body.of_session(session);
        self
    }

    /// The whole response, behind these headers. As in Node, it must not be cached.
    pub(crate) fn into_response(self, headers: HeaderMap) -> Response<Body> {
        let mut response = Response::new(self.body);
        *response.headers_mut() = headers;
        response.headers_mut().insert(header::CONTENT_TYPE, self.content_type);
        response.headers_mut().insert(header::CACHE_CONTROL, const { HeaderValue::from_static("no-store") });
        response
    }
}
