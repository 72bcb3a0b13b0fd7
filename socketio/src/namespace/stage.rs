//! The stages of an instance, from `on_connect` to `on_disconnect`.

use super::instance::Held;
use super::refusal::Refusal;
use super::run::BoxFuture;
use crate::socket::DisconnectReason;

/// The stage of an instance.
pub(super) enum Stage<N> {
    /// `on_connect` is running.
    Connecting(BoxFuture<Result<N, Refusal>>),
    /// Turns may begin.
    Open(Held<N>),
    /// `on_disconnect` is running.
    Farewell(BoxFuture<()>),
    /// The instance was consumed or never built, and the socket has left all rooms.
    Over,
}

/// Set when the client has left: the reason, and the deadline of what still runs.
pub(super) struct Leaving {
    pub(super) reason: DisconnectReason,
    // Made with the first wait.
    pub(super) deadline: Option<BoxFuture<()>>,
}

impl Leaving {
    pub(super) fn new(reason: DisconnectReason) -> Self {
        Self { reason, deadline: None }
    }

    /// Whether the server has disconnected the client.
    pub(super) fn is_by_server(&self) -> bool {
        matches!(self.reason, DisconnectReason::ServerDisconnected | DisconnectReason::Panicked)
    }
}
