//! Engine.IO sessions over either transport, and Socket.IO connections on a WebSocket: the usual
//! beginnings of a test about something else.

use std::net::SocketAddr;

use bytes::Bytes;
use serde_json::Value;

use crate::http::{self, Response};
use crate::ws::{Frame, Ws};

/// The separator of packets in a polling body.
pub const SEPARATOR: char = '\u{1e}';

/// The JSON of an open packet (`0{…}`).
///
/// # Panics
/// When it is not one.
pub fn open_packet(packet: &str) -> Value {
    let json = packet.strip_prefix('0').unwrap_or_else(|| panic!("not an open packet: {packet}"));
    serde_json::from_str(json).expect("JSON in the open packet")
}

fn sid_of(packet: &str) -> String {
    open_packet(packet)["sid"].as_str().expect("a sid").to_owned()
}

/// A long-polling session: only its address and id, since HTTP keeps nothing open.
#[derive(Debug, Clone)]
pub struct Polling {
    /// The server.
    pub addr: SocketAddr,
    /// Path and query, with the sid.
    pub target: String,
    /// The session's secret id.
    pub sid: String,
    path: String,
}

impl Polling {
    /// Shakes hands at `path` (`/engine.io/` or `/socket.io/`).
    ///
    /// # Panics
    /// When refused.
    pub async fn open(addr: SocketAddr, path: &str) -> Self {
        Self::open_with(addr, path, &[]).await
    }

    /// The same with headers.
    ///
    /// # Panics
    /// When refused.
    pub async fn open_with(addr: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Self {
        let target = format!("{path}?EIO=4&transport=polling");
        let response = http::request(addr, "GET", &target, headers, b"").await;
        assert_eq!(response.status, 200, "{response:?}");
        let sid = sid_of(response.text());
        Self { addr, target: format!("{path}?EIO=4&transport=polling&sid={sid}"), sid, path: path.to_owned() }
    }

    /// One GET.
    pub async fn get(&self) -> Response {
        http::get(self.addr, &self.target).await
    }

    /// One POST.
    pub async fn post(&self, body: impl AsRef<[u8]>) -> Response {
        http::post(self.addr, &self.target, body).await
    }

    /// One POST that must be taken.
    ///
    /// # Panics
    /// When it is not.
    pub async fn send(&self, body: impl AsRef<[u8]>) {
        let response = self.post(body).await;
        assert_eq!((response.status, response.text()), (200, "ok"));
    }

    /// Polls until `count` packets have come; heartbeats are answered and left out.
    ///
    /// # Panics
    /// When more come than that, or the session ends.
    pub async fn receive(&self, count: usize) -> Vec<String> {
        let mut packets = Vec::new();
        while packets.len() < count {
            let response = self.get().await;
            assert_eq!(response.status, 200, "after {packets:?}: {response:?}");
            for packet in response.text().split(SEPARATOR) {
                match packet {
                    "2" => self.send("3").await,
                    "6" => {}
                    packet => packets.push(packet.to_owned()),
                }
            }
        }
        assert_eq!(packets.len(), count, "{packets:?}");
        packets
    }

    /// Asserts that the session works: what goes in comes back (for `/engine.io/` of the conformance server).
    ///
    /// # Panics
    /// When it does not.
    pub async fn alive(&self, text: &str) {
        self.send(format!("4{text}")).await;
        assert_eq!(self.receive(1).await, [format!("4{text}")]);
    }

    /// Asserts that the session has ended: code 1, after at most one answer that says it is closing.
    ///
    /// # Panics
    /// When it has not.
    pub async fn ended(&self) {
        let response = self.get().await;
        if response.status == 200 {
            let last = response.text().rsplit(SEPARATOR).next();
            assert!(matches!(last, Some("1" | "6")), "{response:?}");
        }
        self.gone().await;
    }

    /// Asserts that the session is gone: code 1, at once.
    ///
    /// # Panics
    /// When it is not.
    pub async fn gone(&self) {
        let response = self.get().await;
        assert_eq!(response.status, 400, "{response:?}");
        assert_eq!(response.text(), r#"{"code":1,"message":"Session ID unknown"}"#);
    }

    /// Opens the WebSocket that would take this session over; nothing is sent on it yet.
    ///
    /// # Panics
    /// When refused.
    pub async fn probe(&self) -> Ws {
        Ws::connect(self.addr, &format!("{}?EIO=4&transport=websocket&sid={}", self.path, self.sid)).await
    }
}

/// A WebSocket whose handshake has been read: the socket and the session's secret id.
///
/// # Panics
/// When refused.
pub async fn websocket(addr: SocketAddr, path: &str) -> (Ws, String) {
    let mut ws = Ws::connect(addr, &format!("{path}?EIO=4&transport=websocket")).await;
    let sid = sid_of(&ws.next_text().await);
    (ws, sid)
}

/// A Socket.IO client on a WebSocket, connected to one namespace of the conformance server.
#[derive(Debug)]
pub struct Client {
    /// The connection.
    pub ws: Ws,
    /// The engine's secret id.
    pub engine_sid: String,
    /// The socket's public id.
    pub sid: String,
}

impl Client {
    /// Connects to `/` of the conformance server and reads its greeting.
    ///
    /// # Panics
    /// When refused.
    pub async fn connect(addr: SocketAddr) -> Self {
        let mut client = Self::bare(addr, "40").await;
        client.expect(r#"42["auth",{}]"#).await;
        client
    }

    /// Sends `connect` (a CONNECT packet) and reads the reply, nothing further.
    ///
    /// # Panics
    /// When refused.
    pub async fn bare(addr: SocketAddr, connect: &str) -> Self {
        let (mut ws, engine_sid) = websocket(addr, "/socket.io/").await;
        ws.text(connect).await;
        let reply = ws.next_text().await;
        let json = reply.find('{').filter(|_| reply.starts_with("40"));
        let json = json.unwrap_or_else(|| panic!("not accepted: {reply}"));
        let reply: Value = serde_json::from_str(&reply[json..]).expect("JSON in the CONNECT reply");
        let sid = reply["sid"].as_str().expect("a sid").to_owned();
        Self { ws, engine_sid, sid }
    }

    /// Sends one packet of text (with the engine's `4`).
    pub async fn send(&mut self, packet: impl Into<String>) {
        self.ws.text(packet).await;
    }

    /// The next frame, heartbeats answered and left out.
    pub async fn next(&mut self) -> Frame {
        loop {
            match self.ws.next().await {
                Frame::Text(text) if text == "2" => self.ws.text("3").await,
                frame => return frame,
            }
        }
    }

    /// The next frame must be this text.
    ///
    /// # Panics
    /// When it is not.
    pub async fn expect(&mut self, packet: &str) {
        assert_eq!(self.next().await, Frame::Text(packet.to_owned()));
    }

    /// Sends a binary message.
    pub async fn send_binary(&mut self, data: impl Into<Bytes>) {
        self.ws.binary(data).await;
    }

    /// The next frame must be these bytes.
    ///
    /// # Panics
    /// When it is not.
    pub async fn expect_binary(&mut self, data: &'static [u8]) {
        assert_eq!(self.next().await, Frame::Binary(Bytes::from_static(data)));
    }

    /// Asserts that the connection works and that nothing else had been sent on it: the answer to
    /// an event is the next frame.
    ///
    /// # Panics
    /// When it does not.
    pub async fn alive(&mut self, text: &str) {
        self.send(format!(r#"4212["message-with-ack","{text}"]"#)).await;
        self.expect(&format!(r#"4312["{text}"]"#)).await;
    }
}
