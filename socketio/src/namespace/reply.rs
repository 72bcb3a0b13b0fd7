//! Answers: what a handler returns becomes an acknowledgement.

use serde::Serialize;

use super::answer::write_ack;
use super::refusal::Failure;
use super::reply_to::ReplyTo;
use crate::error::Error;
use crate::packet::Written;

/// How a handler has ended; opaque to generated code.
pub struct Outcome(pub(super) Ending);

pub(super) enum Ending {
    /// The acknowledgement, written.
    Reply(Written),
    /// Nobody asked, or an [`Ack`](super::Ack) answers.
    Silent,
    /// The client is told.
    Failed(Error),
    /// The connection is closed.
    Malformed(String),
}

impl Outcome {
    /// A call that a guard of `#[acl]` denies.
    pub fn forbidden(to: &ReplyTo<'_>) -> Self {
        Self(Ending::Failed(to.forbidden()))
    }

    /// A handler that was not run.
    pub fn failed(failure: Failure) -> Self {
        match failure {
            Failure::Malformed(text) => Self(Ending::Malformed(text)),
            Failure::Refused(error) => Self(Ending::Failed(error)),
        }
    }
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to the client as an acknowledgement",
    label = "what a handler returns is its acknowledgement, so it must be `Serialize`",
    note = "add `#[derive(serde::Serialize)]` to `{Self}`, or return `()` for an empty acknowledgement"
)]
pub trait Reply {
    fn outcome(&self, to: ReplyTo<'_>) -> Outcome;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Reply for T {
    fn outcome(&self, to: ReplyTo<'_>) -> Outcome {
        let Some((id, socket)) = to.destination() else { return Outcome(Ending::Silent) };
        match write_ack(socket, id, self) {
            Ok(message) => Outcome(Ending::Reply(message)),
            Err(error) => Outcome(Ending::Failed(error)),
        }
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

/// Tells a `Result` from any other type, whatever it is called: `(&probe(&value)).kind()` finds the nearer of two traits.
pub(crate) mod kinds {
    use std::marker::PhantomData;

    use super::super::refusal::{Answer, FallibleAnswer};
    use super::{Ending, IntoError, Outcome, Reply, ReplyTo};

    /// Takes a value's type.
    pub fn probe<T>(_: &T) -> PhantomData<T> {
        PhantomData
    }

    /// The kind of a `Result`.
    pub trait ResultKind {
        /// How it answers an event.
        fn kind(&self) -> Fallible {
            Fallible
        }
        /// How it answers a CONNECT.
        fn answer(&self) -> FallibleAnswer {
            FallibleAnswer
        }
    }

    impl<T, E> ResultKind for PhantomData<Result<T, E>> {}

    /// The kind of everything else.
    pub trait ValueKind {
        /// How it answers an event.
        fn kind(&self) -> Plain {
            Plain
        }
        /// How it answers a CONNECT.
        fn answer(&self) -> Answer {
            Answer
        }
    }

    impl<T> ValueKind for &PhantomData<T> {}

    /// A value is the acknowledgement.
    pub struct Plain;

    impl Plain {
        /// Writes it.
        pub fn reply<T: Reply>(self, to: ReplyTo<'_>, value: T) -> Outcome {
            value.outcome(to)
        }
    }

    /// `Ok` is the acknowledgement, `Err` the error object.
    pub struct Fallible;

    impl Fallible {
        /// Writes it.
        pub fn reply<T: Reply, E: IntoError>(self, to: ReplyTo<'_>, result: Result<T, E>) -> Outcome {
            match result {
                Ok(value) => value.outcome(to),
                Err(error) => Outcome(Ending::Failed(error.into_error())),
            }
        }
    }
}
