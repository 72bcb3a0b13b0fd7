//! Context: what the server lends to a handler's `&T` arguments.

use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;

use super::event_name::EventName;
use super::outcome::Outcome;
use super::refusal::Failure;
use super::requirements::Requirements;
use super::state::State;
use crate::error::Error;
use crate::packet::Packet;
use crate::socket::{DisconnectReason, Grant, Socket};

/// The server's data for one call of a handler. The handler's `&T` arguments are borrowed or made from a `Context`.
#[derive(Clone, Debug)]
pub struct Context {
    socket: Socket,
    pub(super) event: EventName,
    /// The id of the acknowledgement, if the client asked for one.
    pub(super) id: Option<u64>,
    reason: Option<DisconnectReason>,
    /// Set for methods with an argument whose [`FromContext::PACKET`] is `true`. In an `Arc`, so that a clone of the
    /// context is cheap.
    packet: Option<Arc<Packet>>,
    /// Set for hooks only.
    subject: Option<Arc<Subject>>,
}

/// The value that a hook may borrow besides the context of its event.
#[derive(Debug)]
enum Subject {
    /// For `#[after]`.
    Outcome(Outcome),
    /// For `#[on_error]`.
    Error(Error),
}

impl Context {
    pub(super) fn connect(socket: Socket) -> Self {
        Self { socket, event: EventName::fixed("connect"), id: None, reason: None, packet: None, subject: None }
    }

    /// The context of an `#[on_error]`.
    pub(super) fn failed(socket: Socket, event: EventName, error: Error) -> Self {
        Self { event, subject: Some(Arc::new(Subject::Error(error))), ..Self::connect(socket) }
    }

    pub(super) fn event_of(socket: Socket, event: EventName, id: Option<u64>) -> Self {
        Self { socket, event, id, reason: None, packet: None, subject: None }
    }

    pub(super) fn disconnect(socket: Socket, reason: DisconnectReason) -> Self {
        Self {
            socket,
            event: EventName::fixed("disconnect"),
            id: None,
            reason: Some(reason),
            packet: None,
            subject: None,
        }
    }

    /// The same context with the event's packet.
    pub(super) fn with_packet(self, packet: Packet) -> Self {
        Self { packet: Some(Arc::new(packet)), ..self }
    }

    /// The same context with the outcome, for an `#[after]`.
    pub(super) fn with_outcome(&self, outcome: Outcome) -> Self {
        Self { subject: Some(Arc::new(Subject::Outcome(outcome))), ..self.clone() }
    }

    /// The client's socket in this namespace.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// The event that is handled; `connect` and `disconnect` for the lifecycle methods.
    pub fn event(&self) -> &EventName {
        &self.event
    }

    /// Whether the client asked for an acknowledgement of the event.
    pub fn wants_ack(&self) -> bool {
        self.id.is_some()
    }

    /// The id of the acknowledgement. `None` if the client asked for none, and in `on_connect` and `on_disconnect`.
    pub fn ack_id(&self) -> Option<u64> {
        self.id
    }

    /// The event's packet. The server keeps the packet only for a method with an argument whose [`FromContext::PACKET`]
    /// is `true`. `None` for all other methods, and in `on_connect` and `on_disconnect`.
    pub fn packet(&self) -> Option<&Packet> {
        self.packet.as_deref()
    }

    /// The reason of the disconnection; only in `on_disconnect`.
    pub fn reason(&self) -> Option<&DisconnectReason> {
        self.reason.as_ref()
    }

