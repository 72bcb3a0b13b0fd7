//! `Request`: a compact copy of the request that opened a session, so that the buffers of the HTTP server are freed;
//! and the checks of a request's page (`page`, `cors`), host (`hosts`), proxies (`proxy`) and address (`addresses`).

pub(crate) mod addresses;
pub(crate) mod cors;
pub(crate) mod hosts;
pub(crate) mod page;
pub(crate) mod proxy;

use std::{borrow::Cow, fmt, net::SocketAddr, time::SystemTime};

use http::{Extensions, HeaderName, header, request::Parts};

use crate::engine::request::cors::Cors;
use crate::engine::request::page::Page;
use crate::engine::request::proxy::{Proxies, RemoteAddr};
use crate::packet::encoding::percent_decode;

/// The request that opened a session.
pub struct Request {
    /// The path, `?` and the query if there is one, and each header's name and value, one after the other.
    text: Box<str>,
    /// Where in `text` the path ends.
    path: usize,
    /// Where in `text` the query ends.
    url: usize,
    /// Where in `text` each header begins, where its value begins, where it ends.
    headers: Box<[(u32, u32, u32)]>,
    remote: Option<SocketAddr>,
    secure: bool,
    trusted: bool,
    time: SystemTime,
    extensions: Extensions,
}

/// The headers with the user's credentials, which browsers send for any page, and proxies may add.
const CREDENTIALS: [HeaderName; 3] = [header::COOKIE, header::AUTHORIZATION, header::PROXY_AUTHORIZATION];

impl Request {
    /// Copies the path, the query and the headers. Header values that are not UTF-8 are left out, because the API
    /// returns text. `peer` is the TCP peer, if it is known and not in the extensions. `script` is set if the answer is
    /// a script. The copy of a request that is not trusted has no credentials and no extensions.
    pub(crate) fn new(
        head: &mut Parts,
        peer: Option<SocketAddr>,
        proxies: &Proxies,
        cors: Option<&Cors>,
        script: bool,
    ) -> Self {
        let client = proxies.client(head, peer);
        let (remote, secure) = (client.address, client.secure.unwrap_or(false));
        let trusted = Page::of(&head.headers, &client).is_trusted(cors, script);
        let target = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
        let size = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
        let mut text = String::with_capacity(target + size);
        text.push_str(head.uri.path());
        let path = text.len();
        if let Some(query) = head.uri.query() {
            text.push('?');
            text.push_str(query);
        }
        let url = text.len();
        let mut headers = Vec::with_capacity(head.headers.len());
        for (name, value) in &head.headers {
            if !trusted && CREDENTIALS.contains(name) {
                continue;
            }
            let Ok(value) = std::str::from_utf8(value.as_bytes()) else { continue };
            let begin = text.len();
            text.push_str(name.as_str());
            let middle = text.len();
            text.push_str(value);
            // The head of a request is far smaller than 4 GiB: HTTP servers bound it to some kilobytes.
            let Ok(end) = u32::try_from(text.len()) else { break };
            headers.push((begin as u32, middle as u32, end));
        }
        let extensions = std::mem::take(&mut head.extensions);
        let extensions = match trusted {
            // The table of an empty one is freed: the connection's upgrade was in it.
            true if extensions.is_empty() => Extensions::new(),
            true => extensions,
            false => only_address(extensions),
        };
        Self {
            text: text.into(),
            path,
            url,
            headers: headers.into(),
            remote,
            secure,
            trusted,
            time: SystemTime::now(),
            extensions,
        }
    }

    /// The path, such as `/socket.io/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.text[..self.path]
    }

    /// Path and query as they were sent, such as `/socket.io/?EIO=4&transport=polling`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.text[..self.url]
    }

    /// The query as it was sent, without the `?`; empty if there was none.
    #[must_use]
    pub fn query(&self) -> &str {
        self.text[self.path..self.url].strip_prefix('?').unwrap_or_default()
    }

    /// The decoded value of a query parameter; the last value if the parameter is repeated.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<Cow<'_, str>> {
        query_value(self.query(), name)
    }

    /// All query parameters, decoded, in the order they were sent.
    pub fn query_pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        query_pairs(self.query())
    }

    /// The value of a header; the first value if the header is repeated. The case of the name is ignored.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All headers whose values are text, names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|&(begin, middle, end)| {
            let (begin, middle, end) = (begin as usize, middle as usize, end as usize);
            (&self.text[begin..middle], &self.text[middle..end])
        })
    }

    /// The address of the client, if it is known: that of the TCP peer (see [`RemoteAddr`]), or, if the peer is one of
    /// [`Options::trust_proxies`](crate::engine::Options::trust_proxies), the address in the peer's headers, with port
    /// 0 if the headers name none. Behind any other proxy, the proxy's address.
    #[must_use]
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.remote
    }

    /// Whether the request is known to have come over TLS, from the request itself or from a trusted proxy.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether the user's credentials in the request may be trusted: `false` if a page of another origin may have sent
    /// the request, and that origin is not allowed credentials
    /// ([`Cors::credentials`](crate::engine::Cors::credentials)).
    ///
    /// Browsers send a user's cookies with the requests of any page, so the copy of such a request has no `Cookie`,
    /// `Authorization` or `Proxy-Authorization`, and no [`extensions`](Self::extensions) except [`RemoteAddr`],
    /// because a layer may have derived them from these headers. Before the program reads another header that a proxy
    /// derives from a cookie or a certificate, it must check `is_trusted`, because the server keeps that header.
    ///
    /// The page is recognised by `Origin`, by `Sec-Fetch-Site`, which must be `same-origin` or `none` (`same-site` is
    /// another origin), or by `Referer`. A request without any of them counts as a program's and is trusted, except a
    /// request for a script (JSONP). Over plain HTTP browsers send no `Sec-Fetch-Site`, so a request for an image from
    /// a page that hides its `Referer`, for example, counts as a program's: cookies should be `SameSite`.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.trusted
    }

    /// When the request was received.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// The extensions that layers around the engine have added, if the request [`is_trusted`](Self::is_trusted).
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }
}

