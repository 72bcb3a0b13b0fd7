//! Values of the program, which handlers borrow as `&State<T>`.

use std::ops::Deref;
use std::sync::Arc;

/// A value of the program, shared by every connection: any `T: Send + Sync + 'static` given to `Server::state`.
///
/// If a handler borrows a `State<T>` that was not given to `Server::state`, the server does not start; the error names
/// namespace, handler and argument.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use socketio::prelude::*;
///
/// #[derive(Default)]
/// struct Counter;
///
/// #[namespace("/counter")]
/// impl Counter {
///     fn on_next(&self, count: &State<AtomicU64>) -> u64 {
///         count.fetch_add(1, Ordering::Relaxed)
///     }
/// }
///
/// let server = Server::new().state(AtomicU64::new(0));
/// ```
///
/// `State` derefs to the value. A clone is another handle of the same value, which can be moved into a task:
///
/// ```
/// use std::sync::Mutex;
///
/// use socketio::prelude::*;
///
/// #[derive(Default)]
/// struct Reminder;
///
/// #[namespace("/reminder")]
/// impl Reminder {
///     fn on_remind(&self, socket: &Socket, due: &State<Mutex<Vec<String>>>, text: String) {
///         let (to, due) = (socket.clone(), due.clone());
///         socket.spawn(async move {
///             due.lock().unwrap().push(text);
///             to.emit("noted", ());
///         });
///     }
/// }
/// ```
#[derive(Debug)]
pub struct State<T>(Arc<T>);

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> State<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
