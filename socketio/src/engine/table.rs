//! Which sessions exist. Exact look-ups by id; what a session is doing is in its `Shared`.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tokio::sync::Notify;

use super::{id::Id, refusal::Refusal, shared::Shared};

const SHARDS: usize = 16;

/// All sessions of one engine.
#[derive(Default)]
pub(super) struct Table {
    shards: [Mutex<HashMap<Id, Arc<Shared>>>; SHARDS],
    /// Sessions that exist or are being opened.
    seats: AtomicUsize,
    closed: AtomicBool,
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

    /// Room for one more session, kept until the seat is dropped.
    pub(super) fn take_seat(self: &Arc<Self>, max: usize) -> Result<Seat, Refusal> {
        let seat = Seat(Arc::clone(self));
        let taken = self.seats.fetch_add(1, Ordering::SeqCst);
        // Looked at after the seat is counted, so that one of `close` and this function sees the other.
        if self.is_closed() {
            return Err(Refusal::ShuttingDown);
        }
        if taken >= max { Err(Refusal::Full) } else { Ok(seat) }
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub(super) fn seats(&self) -> usize {
        self.seats.load(Ordering::SeqCst)
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

/// One session's place.
pub(super) struct Seat(Arc<Table>);

impl Drop for Seat {
    fn drop(&mut self) {
        if self.0.seats.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.empty.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn seats_are_bounded_and_given_back() {
        let table = Arc::new(Table::default());
        let first = table.take_seat(1).ok().unwrap();
        assert!(matches!(table.take_seat(1), Err(Refusal::Full)));
        assert_eq!(table.seats(), 1);
        let waiting = table.emptied();
        drop(first);
        waiting.await;
        table.close();
        assert!(matches!(table.take_seat(1), Err(Refusal::ShuttingDown)));
        assert_eq!(table.seats(), 0);
    }
}
