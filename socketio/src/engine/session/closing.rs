//! The end of a session: the application is told at once, and the transport is given a little time to deliver what is left.

use std::{
    io,
    task::{Context, Poll, ready},
};

use crate::{
    engine::{
        error::CloseReason,
        session::{heartbeat::Heartbeat, state::Shared, writer::Writer},
        transport::stream::Stream,
    },
    packet::engine::payload::PayloadError,
};

/// What is to be done with the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// Write what the reason says, then the end of the stream, and wait for the client's.
    Polite,
    /// The client has closed; write the answer.
    Answer,
    /// The client has broken the rules; write the close frame that says so, and hang up.
    Complaint,
    /// The connection is broken.
    None,
}

/// Why a session must end, and what is to be done with its transport.
pub(crate) struct End(pub(crate) CloseReason, pub(crate) Farewell);

impl From<CloseReason> for End {
    fn from(reason: CloseReason) -> Self {
        Self(reason, Farewell::Polite)
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
        Self(CloseReason::TransportError, Farewell::None)
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
    /// Writing the last frame, then hanging up.
    Complaining,
    /// Waiting for a polling client to fetch what is left.
    Lingering,
    /// The transport is closed.
    Done,
}

impl Closing {
    /// The first phase. `lingers`: a polling client is given time to fetch what is left.
    pub(crate) fn new(reason: CloseReason, farewell: Farewell, lingers: bool, streams: bool) -> Self {
        match farewell {
            _ if lingers => Self::Lingering,
            _ if !streams => Self::Done,
            Farewell::Polite => Self::Draining(reason),
            Farewell::Answer => Self::Answering,
            Farewell::Complaint => Self::Complaining,
            Farewell::None => Self::Done,
        }
    }

    /// Goes on with closing a session; `Ready` when nothing is left to be done with its transport.
    pub(crate) fn poll(
        &mut self,
        stream: Option<&mut Stream>,
        writer: &mut Writer,
        heartbeat: &mut Heartbeat,
        shared: &Shared,
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
            return if shared.is_end_sent() { Poll::Ready(()) } else { Poll::Pending };
        };
        if let Self::Draining(reason) = *self {
            if ready!(writer.poll_fill(stream, shared, cx)).is_err() {
                return Poll::Ready(());
            }
            if let Some(last) = shared.protocol.end_of_stream(reason).filter(|_| !writer.ended) {
                stream.push(&last);
            }
            stream.push_close(shared.take_status().as_deref());
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
            Self::Complaining => stream.poll_shutdown(cx),
            _ => Poll::Ready(()),
        }
    }
}
