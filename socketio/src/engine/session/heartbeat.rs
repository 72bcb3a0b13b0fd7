//! The one timer of a session: when to ping, when to give up waiting for the pong, and when the application wants to be
//! called. It sends nothing itself.

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

/// How often a connection that is not read is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// See the module.
pub(super) struct Heartbeat {
    sleep: Pin<Box<Sleep>>,
    /// When the next ping is due, or else the pong.
    due: Instant,
    /// When the last ping was.
    pinged: Instant,
    interval: Duration,
    timeout: Duration,
    awaiting: Option<Awaiting>,
    /// It is the client that pings: every packet restarts the clock, and its end is the end.
    listening: bool,
    /// Since when no pong can be missed, because we do not read.
    paused: Option<Instant>,
    /// When to look at the connection. It outlasts the pause, so that short pauses cost nothing.
    look: Option<Instant>,
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
    /// We have not read for some time: see whether the client is there.
    Look,
    /// The application's deadline has passed.
    Call,
}

impl Heartbeat {
    /// Begins with a full interval before the first ping.
    pub(super) fn new(interval: Duration, timeout: Duration) -> Self {
        let now = Instant::now();
        let (sleep, due) = (Box::pin(sleep(interval)), now + interval);
        Self { sleep, due, pinged: now, interval, timeout, awaiting: None, listening: false, paused: None, look: None }
    }

    /// For a client that pings by itself, and may be silent for `timeout`.
    pub(super) fn listening(timeout: Duration) -> Self {
        let timeout = timeout - TICK.min(timeout / 2);
        Self { listening: true, ..Self::new(timeout, timeout) }
    }

    /// `call` is the application's deadline.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, call: Option<Instant>) -> Poll<Beat> {
        loop {
            let due = match self.awaiting {
                // The wait for the pong stands still. Pings do not: the client wants to hear from us, and writing is
                // how a connection is found to be broken.
                Some(_) if self.paused.is_some() => self.pinged + self.interval.max(self.timeout),
                _ => self.due,
            };
            self.set([self.look, call].into_iter().flatten().fold(due, Instant::min));
            ready!(self.sleep.as_mut().poll(cx));
            let now = Instant::now();
            if due <= now {
                return Poll::Ready(self.beat(now));
            }
            if self.look.is_none_or(|look| look > now) {
                return Poll::Ready(Beat::Call);
            }
            self.look = self.paused.map(|_| now + LOOK);
            if self.look.is_some() {
                return Poll::Ready(Beat::Look);
            }
        }
    }

    /// Something is due.
    fn beat(&mut self, now: Instant) -> Beat {
        if self.listening {
            if self.paused.is_none() {
                return Beat::Timeout;
            }
            // What the client may have said is still to be read.
            self.restart(self.timeout);
            return Beat::Look;
        }
        if self.awaiting.is_none() {
            self.awaiting = Some(Awaiting::default());
            // What this ping is late by, because timers are coarse, is not added to what the client was told.
            let late = now.saturating_duration_since(self.due) + TICK;
            self.restart(self.timeout.saturating_sub(late.min(LATE)));
        } else if self.paused.is_none() {
            return Beat::Timeout;
        }
        self.pinged = now;
        Beat::Ping
    }

    /// Sets the timer, if it is not set so.
    fn set(&mut self, deadline: Instant) {
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
    }

    /// When the pong that is awaited must have come; `None` if none is, or while the clock stands still.
    pub(super) fn pong_until(&self) -> Option<Instant> {
        self.awaiting.as_ref().filter(|_| self.paused.is_none()).map(|_| self.due)
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

    /// Stops waiting for the pong, because we do not read what the client may have sent.
    pub(super) fn pause(&mut self) {
        if self.paused.is_none() {
            let now = Instant::now();
            self.paused = Some(now);
            self.look.get_or_insert(now + LOOK);
        }
    }

    /// Lets the wait go on from where it stood.
    pub(super) fn resume(&mut self) {
        if let Some(since) = self.paused.take()
            && self.awaiting.is_some()
        {
            self.due += since.elapsed();
        }
    }

    fn restart(&mut self, after: Duration) {
        let now = Instant::now();
        self.due = now + after;
        if let Some(since) = &mut self.paused {
            *since = now;
        }
    }

    /// From now on the timer is the deadline for closing.
    pub(super) fn set_deadline(&mut self, after: Duration) {
        self.set(Instant::now() + after);
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
        let beat = poll_fn(|cx| heartbeat.poll(cx, None)).await;
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
    async fn who_pings_gets_no_more_time_than_it_was_told() {
        let timeout = Duration::from_millis(500);
        let mut heartbeat = Heartbeat::listening(timeout);
        let begin = Instant::now();
        assert_eq!(next(&mut heartbeat).await.0, Beat::Timeout);
        let late = begin.elapsed();
        assert!((timeout - 2 * TICK..timeout).contains(&late), "{late:?}");
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

    #[tokio::test(start_paused = true)]
    async fn while_we_do_not_read_the_client_is_pinged_and_looked_at() {
        let mut heartbeat = Heartbeat::new(INTERVAL, TIMEOUT);
        heartbeat.pause();
        let (mut pings, mut looks) = (0, 0);
        for _ in 0..1000 {
            match next(&mut heartbeat).await {
                (Beat::Ping, _) => pings += 1,
                (Beat::Look, seconds) => {
                    assert!(seconds <= 1);
                    looks += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(looks > 900 && pings > 900 / 25, "{pings} {looks}");
        heartbeat.resume();
        // The last ping that was sent before counts, in full.
        let begin = Instant::now();
        assert_eq!(next(&mut heartbeat).await.0, Beat::Timeout);
        assert!(begin.elapsed() > TIMEOUT - SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn the_application_is_called_at_its_deadline() {
        let mut heartbeat = Heartbeat::new(INTERVAL, TIMEOUT);
        let begin = Instant::now();
        let mut call = async |after: u64| {
            let call = (after > 0).then(|| begin + after as u32 * SECOND);
            let beat = poll_fn(|cx| heartbeat.poll(cx, call)).await;
            (beat, (begin.elapsed().as_millis() as u64 + 500) / 1000)
        };
        assert_eq!(call(7).await, (Beat::Call, 7));
        assert_eq!(call(9).await, (Beat::Call, 9));
        assert_eq!(call(40).await, (Beat::Ping, 25));
        // An application that leaves its deadline in the past does not stop the clock.
        assert_eq!(call(9).await, (Beat::Call, 25));
        assert_eq!(call(0).await, (Beat::Timeout, 45));
    }
}
