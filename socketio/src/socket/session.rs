//! What the server remembers of one client, whatever the namespace.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime;

use super::tasks::{Task, TaskError, TaskOutput, Tasks};
use crate::log::warn_rarely;

type Values = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// Values of any type, shared by all namespaces of one client and gone with its connection.
///
/// One value per type: wrap a common type in a struct of your own. It descends from the `session` of gevent-socketio, with types
/// instead of string keys. State that belongs to one namespace is better kept in the fields of its struct.
///
/// ```
/// use socketio::prelude::*;
///
/// struct User(String);
///
/// #[derive(Default)]
/// struct Login;
///
/// #[namespace("/login")]
/// impl Login {
///     fn on_login(&self, session: &Session, name: String) {
///         session.insert(User(name));
///     }
/// }
///
/// #[derive(Default)]
/// struct News;
///
/// #[namespace("/news")]
/// impl News {
///     fn on_whoami(&self, session: &Session) -> Option<String> {
///         session.get::<User>().map(|user| user.0.clone())
///     }
/// }
/// ```
#[derive(Clone, Default)]
pub struct Session(Arc<Shared>);

#[derive(Default)]
struct Shared {
    values: Mutex<Option<Box<Values>>>,
    tasks: Mutex<Running>,
    /// Where the tasks run; nothing in a session without a connection.
    runtime: Option<runtime::Handle>,
    max_tasks: usize,
}

/// The tasks of a connection.
#[derive(Default)]
enum Running {
    #[default]
    None,
    /// Boxed, because few connections have any.
    Some(Box<Tasks>),
    /// The connection is gone.
    Ended,
}

impl Session {
    /// The session of a connection, with the runtime where its tasks run.
    pub(super) fn of_connection(runtime: runtime::Handle, max_tasks: usize) -> Self {
        Self(Arc::new(Shared { runtime: Some(runtime), max_tasks, ..Shared::default() }))
    }

    fn values<R>(&self, with: impl FnOnce(&mut Option<Box<Values>>) -> R) -> R {
        with(&mut self.0.values.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs a future until it ends or the connection is closed: it survives the namespace that has started it, and is aborted behind the
    /// last `on_disconnect`. As `spawn` of a socket in gevent-socketio.
    ///
    /// The future ends with `()` or `Result<(), Error>`. An error and a panic are logged, and end the task alone. Nothing is started once
    /// the connection is closed, or past [`Server::max_tasks`](crate::Server::max_tasks) (1,024 for each connection).
    /// [`Socket::spawn`](super::Socket::spawn) runs a future for as long as the client is in one namespace.
    ///
    /// ```
    /// use std::time::Duration;
    /// use socketio::prelude::*;
    ///
    /// #[derive(Default)]
    /// struct Login;
    ///
    /// #[namespace("/login")]
    /// impl Login {
    ///     fn on_remember(&self, session: &Session, user: u64) {
    ///         // Goes on when the client leaves `/login`.
    ///         session.spawn(async move {
    ///             loop {
    ///                 tokio::time::sleep(Duration::from_secs(60)).await;
    ///                 println!("{user} is here");
    ///             }
    ///         });
    ///     }
    /// }
    /// ```
    pub fn spawn<F: Future<Output: TaskOutput> + Send + 'static>(&self, future: F) -> Task {
        let mut running = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let (false, Some(runtime)) = (matches!(*running, Running::Ended), &self.0.runtime) else {
            return Task::not_started(TaskError::Ended);
        };
        if matches!(*running, Running::None) {
            *running = Running::Some(Box::default());
        }
        let Running::Some(tasks) = &mut *running else { return Task::not_started(TaskError::Ended) };
        let failed = |error: &TaskError| tracing::error!(%error, "a task of a connection has failed");
        let task = tasks.spawn(runtime, self.0.max_tasks, future, failed);
        drop(running);
        if task.is_refused() {
            warn_rarely!(option = "Server::max_tasks", "a task of a connection was not started: too many run");
        }
        task
    }

    /// Stores a value and returns the one it replaces.
    pub fn insert<T: Send + Sync + 'static>(&self, value: T) -> Option<Arc<T>> {
        let old = self.values(|values| values.get_or_insert_default().insert(TypeId::of::<T>(), Arc::new(value)));
        old.and_then(|old| old.downcast().ok())
    }

    /// The value of a type, if there is one.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.values(|values| values.as_ref()?.get(&TypeId::of::<T>()).cloned())?.downcast().ok()
    }

    /// The connection is closed: aborts its tasks and drops all values, outside of the lock, because dropping one may run user code.
    pub(crate) fn end(&self) {
        let mut running = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let tasks = std::mem::replace(&mut *running, Running::Ended);
        drop(running);
        drop(tasks);
        drop(self.values(Option::take));
    }

    /// Takes the value of a type out.
    pub fn remove<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.values(|values| values.as_mut()?.remove(&TypeId::of::<T>()))?.downcast().ok()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("values", &self.values(|values| values.as_ref().map_or(0, |v| v.len())))
            .finish()
    }
}
