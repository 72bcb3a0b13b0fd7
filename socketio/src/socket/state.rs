//! The state of a socket, from its CONNECT packet to the end of `on_disconnect`: [`SocketState`], and the atomic that stores it.

use std::sync::atomic::{AtomicU8, Ordering};

/// The state of a socket, from its CONNECT packet to the end of `on_disconnect`; see [`Socket::state`](super::Socket::state).
///
/// The states follow each other in the order of this list. A socket that `on_connect` refuses is never `Connected`. It descends from the
/// states of gevent-socketio's `Socket`, where a socket whose last namespace was closed is `DISCONNECTING`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SocketState {
    /// `on_connect` has not ended: messages to the socket wait for the CONNECT reply.
    Connecting,
    /// The CONNECT reply is sent: messages to the socket are sent at once.
    Connected,
    /// The client has left, or was disconnected: nothing is sent any more. Handlers that still run end first, then `on_disconnect` runs,
    /// during which the socket is still in its rooms.
    Leaving,
    /// `on_disconnect` has ended: the socket is in no room, and its tasks are aborted.
    Gone,
}

const CONNECTING: u8 = SocketState::Connecting as u8;
const CONNECTED: u8 = SocketState::Connected as u8;
const LEAVING: u8 = SocketState::Leaving as u8;
const GONE: u8 = SocketState::Gone as u8;

/// The state of one socket; it never moves backwards.
#[derive(Default)]
pub(super) struct StateCell(AtomicU8);

impl StateCell {
    pub(super) fn get(&self) -> SocketState {
        state(self.0.load(Ordering::Acquire))
    }

    /// The CONNECT reply is sent.
    pub(super) fn connect(&self) {
        self.0.fetch_max(CONNECTED, Ordering::AcqRel);
    }

    /// The socket is leaving. Returns the state before.
    pub(super) fn leave(&self) -> SocketState {
        state(self.0.fetch_max(LEAVING, Ordering::AcqRel))
    }

    /// `on_disconnect` has ended.
    pub(super) fn end(&self) {
        self.0.store(GONE, Ordering::Release);
    }
}

fn state(value: u8) -> SocketState {
    match value {
        CONNECTING => SocketState::Connecting,
        CONNECTED => SocketState::Connected,
        LEAVING => SocketState::Leaving,
        _ => SocketState::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_never_moves_backwards() {
        let cell = StateCell::default();
        assert_eq!(cell.get(), SocketState::Connecting);
        cell.connect();
        assert_eq!(cell.leave(), SocketState::Connected);
        cell.connect();
        assert_eq!((cell.leave(), cell.get()), (SocketState::Leaving, SocketState::Leaving));
        cell.end();
        assert_eq!((cell.leave(), cell.get()), (SocketState::Gone, SocketState::Gone));
    }
}
