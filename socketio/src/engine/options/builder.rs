//! The methods that set the options of an engine. Each method documents the option's default, unit and bounds.

use std::time::Duration;

use crate::engine::options::Options;
use crate::engine::options::choices::{Overflow, Transport};
use crate::engine::request::cors::Cors;
use crate::engine::request::hosts::Hosts;
use crate::engine::request::proxy::Proxies;

impl Options {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The path of the engine: it receives the requests for this path and every path below. Default `/engine.io`. The
    /// path begins with `/` and has no query; characters that a URL does not allow are percent-encoded. `/` alone
    /// captures every path.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The transports that clients may use. Default: polling and WebSocket.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.transports = transports.into_iter().collect();
        self
    }

    /// The versions of the Engine.IO protocol that clients may use. Default: 3 and 4, which is every client since 1.0.
    /// The browser builds of 1.0 send version 2, which counts as 3.
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = u8>) -> Self {
        self.protocols = protocols.into_iter().collect();
        self
    }

    /// Whether clients of 0.7, 0.8 and 0.9 are served, below `<path>/1/`. Default `false`; without the crate's feature
    /// `legacy` the option has no effect, and a warning is logged. These clients do not use Engine.IO: the texts of
    /// their sessions, in both directions, are whole packets of the 0.9 protocol.
    pub fn legacy(mut self, serve: bool) -> Self {
        self.legacy = serve;
        self
    }

    /// How clients of 0.7, 0.8 and 0.9 are served. These clients are served only with [`legacy(true)`](Self::legacy).
    #[cfg(feature = "legacy")]
    pub fn legacy_options(mut self, options: crate::engine::LegacyOptions) -> Self {
        self.legacy_options = options;
        self
    }

    /// Whether polling clients may receive packets as scripts, which browsers without CORS need. Default `true`.
    ///
    /// Browsers let every page load scripts, with the user's cookies. The engine reads a script request's `Origin`,
    /// `Sec-Fetch-Site` or `Referer`, if the request has them, and refuses a page that may not connect. A session for a
    /// page that is not proven to be of the same origin is opened without cookies, authorization and extensions, unless
    /// [`Cors::credentials`] allows them for the origin: see
    /// [`Request::is_trusted`](crate::engine::Request::is_trusted).
    pub fn jsonp(mut self, allow: bool) -> Self {
        self.jsonp = allow;
        self
    }

    /// Whether clients may upgrade from polling to WebSocket; the handshake then offers the upgrade. Default `true`.
    pub fn allow_upgrades(mut self, allow: bool) -> Self {
        self.allow_upgrades = allow;
        self
    }

    /// The time from the opening, and from each pong, to the next ping. Default 25 s; at least 1 ms, at most a day.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.ping_interval = interval;
        self
    }

    /// How long a pong may take. Default 20 s; at least 1 ms, at most a day.
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.ping_timeout = timeout;
        self
    }

    /// How long a client may take from the opening of a second transport to the end of the upgrade. Default 10 s; at
    /// least 1 ms, at most a day.
    pub fn upgrade_timeout(mut self, timeout: Duration) -> Self {
        self.upgrade_timeout = timeout;
        self
    }

    /// How long a client may take to send the head of a request: from the opening of its TCP connection, or from the first byte of a
    /// later request. After that the connection is closed. Default 10 s; at least 1 ms, at most a day. Checked once per
    /// `head_timeout`, so that a request needs no timer: a later request may take up to twice the time.
    ///
    /// Has an effect only if this crate accepts the connections; see `docs/embedding.md` for other HTTP servers.
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.head_timeout = timeout;
        self
    }

    /// How long a TCP connection is kept for another request. Default 60 s, so that the connection that a polling
    /// client uses for POST stays open between two pings; at least 1 ms, at most a day. After that the connection is
    /// closed, up to one [`head_timeout`](Self::head_timeout) late.
    ///
    /// Has an effect only if this crate accepts the connections.
    pub fn keep_alive_timeout(mut self, timeout: Duration) -> Self {
        self.keep_alive_timeout = timeout;
        self
    }

    /// How long a write may make no progress because the client does not read, on any transport. After that the TCP
    /// connection is reset, so that the system frees its send buffer, and a session on the connection is closed with
    /// "transport error". Default 30 s; at least 1 ms, at most a day. Checked every third of that, or every
    /// [`head_timeout`](Self::head_timeout), so that a write needs no timer.
    ///
    /// Has an effect if this crate accepts the connections, and on WebSockets that another HTTP server has accepted
    /// over plain TCP.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// The size in bytes of the largest message, and of the largest polling body, that a client may send. Default
    /// 1,000,000; at least 1, at most 1 GiB. One polling answer carries at most this size, or one larger message.
    pub fn max_payload(mut self, bytes: usize) -> Self {
        self.max_payload = bytes;
        self
    }

    /// The other origins that browsers may connect from. Default: none. Must be set behind a proxy that rewrites
    /// `Host`, because browsers are refused otherwise: see [`Cors`].
    pub fn cors(mut self, cors: impl Into<Cors>) -> Self {
        self.cors = Some(cors.into());
        self
    }

    /// The proxies whose headers the engine trusts for a client's address, scheme and host. Default: none.
    ///
    /// ```
    /// use socketio::engine::{Options, Proxies};
    ///
    /// # fn main() -> Result<(), socketio::Error> {
    /// let options = Options::new().trust_proxies(Proxies::new(["10.0.0.0/8"])?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn trust_proxies(mut self, proxies: Proxies) -> Self {
        self.trust_proxies = proxies;
        self
    }

    /// The server's own host names. Default: any. A request for another name is answered with 403, code 4.
    pub fn hosts(mut self, hosts: Hosts) -> Self {
        self.hosts = Some(hosts);
        self
    }

    /// The size of one client's outbox, in packets and bytes. Default 16,384 packets and 16 MiB; at least 16 packets
    /// and 64 KiB. [`overflow`](Self::overflow) decides about a message past either bound. An empty outbox accepts one
    /// message of any size.
    pub fn outbox(mut self, packets: usize, bytes: usize) -> Self {
        (self.outbox_packets, self.outbox_bytes) = (packets, bytes);
        self
    }

    /// What happens to a message that a client's [`outbox`](Self::outbox) has no room for. Default [`Overflow::Close`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How many sessions may exist at once. Default 100,000; at least 1. Past it, a handshake is answered with 503.
    pub fn max_sessions(mut self, sessions: usize) -> Self {
        self.max_sessions = sessions;
        self
    }

    /// How many handshakes per second are accepted, of all clients together. Default: any number; at least 1. Past it a
    /// handshake is answered with 503, code 4 `Too many handshakes`, before any memory is kept for it; the official
    /// client retries after a delay.
    ///
    /// Meant for a server whose connections are expensive to begin (an `on_connect` that asks a database), because
    /// after a restart all clients reconnect within seconds. After a second without handshakes, this number is accepted
    /// at once.
    pub fn max_handshakes_per_second(mut self, handshakes: u32) -> Self {
        self.max_handshakes_per_second = Some(handshakes);
        self
    }

    /// How many sessions one client address may have at once: an IPv4 address, or an IPv6 network of 64 bits. Past it a
    /// handshake is answered with 429. Default 10,000: one machine cannot open all of
    /// [`max_sessions`](Self::max_sessions), and the number is enough for an office or a mobile network behind one
    /// address, or for a proxy that is missing in [`trust_proxies`](Self::trust_proxies). At least 1.
    ///
    /// If this crate accepts the connections, an address that is no trusted proxy may also have twice as many TCP
    /// connections that serve HTTP; further connections are reset. Handshakes without a known address are not counted,
    /// for example in another HTTP server that does not provide [`RemoteAddr`](crate::engine::RemoteAddr).
    pub fn max_connections_per_address(mut self, connections: usize) -> Self {
        self.max_connections_per_address = connections;
        self
    }

    /// How many TCP connections may serve HTTP at once; a connection that has become a WebSocket counts in
    /// [`max_sessions`](Self::max_sessions) instead. Default 200,000, two for each polling session; at least 1. Past it
    /// a new connection is reset.
    ///
    /// Has an effect only if this crate accepts the connections.
    pub fn max_tcp_connections(mut self, connections: usize) -> Self {
        self.max_tcp_connections = connections;
        self
    }

    /// The largest size in bytes of a request's path, query and headers. Default 16 KiB, as in Node; at least 8 KiB, at
    /// most 1 MiB. A larger request is answered with 431. In another HTTP server, which reads the headers itself, only
    /// a larger handshake is refused, because a session keeps the head of its handshake.
    pub fn max_header_size(mut self, bytes: usize) -> Self {
        self.max_header_size = bytes;
        self
    }

    /// How long a polling client may take from the handshake to its next request. After that the session is closed with
    /// "ping timeout". Default 10 s; at least 1 ms, at most a day.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }
}
