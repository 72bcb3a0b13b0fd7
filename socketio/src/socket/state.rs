//! Where a socket is between its CONNECT packet and its end: [`SocketState`], and the atomic that holds it.

use std::sync::atomic::{AtomicU8, Ordering};

/// Where a socket is between its CONNECT packet and its end; see [`Socket::state`](super::Socket::state).
///
/// The states follow each other in the order of this list. A socket that `on_connect` refuses is never `Connected`. It descends from the
/// states of gevent-socketio's `Socket`, where a socket whose last namespace was closed is `DISCONNECTING`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SocketState {
    /// `on_connect` has not ended: what is sent to the socket is held.
    Connecting,
    /// The CONNECT reply is out: what is sent to the socket goes out at once.
    Connected,
    /// The client has left, or was disconnected: nothing is sent any more. Handlers that still run come to their end, then `on_disconnect`
    /// runs, during which the socket is still in its rooms.
    Leaving,
    /// `on_disconnect` is over: the socket is in no room, and its tasks are aborted.
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

    /// The CONNECT reply is out.
    pub(super) fn connect(&self) {
        self.0.fetch_max(CONNECTED, Ordering::AcqRel);
    }

    /// The socket is leaving. Returns the state before.
    pub(super) fn leave(&self) -> SocketState {
        state(self.0.fetch_max(LEAVING, Ordering::AcqRel))
    }

    /// All is over.
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
