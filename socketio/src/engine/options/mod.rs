//! The options of an engine: defaults and bounds. `builder` documents each option, `cors` the rules of CORS.

mod builder;
pub(crate) mod choices;
#[cfg(feature = "legacy")]
pub(crate) mod legacy;

use std::time::Duration;

use http::request::Parts;

use crate::bounds;
use crate::engine::options::choices::{Overflow, Transport};
#[cfg(feature = "legacy")]
use crate::engine::options::legacy::{LegacyOptions, LegacyTransport};
use crate::engine::request::cors::Cors;
use crate::engine::request::hosts::Hosts;
use crate::engine::request::proxy::Proxies;
use crate::error::Error;

/// How an [`Engine`](crate::engine::Engine) behaves. The defaults are those of Node's server, where it has the option.
///
/// A value out of its bounds is an error when the engine is created.
///
/// ```
/// use std::time::Duration;
///
/// use socketio::engine::Options;
///
/// let options = Options::new().path("/live").ping_interval(Duration::from_secs(10)).max_payload(64 * 1024);
/// ```
#[must_use]
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) path: String,
    pub(crate) transports: Vec<Transport>,
    pub(crate) protocols: Vec<u8>,
    pub(crate) legacy: bool,
    #[cfg(feature = "legacy")]
    pub(crate) legacy_options: LegacyOptions,
    pub(crate) jsonp: bool,
    pub(crate) allow_upgrades: bool,
    pub(crate) ping_interval: Duration,
    pub(crate) ping_timeout: Duration,
    pub(crate) upgrade_timeout: Duration,
    pub(crate) head_timeout: Duration,
    pub(crate) keep_alive_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) max_payload: usize,
    /// `None`: no other origins.
    pub(crate) cors: Option<Cors>,
    pub(crate) trust_proxies: Proxies,
    /// `None`: any host name.
    pub(crate) hosts: Option<Hosts>,
    pub(crate) outbox_packets: usize,
    pub(crate) outbox_bytes: usize,
    pub(crate) overflow: Overflow,
    pub(crate) max_sessions: usize,
    pub(crate) max_handshakes_per_second: Option<u32>,
    pub(crate) max_connections_per_address: usize,
    pub(crate) max_tcp_connections: usize,
    pub(crate) max_header_size: usize,
    pub(crate) handshake_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            path: "/engine.io".to_owned(),
            transports: vec![Transport::Polling, Transport::WebSocket],
            protocols: vec![3, 4],
            legacy: false,
            #[cfg(feature = "legacy")]
            legacy_options: LegacyOptions::default(),
            jsonp: true,
            allow_upgrades: true,
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            upgrade_timeout: Duration::from_secs(10),
            head_timeout: Duration::from_secs(10),
            keep_alive_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(30),
            max_payload: 1_000_000,
            cors: None,
            trust_proxies: Proxies::default(),
            hosts: None,
            outbox_packets: 16_384,
            outbox_bytes: 16 * 1024 * 1024,
            overflow: Overflow::Close,
            max_sessions: 100_000,
            max_handshakes_per_second: None,
            max_connections_per_address: 10_000,
            max_tcp_connections: 200_000,
            max_header_size: 16 * 1024,
            handshake_timeout: Duration::from_secs(10),
        }
    }
}

