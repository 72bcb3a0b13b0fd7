//! Long polling: a held GET carries packets to the client, a POST carries packets from it. The requests' futures run
//! in the HTTP server's tasks; what they do to the session goes through its `Shared`.

mod get;
mod post;
pub(super) mod state;

use http::{Response, StatusCode, header};

use super::body::Body;

#[cfg(feature = "legacy")]
pub(super) use self::post::{Received, receive};
pub(super) use self::{
    get::get,
    post::{Bounds, Posted, post},
};

/// An answer as Node gives it: typed, and never cached.
pub(super) fn response(content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

/// An answer without a body.
fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
