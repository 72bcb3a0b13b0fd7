//! Connection state recovery: a client whose connection was cut comes back with its id, rooms, data and the events that it has missed.
//!
//! `journal` numbers the events of a namespace and delivers them in that order, `member` is what a socket needs for it, `sessions` keeps
//! what sockets leave behind, `asked` and `enter` build the socket of a client that comes back, and `keeper` hands sessions to an adapter.

mod asked;
mod enter;
mod journal;
mod keeper;
mod member;
mod options;
mod sessions;

pub(crate) use asked::Asked;
pub(crate) use enter::{Enter, Entered, Entering};
pub(crate) use journal::Journal;
pub(super) use member::Member;
pub use options::Recovery;
pub(crate) use sessions::Sessions;

use super::Socket;

impl Socket {
    /// Whether the client has come back to a session that its connection had lost: id, rooms, grants, the values of
    /// [`Session`](crate::Session) and the events that it has missed are those of the lost socket. Always `false` without
    /// [`Server::recovery`](crate::Server::recovery). As `socket.recovered` of the Node server and of its client.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// #[derive(Default)]
    /// struct Chat;
    ///
    /// #[namespace("/chat")]
    /// impl Chat {
    ///     fn on_connect(&self, socket: &Socket) {
    ///         if !socket.recovered() {
    ///             socket.emit("history", ["all that was said before"]);
    ///         }
    ///     }
    /// }
    /// ```
    pub fn recovered(&self) -> bool {
        self.inner().is_recovered()
    }
}
