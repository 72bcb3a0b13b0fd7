//! Options of the engine: path, transports, protocols, heartbeats, origins.

use std::time::Duration;

use super::Server;
use crate::engine::{Cors, Hosts, Proxies, Transport};

impl Server {
    /// The path that clients connect to. Default `/socket.io`. It begins with `/`, without a query, and with other characters
    /// than those of a URL percent-encoded; anything else is an error at start.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.options.path = path.into();
        self
    }

    /// The transports that clients may use. Default: long polling and WebSocket.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.options.transports = transports.into_iter().collect();
        self
    }

    /// The versions of the Engine.IO protocol that clients may speak. Default: 3, which is that of the clients 1.0 to 2.5, and 4, which is
    /// that of 3.0 and newer. Other versions are refused with code 5; the answer lists the accepted ones.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().protocols([4]); // modern clients only
    /// ```
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = u8>) -> Self {
        self.options.protocols = protocols.into_iter().collect();
        self
    }

    /// Whether polling clients may receive their packets as scripts (JSONP), which pages in browsers without CORS need. Default `true`; see
    /// [`Options::jsonp`](crate::engine::Options::jsonp) for what other sites' pages can do with it.
    pub fn jsonp(mut self, allow: bool) -> Self {
        self.options.jsonp = allow;
        self
    }

    /// Whether clients of 0.7, 0.8 and 0.9 are served too, on the same path and in the same namespaces. Default `false`; such a client is
    /// then refused with code 5 and the name of this option.
    ///
    /// Needs the crate's feature `legacy`; without it, this has no effect and a warning says so. The Node builds of 0.7 and 0.8 claim to
    /// be pages of `http://www.example.com` when they use WebSocket: [`cors`](Self::cors) must allow that for them.
    pub fn legacy(mut self, serve: bool) -> Self {
        self.options.legacy = serve;
        self
    }

    /// How clients of 0.7, 0.8 and 0.9 are served: timers, transports, binary values, the port for Flash. It does not switch them on.
    ///
    /// ```
    /// use socketio::engine::{LegacyBinary, LegacyOptions};
    /// use socketio::prelude::*;
    ///
    /// let options = LegacyOptions::new().binary(LegacyBinary::Refuse);
    /// let server = Server::new().legacy(true).legacy_options(options);
    /// ```
    #[cfg(feature = "legacy")]
    pub fn legacy_options(mut self, options: crate::engine::LegacyOptions) -> Self {
        self.options.legacy_options = options;
        self
    }

    /// Whether polling clients may upgrade to WebSocket. Default `true`.
    pub fn allow_upgrades(mut self, allow: bool) -> Self {
        self.options.allow_upgrades = allow;
        self
    }

    /// The time between a pong and the next ping. Default 25 s; at least 1 ms, at most a day.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.options.ping_interval = interval;
        self
    }

    /// How long a client may take to answer a ping before its session is closed. Default 20 s; at least 1 ms, at most a day.
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.options.ping_timeout = timeout;
        self
    }

    /// How long an upgrade from polling to WebSocket may take. Default 10 s; at least 1 ms, at most a day.
    pub fn upgrade_timeout(mut self, timeout: Duration) -> Self {
        self.options.upgrade_timeout = timeout;
        self
    }

    /// The proxies in front of the server whose headers set a client's address, scheme and host: addresses and networks. Default: none. A
    /// value that is neither is an error at start. See [`Proxies`](crate::engine::Proxies) for which headers are read, and how the proxies
    /// must write them.
    ///
    /// Their headers count for [`Handshake::address`](crate::Handshake::address), for whether a page is of the same origin, and for bounds
    /// per address.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().trust_proxies(["10.0.0.0/8", "fd00::/8"]);
    /// ```
    pub fn trust_proxies<T: AsRef<str>>(mut self, networks: impl IntoIterator<Item = T>) -> Self {
        match Proxies::new(networks) {
            Ok(proxies) => self.options.trust_proxies = proxies,
            Err(error) => {
                self.mistake.get_or_insert(error);
            }
        }
        self
    }

    /// How long a client may take to send the head of a request: from the opening of its TCP connection, or from the first byte of a later
    /// request. Past it the connection is closed. Default 10 s; at least 1 ms, at most a day. It is checked at that interval, so that a
    /// request needs no timer: a later request may have up to twice the time.
    ///
    /// In force where this crate accepts the connections; see `docs/embedding.md` for other HTTP servers.
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.options.head_timeout = timeout;
        self
    }

    /// How long a TCP connection is kept for another request. Default 60 s, so that the connection that a polling client uses for POST
    /// outlasts the time between two pings; at least 1 ms, at most a day. Past it the connection is closed, up to one
    /// [`head_timeout`](Self::head_timeout) late.
    ///
    /// In force where this crate accepts the connections.
    pub fn keep_alive_timeout(mut self, timeout: Duration) -> Self {
        self.options.keep_alive_timeout = timeout;
        self
    }

    /// How long a client may read none of the bytes that are written to it, on any transport. Past it the TCP connection is reset, so that
    /// the system frees its buffers, and a session that the connection carries is closed with "transport error". Default 30 s; at least
    /// 1 ms, at most a day. It is checked every third of that, or every [`head_timeout`](Self::head_timeout), so that a write needs no
    /// timer.
    ///
    /// Where this crate accepts the connections, and on WebSockets that another HTTP server has accepted over plain TCP.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.options.write_timeout = timeout;
        self
    }

    /// The server's own host names, such as `chat.example` or `localhost:3000`. Default: any. A request for another name
    /// is answered with 403, code 4, pages included. A value that is no host, and an empty list, is an error at start.
    ///
    /// It defends against DNS rebinding: the owner of another name can let it point at this server, and a page of that
    /// name is then of the same origin for the browser. That matters for a server that is reached only from inside of a
    /// network or from its own machine; cookies are not at stake, because the browser keeps them by name. Behind a proxy
    /// that is listed in [`trust_proxies`](Self::trust_proxies) its `X-Forwarded-Host` counts: the proxy must replace it.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().hosts(["chat.example", "localhost:3000"]);
    /// ```
    pub fn hosts<T: AsRef<str>>(mut self, hosts: impl IntoIterator<Item = T>) -> Self {
        match Hosts::new(hosts) {
            Ok(hosts) => self.options.hosts = Some(hosts),
            Err(error) => {
                self.mistake.get_or_insert(error);
            }
        }
        self
    }

    /// The origins whose pages may connect. Default: the server's own only. A value that no browser sends as an origin, such as
    /// `app.example` without a scheme, is an error at start.
    ///
    /// ```
    /// use socketio::engine::Cors;
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().cors(["https://app.example", "https://admin.example"]);
    /// ```
    pub fn cors(mut self, cors: impl Into<Cors>) -> Self {
        self.options.cors = Some(cors.into());
        self
    }
}
