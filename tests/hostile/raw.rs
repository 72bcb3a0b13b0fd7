//! What no client library would do: bytes on a TCP connection, requests in a row without reading, WebSocket frames by hand, and a
//! connection whose answers are never read.

use std::net::SocketAddr;

pub(crate) use tests::frames::{ping, text};
use tests::http;
use tests::within;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// A TCP connection, written and read byte by byte.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    addr: SocketAddr,
}

impl Raw {
    pub(crate) async fn connect(addr: SocketAddr) -> Self {
        Self { stream: within("a connection", TcpStream::connect(addr)).await.expect("a connection"), addr }
    }

    /// With the smallest receive buffer, so that what is not read stays with the server.
    pub(crate) async fn connect_narrow(addr: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(1024).expect("a receive buffer");
        Self { stream: within("a connection", socket.connect(addr)).await.expect("a connection"), addr }
    }

    /// A WebSocket session of Engine.IO 4 with `/` joined, whose frames are written by hand.
    pub(crate) async fn websocket(addr: SocketAddr) -> Self {
        let mut raw = Self::connect(addr).await;
        raw.upgrade("/socket.io/?EIO=4&transport=websocket").await;
        raw.write(&text("40")).await;
        raw.until(b"40{\"sid\"").await;
        raw
    }

    /// Opens a WebSocket at `target` and reads up to the end of the 101.
    pub(crate) async fn upgrade(&mut self, target: &str) {
        let headers = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        self.get(target, &headers).await;
        self.until(b"\r\n\r\n").await;
    }

    /// Writes all of `bytes`; `false` when the server has closed the connection.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> bool {
        within("a write", self.stream.write_all(bytes)).await.is_ok()
    }

    /// Writes as much of `bytes` as the kernel takes at once.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> Option<usize> {
        self.stream.try_write(bytes).ok()
    }

    /// Writes a GET and reads nothing. Again and again on one connection, this is pipelining.
    pub(crate) async fn get(&mut self, target: &str, headers: &[(&str, &str)]) -> bool {
        let connection = [("Connection", "keep-alive")];
        let headers = if headers.iter().any(|(name, _)| *name == "Connection") {
            headers.to_vec()
        } else {
            [headers, &connection].concat()
        };
        let head = http::head(self.addr, "GET", target, &headers, 0);
        self.write(head.as_bytes()).await
    }

    /// Reads until `wanted` has come, byte by byte, so that nothing behind it is taken; gives what came.
    pub(crate) async fn until(&mut self, wanted: &[u8]) -> Vec<u8> {
        let mut read = Vec::new();
        within(&String::from_utf8_lossy(wanted), async {
            while !read.ends_with(wanted) {
                read.push(self.stream.read_u8().await.expect("more bytes"));
            }
        })
        .await;
        read
    }

    /// Reads until the server closes; a reset is an end too.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut read = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        within("the end of the connection", async {
            while let Ok(count @ 1..) = self.stream.read(&mut buffer).await {
                read.extend_from_slice(&buffer[..count]);
            }
        })
        .await;
        read
    }
}
