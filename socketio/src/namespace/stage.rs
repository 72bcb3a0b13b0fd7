//! Where an instance is in its life.

use super::instance::Held;
use super::refusal::Refusal;
use super::run::BoxFuture;
use crate::socket::DisconnectReason;

/// Where an instance is in its life.
pub(super) enum Stage<N> {
    /// `on_connect` is running.
    Connecting(BoxFuture<Result<N, Refusal>>),
    /// Turns may begin.
    Open(Held<N>),
    /// `on_disconnect` is running.
    Farewell(BoxFuture<()>),
    /// There is no instance, and the socket has left all rooms.
    Over,
}

/// The client has left.
pub(super) struct Leaving {
    pub(super) reason: DisconnectReason,
    // Made when there is something to wait for.
    pub(super) deadline: Option<BoxFuture<()>>,
}

impl Leaving {
    pub(super) fn new(reason: DisconnectReason) -> Self {
        Self { reason, deadline: None }
    }

    /// Whether the client would have stayed.
    pub(super) fn is_by_server(&self) -> bool {
        matches!(self.reason, DisconnectReason::ServerDisconnected | DisconnectReason::Panicked)
    }
}
