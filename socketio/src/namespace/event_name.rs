//! The name of the event that is handled, which handlers borrow as `&EventName`.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

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
    /// The name in the table's row, which needs no copy.
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
