//! Payload: reads a packet's arguments into the types of a handler's by-value arguments.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::{DeserializeOwned, SeqAccess};

use super::reply_to::AckSlot;
use crate::error::Error;
use crate::packet::Rest;
use crate::packet::arguments;
use crate::packet::assumptions::without_position;

/// A type that a handler takes by value, because the client sends it.
///
/// Implemented for every `Deserialize` type that owns its data, for [`Ack`], [`Rest`] and [`Try`](crate::Try). Binary data is `bytes::Bytes`,
/// anywhere inside.
///
/// A type of your own that is read from several arguments implements this trait by calling [`Reader::next`] once for
/// each argument:
///
/// ```
/// use socketio::{FromPayload, ReadError, Reader, Source};
///
/// struct Point { x: i32, y: i32 }
///
/// impl FromPayload for Point {
///     fn from_payload<S: Source>(args: &mut Reader<'_, S>, _: &'static str) -> Result<Self, ReadError> {
///         Ok(Point { x: args.next("x")?, y: args.next("y")? })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a packet",
    label = "a by-value argument is sent by the client, so it must be `Deserialize`",
    note = "if it is the client's data, add `#[derive(serde::Deserialize)]` to `{Self}`",
    note = "if it belongs to the server, borrow it: `&{Self}`"
)]
pub trait FromPayload: Sized + Send {
    /// Whether the type takes all remaining arguments, so that no argument can follow.
    const REST: bool = false;
    /// Whether the type is the acknowledgement.
    const ACK: bool = false;
    /// Whether the type may follow an `Option`, because the type can be read when its argument is missing. `Option`
    /// keeps the default `false`, because the compiler's checks recognise it without this constant.
    const OPTIONAL: bool = false;

    /// Reads the value.
    ///
    /// # Errors
    /// When the arguments are missing or of another type. [`Reader::next`] makes the error; return it unchanged.
    fn from_payload<S: Source>(args: &mut Reader<'_, S>, name: &'static str) -> Result<Self, ReadError>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send> FromPayload for T {
    fn from_payload<S: Source>(args: &mut Reader<'_, S>, name: &'static str) -> Result<Self, ReadError> {
        args.value(name)
    }
}

impl<T: DeserializeOwned + Send> FromPayload for Rest<T> {
    const REST: bool = true;

    fn from_payload<S: Source>(args: &mut Reader<'_, S>, name: &'static str) -> Result<Self, ReadError> {
        let Some(first) = args.optional(name)? else { return Ok(Self(Vec::new())) };
        let mut rest = Vec::with_capacity(4);
        rest.push(first);
        while let Some(value) = args.optional(name)? {
            rest.push(value);
        }
        Ok(Self(rest))
    }
}

/// The acknowledgement, for a handler that answers later than by returning.
///
/// An `Ack` may be moved into a task and outlive the handler. An `Ack` that is dropped unsent answers with the error
/// `internal`. If the client asked for no acknowledgement ([`is_wanted`](Self::is_wanted) is `false`), then `send`,
/// `fail` and dropping the `Ack` do nothing and log nothing. A handler takes at most one `Ack`, and a handler with an
/// `Ack` returns `()`.
///
/// ```
/// use socketio::Ack;
/// use socketio::prelude::*;
///
/// #[derive(Default)]
/// struct Jobs;
///
/// #[namespace("/jobs")]
/// impl Jobs {
///     fn on_run(&self, socket: &Socket, job: String, ack: Ack<usize>) {
///         socket.spawn(async move { ack.send(job.len()) });
///     }
/// }
/// ```
pub struct Ack<R> {
    slot: Arc<AckSlot>,
    reply: PhantomData<fn(R)>,
}

impl<R: Serialize> Ack<R> {
    /// Sends the acknowledgement: a tuple is several arguments, `()` none, anything else one.
    pub fn send(self, value: R) {
        if let Some(owed) = self.slot.take() {
            owed.send(&value);
        }
    }

    /// Answers with an error, as a handler that returns `Err` does.
    pub fn fail(self, error: impl Into<Error>) {
        if let Some(owed) = self.slot.take() {
            owed.fail(error.into());
        }
    }
}

impl<R> Ack<R> {
    /// Whether the client has asked for an acknowledgement.
    pub fn is_wanted(&self) -> bool {
        self.slot.is_full()
    }
}

impl<R> Drop for Ack<R> {
    fn drop(&mut self) {
        // If this `Ack`'s handler panics, its turn answers with the text of the panic. If other code panics, the slot
        // is dropped with the `Ack`, and `AckSlot::drop` answers.
        if !std::thread::panicking() {
            self.slot.abandon();
        }
    }
}

impl<R> std::fmt::Debug for Ack<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ack").field("wanted", &self.is_wanted()).finish()
    }
}

