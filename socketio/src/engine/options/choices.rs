//! The enums of the options: transports, and the overflow of a client's outbox.

/// A way to carry a session's packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// HTTP long polling: a pending GET for packets of the server, a POST for packets of the client.
    Polling,
    /// One WebSocket for both directions.
    WebSocket,
    /// An endless page for packets of the server, a POST for packets of the client. Some old clients use this
    /// transport; it is not enabled on its own, but with `Polling`.
    HtmlFile,
}

impl Transport {
    /// The name in the `transport` query parameter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::WebSocket => "websocket",
            Self::HtmlFile => "htmlfile",
        }
    }
}

/// What happens to a message that a client's outbox has no room for, and to the client.
///
/// A volatile message is dropped in any case if it cannot be sent at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// The session is closed with [`CloseReason::SlowConsumer`](crate::engine::CloseReason::SlowConsumer), so that the
    /// client misses no message without noticing.
    #[default]
    Close,
    /// The message is dropped and the session stays open: for programs whose next message replaces a lost one, such as
    /// prices or positions.
    ///
    /// Acknowledgements and the packets of the protocol are not dropped: for them the outbox holds twice as much, and
    /// the session is closed when that is full too. While the outbox is past its bounds, the client's packets are not
    /// read.
    DropNewest,
}
