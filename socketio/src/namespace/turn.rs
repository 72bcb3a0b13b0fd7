//! One turn that waits: the future of an `async` handler, and its ending.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use tokio::time::Instant;

use super::event_name::EventName;
use super::reply::Ending;
use crate::error::Error;
use crate::socket::{Effects, Owner, Polled};

/// The running future of a handler.
pub(super) struct Turn {
    pub(super) future: Pin<Box<dyn Future<Output = Ending> + Send>>,
    pub(super) owner: Owner,
    pub(super) id: Option<u64>,
    pub(super) event: EventName,
    /// The bytes that the turn counts in the connection's `Load`.
    pub(super) size: usize,
    /// What the handler has done so far that concerns its end.
    pub(super) effects: Effects,
    /// When the turn has begun; `None` without middlewares.
    pub(super) begun: Option<Instant>,
}

/// The end of a turn.
pub(super) struct Ended {
    pub(super) ending: Ending,
    pub(super) id: Option<u64>,
    pub(super) event: EventName,
    pub(super) size: usize,
    pub(super) effects: Effects,
    pub(super) begun: Option<Instant>,
}

impl Future for Turn {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Ended> {
        let polled = Polled::begin(self.owner);
        let ending = catch_unwind(AssertUnwindSafe(|| self.future.as_mut().poll(task)));
        let ending = match ending {
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(ending)) => Some(ending),
            Err(panic) => Some(Ending::panicked(&*panic, &polled)),
        };
        self.effects = self.effects.and(polled.end());
        let Some(ending) = ending else { return Poll::Pending };
        let (id, event, size, effects, begun) = (self.id, self.event.clone(), self.size, self.effects, self.begun);
        Poll::Ready(Ended { ending, id, event, size, effects, begun })
    }
}

/// The ending of a handler that does not wait. `None` means that the instance was borrowed, which `may_begin` rules
/// out.
pub(super) fn ended(ending: Option<std::thread::Result<Ending>>, polled: &Polled) -> Ending {
    match ending {
        Some(Ok(ending)) => ending,
        Some(Err(panic)) => Ending::panicked(&*panic, polled),
        None => Ending::Failed(borrowed()),
    }
}

pub(super) fn borrowed() -> Error {
    Error::internal("the instance is borrowed by another turn")
}
