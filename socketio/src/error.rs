//! The errors that handlers return and the server reports. How an error is written to a client is decided in `namespace::reply`.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeStruct};
use serde_json::Value as Json;

/// The codes that the server itself answers with.
pub(crate) mod code {
    pub(crate) const BAD_REQUEST: &str = "bad_request";
    pub(crate) const FORBIDDEN: &str = "forbidden";
    pub(crate) const INTERNAL: &str = "internal";
    pub(crate) const NOT_FOUND: &str = "not_found";
    pub(crate) const START: &str = "start";
}

/// The longest message of a `bad_request`, in characters, because it may quote what the client has sent.
const QUOTED: usize = 200;

/// The message of an internal error that a client reads; the log has the text.
const INTERNAL_MESSAGE: &str = "internal error";

/// An error with a code for programs and a message for people.
///
/// Returned from a handler it becomes the acknowledgement `{"error": {"code", "message", "data"?}}`, or, where the event asked
/// for no acknowledgement, the event `error` with `{code, message, event}`.
///
/// The server's own codes are `bad_request` (arguments missing or of another type), `forbidden` (denied by `#[acl]`),
/// `not_found` (no handler for the event), `internal` (a panic, a dropped [`Ack`](crate::Ack), an [`Error::internal`]) and
/// `start` (the server cannot start as it is configured).
///
/// The message of an `internal` error is logged and never sent: the client reads "internal error".
///
/// ```
/// use socketio::Error;
///
/// let error = Error::new("no_room", "join a room first").with_data(&["lobby", "music"]);
/// assert_eq!(error.code(), "no_room");
/// assert_eq!(error.to_string(), "no_room: join a room first");
/// ```
///
/// In a handler, `?` takes this crate's errors, `std::io::Error`, `serde_json::Error` and `Box<dyn Error + Send + Sync>`, and with the
/// feature `anyhow` `anyhow::Error`. For an error of your own implement `From<YourError> for Error`; any other, and a text, is mapped:
///
/// ```
/// use socketio::Error;
///
/// fn number(text: &str) -> Result<u8, Error> {
///     // The client reads the message,
///     let number: u8 = text.parse().map_err(|error| Error::new("not_a_number", format!("{text}: {error}")))?;
///     // or it is only logged.
///     u8::checked_add(number, 1).ok_or("overflow").map_err(Error::internal)
/// }
/// assert_eq!(number("x").unwrap_err().to_string(), "not_a_number: x: invalid digit found in string");
/// assert_eq!(number("255").unwrap_err().code(), "internal");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Parts>);

#[derive(Clone, PartialEq, Eq)]
struct Parts {
    code: Cow<'static, str>,
    message: Cow<'static, str>,
    data: Option<Json>,
}

impl Error {
    /// An error with a code of your own and a message that the client may read.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts { code: code.into(), message: message.into(), data: None }))
    }

    /// An error whose text is logged but not sent.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(code::INTERNAL, cause.to_string())
    }

    /// Adds details for the client's program. A value that JSON cannot hold (a map with keys that are not strings) is left out and logged.
    #[must_use]
    pub fn with_data(mut self, data: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_value(data) {
            Ok(data) => self.0.data = Some(data),
            Err(error) => tracing::warn!(code = %self.0.code, %error, "error data cannot be written as JSON"),
        }
        self
    }

    /// The code, such as `forbidden`.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The message as it is logged.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The details, if there are any.
    pub fn data(&self) -> Option<&Json> {
        self.0.data.as_ref()
    }

    /// The message as a client may read it.
    pub(crate) fn public_message(&self) -> &str {
        if self.0.code == code::INTERNAL { INTERNAL_MESSAGE } else { &self.0.message }
    }

    pub(crate) fn start(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code::START, message)
    }

    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        let mut message = message.into();
        if message.char_indices().nth(QUOTED).is_some() {
            message = message.chars().take(QUOTED - 1).chain(['…']).collect::<String>().into();
        }
        Self::new(code::BAD_REQUEST, message)
    }

    /// A panic of `what`; its text is logged and not sent.
    pub(crate) fn panicked(what: &str, panic: &(dyn Any + Send)) -> Self {
        Self::internal(format_args!("{what} panicked: {}", panic_text(panic)))
    }
}

/// The text of a panic, if its payload is a text, as that of `panic!` is.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

/// Writes what the client may read: `{"code", "message", "data"?}`.
impl Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = 2 + usize::from(self.0.data.is_some());
        let mut out = serializer.serialize_struct("Error", fields)?;
        out.serialize_field("code", &self.0.code)?;
        out.serialize_field("message", self.public_message())?;
        if let Some(data) = &self.0.data {
            out.serialize_field("data", data)?;
        }
        out.end()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.message)
    }
}

/// The same as [`Display`](fmt::Display), because a `main` that returns this error prints it with `Debug`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

impl From<Box<dyn std::error::Error + Send + Sync>> for Error {
    fn from(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Self::internal(error)
    }
}

/// The text, with all causes, is for the log.
#[cfg(feature = "anyhow")]
impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::internal(format_args!("{error:#}"))
    }
}

