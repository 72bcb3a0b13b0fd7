//! The client of a request: its address, scheme and host. Headers of proxies about the client are trusted only if the
//! TCP peer is in the list of [`Proxies`], because any client can send the same headers.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{Extensions, HeaderMap, HeaderValue, header, request::Parts, uri::Scheme};

use crate::error::Error;

const FOR: &str = "x-forwarded-for";
const PROTO: &str = "x-forwarded-proto";
const HOST: &str = "x-forwarded-host";

/// The address of the TCP peer, which the HTTP server puts into the extensions of each request.
///
/// [`Server::listen`](crate::Server::listen) does not need this extension. In another HTTP server it is required for
/// [`Request::remote_addr`](super::Request::remote_addr) and for everything that depends on the client's address. With the
/// crate's feature `axum`, axum's `ConnectInfo<SocketAddr>` works as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteAddr(pub SocketAddr);

/// The address of the TCP peer, if a request's extensions name it.
fn peer_of(extensions: &Extensions) -> Option<SocketAddr> {
    let remote = extensions.get::<RemoteAddr>().map(|remote| remote.0);
    #[cfg(feature = "axum")]
    let remote = remote.or_else(|| extensions.get::<axum::extract::ConnectInfo<SocketAddr>>().map(|info| info.0));
    remote
}

/// The proxies whose `X-Forwarded-For`, `-Proto` and `-Host`, or `Forwarded` (RFC 7239), are trusted. Default: none.
///
/// If a request's TCP peer is in the list, the client's address is read from the addresses in the headers, from the
/// right: addresses of trusted proxies are skipped, the first other address is the client's. Scheme and host come from
/// the same hop. `Forwarded` is read only if there is no `X-Forwarded-For`, because most proxies pass `Forwarded` on
/// unchanged.
///
/// Each trusted proxy must append to or replace `X-Forwarded-For`, and replace `-Proto` and `-Host`, or `Forwarded`;
/// the client can set a header that the proxy passes on unchanged.
///
/// ```
/// use socketio::engine::Proxies;
///
/// let proxies = Proxies::new(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]).unwrap();
/// assert!(Proxies::new(["10.0.0.0/33"]).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Network>);

/// A network: the addresses with the same first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

/// The client that sent a request, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Client<'h> {
    /// Port 0 if a proxy names no port.
    pub(crate) address: Option<SocketAddr>,
    /// Whether the client uses TLS; `None` if no trusted proxy says so.
    pub(crate) secure: Option<bool>,
    /// Host and port as the client has written them.
    pub(crate) host: Option<&'h str>,
}