impl<R> FromPayload for Ack<R> {
    const ACK: bool = true;

    fn from_payload<S: Source>(args: &mut Reader<'_, S>, _: &'static str) -> Result<Self, ReadError> {
        Ok(Self { slot: args.deferred.get_or_insert_default().clone(), reply: PhantomData })
    }
}

/// Reads one packet's arguments, one after another. `S` is the encoding of the arguments.
pub struct Reader<'r, S> {
    source: S,
    deferred: &'r mut Option<Arc<AckSlot>>,
    position: usize,
    wrong: &'r mut Option<Error>,
}

/// An argument does not fit its type. The [`Reader`] keeps the position, the name and the reason.
#[derive(Debug)]
pub struct ReadError(());

/// An encoding of arguments that a [`Reader`] reads from, such as JSON with or without attachments. Only this crate
/// implements `Source`; a [`FromPayload`] implementation names the trait as a bound and calls none of its methods.
pub trait Source: sealed::Source {}

impl<S: sealed::Source> Source for S {}

mod sealed {
    use serde::de::DeserializeOwned;

    /// One argument after the other.
    pub trait Source {
        /// The next argument, if there is one. The error is a text for the client.
        fn next_value<T: DeserializeOwned>(&mut self) -> Result<Option<T>, String>;
    }
}

/// A sequence of serde as a [`Source`].
struct Elements<'de, A> {
    sequence: A,
    input: PhantomData<&'de ()>,
}

impl<'de, A: SeqAccess<'de>> sealed::Source for Elements<'de, A> {
    fn next_value<T: DeserializeOwned>(&mut self) -> Result<Option<T>, String> {
        self.sequence.next_element().map_err(|error| without_position(&error.to_string()).to_owned())
    }
}

/// Reads from a sequence of serde. Arguments that do not fit are noted in `wrong`, an [`Ack`] in `deferred`.
pub(super) fn reader<'r, 'de, A: SeqAccess<'de>>(
    sequence: A,
    deferred: &'r mut Option<Arc<AckSlot>>,
    wrong: &'r mut Option<Error>,
) -> Reader<'r, impl Source> {
    Reader { source: Elements { sequence, input: PhantomData }, deferred, position: 0, wrong }
}

impl<S: Source> Reader<'_, S> {
    /// Reads the next argument, or several, into any payload type. `name` is the argument's name in the error.
    ///
    /// # Errors
    /// When an argument is missing or of another type.
    pub fn next<T: FromPayload>(&mut self, name: &'static str) -> Result<T, ReadError> {
        T::from_payload(self, name)
    }

    /// Reads one argument. A missing argument is `None` for an `Option`, and an error for any other type.
    fn value<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, ReadError> {
        let position = self.position;
        match self.optional(name)? {
            Some(value) => Ok(value),
            None => arguments::missing().map_err(|error| self.fail(position, name, &error.to_string())),
        }
    }

    fn optional<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<Option<T>, ReadError> {
        let position = self.position;
        self.position += 1;
        let next = self.source.next_value();
        next.map_err(|error| self.fail(position, name, &error))
    }

    /// Takes the next argument and converts it with `read`. The error of `read`, or of a missing argument that `T` does
    /// not allow, is the inner `Result`, and is not written to `wrong`.
    pub(super) fn attempt<V: DeserializeOwned, T: DeserializeOwned>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(V) -> Result<T, String>,
    ) -> Result<Result<T, Error>, ReadError> {
        let position = self.position;
        let result = match self.optional(name)? {
            Some(value) => read(value),
            None => arguments::missing().map_err(|error| error.to_string()),
        };
        Ok(result.map_err(|what| does_not_fit(position, name, &what)))
    }

    fn fail(&mut self, position: usize, name: &str, what: &str) -> ReadError {
        *self.wrong = Some(does_not_fit(position, name, what));
        ReadError(())
    }
}

fn does_not_fit(position: usize, name: &str, what: &str) -> Error {
    Error::bad_request(format!("argument {position} `{name}`: {what}"))
}

impl<S> std::fmt::Debug for Reader<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("position", &self.position).finish()
    }
}