    /// A value that a layer in front of the server has put into the request, such as a user; see
    /// [`Handshake::extensions`](crate::Handshake::extensions).
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.socket.inner().link.engine.request().extensions().get()
    }

    /// How the turn has ended; only in `#[after]`.
    pub fn outcome(&self) -> Option<&Outcome> {
        match self.subject.as_deref() {
            Some(Subject::Outcome(outcome)) => Some(outcome),
            _ => None,
        }
    }

    /// The error that is mapped; only in `#[on_error]`.
    pub fn error(&self) -> Option<&Error> {
        match self.subject.as_deref() {
            Some(Subject::Error(error)) => Some(error),
            _ => None,
        }
    }

    /// A value given to `Server::state`.
    pub fn state<T: Send + Sync + 'static>(&self) -> Option<&State<T>> {
        self.socket.inner().nsp.shared.states.get()
    }

    /// Whether the socket has a grant.
    pub fn has<G: Grant + ?Sized>(&self, grant: &G) -> bool {
        self.socket.has_grant(grant)
    }

    /// Whether the socket was given a grant by its name, as `#[acl(!grant)]` asks; [`Socket::grant_all`] does not count.
    pub fn has_named<G: Grant + ?Sized>(&self, grant: &G) -> bool {
        self.socket.has_named_grant(grant)
    }
}

