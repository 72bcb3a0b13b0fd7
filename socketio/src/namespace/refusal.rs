//! Why a method is not run, and the result of `on_connect`: an instance, or a refusal.

use std::fmt;

use crate::error::{Error, Refuse};
use crate::packet::Written;

/// Why a handler was not run.
pub enum Failure {
    /// The packet breaks the protocol, so the connection is closed.
    Malformed(String),
    /// The client receives the error.
    Refused(Error),
    /// The event is a repeat of an event that was answered.
    Answered(Earlier),
}

/// The acknowledgement of the first event with the same id; `None` if the repeat asks for no acknowledgement.
pub struct Earlier(pub(super) Option<Written>);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(text) => f.write_str(text),
            Self::Refused(error) => error.fmt(f),
            Self::Answered(_) => f.write_str("taken for a repeat"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// Why a CONNECT builds no instance.
pub enum Refusal {
    /// The client receives CONNECT_ERROR.
    Refused(Refuse),
    /// The CONNECT packet breaks the protocol, so the connection is closed.
    Malformed(String),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Malformed(text) => Self::Malformed(text),
            Failure::Refused(error) => Self::Refused(error.into()),
            // Cannot happen, because a CONNECT has no id.
            Failure::Answered(_) => Self::Refused(Error::internal("a CONNECT was taken for a repeat").into()),
        }
    }
}

impl From<Refuse> for Refusal {
    fn from(refuse: Refuse) -> Self {
        Self::Refused(refuse)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Refused(error.into())
    }
}

/// Converts the return value of an `on_connect` that returns no `Result`.
pub struct Answer;

/// Converts the return value of an `on_connect` that returns a `Result`.
pub struct FallibleAnswer;

#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot refuse a client",
    label = "the error half of this `on_connect`'s result",
    note = "if the type is your own, implement `From<{Self}> for socketio::Refuse`",
    note = "otherwise return `Result<_, socketio::Refuse>`: `.map_err(|error| Refuse::new(\"code\", error))` says what the client reads"
)]
pub trait IntoRefuse {
    fn into_refuse(self) -> Refuse;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Refuse>> IntoRefuse for E {
    fn into_refuse(self) -> Refuse {
        self.into()
    }
}

/// The return type of an `on_connect` with `self`: `()`, because the instance exists already.
#[diagnostic::on_unimplemented(
    message = "`on_connect` with `self` is called on the default instance, so it cannot return `{Self}`",
    label = "expected nothing, or `Result<(), Refuse>`",
    note = "to build the instance instead, take no `self` and return `Self` or `Result<Self, Refuse>`"
)]
pub trait Accepted {}

impl Accepted for () {}

impl Answer {
    /// A constructor that cannot fail.
    pub fn built<N>(self, instance: N) -> Result<N, Refusal> {
        Ok(instance)
    }

    /// A method on the default instance that cannot fail.
    pub fn accepted<T: Accepted>(self, _: T) -> Result<(), Refusal> {
        Ok(())
    }
}

impl FallibleAnswer {
    /// A constructor.
    pub fn built<N, E: IntoRefuse>(self, instance: Result<N, E>) -> Result<N, Refusal> {
        instance.map_err(|error| error.into_refuse().into())
    }

    /// A method on the default instance.
    pub fn accepted<T: Accepted, E: IntoRefuse>(self, accepted: Result<T, E>) -> Result<(), Refusal> {
        accepted.map(|_| ()).map_err(|error| error.into_refuse().into())
    }
}
