//! The budget of one run of a session's task: messages sent and bytes received, after which other tasks run. The number of packets in a run
//! is bounded as well, but a handler may send to thousands of clients for one packet, and a packet may be large.

use std::cell::Cell;

/// Messages sent in one run at most; a handler that has begun is not interrupted. Queueing this many takes some milliseconds. With a smaller
/// number, the broadcasts of one read are sent in several runs, and each recipient writes them with as many system calls: with 2,048, eight
/// broadcasts to 1,000 sockets cost 2.4 times as much as with this number (`benches compare --cells fanout-8`).
const MOST: usize = 8 * 1024;

/// Bytes received in one run at most: to read JSON of this size takes a few milliseconds.
pub(crate) const BYTES: usize = 256 * 1024;

thread_local! {
    static SENT: Cell<usize> = const { Cell::new(0) };
    static RECEIVED: Cell<usize> = const { Cell::new(0) };
}

/// Starts the budget of a run.
pub(crate) fn begin() {
    SENT.set(0);
    RECEIVED.set(0);
}

/// Counts a message of a client that is passed to the application.
pub(crate) fn received(bytes: usize) {
    RECEIVED.set(RECEIVED.get() + bytes);
}

/// How many messages this run has sent.
pub(crate) fn count() -> usize {
    SENT.get()
}

/// Counts a message that this thread has queued for any session.
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
