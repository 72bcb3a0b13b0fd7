//! A WebSocket connection of a client: framing, masking and buffers, no more than a benchmark needs.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;

use tokio::net::{TcpSocket, TcpStream};

use super::{excerpt, wrong};

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Ports are counted per source address, so that many connections need several: so many each.
pub(crate) const PER_ADDRESS: usize = 20_000;
/// The first read; the buffer grows with what comes, beyond the second only for a frame that needs it.
const FIRST_READ: usize = 1_024;
const MOST_READ: usize = 1 << 18;

/// A data frame in the buffer; valid until the next read.
pub(crate) struct Frame {
    pub(crate) binary: bool,
    range: Range<usize>,
}

pub(crate) struct Wire {
    stream: TcpStream,
    input: Vec<u8>,
    /// What has been read and not been parsed.
    unread: Range<usize>,
    output: Vec<u8>,
    mask: [u8; 4],
    /// The peer has sent a close frame, with this payload.
    closed: Option<Vec<u8>>,
}

/// Opens a TCP connection; `number` chooses the source address, `window` is the size of the receive buffer.
pub(crate) async fn dial(to: SocketAddr, number: usize, window: Option<u32>) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(bytes) = window {
        socket.set_recv_buffer_size(bytes)?;
    }
    let address = u8::try_from(number / PER_ADDRESS).map_err(|_| wrong("too many connections"))?;
    if address > 0 {
        socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 1, address), 0)))?;
    }
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Masks a payload, in pieces that fit the processor's registers.
fn mask(payload: &mut [u8], mask: [u8; 4]) {
    let mut wide = [0; 32];
    wide.chunks_exact_mut(4).for_each(|four| four.copy_from_slice(&mask));
    for piece in payload.chunks_mut(wide.len()) {
        piece.iter_mut().zip(wide).for_each(|(byte, mask)| *byte ^= mask);
    }
}

