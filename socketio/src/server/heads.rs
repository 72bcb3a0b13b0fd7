//! How long a client may take to send the head of a request, without a timer for each request: the HTTP server says when
//! it begins to wait for a head and when that wait is over, and whoever serves the connection looks now and then.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

/// Between two looks at a connection.
pub(super) const LOOK: Duration = Duration::from_secs(10);
/// So many looks, one after the other, may find a connection waiting for the same head.
const LOOKS: u32 = 3;
/// Nobody may take longer for a head than this and the rest of one `LOOK`.
pub(super) const HEAD_TIMEOUT: Duration = LOOK.saturating_mul(LOOKS);

/// The waits for heads on one connection. It is what the HTTP server takes for its timer: nothing else there is timed.
#[derive(Clone)]
pub(super) struct Heads {
    /// Moves on when a wait begins and when it ends: odd while there is one.
    waits: Arc<AtomicU32>,
    /// What the HTTP server takes for the time, which is not looked at.
    begun: Instant,
}

impl Heads {
    pub(super) fn new(begun: Instant) -> Self {
        Self { waits: Arc::default(), begun }
    }

    fn wait(&self) -> Pin<Box<dyn Sleep>> {
        self.waits.fetch_add(1, Ordering::Relaxed);
        Box::pin(Wait(Arc::clone(&self.waits)))
    }
}

impl Timer for Heads {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Sleep>> {
        self.wait()
    }

    fn sleep_until(&self, _: Instant) -> Pin<Box<dyn Sleep>> {
        self.wait()
    }

    fn now(&self) -> Instant {
        self.begun
    }
}

/// Lives as long as a head is waited for.
struct Wait(Arc<AtomicU32>);

impl Sleep for Wait {}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the looks have found.
pub(super) struct Looks {
    heads: Heads,
    last: u32,
    alike: u32,
}

impl Looks {
    /// Counts from the first head on.
    pub(super) fn new(heads: Heads) -> Self {
        Self { heads, last: 1, alike: 0 }
    }

    /// Looks; `true` if the client has had its time.
    pub(super) fn are_over(&mut self) -> bool {
        let now = self.heads.waits.load(Ordering::Relaxed);
        self.alike = if now == self.last && now % 2 == 1 { self.alike + 1 } else { 0 };
        self.last = now;
        self.alike >= LOOKS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_over_after_three_looks_and_another_begins_anew() {
        let heads = Heads::new(Instant::now());
        let mut looks = Looks::new(heads.clone());
        let mut look = |times: usize| (0..times).map(|_| looks.are_over()).collect::<Vec<_>>();
        let first = heads.wait();
        assert_eq!(look(2), [false, false]);
        drop(first);
        // A request is answered, for as long as that takes.
        assert_eq!(look(9), [false; 9]);
        let second = heads.wait();
        assert_eq!(look(1), [false], "the look that sees it for the first time");
        assert_eq!(look(2), [false, false]);
        assert_eq!(look(1), [true]);
        drop(second);
        assert_eq!(look(4), [false; 4]);
    }
}
