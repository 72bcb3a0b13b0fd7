//! The values and tasks of one connection, shared by all namespaces of the client.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime;

use super::tasks::{Task, TaskError, TaskOutput, Tasks};
use crate::log::warn_rarely;

/// The values of a session by their types.
pub(super) type Values = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// Values of any type, shared by all namespaces of one client and dropped with its connection.
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
    /// Where the tasks run; `None` in a session without a connection.
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
    /// The connection is closed.
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

    /// Runs a future until it ends or the connection is closed: it goes on when the client leaves the namespace that has started it, and is
    /// aborted after the last `on_disconnect`. As `spawn` of a socket in gevent-socketio.
    ///
    /// The future ends with `()` or `Result<(), Error>`. An error and a panic are logged, and end the task alone. A task is not started
    /// once the connection is closed, or past [`Server::max_tasks`](crate::Server::max_tasks) (1,024 for each connection).
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

    /// Whether there is a value of a type.
    pub fn contains<T: Send + Sync + 'static>(&self) -> bool {
        self.values(|values| values.as_ref().is_some_and(|values| values.contains_key(&TypeId::of::<T>())))
    }

    /// Changes the value of a type, and returns what `change` returns. A missing value begins as `T::default()`.
    ///
    /// Concurrent changes, from any namespace, task or thread, are made one after the other, so that none is lost; with [`get`](Self::get)
    /// and [`insert`](Self::insert), one of two would be. A value that `get` has returned before does not change: `T` is cloned first, as
    /// by [`Arc::make_mut`]. If `change` panics, its changes until then stay.
    ///
    /// `change`, `T::default` and `T::clone` run under the lock of the session. They should be short, and must not use the same session,
    /// because that would deadlock.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// #[derive(Clone, Default)]
    /// struct Visits(u64);
    ///
    /// #[derive(Default)]
    /// struct Page;
    ///
    /// #[namespace("/page")]
    /// impl Page {
    ///     async fn on_visit(&self, session: &Session) -> u64 {
    ///         session.update(|visits: &mut Visits| {
    ///             visits.0 += 1;
    ///             visits.0
    ///         })
    ///     }
    /// }
    /// ```
    pub fn update<T: Default + Clone + Send + Sync + 'static, R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let (result, _replaced) = self.values(|values| {
            let mut taken = Taken::<T>::from(values.get_or_insert_default());
            // Dropped outside of the lock, because dropping it may run user code.
            let replaced = (Arc::strong_count(&taken.value) > 1).then(|| taken.value.clone());
            (change(Arc::make_mut(&mut taken.value)), replaced)
        });
        result
    }

    /// The connection is closed: aborts its tasks and drops all values, outside of the lock, because dropping one may run user code.
    pub(crate) fn end(&self) {
        let mut running = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let tasks = std::mem::replace(&mut *running, Running::Ended);
        drop(running);
        drop(tasks);
        drop(self.values(Option::take));
    }

    /// The values, for a client that comes back.
    pub(super) fn copy(&self) -> Values {
        self.values(|values| values.as_deref().cloned().unwrap_or_default())
    }

    /// Puts values back, except those of types that have a value.
    pub(super) fn restore(&self, copy: Values) {
        let rest = self.values(|values| {
            let (values, mut rest) = (values.get_or_insert_default(), Values::new());
            for (id, value) in copy {
                match values.entry(id) {
                    Entry::Vacant(entry) => drop(entry.insert(value)),
                    Entry::Occupied(_) => drop(rest.insert(id, value)),
                }
            }
            rest
        });
        // Outside of the lock, because dropping a value may run user code.
        drop(rest);
    }

    /// Takes the value of a type out.
    pub fn remove<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.values(|values| values.as_mut()?.remove(&TypeId::of::<T>()))?.downcast().ok()
    }
}

/// A value that is being changed. It is put back also when the change panics.
struct Taken<'a, T: Send + Sync + 'static> {
    values: &'a mut Values,
    value: Arc<T>,
}

impl<'a, T: Default + Send + Sync + 'static> From<&'a mut Box<Values>> for Taken<'a, T> {
    fn from(values: &'a mut Box<Values>) -> Self {
        let value = values.remove(&TypeId::of::<T>()).and_then(|value| value.downcast().ok());
        Self { values, value: value.unwrap_or_default() }
    }
}

impl<T: Send + Sync + 'static> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        self.values.insert(TypeId::of::<T>(), self.value.clone());
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("values", &self.values(|values| values.as_ref().map_or(0, |v| v.len())))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    use super::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    struct Count(u64);

    fn next(session: &Session) -> u64 {
        session.update(|count: &mut Count| {
            count.0 += 1;
            count.0
        })
    }

    #[test]
    fn updates_that_overlap_lose_nothing() {
        const THREADS: u64 = 8;
        const EACH: u64 = 2_000;
        let session = Session::default();
        let mut seen: Vec<u64> = thread::scope(|scope| {
            let one = || {
                // Some are read meanwhile, so that some are cloned.
                (0..EACH).map(|n| (n % 3 == 0).then(|| session.get::<Count>())).map(|_held| next(&session)).collect()
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(one)).collect();
            threads.into_iter().flat_map(|thread| -> Vec<u64> { thread.join().unwrap() }).collect()
        });
        seen.sort_unstable();
        assert!(seen.into_iter().eq(1..=THREADS * EACH));
        assert_eq!(session.get(), Some(Arc::new(Count(THREADS * EACH))));
    }

    #[test]
    fn what_was_read_before_stays_as_it_was() {
        let session = Session::default();
        assert!(!session.contains::<Count>());
        next(&session);
        assert!(session.contains::<Count>() && !session.contains::<u64>());
        let before = session.get::<Count>().unwrap();
        next(&session);
        assert_eq!((before.0, session.get::<Count>().unwrap().0), (1, 2));
        // There is no other reference, so that the value is changed in place.
        drop(before);
        let place = Arc::as_ptr(&session.get::<Count>().unwrap());
        next(&session);
        assert_eq!(Arc::as_ptr(&session.get::<Count>().unwrap()), place);
        session.remove::<Count>();
        assert!(!session.contains::<Count>());
    }

    #[test]
    fn a_panic_keeps_the_value() {
        let session = Session::default();
        session.insert(Count(1));
        let panics = || {
            session.update(|count: &mut Count| {
                count.0 = 2;
                panic!("in the middle");
            })
        };
        let panicked: std::thread::Result<()> = catch_unwind(AssertUnwindSafe(panics));
        assert!(panicked.is_err());
        assert_eq!(next(&session), 3);
    }

    /// The `Drop` of a value may use the session.
    #[test]
    fn a_value_is_dropped_outside_of_the_lock() {
        #[derive(Clone, Default)]
        struct Nested(Option<Session>);

        impl Drop for Nested {
            fn drop(&mut self) {
                if let Some(session) = self.0.take() {
                    next(&session);
                }
            }
        }

        let session = Session::default();
        session.insert(Nested(Some(session.clone())));
        session.update(|nested: &mut Nested| drop(nested.0.take()));
        session.insert(Nested(Some(session.clone())));
        session.insert(Nested(None));
        assert_eq!(session.get::<Count>(), Some(Arc::new(Count(1))));
    }
}
