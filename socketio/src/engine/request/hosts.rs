//! `Hosts`: the server's own host names, against DNS rebinding. An attacker can point the DNS record of another name at
//! this server; for the browser a page of that name then has the server's origin. Only the `Host` of the page's
//! requests shows the other name.

use http::{HeaderMap, header};

use crate::{engine::request::proxy::Client, error::Error};

/// The host names of the server. Requests for any other name are refused.
///
/// A name without a port allows all ports. The names are compared, ignoring case, with the request's `Host`, or with
/// `X-Forwarded-Host` or `Forwarded` of a trusted proxy (see [`Proxies`](crate::engine::Proxies)).
///
/// ```
/// use socketio::engine::Hosts;
///
/// let hosts = Hosts::new(["chat.example", "localhost:3000", "[::1]:3000"]).unwrap();
/// assert!(Hosts::new(["https://chat.example"]).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts(Vec<(String, Option<u16>)>);

impl Hosts {
    /// Allows a list of names and addresses, each with a port or without.
    ///
    /// # Errors
    /// Code `start` for a value that is neither, and for an empty list, because it would refuse every request.
    pub fn new<T: AsRef<str>>(hosts: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        let parsed = hosts.into_iter().map(|host| {
            let text = host.as_ref();
            parse(text).map(|(name, port)| (name.to_ascii_lowercase(), port)).ok_or_else(|| {
                Error::start(format!("`hosts`: `{text}` is no host such as `chat.example` or `localhost:3000`"))
            })
        });
        let hosts = parsed.collect::<Result<Vec<_>, _>>()?;
        if hosts.is_empty() {
            return Err(Error::start("`hosts`: the list is empty, so that every request would be refused"));
        }
        Ok(Self(hosts))
    }

    /// Whether a request is for one of the names.
    pub(crate) fn has(&self, client: &Client<'_>) -> bool {
        let Some((name, port)) = client.host.and_then(parse) else { return false };
        let matches = |own: u16| match port {
            Some(port) => port == own,
            // Browsers leave out the scheme's default port; the scheme is not known without TLS or a trusted proxy.
            None => own == 443 && client.secure != Some(false) || own == 80 && client.secure != Some(true),
        };
        self.0.iter().any(|(own, port)| own.eq_ignore_ascii_case(name) && port.is_none_or(matches))
    }
}

/// Whether a request has more than one `Host`. RFC 9112 3.2 requires the answer 400, because a proxy and this server
/// may use different ones. For a request that repeats no header, the check is one comparison.
pub(crate) fn are_several(headers: &HeaderMap) -> bool {
    headers.len() != headers.keys_len() && headers.get_all(header::HOST).iter().nth(1).is_some()
}

/// The name and the port in `text`; `None` if `text` has anything else.
pub(crate) fn parse(text: &str) -> Option<(&str, Option<u16>)> {
    let end = text.find(']').map_or(0, |bracket| bracket + 1);
    let (name, port) = match text[end..].find(':') {
        Some(colon) => (&text[..end + colon], Some(text[end + colon + 1..].parse().ok()?)),
        None => (text, None),
    };
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_name = match name.strip_prefix('[') {
        Some(address) => address.strip_suffix(']')?.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.bytes().all(legal),
    };
    is_name.then_some((name, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_names_are_the_servers_own() {
        let hosts = Hosts::new(["Chat.example", "localhost:3000", "[::1]:3000", "plain.example:80"]).unwrap();
        let has = |host, secure| hosts.has(&Client { host, secure, ..Client::default() });
        for own in ["chat.example", "CHAT.example:8080", "localhost:3000", "[::1]:3000", "plain.example"] {
            assert!(has(Some(own), None), "{own}");
        }
        for other in ["evil.example", "chat.example.evil", "localhost", "localhost:3001", "[::1]", "chat.example:x", ""]
        {
            assert!(!has(Some(other), None), "{other}");
        }
        assert!(!has(None, None));
        assert!(has(Some("plain.example"), Some(false)) && !has(Some("plain.example"), Some(true)));
    }

    #[test]
    fn values_that_are_no_hosts_are_refused() {
        for wrong in ["", "https://chat.example", "chat.example/", "a@b", "a:b", "a:70000", "::1", "[::1", "[x]", "*"] {
            let error = Hosts::new([wrong]).unwrap_err();
            assert!(error.code() == "start" && error.to_string().contains(&format!("`{wrong}`")), "{error}");
        }
        assert_eq!(Hosts::new::<&str>([]).unwrap_err().code(), "start");
    }
}