impl Wire {
    /// Upgrades `stream`; `query` is what follows `transport=websocket` in the address.
    pub(crate) async fn upgrade(stream: TcpStream, query: &str) -> io::Result<Self> {
        let mut wire = Self {
            stream,
            input: Vec::new(),
            unread: 0..0,
            output: Vec::new(),
            // Not zero, or a server that forgets to unmask would do well.
            mask: [0x5a, 0xc3, 0x17, 0xe8],
            closed: None,
        };
        wire.output.extend_from_slice(b"GET /socket.io/?EIO=4&transport=websocket");
        wire.output.extend_from_slice(query.as_bytes());
        wire.output.extend_from_slice(
            b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
              Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n",
        );
        wire.flush().await?;
        loop {
            wire.fill().await?;
            let head = &wire.input[wire.unread.clone()];
            if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
                if !head.starts_with(b"HTTP/1.1 101 ") {
                    return Err(wrong(format!("no upgrade: {}", excerpt(head))));
                }
                wire.unread.start += end + 4;
                return Ok(wire);
            }
        }
    }

    pub(crate) fn bytes(&self, frame: &Frame) -> &[u8] {
        &self.input[frame.range.clone()]
    }

    /// Puts a text frame into the output; `flush` sends it.
    pub(crate) fn text(&mut self, payload: &[u8]) {
        self.frame(TEXT, payload);
    }

    pub(crate) fn binary(&mut self, payload: &[u8]) {
        self.frame(BINARY, payload);
    }

    pub(crate) fn close(&mut self) {
        self.frame(CLOSE, &1000_u16.to_be_bytes());
    }

    /// What the peer has said when it closed the WebSocket.
    pub(crate) fn closed(&self) -> Option<&[u8]> {
        self.closed.as_deref()
    }

    #[allow(clippy::cast_possible_truncation, reason = "each arm has looked at the length")]
    fn frame(&mut self, opcode: u8, payload: &[u8]) {
        let length = payload.len();
        self.output.push(0x80 | opcode);
        match length {
            0..126 => self.output.push(0x80 | length as u8),
            126..65_536 => {
                self.output.push(0x80 | 126);
                self.output.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                self.output.push(0x80 | 127);
                self.output.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        self.output.extend_from_slice(&self.mask);
        let start = self.output.len();
        self.output.extend_from_slice(payload);
        mask(&mut self.output[start..], self.mask);
    }

    /// Sends the output.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        let mut sent = 0;
        while sent < self.output.len() {
            match self.stream.try_write(&self.output[sent..]) {
                Ok(bytes) => sent += bytes,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.stream.writable().await?,
                Err(error) => return Err(error),
            }
        }
        self.output.clear();
        Ok(())
    }

    /// Waits for bytes and reads once. Nothing is lost when the future is dropped.
    pub(crate) async fn fill(&mut self) -> io::Result<()> {
        if self.unread.is_empty() {
            self.unread = 0..0;
        }
        if self.unread.end == self.input.len() {
            if self.unread.start > 0 {
                self.input.copy_within(self.unread.clone(), 0);
                self.unread = 0..self.unread.len();
            }
            if self.unread.end * 2 >= self.input.len() {
                self.input.resize((self.input.len() * 2).max(FIRST_READ), 0);
            }
        }
        loop {
            self.stream.readable().await?;
            match self.stream.try_read(&mut self.input[self.unread.end..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(bytes) => {
                    self.unread.end += bytes;
                    if self.unread.end == self.input.len() && self.input.len() < MOST_READ {
                        // There may have been more.
                        self.input.resize(self.input.len() * 2, 0);
                    }
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next data frame that has been read whole. Answers WebSocket pings into the output.
    pub(crate) fn next(&mut self) -> io::Result<Option<Frame>> {
        loop {
            let unread = &self.input[self.unread.clone()];
            let [first, second, rest @ ..] = unread else { return Ok(None) };
            let (head, length) = match (second, rest) {
                (0..126, _) => (2, usize::from(*second)),
                (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
                (127, [a, b, c, d, e, f, g, h, ..]) => {
                    let length = u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]);
                    (10, usize::try_from(length).map_err(|_| wrong("a frame of absurd length"))?)
                }
                (126 | 127, _) => return Ok(None),
                _ => return Err(wrong("a masked frame")),
            };
            if unread.len() - head < length {
                return Ok(None);
            }
            let start = self.unread.start + head;
            let range = start..start + length;
            self.unread.start = range.end;
            match first {
                0x81 => return Ok(Some(Frame { binary: false, range })),
                0x82 => return Ok(Some(Frame { binary: true, range })),
                _ if first & 0xf0 != 0x80 => return Err(wrong("a fragmented or compressed frame")),
                _ => self.control(first & 15, range)?,
            }
        }
    }

    fn control(&mut self, opcode: u8, range: Range<usize>) -> io::Result<()> {
        let payload = self.input[range].to_vec();
        match opcode {
            CLOSE => {
                self.closed = Some(payload);
                Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the server has closed the WebSocket"))
            }
            PING => {
                self.frame(PONG, &payload);
                Ok(())
            }
            PONG => Ok(()),
            _ => Err(wrong(format!("a frame with opcode {opcode}"))),
        }
    }

    /// The next Engine.IO packet that has been read whole and means something. Answers pings into the output.
    pub(crate) fn next_packet(&mut self) -> io::Result<Option<Frame>> {
        while let Some(frame) = self.next()? {
            match self.bytes(&frame) {
                b"2" if !frame.binary => self.text(b"3"),
                // What ends a poll, sent to one that has been upgraded meanwhile.
                b"6" if !frame.binary => {}
                _ => return Ok(Some(frame)),
            }
        }
        Ok(None)
    }

    /// Sends the output and waits for the next Engine.IO packet.
    pub(crate) async fn packet(&mut self) -> io::Result<Frame> {
        loop {
            if let Some(packet) = self.next_packet()? {
                return Ok(packet);
            }
            self.flush().await?;
            self.fill().await?;
        }
    }

    /// Whether the output holds something.
    pub(crate) fn has_output(&self) -> bool {
        !self.output.is_empty()
    }
}
