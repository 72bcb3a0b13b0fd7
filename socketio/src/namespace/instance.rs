//! Where the instance of a namespace type is kept while its turns run. Who may run when is the matter of `turns`.

use std::sync::Arc;

use tokio::sync::{RwLock, RwLockReadGuard};

/// One client's instance. It needs no lock until the first `async fn` runs, whose future owns its access.
pub(super) enum Held<N> {
    /// Always there: the option is for moving it into a lock.
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

    /// The instance beside futures that read it, too.
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

    /// The instance at its end, unless a future has access.
    pub(super) fn into_inner(self) -> Option<N> {
        match self {
            Self::Alone(instance) => instance,
            Self::Shared(lock) => Arc::into_inner(lock).map(RwLock::into_inner),
        }
    }
}
