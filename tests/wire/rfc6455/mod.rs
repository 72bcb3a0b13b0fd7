//! RFC 6455 as a table: what a client sends byte by byte, and what the server must make of it. Each case has a connection of its own to
//! the echo at `/engine.io/`; its bytes are written in one piece, and again one by one.

mod closing;
mod framing;
mod text;

use std::net::SocketAddr;
use std::sync::Arc;

use tests::frames::{self, frame, server_frame};
use tests::{http, within};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;

use crate::server;

/// As many as there are at least; a family that generates nothing must be noticed.
const CASES: usize = 250;

/// Longer input is not written byte by byte.
const BY_BYTES: usize = 400;

/// One row: a name, what the client sends, and what comes back.
#[derive(Clone, Debug)]
struct Case {
    name: String,
    /// What is sent first; then the client waits for the messages and pongs that are expected.
    first: Vec<u8>,
    /// What is sent then, after which the server closes.
    last: Vec<u8>,
    expected: Seen,
    /// The client ends its side behind that.
    cut: bool,
}

/// What a client gets. Pongs may overtake messages, so that each kind is in a list of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    messages: Vec<Message>,
    pongs: Vec<Vec<u8>>,
    /// The payload of the server's close frame.
    close: Option<Vec<u8>>,
}

impl Seen {
    /// How many messages and pongs there are.
    fn answers(&self) -> usize {
        self.messages.len() + self.pongs.len()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Message {
    Text(Vec<u8>),
    Binary(Vec<u8>),
}

impl Case {
    /// Frames that the server understands. The client closes behind them with 1000, and that is answered.
    fn new(name: impl Into<String>, frames: &[Vec<u8>]) -> Self {
        let close = 1000_u16.to_be_bytes();
        Self::closes(name, &close, &[frame(0x88, &close)]).behind(frames)
    }

    /// Frames that the server answers with a close frame of this code.
    fn fails(name: impl Into<String>, code: u16, frames: &[Vec<u8>]) -> Self {
        Self::closes(name, &code.to_be_bytes(), frames)
    }

    /// Frames that the server answers with a close frame of this payload.
    fn closes(name: impl Into<String>, payload: &[u8], frames: &[Vec<u8>]) -> Self {
        let expected = Seen { close: Some(payload.to_vec()), ..Seen::default() };
        Self { name: name.into(), first: Vec::new(), last: frames.concat(), expected, cut: false }
    }

    /// Bytes behind which the client ends its side, without a close frame.
    fn cut(name: impl Into<String>, bytes: &[u8]) -> Self {
        let (first, last) = (Vec::new(), bytes.to_vec());
        Self { name: name.into(), first, last, expected: Seen::default(), cut: true }
    }

    /// These frames are sent, and answered, before those of the case.
    fn behind(mut self, frames: &[Vec<u8>]) -> Self {
        self.first = frames.concat();
        self
    }

    /// Then this text is echoed.
    fn text(mut self, text: impl AsRef<[u8]>) -> Self {
        self.expected.messages.push(Message::Text(text.as_ref().to_vec()));
        self
    }

    /// Then these bytes are echoed.
    fn binary(mut self, data: impl AsRef<[u8]>) -> Self {
        self.expected.messages.push(Message::Binary(data.as_ref().to_vec()));
        self
    }

    /// Then a pong comes.
    fn pong(mut self, payload: impl AsRef<[u8]>) -> Self {
        self.expected.pongs.push(payload.as_ref().to_vec());
        self
    }
}

#[tokio::test]
async fn every_case_of_the_table() {
    let cases = [framing::cases(), text::cases(), closing::cases()].concat();
    assert!(cases.len() >= CASES, "only {} cases", cases.len());
    let mut names: Vec<_> = cases.iter().map(|case| case.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.is_sorted_by(|a, b| a < b), "two cases have one name: {names:?}");

    let mut failed = Vec::new();
    for case in &cases {
        let short = case.first.len() + case.last.len() <= BY_BYTES;
        let pieces = if short { &[usize::MAX, 1][..] } else { &[usize::MAX] };
        for &piece in pieces {
            let seen = seen(server(), case, piece).await;
            if seen != case.expected {
                let how = if piece == 1 { "byte by byte" } else { "in one piece" };
                failed.push(format!(
                    "{} ({how}):\n  expected {:.200?}\n  seen     {:.200?}",
                    case.name, case.expected, seen
                ));
            }
        }
    }
    assert!(failed.is_empty(), "{} failed of {}:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

/// Opens a WebSocket, writes the case's bytes in pieces, and reads to the end of the connection.
async fn seen(addr: SocketAddr, case: &Case, piece: usize) -> Seen {
    within(&case.name, async {
        let mut stream = TcpStream::connect(addr).await.expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        let headers = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let head = http::head(addr, "GET", "/engine.io/?EIO=4&transport=websocket", &headers, 0);
        stream.write_all(head.as_bytes()).await.expect("a request sent");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.expect("an answer"));
        }
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{}: {}", case.name, String::from_utf8_lossy(&answer));

        let (mut reader, mut writer) = stream.into_split();
        let (case, answered) = (case.clone(), Arc::new(Notify::new()));
        let (wanted, proceed) = (case.expected.answers(), answered.clone());
        let writing = tokio::spawn(async move {
            write(&mut writer, &case.first, piece).await;
            proceed.notified().await;
            write(&mut writer, &case.last, piece).await;
            if case.cut {
                let _ = writer.shutdown().await;
            }
            writer
        });
        let mut read = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            if sorted(&read).answers() == wanted {
                answered.notify_one();
            }
            match reader.read(&mut buffer).await {
                Ok(count @ 1..) => read.extend_from_slice(&buffer[..count]),
                _ => break,
            }
        }
        answered.notify_one();
        drop(writing.await.expect("the writer"));
        sorted(&read)
    })
    .await
}

async fn write(writer: &mut OwnedWriteHalf, bytes: &[u8], piece: usize) {
    for part in bytes.chunks(piece) {
        // The server may have closed already, because of what it has seen.
        if writer.write_all(part).await.is_err() {
            return;
        }
    }
}

/// The frames behind the open packet, by kind.
fn sorted(mut bytes: &[u8]) -> Seen {
    let mut seen = Seen::default();
    let mut opened = false;
    while let Some((first, payload, length)) = server_frame(bytes) {
        assert!(seen.close.is_none(), "a frame behind the close frame: {first:#x}");
        match first {
            0x81 if !opened => {
                assert!(payload.starts_with(b"0{"), "not an open packet: {}", String::from_utf8_lossy(payload));
                opened = true;
            }
            0x81 => seen.messages.push(Message::Text(payload.to_vec())),
            0x82 => seen.messages.push(Message::Binary(payload.to_vec())),
            0x8a => seen.pongs.push(payload.to_vec()),
            0x88 => seen.close = Some(payload.to_vec()),
            other => panic!("a frame that begins with {other:#x}"),
        }
        bytes = &bytes[length..];
    }
    seen
}

/// A message that fits, so that a case shows that the connection goes on.
fn after() -> Vec<u8> {
    frames::text("4after")
}
