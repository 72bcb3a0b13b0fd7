//! The time limits of one HTTP connection, without a timer for each request: `engine::Stream` counts what is read and written, and the
//! connection's task checks the counters at an interval.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::{Doing, Options};

/// How long a client may take to send and to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    /// For the head of a request.
    pub(super) head: Duration,
    /// Between two requests.
    pub(super) keep_alive: Duration,
    /// For reading any of the bytes that are written.
    pub(super) write: Duration,
}

impl Timeouts {
    pub(super) const fn of(options: &Options) -> Self {
        Self { head: options.head_timeout, keep_alive: options.keep_alive_timeout, write: options.write_timeout }
    }

    /// The time between two checks. A limit that is exceeded is noticed within this time.
    pub(super) fn interval(&self) -> Duration {
        self.head.min(self.keep_alive).min(self.write)
    }

    fn limit(&self, doing: Doing) -> Option<Duration> {
        match doing {
            Doing::Answering => None,
            Doing::Receiving(_) => Some(self.head),
            Doing::Idle(_) => Some(self.keep_alive),
            Doing::Blocked(_) => Some(self.write),
        }
    }
}

/// Compares what the connection does at one check with the check before.
#[derive(Debug)]
pub(super) struct Watchdog {
    timeouts: Timeouts,
    last: Doing,
    since: Instant,
}

impl Watchdog {
    /// For a connection that has just been accepted.
    pub(super) fn new(timeouts: Timeouts) -> Self {
        Self { timeouts, last: Doing::Receiving(0), since: Instant::now() }
    }

    /// One check; `true` if the connection has done the same since an earlier check, for longer than the limit.
    pub(super) fn is_expired(&mut self, doing: Doing) -> bool {
        let now = Instant::now();
        if doing != self.last {
            (self.last, self.since) = (doing, now);
            return false;
        }
        self.timeouts.limit(doing).is_some_and(|limit| now.duration_since(self.since) >= limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUTS: Timeouts =
        Timeouts { head: Duration::from_secs(10), keep_alive: Duration::from_secs(60), write: Duration::from_secs(30) };

    #[tokio::test(start_paused = true)]
    async fn each_activity_has_its_limit_and_progress_begins_anew() {
        let mut watchdog = Watchdog::new(TIMEOUTS);
        let mut expired = async |doing| {
            tokio::time::advance(TIMEOUTS.interval()).await;
            watchdog.is_expired(doing)
        };
        assert!(expired(Doing::Receiving(0)).await, "nothing came since the connection was accepted");
        for _ in 0..9 {
            assert!(!expired(Doing::Answering).await, "an answer takes as long as it takes");
        }
        for requests in [2, 4] {
            for _ in 0..6 {
                assert!(!expired(Doing::Idle(requests)).await);
            }
        }
        assert!(expired(Doing::Idle(4)).await);
        assert!(!expired(Doing::Receiving(4)).await);
        assert!(expired(Doing::Receiving(4)).await);
        for written in 0..9 {
            assert!(!expired(Doing::Blocked(written)).await, "a slow client is not a stalled one");
        }
        assert!(!expired(Doing::Blocked(8)).await);
        assert!(!expired(Doing::Blocked(8)).await);
        assert!(expired(Doing::Blocked(8)).await);
    }
}
