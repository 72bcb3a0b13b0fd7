//! How many messages one run of a session's task has sent, and how many bytes it has received. A batch of packets is bounded by the number of
//! packets; a handler may send to thousands of clients for one of them, and each may be large, so that both are counted too.

use std::cell::Cell;

/// Messages after which other sessions have their turn; a handler that has begun is not interrupted.
const MOST: usize = 2048;

/// Bytes received after which other sessions have their turn: to read JSON of this size takes some milliseconds at most.
pub(crate) const BYTES: usize = 256 * 1024;

thread_local! {
    static SENT: Cell<usize> = const { Cell::new(0) };
    static RECEIVED: Cell<usize> = const { Cell::new(0) };
}

/// A session's task begins to run.
pub(crate) fn begin() {
    SENT.set(0);
    RECEIVED.set(0);
}

/// A message of a client has been given to the application.
pub(crate) fn received(bytes: usize) {
    RECEIVED.set(RECEIVED.get() + bytes);
}

/// How many messages this run has sent.
pub(crate) fn count() -> usize {
    SENT.get()
}

/// A message has been put into some session's outbox by this thread.
pub(crate) fn sent() {
    SENT.set(SENT.get() + 1);
}

/// Whether the task should let other tasks run before it goes on.
pub(crate) fn is_enough() -> bool {
    SENT.get() >= MOST || RECEIVED.get() >= BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_over_after_its_messages() {
        begin();
        (1..MOST).for_each(|_| sent());
        assert!(!is_enough());
        sent();
        assert!(is_enough());
        begin();
        assert!(!is_enough());
        received(BYTES - 1);
        assert!(!is_enough());
        received(1);
        assert!(is_enough());
        begin();
        assert!(!is_enough());
    }
}
