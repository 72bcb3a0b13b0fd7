//! The number and the bytes of one connection's unfinished events, in all of its namespaces and in those that it has just left.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Bytes counted for each event in addition to its packet: the row of the queue, and the allocations around it.
const OVERHEAD: usize = 256;

/// The counts that decide whether a client is read and whether a turn may begin.
///
/// Only the connection's task writes them, so that plain loads and stores replace atomic additions.
pub(crate) struct Load {
    max_running: usize,
    waiting: AtomicUsize,
    running: AtomicUsize,
    bytes: AtomicUsize,
    /// A turn has not begun because `max_running` others run.
    held_up: AtomicBool,
}

impl Load {
    pub(crate) fn new(max_running: usize) -> Self {
        let (waiting, running, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        Self { max_running, waiting, running, bytes, held_up: AtomicBool::new(false) }
    }

    /// The bytes counted for an event whose packet has so many bytes.
    pub(crate) fn cost(bytes: usize) -> usize {
        bytes.saturating_add(OVERHEAD)
    }

    /// Events whose turn has begun or waits.
    pub(crate) fn turns(&self) -> usize {
        self.waiting.load(Ordering::Relaxed) + self.running.load(Ordering::Relaxed)
    }

    /// The bytes of these events, and those of CONNECT payloads that `on_connect` is using.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether one more turn may run.
    pub(crate) fn has_room(&self) -> bool {
        self.running.load(Ordering::Relaxed) < self.max_running
    }

    pub(crate) fn hold_up(&self, held_up: bool) {
        self.held_up.store(held_up, Ordering::Relaxed);
    }

    pub(crate) fn is_held_up(&self) -> bool {
        self.held_up.load(Ordering::Relaxed)
    }

    pub(crate) fn add_waiting(&self, bytes: usize) {
        add(&self.waiting, 1);
        add(&self.bytes, bytes);
    }

    pub(crate) fn remove_waiting(&self, events: usize, bytes: usize) {
        remove(&self.waiting, events);
        remove(&self.bytes, bytes);
    }

    pub(crate) fn add_running(&self, bytes: usize) {
        add(&self.running, 1);
        add(&self.bytes, bytes);
    }

    pub(crate) fn remove_running(&self, turns: usize, bytes: usize) {
        remove(&self.running, turns);
        remove(&self.bytes, bytes);
    }

    pub(crate) fn add_bytes(&self, bytes: usize) {
        add(&self.bytes, bytes);
    }

    pub(crate) fn remove_bytes(&self, bytes: usize) {
        remove(&self.bytes, bytes);
    }
}

fn add(count: &AtomicUsize, more: usize) {
    count.store(count.load(Ordering::Relaxed).saturating_add(more), Ordering::Relaxed);
}

fn remove(count: &AtomicUsize, less: usize) {
    count.store(count.load(Ordering::Relaxed).saturating_sub(less), Ordering::Relaxed);
}
