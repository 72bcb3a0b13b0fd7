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

use crate::engine::{
    error::CloseReason,
    id::Id,
    request::addresses::{Addresses, Share},
    session::state::Shared,
};

const SHARDS: usize = 16;

/// All sessions of one engine.
#[derive(Default)]
pub(crate) struct Table {
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

    pub(crate) fn insert(&self, session: &Arc<Shared>) {
        self.shard(&session.id).insert(session.id, Arc::clone(session));
    }

    pub(crate) fn get(&self, id: &Id) -> Option<Arc<Shared>> {
        self.shard(id).get(id).cloned()
    }

    pub(crate) fn remove(&self, id: &Id) {
        self.shard(id).remove(id);
    }

    /// Everybody, as of about now.
    pub(crate) fn all(&self) -> Vec<Arc<Shared>> {
        let lock = |shard: &Mutex<HashMap<Id, Arc<Shared>>>| {
            shard.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect::<Vec<_>>()
        };
        self.shards.iter().flat_map(lock).collect()
    }

    /// Room for one more session of a client's address, if that is known, kept until the seat is dropped.
    pub(crate) fn take_seat(self: &Arc<Self>, address: Option<IpAddr>, bounds: Bounds) -> Result<Seat, NoSeat> {
        let share = match address {
            Some(address) => Some(self.addresses.take(address, bounds.per_address).ok_or(NoSeat::TooManyOfAddress)?),
            None => None,
        };
        let seat = Seat { table: Arc::clone(self), _share: share };
        let taken = self.seats.fetch_add(1, Ordering::SeqCst);
        // Looked at after the seat is counted, so that one of `close` and this function sees the other.
        if self.is_closed() {
            return Err(NoSeat::ShuttingDown);
        }
        if taken >= bounds.sessions { Err(NoSeat::Full) } else { Ok(seat) }
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.closing.notify_waiters();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub(crate) fn seats(&self) -> usize {
        self.seats.load(Ordering::SeqCst)
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
            if self.seats() == 0 {
                return;
            }
            empty.await;
        }
    }
}

/// What a session's task needs to know of its engine.
pub(crate) struct Place {
    pub(crate) table: Arc<Table>,
    pub(crate) shared: Arc<Shared>,
    /// Kept until nothing remains that a shutdown has to wait for.
    pub(crate) seat: Option<Seat>,
}

impl Drop for Place {
    /// Also when the application has panicked: nobody goes on waiting for this session.
    fn drop(&mut self) {
        self.table.remove(&self.shared.id);
        self.shared.end(CloseReason::TransportError);
        self.shared.detach();
    }
}

/// How many sessions there may be.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) sessions: usize,
    pub(crate) per_address: usize,
}

/// Why there is no room for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSeat {
    /// The engine is closed.
    ShuttingDown,
    /// As many sessions exist as may.
    Full,
    /// As many sessions of the client's address exist as may.
    TooManyOfAddress,
}

/// One session's place.
pub(crate) struct Seat {
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
        assert!(matches!(table.take_seat(address, one), Err(NoSeat::Full)));
        let of_address = Bounds { sessions: 9, per_address: 1 };
        assert!(matches!(table.take_seat(address, of_address), Err(NoSeat::TooManyOfAddress)));
        drop(table.take_seat(None, of_address).ok().unwrap());
        assert_eq!(table.seats(), 1);
        let waiting = table.emptied();
        drop(first);
        waiting.await;
        table.close();
        assert!(matches!(table.take_seat(address, one), Err(NoSeat::ShuttingDown)));
        assert_eq!(table.seats(), 0);
    }
}
