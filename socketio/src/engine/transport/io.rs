//! `Io`: the byte stream of a WebSocket. It is the TCP stream itself where that can be unwrapped, else the stream that HTTP used.

use std::{
    future::Future as _,
    io::{self, IoSlice},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
};

use crate::{engine::transport::tcp::HttpStream, packet::websocket::writer::Sink};

/// See the module.
pub(crate) struct Io {
    below: Below,
    /// Bytes that are written before all others: the head of the `101`, which waits until there are bytes to write with it or the client
    /// has to answer.
    held: Vec<u8>,
}

enum Below {
    /// Nothing of the HTTP server is kept.
    Tcp(TcpStream),
    /// TLS, a Unix socket, a server with a stream type of its own.
    Other(TokioIo<Upgraded>),
}

impl Io {
    /// Unwraps the connection; the bytes are those that the HTTP server had read behind the request.
    pub(crate) fn new(upgraded: Upgraded) -> (Self, Vec<u8>) {
        let upgraded = match upgraded.downcast::<HttpStream>() {
            Ok(parts) => {
                let (tcp, held) = parts.io.into_parts();
                return (Self { below: Below::Tcp(tcp), held }, parts.read_buf.to_vec());
            }
            Err(upgraded) => upgraded,
        };
        let (below, early) = match upgraded.downcast::<TokioIo<TcpStream>>() {
            // Its options, such as TCP_NODELAY, are set by the code that accepted it.
            Ok(parts) => (Below::Tcp(parts.io.into_inner()), parts.read_buf.to_vec()),
            Err(upgraded) => (Below::Other(TokioIo::new(upgraded)), Vec::new()),
        };
        (Self { below, held: Vec::new() }, early)
    }

    /// Registers a TCP stream with the runtime of this thread, instead of the one that has accepted it.
    pub(crate) fn moved_here(self) -> io::Result<Self> {
        let below = match self.below {
            Below::Tcp(tcp) => Below::Tcp(TcpStream::from_std(tcp.into_std()?)?),
            other => other,
        };
        Ok(Self { below, held: self.held })
    }

    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_held(cx))?;
        let mut buf = ReadBuf::new(buf);
        ready!(match &mut self.below {
            Below::Tcp(io) => Pin::new(io).poll_read(cx, &mut buf),
            Below::Other(io) => Pin::new(io).poll_read(cx, &mut buf),
        })?;
        Poll::Ready(Ok(buf.filled().len()))
    }

    /// Flushes the stream. A TCP stream buffers nothing.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_held(cx))?;
        match &mut self.below {
            Below::Tcp(_) => Poll::Ready(Ok(())),
            Below::Other(io) => Pin::new(io).poll_flush(cx),
        }
    }

    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_held(cx))?;
        match &mut self.below {
            Below::Tcp(io) => Pin::new(io).poll_shutdown(cx),
            Below::Other(io) => Pin::new(io).poll_shutdown(cx),
        }
    }

    /// Whether the other side has closed, or the connection is broken, although there may be something left to read. Of
    /// other streams than TCP that is not known.
    pub(crate) fn is_read_closed(&self, cx: &mut Context<'_>) -> bool {
        match &self.below {
            // Readiness as tokio knows it, without a system call.
            Below::Tcp(io) => {
                matches!(pin!(io.ready(Interest::READABLE)).poll(cx), Poll::Ready(Ok(ready)) if ready.is_read_closed())
            }
            Below::Other(_) => false,
        }
    }

    /// Makes dropping a TCP stream discard what the operating system has not sent.
    pub(crate) fn reset(&self) {
        if let Below::Tcp(io) = &self.below
            && let Err(error) = io.set_zero_linger()
        {
            tracing::debug!(%error, "cannot set SO_LINGER");
        }
    }

    /// Reads to the end and discards what is read.
    pub(crate) fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 4096];
        while let Ok(1..) = ready!(self.poll_read(cx, &mut scratch)) {}
        Poll::Ready(())
    }

    /// Writes the head of the `101` alone.
    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.held.is_empty() { Poll::Ready(Ok(())) } else { self.poll_write(cx, &[]).map_ok(drop) }
    }
}

impl Sink for Io {
    fn poll_write(&mut self, cx: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        while !self.held.is_empty() {
            let first = parts.first().map_or(&[][..], |part| part);
            let both = [IoSlice::new(&self.held), IoSlice::new(first)];
            let count = if first.is_empty() { 1 } else { 2 };
            let written = ready!(self.below.poll_write(cx, &both[..count]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let beyond = written.saturating_sub(self.held.len());
            self.held.drain(..written - beyond);
            if self.held.is_empty() {
                self.held = Vec::new();
            }
            if beyond > 0 {
                return Poll::Ready(Ok(beyond));
            }
        }
        if parts.is_empty() { Poll::Ready(Ok(0)) } else { self.below.poll_write(cx, parts) }
    }
}

impl Below {
    fn poll_write(&mut self, cx: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match (self, parts) {
            // One part is the common case, and a plain `send` costs the kernel less than a gathering write.
            (Self::Tcp(io), [part]) => Pin::new(io).poll_write(cx, part),
            (Self::Tcp(io), parts) => Pin::new(io).poll_write_vectored(cx, parts),
            (Self::Other(io), parts) => Pin::new(io).poll_write_vectored(cx, parts),
        }
    }
}
