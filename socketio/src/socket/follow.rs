//! What the adapter learns of this node: the namespaces and rooms that open and close here. And the wait until other nodes are heard in them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use crate::adapter::{Adapter, BoxFuture, RoomChange};
use crate::log::warn_rarely;

/// How long an acknowledgement waits for the adapter, at most.
const SETTLE: Duration = Duration::from_secs(1);

/// The namespaces of patterns that the adapter has opened. One path may be open twice for a moment, because a namespace that is dropped and
/// its successor overlap.
#[derive(Default)]
pub(super) struct OpenPaths(Mutex<HashMap<Arc<str>, usize>>);

impl OpenPaths {
    // The adapter is called under the lock, which nothing else uses, so that its calls for one path alternate.
    fn open(&self, path: &Arc<str>, adapter: &dyn Adapter) {
        let mut paths = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = paths.entry(path.clone()).or_insert(0);
        *open += 1;
        if *open == 1 {
            adapter.open_namespace(path);
        }
    }

    fn close(&self, path: &Arc<str>, adapter: &dyn Adapter) {
        let mut paths = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Entry::Occupied(mut open) = paths.entry(path.clone()) else { return };
        *open.get_mut() -= 1;
        if *open.get() == 0 {
            open.remove();
            adapter.close_namespace(path);
        }
    }
}

/// The part of a namespace that calls the adapter; only with an adapter.
pub(super) struct Follower {
    path: Arc<str>,
    adapter: Arc<dyn Adapter>,
    /// For the namespaces of patterns, which are closed when they are dropped.
    closes: Option<Arc<OpenPaths>>,
    /// Held while the adapter is told of rooms, so that it learns of the changes in their order, and so that a call which has changed a room
    /// returns after the adapter was told. Not the lock of the members: what is sent meanwhile does not wait.
    reporting: Mutex<()>,
}

impl Follower {
    /// Opens a namespace at the adapter. `closes` is given for namespaces of patterns.
    pub(super) fn open(path: &Arc<str>, adapter: Arc<dyn Adapter>, closes: Option<Arc<OpenPaths>>) -> Self {
        match &closes {
            Some(paths) => paths.open(path, &*adapter),
            None => adapter.open_namespace(path),
        }
        Self { path: path.clone(), adapter, closes, reporting: Mutex::new(()) }
    }

    /// Tells the adapter which rooms have opened and closed since the last call.
    pub(super) fn report(&self, changes: impl FnOnce() -> Vec<RoomChange>) {
        let _order = self.reporting.lock().unwrap_or_else(PoisonError::into_inner);
        for (room, open) in changes() {
            if open { self.adapter.open_room(&self.path, &room) } else { self.adapter.close_room(&self.path, &room) }
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if let Some(paths) = &self.closes {
            paths.close(&self.path, &*self.adapter);
        }
    }
}

/// A future that is done when the adapter hears other nodes in all rooms that were joined before, or after 1 s. `None` if it hears them now.
pub(super) fn settled(adapter: &dyn Adapter) -> Option<BoxFuture<'static, ()>> {
    let settled = adapter.settled()?;
    Some(Box::pin(async move {
        if timeout(SETTLE, settled).await.is_err() {
            warn_rarely!(
                "a room was joined, and the adapter does not hear it yet: the acknowledgement is sent without"
            );
        }
    }))
}
