//! One WebSocket: frames in through tungstenite, ready-made frames out through our own writer, one byte stream below.
//! What the messages mean is the business of `session` and `upgrade`.

pub(super) mod accept;
mod boundary;
#[cfg(feature = "legacy")]
pub(super) mod hixie;
mod io;
#[cfg(feature = "legacy")]
mod md5;
mod read;
mod write;

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio_tungstenite::tungstenite::{
    Error, Message,
    error::ProtocolError,
    protocol::{
        Role, WebSocketConfig, WebSocketContext,
        frame::{CloseFrame, coding::CloseCode},
    },
};

use self::{
    boundary::Boundaries,
    io::Io,
    read::{Ahead, Pipe},
    write::Outgoing,
};
use super::{text::Text, wire::Wire};
use crate::packet::{Frame, Generation, payload, payload_v3};

/// What tungstenite's buffer begins with, and reads at once. It grows to the largest frame that has come, and does not
/// shrink by itself.
const READ_BUFFER: usize = 4 * 1024;

/// After a frame larger than this the buffer is given back, as soon as the connection is idle.
const KEPT: u64 = 16 * 1024;

/// A WebSocket after its handshake.
pub(super) struct WebSocket {
    io: Io,
    context: WebSocketContext,
    ahead: Ahead,
    out: Outgoing,
    /// What the session has settled, with what the request for this WebSocket says about binary frames.
    wire: Wire,
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

impl WebSocket {
    /// Takes over an upgraded HTTP connection.
    pub(super) fn new(upgraded: hyper::upgrade::Upgraded, max_payload: usize, wire: Wire) -> Self {
        let (io, early) = Io::new(upgraded);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            // Pongs and close frames go straight into `out`.
            .write_buffer_size(0)
            .max_message_size(Some(max_payload))
            .max_frame_size(Some(max_payload));
        let context = WebSocketContext::new(Role::Server, Some(config));
        Self { io, context, ahead: Ahead::new(early), out: Outgoing::default(), wire }
    }

    /// The next thing the client says.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        let mut pipe = Pipe { io: &mut self.io, cx, ahead: &mut self.ahead, out: &mut self.out };
        let code = match self.context.read(&mut pipe) {
            Ok(Message::Text(text)) => return Poll::Ready(Input::Text(Text::from(text))),
            Ok(Message::Binary(data)) => return Poll::Ready(Input::Binary(data)),
            Ok(Message::Close(_)) => {
                // Puts the answer into `out`; the error that says so is the expected outcome.
                let _ = self.context.flush(&mut pipe);
                return Poll::Ready(Input::Closed);
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => return Poll::Ready(Input::Control),
            Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                self.shrink();
                return Poll::Pending;
            }
            Err(Error::ConnectionClosed | Error::AlreadyClosed)
            | Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => return Poll::Ready(Input::Closed),
            Err(Error::Io(error)) => {
                tracing::debug!(%error, "WebSocket broke");
                return Poll::Ready(Input::Broken);
            }
            Err(error) => {
                tracing::debug!(%error, "WebSocket rules broken");
                match error {
                    Error::Capacity(_) => CloseCode::Size,
                    Error::Utf8(_) => CloseCode::Invalid,
                    _ => CloseCode::Protocol,
                }
            }
        };
        let _ = self.context.close(&mut pipe, Some(CloseFrame { code, reason: Default::default() }));
        Poll::Ready(Input::Violation)
    }

    /// Gives back what a large frame has made tungstenite's buffer grow to, if nothing is in it: no frame has been read
    /// in part, no message is in pieces, and the context holds nothing else that a new one would not know.
    fn shrink(&mut self) {
        if self.ahead.boundaries.largest() > KEPT && self.ahead.boundaries.is_between() && self.context.can_write() {
            let config = *self.context.get_config();
            self.context = WebSocketContext::new(Role::Server, Some(config));
            self.ahead.boundaries = Boundaries::default();
        }
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
    pub(super) fn push_close(&mut self, cx: &mut Context<'_>) {
        let mut pipe = Pipe { io: &mut self.io, cx, ahead: &mut self.ahead, out: &mut self.out };
        let _ = self.context.close(&mut pipe, None);
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

    /// Tells the client that nothing follows, and reads until it says the same. Without the reading, what it had sent
    /// meanwhile would make the operating system throw away our last frame.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if ready!(self.io.poll_shutdown(cx)).is_err() {
            return Poll::Ready(());
        }
        self.io.poll_discard(cx)
    }
}
