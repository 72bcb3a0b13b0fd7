//! Tasks that end with a socket or a connection: the argument and the result of `spawn`, and the list of running tasks.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use tokio::runtime;
use tokio::task::{AbortHandle, JoinHandle};

use crate::error::{Error, panic_text};

/// The output of a task's future: `()` or `Result<(), Error>`. A future that loops without end may be spawned too.
///
/// The trait is sealed, so that other crates cannot implement it.
#[diagnostic::on_unimplemented(
    message = "a task ends with `()` or `Result<(), socketio::Error>`, not with `{Self}`",
    label = "the future that is spawned has this output",
    note = "end it with `Ok(())` behind `?`, or drop the value: `let _ = ..;`"
)]
pub trait TaskOutput: sealed::Sealed + Send + 'static {
    /// The output as a `Result`.
    #[doc(hidden)]
    fn into_result(self) -> Result<(), Error>;
}

mod sealed {
    /// Names the return type of a function.
    pub trait Returns {
        type Output;
    }
    impl<T> Returns for fn() -> T {
        type Output = T;
    }

    pub trait Sealed {}
    impl Sealed for () {}
    impl Sealed for Result<(), crate::Error> {}
    impl Sealed for super::Never {}
}

/// The type `!` of a `loop { .. }` that does not end. It is named as the return type of a function, because `!` is not stable as a type of
/// its own.
type Never = <fn() -> ! as sealed::Returns>::Output;

impl TaskOutput for () {
    fn into_result(self) -> Result<(), Error> {
        Ok(())
    }
}

impl TaskOutput for Result<(), Error> {
    fn into_result(self) -> Self {
        self
    }
}

impl TaskOutput for Never {
    fn into_result(self) -> Result<(), Error> {
        self
    }
}

/// A task of a socket or a connection; made by [`Socket::spawn`](super::Socket::spawn) and [`Session::spawn`](super::Session::spawn).
///
/// Dropping it does nothing to the task. It descends from the greenlet that `spawn` of gevent-socketio returns.
///
/// ```
/// use std::time::Duration;
/// use socketio::{Task, TaskError};
/// use socketio::prelude::*;
///
/// #[derive(Default)]
/// struct Clock(Option<Task>);
///
/// #[namespace("/clock")]
/// impl Clock {
///     fn on_start(&mut self, socket: &Socket) {
///         let ticking = socket.clone();
///         let task = socket.spawn(async move {
///             for n in 0.. {
///                 tokio::time::sleep(Duration::from_secs(1)).await;
///                 ticking.emit("tick", n);
///             }
///         });
///         if let Some(before) = self.0.replace(task) {
///             before.abort();
///         }
///     }
///
///     /// Stops the clock; acknowledged when it stands still.
///     async fn on_stop(&mut self) -> bool {
///         match self.0.take() {
///             Some(task) => {
///                 task.abort();
///                 task.join().await == Err(TaskError::Aborted)
///             }
///             None => false,
///         }
///     }
/// }
/// ```
pub struct Task(Result<JoinHandle<Result<(), TaskError>>, TaskError>);

/// Why a task has not completed; see [`Task::join`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskError {
    /// The future has returned this error.
    Failed(Error),
    /// The future has panicked; the text is that of the panic.
    Panicked(String),
    /// The task was aborted: by [`Task::abort`], by `abort_tasks`, or because its socket has left or its connection is closed.
    Aborted,
    /// The task was not started: as many tasks run as `Server::max_tasks` allows.
    TooMany,
    /// The task was not started: the socket has left, or the connection is closed.
    Ended,
}

impl Task {
    /// Aborts the task: it ends at its next `.await`, and what it holds is dropped. A task that has ended is not changed.
    pub fn abort(&self) {
        if let Ok(handle) = &self.0 {
            handle.abort();
        }
    }

    /// Whether the task has ended, or was never started.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.as_ref().map_or(true, JoinHandle::is_finished)
    }

    /// Waits until the task has ended.
    ///
    /// # Errors
    /// [`TaskError`], if the task has failed or panicked, was aborted, or was not started.
    pub async fn join(self) -> Result<(), TaskError> {
        match self.0?.await {
            Ok(result) => result,
            Err(error) if error.is_cancelled() => Err(TaskError::Aborted),
            // Panics of the future are caught in the task; this panic comes from dropping the future, or from `failed`.
            Err(error) => Err(TaskError::Panicked(error.to_string())),
        }
    }

    /// Whether the task was not started because too many run.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self.0, Err(TaskError::TooMany))
    }

    pub(super) fn not_started(why: TaskError) -> Self {
        Self(Err(why))
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Panicked(text) => write!(f, "a spawned task panicked: {text}"),
            Self::Aborted => f.write_str("the task was aborted"),
            Self::TooMany => f.write_str("too many tasks run already"),
            Self::Ended => f.write_str("what the task was to belong to has ended"),
        }
    }
}

