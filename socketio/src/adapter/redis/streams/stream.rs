//! One stream: its queue of entries to be added, and the own broadcasts that wait for theirs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::entry::NewEntry;
use super::id::EntryId;
use super::ledger::{Ledger, Own};
use super::writer::{Item, Writer};
use crate::adapter::cluster::{Queue, QueueLimits};
use crate::adapter::{Action, AdapterError};

/// A stream that namespaces of this node are written to and that is read.
pub(super) struct Stream {
    pub(super) name: Arc<str>,
    pub(super) queue: Queue<Writer>,
    ledger: Mutex<Ledger>,
    /// The last entry that was delivered, or that the stream had at the start.
    position: Mutex<Option<EntryId>>,
    /// Wakes the reader: a broadcast waits, which it does not know of.
    wake: Arc<Notify>,
}

impl Stream {
    pub(super) fn new(name: Arc<str>, writer: Writer, limits: QueueLimits, wake: Arc<Notify>) -> Self {
        Self {
            name,
            queue: Queue::new(Arc::new(writer), limits),
            ledger: Mutex::default(),
            position: Mutex::default(),
            wake,
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last entry that was delivered, or that the stream had at the start. `None` if there was none.
    pub(super) fn position(&self) -> Option<EntryId> {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_position(&self, id: EntryId) {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = Some(id);
    }

    /// Queues an entry. With `waiting`, the action is delivered to the own clients when the entry is met in the stream, or when it is due.
    ///
    /// # Errors
    /// [`AdapterError::Full`]: the entry is not added, and `waiting` is not delivered.
    pub(super) fn publish(&self, entry: NewEntry, volatile: bool, waiting: Option<Action>) -> Result<(), AdapterError> {
        let size = entry.size();
        // Entries are queued in the order of their numbers.
        let mut ledger = self.ledger();
        let number = ledger.number();
        self.queue.push(Item { number, entry }, size, volatile)?;
        let wake = waiting.is_some_and(|action| ledger.wait(number, action));
        drop(ledger);
        if wake {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// When the first waiting broadcast is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.ledger().due()
    }

    pub(super) fn take_due(&self) -> Vec<Own> {
        self.ledger().take_due()
    }

    /// The entry of this number was met.
    pub(super) fn met(&self, number: u64) -> Vec<Own> {
        self.ledger().met(number)
    }
}
