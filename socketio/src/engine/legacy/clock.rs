//! The one timer of an old session: heartbeats while it streams, the close timeout while it polls. It sends nothing.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::time::{Instant, Sleep, sleep};

use super::{LegacyOptions, line::Presence};

/// What the clock says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Send a heartbeat. `first`: all earlier heartbeats are answered, so the timeout begins with this one.
    Heartbeat { first: bool },
    /// The first unanswered heartbeat is older than the heartbeat timeout.
    Timeout,
    /// The client has not come back to poll.
    Gone,
}

/// See the module.
pub(super) struct Clock {
    sleep: Pin<Box<Sleep>>,
    /// When the next heartbeat is due. It does not depend on the client's answers: a client of 0.9 closes its transport
    /// if the server has sent nothing for the heartbeat timeout.
    next: Instant,
    /// Until when the first unanswered heartbeat must be answered.
    awaited: Option<Instant>,
}

impl Clock {
    pub(super) fn new(options: &LegacyOptions) -> Self {
        let now = Instant::now();
        Self {
            sleep: Box::pin(sleep(options.heartbeat_interval)),
            next: now + options.heartbeat_interval,
            awaited: None,
        }
    }

    /// A transport has taken over.
    pub(super) fn restart(&mut self, options: &LegacyOptions) {
        let now = Instant::now();
        (self.next, self.awaited) = (now + options.heartbeat_interval, None);
        // Looks at the new situation at once.
        self.sleep.as_mut().reset(now);
    }

    /// A packet has come. Any is as good a sign of life as a heartbeat.
    pub(super) fn packet(&mut self) {
        self.awaited = None;
    }

    /// After [`Beat::Timeout`]: waits once more.
    pub(super) fn prolong(&mut self, options: &LegacyOptions) {
        self.awaited = Some(Instant::now() + options.heartbeat_timeout);
    }

    /// While a stream is open.
    pub(super) fn poll_stream(&mut self, options: &LegacyOptions, cx: &mut Context<'_>) -> Poll<Beat> {
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            let now = Instant::now();
            if self.awaited.is_some_and(|until| until <= now) {
                return Poll::Ready(Beat::Timeout);
            }
            if self.next <= now {
                self.next = now + options.heartbeat_interval;
                let first = self.awaited.is_none();
                self.awaited.get_or_insert(now + options.heartbeat_timeout);
                return Poll::Ready(Beat::Heartbeat { first });
            }
            self.sleep.as_mut().reset(self.awaited.map_or(self.next, |until| until.min(self.next)));
        }
    }

    /// While the client polls. It is asked where it is only when it could be gone: polls do not touch the timer.
    pub(super) fn poll_polling(
        &mut self,
        options: &LegacyOptions,
        presence: impl Fn() -> Presence,
        cx: &mut Context<'_>,
    ) -> Poll<Beat> {
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            let now = Instant::now();
            let due = match presence() {
                Presence::Held => now + options.close_timeout,
                Presence::Since(since) if since + options.close_timeout <= now => return Poll::Ready(Beat::Gone),
                Presence::Since(since) => since + options.close_timeout,
            };
            self.sleep.as_mut().reset(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, time::Duration};

    use super::*;

    /// What comes next, and how many seconds after `begin`.
    async fn next(clock: &mut Clock, begin: Instant) -> (Beat, u64) {
        let beat = poll_fn(|cx| clock.poll_stream(&LegacyOptions::default(), cx)).await;
        (beat, (begin.elapsed().as_millis() as u64 + 500) / 1000)
    }

    const fn heartbeat(first: bool) -> Beat {
        Beat::Heartbeat { first }
    }

    #[tokio::test(start_paused = true)]
    async fn heartbeats_come_every_interval_if_each_is_answered() {
        let begin = Instant::now();
        let mut clock = Clock::new(&LegacyOptions::default());
        for seconds in [25, 50, 75, 100] {
            assert_eq!(next(&mut clock, begin).await, (heartbeat(true), seconds));
            clock.packet();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_timeout_counts_from_the_first_heartbeat_without_an_answer() {
        let begin = Instant::now();
        let mut clock = Clock::new(&LegacyOptions::default());
        for (seconds, first) in [(25, true), (50, false), (75, false)] {
            assert_eq!(next(&mut clock, begin).await, (heartbeat(first), seconds));
        }
        assert_eq!(next(&mut clock, begin).await, (Beat::Timeout, 85));
        // The client is not read, so its answer may be there: it is sent heartbeats all the same, or it would give up.
        clock.prolong(&LegacyOptions::default());
        assert_eq!(next(&mut clock, begin).await, (heartbeat(false), 100));
        clock.packet();
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(next(&mut clock, begin).await, (heartbeat(true), 125));
    }
}
