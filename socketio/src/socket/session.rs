//! What the server remembers of one client, whatever the namespace.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

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
pub struct Session(Arc<Mutex<Option<Box<Values>>>>);

impl Session {
    fn values<R>(&self, with: impl FnOnce(&mut Option<Box<Values>>) -> R) -> R {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
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

    /// Drops all values, outside of the lock: dropping one may run user code.
    pub(crate) fn clear(&self) {
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
