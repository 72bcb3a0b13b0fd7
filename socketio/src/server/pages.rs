//! Fixed content that the server answers requests with: the pages of small programs, and the browser client.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use http::{Method, Request, Response, StatusCode};

use crate::engine::{Body, no_sniff};

/// The browser client, an ES module.
#[cfg(feature = "browser-client")]
const CLIENT: &str = include_str!("client/socketio.js");

#[derive(Clone, Debug, Default)]
pub(super) struct Pages(Vec<Page>);

#[derive(Clone, Debug)]
struct Page {
    path: String,
    content_type: HeaderValue,
    body: Bytes,
    /// The `ETag`, which changes with the content only.
    tag: HeaderValue,
}

impl Pages {
    pub(super) fn add(&mut self, path: String, content_type: HeaderValue, body: Bytes) {
        let tag = HeaderValue::from_str(&format!("\"{:x}-{:016x}\"", body.len(), fingerprint(&body)));
        let tag = tag.unwrap_or_else(|_| HeaderValue::from_static("\"0\""));
        self.0.retain(|page| page.path != path);
        self.0.push(Page { path, content_type, body, tag });
    }

    /// Puts the browser client below the path of the server.
    #[cfg(feature = "browser-client")]
    pub(super) fn add_client(&mut self, path: &str) {
        let content_type = HeaderValue::from_static("text/javascript; charset=utf-8");
        self.add(
            format!("{}/socketio.js", path.trim_end_matches('/')),
            content_type,
            Bytes::from_static(CLIENT.as_bytes()),
        );
    }

    /// Whether there is a page at a path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.0.iter().any(|page| page.path == path)
    }

    /// Answers a request for one of the pages.
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Option<Response<Body>> {
        let page = self.0.iter().find(|page| page.path == request.uri().path())?;
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let mut response = Response::new(Body::empty());
        let known = request.headers().get(IF_NONE_MATCH).is_some_and(|known| known == page.tag);
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else if request.method() == Method::GET {
            *response.body_mut() = Body::full(page.body.clone());
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, page.content_type.clone());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=0"));
        headers.insert(ETAG, page.tag.clone());
        no_sniff(&mut response);
        Some(response)
    }
}

/// FNV-1a: distinguishes versions of a page. It need not resist an attacker, because the program writes the pages.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
