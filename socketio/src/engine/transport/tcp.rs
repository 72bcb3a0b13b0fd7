//! `HttpStream`: the TCP stream below the server's own HTTP. It saves system calls: a short response, which HTTP writes in two parts,
//! is sent with one `send`, and the head of a `101` waits for the first frame of the WebSocket. It also counts reads and writes,
//! so that time limits need no timer for each request.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering},
    },
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Responses up to this size are copied into one buffer, which costs less than a gathering write.
const SHORT: usize = 1024;

/// Bytes that are held back at most. The head of a `101` is much shorter; responses that are written before it may be longer.
const HELD: usize = 4 * 1024;

/// Shared by an [`HttpStream`] and the code that serves HTTP on it. Both run in one task, so that counting needs no atomic addition.
#[derive(Clone, Debug, Default)]
pub(crate) struct Monitor(Arc<Activity>);

#[derive(Debug, Default)]
struct Activity {
    order: AtomicU8,
    /// The last write took nothing.
    blocked: AtomicBool,
    /// Writes of at least one byte.
    written: AtomicU32,
    /// Reads of at least one byte.
    read: AtomicU32,
    /// Request heads received and responses taken by HTTP, together: odd while a request is being answered.
    requests: AtomicU32,
    /// `read` when the last response was taken.
    read_before: AtomicU32,
}

/// Values of `order`; 0 is no order.
const SWITCH: u8 = 1;
const RESET: u8 = 2;

/// The state of a connection, for time limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// A request is being answered, for as long as that takes.
    Answering,
    /// A write is incomplete, because the client does not read; with the number of writes so far.
    Blocked(u32),
    /// Nothing was received since the last response; with the number of requests and responses so far.
    Idle(u32),
    /// The head of a request is incomplete, or the first one has not begun.
    Receiving(u32),
}

impl Monitor {
    /// The `101` is what HTTP writes next, after which the connection is a WebSocket.
    pub(crate) fn switch(&self) {
        self.0.order.store(SWITCH, Ordering::Relaxed);
    }

    /// The next write or read fails, and the connection is reset when it is dropped.
    pub(crate) fn reset(&self) {
        self.0.order.store(RESET, Ordering::Relaxed);
    }

    /// The head of a request was received.
    pub(crate) fn requested(&self) {
        count(&self.0.requests);
    }

    /// HTTP has taken the whole response.
    pub(crate) fn answered(&self) {
        self.0.read_before.store(self.0.read.load(Ordering::Relaxed), Ordering::Relaxed);
        count(&self.0.requests);
    }

    pub(crate) fn doing(&self) -> Doing {
        let of = |counter: &AtomicU32| counter.load(Ordering::Relaxed);
        let requests = of(&self.0.requests);
        if self.0.blocked.load(Ordering::Relaxed) {
            Doing::Blocked(of(&self.0.written))
        } else if requests % 2 == 1 {
            Doing::Answering
        } else if requests > 0 && of(&self.0.read) == of(&self.0.read_before) {
            Doing::Idle(requests)
        } else {
            Doing::Receiving(requests)
        }
    }

    fn order(&self) -> u8 {
        self.0.order.load(Ordering::Relaxed)
    }

    fn wrote(&self, result: &Poll<io::Result<usize>>) {
        match result {
            Poll::Ready(_) => count(&self.0.written),
            Poll::Pending => {}
        }
        self.0.blocked.store(result.is_pending(), Ordering::Relaxed);
    }
}

fn count(counter: &AtomicU32) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// See the module.
pub(crate) struct HttpStream {
    io: TokioIo<TcpStream>,
    monitor: Monitor,
    /// The head of the `101`, which the WebSocket writes with its first frame.
    held: Vec<u8>,
}

impl HttpStream {
    pub(crate) fn new(stream: TcpStream, monitor: Monitor) -> Self {
        Self { io: TokioIo::new(stream), monitor, held: Vec::new() }
    }

