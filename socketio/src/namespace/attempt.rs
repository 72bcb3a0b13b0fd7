//! `Try<T>`: an argument that may not fit.

use serde::de::DeserializeOwned;

use super::argument::{FromPayload, ReadError, Reader, Source};
use crate::error::Error;
use crate::packet::Value;

/// An argument that may not fit its type: the handler is called all the same, and decides. The error is the `bad_request` that would have
/// been answered otherwise. The arguments behind it are read as usual.
///
/// An argument that is missing is an error too, unless `T` is an `Option`. The argument is read as a [`Value`] first, and `T` from that. What
/// cannot be a `Value`, which is half of a surrogate pair and a number that no type can hold, is answered with `bad_request` as with any
/// argument.
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
        // Whole, because a sequence cannot be read on behind an element that was read in part.
        args.attempt(name, |value: Value| value.read().map_err(|error| error.to_string())).map(Self)
    }
}
