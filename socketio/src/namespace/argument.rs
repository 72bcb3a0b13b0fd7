//! Payload: what the client has sent, read into the types of a handler's by-value arguments.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::{DeserializeOwned, SeqAccess};

use super::reply_to::AckSlot;
use crate::error::Error;
use crate::packet::Rest;
use crate::packet::arguments;
use crate::packet::assumptions::without_position;

/// A type that a handler takes by value, because the client has sent it.
///
/// Implemented for every `Deserialize` type that owns its data, for [`Ack`], [`Rest`] and [`Try`](crate::Try). Binary data is `bytes::Bytes`,
/// anywhere inside.
///
/// A type of your own that is no single argument, such as a pair of arguments that belong together, implements it by asking the
/// [`Reader`] for more than one:
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
    /// Whether it takes all remaining arguments, so that nothing can follow it.
    const REST: bool = false;
    /// Whether it is the acknowledgement.
    const ACK: bool = false;
    /// Whether it may follow an `Option` that may be missing, because it can be read without an argument. An `Option` itself need not say
    /// so.
    const OPTIONAL: bool = false;

    /// Reads the value.
    ///
    /// # Errors
    /// When the arguments are missing or of another type. The error is made by [`Reader::next`] and handed on.
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
/// It may be moved into a task and outlive the handler. Dropped unsent, it answers with the error `internal`. If the client asked for
/// no acknowledgement ([`is_wanted`](Self::is_wanted) is `false`), then sending, failing and dropping it do nothing, and nothing is logged.
/// A handler takes at most one, and returns nothing besides.
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
        // The turn of a panicking handler answers with the text of the panic. If it is not this `Ack`'s handler that panics, the slot is
        // dropped with the `Ack` and answers.
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

/// Reads one packet's arguments, one after another. `S` is the encoding that they are in.
pub struct Reader<'r, S> {
    source: S,
    deferred: &'r mut Option<Arc<AckSlot>>,
    position: usize,
    wrong: &'r mut Option<Error>,
}

/// An argument does not fit its type. The [`Reader`] has noted which one and why.
#[derive(Debug)]
pub struct ReadError(());

/// An encoding of arguments that a [`Reader`] reads from, such as JSON with or without attachments. This crate implements it; a
/// [`FromPayload`] implementation names it and never calls it.
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
    /// Reads the next argument, or several, into any payload type. `name` stands in the error.
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn next<T: FromPayload>(&mut self, name: &'static str) -> Result<T, ReadError> {
        T::from_payload(self, name)
    }

    /// One argument, or what its absence means: `None` for an `Option`, an error for the rest.
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

    /// Takes the next argument, and lets `read` make something of it; the error of `read`, or of an absence that `T` does not allow, is
    /// returned and not noted.
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
