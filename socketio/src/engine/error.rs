//! Why a session ended, and why a message was not accepted. How a request is refused is in `refusal`.

use std::{fmt, time::Duration};

/// Why a session ended.
///
/// `Display` gives the words that Node's server passes to its `disconnect` handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// The client closed the session or its connection ended in an orderly way.
    TransportClose,
    /// The connection broke, or the client broke the rules of the transport.
    TransportError,
    /// The client did not answer a ping in time.
    PingTimeout,
    /// The client sent something that is not a packet.
    ParseError,
    /// This side closed the session.
    ForcedClose,
    /// The whole server is being shut down.
    ServerShutdown,
    /// The client reads more slowly than messages for it arrive, and its outbox is full.
    SlowConsumer,
    /// The client did not do in time what the layer above expects of a new session.
    ConnectTimeout,
}

impl CloseReason {
    /// The words of `Display`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TransportClose => "transport close",
            Self::TransportError => "transport error",
            Self::PingTimeout => "ping timeout",
            Self::ParseError => "parse error",
            Self::ForcedClose => "forced close",
            Self::ServerShutdown => "server shutting down",
            Self::SlowConsumer => "slow consumer",
            Self::ConnectTimeout => "connect timeout",
        }
    }

    /// Whether what is in the outbox is still delivered: the client is there, reads, and does not cause the end.
    pub(crate) const fn flushes(self) -> bool {
        matches!(self, Self::ForcedClose | Self::ServerShutdown | Self::ConnectTimeout | Self::ParseError)
    }

    /// Whether a polling client gets the close packet in an answer of its own, behind all messages. The official Socket.IO client handles a
    /// close packet before the messages in the same answer, and drops those.
    pub(crate) const fn closes_apart(self) -> bool {
        matches!(self, Self::ForcedClose | Self::ServerShutdown | Self::ConnectTimeout)
    }

    /// How long a polling client that holds no GET is given to come and fetch what is left. A client that has closed the session itself is
    /// given no time: its next GET is answered with 400, as in Node.
    pub(crate) const fn lingers(self) -> Option<Duration> {
        match self {
            Self::ForcedClose | Self::ConnectTimeout => Some(Duration::from_secs(30)),
            _ => None,
        }
    }

    /// How long the transport may take to deliver what is left, and to be closed by the client.
    pub(crate) const fn close_timeout(self) -> Duration {
        match self {
            Self::ServerShutdown => Duration::from_millis(500),
            _ => Duration::from_secs(5),
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a message was not accepted for sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The session is over.
    Closed,
    /// The outbox is full; the session is being closed with [`CloseReason::SlowConsumer`].
    Full,
    /// The client does not take more at the moment, and the message was volatile, or the outbox is full and
    /// [`Overflow::DropNewest`](crate::engine::Overflow::DropNewest) keeps the session.
    Dropped,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the session is closed",
            Self::Full => "the session's outbox is full",
            Self::Dropped => "the message was dropped because the client does not read fast enough",
        })
    }
}

impl std::error::Error for SendError {}
