//! A client without any knowledge of Engine.IO: HTTP requests as text, WebSockets as frames.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use super::{PATIENCE, Server};

/// The beginning of every query.
pub(super) const POLLING: &str = "/engine.io/?EIO=4&transport=polling";
pub(super) const WEBSOCKET: &str = "/engine.io/?EIO=4&transport=websocket";

/// An answer, taken apart.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    head: String,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    /// Status and body.
    pub(super) fn brief(&self) -> (u16, &str) {
        (self.status, &self.body)
    }
}

/// Sends a request on a connection of its own, and returns the connection.
pub(super) async fn send(to: SocketAddr, method: &str, target: &str, headers: &str, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let length =
        if body.is_empty() && method == "GET" { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let connection = if headers.contains("Upgrade") { "" } else { "Connection: close\r\n" };
    let head = format!("{method} {target} HTTP/1.1\r\nHost: {to}\r\n{connection}{length}{headers}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    stream
}

/// Reads an answer to its end.
pub(super) async fn receive(mut stream: TcpStream) -> Reply {
    let mut bytes = Vec::new();
    timeout(PATIENCE, async {
        let mut chunk = [0; 65536];
        loop {
            let n = stream.read(&mut chunk).await.unwrap_or(0);
            bytes.extend_from_slice(&chunk[..n]);
            if n == 0 || is_whole(&bytes) {
                return;
            }
        }
    })
    .await
    .expect("an answer");
    // Behind a `101` there may be frames, which nobody looks at here.
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Reply { status, head: head.to_owned(), body: body.to_owned() }
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let lower = head.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    length.is_some_and(|length| body.len() >= length) || lower.contains(" 101 ")
}

/// A polling client.
pub(super) struct Poller {
    address: SocketAddr,
    pub(super) sid: String,
}

impl Poller {
    /// Opens a session.
    pub(super) async fn open(server: &Server) -> Self {
        let reply = receive(send(server.address, "GET", POLLING, "", b"").await).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let sid = reply.body.split('"').nth(3).unwrap().to_owned();
        Self { address: server.address, sid }
    }

    pub(super) fn target(&self) -> String {
        format!("{POLLING}&sid={}", self.sid)
    }

    /// Sends a GET without waiting for the answer.
    pub(super) async fn start_get(&self) -> TcpStream {
        send(self.address, "GET", &self.target(), "", b"").await
    }

    pub(super) async fn get(&self) -> Reply {
        receive(self.start_get().await).await
    }

    /// The packets of the next answer.
    pub(super) async fn poll(&self) -> String {
        let reply = self.get().await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body.replace('\x1e', "|")
    }

    pub(super) async fn post(&self, body: impl AsRef<[u8]>) -> Reply {
        receive(send(self.address, "POST", &self.target(), "Content-Type: text/plain\r\n", body.as_ref()).await).await
    }

    /// Sends packets that must be taken.
    pub(super) async fn push(&self, body: &str) {
        let reply = self.post(body.replace('|', "\x1e")).await;
        assert_eq!(reply.brief(), (200, "ok"));
    }

    /// Tries a WebSocket for the session.
    pub(super) async fn probe(&self) -> Frames {
        Frames::connect(self.address, &format!("{WEBSOCKET}&sid={}", self.sid)).await
    }
}

/// A WebSocket client.
pub(super) struct Frames(pub(super) WebSocketStream<TcpStream>);

impl Frames {
    /// Opens a session over WebSocket.
    pub(super) async fn open(server: &Server) -> Self {
        let mut frames = Self::connect(server.address, WEBSOCKET).await;
        let open = frames.text().await;
        assert!(open.starts_with(r#"0{"sid":""#), "{open}");
        frames
    }

    pub(super) async fn connect(address: SocketAddr, target: &str) -> Self {
        let request = format!("ws://{address}{target}").into_client_request().unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        Self(client_async(request, stream).await.unwrap().0)
    }

    pub(super) async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub(super) async fn send_binary(&mut self, data: &[u8]) {
        self.0.send(Message::binary(data.to_vec())).await.unwrap();
    }

    pub(super) async fn next(&mut self) -> Option<Message> {
        timeout(PATIENCE, self.0.next()).await.expect("a frame").map(|message| message.unwrap())
    }

    pub(super) async fn text(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.to_string(),
            other => panic!("expected a text frame, got {other:?}"),
        }
    }

    /// The code of the close frame that must come next; 1005 if it has none.
    pub(super) async fn close_code(&mut self) -> u16 {
        match self.next().await {
            Some(Message::Close(frame)) => frame.map_or(1005, |frame| frame.code.into()),
            other => panic!("expected a close frame, got {other:?}"),
        }
    }
}

/// The headers of a proper WebSocket handshake.
pub(super) const HANDSHAKE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
