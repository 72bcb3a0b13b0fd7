//! The options of an engine: defaults and bounds. Their descriptions are in `builder`, the rules of CORS in `cors`.

mod builder;

use std::time::Duration;

use http::request::Parts;

use super::{cors::Cors, hosts::Hosts, outbox::Overflow, proxy::Proxies};

/// A way to carry a session's packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// HTTP long polling: a held GET for what the server sends, a POST for what the client sends.
    Polling,
    /// One WebSocket for both directions.
    WebSocket,
    /// An endless page for what the server sends, a POST for what the client sends. Some old clients have it; it is not
    /// an option of its own, but part of polling.
    HtmlFile,
}

impl Transport {
    /// The name in the `transport` query parameter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::WebSocket => "websocket",
            Self::HtmlFile => "htmlfile",
        }
    }
}

/// How an [`Engine`](super::Engine) behaves. The defaults are those of Node's server, where it has the option.
///
/// Values out of bounds are moved to the nearest bound when the engine is made.
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
    pub(crate) legacy_options: super::LegacyOptions,
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
    /// `None`: any.
    pub(crate) hosts: Option<Hosts>,
    pub(crate) outbox_packets: usize,
    pub(crate) outbox_bytes: usize,
    pub(crate) overflow: Overflow,
    pub(crate) max_sessions: usize,
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
            legacy_options: super::LegacyOptions::default(),
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
            max_connections_per_address: 10_000,
            max_tcp_connections: 200_000,
            max_header_size: 16 * 1024,
            handshake_timeout: Duration::from_secs(10),
        }
    }
}

impl Options {
    /// Moves every value into its bounds, so that nothing below has to check again.
    pub(super) fn clamped(mut self) -> Self {
        const SHORTEST: Duration = Duration::from_millis(1);
        const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
        self.path = format!("/{}", self.path.trim_matches('/'));
        self.ping_interval = self.ping_interval.clamp(SHORTEST, LONGEST);
        self.ping_timeout = self.ping_timeout.clamp(SHORTEST, LONGEST);
        self.upgrade_timeout = self.upgrade_timeout.clamp(SHORTEST, LONGEST);
        for timeout in [&mut self.head_timeout, &mut self.keep_alive_timeout, &mut self.write_timeout] {
            *timeout = (*timeout).clamp(SHORTEST, LONGEST);
        }
        self.max_payload = self.max_payload.clamp(1024, 1 << 30);
        self.outbox_packets = self.outbox_packets.max(16);
        self.outbox_bytes = self.outbox_bytes.max(64 * 1024);
        self.max_sessions = self.max_sessions.max(1);
        #[cfg(feature = "legacy")]
        {
            self.legacy_options = self.legacy_options.clamped();
        }
        self
    }

    /// The transports that a session on `from` may move to, as the handshake names them.
    pub(super) fn upgrades(&self, from: Transport) -> &'static [&'static str] {
        let possible =
            from == Transport::Polling && self.allow_upgrades && self.transports.contains(&Transport::WebSocket);
        if possible { &["websocket"] } else { &[] }
    }

    /// Whether a request of the engine is one of clients 0.7 to 0.9, which put their version into the path. Requests of
    /// Engine.IO have it in the query, whatever their path.
    pub(super) fn is_legacy(&self, path: &str, query: &str) -> bool {
        let rest = path.strip_prefix(self.path.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
        let version = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
        matches!(version.len(), 1..=4)
            && version.bytes().all(|byte| byte.is_ascii_digit())
            && !query.split('&').any(|pair| pair.starts_with("EIO="))
    }

    /// Whether path, query and headers together exceed [`max_header_size`](Self::max_header_size).
    pub(super) fn is_head_too_large(&self, head: &Parts) -> bool {
        let target = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
        let headers = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
        target + headers > self.max_header_size
    }

    /// Whether `path` belongs to the engine.
    pub(super) fn captures(&self, path: &str) -> bool {
        // A path of `/` leaves an empty prefix: everything is captured.
        let prefix = self.path.trim_end_matches('/');
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_moved_into_bounds() {
        let options = Options {
            path: "chat/".to_owned(),
            ping_interval: Duration::ZERO,
            max_payload: 0,
            outbox_packets: 0,
            ..Options::default()
        }
        .clamped();
        assert_eq!(options.path, "/chat");
        assert!(options.ping_interval > Duration::ZERO);
        assert_eq!((options.max_payload, options.outbox_packets), (1024, 16));
    }

    #[test]
    fn the_path_captures_itself_and_what_is_below() {
        let options = Options::default().clamped();
        for (path, captured) in
            [("/engine.io", true), ("/engine.io/", true), ("/engine.io/x", true), ("/engine.iox", false), ("/", false)]
        {
            assert_eq!(options.captures(path), captured, "{path}");
        }
        assert!(Options { path: "/".into(), ..Options::default() }.clamped().captures("/any"));
    }

    #[test]
    fn the_version_of_old_clients_is_in_the_path() {
        let options = Options::default().clamped();
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
}
