//! The state of the connection to the other nodes.

/// How an adapter is doing: `handle.cluster().health()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Whether the broker, or what stands for it, is connected, and all subscriptions are in effect.
    pub connected: bool,
    /// The other nodes that are known to be alive, as far as the adapter knows them.
    pub nodes: usize,
    /// Messages that wait to be sent.
    pub queued: usize,
    /// The bytes of these messages.
    pub queued_bytes: usize,
    /// Messages that were dropped since the start, because the queue was full.
    pub dropped: u64,
    /// How many times the connection was lost since the start.
    pub reconnects: u64,
    /// Why the connection was lost last.
    pub last_error: Option<String>,
}
