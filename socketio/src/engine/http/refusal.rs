//! How a request is refused: Node's codes, status and bodies. Why a session ended is in `error`.

use http::{HeaderMap, Response, StatusCode, header};

use crate::{
    engine::{http::body::Body, options::Options, request::query_value, session::table::NoRoom},
    log::{Once, warn_rarely},
};

/// Why a request is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
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
    /// 4: not from this origin, or not for this host.
    Forbidden,
    /// 5: a version of the protocol that does not exist or is not accepted.
    UnsupportedProtocol,
    /// 5: a client of 0.7 to 0.9, and they are not served.
    LegacyOff,
    /// 4, with status 503: the engine is closed.
    ShuttingDown,
    /// 4, with status 503: as many sessions have begun in this second as may.
    TooFast,
    /// 4, with status 503: as many sessions exist as may.
    Full,
    /// 4, with status 429: as many sessions of the client's address exist as may.
    TooManyOfAddress,
    /// 3, with status 431: the path and the headers are larger than they may be.
    HeadTooLarge,
    /// A second request of a session while one is pending, or a body that broke off: status 400 without a body.
    Polling,
    /// The body of a POST is too large: status 413 without a body.
    TooLarge,
    /// 3, with status 405: a method that makes no sense for a session. Node answers with status 500 and no body.
    OtherMethod,
}

impl From<NoRoom> for Refusal {
    fn from(reason: NoRoom) -> Self {
        match reason {
            NoRoom::ShuttingDown => Self::ShuttingDown,
            NoRoom::TooFast => Self::TooFast,
            NoRoom::Full => Self::Full,
            NoRoom::TooManyOfAddress => Self::TooManyOfAddress,
        }
    }
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
            Self::UnsupportedProtocol | Self::LegacyOff => {
                (StatusCode::BAD_REQUEST, r#"{"code":5,"message":"Unsupported protocol version"}"#)
            }
            Self::ShuttingDown => (StatusCode::SERVICE_UNAVAILABLE, r#"{"code":4,"message":"Server shutting down"}"#),
            Self::TooFast => (StatusCode::SERVICE_UNAVAILABLE, r#"{"code":4,"message":"Too many handshakes"}"#),
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, r#"{"code":4,"message":"Too many sessions"}"#),
            Self::TooManyOfAddress => {
                (StatusCode::TOO_MANY_REQUESTS, r#"{"code":4,"message":"Too many sessions from this address"}"#)
            }
            Self::HeadTooLarge => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, r#"{"code":3,"message":"Bad request"}"#)
            }
            Self::Polling => (StatusCode::BAD_REQUEST, ""),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ""),
            Self::OtherMethod => (StatusCode::METHOD_NOT_ALLOWED, r#"{"code":3,"message":"Bad request"}"#),
        }
    }

    /// The answer. The log gets a line for each: it is the only place where the server's side of a refusal is seen.
    pub(crate) fn response(self, head: &http::request::Parts, options: &Options) -> Response<Body> {
        let (status, body) = self.parts();
        if matches!(self, Self::UnsupportedProtocol | Self::LegacyOff) {
            return unsupported(head, options, self == Self::LegacyOff);
        }
        self.warn();
        tracing::debug!(
            refusal = ?self,
            answer = body,
            status = status.as_u16(),
            method = %head.method,
            path = head.uri.path(),
            origin = ?head.headers.get(header::ORIGIN),
            "request refused"
        );
        self.answer(HeaderMap::new())
    }

    /// Says which option has refused a client that another server would have let in.
    pub(crate) fn warn(self) {
        match self {
            Self::TooFast => {
                warn_rarely!(option = "max_handshakes_per_second", "handshake refused: too many in this second");
            }
            Self::Full => warn_rarely!(option = "max_connections", "handshake refused: too many connections"),
            Self::TooManyOfAddress => warn_rarely!(
                option = "max_connections_per_address",
                "handshake refused: too many connections of one address; behind a proxy, `trust_proxies` must name it"
            ),
            _ => {}
        }
    }

    /// The answer to a request that has waited, whose head is gone. It begins with these headers.
    pub(crate) fn late(self, headers: HeaderMap) -> Response<Body> {
        tracing::debug!(refusal = ?self, "request refused after a wait");
        self.answer(headers)
    }

    fn answer(self, headers: HeaderMap) -> Response<Body> {
        let (status, body) = self.parts();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        let headers = response.headers_mut();
        if !body.is_empty() {
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        }
        if self == Self::WebSocketVersion {
            headers.insert(header::SEC_WEBSOCKET_VERSION, header::HeaderValue::from_static("13"));
        }
        if self == Self::OtherMethod {
            headers.insert(header::ALLOW, header::HeaderValue::from_static("GET, POST"));
        }
        response
    }
}

/// The body of [`unsupported`].
#[derive(serde::Serialize)]
struct Unsupported<'a> {
    code: u8,
    message: &'a str,
    found: Option<&'a str>,
    accepted: &'a [u8],
    option: &'a str,
}

/// The answer to a client of another version: besides Node's code, it says what would help.
fn unsupported(head: &http::request::Parts, options: &Options, legacy: bool) -> Response<Body> {
    const LONGEST: usize = 16;
    let found = query_value(head.uri.query().unwrap_or_default(), "EIO");
    let found = found.map(|found| found.chars().take(LONGEST).collect::<String>());
    // The version of the oldest clients is in the path.
    let found = if legacy { Some("1".to_owned()) } else { found };
    let option = if legacy { "Server::legacy" } else { "Server::protocols" };
    let accepted: Vec<u8> = options.legacy.then_some(1).into_iter().chain(options.protocols.iter().copied()).collect();
    static VERSIONS: Once = Once::new();
    let version = found.as_deref().unwrap_or("none");
    if VERSIONS.is_first(version) {
        tracing::warn!(found = version, ?accepted, option, "refused: unsupported protocol version");
    } else {
        tracing::debug!(found = version, ?accepted, option, "refused: unsupported protocol version");
    }
    let body = Unsupported {
        code: 5,
        message: "Unsupported protocol version",
        found: found.as_deref(),
        accepted: &accepted,
        option,
    };
    // Strings and numbers can always be written.
    let mut response = Response::new(Body::from(serde_json::to_vec(&body).unwrap_or_default()));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    let kind = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