impl fmt::Debug for Request {
    /// Headers are left out, because they contain cookies and tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("path", &self.path()).field("remote", &self.remote).finish_non_exhaustive()
    }
}

/// Extensions with the address of the TCP peer alone.
fn only_address(mut extensions: Extensions) -> Extensions {
    let mut kept = Extensions::new();
    if let Some(address) = extensions.remove::<RemoteAddr>() {
        kept.insert(address);
    }
    kept
}

/// The parameters of a query string, decoded.
pub(crate) fn query_pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    // Checked once for the whole query, because most queries have no escapes.
    let plain = !is_escaped(query);
    let undo = move |text| if plain { Cow::Borrowed(text) } else { decode(text) };
    let mut rest = Some(query);
    let pairs = std::iter::from_fn(move || {
        let (pair, after) = cut(rest?, b'&');
        rest = after;
        Some(pair)
    });
    pairs.filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = cut(pair, b'=');
        (undo(name), undo(value.unwrap_or_default()))
    })
}

/// The last value of a parameter.
pub(crate) fn query_value<'q>(query: &'q str, name: &str) -> Option<Cow<'q, str>> {
    query_pairs(query).filter(|(n, _)| n == name).last().map(|(_, value)| value)
}

/// The text before the first byte `at`, and the text after it. A loop is fastest, because names and values are short.
fn cut(text: &str, at: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == at) {
        Some(place) => (&text[..place], Some(&text[place + 1..])),
        None => (text, None),
    }
}

fn is_escaped(text: &str) -> bool {
    memchr::memchr2(b'%', b'+', text.as_bytes()).is_some()
}

/// Decodes `%41` and `+`; bytes that are not UTF-8 afterwards are replaced with U+FFFD.
fn decode(text: &str) -> Cow<'_, str> {
    match percent_decode(text.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_copied_compactly() {
        let (mut head, ()) = http::Request::builder()
            .uri("/engine.io/?EIO=4&token=a%20b+c&token=last")
            .header("Host", "example")
            .header("X-Odd", http::HeaderValue::from_bytes(b"\xff").unwrap())
            .header("Cookie", "a=b")
            .extension(RemoteAddr(([127, 0, 0, 1], 80).into()))
            .extension("mine")
            .body(())
            .unwrap()
            .into_parts();
        let request = Request::new(&mut head, None, &Proxies::default(), None, false);
        assert_eq!(request.path(), "/engine.io/");
        assert_eq!(request.url(), "/engine.io/?EIO=4&token=a%20b+c&token=last");
        assert_eq!(request.query(), "EIO=4&token=a%20b+c&token=last");
        assert_eq!(request.query_value("EIO").as_deref(), Some("4"));
        assert_eq!(request.query_value("token").as_deref(), Some("last"));
        assert_eq!(request.query_pairs().nth(1).unwrap().1, "a b c");
        assert_eq!(request.header("COOKIE"), Some("a=b"));
        assert_eq!(request.header("x-odd"), None);
        assert_eq!(request.headers().count(), 2);
        assert_eq!(request.remote_addr(), Some(([127, 0, 0, 1], 80).into()));
        assert_eq!(request.extensions().get::<&str>(), Some(&"mine"));
        assert!(!format!("{request:?}").contains("a=b"));
    }

    #[test]
    fn the_request_of_another_page_keeps_nothing_of_the_user() {
        let address = RemoteAddr(([127, 0, 0, 1], 80).into());
        let (mut head, ()) = http::Request::builder()
            .uri("/engine.io/")
            .header("Host", "example")
            .header("Origin", "http://evil.example")
            .header("Cookie", "a=b")
            .header("Authorization", "Basic YTpi")
            .header("Proxy-Authorization", "Basic YTpi")
            .header("X-Kept", "kept")
            .extension(address)
            .extension("the user of the cookie")
            .body(())
            .unwrap()
            .into_parts();
        let request = Request::new(&mut head, None, &Proxies::default(), None, false);
        assert!(!request.is_trusted());
        assert_eq!(request.headers().map(|(name, _)| name).collect::<Vec<_>>(), ["host", "origin", "x-kept"]);
        assert_eq!((request.extensions().len(), request.extensions().get()), (1, Some(&address)));
        assert_eq!(request.remote_addr(), Some(address.0));
        assert_eq!((request.url(), request.query()), ("/engine.io/", ""));
    }

    #[test]
    fn a_query_is_cut_at_the_first_signs() {
        let pairs = |query| query_pairs(query).map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>();
        assert_eq!(pairs("a=1&b&&c=&=d&e=1=2&"), ["a:1", "b:", "c:", ":d", "e:1=2"]);
        assert_eq!(pairs("a=1&b=%20+"), ["a:1", "b:  "]);
        assert_eq!(pairs("\u{e9}=\u{e9}&x"), ["\u{e9}:\u{e9}", "x:"]);
        assert!(pairs("").is_empty());
    }

    #[test]
    fn what_is_not_utf8_is_replaced() {
        assert_eq!((decode("%ff+"), decode("%41%")), ("\u{fffd} ".into(), "A%".into()));
    }
}
