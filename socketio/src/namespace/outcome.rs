//! How the turn of an event has ended, as `#[after]` and middleware see it.

use std::time::Duration;

use crate::error::Error;

/// How the turn of an event has ended: given to `#[after]` hooks, and to middleware when the turn is finished.
///
/// Every event that ends has an outcome, also if its handler was not called: if a `#[before]` hook, a grant, a context
/// or an argument refuses the event, the outcome has the error of that refusal.
///
/// ```
/// use socketio::prelude::*;
/// use socketio::{EventName, Outcome};
///
/// #[derive(Default)]
/// struct Jobs;
///
/// #[namespace("/jobs")]
/// impl Jobs {
///     fn on_run(&self, n: u8) -> Result<u8, Error> {
///         n.checked_add(1).ok_or(Error::new("too_large", "no room for one more"))
///     }
///
///     #[after]
///     fn seen(event: &EventName, outcome: &Outcome) {
///         let code = outcome.error().map(Error::code);
///         tracing::info!(%event, code, time = ?outcome.elapsed(), deferred = outcome.is_deferred());
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    error: Option<Error>,
    elapsed: Duration,
    deferred: bool,
}

impl Outcome {
    pub(super) fn new(error: Option<Error>, elapsed: Duration, deferred: bool) -> Self {
        Self { error, elapsed, deferred }
    }

    /// The error that the handler returned, or why the handler was not called; `None` after a success. Not mapped by
    /// `#[on_error]`.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// The time from the beginning of the turn to its end. Includes the time that an `async` handler waited, but not
    /// the time that the event waited for its turn.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Whether the client asked for an acknowledgement that has not been sent, because the handler keeps its [`Ack`](crate::Ack) for later.
    pub fn is_deferred(&self) -> bool {
        self.deferred
    }
}
