//! The events `message` and `json`. Their impls are written by hand, so that the compiler does not propose these types where some other type is no event.

use serde::Serialize;

use super::Event;
use crate::packet::{EventWriter, WriteError};

/// The event `message` with one argument: what `send(x)` is in the Node, Python and Flask servers, and in every client.
///
/// Clients read it with `socket.on("message", (value) => ..)`, those of 0.7 to 0.9 too. Their unnamed packets of text (type 3), which
/// `socket.send(text)` of those clients makes, arrive as this event; the server answers with events that have a name.
///
/// ```
/// use socketio::events::Message;
/// use socketio::prelude::*;
///
/// #[derive(Default)]
/// struct Echo;
///
/// #[namespace("/echo")]
/// impl Echo {
///     fn on_message(&self, socket: &Socket, text: String) {
///         socket.send(Message(text));
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<T>(pub T);

#[diagnostic::do_not_recommend]
impl<T: Serialize> Event for Message<T> {
    type Ack = ();

    fn name(&self) -> &str {
        "message"
    }

    fn write(&self, to: &mut EventWriter<'_>) -> Result<(), WriteError> {
        to.args(&(&self.0,))
    }
}

/// The event `json` with one argument: what `send(x, json=True)` is in Flask-SocketIO and `json.send(x)` in the clients of 0.7 to 0.9.
///
/// Clients read it with `socket.on("json", (value) => ..)`. Unnamed packets of JSON (type 4) arrive as this event.
///
/// ```
/// use socketio::events::Json;
/// use socketio::prelude::*;
///
/// #[derive(serde::Serialize)]
/// struct Point { x: i32, y: i32 }
///
/// fn place(socket: &Socket) {
///     socket.send(Json(Point { x: 1, y: 2 }));
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

#[diagnostic::do_not_recommend]
impl<T: Serialize> Event for Json<T> {
    type Ack = ();

    fn name(&self) -> &str {
        "json"
    }

    fn write(&self, to: &mut EventWriter<'_>) -> Result<(), WriteError> {
        to.args(&(&self.0,))
    }
}
