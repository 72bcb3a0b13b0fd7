//! How a request is refused: Node's codes, status and bodies. Why a session ended is in `error`.

use http::{Response, StatusCode, header};

use super::body::Body;

/// Why a request is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 0: the `transport` parameter is missing, not known or not enabled.
    UnknownTransport,
    /// 1: no session has the `sid`.
    UnknownSession,
    /// 2: a session can be opened with GET only.
    BadMethod,
    /// 3: anything else that makes no sense; the word goes to the log.
    BadRequest(&'static str),
    /// 3, with status 426: a WebSocket of another version than 13.
    WebSocketVersion,
    /// 4: not from this origin.
    Forbidden,
    /// 5: not Engine.IO 4.
    UnsupportedProtocol,
    /// 4, with status 503: the engine is closed.
    ShuttingDown,
    /// 4, with status 503: as many sessions exist as may.
    Full,
    /// A method that makes no sense for a session: status 500 without a body, as Node answers.
    OtherMethod,
}

impl Refusal {
    fn parts(self) -> (StatusCode, &'static str) {
        match self {
            Self::UnknownTransport => (StatusCode::BAD_REQUEST, r#"{"code":0,"message":"Transport unknown"}"#),
            Self::UnknownSession => (StatusCode::BAD_REQUEST, r#"{"code":1,"message":"Session ID unknown"}"#),
            Self::BadMethod => (StatusCode::BAD_REQUEST, r#"{"code":2,"message":"Bad handshake method"}"#),
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, r#"{"code":3,"message":"Bad request"}"#),
            Self::WebSocketVersion => (StatusCode::UPGRADE_REQUIRED, r#"{"code":3,"message":"Bad request"}"#),
            Self::Forbidden => (StatusCode::FORBIDDEN, r#"{"code":4,"message":"Forbidden"}"#),
            Self::UnsupportedProtocol => {
                (StatusCode::BAD_REQUEST, r#"{"code":5,"message":"Unsupported protocol version"}"#)
            }
            Self::ShuttingDown => (StatusCode::SERVICE_UNAVAILABLE, r#"{"code":4,"message":"Server shutting down"}"#),
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, r#"{"code":4,"message":"Too many sessions"}"#),
            Self::OtherMethod => (StatusCode::INTERNAL_SERVER_ERROR, ""),
        }
    }

    /// The answer. The log gets a line for each: it is the only place where the server's side of a refusal is seen.
    pub(super) fn response(self, head: &http::request::Parts) -> Response<Body> {
        let (status, body) = self.parts();
        tracing::debug!(
            refusal = ?self,
            answer = body,
            status = status.as_u16(),
            method = %head.method,
            path = head.uri.path(),
            origin = ?head.headers.get(header::ORIGIN),
            "request refused"
        );
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if !body.is_empty() {
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        }
        if self == Self::WebSocketVersion {
            headers.insert(header::SEC_WEBSOCKET_VERSION, header::HeaderValue::from_static("13"));
        }
        response
    }
}
