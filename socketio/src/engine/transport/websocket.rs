//! `WebSocket`: a connection of RFC 6455 without extensions. It reads messages and writes packets; `session` and `http::upgrade` use it.
//!
//! Frames are read and written by `packet::websocket` and not by a library, because a library keeps a buffer for each connection, and
//! an idle connection has none here. The handshake is in `http::accept`.

use std::io;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use crate::engine::budget;
use crate::engine::protocol::Protocol;
use crate::engine::transport::io::Io;
use crate::engine::transport::unread::Unread;
use crate::packet::websocket::reader::{Event, Reader};
use crate::packet::websocket::writer::FrameWriter;
use crate::packet::websocket::{CloseStatus, Fault, close};
use crate::packet::{Frame, Text};

/// Bytes read for one message before other tasks run.
const STEP: usize = budget::BYTES;

/// A WebSocket after its handshake.
pub(crate) struct WebSocket {
    io: Io,
    unread: Unread,
    reader: Reader,
    out: FrameWriter,
    state: State,
    /// The protocol of the session, with what the request of this WebSocket says about binary frames.
    protocol: Protocol,
}

/// The phase of the closing handshake.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Our close frame is queued; the client may still send messages.
    Closing,
    /// Nothing more is read.
    Closed,
}

/// An input of the client.
#[derive(Debug)]
pub(crate) enum Input {
    Text(Text),
    Binary(Bytes),
    /// A ping or pong frame, which the session need not handle.
    Control,
    /// The client has closed; the answer to its close frame may wait to be written.
    Closed,
    /// The connection is broken.
    Broken,
    /// The client broke the rules of its transport; a close frame that says which waits to be written.
    Violation,
}

impl WebSocket {
    /// Takes over an upgraded HTTP connection.
    pub(crate) fn new(upgraded: hyper::upgrade::Upgraded, max_payload: usize, protocol: Protocol) -> Self {
        let (io, early) = Io::new(upgraded);
        let (unread, reader) = (Unread::new(early), Reader::new(max_payload));
        Self { io, unread, reader, out: FrameWriter::default(), state: State::Open, protocol }
    }

    /// See [`Stream::moved_here`](super::stream::Stream::moved_here).
    pub(crate) fn moved_here(self) -> io::Result<Self> {
        Ok(Self { io: self.io.moved_here()?, ..self })
    }

    /// The next input of the client. A long message in many frames is read in steps, between which other tasks run.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        let mut read = 0;
        loop {
            if self.state == State::Closed {
                return Poll::Ready(Input::Closed);
            }
            if self.unread.is_empty() {
                if read >= STEP {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                match ready!(self.unread.poll_fill(&mut self.io, cx)) {
                    Ok(n @ 1..) => read += n,
                    Ok(0) => self.state = State::Closed,
                    Err(error) => {
                        tracing::debug!(%error, "WebSocket broke");
                        return Poll::Ready(Input::Broken);
                    }
                }
                continue;
            }
            match self.reader.read(self.unread.bytes()) {
                Ok((n, event)) => {
                    self.unread.advance(n);
                    if let Some(event) = event {
                        return Poll::Ready(self.input(event));
                    }
                }
                Err(fault) => return Poll::Ready(self.violation(fault)),
            }
        }
    }

    #[inline]
    fn input(&mut self, event: Event) -> Input {
        match event {
            Event::Text(text) => Input::Text(Text::whole(text)),
            Event::Binary(data) => Input::Binary(data),
            Event::Ping(payload) => {
                if self.state == State::Open {
                    self.out.raw(&close::pong(&payload));
                }
                Input::Control
            }
            Event::Pong => Input::Control,
            Event::Close(payload) => match close::answer(&payload) {
                Ok(answer) => {
                    self.close(&answer);
                    self.state = State::Closed;
                    Input::Closed
                }
                Err(fault) => self.violation(fault),
            },
        }
    }

    /// Queues a close frame that says which rule was broken, and reads no more.
    fn violation(&mut self, fault: Fault) -> Input {
        tracing::debug!(?fault, "WebSocket rules broken");
        self.close(&fault.close());
        self.state = State::Closed;
        Input::Violation
    }

    /// Queues our close frame, once.
    fn close(&mut self, frame: &[u8]) {
        if self.state == State::Open {
            self.out.raw(frame);
            self.state = State::Closing;
        }
    }

    /// See [`Stream::pause`](super::stream::Stream::pause).
    pub(crate) fn pause(&mut self) {
        self.unread.set_aside();
    }

    /// Whether the client has closed its side, as far as that can be seen without reading.
    pub(crate) fn is_read_closed(&self, cx: &mut Context<'_>) -> bool {
        self.io.is_read_closed(cx)
    }

    /// Queues a packet.
    pub(crate) fn push(&mut self, frame: &Frame) {
        if !frame.is_binary() {
            return self.out.frame(b"", frame.bytes(), false);
        }
        self.protocol.binary(frame, |prefix, bytes, binary| self.out.frame(prefix, bytes, binary));
    }

    /// Queues a close frame without a code, unless one is queued or was sent.
    pub(crate) fn push_close(&mut self) {
        self.close(&close::frame(&[]));
    }

    /// Queues a close frame with a status, unless one is queued or was sent.
    pub(crate) fn push_status(&mut self, status: &CloseStatus) {
        self.close(&close::frame(status.payload()));
    }

    /// Writes what waits. `Ready` when the operating system has all of it.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.out.poll_write(&mut self.io, cx))?;
        self.io.poll_flush(cx)
    }

    /// Bytes that wait to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.out.len()
    }

    /// Bytes that have been written so far, to detect progress.
    pub(crate) fn written(&self) -> u64 {
        self.out.written()
    }

    /// Makes dropping this reset the TCP connection, so that the operating system discards what the client has not read.
    pub(crate) fn reset(&self) {
        self.io.reset();
    }

    /// See [`Stream::poll_shutdown`](super::stream::Stream::poll_shutdown).
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if ready!(self.io.poll_shutdown(cx)).is_err() {
            return Poll::Ready(());
        }
        self.io.poll_discard(cx)
    }
}
