//! Starts the tasks that end with a socket: those of `Socket::spawn`, and the timer of `Socket::expires_at`.

use std::future::Future;
use std::sync::{Arc, MutexGuard, PoisonError};

use tokio::task::AbortHandle;

use super::tasks::{Task, TaskError, TaskOutput, Timed};
use super::{DisconnectReason, Inner, Socket};
use crate::error::Error;
use crate::log::warn_rarely;

impl Socket {
    /// Runs a future beside the handlers; it is aborted when the socket has left and `on_disconnect` is over. As `spawn` of a namespace in
    /// gevent-socketio.
    ///
    /// The future ends with `()` or `Result<(), Error>`. An error reaches `#[on_error]` of the namespace and the log, as that of a handler
    /// whose client asked for no acknowledgement. A panic does too, and disconnects the socket from its namespace. A task is not started
    /// once the socket is leaving, as in `on_disconnect`, or past [`Server::max_tasks`](crate::Server::max_tasks) (1,024 for each socket):
    /// [`Task::join`] returns the reason. [`Session::spawn`](super::Session::spawn) runs a future for as long as the connection.
    ///
    /// ```
    /// use std::time::Duration;
    /// use socketio::prelude::*;
    ///
    /// fn tick(socket: &Socket) {
    ///     let ticking = socket.clone();
    ///     socket.spawn(async move {
    ///         loop {
    ///             let alive: bool = ticking.emit_with_ack("alive?", ()).await?;
    ///             if !alive {
    ///                 return Err(Error::new("asleep", "the client sleeps"));
    ///             }
    ///             tokio::time::sleep(Duration::from_secs(10)).await;
    ///         }
    ///     });
    /// }
    /// ```
    pub fn spawn<F: Future<Output: TaskOutput> + Send + 'static>(&self, future: F) -> Task {
        self.inner().spawn(future)
    }

    /// Aborts every task of [`spawn`](Self::spawn) that runs: each ends at its next `.await`. As `kill_local_jobs` of gevent-socketio. Tasks
    /// of the connection ([`Session::spawn`](super::Session::spawn)) go on.
    pub fn abort_tasks(&self) {
        self.inner().abort_tasks();
    }
}

impl Inner {
    fn timed(&self) -> MutexGuard<'_, Option<Box<Timed>>> {
        self.timed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a future until it ends or the socket has left.
    fn spawn<F: Future<Output: TaskOutput> + Send + 'static>(self: &Arc<Self>, future: F) -> Task {
        let mut timed = self.timed();
        if self.is_closed() {
            return Task::not_started(TaskError::Ended);
        }
        let socket = self.clone();
        let failed = move |error: &TaskError| {
            let panicked = matches!(error, TaskError::Panicked(_));
            let exit = socket.report_task(Error::from(error.clone()));
            if panicked {
                socket.disconnect_now(DisconnectReason::Panicked);
            }
            socket.exit(exit);
        };
        let (limit, tasks) = (self.nsp.shared.settings.max_tasks, &mut timed.get_or_insert_default().tasks);
        let task = tasks.spawn(&self.link.runtime, limit, future, failed);
        drop(timed);
        if task.is_refused() {
            let option = "Server::max_tasks";
            warn_rarely!(namespace = %self.nsp.path, socket = %self.id, option, "a task was not started: too many run");
        }
        task
    }

    fn abort_tasks(&self) {
        if let Some(timed) = &mut *self.timed() {
            timed.tasks.abort();
        }
    }

    /// The socket has left: aborts its tasks by dropping them.
    pub(super) fn end_tasks(&self) {
        drop(self.timed().take());
    }

    /// Sets the task that ends the socket's authentication, in place of the one before.
    pub(super) fn set_expiry(&self, timer: Option<AbortHandle>) {
        let mut timed = self.timed();
        if timer.is_none() && timed.is_none() {
            return;
        }
        let before = match timer {
            // The socket has left already, so that the new timer is aborted.
            Some(timer) if self.is_closed() => Some(timer),
            timer => std::mem::replace(&mut timed.get_or_insert_default().expiry, timer),
        };
        if let Some(before) = before {
            before.abort();
        }
    }
}
