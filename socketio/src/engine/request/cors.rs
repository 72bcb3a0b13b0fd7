//! `Cors`: the web pages that may use the engine. Applies to polling, where browsers enforce CORS, and to WebSockets,
//! where browsers do not. Programs that are not browsers send no `Origin`, and are allowed.

use std::{fmt, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::engine::request::hosts::parse;
use crate::engine::request::proxy::Client;
use crate::error::Error;

/// The other origins that browsers may connect from, and their rights. A page of the same origin may always connect.
///
/// The server's own origin is the request's `Host` with any scheme, because the server does not know whether a proxy in
/// front of it ended TLS. Behind a proxy that rewrites `Host`, no page has the same origin, and every WebSocket from a
/// browser is refused with 403. Either let the proxy pass `Host` on, or add the proxy to
/// [`Options::trust_proxies`](crate::engine::Options::trust_proxies) (`Server::trust_proxies`): then `X-Forwarded-Host` and
/// `X-Forwarded-Proto` of that proxy are used, and the scheme is compared too.
/// A page of the same origin may act as the logged-in user, any other page only with [`credentials`](Cors::credentials).
/// If `Origin` is missing, the engine recognises a request of another page by `Sec-Fetch-Site` and `Referer`.
///
/// ```
/// use socketio::engine::Cors;
///
/// let one = Cors::from("https://app.example");
/// let some = Cors::from(["https://app.example", "https://admin.example"]).credentials(true);
/// let by_rule = Cors::from(|origin: &str| origin.ends_with(".example"));
/// let everyone = Cors::any();
/// ```
#[derive(Clone, Debug)]
pub struct Cors {
    origins: Origins,
    credentials: bool,
    methods: HeaderValue,
    headers: Option<HeaderValue>,
    max_age: Option<Duration>,
}

/// The origins that a [`Cors`] allows.
#[derive(Clone)]
#[non_exhaustive]
pub enum Origins {
    /// Every origin.
    Any,
    /// These origins, each written as browsers do: scheme, host, and the port if it is not the scheme's default.
    List(Vec<String>),
    /// The origins for which the function returns `true`.
    Predicate(Arc<dyn Fn(&str) -> bool + Send + Sync>),
}

impl Cors {
    /// Every origin may connect, without credentials.
    #[must_use]
    pub fn any() -> Self {
        Self::new(Origins::Any)
    }

    /// The given origins may connect, without credentials, with the methods of the engine.
    #[must_use]
    pub fn new(origins: Origins) -> Self {
        Self {
            origins,
            credentials: false,
            methods: HeaderValue::from_static("GET,POST"),
            headers: None,
            max_age: None,
        }
    }

    /// Whether the allowed pages may act as the logged-in user. Default `false`. Has no effect together with
    /// [`Cors::any`], because every page could then act as the user.
    ///
    /// Browsers check this before they send cookies with a polling request of another origin, but they send cookies
    /// with every WebSocket, image and script. Therefore the engine removes `Cookie`, `Authorization` and
    /// `Proxy-Authorization`, and the request's extensions, from each handshake of such a page, on every transport: see
    /// [`Request::is_trusted`](super::Request::is_trusted). Send a token of the application in the Socket.IO `auth`
    /// payload, because only the page itself can write it.
    #[must_use]
    pub fn credentials(mut self, allow: bool) -> Self {
        self.credentials = allow;
        self
    }

    /// The methods in a preflight answer. Default `"GET,POST"`. A value that is not a valid header value is ignored.
    #[must_use]
    pub fn methods(mut self, methods: &str) -> Self {
        if let Ok(methods) = HeaderValue::from_str(methods) {
            self.methods = methods;
        }
        self
    }

    /// The request headers that a preflight answer allows. Default: the headers that the browser asks for. A value that
    /// is not a valid header value is ignored.
    #[must_use]
    pub fn headers(mut self, headers: &str) -> Self {
        self.headers = HeaderValue::from_str(headers).ok().or(self.headers);
        self
    }

    /// How long browsers may cache a preflight answer. Default: the browser decides.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    pub(crate) fn allows(&self, origin: &str) -> bool {
        match &self.origins {
            Origins::Any => true,
            Origins::List(list) => list.iter().any(|allowed| {
                allowed == "*" || allowed == origin || allowed.trim_end_matches('/').eq_ignore_ascii_case(origin)
            }),
            Origins::Predicate(allows) => allows(origin),
        }
    }

    /// Whether every origin is allowed, so that no answer depends on the request's `Origin`.
    pub(crate) fn is_open(&self) -> bool {
        match &self.origins {
            Origins::Any => true,
            Origins::List(list) => list.iter().any(|allowed| allowed == "*"),
            Origins::Predicate(_) => false,
        }
    }

    /// Whether the allowed pages may act as the logged-in user.
    pub(crate) fn shares_credentials(&self) -> bool {
        self.credentials && !self.is_open()
    }

    /// Fails for an origin that no browser sends, because it would allow no page. Warns if the settings contradict each
    /// other.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Origins::List(list) = &self.origins
            && let Some(wrong) = list.iter().find(|origin| !is_origin(origin))
        {
            return Err(Error::start(format!(
                "`cors`: `{wrong}` is no origin such as `https://app.example` or `http://localhost:8080`\n\
                 help: a rule for many origins is a function: `.cors(|origin: &str| origin.ends_with(\".example\"))`"
            )));
        }
        if self.credentials && self.is_open() {
            tracing::warn!("CORS credentials are not sent: every origin is allowed. Name the origins to allow them.");
        }
        Ok(())
    }

    /// Adds the CORS headers to the answer to a request with this `Origin`, or without an `Origin`.
    pub(crate) fn decorate(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) {
        if self.is_open() {
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            return;
        }
        answer.append(header::VARY, HeaderValue::from_name(header::ORIGIN));
        let Some(origin) = origin.filter(|origin| origin.to_str().is_ok_and(|origin| self.allows(origin))) else {
            return;
        };
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        if self.credentials {
            answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }

    /// The same for clients of 0.7 to 0.9, which always send credentials: browsers then require the page's own origin
    /// instead of `*`. Whether the engine keeps the credentials is decided when the session is opened.
    pub(crate) fn decorate_legacy(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) {
        answer.append(header::VARY, HeaderValue::from_name(header::ORIGIN));
        if let Some(origin) = origin.filter(|origin| origin.to_str().is_ok_and(|origin| self.allows(origin))) {
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }

    /// Adds the headers that only the answer to a preflight request has.
    pub(crate) fn decorate_preflight(&self, asked: &HeaderMap, answer: &mut HeaderMap) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone());
        if let Some(headers) = self.headers.as_ref().or_else(|| asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS)) {
            answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, headers.clone());
        }
        if self.headers.is_none() {
            const ASKED: HeaderName = header::ACCESS_CONTROL_REQUEST_HEADERS;
            answer.append(header::VARY, HeaderValue::from_name(ASKED));
        }
        if let Some(age) = self.max_age {
            answer.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(age.as_secs()));
        }
    }
}

