//! The one timer of a session: when to ping, when to give up waiting for the pong, and when the application wants to be
//! called. It sends nothing itself.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep};

use crate::engine::protocol::common::Pings;

/// The runtime's timers go off up to this much late: they are rounded up, and so is the wait for the first of them.
const TICK: Duration = Duration::from_millis(2);

/// A ping that is later than this is late for other reasons, and the client is given its full time.
const LATE: Duration = Duration::from_millis(5);

/// How often a connection that is not read is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// See the module.
pub(crate) struct Heartbeat {
    sleep: Pin<Box<Sleep>>,
    /// The runtime wakes the task when `sleep` has elapsed: it was polled since it was set.
    registered: bool,
    /// When the next ping is due, or else the pong.
    due: Instant,
    /// When the last ping was.
    pinged: Instant,
    pings: Pings,
    awaiting: Option<Awaiting>,
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
pub(crate) enum Beat {
    /// Send a ping.
    Ping,
    /// The pong has not come in time.
    Timeout,
    /// A client that polls may have been away too long: see [`Heartbeat::is_too_long`].
    Absent,
    /// We have not read for some time: see whether the client is there.
    Look,
    /// The application's deadline has passed.
    Call,
}

impl Heartbeat {
    /// Begins with a full interval before the first ping.
    pub(crate) fn new(pings: Pings) -> Self {
        let (now, first) = (Instant::now(), first(pings));
        Self {
            sleep: Box::pin(sleep(first)),
            registered: false,
            due: now + first,
            pinged: now,
            pings,
            awaiting: None,
            paused: None,
            look: None,
        }
    }

    /// The transport has changed. Where that changes who pings, the clock begins anew.
    pub(crate) fn change(&mut self, pings: Pings) {
        if let Pings::Heartbeats { .. } | Pings::Polls { .. } = pings {
            let now = Instant::now();
            (self.pings, self.awaiting, self.pinged) = (pings, None, now);
            self.due = now + first(pings);
        }
    }

    /// `call` is the application's deadline.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, call: Option<Instant>) -> Poll<Beat> {
        loop {
            let due = match self.awaiting {
                // The wait for the pong stands still. Pings do not: the client wants to hear from us, and writing is
                // how a connection is found to be broken.
                Some(_) if self.paused.is_some() => self.pinged + self.between_pings(),
                _ => self.due,
            };
            self.set([self.look, call].into_iter().flatten().fold(due, Instant::min));
            ready!(self.poll_sleep(cx));
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
        match self.pings {
            Pings::Client { .. } if self.paused.is_none() => return Beat::Timeout,
            Pings::Client { .. } => {
                // What the client may have said is still to be read.
                self.restart(self.timeout());
                return Beat::Look;
            }
            Pings::Polls { .. } => return Beat::Absent,
            Pings::Server { .. } | Pings::Heartbeats { .. } => {}
        }
        if self.awaiting.is_none() {
            self.awaiting = Some(Awaiting::default());
            // What this ping is late by, because timers are coarse, is not added to what the client was told.
            let late = now.saturating_duration_since(self.due) + TICK;
            self.restart(self.timeout().saturating_sub(late.min(LATE)));
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
            self.registered = false;
        }
    }

    /// Polls the timer, once for each time that it is set, because the waker of a task does not change.
    fn poll_sleep(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.registered && !self.sleep.is_elapsed() {
            return Poll::Pending;
        }
        self.registered = true;
        self.sleep.as_mut().poll(cx)
    }

    /// When the pong that is awaited must have come; `None` if none is, or while the clock stands still.
    pub(crate) fn pong_until(&self) -> Option<Instant> {
        self.awaiting.as_ref().filter(|_| self.paused.is_none()).map(|_| self.due)
    }

    /// A pong. One that nobody waits for changes nothing.
    pub(crate) fn pong(&mut self) {
        let Pings::Server { interval, .. } = self.pings else { return self.packet() };
        if self.awaiting.take().is_some() {
            self.restart(interval);
        }
    }

    /// Any other packet. The first one while a pong is awaited shows that the client is busy sending, so the pong is
    /// given its time once more.
    pub(crate) fn packet(&mut self) {
        match self.pings {
            Pings::Server { timeout, .. } => {
                if let Some(awaiting) = &mut self.awaiting
                    && !std::mem::replace(&mut awaiting.prolonged, true)
                {
                    self.restart(timeout);
                }
            }
            Pings::Client { .. } => self.restart(self.timeout()),
            Pings::Heartbeats { interval, .. } => {
                if self.awaiting.take().is_some() {
                    // As if it had been answered at once.
                    let passed = (self.pinged.elapsed().as_nanos() / interval.as_nanos().max(1)) as u32;
                    self.due = self.pinged + interval * (passed + 1);
                }
            }
            Pings::Polls { .. } => {}
        }
    }

    /// After [`Beat::Absent`]: whether the client has been away too long. If not, it is looked for again when that can be.
    pub(crate) fn is_too_long(&mut self, absent: Duration) -> bool {
        self.due = Instant::now() + self.timeout().saturating_sub(absent);
        absent >= self.timeout()
    }

    /// After [`Beat::Timeout`]: waits once more.
    pub(crate) fn prolong(&mut self) {
        self.restart(self.timeout());
    }

    /// Stops waiting for the pong, because we do not read what the client may have sent.
    pub(crate) fn pause(&mut self) {
        if self.paused.is_none() {
            let now = Instant::now();
            self.paused = Some(now);
            self.look.get_or_insert(now + LOOK);
        }
    }

    /// Lets the wait go on from where it stood.
    pub(crate) fn resume(&mut self) {
        if let Some(since) = self.paused.take()
            && self.awaiting.is_some()
        {
            self.due += since.elapsed();
        }
    }

    /// How long the client may take to answer, or to be heard of.
    fn timeout(&self) -> Duration {
        match self.pings {
            Pings::Client { .. } => first(self.pings),
            Pings::Server { timeout, .. } | Pings::Heartbeats { timeout, .. } | Pings::Polls { timeout } => timeout,
        }
    }

    /// The time between two pings whose answers are not waited for.
    fn between_pings(&self) -> Duration {
        match self.pings {
            Pings::Server { interval, timeout } => interval.max(timeout),
            Pings::Heartbeats { interval, .. } => interval,
            Pings::Client { timeout } | Pings::Polls { timeout } => timeout,
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
    pub(crate) fn set_deadline(&mut self, after: Duration) {
        self.set(Instant::now() + after);
    }

    /// Whether the deadline has passed.
    pub(crate) fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_sleep(cx)
    }
}

/// When something is due for the first time.
fn first(pings: Pings) -> Duration {
    match pings {
        Pings::Server { interval, .. } | Pings::Heartbeats { interval, .. } => interval,
        // Timers are late, and a client is given no more time than it was told.
        Pings::Client { timeout } => timeout - TICK.min(timeout / 2),
        Pings::Polls { timeout } => timeout,
    }
}

#[cfg(test)]
#[path = "heartbeat_tests.rs"]
mod tests;