impl std::error::Error for TaskError {}

impl From<TaskError> for Error {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Failed(error) => error,
            other => Self::internal(other),
        }
    }
}

/// The tasks that run, and perhaps some that have ended. Dropping the list aborts them.
#[derive(Default)]
pub(super) struct Tasks {
    running: Vec<AbortHandle>,
    /// At this length, the list is searched for tasks that have ended.
    search_at: usize,
}

impl Tasks {
    /// The list is not searched below this length.
    const FEW: usize = 16;

    /// Starts a future, unless `limit` tasks run. `failed` is called in the task, when the future has failed or panicked.
    pub(super) fn spawn<F: Future<Output: TaskOutput> + Send + 'static>(
        &mut self,
        runtime: &runtime::Handle,
        limit: usize,
        future: F,
        failed: impl FnOnce(&TaskError) + Send + 'static,
    ) -> Task {
        if !self.has_room(limit) {
            return Task::not_started(TaskError::TooMany);
        }
        let handle = runtime.spawn(async move {
            let result = match AssertUnwindSafe(future).catch_unwind().await {
                Ok(output) => output.into_result().map_err(TaskError::Failed),
                Err(panic) => Err(TaskError::Panicked(panic_text(&*panic).to_owned())),
            };
            result.inspect_err(failed)
        });
        self.running.push(handle.abort_handle());
        Task(Ok(handle))
    }

    fn has_room(&mut self, limit: usize) -> bool {
        if self.running.len() >= self.search_at.min(limit) {
            self.running.retain(|task| !task.is_finished());
            self.search_at = Self::FEW.max(self.running.len() * 2);
        }
        self.running.len() < limit
    }

    /// Aborts all tasks.
    pub(super) fn abort(&mut self) {
        self.running.drain(..).for_each(|task| task.abort());
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.abort();
    }
}

/// The tasks and the timer that end with a socket. Boxed, because few sockets have any.
#[derive(Default)]
pub(super) struct Timed {
    pub(super) tasks: Tasks,
    /// Ends the socket's authentication.
    pub(super) expiry: Option<AbortHandle>,
}

impl Drop for Timed {
    fn drop(&mut self) {
        if let Some(expiry) = self.expiry.take() {
            expiry.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn those_that_have_ended_make_room() {
        let (mut tasks, runtime) = (Tasks::default(), runtime::Handle::current());
        for _ in 0..1000 {
            let task = tasks.spawn(&runtime, 1000, async {}, |_| {});
            assert_eq!(task.join().await, Ok(()));
            assert!(tasks.running.len() <= Tasks::FEW + 1);
        }
        let mut running = Vec::new();
        for _ in 0..100 {
            running.push(tasks.spawn(&runtime, 100, std::future::pending::<()>(), |_| {}));
        }
        let refused = tasks.spawn(&runtime, 100, async {}, |_| {});
        assert!(refused.is_finished());
        assert_eq!(refused.join().await, Err(TaskError::TooMany));
        tasks.abort();
        for task in running {
            assert_eq!(task.join().await, Err(TaskError::Aborted));
        }
        assert_eq!(tasks.spawn(&runtime, 100, async {}, |_| {}).join().await, Ok(()));
    }

    #[tokio::test]
    async fn what_a_future_ends_with_is_told() {
        let (mut tasks, runtime) = (Tasks::default(), runtime::Handle::current());
        let failing = async {
            tokio::task::yield_now().await;
            Err::<(), _>(Error::new("no", "not today"))?;
            Ok(())
        };
        let (send, mut told) = tokio::sync::mpsc::unbounded_channel();
        let task = tasks.spawn(&runtime, 10, failing, move |error| drop(send.send(error.clone())));
        let failed = TaskError::Failed(Error::new("no", "not today"));
        assert_eq!((task.join().await, told.recv().await), (Err(failed.clone()), Some(failed)));
        let task = tasks.spawn(&runtime, 10, async { panic!("as asked") }, |_| {});
        assert_eq!(task.join().await, Err(TaskError::Panicked("as asked".to_owned())));
        let endless = tasks.spawn(
            &runtime,
            10,
            async {
                loop {
                    tokio::task::yield_now().await
                }
            },
            |_| {},
        );
        assert!(!endless.is_finished());
        drop(tasks);
        assert_eq!(endless.join().await, Err(TaskError::Aborted));
    }
}
