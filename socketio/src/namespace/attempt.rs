//! `Try<T>`: an argument that may not fit.

use serde::de::DeserializeOwned;

use super::argument::{FromPayload, ReadError, Reader, Source};
use crate::error::Error;
use crate::packet::Value;

/// An argument that may not fit its type: the handler is called also with an `Err`. The error is the `bad_request` that
/// the client would receive for an argument without `Try`. The arguments after the `Try` are read as usual.
///
/// A missing argument is an error too, unless `T` is an `Option`. The argument is read as a [`Value`] first, and `T` is
/// read from the `Value`. Half of a surrogate pair, or a number that no type can hold, cannot be a `Value`: the client
/// receives `bad_request`, and the handler is not called.
///
/// ```
/// use socketio::Try;
/// use socketio::prelude::*;
///
/// #[derive(Default)]
/// struct Orders;
///
/// #[namespace("/orders")]
/// impl Orders {
///     fn on_order(&self, Try(count): Try<u8>, item: String) -> String {
///         match count {
///             Ok(count) => format!("{count} of {item}"),
///             Err(error) => format!("one of {item}, because {}", error.message()),
///         }
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try<T>(pub Result<T, Error>);

impl<T: DeserializeOwned + Send> FromPayload for Try<T> {
    const OPTIONAL: bool = true;

    fn from_payload<S: Source>(args: &mut Reader<'_, S>, name: &'static str) -> Result<Self, ReadError> {
        // Reads the whole argument first, because serde cannot continue a sequence after an element that was read in
        // part.
        args.attempt(name, |value: Value| value.read().map_err(|error| error.to_string())).map(Self)
    }
}