/// A type that a handler borrows as `&T`, because the server provides the value.
///
/// Implemented for [`Socket`](crate::Socket), [`TypedSocket`](crate::TypedSocket), [`State`](crate::State), [`Handshake`](crate::Handshake), [`Path`](crate::Path),
/// [`Session`](crate::Session), [`DisconnectReason`](crate::DisconnectReason), [`EventName`](crate::EventName) and
/// [`AckWanted`](crate::AckWanted), and for `Option` of each; for hooks also for [`Outcome`](crate::Outcome) and [`Error`](crate::Error). Implement it for types of your own:
///
/// ```
/// use socketio::prelude::*;
/// use socketio::{Context, FromContext};
///
/// struct CurrentUser(String);
///
/// impl FromContext for CurrentUser {
///     async fn from_context(cx: &Context) -> Result<Self, Error> {
///         let handshake = cx.socket().handshake();
///         let name = handshake.cookie("user").ok_or(Error::new("login", "log in first"))?;
///         Ok(CurrentUser(name.to_owned()))
///     }
/// }
///
/// #[derive(Default)]
/// struct Profile;
///
/// #[namespace("/profile")]
/// impl Profile {
///     fn on_name(&self, user: &CurrentUser) -> String {
///         user.0.clone()
///     }
/// }
/// ```
///
/// # Without a copy, and checked at start
///
/// [`lend`](Self::lend) borrows a value that exists already, in a state or in the request, so that it is not made for
/// each call. [`requires`](Self::requires) names the states that a handler needs: a server without one of them does not
/// start. Here handlers borrow `&Catalog` instead of `&State<Catalog>`:
///
/// ```
/// use std::collections::HashMap;
///
/// use socketio::prelude::*;
/// use socketio::{Context, FromContext, Requirements};
///
/// /// Large, and not `Clone`.
/// struct Catalog(HashMap<String, u32>);
///
/// impl FromContext for Catalog {
///     const IMMEDIATE: bool = true;
///
///     async fn from_context(_: &Context) -> Result<Self, Error> {
///         // Only called where `lend` gives nothing, which `requires` rules out.
///         Err(Error::internal("no catalog was given to `Server::state`"))
///     }
///
///     fn lend(cx: &Context) -> Option<&Self> {
///         cx.state::<Catalog>().map(|catalog| &**catalog)
///     }
///
///     fn requires(requirements: &mut Requirements, argument: &'static str) {
///         requirements.state::<Catalog>(argument);
///     }
/// }
///
/// #[derive(Default)]
/// struct Shop;
///
/// #[namespace("/shop")]
/// impl Shop {
///     fn on_price(&self, catalog: &Catalog, item: String) -> Option<u32> {
///         catalog.0.get(&item).copied()
///     }
/// }
///
/// // namespace "/shop" (src/main.rs:30): `price` borrows `catalog`, which needs a `State<shop::Catalog>`, and no `shop::Catalog` was given
/// assert_eq!(Server::empty().mount::<Shop>().into_service().unwrap_err().code(), "start");
/// assert!(Server::empty().mount::<Shop>().state(Catalog(HashMap::new())).into_service().is_ok());
/// ```
#[diagnostic::on_unimplemented(
    message = "a handler cannot borrow `{Self}` from its connection",
    label = "`&{Self}` asks the server for a `{Self}`, and it has none to lend",
    note = "a `&T` argument is lent by the server: `&Socket`, `&State<T>`, `&Handshake`, ... or any `T: FromContext`",
    note = "if the client sends it, take it by value: `{Self}`"
)]
pub trait FromContext: Sized + Send + Sync + 'static {
    /// Promises that `from_context` never waits, so that a handler that is a plain `fn` needs no future. Default
    /// `false`.
    const IMMEDIATE: bool = false;

    /// Whether `from_context` may return an error. Default `true`.
    ///
    /// `on_disconnect` runs for every instance, so the macro refuses a fallible context there. `false` is a promise: if
    /// `from_context` returns an error nevertheless, the error is logged and `on_disconnect` is not called.
    /// `&Option<T>` works with every `T`.
    const FALLIBLE: bool = true;

    /// Whether `from_context` or `lend` reads [`Context::packet`]. Default `false`: the server then does not
    /// keep the packet for the method.
    const PACKET: bool = false;

    /// Makes the value.
    ///
    /// # Errors
    /// After an error the handler is not run, and the client is answered as if the handler had returned the error.
    fn from_context(cx: &Context) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Borrows a value that exists already, so that it need not be made. The default returns `None`, and then
    /// [`from_context`](Self::from_context) is called.
    ///
    /// The values that `lend` can borrow are those of the context: a [`State`](Context::state), an
    /// [`extension`](Context::extension) of the request, the [`socket`](Context::socket), the
    /// [`packet`](Context::packet). `&Option<T>` is always made with `from_context`, because the context contains no
    /// `Option<T>`; so handlers can borrow `&Option<T>` only if `from_context` can make a `T`, for example by a clone.
    fn lend(cx: &Context) -> Option<&Self> {
        let _ = cx;
        None
    }

    /// Lends the value, or makes it. A method, not a function, so that the compiler reports a type that is no context in one place.
    #[doc(hidden)]
    fn lend_or_make(cx: &Context) -> impl Future<Output = Result<Lent<'_, Self>, Failure>> + Send {
        async move {
            match Self::lend(cx) {
                Some(value) => Ok(Lent::Borrowed(value)),
                None => Ok(Lent::Owned(Self::from_context(cx).await?)),
            }
        }
    }

    /// Adds what the type needs from the server, which is checked when the server starts. Called for each `&Self`
    /// argument of each method; `argument` is the argument's name, for the error. The default requires nothing.
    /// `&Option<T>` requires nothing either, for every `T`.
    fn requires(requirements: &mut Requirements, argument: &'static str) {
        let _ = (requirements, argument);
    }
}

/// `None` where `T` cannot be made, for example because the client is not logged in. The error is not logged.
///
/// Nothing is required at the start: `&Option<State<T>>` is `None` in a server without that state.
///
/// ```
/// use socketio::prelude::*;
///
/// struct Motd(String);
///
/// #[derive(Default)]
/// struct Welcome;
///
/// #[namespace("/welcome")]
/// impl Welcome {
///     fn on_motd(&self, motd: &Option<State<Motd>>) -> String {
///         motd.as_ref().map_or_else(String::new, |motd| motd.0.clone())
///     }
/// }
/// ```
impl<T: FromContext> FromContext for Option<T> {
    const IMMEDIATE: bool = T::IMMEDIATE;
    const FALLIBLE: bool = false;
    const PACKET: bool = T::PACKET;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        Ok(T::from_context(cx).await.ok())
    }
}

/// The value of a `&T` argument: borrowed from the context or made for the call.
pub enum Lent<'a, T> {
    /// A reference to a value of the connection or the server.
    Borrowed(&'a T),
    /// Made for this call.
    Owned(T),
}

impl<T> Deref for Lent<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Borrowed(value) => value,
            Self::Owned(value) => value,
        }
    }
}
