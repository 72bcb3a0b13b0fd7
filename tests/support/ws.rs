//! One WebSocket, frame by frame. Refusals are kept apart from connections, and everything that is
//! waited for has a deadline.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite;
pub use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::{SILENCE, http, within};

/// An open WebSocket; dropping it cuts the TCP connection without a closing handshake.
#[derive(Debug)]
pub struct Ws {
    stream: WebSocketStream<TcpStream>,
}

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Bytes),
    /// The end: the close code if there was one.
    Closed(Option<u16>),
}

impl Ws {
    /// Opens `target` (path and query).
    ///
    /// # Panics
    /// When the server does not answer `101`.
    pub async fn connect(addr: SocketAddr, target: &str) -> Self {
        Self::connect_with(addr, target, &[]).await
    }

    /// The same with further headers.
    ///
    /// # Panics
    /// As [`Ws::connect`].
    pub async fn connect_with(addr: SocketAddr, target: &str, headers: &[(&'static str, &str)]) -> Self {
        let stream = TcpStream::connect(addr).await.expect("a connection");
        Self::over(stream, addr, target, headers).await
    }

    /// The same with a receive buffer of `bytes` in the kernel, for a client that does not read.
    ///
    /// # Panics
    /// As [`Ws::connect`].
    pub async fn connect_narrow(addr: SocketAddr, target: &str, bytes: u32) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(bytes).expect("a receive buffer");
        let stream = socket.connect(addr).await.expect("a connection");
        Self::over(stream, addr, target, &[]).await
    }

    /// The same with a send buffer of `bytes` in the kernel, for a client that shows how far the server reads.
    ///
    /// # Panics
    /// As [`Ws::connect`].
    pub async fn connect_small(addr: SocketAddr, target: &str, bytes: u32) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_send_buffer_size(bytes).expect("a send buffer");
        let stream = socket.connect(addr).await.expect("a connection");
        Self::over(stream, addr, target, &[]).await
    }

    async fn over(stream: TcpStream, addr: SocketAddr, target: &str, headers: &[(&'static str, &str)]) -> Self {
        let mut request = format!("ws://{addr}{target}").into_client_request().expect("a request");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header value"));
        }
        stream.set_nodelay(true).expect("no delay");
        let opened = within(&format!("WebSocket {target}"), client_async(request, stream)).await;
        match opened {
            Ok((stream, _)) => Self { stream },
            Err(error) => panic!("WebSocket {target}: {error}"),
        }
    }

    /// Both directions apart, for a client that does not read while it writes.
    pub fn split(self) -> (SplitSink<WebSocketStream<TcpStream>, Message>, SplitStream<WebSocketStream<TcpStream>>) {
        self.stream.split()
    }

    /// Sends a text frame.
    ///
    /// # Panics
    /// When the connection is gone.
    pub async fn text(&mut self, text: impl Into<String>) {
        let text: String = text.into();
        within("send", self.stream.send(Message::text(text))).await.expect("a frame sent");
    }

    /// Sends a binary frame.
    ///
    /// # Panics
    /// When the connection is gone.
    pub async fn binary(&mut self, data: impl Into<Bytes>) {
        within("send", self.stream.send(Message::binary(data.into()))).await.expect("a frame sent");
    }

    /// Queues a text frame without flushing it, for writing many in one go; errors show at the next read.
    pub async fn feed(&mut self, text: impl Into<String>) {
        let text: String = text.into();
        let _ = self.stream.feed(Message::text(text)).await;
    }

    /// Writes what [`Ws::feed`] has queued.
    pub async fn flush(&mut self) {
        let _ = self.stream.flush().await;
    }

    /// Sends a message that need not arrive: the server may have closed already.
    pub async fn try_send(&mut self, frame: &Frame) {
        let message = match frame {
            Frame::Text(text) => Message::text(text.clone()),
            Frame::Binary(data) => Message::binary(data.clone()),
            Frame::Closed(_) => Message::Close(None),
        };
        let _ = within("send", self.stream.send(message)).await;
    }

    /// Bytes past the WebSocket layer, for frames that no library would write.
    pub async fn raw(&mut self, bytes: &[u8]) {
        use tokio::io::AsyncWriteExt as _;
        let _ = within("send", self.stream.get_mut().write_all(bytes)).await;
    }

    /// The next message or the end; control frames of WebSocket itself are handled and skipped.
    ///
    /// # Panics
    /// When nothing comes.
    pub async fn next(&mut self) -> Frame {
        within("a frame", self.read()).await
    }

    async fn read(&mut self) -> Frame {
        loop {
            return match self.stream.next().await {
                Some(Ok(Message::Text(text))) => Frame::Text(text.as_str().to_owned()),
                Some(Ok(Message::Binary(data))) => Frame::Binary(data),
                Some(Ok(Message::Close(frame))) => Frame::Closed(frame.map(|frame| CloseCode::into(frame.code))),
                Some(Ok(_)) => continue,
                Some(Err(tungstenite::Error::Capacity(error))) => panic!("a frame beyond this client: {error}"),
                Some(Err(_)) | None => Frame::Closed(None),
            };
        }
    }

    /// The next frame, which must be this text.
    ///
    /// # Panics
    /// When it is anything else.
    pub async fn expect(&mut self, text: &str) {
        assert_eq!(self.next().await, Frame::Text(text.to_owned()));
    }

    /// The next frame, which must be text.
    ///
    /// # Panics
    /// When it is not.
    pub async fn next_text(&mut self) -> String {
        match self.next().await {
            Frame::Text(text) => text,
            other => panic!("expected a text frame, got {other:?}"),
        }
    }

    /// Reads until the server closes; gives what came before and the close code.
    ///
    /// # Panics
    /// When it does not close.
    pub async fn closed(&mut self) -> (Vec<Frame>, Option<u16>) {
        let mut before = Vec::new();
        loop {
            match self.next().await {
                Frame::Closed(code) => return (before, code),
                frame => before.push(frame),
            }
        }
    }

    /// Listens for [`SILENCE`] and fails if anything comes.
    ///
    /// # Panics
    /// When something came.
    pub async fn silent(&mut self) {
        if let Ok(frame) = tokio::time::timeout(SILENCE, self.read()).await {
            panic!("expected silence, got {frame:?}");
        }
    }
}

/// Asks for a WebSocket and expects to be refused: the answer in place of the `101`.
///
/// # Panics
/// When the server says `101`.
pub async fn refused(addr: SocketAddr, target: &str, headers: &[(&str, &str)]) -> http::Response {
    let mut all = vec![
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    all.extend_from_slice(headers);
    let response = within(&format!("refusal of {target}"), upgrade_answer(addr, target, &all)).await;
    assert_ne!(response.status, 101, "{target} was accepted as a WebSocket");
    response
}

/// Reads an answer whose connection may stay open: up to the length that its head announces.
async fn upgrade_answer(addr: SocketAddr, target: &str, headers: &[(&str, &str)]) -> http::Response {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = TcpStream::connect(addr).await.expect("a connection");
    let head = http::head(addr, "GET", target, headers, 0);
    stream.write_all(head.as_bytes()).await.expect("a request sent");
    let mut raw = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        raw.extend_from_slice(&buffer[..read]);
        if let Some(response) = http::Response::parse(&raw) {
            let length = response.header("content-length").and_then(|value| value.parse().ok());
            if read == 0 || response.status == 101 || length.is_some_and(|length: usize| response.body.len() >= length)
            {
                return response;
            }
        }
        assert_ne!(read, 0, "{target}: the connection was closed without an answer");
    }
}
