//! The [`FromContext`] implementations of the crate's own types.

use super::context::{Context, FromContext};
use super::event_name::EventName;
use super::outcome::Outcome;
use super::requirements::Requirements;
use super::state::State;
use crate::error::Error;
use crate::packet::Packet;
use crate::socket::{DisconnectReason, Handshake, Session, Socket, TypedSocket};

impl<T: Send + Sync + 'static> FromContext for State<T> {
    const IMMEDIATE: bool = true;
    const FALLIBLE: bool = false;

    /// Fails only for `&Option<State<T>>`, because the start-up check requires the state of every other `&State<T>`.
    async fn from_context(cx: &Context) -> Result<Self, Error> {
        let missing = || Error::internal(format!("no `{}` was given to `Server::state`", std::any::type_name::<T>()));
        cx.state::<T>().cloned().ok_or_else(missing)
    }

    fn lend(cx: &Context) -> Option<&Self> {
        cx.state::<T>()
    }

    fn requires(requirements: &mut Requirements, argument: &'static str) {
        requirements.borrowed_state::<T>(argument);
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
        requirements.only_in("on_disconnect", "DisconnectReason", argument);
    }
}

/// The packet of the event that is handled, borrowed as `&Packet`: type, namespace, acknowledgement id, arguments as JSON, attachments. As
/// `&Option<Packet>` it is `None` in `on_connect` and `on_disconnect`.
///
/// The server keeps the packet as long as a method that borrows `&Packet` runs, in addition to the arguments that were
/// read from it. A packet of a client of 0.7 to 0.9 has the form of Socket.IO 5.
///
/// ```
/// use socketio::packet::Packet;
/// use socketio::prelude::*;
/// use socketio::EventName;
///
/// #[derive(Default)]
/// struct Relay;
///
/// #[namespace("/relay")]
/// impl Relay {
///     #[fallback]
///     fn other(&self, packet: &Packet, event: &EventName) -> usize {
///         tracing::info!(%event, id = packet.id(), data = packet.data());
///         packet.data().len() + packet.attachments().iter().map(|part| part.len()).sum::<usize>()
///     }
/// }
/// ```
impl FromContext for Packet {
    const IMMEDIATE: bool = true;
    /// `false`, because the macro's checks refuse `&Packet` where no event is handled.
    const FALLIBLE: bool = false;
    const PACKET: bool = true;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        let missing = "there is no event's packet here, or nothing asked for it with `FromContext::PACKET`";
        cx.packet().cloned().ok_or_else(|| Error::internal(missing))
    }

    fn lend(cx: &Context) -> Option<&Self> {
        cx.packet()
    }
}

impl FromContext for Outcome {
    const IMMEDIATE: bool = true;
    const FALLIBLE: bool = false;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        cx.outcome().cloned().ok_or_else(|| Error::internal("there is no `Outcome` outside of `#[after]`"))
    }

    fn lend(cx: &Context) -> Option<&Self> {
        cx.outcome()
    }

    fn requires(requirements: &mut Requirements, argument: &'static str) {
        requirements.only_in("#[after]", "Outcome", argument);
    }
}

impl FromContext for Error {
    const IMMEDIATE: bool = true;
    const FALLIBLE: bool = false;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        cx.error().cloned().ok_or_else(|| Error::internal("there is no `Error` outside of `#[on_error]`"))
    }

    fn lend(cx: &Context) -> Option<&Self> {
        cx.error()
    }

    fn requires(requirements: &mut Requirements, argument: &'static str) {
        requirements.only_in("#[on_error]", "Error", argument);
    }
}

/// Whether the client asked for an acknowledgement of the event; borrowed as `&AckWanted`. A handler with an
/// [`Ack`](super::Ack) returns `()`; a handler with `&AckWanted` returns its answer, so that `?` works.
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
