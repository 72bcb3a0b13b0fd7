//! One WebSocket: messages in, ready-made frames out, one byte stream below. What the messages mean is the business of
//! `session` and `upgrade`.
//!
//! The standard is RFC 6455, without extensions. Frames are read here and not by a library, because a library keeps a
//! buffer for each connection: here an idle one has none. The handshake is in `accept`, the way in is `unread` (bytes),
//! `header` and `mask` (frames), `reader` (messages), and the way out is `write`.

use std::task::{Context, Poll, ready};

use bytes::Bytes;

use crate::{
    engine::{
        budget,
        protocol::Protocol,
        transport::{io::Io, unread::Unread},
    },
    packet::{
        Frame, Text,
        websocket::{
            CloseStatus, Fault, close,
            reader::{Event, Reader},
            writer::Outgoing,
        },
    },
};

/// Bytes that are read for one message before other tasks have their turn.
const STEP: usize = budget::BYTES;

/// A WebSocket after its handshake.
pub(crate) struct WebSocket {
    io: Io,
    unread: Unread,
    reader: Reader,
    out: Outgoing,
    state: State,
    /// What the session has settled, with what the request for this WebSocket says about binary frames.
    protocol: Protocol,
}

/// How far the two are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// We have said that nothing follows; the client may go on.
    Closing,
    /// Nothing is read any more.
    Closed,
}

/// What came from the client.
#[derive(Debug)]
pub(crate) enum Input {
    Text(Text),
    Binary(Bytes),
    /// A ping or pong of the WebSocket itself; nothing to do.
    Control,
    /// The client has closed, and `out` may hold the answer to that.
    Closed,
    /// The connection does not work any more.
    Broken,
    /// The client broke the rules; `out` ends with a close frame that says which.
    Violation,
}

impl WebSocket {
    /// Takes over an upgraded HTTP connection.
    pub(crate) fn new(upgraded: hyper::upgrade::Upgraded, max_payload: usize, protocol: Protocol) -> Self {
        let (io, early) = Io::new(upgraded);
        let (unread, reader) = (Unread::new(early), Reader::new(max_payload));
        Self { io, unread, reader, out: Outgoing::default(), state: State::Open, protocol }
    }

    /// The next thing the client says. A message in many frames, or one of frames without content, is read in steps, so that other tasks run
    /// in between.
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

    /// Tells the client, and reads no more.
    fn violation(&mut self, fault: Fault) -> Input {
        tracing::debug!(?fault, "WebSocket rules broken");
        self.close(&fault.close());
        self.state = State::Closed;
        Input::Violation
    }

    /// Queues our close frame, of which there is one.
    fn close(&mut self, frame: &[u8]) {
        if self.state == State::Open {
            self.out.raw(frame);
            self.state = State::Closing;
        }
    }

    /// Nothing is read for a while: what has come further than it was read waits in as little memory as it needs.
    pub(crate) fn pause(&mut self) {
        self.unread.set_aside();
    }

    /// Whether the client has closed its side, as far as that can be seen without reading.
    pub(crate) fn is_read_closed(&self, cx: &mut Context<'_>) -> bool {
        self.io.is_read_closed(cx)
    }

    /// Queues a frame behind what waits already.
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
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        ready!(self.out.poll_write(&mut self.io, cx))?;
        self.io.poll_flush(cx)
    }

    /// Bytes that wait to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.out.len()
    }

    /// Bytes that have been written so far; only good for seeing that it grows.
    pub(crate) fn written(&self) -> u64 {
        self.out.written()
    }

    /// Makes dropping this a reset of the TCP connection: what the client has not taken is not kept for it.
    pub(crate) fn reset(&self) {
        self.io.reset();
    }

    /// Tells the client that nothing follows, and reads until it says the same. Without the reading, what it had sent
    /// meanwhile would make the operating system throw away our last frame.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if ready!(self.io.poll_shutdown(cx)).is_err() {
            return Poll::Ready(());
        }
        self.io.poll_discard(cx)
    }
}