/// Whether a request of this `Origin` may be served. Without a [`Cors`] only WebSockets are refused, because browsers
/// do not show the answers to polling to pages of other origins.
pub(crate) fn admits(cors: Option<&Cors>, origin: &str, client: &Client<'_>, websocket: bool) -> bool {
    match cors {
        Some(cors) => cors.allows(origin) || is_same(origin, client),
        None => !websocket || is_same(origin, client),
    }
}

/// Whether `origin` is the server's own: the scheme, host and port that the client has sent the request to, as far as
/// they are known. The scheme is compared only if TLS or a trusted proxy determines it, because a proxy that is not in
/// [`Options::trust_proxies`](crate::engine::Options::trust_proxies) may have ended TLS.
pub(crate) fn is_same(origin: &str, client: &Client<'_>) -> bool {
    // Browsers send the scheme. Programs may leave it out: the clients of 1.0 send only host and port.
    let (scheme, authority) = origin.split_once("://").unwrap_or(("", origin));
    if authority == "null" {
        return false;
    }
    let https = scheme.eq_ignore_ascii_case("https");
    if !scheme.is_empty() && client.secure.is_some_and(|secure| secure != https) {
        return false;
    }
    let Some(host) = client.host else { return false };
    let default = if https { ":443" } else { ":80" };
    let bare = |host: &str| host.strip_suffix(default).unwrap_or(host).to_ascii_lowercase();
    bare(authority) == bare(host)
}

/// Whether `text` is an origin that browsers send (scheme, host, and the port if it is not the scheme's default;
/// `null`; `file://`), or `*`.
fn is_origin(text: &str) -> bool {
    if matches!(text, "*" | "null" | "file://") {
        return true;
    }
    let Some((scheme, authority)) = text.trim_end_matches('/').split_once("://") else { return false };
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let own = match scheme.to_ascii_lowercase().as_str() {
        "http" => 80,
        "https" => 443,
        _ => 0,
    };
    let host = parse(authority).is_some_and(|(_, port)| port.is_none_or(|port| port != own));
    scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(legal) && host
}

impl From<&str> for Cors {
    /// One origin; `"*"` is every origin.
    fn from(origin: &str) -> Self {
        Self::from([origin])
    }
}

impl From<String> for Cors {
    fn from(origin: String) -> Self {
        Self::from([origin.as_str()])
    }
}