impl Options {
    /// Fails for the first value that is out of its bounds, so that the code that uses the options need not check them.
    pub(crate) fn checked(mut self) -> Result<Self, Error> {
        let path = self.path.parse::<http::uri::PathAndQuery>().ok().filter(|path| path.query().is_none());
        if path.is_none() || !self.path.starts_with('/') {
            let found = &self.path;
            return Err(Error::start(format!("`path` is `{found}`; it must be a path such as `/socket.io`")));
        }
        self.path = format!("/{}", self.path.trim_matches('/'));
        if let Some(cors) = &self.cors {
            cors.check()?;
        }
        for (name, timeout) in [
            ("ping_interval", self.ping_interval),
            ("ping_timeout", self.ping_timeout),
            ("upgrade_timeout", self.upgrade_timeout),
            ("handshake_timeout", self.handshake_timeout),
            ("head_timeout", self.head_timeout),
            ("keep_alive_timeout", self.keep_alive_timeout),
            ("write_timeout", self.write_timeout),
        ] {
            bounds::time(name, timeout)?;
        }
        for (name, value, least, most) in [
            ("max_payload", self.max_payload, 1, 1 << 30),
            ("outbox (packets)", self.outbox_packets, 16, usize::MAX),
            ("outbox (bytes)", self.outbox_bytes, 64 * 1024, usize::MAX),
            ("max_connections", self.max_sessions, 1, usize::MAX),
            ("max_connections_per_address", self.max_connections_per_address, 1, usize::MAX),
            ("max_tcp_connections", self.max_tcp_connections, 1, usize::MAX),
            ("max_header_size", self.max_header_size, 8 * 1024, 1 << 20),
        ] {
            bounds::number(name, value, least, most)?;
        }
        if self.max_handshakes_per_second == Some(0) {
            return Err(Error::start("`max_handshakes_per_second` is 0; it must be at least 1"));
        }
        if self.transports.is_empty() {
            return Err(Error::start("`transports` must name one at least"));
        }
        if let Some(unknown) = self.protocols.iter().find(|version| !matches!(version, 3 | 4)) {
            return Err(Error::start(format!("`protocols` names version {unknown}; it must be 3 or 4")));
        }
        if self.protocols.is_empty() && !self.legacy {
            return Err(Error::start("`protocols` must name one at least, unless `legacy` is on"));
        }
        #[cfg(feature = "legacy")]
        self.legacy_options.check()?;
        Ok(self)
    }

