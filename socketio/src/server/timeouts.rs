//! The time limits of one HTTP connection, without a timer for each request: `engine::Stream` counts what comes and goes,
//! and the connection's task looks at the counters now and then.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::{Doing, Options};

/// How long a client may take, where nothing else bounds it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    /// For the head of a request.
    pub(super) head: Duration,
    /// Between two requests.
    pub(super) keep_alive: Duration,
    /// For taking anything of what is written.
    pub(super) write: Duration,
}

impl Timeouts {
    pub(super) const fn of(options: &Options) -> Self {
        Self { head: options.head_timeout, keep_alive: options.keep_alive_timeout, write: options.write_timeout }
    }

    /// Between two looks. What exceeds a limit is found within this time, at the latest.
    pub(super) fn look(&self) -> Duration {
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

/// What the looks have found.
#[derive(Debug)]
pub(super) struct Looks {
    timeouts: Timeouts,
    last: Doing,
    since: Instant,
}

impl Looks {
    /// For a connection that was accepted now.
    pub(super) fn new(timeouts: Timeouts) -> Self {
        Self { timeouts, last: Doing::Receiving(0), since: Instant::now() }
    }

    /// Looks; `true` if the connection has been doing the same for as long as it may.
    pub(super) fn are_over(&mut self, doing: Doing) -> bool {
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
        let mut looks = Looks::new(TIMEOUTS);
        let mut look = async |doing| {
            tokio::time::advance(TIMEOUTS.look()).await;
            looks.are_over(doing)
        };
        assert!(look(Doing::Receiving(0)).await, "nothing came since the connection was accepted");
        for _ in 0..9 {
            assert!(!look(Doing::Answering).await, "an answer takes as long as it takes");
        }
        for requests in [2, 4] {
            for _ in 0..6 {
                assert!(!look(Doing::Idle(requests)).await);
            }
        }
        assert!(look(Doing::Idle(4)).await);
        assert!(!look(Doing::Receiving(4)).await);
        assert!(look(Doing::Receiving(4)).await);
        for written in 0..9 {
            assert!(!look(Doing::Blocked(written)).await, "a slow client is not a stalled one");
        }
        assert!(!look(Doing::Blocked(8)).await);
        assert!(!look(Doing::Blocked(8)).await);
        assert!(look(Doing::Blocked(8)).await);
    }
}
