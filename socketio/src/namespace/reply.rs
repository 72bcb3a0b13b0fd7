//! Answers: turns a handler's return value into an acknowledgement.

use std::any::Any;
use std::time::Duration;

use serde::Serialize;

use super::answer::write_ack;
use super::outcome::Outcome;
use super::refusal::{Earlier, Failure};
use super::reply_to::ReplyTo;
use crate::error::Error;
use crate::packet::Written;
use crate::socket::{Answer, Polled, Ticket};

/// How a handler has ended, and the answer that is sent.
#[expect(private_interfaces, reason = "generated code hands it on and never looks inside")]
pub enum Ending {
    /// The acknowledgement, written.
    Reply(Written),
    /// Nothing is sent, because no acknowledgement was asked for, or the [`Ack`](super::Ack) has answered.
    Silent,
    /// Nothing is sent yet, because an [`Ack`](super::Ack) that still exists will answer.
    Deferred,
    /// The client receives the error.
    Failed(Error),
    /// The client receives the error, and the ticket keeps the answer for repeats of the event.
    FailedOnce(Error, Box<Ticket>),
    /// The packet breaks the protocol, so the connection is closed.
    Malformed(String),
    /// The turn has panicked: the client receives an internal error, unless an [`Ack`](super::Ack) has answered, and is
    /// disconnected from the namespace.
    Panicked {
        /// The text of the panic.
        error: Error,
        /// An `Ack` has answered before.
        answered: bool,
    },
}

impl Ending {
    /// The ending of a call that a guard of `#[acl]` denies.
    pub fn forbidden(to: &ReplyTo<'_>) -> Self {
        Self::Failed(to.forbidden())
    }

    /// The ending of a turn that has panicked, with the text of the panic.
    pub(super) fn panicked(panic: &(dyn Any + Send), polled: &Polled) -> Self {
        Self::Panicked { error: Error::panicked("the handler", panic), answered: polled.is_answered() }
    }

    /// The outcome for `#[after]` and middlewares.
    pub(super) fn outcome(&self, elapsed: Duration) -> Outcome {
        let error = match self {
            Self::Failed(error) | Self::FailedOnce(error, _) | Self::Panicked { error, .. } => Some(error.clone()),
            Self::Malformed(text) => Some(Error::bad_request(text.clone())),
            Self::Reply(_) | Self::Silent | Self::Deferred => None,
        };
        Outcome::new(error, elapsed, matches!(self, Self::Deferred))
    }

    /// The ending of a turn whose `#[after]` has panicked; `self` is the handler's ending.
    pub(super) fn panicked_after(&self, panic: &(dyn Any + Send), wants_ack: bool) -> Self {
        let answered = wants_ack && matches!(self, Self::Silent | Self::Deferred);
        Self::Panicked { error: Error::panicked("`#[after]`", panic), answered }
    }

    /// Whether `#[after]` is called. Not after a packet that breaks the protocol, because the connection is closed.
    pub(super) fn is_known(&self) -> bool {
        !matches!(self, Self::Malformed(_))
    }

