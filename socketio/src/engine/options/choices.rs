//! What programs choose between: transports, and what happens to clients that do not read.

/// A way to carry a session's packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// HTTP long polling: a held GET for what the server sends, a POST for what the client sends.
    Polling,
    /// One WebSocket for both directions.
    WebSocket,
    /// An endless page for what the server sends, a POST for what the client sends. Some old clients have it; it is not
    /// an option of its own, but part of polling.
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

/// What becomes of a message that a client's outbox has no room for, and of the client.
///
/// Volatile messages are dropped in any case, as soon as they would have to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// The client is taken to be unable to keep up, and closed with
    /// [`CloseReason::SlowConsumer`](crate::engine::CloseReason::SlowConsumer): it misses nothing without knowing.
    #[default]
    Close,
    /// The message is dropped and the client stays: for programs whose next message makes up for a lost one, such as prices or positions.
    ///
    /// Acknowledgements and the packets of the protocol are not dropped: for them the outbox holds twice as much, and the client is closed
    /// when that is full too. While more waits than the bounds allow, the client is not read.
    DropNewest,
}
