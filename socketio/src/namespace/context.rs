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

/// What the server knows of the call of a handler: what its `&T` arguments are made of.
#[derive(Clone, Debug)]
pub struct Context {
    socket: Socket,
    pub(super) event: EventName,
    /// Of the acknowledgement that is asked for.
    pub(super) id: Option<u64>,
    reason: Option<DisconnectReason>,
    /// Set for the methods that ask for it with [`FromContext::PACKET`]. Shared, so that a context is small and its clones are cheap.
    packet: Option<Arc<Packet>>,
    /// What only hooks are lent.
    subject: Option<Arc<Subject>>,
}

/// What a hook is about.
#[derive(Debug)]
enum Subject {
    /// Of `#[after]`.
    Outcome(Outcome),
    /// Of `#[on_error]`.
    Error(Error),
}

impl Context {
    pub(super) fn connect(socket: Socket) -> Self {
        Self { socket, event: EventName::fixed("connect"), id: None, reason: None, packet: None, subject: None }
    }

    /// That of an `#[on_error]`.
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

    /// The same for an `#[after]`.
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

    /// The id of the acknowledgement that the client asked for. `None` if it asked for none, and in `on_connect` and `on_disconnect`.
    pub fn ack_id(&self) -> Option<u64> {
        self.id
    }

    /// The event's packet. It is kept only for a method with an argument whose [`FromContext::PACKET`] is `true`; `None` for all others, and in
    /// `on_connect` and `on_disconnect`.
    pub fn packet(&self) -> Option<&Packet> {
        self.packet.as_deref()
    }

    /// Why the client has left; only in `on_disconnect`.
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

/// A type that a handler borrows, because the server lends it.
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
/// A type that is there already, in a state or in the request, is lent by [`lend`](Self::lend) instead of made for each call. What a handler
/// cannot do without is named by [`requires`](Self::requires): a server without it does not start. Here handlers borrow `&Catalog` instead
/// of `&State<Catalog>`:
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
    /// Promises that `from_context` never waits. Handlers that are no `async fn` then need no future for it. Default `false`.
    const IMMEDIATE: bool = false;

    /// Whether `from_context` may return an error. Default `true`.
    ///
    /// `on_disconnect` runs for every instance, so the macro refuses a fallible context there. `false` is a promise: an error that
    /// `from_context` returns in spite of it is logged, and `on_disconnect` is not called. `&Option<T>` works with every `T`.
    const FALLIBLE: bool = true;

    /// Whether `from_context` or `lend` reads [`Context::packet`]. Default `false`: the packet is not kept for a method that does not ask for
    /// it.
    const PACKET: bool = false;

    /// Makes the value.
    ///
    /// # Errors
    /// The handler is not run, and the client is answered as if the handler had returned the error.
    fn from_context(cx: &Context) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Lends the value where there is one already, so that it need not be made. `None`, the default, calls
    /// [`from_context`](Self::from_context).
    ///
    /// What can be lent is what the context refers to: a [`State`](Context::state), an [`extension`](Context::extension) of the request, the
    /// [`socket`](Context::socket), the [`packet`](Context::packet). `&Option<T>` is always made, because there is no `Option<T>` to lend: a type
    /// that is to be borrowed as `&Option<T>` needs a `from_context` that can make it, by a clone for example.
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

    /// Names what must be there when the server starts. It is called for each `&Self` argument of each method; `argument` is the argument's
    /// name, for the error. The default requires nothing. `&Option<T>` requires nothing either, whatever `T` does.
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

/// A context argument: borrowed from the connection or made for the call.
pub enum Lent<'a, T> {
    /// The connection has one.
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