    /// The ending of a call whose handler was not run.
    pub fn failed(failure: Failure) -> Self {
        match failure {
            Failure::Malformed(text) => Self::Malformed(text),
            Failure::Refused(error) => Self::Failed(error),
            Failure::Answered(Earlier(Some(ack))) => Self::Reply(ack),
            Failure::Answered(Earlier(None)) => Self::Silent,
        }
    }
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to the client as an acknowledgement",
    label = "what a handler returns is its acknowledgement, so it must be `Serialize`",
    note = "add `#[derive(serde::Serialize)]` to `{Self}`, or return `()` for an empty acknowledgement"
)]
pub trait Reply {
    fn ending(&self, to: ReplyTo<'_>) -> Ending;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Reply for T {
    fn ending(&self, to: ReplyTo<'_>) -> Ending {
        if to.once.is_some() {
            return remembered(self, to);
        }
        let Some((id, socket)) = to.destination() else {
            return if to.is_deferred() { Ending::Deferred } else { Ending::Silent };
        };
        match write_ack(socket, id, self) {
            Ok(message) => Ending::Reply(message),
            Err(error) => Ending::Failed(error),
        }
    }
}

/// The acknowledgement of a handler with `#[event(once)]`. Written even if this event asks for none, because a repeat
/// may ask.
fn remembered<T: Serialize>(value: &T, mut to: ReplyTo<'_>) -> Ending {
    let destination = to.destination();
    match write_ack(to.socket(), destination.map_or(0, |(id, _)| id), value) {
        Ok(message) => {
            if let Some(ticket) = to.once.take() {
                ticket.answer(Answer::of(&message));
            }
            if destination.is_some() { Ending::Reply(message) } else { Ending::Silent }
        }
        Err(error) => failed(error, to),
    }
}

/// The ending of a handler that has returned an error.
fn failed(error: Error, mut to: ReplyTo<'_>) -> Ending {
    match to.once.take() {
        Some(ticket) => Ending::FailedOnce(error, ticket),
        None => Ending::Failed(error),
    }
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to the client as an error",
    label = "the error half of this handler's result",
    note = "if the type is your own, implement `From<{Self}> for socketio::Error`",
    note = "otherwise return `Result<_, socketio::Error>`: `.map_err(Error::internal)` logs the text and hides it from the client, `.map_err(|error| Error::new(\"code\", error))` sends it"
)]
pub trait IntoError {
    fn into_error(self) -> Error;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Error>> IntoError for E {
    fn into_error(self) -> Error {
        self.into()
    }
}

/// The return type of a `#[before]` that succeeds: `()`.
#[diagnostic::on_unimplemented(
    message = "`#[before]` lets the event pass or refuses it, so it cannot return `{Self}`",
    label = "expected nothing, or `Result<(), Error>`",
    note = "what a hook finds out for the handlers goes into a field, or into a context of your own: `&T` with `T: FromContext`"
)]
pub trait Passed {}

impl Passed for () {}

/// Distinguishes `Result` and its aliases from all other types: for a `Result`, `(&probe(&value)).kind()` resolves to
/// `ResultKind`.
pub(crate) mod kinds {
    use std::marker::PhantomData;

    use serde::Serialize;

    use super::super::method::Lending;
    use super::super::refusal::{Answer, FallibleAnswer};
    use super::super::server_event::{Heard, answer};
    use super::{Ending, IntoError, Passed, Reply, ReplyTo, failed};

    /// Takes a value's type.
    pub fn probe<T>(_: &T) -> PhantomData<T> {
        PhantomData
    }

    /// The kind of a `Result`.
    pub trait ResultKind {
        /// Answers an event with a `Result`.
        fn kind(&self) -> Fallible {
            Fallible
        }
        /// Answers a CONNECT with a `Result`.
        fn answer(&self) -> FallibleAnswer {
            FallibleAnswer
        }
    }

    impl<T, E> ResultKind for PhantomData<Result<T, E>> {}

    /// The kind of everything else.
    pub trait ValueKind {
        /// Answers an event with a value.
        fn kind(&self) -> Plain {
            Plain
        }
        /// Answers a CONNECT with a value.
        fn answer(&self) -> Answer {
            Answer
        }
    }

    impl<T> ValueKind for &PhantomData<T> {}

    /// A value is the acknowledgement.
    pub struct Plain;

    impl Plain {
        /// Converts the return value of a `#[before]` that cannot fail.
        pub fn passed<T: Passed>(self, _: T) -> Lending<()> {
            Ok(())
        }

        /// Writes the answer to another server.
        pub fn heard<T: Serialize>(self, value: T) -> Heard {
            answer(&value)
        }

        /// Writes the acknowledgement.
        pub fn reply<T: Reply>(self, to: ReplyTo<'_>, value: T) -> Ending {
            value.ending(to)
        }
    }

    /// `Ok` is the acknowledgement, `Err` the error object.
    pub struct Fallible;

    impl Fallible {
        /// Converts the `Result` of a `#[before]`; the error refuses the event.
        pub fn passed<T: Passed, E: IntoError>(self, result: Result<T, E>) -> Lending<()> {
            result.map(|_| ()).map_err(|error| error.into_error().into())
        }

        /// Writes the answer to another server; the error is not sent.
        pub fn heard<T: Serialize, E: IntoError>(self, result: Result<T, E>) -> Heard {
            answer(&result.map_err(IntoError::into_error)?)
        }

        /// Writes the acknowledgement, or the error.
        pub fn reply<T: Reply, E: IntoError>(self, to: ReplyTo<'_>, result: Result<T, E>) -> Ending {
            match result {
                Ok(value) => value.ending(to),
                Err(error) => failed(error.into_error(), to),
            }
        }
    }
}
