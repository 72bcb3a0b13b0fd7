//! One WebSocket: messages in, ready-made frames out, one byte stream below. What the messages mean is the business of
//! `session` and `upgrade`.
//!
//! The standard is RFC 6455, without extensions. Frames are read here and not by a library, because a library keeps a
//! buffer for each connection: here an idle one has none. The handshake is in `accept`, the way in is `unread` (bytes),
//! `header` and `mask` (frames), `reader` (messages), and the way out is `write`.

pub(super) mod accept;
mod close;
mod header;
#[cfg(feature = "legacy")]
pub(super) mod hixie;
mod io;
mod mask;
mod reader;
mod unread;
mod write;

use std::task::{Context, Poll, ready};

use bytes::Bytes;

pub use self::close::CloseStatus;
use self::{
    io::Io,
    reader::{Event, Reader},
    unread::Unread,
    write::Outgoing,
};
use super::wire::Wire;
use crate::packet::Text;
use crate::packet::{
    Frame, Generation,
    engine::{payload, payload_v3},
};

/// Bytes that are read for one message before other tasks have their turn.
const STEP: usize = super::work::BYTES;

/// A WebSocket after its handshake.
pub(super) struct WebSocket {
    io: Io,
    unread: Unread,
    reader: Reader,
    out: Outgoing,
    state: State,
    /// What the session has settled, with what the request for this WebSocket says about binary frames.
    wire: Wire,
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
pub(super) enum Input {
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

/// Which rule the client broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The one that this says.
    Protocol(&'static str),
    /// The message is too large.
    Size,
    /// The text is none.
    Utf8,
}

impl WebSocket {
    /// Takes over an upgraded HTTP connection.
    pub(super) fn new(upgraded: hyper::upgrade::Upgraded, max_payload: usize, wire: Wire) -> Self {
        let (io, early) = Io::new(upgraded);
        let (unread, reader) = (Unread::new(early), Reader::new(max_payload));
        Self { io, unread, reader, out: Outgoing::default(), state: State::Open, wire }
    }

    /// The next thing the client says. A message in many frames, or one of frames without content, is read in steps, so that other tasks run
    /// in between.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
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
    pub(super) fn pause(&mut self) {
        self.unread.set_aside();
    }

    /// Whether the client has closed its side, as far as that can be seen without reading.
    pub(super) fn is_read_closed(&self, cx: &mut Context<'_>) -> bool {
        self.io.is_read_closed(cx)
    }

    /// Queues a frame behind what waits already.
    pub(super) fn push(&mut self, frame: &Frame) {
        if !frame.is_binary() {
            return self.out.frame(b"", frame.bytes(), false);
        }
        let typed = self.wire.generation == Generation::V3;
        if self.wire.base64 {
            let mut text = Vec::with_capacity(payload::encoded_len(frame) + 1);
            if typed {
                payload_v3::push_base64(&mut text, frame)
            } else {
                payload::encode_frame(frame, &mut text)
            }
            self.out.frame(b"", &Bytes::from(text), false);
        } else {
            // Engine.IO 4 has dropped the type.
            self.out.frame(if typed { &[payload_v3::MESSAGE] } else { b"" }, frame.bytes(), true);
        }
    }

    /// Queues a close frame without a code, unless one is queued or was sent.
    pub(super) fn push_close(&mut self) {
        self.close(&close::frame(&[]));
    }

    /// Queues a close frame with a status, unless one is queued or was sent.
    pub(super) fn push_status(&mut self, status: &CloseStatus) {
        self.close(&close::frame(status.payload()));
    }

    /// Writes what waits. `Ready` when the operating system has all of it.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        ready!(self.out.poll_write(&mut self.io, cx))?;
        self.io.poll_flush(cx)
    }

    /// Bytes that wait to be written.
    pub(super) fn waiting(&self) -> usize {
        self.out.len()
    }

    /// Bytes that have been written so far; only good for seeing that it grows.
    pub(super) fn written(&self) -> u64 {
        self.out.written()
    }

    /// Makes dropping this a reset of the TCP connection: what the client has not taken is not kept for it.
    pub(super) fn reset(&self) {
        self.io.reset();
    }

    /// Tells the client that nothing follows, and reads until it says the same. Without the reading, what it had sent
    /// meanwhile would make the operating system throw away our last frame.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if ready!(self.io.poll_shutdown(cx)).is_err() {
            return Poll::Ready(());
        }
        self.io.poll_discard(cx)
    }
}
