//! One turn that waits: the future of an `async` handler, and how it has ended.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use super::event_name::EventName;
use super::reply::Ending;
use crate::socket::{Exit, Owner, Polled};

/// A handler that has not come to its end at once.
pub(super) struct Turn {
    pub(super) future: Pin<Box<dyn Future<Output = Ending> + Send>>,
    pub(super) owner: Owner,
    pub(super) id: Option<u64>,
    pub(super) event: EventName,
    /// What it is counted as.
    pub(super) size: usize,
    /// What it has asked for its own client.
    pub(super) exit: Exit,
}

/// The end of a turn.
pub(super) struct Ended {
    pub(super) ending: Ending,
    pub(super) id: Option<u64>,
    pub(super) event: EventName,
    pub(super) size: usize,
    pub(super) exit: Exit,
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
        self.exit = self.exit.max(polled.end());
        let Some(ending) = ending else { return Poll::Pending };
        let (id, event, size, exit) = (self.id, self.event.clone(), self.size, self.exit);
        Poll::Ready(Ended { ending, id, event, size, exit })
    }
}