/// Why a client may not connect to a namespace: the answer is CONNECT_ERROR with `{"message", "data": {"code", ..}}`.
///
/// In JavaScript: `socket.on("connect_error", (err) => { err.message; err.data.code })`. What clients up to 2.5 read is in
/// `docs/generations.md`.
///
/// ```
/// use serde_json::json;
/// use socketio::Refuse;
///
/// let refuse = Refuse::new("taken", "that nickname is in use").with_data(&json!({ "free": ["ann1", "ann2"] }));
/// assert_eq!(refuse.code(), "taken");
/// // `err.data.free` in JavaScript.
/// let sent = json!({ "message": "that nickname is in use", "data": { "code": "taken", "free": ["ann1", "ann2"] } });
/// assert_eq!(json!(refuse), sent);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Refuse(Error);

impl Refuse {
    /// A refusal with a code for programs and a message for people.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Error::new(code, message))
    }

    /// Adds details for the client's program.
    ///
    /// The fields of an object (a struct, a map) stand beside `code`, so that the client reads `err.data.field`, as with a Node server
    /// whose error has a `data` object; a field `code` is left out, because the refusal has one. Any other value is `err.data.data`.
    /// What JSON cannot hold is left out and logged, as in [`Error::with_data`].
    #[must_use]
    pub fn with_data(self, data: &(impl Serialize + ?Sized)) -> Self {
        Self(self.0.with_data(data))
    }

    /// The code, such as `taken`.
    pub fn code(&self) -> &str {
        self.0.code()
    }

    /// The message.
    pub fn message(&self) -> &str {
        self.0.message()
    }

    /// The details as they were given, if there are any.
    pub fn data(&self) -> Option<&Json> {
        self.0.data()
    }
}

/// What stands under `data` in a CONNECT_ERROR: the code and, beside it, the details.
pub(crate) struct Details<'a> {
    code: &'a str,
    data: Option<&'a Json>,
}

impl Serialize for Details<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("code", self.code)?;
        match self.data {
            Some(Json::Object(fields)) => {
                for (name, value) in fields.iter().filter(|(name, _)| *name != "code") {
                    out.serialize_entry(name, value)?;
                }
            }
            Some(data) => out.serialize_entry("data", data)?,
            None => {}
        }
        out.end()
    }
}

impl Refuse {
    pub(crate) fn details(&self) -> Details<'_> {
        Details { code: self.code(), data: self.data() }
    }

    /// Whether [`details`](Self::details) has more than the code.
    pub(crate) fn has_details(&self) -> bool {
        match self.data() {
            Some(Json::Object(fields)) => fields.keys().any(|name| name != "code"),
            data => data.is_some(),
        }
    }

    /// The message without the text of internal errors.
    pub(crate) fn public_message(&self) -> &str {
        self.0.public_message()
    }
}

/// Writes the payload of CONNECT_ERROR.
impl Serialize for Refuse {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Refuse", 2)?;
        out.serialize_field("message", self.public_message())?;
        out.serialize_field("data", &self.details())?;
        out.end()
    }
}

impl fmt::Display for Refuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Refuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Refuse {}

impl From<Error> for Refuse {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Refuse> for Error {
    fn from(refuse: Refuse) -> Self {
        refuse.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_text_is_never_written() {
        let error = Error::internal("password is hunter2");
        assert_eq!(serde_json::to_string(&error).unwrap(), r#"{"code":"internal","message":"internal error"}"#);
        assert_eq!(error.to_string(), "internal: password is hunter2");
    }

    #[test]
    fn a_bad_request_quotes_little() {
        let message = |length| Error::bad_request("é".repeat(length)).message().to_owned();
        assert_eq!(message(QUOTED), "é".repeat(QUOTED));
        assert_eq!(message(QUOTED + 1), "é".repeat(QUOTED - 1) + "…");
        assert_eq!(message(1_000_000).chars().count(), QUOTED);
    }

    #[test]
    fn the_text_of_a_panic_is_kept() {
        let catch = |panics: fn()| Error::panicked("it", &*std::panic::catch_unwind(panics).unwrap_err());
        assert_eq!(catch(|| panic!("as said")).message(), "it panicked: as said");
        assert_eq!(catch(|| panic!("{}", 1 + 1)).message(), "it panicked: 2");
        assert_eq!(catch(|| std::panic::panic_any(7)).message(), "it panicked: no text");
    }

    #[test]
    fn a_refusal_carries_its_code_in_data() {
        let refuse = Refuse::new("taken", "in use").with_data(&7);
        assert_eq!(serde_json::to_string(&refuse).unwrap(), r#"{"message":"in use","data":{"code":"taken","data":7}}"#);
        assert!(refuse.has_details() && !Refuse::new("taken", "").has_details());
    }

    #[test]
    fn the_fields_of_an_object_stand_beside_the_code() {
        let written = |data: Json| {
            let refuse = Refuse::new("taken", "in use").with_data(&data);
            assert_eq!(refuse.data(), Some(&data));
            (serde_json::to_string(&refuse.details()).unwrap(), refuse.has_details())
        };
        let object = serde_json::json!({ "free": ["a"], "code": "theirs" });
        assert_eq!(written(object), (r#"{"code":"taken","free":["a"]}"#.to_owned(), true));
        assert_eq!(written(serde_json::json!({})), (r#"{"code":"taken"}"#.to_owned(), false));
        assert_eq!(written(serde_json::json!(["a"])), (r#"{"code":"taken","data":["a"]}"#.to_owned(), true));
        assert_eq!(written(Json::Null), (r#"{"code":"taken","data":null}"#.to_owned(), true));
    }
}
