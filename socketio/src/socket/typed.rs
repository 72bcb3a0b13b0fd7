//! Views of sockets and targets that send only the events which a namespace declares with `emits = Type`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::time::Duration;

use serde::Serialize;

use super::{AckFuture, Acks, Event, FromAck, NoSocket, Socket, Target};
use crate::adapter::Rooms;

/// An event that the namespace `N` declares: `#[namespace("/path", emits = Type)]` implements it for each type behind `emits`.
#[diagnostic::on_unimplemented(
    message = "`{N}` does not emit `{Self}`",
    label = "not among the types that the namespace declares with `emits = ..`",
    note = "declare it: `emits = {Self}`, or `emits = (A, B)` for several; `Socket::send` takes every event"
)]
pub trait EmittedBy<N: ?Sized>: Event {}

/// A [`Socket`] whose `send` and `call` take only the events of the namespace `N`, and so do the targets made from it.
///
/// A handler borrows it as `&TypedSocket<Self>`, beside `&Socket` or in its place. All other methods are those of [`Socket`]. With it the
/// compiler checks that the list behind `emits` is complete; `&Socket` restricts nothing. `emit` is not checked, because it names its event
/// by a string.
///
/// ```
/// use socketio::TypedSocket;
/// use socketio::prelude::*;
///
/// #[derive(Event)]
/// #[event(rename_all = "snake_case")]
/// enum Said {
///     Line(String),
/// }
///
/// #[derive(Event)]
/// #[event("confirm", ack = bool)]
/// struct Confirm(String);
///
/// #[derive(Default)]
/// struct Chat;
///
/// #[namespace("/chat", emits = (Said, Confirm))]
/// impl Chat {
///     async fn on_say(&self, socket: &TypedSocket<Self>, text: String) -> Result<bool, Error> {
///         let sure = socket.call(Confirm(text.clone())).await?;
///         if sure {
///             socket.to("lobby").send(Said::Line(text));
///         }
///         Ok(sure)
///     }
/// }
/// ```
///
/// Another event does not compile:
///
/// ```compile_fail,E0277
/// # use socketio::TypedSocket;
/// # use socketio::prelude::*;
/// # #[derive(Event)]
/// # struct Said(String);
/// # #[derive(Default)]
/// # struct Chat;
/// #[derive(Event)]
/// struct Other;
///
/// #[namespace("/chat", emits = Said)]
/// impl Chat {
///     fn on_say(&self, socket: &TypedSocket<Self>) {
///         socket.send(Other);
///     }
/// }
/// ```
pub struct TypedSocket<N> {
    socket: Socket,
    /// The time limit of [`timeout`](Self::timeout).
    patience: Option<Duration>,
    namespace: PhantomData<fn() -> N>,
}

/// A [`Target`] whose `send` and `call` take only the events of the namespace `N`.
///
/// Made by a [`TypedSocket`], or by [`Target::typed`] for code outside of handlers: `handle.of("/chat").typed::<Chat>()`.
pub struct TypedTarget<N> {
    target: Target,
    namespace: PhantomData<fn() -> N>,
}

impl Socket {
    /// This socket, as a view that sends only the events of the namespace `N`. `N` is not compared with the namespace's path.
    pub fn typed<N>(&self) -> TypedSocket<N> {
        TypedSocket { socket: self.clone(), patience: None, namespace: PhantomData }
    }
}

impl Target {
    /// This target, as a view that sends only the events of the namespace `N`. `N` is not compared with the namespace's path.
    pub fn typed<N>(self) -> TypedTarget<N> {
        TypedTarget { target: self, namespace: PhantomData }
    }
}

impl<N> TypedSocket<N> {
    /// As [`Socket::send`].
    pub fn send(&self, event: impl EmittedBy<N>) {
        self.socket.send(event);
    }

    /// As [`Socket::disconnect_with`].
    pub fn disconnect_with(&self, event: impl EmittedBy<N>) {
        self.socket.disconnect_with(event);
    }

    /// As [`Socket::call`].
    ///
    /// # Errors
    /// As [`Socket::call`].
    pub fn call<E: EmittedBy<N>>(&self, event: E) -> AckFuture<E::Ack> {
        match self.patience {
            Some(timeout) => self.socket.timeout(timeout).call(event),
            None => self.socket.call(event),
        }
    }

