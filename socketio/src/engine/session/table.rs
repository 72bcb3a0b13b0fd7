//! `Table`: the sessions of an engine by their ids, and how many there may be.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tokio::sync::Notify;

use crate::engine::error::CloseReason;
use crate::engine::id::{ById, Id};
use crate::engine::request::addresses::{Addresses, Share};
use crate::engine::session::pace::Pace;
use crate::engine::session::state::SessionState;

const SHARDS: usize = 16;

type Sessions = HashMap<Id, Arc<SessionState>, ById>;

/// All sessions of one engine.
#[derive(Default)]
pub(crate) struct Table {
    shards: [Mutex<Sessions>; SHARDS],
    /// Sessions that exist or are being opened.
    permits: AtomicUsize,
    addresses: Arc<Addresses>,
    pace: Pace,
    closed: AtomicBool,
    closing: Notify,
    empty: Notify,
}

impl Table {
    fn shard(&self, id: &Id) -> MutexGuard<'_, Sessions> {
        self.shards[id.shard() % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn insert(&self, session: &Arc<SessionState>) {
        self.shard(&session.id).insert(session.id, Arc::clone(session));
    }

    pub(crate) fn get(&self, id: &Id) -> Option<Arc<SessionState>> {
        self.shard(id).get(id).cloned()
    }

    pub(crate) fn remove(&self, id: &Id) {
        self.shard(id).remove(id);
    }

    /// All sessions. Those that are opened or end meanwhile may be missing.
    pub(crate) fn all(&self) -> Vec<Arc<SessionState>> {
        let lock = |shard: &Mutex<Sessions>| {
            shard.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect::<Vec<_>>()
        };
        self.shards.iter().flat_map(lock).collect()
    }

    /// Room for one more session of a client's address, if that is known, kept until the permit is dropped.
    pub(crate) fn reserve(self: &Arc<Self>, address: Option<IpAddr>, bounds: Bounds) -> Result<Permit, NoRoom> {
        if bounds.per_second.is_some_and(|per_second| !self.is_closed() && !self.pace.admit(per_second)) {
            return Err(NoRoom::TooFast);
        }
        let share = match address {
            Some(address) => Some(self.addresses.take(address, bounds.per_address).ok_or(NoRoom::TooManyOfAddress)?),
            None => None,
        };
        let permit = Permit { table: Arc::clone(self), _share: share };
        let taken = self.permits.fetch_add(1, Ordering::SeqCst);
        // Looked at after the permit is counted, so that one of `close` and this function sees the other.
        if self.is_closed() {
            return Err(NoRoom::ShuttingDown);
        }
        if taken >= bounds.sessions { Err(NoRoom::Full) } else { Ok(permit) }
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.closing.notify_waiters();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub(crate) fn permits(&self) -> usize {
        self.permits.load(Ordering::SeqCst)
    }

    /// Waits until the table is closed.
    pub(crate) async fn closing(&self) {
        loop {
            let closing = self.closing.notified();
            if self.is_closed() {
                return;
            }
            closing.await;
        }
    }

    /// Waits until no session is left.
    pub(crate) async fn emptied(&self) {
        loop {
            let empty = self.empty.notified();
            if self.permits() == 0 {
                return;
            }
            empty.await;
        }
    }
}

/// The entry of one session in the table, which its task owns. Dropping it removes the session from the table.
pub(crate) struct Entry {
    pub(crate) table: Arc<Table>,
    pub(crate) session: Arc<SessionState>,
    /// Dropped as soon as a shutdown need not wait for the session.
    pub(crate) permit: Option<Permit>,
}

impl Drop for Entry {
    /// Also when the application has panicked, so that nothing waits for the session for ever.
    fn drop(&mut self) {
        self.table.remove(&self.session.id);
        self.session.end(CloseReason::TransportError);
        self.session.detach();
    }
}

/// How many sessions there may be.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) sessions: usize,
    pub(crate) per_address: usize,
    /// How many may begin in a second, if that is bounded.
    pub(crate) per_second: Option<u32>,
}

/// Why there is no room for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// The engine is closed.
    ShuttingDown,
    /// As many sessions have begun in this second as may.
    TooFast,
    /// As many sessions exist as may.
    Full,
    /// As many sessions of the client's address exist as may.
    TooManyOfAddress,
}

/// The right to have one session, counted until it is dropped.
pub(crate) struct Permit {
    table: Arc<Table>,
    _share: Option<Share>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.table.permits.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.table.empty.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn permits_are_bounded_and_given_back() {
        let table = Arc::new(Table::default());
        let address = Some(IpAddr::from([192, 0, 2, 1]));
        let one = Bounds { sessions: 1, per_address: 9, per_second: None };
        let first = table.reserve(address, one).ok().unwrap();
        assert!(matches!(table.reserve(address, one), Err(NoRoom::Full)));
        let of_address = Bounds { sessions: 9, per_address: 1, per_second: None };
        assert!(matches!(table.reserve(address, of_address), Err(NoRoom::TooManyOfAddress)));
        drop(table.reserve(None, of_address).ok().unwrap());
        assert_eq!(table.permits(), 1);
        let waiting = table.emptied();
        drop(first);
        waiting.await;
        table.close();
        assert!(matches!(table.reserve(address, one), Err(NoRoom::ShuttingDown)));
        assert_eq!(table.permits(), 0);
    }
}
