//! One byte stream at a time: what the tests below send and read, without a client library.

use std::net::SocketAddr;

use tests::http::{self, Response};
use tests::within;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::Running;

/// The id of a new session.
pub(crate) async fn handshake(server: &Running) -> String {
    let answer = http::get(server.addr, "/socket.io/1/?t=1").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.text().split(':').next().expect("an id").to_owned()
}

/// A session on one of the polling transports.
pub(crate) struct Polls {
    pub(crate) addr: SocketAddr,
    pub(crate) sid: String,
}

impl Polls {
    /// A session that has been told that it is connected.
    pub(crate) async fn open(server: &Running) -> Self {
        let session = Self { addr: server.addr, sid: handshake(server).await };
        assert_eq!(session.get().await, "1::");
        session
    }

    pub(crate) fn path(&self, transport: &str) -> String {
        format!("/socket.io/1/{transport}/{}?t=1", self.sid)
    }

    pub(crate) async fn get(&self) -> String {
        let answer = http::get(self.addr, &self.path("xhr-polling")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
        answer.text().to_owned()
    }

    pub(crate) async fn post(&self, body: &str) {
        let answer = http::post(self.addr, &self.path("xhr-polling"), body).await;
        assert_eq!((answer.status, answer.text()), (200, "1"));
    }
}

/// A connection that is read piece by piece.
pub(crate) struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Wire {
    pub(crate) async fn connect(addr: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(addr).await.expect("a connection"), received: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.expect("to write");
    }

    /// All up to and with `end`.
    pub(crate) async fn until(&mut self, end: &[u8]) -> Vec<u8> {
        let what = String::from_utf8_lossy(end).into_owned();
        within(&what, async {
            loop {
                if let Some(at) = self.received.windows(end.len()).position(|window| window == end) {
                    return self.received.drain(..at + end.len()).collect();
                }
                assert!(self.read().await > 0, "closed before {what:?}: {:?}", String::from_utf8_lossy(&self.received));
            }
        })
        .await
    }

    pub(crate) async fn exactly(&mut self, count: usize) -> Vec<u8> {
        within("bytes", async {
            while self.received.len() < count {
                assert!(self.read().await > 0, "closed too early");
            }
            self.received.drain(..count).collect()
        })
        .await
    }

    /// What is left until the server closes.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        within("the end", async {
            while self.read().await > 0 {}
            std::mem::take(&mut self.received)
        })
        .await
    }

    async fn read(&mut self) -> usize {
        let mut buffer = [0; 4096];
        let read = self.stream.read(&mut buffer).await.unwrap_or(0);
        self.received.extend_from_slice(&buffer[..read]);
        read
    }
}

/// A form as browsers post it.
pub(crate) async fn form(addr: SocketAddr, path: &str, body: &str) -> Response {
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    http::request(addr, "POST", path, &headers, body.as_bytes()).await
}
