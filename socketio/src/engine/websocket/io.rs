//! The byte stream below a WebSocket: the bare TCP stream where it can be had, else whatever HTTP ran over.

use std::{
    future::Future as _,
    io,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
};

/// See the module.
pub(super) enum Io {
    /// Nothing of the HTTP server is kept.
    Tcp(TcpStream),
    /// TLS, a Unix socket, a server with a stream type of its own.
    Other(TokioIo<Upgraded>),
}

impl Io {
    /// Unwraps the connection; the bytes are what the HTTP server had read too far.
    pub(super) fn new(upgraded: Upgraded) -> (Self, Vec<u8>) {
        match upgraded.downcast::<TokioIo<TcpStream>>() {
            Ok(parts) => {
                // Its options, such as TCP_NODELAY, are the business of whoever accepted it.
                (Self::Tcp(parts.io.into_inner()), parts.read_buf.to_vec())
            }
            Err(upgraded) => (Self::Other(TokioIo::new(upgraded)), Vec::new()),
        }
    }

    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buf = ReadBuf::new(buf);
        ready!(match self {
            Self::Tcp(io) => Pin::new(io).poll_read(cx, &mut buf),
            Self::Other(io) => Pin::new(io).poll_read(cx, &mut buf),
        })?;
        Poll::Ready(Ok(buf.filled().len()))
    }

    /// Moves what is buffered below to the network. A TCP stream buffers nothing.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(_) => Poll::Ready(Ok(())),
            Self::Other(io) => Pin::new(io).poll_flush(cx),
        }
    }

    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(io) => Pin::new(io).poll_shutdown(cx),
            Self::Other(io) => Pin::new(io).poll_shutdown(cx),
        }
    }

    /// Whether the other side has closed, or the connection is broken, although there may be something left to read. Of
    /// other streams than TCP that is not known.
    pub(super) fn is_read_closed(&self, cx: &mut Context<'_>) -> bool {
        match self {
            // Looks at what the runtime has been told of the connection; the system is not asked.
            Self::Tcp(io) => {
                matches!(pin!(io.ready(Interest::READABLE)).poll(cx), Poll::Ready(Ok(ready)) if ready.is_read_closed())
            }
            Self::Other(_) => false,
        }
    }

    /// Reads to the end, keeping nothing.
    pub(super) fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 4096];
        while let Ok(1..) = ready!(self.poll_read(cx, &mut scratch)) {}
        Poll::Ready(())
    }
}

impl super::write::Sink for Io {
    fn poll_write(&mut self, cx: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match (self, parts) {
            // One part is the common case, and a plain `send` costs the kernel less than a gathering write.
            (Self::Tcp(io), [part]) => Pin::new(io).poll_write(cx, part),
            (Self::Tcp(io), parts) => Pin::new(io).poll_write_vectored(cx, parts),
            (Self::Other(io), parts) => Pin::new(io).poll_write_vectored(cx, parts),
        }
    }
}
