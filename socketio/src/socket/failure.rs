//! Maps errors with the `#[on_error]` of the namespace before they are logged and sent to the client.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::{Exit, Inner, Polled};
use crate::error::{Error, code, panic_text};

/// The name that tasks of `Socket::spawn` have in place of an event's name, in the log and for `#[on_error]`.
const SPAWNED: &str = "spawn";

impl Inner {
    /// Maps an error and logs it. Returns the error that the client may read and the `Exit` that `#[on_error]` has requested, which
    /// [`exit`](Self::exit) carries out after the answer is sent.
    pub(crate) fn report(self: &Arc<Self>, event: &str, error: Error) -> (Error, Exit) {
        let Some(on_error) = self.nsp.on_error else {
            self.log_failure(event, &error, None);
            return (error, Exit::None);
        };
        let polled = Polled::begin(self.owner());
        let mapped = catch_unwind(AssertUnwindSafe(|| on_error(self, event, &error)));
        let exit = polled.end().exit;
        match mapped {
            Ok(mapped) => {
                self.log_failure(event, &error, Some(&mapped).filter(|mapped| **mapped != error));
                (mapped, exit)
            }
            Err(panic) => {
                let text = panic_text(&*panic);
                tracing::error!(namespace = %self.nsp.path, socket = %self.id, event, text, "`#[on_error]` panicked");
                self.log_failure(event, &error, None);
                (error, exit)
            }
        }
    }

    /// The same for a spawned task, which has no answer.
    pub(super) fn report_task(self: &Arc<Self>, error: Error) -> Exit {
        self.report(SPAWNED, error).1
    }

    /// Carries out what a turn or `#[on_error]` has requested for its own client. In a turn of that client it takes effect when the turn
    /// ends.
    pub(crate) fn exit(&self, exit: Exit) {
        match exit {
            Exit::None => {}
            Exit::Namespace => self.disconnect(),
            Exit::Connection => self.link.close(),
        }
    }

    fn log_failure(&self, event: &str, error: &Error, mapped: Option<&Error>) {
        let (namespace, socket) = (&*self.nsp.path, self.id);
        let mapped = mapped.map(tracing::field::display);
        if error.code() == code::INTERNAL {
            tracing::error!(namespace, %socket, event, %error, mapped, "event failed");
        } else {
            tracing::debug!(namespace, %socket, event, %error, mapped, "event refused");
        }
    }
}
