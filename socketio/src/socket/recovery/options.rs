//! The options of connection state recovery.

use std::time::Duration;

use crate::adapter::LogLimits;
use crate::bounds;
use crate::error::Error;

/// Options of connection state recovery: [`Server::recovery`](crate::Server::recovery).
///
/// They are those of `connectionStateRecovery` of the Node server, with bounds on what is kept.
///
/// ```
/// use std::time::Duration;
///
/// use socketio::prelude::*;
/// use socketio::Recovery;
///
/// let server = Server::new().recovery(Recovery::default().max_disconnection(Duration::from_secs(30)));
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is given to `Server::recovery`"]
pub struct Recovery {
    pub(super) max_disconnection: Duration,
    pub(super) max_events: usize,
    pub(super) max_bytes: usize,
    pub(super) max_sessions: usize,
    pub(super) skip_middleware: bool,
}

impl Default for Recovery {
    fn default() -> Self {
        Self {
            max_disconnection: Duration::from_secs(120),
            max_events: 10_000,
            max_bytes: 16 * 1024 * 1024,
            max_sessions: 10_000,
            skip_middleware: true,
        }
    }
}

impl Recovery {
    /// How long a session and the events that it may have missed are kept. Default 2 minutes; from 1 ms to 1 day. A client that comes back
    /// later gets a new session.
    pub fn max_disconnection(mut self, time: Duration) -> Self {
        self.max_disconnection = time;
        self
    }

    /// How many events of one namespace are kept. Default 10,000; at least 1. Past it the oldest is dropped, and a client that has missed
    /// that event gets a new session.
    pub fn max_events(mut self, events: usize) -> Self {
        self.max_events = events;
        self
    }

    /// How many bytes of events of one namespace are kept, with about 150 for each event besides its text and attachments. Default 16 MiB;
    /// at least 64 KiB. Past it the oldest event is dropped, as by [`max_events`](Self::max_events).
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// How many sessions without a connection are kept, in all namespaces together. Default 10,000; at least 1. Past it the oldest is
    /// dropped, and its client gets a new session. A session holds the names of its rooms, its grants and the values of
    /// [`Session`](crate::Session).
    pub fn max_sessions(mut self, sessions: usize) -> Self {
        self.max_sessions = sessions;
        self
    }

    /// Whether [`Middleware::connect`](crate::Middleware::connect) is left out for a recovered session, as its client has passed it before.
    /// Default `true`. `on_connect` runs in any case.
    pub fn skip_middleware(mut self, skip: bool) -> Self {
        self.skip_middleware = skip;
        self
    }

    /// Fails for the first value that is out of its bounds.
    pub(crate) fn check(&self) -> Result<(), Error> {
        bounds::time("max_disconnection", self.max_disconnection)?;
        bounds::number("max_events", self.max_events, 1, usize::MAX)?;
        bounds::number("max_bytes", self.max_bytes, 64 * 1024, usize::MAX)?;
        bounds::number("max_sessions", self.max_sessions, 1, usize::MAX)
    }

    pub(super) fn log(&self) -> LogLimits {
        LogLimits { events: self.max_events, bytes: self.max_bytes, age: self.max_disconnection }
    }
}