    /// The TCP stream, and the bytes to write before all others.
    pub(crate) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.io.into_inner(), self.held)
    }

    fn io(self: Pin<&mut Self>) -> Pin<&mut TokioIo<TcpStream>> {
        Pin::new(&mut self.get_mut().io)
    }

    /// Fails if the connection is to be reset. Without the option, closing would leave what was written in the system's
    /// buffer, for as long as a client that does not read keeps its side open.
    fn check(&self, order: u8) -> io::Result<()> {
        if order != RESET {
            return Ok(());
        }
        if let Err(error) = self.io.inner().set_zero_linger() {
            tracing::debug!(%error, "cannot set SO_LINGER");
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// Writes what is held back.
    fn poll_held(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            let Self { io, held, .. } = &mut *self;
            let n = ready!(Pin::new(io).poll_write(cx, held))?;
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            held.drain(..n);
        }
        Poll::Ready(Ok(()))
    }
}

impl Read for HttpStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        self.check(self.monitor.order())?;
        let result = self.as_mut().io().poll_read(cx, buf);
        if result.is_ready() {
            count(&self.monitor.0.read);
        }
        result
    }
}

impl Write for HttpStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let order = self.monitor.order();
        self.check(order)?;
        if order == SWITCH {
            if self.held.len() + buf.len() <= HELD {
                self.held.extend_from_slice(buf);
                return Poll::Ready(Ok(buf.len()));
            }
            ready!(self.as_mut().poll_held(cx))?;
        }
        let result = self.as_mut().io().poll_write(cx, buf);
        self.monitor.wrote(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [buf] = bufs {
            return self.poll_write(cx, buf);
        }
        let mut short = [0; SHORT];
        match join(bufs, &mut short) {
            Some(length) => self.poll_write(cx, &short[..length]),
            None => {
                self.check(self.monitor.order())?;
                ready!(self.as_mut().poll_held(cx))?;
                let result = self.as_mut().io().poll_write_vectored(cx, bufs);
                self.monitor.wrote(&result);
                result
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// A TCP stream buffers nothing.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_held(cx))?;
        self.io().poll_shutdown(cx)
    }
}

/// Copies the parts into one buffer, if it has room for all of them.
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
    use std::future::poll_fn;

    use tokio::{io::AsyncReadExt as _, net::TcpListener};

    use super::*;

    /// What arrives of what is written, by a stream and by whoever takes it over; the switch is set before the last part.
    async fn arrives(parts: &[&[u8]]) -> Vec<u8> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        let reader = tokio::spawn(async move {
            let mut all = Vec::new();
            server.read_to_end(&mut all).await.unwrap();
            all
        });
        let monitor = Monitor::default();
        let mut stream = HttpStream::new(client, monitor.clone());
        for (at, part) in parts.iter().enumerate() {
            if at + 1 == parts.len() {
                monitor.switch();
            }
            let mut rest = *part;
            while !rest.is_empty() {
                let n = poll_fn(|cx| {
                    Pin::new(&mut stream).poll_write_vectored(cx, &[IoSlice::new(rest), IoSlice::new(b"")])
                });
                rest = &rest[n.await.unwrap()..];
            }
        }
        poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx)).await.unwrap();
        reader.await.unwrap()
    }

    #[tokio::test]
    async fn all_that_is_written_arrives_in_order_whatever_it_looks_like() {
        let head = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";
        let long = head.repeat(100_000);
        for parts in [&[&head[..], b"a", head][..], &[head, &long, head], &[&long, &long], &[&long[7..], b"b", &long]] {
            assert!(arrives(parts).await == parts.concat());
        }
    }

    #[tokio::test]
    async fn only_the_last_word_is_held_and_no_more_than_a_head() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let monitor = Monitor::default();
        let mut stream = HttpStream::new(client, monitor.clone());
        let mut write = async |bytes: &[u8]| {
            assert_eq!(poll_fn(|cx| Pin::new(&mut stream).poll_write(cx, bytes)).await.unwrap(), bytes.len());
            stream.held.len()
        };
        assert_eq!(write(b"HTTP/1.1 101 ").await, 0);
        monitor.switch();
        assert_eq!(write(b"HTTP/1.1 101 ").await, 13);
        assert_eq!(write(&[1; HELD - 13]).await, HELD);
        assert_eq!(write(b"1").await, 0);
        assert_eq!(write(&[1; HELD]).await, HELD);
    }

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