    /// As [`Socket::emit_with_ack`].
    ///
    /// # Errors
    /// As [`Socket::call`].
    pub fn emit_with_ack<R: FromAck>(&self, event: &str, args: impl Serialize) -> AckFuture<R> {
        match self.patience {
            Some(timeout) => self.socket.timeout(timeout).emit_with_ack(event, args),
            None => self.socket.emit_with_ack(event, args),
        }
    }

    /// This socket with another time limit for [`call`](Self::call) and [`emit_with_ack`](Self::emit_with_ack).
    #[must_use]
    pub fn timeout(&self, timeout: Duration) -> Self {
        Self { patience: Some(timeout), ..self.clone() }
    }

    /// As [`Socket::to`].
    pub fn to(&self, rooms: impl Rooms) -> TypedTarget<N> {
        self.socket.to(rooms).typed()
    }

    /// As [`Socket::within`].
    pub fn within(&self, rooms: impl Rooms) -> TypedTarget<N> {
        self.socket.within(rooms).typed()
    }

    /// As [`Socket::broadcast`].
    pub fn broadcast(&self) -> TypedTarget<N> {
        self.socket.broadcast().typed()
    }

    /// As [`Socket::namespace`].
    pub fn namespace(&self) -> TypedTarget<N> {
        self.socket.namespace().typed()
    }

    /// As [`Socket::except`].
    pub fn except(&self, rooms: impl Rooms) -> TypedTarget<N> {
        self.socket.except(rooms).typed()
    }

    /// As [`Socket::local`].
    pub fn local(&self) -> TypedTarget<N> {
        self.socket.local().typed()
    }

    /// As [`Socket::volatile`].
    pub fn volatile(&self) -> TypedTarget<N> {
        self.socket.volatile().typed()
    }

    /// As [`Socket::compress`].
    pub fn compress(&self, compress: bool) -> TypedTarget<N> {
        self.socket.compress(compress).typed()
    }
}

impl<N> TypedTarget<N> {
    /// As [`Target::send`].
    pub fn send(&self, event: impl EmittedBy<N>) {
        self.target.send(event);
    }

    /// As [`Target::try_send`].
    ///
    /// # Errors
    /// As [`Target::try_send`].
    pub fn try_send(&self, event: impl EmittedBy<N>) -> Result<usize, NoSocket> {
        self.target.try_send(event)
    }

    /// As [`Target::disconnect_with`].
    pub fn disconnect_with(&self, event: impl EmittedBy<N>) {
        self.target.disconnect_with(event);
    }

    /// As [`Target::call`].
    pub fn call<E: EmittedBy<N>>(&self, event: E) -> Acks<E::Ack> {
        self.target.call(event)
    }

    /// As [`Target::to`].
    #[must_use]
    pub fn to(self, rooms: impl Rooms) -> Self {
        self.target.to(rooms).typed()
    }

    /// As [`Target::within`].
    #[must_use]
    pub fn within(self, rooms: impl Rooms) -> Self {
        self.target.within(rooms).typed()
    }

    /// As [`Target::except`].
    #[must_use]
    pub fn except(self, rooms: impl Rooms) -> Self {
        self.target.except(rooms).typed()
    }

    /// As [`Target::local`].
    #[must_use]
    pub fn local(self) -> Self {
        self.target.local().typed()
    }

    /// As [`Target::volatile`].
    #[must_use]
    pub fn volatile(self) -> Self {
        self.target.volatile().typed()
    }

    /// As [`Target::compress`].
    #[must_use]
    pub fn compress(self, compress: bool) -> Self {
        self.target.compress(compress).typed()
    }

    /// As [`Target::timeout`].
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        self.target.timeout(timeout).typed()
    }
}

impl<N> Deref for TypedSocket<N> {
    type Target = Socket;

    fn deref(&self) -> &Socket {
        &self.socket
    }
}

impl<N> Deref for TypedTarget<N> {
    type Target = Target;

    fn deref(&self) -> &Target {
        &self.target
    }
}

// Not derived, because derived impls would require `N: Clone` and `N: Debug`.
impl<N> Clone for TypedSocket<N> {
    fn clone(&self) -> Self {
        Self { socket: self.socket.clone(), ..*self }
    }
}

impl<N> Clone for TypedTarget<N> {
    fn clone(&self) -> Self {
        self.target.clone().typed()
    }
}

impl<N> fmt::Debug for TypedSocket<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}

impl<N> fmt::Debug for TypedTarget<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.target.fmt(f)
    }
}
