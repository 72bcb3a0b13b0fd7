//! What the server has to lend.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::context::{Context, FromContext};
use super::requirements::Requirements;
use crate::error::Error;
use crate::socket::{DisconnectReason, Handshake, Session, Socket, TypedSocket};

/// A value of the program, shared by every connection: any `T: Send + Sync + 'static` given to `Server::state`.
///
/// A handler that needs a `State<T>` that nobody has given keeps the server from starting; the error names namespace, handler and
/// argument.
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
/// It derefs to the value. A clone is another handle of the same value, which a task can take along:
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

impl<T: Send + Sync + 'static> FromContext for State<T> {
    const IMMEDIATE: bool = true;
    const FALLIBLE: bool = false;

    /// Fails only inside of an `Option`: of every other `&State<T>` the start-up check knows that it was given.
    async fn from_context(cx: &Context) -> Result<Self, Error> {
        let missing = || Error::internal(format!("no `{}` was given to `Server::state`", std::any::type_name::<T>()));
        cx.state::<T>().cloned().ok_or_else(missing)
    }

    fn lend(cx: &Context) -> Option<&Self> {
        cx.state::<T>()
    }

    fn requires(requirements: &mut Requirements, argument: &'static str) {
        requirements.state::<T>(argument);
    }
}

impl FromContext for Socket {
    const IMMEDIATE: bool = true;
    const FALLIBLE: bool = false;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        Ok(cx.socket().clone())
    }

    fn lend(cx: &Context) -> Option<&Self> {
        Some(cx.socket())
    }
}

impl<N: 'static> FromContext for TypedSocket<N> {
    const IMMEDIATE: bool = true;
    const FALLIBLE: bool = false;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        Ok(cx.socket().typed())
    }
}

impl FromContext for Handshake {
    const IMMEDIATE: bool = true;
    const FALLIBLE: bool = false;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        Ok(cx.socket().handshake())
    }
}

impl FromContext for Session {
    const IMMEDIATE: bool = true;
    const FALLIBLE: bool = false;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        Ok(cx.socket().session().clone())
    }

    fn lend(cx: &Context) -> Option<&Self> {
        Some(cx.socket().session())
    }
}

impl FromContext for DisconnectReason {
    const IMMEDIATE: bool = true;
    const FALLIBLE: bool = false;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        cx.reason().copied().ok_or_else(|| Error::internal("there is no `DisconnectReason` outside of `on_disconnect`"))
    }

    fn requires(requirements: &mut Requirements, argument: &'static str) {
        requirements.only_on_disconnect("DisconnectReason", argument);
    }
}

/// Whether the client asked for an acknowledgement of the event; borrowed as `&AckWanted`. Unlike an [`Ack`](super::Ack) argument it leaves
/// the answer to what the handler returns, so that `?` works.
///
/// ```
/// use socketio::AckWanted;
/// use socketio::prelude::*;
///
/// #[derive(Default)]
/// struct Reports;
///
/// #[namespace("/reports")]
/// impl Reports {
///     fn on_report(&self, wanted: &AckWanted, text: String) -> Result<Option<usize>, Error> {
///         if text.is_empty() {
///             return Err(Error::new("empty", "nothing to report"));
///         }
///         // Counted only for clients that read the answer.
///         Ok(wanted.0.then(|| text.split_whitespace().count()))
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckWanted(pub bool);

impl FromContext for AckWanted {
    const IMMEDIATE: bool = true;
    const FALLIBLE: bool = false;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        Ok(Self(cx.wants_ack()))
    }
}

/// The name of the event that is handled, as the client has sent it; borrowed as `&EventName`, mostly by a `#[fallback]`.
///
/// ```
/// use socketio::{EventName, Rest, Value};
/// use socketio::prelude::*;
///
/// #[derive(Default)]
/// struct Echo;
///
/// #[namespace("/echo")]
/// impl Echo {
///     #[fallback]
///     fn other(&self, socket: &Socket, event: &EventName, args: Rest<Value>) {
///         socket.emit(event, args.0);
///     }
/// }
/// ```
#[derive(Clone)]
pub struct EventName(Name);

#[derive(Clone)]
enum Name {
    /// That of the table's row, which needs no copy.
    Fixed(&'static str),
    Sent(Arc<str>),
}

impl EventName {
    pub(crate) fn fixed(name: &'static str) -> Self {
        Self(Name::Fixed(name))
    }

    pub(crate) fn sent(name: &str) -> Self {
        Self(Name::Sent(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Fixed(name) => name,
            Name::Sent(name) => name,
        }
    }
}

impl Deref for EventName {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for EventName {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for EventName {}

impl PartialEq<str> for EventName {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for EventName {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl FromContext for EventName {
    const IMMEDIATE: bool = true;
    const FALLIBLE: bool = false;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        Ok(cx.event().clone())
    }

    fn lend(cx: &Context) -> Option<&Self> {
        Some(cx.event())
    }
}
