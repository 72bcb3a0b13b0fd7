//! `Page`: the page that made a browser send a request. It decides whether the user's credentials in the request are kept, and whether the
//! page may read packets as scripts (JSONP). `cors` decides which origins may connect.
//!
//! Browsers send cookies for any page: with every WebSocket, and with images and scripts of other sites. The page is
//! recognised by `Origin`, by `Sec-Fetch-Site` (browsers since about 2020, over TLS) or by `Referer`. No page can
//! change any of them; it can only leave `Referer` out.

use http::{HeaderMap, HeaderName, header};

use crate::engine::request::cors;
use crate::engine::request::cors::Cors;
use crate::engine::request::proxy::Client;

/// A constant, because a name that is given as text is parsed for each request.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The page that a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page<'h> {
    /// A page of the server's own origin.
    Same,
    /// A page of another origin, with the origin if the request names it.
    Other(Option<&'h str>),
    /// The request names no page: it is from a program, or from a browser that leaves the headers out.
    Unknown,
}

impl<'h> Page<'h> {
    /// Recognises the page by the headers that the browser has added to the request.
    pub(crate) fn of(headers: &'h HeaderMap, client: &Client<'_>) -> Self {
        let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let site = headers.get(SEC_FETCH_SITE).map(|site| site.to_str().unwrap_or_default());
        let named = |origin| if cors::is_same(origin, client) { Page::Same } else { Page::Other(Some(origin)) };
        if site == Some("same-origin") {
            return Self::Same;
        }
        if headers.contains_key(header::ORIGIN) {
            let one = headers.get_all(header::ORIGIN).into_iter().count() == 1;
            return text(header::ORIGIN).filter(|_| one).map_or(Self::Other(None), named);
        }
        let referer = text(header::REFERER).and_then(origin_of);
        match site {
            // The user has typed the address.
            Some("none") => Self::Same,
            // Another site, or another origin of the same site, because the owner of one name of a domain is not
            // trusted by the other names.
            Some(_) => Self::Other(referer),
            None => referer.map_or(Self::Unknown, named),
        }
    }

    /// Whether the user's credentials in the request are kept: the page is of the server's own origin, or of an origin
    /// that is allowed [`Cors::credentials`]. A request for a script always counts as a page's, also if no header names
    /// the page.
    pub(crate) fn is_trusted(self, cors: Option<&Cors>, script: bool) -> bool {
        match self {
            Self::Same => true,
            Self::Other(Some(origin)) => cors.is_some_and(|cors| cors.shares_credentials() && cors.allows(origin)),
            Self::Other(None) => false,
            Self::Unknown => !script,
        }
    }

    /// Whether the page may read packets as scripts, which browsers run for any page.
    pub(crate) fn may_have_scripts(self, cors: Option<&Cors>) -> bool {
        match self {
            Self::Same | Self::Unknown => true,
            Self::Other(Some(origin)) => cors.is_some_and(|cors| cors.allows(origin)),
            Self::Other(None) => cors.is_some_and(Cors::is_open),
        }
    }
}

/// Scheme, host and port of an address.
fn origin_of(address: &str) -> Option<&str> {
    let host = address.find("://")? + 3;
    let end = address[host..].find('/').map_or(address.len(), |path| host + path);
    Some(&address[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: (&str, &str) = ("referer", "https://chat.example/page?a=b");
    const THERE: (&str, &str) = ("referer", "https://page.example/");
    const CROSS: (&str, &str) = ("sec-fetch-site", "cross-site");
    const SIBLING: (&str, &str) = ("sec-fetch-site", "same-site");
    const OWN: (&str, &str) = ("origin", "https://chat.example");
    const OTHER: (&str, &str) = ("origin", "https://page.example");

    fn with<T>(sent: &[(&'static str, &str)], judge: impl FnOnce(Page<'_>) -> T) -> T {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        judge(Page::of(&headers, &Client { host: Some("chat.example"), ..Client::default() }))
    }

    /// Whether a request for a script is trusted; `None` if it is refused.
    fn script(cors: Option<Cors>, sent: &[(&'static str, &str)]) -> Option<bool> {
        with(sent, |page| page.may_have_scripts(cors.as_ref()).then(|| page.is_trusted(cors.as_ref(), true)))
    }

    fn trusted(cors: Option<Cors>, sent: &[(&'static str, &str)]) -> bool {
        with(sent, |page| page.is_trusted(cors.as_ref(), false))
    }

    #[test]
    fn the_same_origin_is_trusted() {
        let own: &[&[(&str, &str)]] =
            &[&[("sec-fetch-site", "same-origin")], &[("sec-fetch-site", "none")], &[HERE], &[OWN], &[OWN, THERE]];
        for sent in own {
            assert_eq!(script(None, sent), Some(true), "{sent:?}");
            assert!(trusted(None, sent), "{sent:?}");
        }
        // A proxy has changed the host; `Sec-Fetch-Site` counts before `Origin`.
        assert!(trusted(None, &[("sec-fetch-site", "same-origin"), OTHER]));
    }

    #[test]
    fn other_pages_are_not_trusted_and_get_no_scripts() {
        let others: &[&[(&str, &str)]] = &[
            &[CROSS],
            &[CROSS, THERE],
            &[CROSS, HERE],
            &[SIBLING],
            &[("sec-fetch-site", "\u{e9}")],
            &[("sec-fetch-site", "none"), OTHER],
            &[THERE],
            &[OTHER],
            &[OTHER, HERE],
            &[OWN, OTHER],
            &[("origin", "null")],
        ];
        for sent in others {
            assert_eq!(script(None, sent), None, "{sent:?}");
            assert_eq!(script(Some(Cors::from("https://else.example")), sent), None, "{sent:?}");
            assert!(!trusted(None, sent), "{sent:?}");
            assert!(!trusted(Some(Cors::any().credentials(true)), sent), "{sent:?}");
        }
    }

    #[test]
    fn allowed_pages_are_trusted_only_if_they_may_have_credentials() {
        for sent in [&[CROSS, THERE][..], &[OTHER], &[CROSS, OTHER]] {
            let cors = Cors::from("https://page.example");
            assert_eq!((script(Some(cors.clone()), sent), trusted(Some(cors.clone()), sent)), (Some(false), false));
            let cors = cors.credentials(true);
            assert_eq!((script(Some(cors.clone()), sent), trusted(Some(cors), sent)), (Some(true), true));
            for cors in [Cors::any(), Cors::any().credentials(true)] {
                assert_eq!((script(Some(cors.clone()), sent), trusted(Some(cors), sent)), (Some(false), false));
            }
        }
        assert_eq!(script(Some(Cors::any()), &[CROSS]), Some(false));
    }

    #[test]
    fn a_program_is_trusted_and_a_script_is_from_a_page() {
        assert!(trusted(None, &[]));
        assert_eq!(script(None, &[]), Some(false));
    }
}
