//! The methods that set the options of an engine. Each names its default, its unit and its bounds.

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

    /// The path that requests are captured under, itself and everything below it. Default `/engine.io`. It begins with `/`, without
    /// a query, and with other characters than those of a URL percent-encoded; `/` alone captures everything.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The transports that clients may use. Default: polling and WebSocket.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.transports = transports.into_iter().collect();
        self
    }

    /// The versions of the Engine.IO protocol that clients may speak. Default: 3 and 4, which is every client since 1.0.
    /// The browser builds of 1.0 name version 2; they count as 3.
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = u8>) -> Self {
        self.protocols = protocols.into_iter().collect();
        self
    }

    /// Whether clients of 0.7, 0.8 and 0.9 are served, below `<path>/1/`. Default `false`; without the crate's feature
    /// `legacy` it has no effect, and a warning says so. They know no Engine.IO: the texts of their sessions, in both
    /// directions, are whole packets of their own protocol.
    pub fn legacy(mut self, serve: bool) -> Self {
        self.legacy = serve;
        self
    }

    /// How clients of 0.7, 0.8 and 0.9 are served. It does not switch them on.
    #[cfg(feature = "legacy")]
    pub fn legacy_options(mut self, options: crate::engine::LegacyOptions) -> Self {
        self.legacy_options = options;
        self
    }

    /// Whether polling clients may have their packets as scripts, as browsers without CORS need it. Default `true`.
    ///
    /// Browsers let every page load scripts, with the user's cookies. A request for one is judged by its `Origin`,
    /// `Sec-Fetch-Site` or `Referer`, as far as it has them, and refused for a page that may not connect. A session for
    /// a page that is not proven to be of the same origin is opened without cookies, authorization and extensions, unless
    /// [`Cors::credentials`] lets its origin have them: see [`Request::is_trusted`](crate::engine::Request::is_trusted).
    pub fn jsonp(mut self, allow: bool) -> Self {
        self.jsonp = allow;
        self
    }

    /// Whether clients are told that they may move from polling to WebSocket, and may. Default `true`.
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

    /// How long a client may take from the opening of a second transport to the end of the move. Default 10 s; at least
    /// 1 ms, at most a day.
    pub fn upgrade_timeout(mut self, timeout: Duration) -> Self {
        self.upgrade_timeout = timeout;
        self
    }

    /// How long a client may take to send the head of a request: from the opening of its TCP connection, or from the first byte of a
    /// later request. Past it the connection is closed. Default 10 s; at least 1 ms, at most a day. It is looked at that often and
    /// not more, so that a request needs no timer: a later request may have up to twice the time.
    ///
    /// In force where this crate accepts the connections; see `docs/embedding.md` for other HTTP servers.
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.head_timeout = timeout;
        self
    }

    /// How long a TCP connection is kept for another request. Default 60 s, so that the connection that a polling client uses for POST
    /// outlasts the time between two pings; at least 1 ms, at most a day. Past it the connection is closed, up to one
    /// [`head_timeout`](Self::head_timeout) late.
    ///
    /// In force where this crate accepts the connections.
    pub fn keep_alive_timeout(mut self, timeout: Duration) -> Self {
        self.keep_alive_timeout = timeout;
        self
    }

    /// How long a client may take nothing of what is written to it, on any transport. Past it the TCP connection is reset, so that the
    /// system gives back what it has buffered, and a session that the connection carries is closed with "transport error".
    /// Default 30 s; at least 1 ms, at most a day. It is looked at every third of that, or every
    /// [`head_timeout`](Self::head_timeout), so that a write needs no timer.
    ///
    /// Where this crate accepts the connections, and on WebSockets that another HTTP server has accepted over plain TCP.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// The size in bytes of the largest message, and of the largest polling body, that a client may send. Default
    /// 1,000,000; at least 1, at most 1 GiB. One polling answer carries at most as much, or one larger message.
    pub fn max_payload(mut self, bytes: usize) -> Self {
        self.max_payload = bytes;
        self
    }

    /// Which other origins browsers may connect from. Default: none. Must be set behind a proxy that rewrites `Host`, or
    /// browsers are refused: see [`Cors`].
    pub fn cors(mut self, cors: impl Into<Cors>) -> Self {
        self.cors = Some(cors.into());
        self
    }

    /// The proxies that are believed about a client's address, scheme and host. Default: none.
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

    /// How much may wait to be sent to one client: packets and bytes. Default 16,384 packets and 16 MiB; at least 16
    /// packets and 64 KiB. Past either, [`overflow`](Self::overflow) decides. One message that is larger by itself is
    /// accepted when nothing else waits.
    pub fn outbox(mut self, packets: usize, bytes: usize) -> Self {
        (self.outbox_packets, self.outbox_bytes) = (packets, bytes);
        self
    }

    /// What happens when more waits for a client than [`outbox`](Self::outbox) allows. Default [`Overflow::Close`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How many sessions may exist at once. Default 100,000; at least 1. Past it, new ones are answered with 503.
    pub fn max_sessions(mut self, sessions: usize) -> Self {
        self.max_sessions = sessions;
        self
    }

    /// How many handshakes a second are let in, of all clients together. Default: any number; at least 1. Past it a handshake is answered
    /// with 503, code 4 `Too many handshakes`, before anything is kept for it, and the official client tries again after a while.
    ///
    /// It is for a server whose connections are expensive to begin (an `on_connect` that asks a database): when it is restarted, all its
    /// clients come back within seconds. After a quiet second that many come in at once.
    pub fn max_handshakes_per_second(mut self, handshakes: u32) -> Self {
        self.max_handshakes_per_second = Some(handshakes);
        self
    }

    /// How many sessions one client address may have at once: an IPv4 address, or an IPv6 network of 64 bits. Past it a
    /// handshake is answered with 429. Default 10,000: one machine cannot take all of [`max_sessions`](Self::max_sessions), and an office
    /// or a mobile network behind one address, or a proxy that is missing in [`trust_proxies`](Self::trust_proxies), stays below.
    /// At least 1.
    ///
    /// Where this crate accepts the connections, an address that is no trusted proxy may also have twice as many TCP connections that
    /// serve HTTP; past it they are reset. Handshakes whose address is not known, as in another HTTP server that does not tell, are not
    /// counted.
    pub fn max_connections_per_address(mut self, connections: usize) -> Self {
        self.max_connections_per_address = connections;
        self
    }

    /// How many TCP connections may serve HTTP at once; one that has become a WebSocket counts in
    /// [`max_sessions`](Self::max_sessions) instead. Default 200,000, two for each session that polls; at least 1. Past it a new
    /// one is reset.
    ///
    /// In force where this crate accepts the connections.
    pub fn max_tcp_connections(mut self, connections: usize) -> Self {
        self.max_tcp_connections = connections;
        self
    }

    /// The size in bytes of a request's path, query and headers. Default 16 KiB, as in Node; at least 8 KiB, at most 1 MiB. Past it the
    /// request is answered with 431. In another HTTP server, which reads the headers, a handshake that is larger is refused, because
    /// what a handshake says is kept as long as its session.
    pub fn max_header_size(mut self, bytes: usize) -> Self {
        self.max_header_size = bytes;
        self
    }

    /// How long a polling client may take from the handshake to its next request. Past it the session is closed with "ping timeout".
    /// Default 10 s; at least 1 ms, at most a day.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }
}
