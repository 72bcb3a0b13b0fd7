//! What tungstenite reads from and writes to. It asks for some kilobytes at a time, so that an idle connection stays
//! small; when a large message comes in, `Ahead` reads it in few calls.

use std::{
    cell::Cell,
    io::{self, Read, Write},
    task::{Context, Poll, ready},
};

use super::{boundary::Boundaries, io::Io, write::Outgoing};

/// How much is read at once while a large message comes in.
const LARGE: usize = 64 * 1024;

/// A read of fewer bytes than this does not mean that a large message is coming, even if it fills its buffer.
const SMALL: usize = 2 * 1024;

thread_local! {
    /// The buffer for large reads: one for each thread, not for each connection.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Bytes that were read further than tungstenite had asked, and where it stands.
pub(super) struct Ahead {
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    /// The last read filled its buffer: more is certainly there.
    more: bool,
    /// What tungstenite has been given.
    pub(super) boundaries: Boundaries,
}

/// A view of the parts of a [`WebSocket`](super::WebSocket), for the time of one call into tungstenite.
pub(super) struct Pipe<'a, 'c> {
    pub(super) io: &'a mut Io,
    pub(super) cx: &'a mut Context<'c>,
    pub(super) ahead: &'a mut Ahead,
    pub(super) out: &'a mut Outgoing,
}

impl Ahead {
    /// Begins with what the HTTP server had read too far.
    pub(super) fn new(early: Vec<u8>) -> Self {
        let end = early.len();
        Self { buffer: early, at: 0, end, more: false, boundaries: Boundaries::default() }
    }

    /// Hands out what was read before.
    fn give(&mut self, buf: &mut [u8]) -> usize {
        let n = buf.len().min(self.end - self.at);
        buf[..n].copy_from_slice(&self.buffer[self.at..self.at + n]);
        self.at += n;
        if self.at == self.end {
            SPARE.set(std::mem::take(&mut self.buffer));
            (self.at, self.end) = (0, 0);
        }
        n
    }

    fn poll_read(&mut self, io: &mut Io, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        if self.at < self.end {
            return Poll::Ready(Ok(self.give(buf)));
        }
        if !std::mem::take(&mut self.more) || buf.len() >= LARGE {
            let n = ready!(io.poll_read(cx, buf))?;
            self.more = n == buf.len() && n >= SMALL;
            return Poll::Ready(Ok(n));
        }
        let mut buffer = SPARE.take();
        buffer.resize(LARGE, 0);
        let read = io.poll_read(cx, &mut buffer);
        let Poll::Ready(Ok(n)) = read else {
            SPARE.set(buffer);
            return read;
        };
        if n == 0 {
            SPARE.set(buffer);
            return Poll::Ready(Ok(0));
        }
        (self.buffer, self.end, self.more) = (buffer, n, n == LARGE);
        Poll::Ready(Ok(self.give(buf)))
    }
}

impl Read for Pipe<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.ahead.poll_read(self.io, self.cx, buf) {
            Poll::Ready(result) => {
                if let Ok(n) = result {
                    self.ahead.boundaries.follow(&buf[..n]);
                }
                result
            }
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

/// What tungstenite writes are whole control frames; they take their place among ours.
impl Write for Pipe<'_, '_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.out.raw(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
