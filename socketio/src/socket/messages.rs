//! The events `message` and `json`. Their impls are not derived, because `do_not_recommend` keeps the compiler from proposing these types
//! where another type is not an event.

use serde::Serialize;

use super::Event;
use crate::packet::{EventWriter, WriteError};

/// The event `message` with one argument: `send(x)` of the Node, Python and Flask servers, and of every client.
///
/// Clients read it with `socket.on("message", (value) => ..)`, those of 0.7 to 0.9 too. `socket.send(text)` of those clients sends a text
/// packet without a name (type 3), which arrives as this event; the server sends named events only.
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

/// The event `json` with one argument: `send(x, json=True)` of Flask-SocketIO and `json.send(x)` of the clients of 0.7 to 0.9.
///
/// Clients read it with `socket.on("json", (value) => ..)`. JSON packets without a name (type 4) arrive as this event.
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
