//! Clients of all generations, as far as to learn what the server knows about their handshake. It tests nothing itself.

use std::collections::HashMap;
use std::net::SocketAddr;

use tests::http;
use tests::within;
use tests::ws::Ws;

/// A transport of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    V4Polling,
    V4WebSocket,
    V3Polling,
    V3Jsonp,
    V3WebSocket,
    OldPolling,
    OldJsonp,
    OldWebSocket,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::V4Polling,
        Self::V4WebSocket,
        Self::V3Polling,
        Self::V3Jsonp,
        Self::V3WebSocket,
        Self::OldPolling,
        Self::OldJsonp,
        Self::OldWebSocket,
    ];

    /// What a page can load as a script.
    pub(crate) fn is_script(self) -> bool {
        matches!(self, Self::V3Jsonp | Self::OldJsonp)
    }

    /// The target of the request that opens a session.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::V4Polling => "/socket.io/?EIO=4&transport=polling",
            Self::V4WebSocket => "/socket.io/?EIO=4&transport=websocket",
            Self::V3Polling => "/socket.io/?EIO=3&transport=polling",
            Self::V3Jsonp => "/socket.io/?EIO=3&transport=polling&j=0",
            Self::V3WebSocket => "/socket.io/?EIO=3&transport=websocket",
            Self::OldPolling | Self::OldWebSocket => "/socket.io/1/?t=1",
            Self::OldJsonp => "/socket.io/1/?t=1&jsonp=0",
        }
    }
}

/// What the server knows of a client that sends these headers with each of its requests.
///
/// # Panics
/// When the client is refused.
pub(crate) async fn who(addr: SocketAddr, kind: Kind, headers: &[(&'static str, &str)]) -> HashMap<String, String> {
    let text = within(&format!("{kind:?} {headers:?}"), greeting(addr, kind, headers)).await;
    let facts = text.split_once("who(").and_then(|(_, rest)| rest.split_once(')')).unwrap().0;
    facts.split(';').filter_map(|fact| fact.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

async fn greeting(addr: SocketAddr, kind: Kind, headers: &[(&'static str, &str)]) -> String {
    if let Kind::V4WebSocket | Kind::V3WebSocket = kind {
        let mut ws = Ws::connect_with(addr, kind.target(), headers).await;
        if kind == Kind::V4WebSocket {
            ws.text("40").await;
        }
        return told(&mut ws).await;
    }
    let opened = http::request(addr, "GET", kind.target(), headers, b"").await;
    assert_eq!(opened.status, 200, "{opened:?}");
    let target = match kind {
        Kind::OldPolling => format!("/socket.io/1/xhr-polling/{}?t=1", legacy_sid(opened.text())),
        Kind::OldJsonp => format!("/socket.io/1/jsonp-polling/{}?t=1&i=0", legacy_sid(opened.text())),
        Kind::OldWebSocket => {
            let target = format!("/socket.io/1/websocket/{}", legacy_sid(opened.text()));
            return told(&mut Ws::connect_with(addr, &target, headers).await).await;
        }
        _ => format!("{}&sid={}", kind.target(), sid(opened.text())),
    };
    if kind == Kind::V4Polling {
        assert_eq!(http::request(addr, "POST", &target, headers, b"40").await.status, 200);
    }
    loop {
        let polled = http::request(addr, "GET", &target, headers, b"").await;
        assert_eq!(polled.status, 200, "{polled:?}");
        if polled.text().contains("who(") {
            return polled.text().to_owned();
        }
    }
}

async fn told(ws: &mut Ws) -> String {
    loop {
        let text = ws.next_text().await;
        if text.contains("who(") {
            return text;
        }
    }
}

/// The id in an open packet, also where it stands in a script.
pub(crate) fn sid(text: &str) -> String {
    let text = text.split_once("sid").expect("an open packet").1;
    text.trim_start_matches(['\\', '"', ':']).chars().take(20).collect()
}

/// The id in an old handshake, also where it stands in a script.
fn legacy_sid(text: &str) -> String {
    text.trim_start_matches("io.j[0](\"").split(':').next().expect("a line").to_owned()
}