impl<const N: usize> From<[&str; N]> for Cors {
    fn from(origins: [&str; N]) -> Self {
        Self::new(Origins::List(origins.iter().map(|&origin| origin.to_owned()).collect()))
    }
}

impl From<Vec<String>> for Cors {
    fn from(origins: Vec<String>) -> Self {
        Self::new(Origins::List(origins))
    }
}

impl<F: Fn(&str) -> bool + Send + Sync + 'static> From<F> for Cors {
    fn from(allows: F) -> Self {
        Self::new(Origins::Predicate(Arc::new(allows)))
    }
}

impl fmt::Debug for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("Any"),
            Self::List(list) => f.debug_tuple("List").field(list).finish(),
            Self::Predicate(_) => f.write_str("Predicate(..)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(cors: &Cors, origin: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        cors.decorate(Some(&HeaderValue::from_str(origin).unwrap()), &mut headers);
        headers
    }

    fn host(host: &str) -> Client<'_> {
        Client { host: Some(host), ..Client::default() }
    }

    #[test]
    fn a_listed_origin_is_reflected_and_no_other() {
        let cors = Cors::from(["https://a.example", "https://b.example"]).credentials(true);
        let headers = answer(&cors, "https://b.example");
        assert_eq!(headers["access-control-allow-origin"], "https://b.example");
        assert_eq!(headers["access-control-allow-credentials"], "true");
        assert_eq!(headers["vary"], "origin");
        let headers = answer(&cors, "https://c.example");
        assert!(!headers.contains_key("access-control-allow-origin"));
        assert_eq!(headers["vary"], "origin");
    }

    #[test]
    fn an_origin_that_no_browser_sends_is_refused() {
        for origin in [
            "*",
            "null",
            "file://",
            "https://a.example",
            "http://[::1]:3000",
            "capacitor://localhost",
            "HTTP://a.example",
        ] {
            assert!(Cors::from(origin).check().is_ok() && Cors::from(origin).allows(origin), "{origin}");
        }
        for wrong in [
            "",
            "not an origin",
            "a.example",
            "localhost:3000",
            "https://",
            "https://*.example",
            "https://a.example/page",
            "https://user@a.example",
            "https://a.example:443",
            "http://a.example:80",
            "://a.example",
        ] {
            let error = Cors::from(["https://a.example", wrong]).check().unwrap_err();
            assert!(error.code() == "start" && error.message().contains(&format!("`{wrong}`")), "{error}");
        }
    }

    #[test]
    fn everybody_never_gets_credentials() {
        for cors in [Cors::any(), Cors::from("*")] {
            let headers = answer(&cors.credentials(true), "https://c.example");
            assert_eq!(headers["access-control-allow-origin"], "*");
            assert!(!headers.contains_key("access-control-allow-credentials"));
        }
    }

    #[test]
    fn a_predicate_decides() {
        let cors = Cors::from(|origin: &str| origin.ends_with(".example"));
        assert!(cors.allows("https://x.example"));
        assert!(!cors.allows("https://x.invalid"));
    }

    #[test]
    fn without_cors_only_the_same_origin_may_open_a_websocket() {
        for (origin, host_header, same) in [
            ("https://me.example", "me.example", true),
            ("https://ME.example", "me.example:443", true),
            ("http://localhost:3000", "localhost:3000", true),
            ("http://localhost:3001", "localhost:3000", false),
            ("https://me.example.evil", "me.example", false),
            ("localhost:3000", "localhost:3000", true),
            ("localhost:3001", "localhost:3000", false),
            ("null", "me.example", false),
            ("null", "null", false),
            ("file://", "me.example", false),
        ] {
            assert_eq!(admits(None, origin, &host(host_header), true), same, "{origin} {host_header}");
            assert!(admits(None, origin, &host(host_header), false));
        }
    }

    #[test]
    fn the_scheme_is_compared_where_it_is_known() {
        let same = |origin, secure| is_same(origin, &Client { secure, ..host("me.example") });
        for (origin, secure, is) in [
            ("https://me.example", Some(true), true),
            ("http://me.example", Some(true), false),
            ("https://me.example", Some(false), false),
            ("http://me.example", Some(false), true),
            ("http://me.example", None, true),
            ("https://me.example", None, true),
            ("me.example", Some(true), true),
        ] {
            assert_eq!(same(origin, secure), is, "{origin} {secure:?}");
        }
    }

    #[test]
    fn with_cors_all_transports_are_judged_and_the_same_origin_passes() {
        let cors = Cors::from("https://a.example");
        for websocket in [false, true] {
            assert!(admits(Some(&cors), "https://a.example", &host("me.example"), websocket));
            assert!(admits(Some(&cors), "https://me.example", &host("me.example"), websocket));
            assert!(!admits(Some(&cors), "https://b.example", &host("me.example"), websocket));
        }
    }
}
