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
    /// Send a heartbeat.
    Heartbeat,
    /// The heartbeat has not been answered.
    Timeout,
    /// The client has not come back to poll.
    Gone,
}

/// See the module.
pub(super) struct Clock {
    sleep: Pin<Box<Sleep>>,
    /// When the next heartbeat is due.
    next: Instant,
    /// Until when the last one must be answered.
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
    pub(super) fn packet(&mut self, options: &LegacyOptions) {
        if self.awaited.take().is_some() {
            self.next = Instant::now() + options.heartbeat_interval;
        }
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
            let due = match self.awaited {
                Some(until) if until <= now => return Poll::Ready(Beat::Timeout),
                Some(until) => until,
                None if self.next <= now => {
                    self.awaited = Some(now + options.heartbeat_timeout);
                    return Poll::Ready(Beat::Heartbeat);
                }
                None => self.next,
            };
            self.sleep.as_mut().reset(due);
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
