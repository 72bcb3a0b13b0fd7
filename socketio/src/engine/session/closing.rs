//! `Closing`: the phases in which the transport of a session that has ended is closed, within a deadline.

use std::{
    io,
    task::{Context, Poll, ready},
};

use crate::engine::error::CloseReason;
use crate::engine::session::heartbeat::Heartbeat;
use crate::engine::session::state::SessionState;
use crate::engine::session::writer::OutboxWriter;
use crate::engine::transport::stream::Stream;
use crate::packet::engine::payload::PayloadError;

/// How a transport is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseMode {
    /// Write what waits if the reason lets it be delivered, then the close frame, and wait for the client's.
    Handshake,
    /// The client has sent its close frame: write the answer.
    Answer,
    /// The client has broken the rules: write the close frame that says so, and close the connection.
    Violation,
    /// The connection is broken: nothing can be written.
    Broken,
}

/// Why a session must end, and how its transport is closed.
pub(crate) struct End(pub(crate) CloseReason, pub(crate) CloseMode);

impl From<CloseReason> for End {
    fn from(reason: CloseReason) -> Self {
        Self(reason, CloseMode::Handshake)
    }
}

impl From<PayloadError> for End {
    fn from(error: PayloadError) -> Self {
        tracing::debug!(%error, "the client sent something that is not a packet");
        CloseReason::ParseError.into()
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        tracing::debug!(%error, "writing failed");
        Self(CloseReason::TransportError, CloseMode::Broken)
    }
}

/// The phase of closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closing {
    /// Writing what was sent before the end.
    Draining(CloseReason),
    /// The end of our side is being written; waiting for the client's.
    Awaiting,
    /// The end of our side is written; waiting for the client's.
    Sent,
    /// Writing the last frame.
    Answering,
    /// Writing the last frame, then closing the connection.
    Violation,
    /// Waiting for a polling client to fetch what waits.
    Lingering,
    /// The transport is closed.
    Done,
}

impl Closing {
    /// The first phase. `lingers`: a polling client is given time to fetch what waits.
    pub(crate) fn new(reason: CloseReason, mode: CloseMode, lingers: bool, streams: bool) -> Self {
        match mode {
            _ if lingers => Self::Lingering,
            _ if !streams => Self::Done,
            CloseMode::Handshake => Self::Draining(reason),
            CloseMode::Answer => Self::Answering,
            CloseMode::Violation => Self::Violation,
            CloseMode::Broken => Self::Done,
        }
    }

    /// Closes the transport; `Ready` when it is closed, or the deadline has passed.
    pub(crate) fn poll(
        &mut self,
        stream: Option<&mut Stream>,
        writer: &mut OutboxWriter,
        heartbeat: &mut Heartbeat,
        session: &SessionState,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        if *self == Self::Done {
            return Poll::Ready(());
        }
        if heartbeat.poll_deadline(cx).is_ready() {
            if let Some(stream) = stream.filter(|stream| stream.waiting() > 0) {
                stream.reset();
            }
            return Poll::Ready(());
        }
        let Some(stream) = stream else {
            return if session.is_end_sent() { Poll::Ready(()) } else { Poll::Pending };
        };
        if let Self::Draining(reason) = *self {
            if ready!(writer.poll_fill(stream, session, cx)).is_err() {
                return Poll::Ready(());
            }
            if let Some(last) = session.protocol.end_of_stream(reason).filter(|_| !writer.ended) {
                stream.push(&last);
            }
            stream.push_close(session.take_status().as_deref());
            *self = Self::Awaiting;
        }
        let flushed = match stream.poll_flush(cx) {
            Poll::Ready(Ok(())) => true,
            Poll::Ready(Err(_)) => return Poll::Ready(()),
            Poll::Pending => false,
        };
        if flushed && *self == Self::Awaiting {
            *self = Self::Sent;
        }
        match self {
            Self::Awaiting | Self::Sent => stream.poll_end(cx),
            _ if !flushed => Poll::Pending,
            Self::Violation => stream.poll_shutdown(cx),
            _ => Poll::Ready(()),
        }
    }
}