impl Proxies {
    /// A list of addresses (`192.0.2.7`, `2001:db8::7`) and networks (`10.0.0.0/8`, `fd00::/8`).
    ///
    /// # Errors
    /// Code `start` for a value that is neither; the message names it.
    pub fn new<T: AsRef<str>>(networks: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        let parsed = networks.into_iter().map(|network| {
            let text = network.as_ref();
            Network::parse(text).ok_or_else(|| {
                Error::start(format!(
                    "`trust_proxies`: `{text}` is no IP address and no network such as `10.0.0.0/8` or `fd00::/8`"
                ))
            })
        });
        parsed.collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address is in the list.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(address))
    }

    /// The client that sent a request. `peer` is the TCP peer, if it is known and not in the request's extensions.
    pub(crate) fn client<'h>(&self, head: &'h Parts, peer: Option<SocketAddr>) -> Client<'h> {
        let peer = peer.or_else(|| peer_of(&head.extensions));
        let host = text(head.headers.get(header::HOST)).or_else(|| head.uri.authority().map(|host| host.as_str()));
        // Of the request's own scheme only `https` counts, because a proxy that ends TLS may send the scheme of its own
        // connection.
        let secure = (head.uri.scheme() == Some(&Scheme::HTTPS)).then_some(true);
        let direct = Client { address: peer, secure, host };
        match peer {
            Some(peer) if self.contains(peer.ip()) => self.forwarded(direct, peer, &head.headers),
            _ => direct,
        }
    }

    /// The address of a request's client, for a bound per address; see also [`address_key`].
    pub(crate) fn client_ip(&self, head: &Parts, peer: Option<SocketAddr>) -> Option<IpAddr> {
        let peer = peer.or_else(|| peer_of(&head.extensions))?;
        let address = if self.contains(peer.ip()) {
            self.forwarded(Client::default(), peer, &head.headers).address?
        } else {
            peer
        };
        Some(address.ip().to_canonical())
    }

    fn forwarded<'h>(&self, direct: Client<'h>, peer: SocketAddr, headers: &'h HeaderMap) -> Client<'h> {
        if !headers.contains_key(FOR) && headers.contains_key(header::FORWARDED) {
            let (address, hop) = self.walk(peer, values(headers, "forwarded").map(|value| parameter(value, "for")));
            let hop = values(headers, "forwarded").nth(hop).unwrap_or_default();
            return Client {
                address: Some(address),
                secure: parameter(hop, "proto").and_then(is_secure).or(direct.secure),
                host: parameter(hop, "host").or(direct.host),
            };
        }
        let (address, hop) = self.walk(peer, values(headers, FOR).map(Some));
        // A proxy that replaces the header leaves one value, whatever the number of proxies.
        let at_hop = |name| values(headers, name).take(hop + 1).last().filter(|value| !value.is_empty());
        Client {
            address: Some(address),
            secure: at_hop(PROTO).and_then(is_secure).or(direct.secure),
            host: at_hop(HOST).or(direct.host),
        }
    }

    /// The client's address among the addresses in the headers, read from the right, and its position from the right.
    /// Reading stops at a value that is no address, because no trusted proxy has written the values to the left of it.
    fn walk<'h>(&self, peer: SocketAddr, hops: impl Iterator<Item = Option<&'h str>>) -> (SocketAddr, usize) {
        let (mut client, mut hop) = (peer, 0);
        for (at, address) in hops.enumerate() {
            let Some(address) = address.and_then(node) else { break };
            (client, hop) = (address, at);
            if !self.contains(address.ip()) {
                break;
            }
        }
        (client, hop)
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= most)?,
            None => most,
        };
        Some(Self { address, bits })
    }

    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                (network.to_bits() ^ address.to_bits()).leading_zeros() >= self.bits
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits() ^ address.to_bits()).leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}

/// The key of a client in bounds per address: an IPv4 address, or the first 64 bits of an IPv6 address, because a
/// client with one IPv6 address usually has all addresses of that network.
pub(crate) fn address_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

/// The values of a header, from the right; a repeated header is one list.
fn values<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(name).into_iter().rev();
    lines.flat_map(|line| line.to_str().unwrap_or_default().split(',').rev()).map(str::trim)
}

fn text(value: Option<&HeaderValue>) -> Option<&str> {
    value.and_then(|value| value.to_str().ok())
}

/// A parameter of one hop in `Forwarded`: `for=192.0.2.60;proto=https;host="me.example:8443"`.
fn parameter<'h>(hop: &'h str, name: &str) -> Option<&'h str> {
    let pairs = hop.split(';').filter_map(|pair| pair.split_once('='));
    let value = pairs.into_iter().find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?.1;
    Some(value.trim().trim_matches('"')).filter(|value| !value.is_empty())
}

/// An address with or without a port, IPv6 with or without brackets.
fn node(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address);
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().map(|address| SocketAddr::new(address, 0))
}

fn is_secure(scheme: &str) -> Option<bool> {
    let is = |known: &str| scheme.eq_ignore_ascii_case(known);
    if is("https") || is("wss") { Some(true) } else { (is("http") || is("ws")).then_some(false) }
}

#[cfg(test)]
mod tests;
