//! `Heartbeat`: the one timer of a session. It says when a ping, a pong or the deadline of the application is due, and sends nothing itself.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep};

use crate::engine::protocol::common::Pings;

/// How late tokio's timers are at most: both the deadline and the wait for the first deadline are rounded up to milliseconds.
const TICK: Duration = Duration::from_millis(2);

/// The lateness of a ping up to which the client's timeout is shortened by it. A ping that is later is late because the machine is busy, and
/// the client gets its full timeout.
const LATE: Duration = Duration::from_millis(5);

/// How often a connection that is not being read is checked.
const CHECK: Duration = Duration::from_secs(1);

/// See the module.
pub(crate) struct Heartbeat {
    sleep: Pin<Box<Sleep>>,
    /// The runtime wakes the task when `sleep` has elapsed: it was polled since it was set.
    registered: bool,
    /// When the next ping is due; while a pong is awaited, when the pong is.
    due: Instant,
    /// When the last ping was sent.
    pinged: Instant,
    pings: Pings,
    awaiting: Option<Awaiting>,
    /// When the session stopped reading. Until it reads again no pong counts as missing, because it may have arrived.
    paused: Option<Instant>,
    /// When the connection is checked next. It outlasts the pause, so that short pauses do not set the timer.
    check: Option<Instant>,
}

/// A ping was sent, and its pong has not arrived.
#[derive(Default)]
struct Awaiting {
    /// Another packet has arrived, which restarts the timeout once.
    prolonged: bool,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Send a ping.
    Ping,
    /// The pong did not arrive in time.
    Timeout,
    /// A client that polls may have been absent too long: see [`Heartbeat::is_too_long`].
    Absent,
    /// The session has not read for a second: check whether the client has closed the connection.
    ConnectionCheck,
    /// The deadline of the application has passed.
    Deadline,
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
            check: None,
        }
    }

    /// The transport has changed. If that changes who pings, the timer starts again.
    pub(crate) fn change(&mut self, pings: Pings) {
        if let Pings::Heartbeats { .. } | Pings::Polls { .. } = pings {
            let now = Instant::now();
            (self.pings, self.awaiting, self.pinged) = (pings, None, now);
            self.due = now + first(pings);
        }
    }

    /// Waits for what is due next. `call` is the deadline of the application.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, call: Option<Instant>) -> Poll<Due> {
        loop {
            let due = match self.awaiting {
                // The timeout is stopped, but pings go on: the client closes a connection on which it receives none, and only
                // a write shows that the connection is broken.
                Some(_) if self.paused.is_some() => self.pinged + self.between_pings(),
                _ => self.due,
            };
            self.set(earliest(self.check, call).map_or(due, |other| other.min(due)));
            ready!(self.poll_sleep(cx));
            let now = Instant::now();
            if due <= now {
                return Poll::Ready(self.at_due(now));
            }
            if self.check.is_none_or(|check| check > now) {
                return Poll::Ready(Due::Deadline);
            }
            self.check = self.paused.map(|_| now + CHECK);
            if self.check.is_some() {
                return Poll::Ready(Due::ConnectionCheck);
            }
        }
    }

    /// What is due when `due` has passed.
    fn at_due(&mut self, now: Instant) -> Due {
        match self.pings {
            Pings::Client { .. } if self.paused.is_none() => return Due::Timeout,
            Pings::Client { .. } => {
                // A ping of the client may be among the bytes that were not read.
                self.restart(self.timeout());
                return Due::ConnectionCheck;
            }
            Pings::Polls { .. } => return Due::Absent,
            Pings::Server { .. } | Pings::Heartbeats { .. } => {}
        }
        if self.awaiting.is_none() {
            self.awaiting = Some(Awaiting::default());
            // The lateness of tokio's timers is subtracted, so that the client has the timeout of the handshake and no more.
            let late = now.saturating_duration_since(self.due) + TICK;
            self.restart(self.timeout().saturating_sub(late.min(LATE)));
        } else if self.paused.is_none() {
            return Due::Timeout;
        }
        self.pinged = now;
        Due::Ping
    }

    /// Sets the timer to `deadline`.
    fn set(&mut self, deadline: Instant) {
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
            self.registered = false;
        }
    }

    /// Polls the timer only once for each deadline: tokio keeps the waker, and the waker of a task does not change. A session runs for
    /// each message, and a poll of the timer would cost as much as writing a frame.
    fn poll_sleep(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.registered && !self.sleep.is_elapsed() {
            return Poll::Pending;
        }
        self.registered = true;
        self.sleep.as_mut().poll(cx)
    }

    /// When the awaited pong must have arrived; `None` if no pong is awaited, or while the timeout is stopped.
    pub(crate) fn pong_until(&self) -> Option<Instant> {
        self.awaiting.as_ref().filter(|_| self.paused.is_none()).map(|_| self.due)
    }

    /// A pong arrived. If none is awaited it changes nothing.
    pub(crate) fn pong(&mut self) {
        let Pings::Server { interval, .. } = self.pings else { return self.packet() };
        if self.awaiting.take().is_some() {
            self.restart(interval);
        }
    }

    /// Another packet arrived. The first one while a pong is awaited restarts the timeout, because the pong may be queued behind other
    /// packets of the client.
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

    /// After [`Due::Absent`]: whether the client was absent longer than its timeout. If not, the timer is set to when it will be.
    pub(crate) fn is_too_long(&mut self, absent: Duration) -> bool {
        self.due = Instant::now() + self.timeout().saturating_sub(absent);
        absent >= self.timeout()
    }

    /// After [`Due::Timeout`]: restarts the timeout.
    pub(crate) fn prolong(&mut self) {
        self.restart(self.timeout());
    }

    /// Stops the timeout, because the session does not read, and the pong may be among the bytes that were not read.
    pub(crate) fn pause(&mut self) {
        if self.paused.is_none() {
            let now = Instant::now();
            self.paused = Some(now);
            self.check.get_or_insert(now + CHECK);
        }
    }

    /// Continues the timeout where it was stopped.
    pub(crate) fn resume(&mut self) {
        if let Some(since) = self.paused.take()
            && self.awaiting.is_some()
        {
            self.due += since.elapsed();
        }
    }

    /// How long the client may take to answer, or may be silent.
    fn timeout(&self) -> Duration {
        match self.pings {
            Pings::Client { .. } => first(self.pings),
            Pings::Server { timeout, .. } | Pings::Heartbeats { timeout, .. } | Pings::Polls { timeout } => timeout,
        }
    }

    /// The time between two pings while the timeout is stopped.
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

    /// Makes the timer the deadline for closing.
    pub(crate) fn set_deadline(&mut self, after: Duration) {
        self.set(Instant::now() + after);
    }

    /// Whether the deadline has passed.
    pub(crate) fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_sleep(cx)
    }
}

/// The earlier of two times that may not be set.
pub(crate) fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// The time from the start to the first ping or timeout.
fn first(pings: Pings) -> Duration {
    match pings {
        Pings::Server { interval, .. } | Pings::Heartbeats { interval, .. } => interval,
        // Shortened by the lateness of timers, so that the client has the timeout of the handshake and no more.
        Pings::Client { timeout } => timeout - TICK.min(timeout / 2),
        Pings::Polls { timeout } => timeout,
    }
}

#[cfg(test)]
#[path = "heartbeat_tests.rs"]
mod tests;
