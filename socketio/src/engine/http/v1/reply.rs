//! The answers to clients of 0.7 to 0.9.

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::engine::http::{body::Body, reply::Reply};

/// An answer of this type.
pub(crate) fn response(content_type: &'static str, body: Body) -> Response<Body> {
    Reply::new(HeaderValue::from_static(content_type), body).into_response(HeaderMap::new())
}

/// A short answer in plain text.
pub(crate) fn text(status: StatusCode, body: &'static str) -> Response<Body> {
    let mut response = response("text/plain; charset=UTF-8", Body::from(body));
    *response.status_mut() = status;
    response
}

/// Some browsers take a script that comes back for an attack if it looks like a part of the request; it is none here.
pub(crate) fn no_filter(response: &mut Response<Body>) {
    response.headers_mut().insert(HeaderName::from_static("x-xss-protection"), HeaderValue::from_static("0"));
}
