//! Which pages may have a session's packets as scripts (JSONP). The rule for all other requests is in `cors`.
//!
//! A script's request carries no `Origin`, and the browser shows its contents to whatever page asks, so the page must
//! be recognised by other headers: `Sec-Fetch-Site` in browsers since about 2020, `Referer` in most.

use http::{HeaderMap, header};

use super::{
    cors::{self, Cors},
    proxy::Client,
};

/// What may be done with a request for a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As with any request of the same origin.
    Trusted,
    /// Served, but as if the browser had sent no cookies.
    WithoutCredentials,
    /// Not for this page.
    Refused,
}

/// Judges a request for a script by the page that it comes from.
pub(super) fn judge(cors: Option<&Cors>, headers: &HeaderMap, client: &Client<'_>) -> Verdict {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let page = text(header::ORIGIN).or_else(|| text(header::REFERER).and_then(origin_of));
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    match (site, page) {
        (Some("same-origin" | "none"), _) => Verdict::Trusted,
        (_, Some(page)) if cors::is_same(page, client) && site.is_none() => Verdict::Trusted,
        (_, Some(page)) => match cors {
            Some(cors) if cors.allows(page) && cors.shares_credentials() => Verdict::Trusted,
            Some(cors) if cors.allows(page) => Verdict::WithoutCredentials,
            _ => Verdict::Refused,
        },
        (Some(_), None) if cors.is_some_and(Cors::is_open) => Verdict::WithoutCredentials,
        (Some(_), None) => Verdict::Refused,
        // A program, or an old browser that does not say who asks.
        (None, None) => Verdict::WithoutCredentials,
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
    use http::HeaderName;

    use super::*;

    fn verdict(cors: Option<Cors>, sent: &[(&'static str, &str)]) -> Verdict {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        let client = Client { host: Some("chat.example"), ..Client::default() };
        judge(cors.as_ref(), &headers, &client)
    }

    const HERE: (&str, &str) = ("referer", "https://chat.example/page?a=b");
    const THERE: (&str, &str) = ("referer", "https://page.example/");
    const CROSS: (&str, &str) = ("sec-fetch-site", "cross-site");

    #[test]
    fn the_same_origin_is_trusted() {
        assert_eq!(verdict(None, &[("sec-fetch-site", "same-origin")]), Verdict::Trusted);
        assert_eq!(verdict(None, &[("sec-fetch-site", "none")]), Verdict::Trusted);
        assert_eq!(verdict(None, &[HERE]), Verdict::Trusted);
    }

    #[test]
    fn other_pages_are_refused() {
        assert_eq!(verdict(None, &[CROSS]), Verdict::Refused);
        assert_eq!(verdict(None, &[CROSS, THERE]), Verdict::Refused);
        assert_eq!(verdict(None, &[THERE]), Verdict::Refused);
        assert_eq!(verdict(None, &[("origin", "https://page.example")]), Verdict::Refused);
        assert_eq!(verdict(None, &[("sec-fetch-site", "same-site")]), Verdict::Refused);
        let cors = || Some(Cors::from("https://other.example"));
        assert_eq!(verdict(cors(), &[CROSS, THERE]), Verdict::Refused);
        // Who hides where it comes from is not let in for it.
        assert_eq!(verdict(cors(), &[CROSS]), Verdict::Refused);
    }

    #[test]
    fn allowed_pages_get_cookies_only_if_they_may() {
        let cors = Cors::from("https://page.example");
        assert_eq!(verdict(Some(cors.clone()), &[CROSS, THERE]), Verdict::WithoutCredentials);
        assert_eq!(verdict(Some(cors.credentials(true)), &[CROSS, THERE]), Verdict::Trusted);
        assert_eq!(verdict(Some(Cors::any().credentials(true)), &[CROSS, THERE]), Verdict::WithoutCredentials);
        assert_eq!(verdict(Some(Cors::any()), &[CROSS]), Verdict::WithoutCredentials);
    }

    #[test]
    fn who_says_nothing_gets_no_cookies() {
        assert_eq!(verdict(None, &[]), Verdict::WithoutCredentials);
    }
}