    /// The transports that a session on `from` may upgrade to, by their names in the handshake.
    pub(crate) fn upgrades(&self, from: Transport) -> &'static [&'static str] {
        let possible =
            from == Transport::Polling && self.allow_upgrades && self.transports.contains(&Transport::WebSocket);
        if possible { &["websocket"] } else { &[] }
    }

    /// Whether a request is from a client of 0.7 to 0.9, which puts the protocol version into the path. Requests of
    /// Engine.IO have the version in the query, with any path.
    pub(crate) fn is_legacy(&self, path: &str, query: &str) -> bool {
        let rest = path.strip_prefix(self.path.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
        let version = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
        matches!(version.len(), 1..=4)
            && version.bytes().all(|byte| byte.is_ascii_digit())
            && !query.split('&').any(|pair| pair.starts_with("EIO="))
    }

    /// Whether clients of 0.7 to 0.9 may use a transport.
    #[cfg(feature = "legacy")]
    pub(crate) fn offers_legacy(&self, transport: LegacyTransport) -> bool {
        let scripts = transport != LegacyTransport::JsonpPolling || self.jsonp;
        scripts && self.legacy_options.transports.contains(&transport) && self.transports.contains(&transport.needs())
    }

    /// Whether path, query and headers together exceed [`max_header_size`](Self::max_header_size).
    pub(crate) fn is_head_too_large(&self, head: &Parts) -> bool {
        let target = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
        let headers = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
        target + headers > self.max_header_size
    }

    /// Whether `path` belongs to the engine.
    pub(crate) fn captures(&self, path: &str) -> bool {
        // The prefix of `/` is empty, so that every path is captured.
        let prefix = self.path.trim_end_matches('/');
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_out_of_bounds_is_named() {
        let mistake = |options: Options| options.checked().map(drop).map_err(|error| error.message().to_owned());
        assert_eq!(mistake(Options::new().max_payload(1)), Ok(()));
        let day = Duration::from_secs(24 * 60 * 60);
        let cases = [
            (Options::new().max_payload(0), "`max_payload` is 0; it must be from 1 to 1073741824"),
            (Options::new().max_payload((1 << 30) + 1), "`max_payload` is 1073741825; it must be from 1 to 1073741824"),
            (Options::new().outbox(15, 1 << 20), "`outbox (packets)` is 15; it must be at least 16"),
            (Options::new().outbox(16, 1), "`outbox (bytes)` is 1; it must be at least 65536"),
            (Options::new().max_sessions(0), "`max_connections` is 0; it must be at least 1"),
            (Options::new().max_handshakes_per_second(0), "`max_handshakes_per_second` is 0; it must be at least 1"),
            (Options::new().max_header_size(0), "`max_header_size` is 0; it must be from 8192 to 1048576"),
            (Options::new().ping_interval(Duration::ZERO), "`ping_interval` is 0ns; it must be from 1 ms to 1 day"),
            (Options::new().write_timeout(2 * day), "`write_timeout` is 172800s; it must be from 1 ms to 1 day"),
            (Options::new().transports([]), "`transports` must name one at least"),
            (Options::new().protocols([4, 5]), "`protocols` names version 5; it must be 3 or 4"),
            (Options::new().protocols([]), "`protocols` must name one at least, unless `legacy` is on"),
        ];
        for (options, message) in cases {
            assert_eq!(mistake(options), Err(message.to_owned()));
        }
        assert_eq!(mistake(Options::new().protocols([]).legacy(true)), Ok(()));
    }

    #[test]
    fn a_path_begins_with_one_slash() {
        for path in ["/chat", "/chat/", "/chat//"] {
            assert_eq!(Options::new().path(path).checked().unwrap().path, "/chat");
        }
        for path in ["chat", "", "/chat?x=1", "/a chat", "http://a.example/chat"] {
            let error = Options::new().path(path).checked().unwrap_err();
            assert_eq!(error.message(), format!("`path` is `{path}`; it must be a path such as `/socket.io`"));
        }
    }

    #[test]
    fn the_path_captures_itself_and_what_is_below() {
        let options = Options::default().checked().unwrap();
        for (path, captured) in
            [("/engine.io", true), ("/engine.io/", true), ("/engine.io/x", true), ("/engine.iox", false), ("/", false)]
        {
            assert_eq!(options.captures(path), captured, "{path}");
        }
        assert!(Options { path: "/".into(), ..Options::default() }.checked().unwrap().captures("/any"));
    }

    #[test]
    fn the_version_of_old_clients_is_in_the_path() {
        let options = Options::default().checked().unwrap();
        for (path, query, legacy) in [
            ("/engine.io/1/", "t=1", true),
            ("/engine.io/1", "", true),
            ("/engine.io/2/websocket/x", "", true),
            ("/engine.io/1/", "EIO=4&transport=polling", false),
            ("/engine.io/", "t=1", false),
            ("/engine.io/socket.io.js", "", false),
        ] {
            assert_eq!(options.is_legacy(path, query), legacy, "{path}");
        }
    }

    #[test]
    fn upgrades_are_offered_only_when_possible() {
        let options = Options::default();
        assert_eq!(options.upgrades(Transport::Polling), ["websocket"]);
        assert!(options.upgrades(Transport::WebSocket).is_empty());
        let off = Options { allow_upgrades: false, ..Options::default() };
        assert!(off.upgrades(Transport::Polling).is_empty());
    }

    #[cfg(feature = "legacy")]
    #[test]
    fn a_transport_needs_the_one_of_today_that_carries_it() {
        let options = Options { transports: vec![Transport::Polling], ..Options::default() };
        let offered = LegacyTransport::ALL.map(|transport| options.offers_legacy(transport));
        assert_eq!(offered, [false, false, true, true, true]);
        let options = Options { jsonp: false, ..Options::default() };
        assert!(!options.offers_legacy(LegacyTransport::JsonpPolling));
    }
}
