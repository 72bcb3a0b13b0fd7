//! One client's instance of a namespace type: what the floor above calls, and where the instance is while its turns run. `turns` decides
//! which turn may run.

use std::sync::Arc;
use std::task::{Context as Task, Poll};

use tokio::sync::{RwLock, RwLockReadGuard};

use super::call::Arguments;
use crate::packet::Packet;
use crate::socket::DisconnectReason;

/// One client's instance of a namespace, without its type.
pub(crate) trait Instance: Send {
    /// Handles an event: runs its handler now, or queues the event.
    fn event(&mut self, name: &str, arguments: &Arguments, id: Option<u64>);

    /// Whether the middlewares let a packet pass that is no event; `what` is its `cx.event()`.
    fn admits(&mut self, what: &'static str, packet: &Packet) -> bool;

    /// Polls what is running. Ready when nothing is running.
    fn poll(&mut self, task: &mut Task<'_>) -> Poll<()>;

    /// Begins the disconnection, by the client or by the server. Only the first call has an effect.
    fn close(&mut self, reason: DisconnectReason);

    /// Whether the instance was consumed and the socket has left the namespace.
    fn is_over(&self) -> bool;
}

/// One client's instance. A lock is made only when the first `async fn` runs, because its future owns its access to the
/// instance.
pub(super) enum Held<N> {
    /// Always `Some`; the `Option` lets `share` move the instance into a lock.
    Alone(Option<N>),
    Shared(Arc<RwLock<N>>),
}

impl<N> Held<N> {
    pub(super) fn new(instance: N) -> Self {
        Self::Alone(Some(instance))
    }

    /// The instance, unless a future has access.
    pub(super) fn get_mut(&mut self) -> Option<&mut N> {
        match self {
            Self::Alone(instance) => instance.as_mut(),
            Self::Shared(lock) => Arc::get_mut(lock).map(RwLock::get_mut),
        }
    }

    /// Read access, also while futures of `&self` handlers have read access.
    pub(super) fn try_read(&self) -> Option<RwLockReadGuard<'_, N>> {
        match self {
            Self::Alone(_) => None,
            Self::Shared(lock) => lock.try_read().ok(),
        }
    }

    /// The lock, for a future.
    pub(super) fn share(&mut self) -> Option<Arc<RwLock<N>>> {
        if let Self::Alone(instance) = self {
            *self = Self::Shared(Arc::new(RwLock::new(instance.take()?)));
        }
        match self {
            Self::Alone(_) => None,
            Self::Shared(lock) => Some(lock.clone()),
        }
    }

    /// Takes the instance out, unless a future has access.
    pub(super) fn into_inner(self) -> Option<N> {
        match self {
            Self::Alone(instance) => instance,
            Self::Shared(lock) => Arc::into_inner(lock).map(RwLock::into_inner),
        }
    }
}
