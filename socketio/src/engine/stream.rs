//! The TCP stream below the server's own HTTP. It saves system calls: a short answer, which HTTP hands over in two parts,
//! leaves with a plain `send`, and the head of a `101` waits for the first frame of the WebSocket.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Answers up to this size are copied together: that costs less than a gathering write.
const SHORT: usize = 1024;

/// How the answer begins after which the connection is a WebSocket, and HTTP writes no more.
const SWITCHING: &[u8] = b"HTTP/1.1 101 ";

/// See the module.
pub(crate) struct Stream {
    io: TokioIo<TcpStream>,
    /// The head of the `101`, which whoever takes the connection over has to send.
    held: Vec<u8>,
}

impl Stream {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { io: TokioIo::new(stream), held: Vec::new() }
    }

    /// The bare stream, and what is to be sent before anything else.
    pub(super) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.io.into_inner(), self.held)
    }

    fn io(self: Pin<&mut Self>) -> Pin<&mut TokioIo<TcpStream>> {
        Pin::new(&mut self.get_mut().io)
    }
}

impl Read for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        self.io().poll_read(cx, buf)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if buf.starts_with(SWITCHING) || !self.held.is_empty() {
            self.held.extend_from_slice(buf);
            return Poll::Ready(Ok(buf.len()));
        }
        self.io().poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [buf] = bufs {
            return self.poll_write(cx, buf);
        }
        let mut short = [0; SHORT];
        match join(bufs, &mut short) {
            Some(length) => self.poll_write(cx, &short[..length]),
            None => self.io().poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// A TCP stream buffers nothing.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().poll_shutdown(cx)
    }
}

/// Copies the parts behind each other, if there is room for all of them.
fn join(parts: &[IoSlice<'_>], into: &mut [u8; SHORT]) -> Option<usize> {
    let mut at = 0;
    for part in parts {
        into.get_mut(at..at + part.len())?.copy_from_slice(part);
        at += part.len();
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_if_they_are_short() {
        let mut short = [0; SHORT];
        let long = [1; SHORT];
        assert_eq!(join(&[IoSlice::new(b"head"), IoSlice::new(b"body")], &mut short), Some(8));
        assert_eq!(&short[..8], b"headbody");
        assert_eq!(join(&[IoSlice::new(&long), IoSlice::new(b"")], &mut short), Some(SHORT));
        assert_eq!(join(&[IoSlice::new(&long), IoSlice::new(b"1")], &mut short), None);
    }
}
