//! Why a client has left a namespace.

use std::fmt;

use crate::engine::CloseReason;

/// Why a client has left; borrowed by `on_disconnect` as `&DisconnectReason`.
///
/// [`Display`](fmt::Display) gives the reason as the Node server writes it, such as `transport close`.
///
/// ```
/// assert_eq!(socketio::DisconnectReason::ClientLeft.to_string(), "client namespace disconnect");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The client called `socket.disconnect()`: "client namespace disconnect".
    ClientLeft,
    /// The server called [`Socket::disconnect`](super::Socket::disconnect): "server namespace disconnect".
    ServerDisconnected,
    /// A handler or a spawned task of this namespace panicked: "handler panic".
    Panicked,
    /// The connection was closed.
    Connection(CloseReason),
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClientLeft => f.write_str("client namespace disconnect"),
            Self::ServerDisconnected => f.write_str("server namespace disconnect"),
            Self::Panicked => f.write_str("handler panic"),
            Self::Connection(reason) => reason.fmt(f),
        }
    }
}

impl From<CloseReason> for DisconnectReason {
    fn from(reason: CloseReason) -> Self {
        Self::Connection(reason)
    }
}
