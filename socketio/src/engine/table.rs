//! Which sessions exist. Exact look-ups by id; what a session is doing is in its `Shared`.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tokio::sync::Notify;

use super::{
    addresses::{Addresses, Share},
    id::Id,
    refusal::Refusal,
    shared::Shared,
};

const SHARDS: usize = 16;

/// All sessions of one engine.
#[derive(Default)]
pub(super) struct Table {
    shards: [Mutex<HashMap<Id, Arc<Shared>>>; SHARDS],
    /// Sessions that exist or are being opened.
    seats: AtomicUsize,
    addresses: Arc<Addresses>,
    closed: AtomicBool,
    closing: Notify,
    empty: Notify,
}

impl Table {
    fn shard(&self, id: &Id) -> MutexGuard<'_, HashMap<Id, Arc<Shared>>> {
        self.shards[id.shard() % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn insert(&self, session: &Arc<Shared>) {
        self.shard(&session.id).insert(session.id, Arc::clone(session));
    }

    pub(super) fn get(&self, id: &Id) -> Option<Arc<Shared>> {
        self.shard(id).get(id).cloned()
    }

    pub(super) fn remove(&self, id: &Id) {
        self.shard(id).remove(id);
    }

    /// Everybody, as of about now.
    pub(super) fn all(&self) -> Vec<Arc<Shared>> {
        let lock = |shard: &Mutex<HashMap<Id, Arc<Shared>>>| {
            shard.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect::<Vec<_>>()
        };
        self.shards.iter().flat_map(lock).collect()
    }

    /// Room for one more session of a client's address, if that is known, kept until the seat is dropped.
    pub(super) fn take_seat(self: &Arc<Self>, address: Option<IpAddr>, bounds: Bounds) -> Result<Seat, Refusal> {
        let share = match address {
            Some(address) => Some(self.addresses.take(address, bounds.per_address).ok_or(Refusal::TooManyOfAddress)?),
            None => None,
        };
        let seat = Seat { table: Arc::clone(self), _share: share };
        let taken = self.seats.fetch_add(1, Ordering::SeqCst);
        // Looked at after the seat is counted, so that one of `close` and this function sees the other.
        if self.is_closed() {
            return Err(Refusal::ShuttingDown);
        }
        if taken >= bounds.sessions { Err(Refusal::Full) } else { Ok(seat) }
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.closing.notify_waiters();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub(super) fn seats(&self) -> usize {
        self.seats.load(Ordering::SeqCst)
    }

    /// Waits until the table is closed.
    pub(super) async fn closing(&self) {
        loop {
            let closing = self.closing.notified();
            if self.is_closed() {
                return;
            }
            closing.await;
        }
    }

    /// Waits until no session is left.
    pub(super) async fn emptied(&self) {
        loop {
            let empty = self.empty.notified();
            if self.seats() == 0 {
                return;
            }
            empty.await;
        }
    }
}

/// How many sessions there may be.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) sessions: usize,
    pub(super) per_address: usize,
}

/// One session's place.
pub(super) struct Seat {
    table: Arc<Table>,
    _share: Option<Share>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.table.seats.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.table.empty.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn seats_are_bounded_and_given_back() {
        let table = Arc::new(Table::default());
        let address = Some(IpAddr::from([192, 0, 2, 1]));
        let one = Bounds { sessions: 1, per_address: 9 };
        let first = table.take_seat(address, one).ok().unwrap();
        assert!(matches!(table.take_seat(address, one), Err(Refusal::Full)));
        let of_address = Bounds { sessions: 9, per_address: 1 };
        assert!(matches!(table.take_seat(address, of_address), Err(Refusal::TooManyOfAddress)));
        drop(table.take_seat(None, of_address).ok().unwrap());
        assert_eq!(table.seats(), 1);
        let waiting = table.emptied();
        drop(first);
        waiting.await;
        table.close();
        assert!(matches!(table.take_seat(address, one), Err(Refusal::ShuttingDown)));
        assert_eq!(table.seats(), 0);
    }
}
