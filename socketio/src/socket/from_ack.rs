//! What an acknowledgement is read into, and why there is none.

use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::adapter::Reply;
use crate::packet::{Payload, Rest, WriteError, arguments};

/// Why a call has no acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AckError {
    /// The client did not answer in time; see [`Socket::timeout`](super::Socket::timeout).
    Timeout,
    /// The client has left the namespace, or had left before the call.
    Disconnected,
    /// The acknowledgement is not of the expected type; the text names the place.
    Mismatch(String),
    /// Too many acknowledgements of this socket are outstanding; see `Server::max_pending_acks`.
    TooMany,
    /// The event cannot be written: the text is that of a [`WriteError`](crate::WriteError).
    Unwritable(String),
}

impl fmt::Display for AckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("the client did not acknowledge in time"),
            Self::Disconnected => f.write_str("the client has disconnected"),
            Self::Mismatch(what) => write!(f, "the client's acknowledgement does not fit: {what}"),
            Self::TooMany => f.write_str("too many acknowledgements are outstanding"),
            Self::Unwritable(what) => write!(f, "the event cannot be written: {what}"),
        }
    }
}

impl std::error::Error for AckError {}

impl From<WriteError> for AckError {
    fn from(error: WriteError) -> Self {
        Self::Unwritable(error.to_string())
    }
}

impl From<AckError> for crate::Error {
    fn from(error: AckError) -> Self {
        let code = match error {
            AckError::Timeout => "timeout",
            AckError::Disconnected => "disconnected",
            AckError::Mismatch(_) => return Self::bad_request(error.to_string()),
            AckError::TooMany | AckError::Unwritable(_) => crate::error::code::INTERNAL,
        };
        Self::new(code, error.to_string())
    }
}

/// Reads the arguments of an acknowledgement.
pub(super) fn read<R: FromAck>(reply: &Payload) -> Result<R, AckError> {
    R::from_ack(reply.json(), reply.attachments())
}

/// The type that a client's acknowledgement is read into: a tuple takes several arguments, `()` none, [`Rest`] all of them, and any other
/// type the first.
///
/// Implemented for every `Deserialize` type that owns its data and for [`Rest`]; there is no need to implement it yourself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from an acknowledgement",
    label = "what the client answers with must be `Deserialize`",
    note = "say what the client answers with: `emit_with_ack::<bool>(..)`, or `emit_with_ack::<()>(..)` for nothing"
)]
pub trait FromAck: Sized {
    /// Reads the arguments from their JSON array and its attachments.
    ///
    /// # Errors
    /// [`AckError::Mismatch`] when the arguments are of another type.
    #[doc(hidden)]
    fn from_ack(json: &str, attachments: &[Bytes]) -> Result<Self, AckError>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> FromAck for T {
    fn from_ack(json: &str, attachments: &[Bytes]) -> Result<Self, AckError> {
        arguments::read_shape(json, attachments, false).map_err(|error| AckError::Mismatch(error.to_string()))
    }
}

impl<T: DeserializeOwned> FromAck for Rest<T> {
    fn from_ack(json: &str, attachments: &[Bytes]) -> Result<Self, AckError> {
        arguments::read_all(json, attachments, false).map(Rest).map_err(|error| AckError::Mismatch(error.to_string()))
    }
}

/// For the call of another node: the arguments are passed on unparsed.
#[diagnostic::do_not_recommend]
impl FromAck for Reply {
    fn from_ack(json: &str, attachments: &[Bytes]) -> Result<Self, AckError> {
        Ok(Self::new(json.to_owned(), attachments.to_vec()))
    }
}
