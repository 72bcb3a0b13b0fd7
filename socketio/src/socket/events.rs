//! Typed events: Rust types for the events that the server sends.

use serde::de::DeserializeOwned;

use crate::packet::{EventWriter, WriteError};

/// An event with a name and arguments, derived with `#[derive(Event)]`.
///
/// * A struct is one event; an enum is one event per variant.
/// * Unnamed fields are the arguments; named fields are one object; a unit has no arguments.
/// * The name is that of the struct or variant; `#[event("name")]` sets it, `#[event(rename_all = "snake_case")]` changes all of an enum.
/// * `#[event(ack = Type)]` on a struct sets the type of the client's acknowledgement; see [`Socket::call`](super::Socket::call).
///
/// ```
/// use serde::Serialize;
/// use socketio::Event;
///
/// #[derive(Serialize, Event)]
/// #[event(rename_all = "snake_case")]
/// enum Said {
///     Joined(String),
///     Line { from: String, text: String },
/// }
///
/// #[derive(Event)]
/// #[event("confirm", ack = bool)]
/// struct Confirm(String);
///
/// assert_eq!(Said::Joined("ann".into()).name(), "joined");
/// assert_eq!(Confirm("sure?".into()).name(), "confirm");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "`send` and `call` take typed events",
    note = "add `#[derive(socketio::Event)]` to `{Self}`, or send by name: `emit(\"name\", value)`"
)]
pub trait Event {
    /// The type of the client's acknowledgement.
    type Ack: DeserializeOwned + Send + 'static;

    /// The event's name on the wire.
    fn name(&self) -> &str;

    /// Writes the arguments.
    ///
    /// # Errors
    /// When a value cannot be written as JSON, such as a map whose keys are not strings.
    fn write(&self, to: &mut EventWriter<'_>) -> Result<(), WriteError>;
}
