//! The one timer of a session: when to ping, and when to give up waiting for the pong. It sends nothing itself.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep};

/// The runtime's timers go off up to this much late: they are rounded up, and so is the wait for the first of them.
const TICK: Duration = Duration::from_millis(2);

/// A ping that is later than this is late for other reasons, and the client is given its full time.
const LATE: Duration = Duration::from_millis(5);

/// See the module.
pub(super) struct Heartbeat {
    sleep: Pin<Box<Sleep>>,
    interval: Duration,
    timeout: Duration,
    awaiting: Option<Awaiting>,
    /// It is the client that pings: every packet restarts the clock, and its end is the end.
    listening: bool,
    /// Since when the clock stands still.
    paused: Option<Instant>,
}

/// A ping has been sent, and its pong has not come.
#[derive(Default)]
struct Awaiting {
    /// Another packet has come, which prolongs the wait once.
    prolonged: bool,
}

/// What the clock says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Send a ping.
    Ping,
    /// The pong has not come in time.
    Timeout,
}

impl Heartbeat {
    /// Begins with a full interval before the first ping.
    pub(super) fn new(interval: Duration, timeout: Duration) -> Self {
        Self { sleep: Box::pin(sleep(interval)), interval, timeout, awaiting: None, listening: false, paused: None }
    }

    /// For a client that pings by itself, and may be silent for `timeout`.
    pub(super) fn listening(timeout: Duration) -> Self {
        Self { listening: true, ..Self::new(timeout, timeout) }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Beat> {
        if self.paused.is_some() {
            return Poll::Pending;
        }
        ready!(self.sleep.as_mut().poll(cx));
        if self.awaiting.is_some() || self.listening {
            return Poll::Ready(Beat::Timeout);
        }
        self.awaiting = Some(Awaiting::default());
        // What this ping is late by, because timers are coarse, is not added to what the client was told.
        let late = Instant::now().saturating_duration_since(self.sleep.deadline()) + TICK;
        self.restart(self.timeout.saturating_sub(late.min(LATE)));
        Poll::Ready(Beat::Ping)
    }

    /// A pong. One that nobody waits for changes nothing.
    pub(super) fn pong(&mut self) {
        if self.listening {
            return self.packet();
        }
        if self.awaiting.take().is_some() {
            self.restart(self.interval);
        }
    }

    /// Any other packet. The first one while a pong is awaited shows that the client is busy sending, so the pong is
    /// given its time once more.
    pub(super) fn packet(&mut self) {
        if self.listening {
            return self.restart(self.timeout);
        }
        if let Some(awaiting) = &mut self.awaiting
            && !std::mem::replace(&mut awaiting.prolonged, true)
        {
            self.restart(self.timeout);
        }
    }

    /// After [`Beat::Timeout`]: waits once more.
    pub(super) fn prolong(&mut self) {
        self.restart(self.timeout);
    }

    /// Stops the clock, because we do not read what the client may have sent.
    pub(super) fn pause(&mut self) {
        self.paused.get_or_insert_with(Instant::now);
    }

    /// Lets the clock go on from where it stood.
    pub(super) fn resume(&mut self) {
        if let Some(since) = self.paused.take() {
            let deadline = self.sleep.deadline() + since.elapsed();
            self.sleep.as_mut().reset(deadline);
        }
    }

    fn restart(&mut self, after: Duration) {
        let now = Instant::now();
        self.sleep.as_mut().reset(now + after);
        if let Some(since) = &mut self.paused {
            *since = now;
        }
    }

    /// From now on the timer is the deadline for closing.
    pub(super) fn set_deadline(&mut self, after: Duration) {
        self.paused = None;
        self.sleep.as_mut().reset(Instant::now() + after);
    }

    /// Whether the deadline has passed.
    pub(super) fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.sleep.as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::advance;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(25);
    const TIMEOUT: Duration = Duration::from_secs(20);
    const SECOND: Duration = Duration::from_secs(1);

    /// What comes next, and after how many seconds.
    async fn next(heartbeat: &mut Heartbeat) -> (Beat, u64) {
        let begin = Instant::now();
        let beat = poll_fn(|cx| heartbeat.poll(cx)).await;
        (beat, (begin.elapsed().as_millis() as u64 + 500) / 1000)
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_ping_comes_after_the_interval_and_the_timeout_after_it() {
        let mut heartbeat = Heartbeat::new(INTERVAL, TIMEOUT);
        assert_eq!(next(&mut heartbeat).await, (Beat::Ping, 25));
        assert_eq!(next(&mut heartbeat).await, (Beat::Timeout, 20));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pong_starts_the_next_interval() {
        let mut heartbeat = Heartbeat::new(INTERVAL, TIMEOUT);
        next(&mut heartbeat).await;
        advance(5 * SECOND).await;
        heartbeat.pong();
        assert_eq!(next(&mut heartbeat).await, (Beat::Ping, 25));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pong_that_nobody_waits_for_is_ignored() {
        let mut heartbeat = Heartbeat::new(INTERVAL, TIMEOUT);
        advance(20 * SECOND).await;
        heartbeat.pong();
        assert_eq!(next(&mut heartbeat).await, (Beat::Ping, 5));
    }

    #[tokio::test(start_paused = true)]
    async fn other_packets_prolong_the_wait_once_for_each_ping() {
        let mut heartbeat = Heartbeat::new(INTERVAL, TIMEOUT);
        heartbeat.packet();
        assert_eq!(next(&mut heartbeat).await, (Beat::Ping, 25));
        advance(15 * SECOND).await;
        heartbeat.packet();
        advance(15 * SECOND).await;
        heartbeat.packet();
        assert_eq!(next(&mut heartbeat).await, (Beat::Timeout, 5));
    }

    #[tokio::test(start_paused = true)]
    async fn who_pings_may_be_silent_for_a_while() {
        let mut heartbeat = Heartbeat::listening(INTERVAL + TIMEOUT);
        advance(30 * SECOND).await;
        heartbeat.packet();
        advance(30 * SECOND).await;
        heartbeat.pong();
        assert_eq!(next(&mut heartbeat).await, (Beat::Timeout, 45));
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_we_do_not_read_does_not_count() {
        let mut heartbeat = Heartbeat::new(INTERVAL, TIMEOUT);
        next(&mut heartbeat).await;
        advance(15 * SECOND).await;
        heartbeat.pause();
        advance(1000 * SECOND).await;
        heartbeat.pause();
        heartbeat.resume();
        assert_eq!(next(&mut heartbeat).await, (Beat::Timeout, 5));
    }
}
