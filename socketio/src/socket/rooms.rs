//! The rooms of a socket: joining them, leaving them, and leaving all of them with the namespace.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::{Inner, SocketState, turn};
use crate::adapter::{JoinError, Room};
use crate::log::warn_rarely;

impl Inner {
    /// Joins a room. A refusal is logged, because some callers do not return it.
    pub(crate) fn join(&self, room: Room) -> Result<(), JoinError> {
        let joined = match &self.recovery {
            None => self.nsp.members.join(self.id, room),
            Some(member) => self.join_recoverable(member, room),
        };
        self.nsp.report();
        if joined.is_ok() && self.nsp.shared.follows_rooms {
            turn::note_joined();
        }
        joined.inspect_err(|error| match error {
            // Not logged, because the client has left at the same time.
            JoinError::Disconnected => {}
            JoinError::OwnRoom => {
                warn_rarely!(namespace = %self.nsp.path, socket = %self.id, code = error.code(), "{error}: not joined");
            }
            _ => warn_rarely!(namespace = %self.nsp.path, socket = %self.id, code = error.code(), "{error}: room not joined"),
        })
    }

    /// Leaves a room; it is no error if the socket is not in it.
    pub(crate) fn leave_room(&self, room: &str) {
        if self.is_replaceable() {
            return;
        }
        self.nsp.members.leave(self.id, room);
        self.note_left(room);
        self.nsp.report();
    }

    /// The rooms, the own one first; none when the socket has left.
    pub(crate) fn rooms(&self) -> Vec<Room> {
        if self.is_replaceable() { Vec::new() } else { self.nsp.members.rooms(self.id) }
    }

    /// After the last turn: leaves the namespace and all rooms, and aborts the socket's tasks.
    pub(crate) fn leave(self: &Arc<Self>) {
        if self.state() == SocketState::Gone {
            // Another socket may have its id by now.
            return;
        }
        self.close();
        self.snapshot();
        let is_in_rooms = self.nsp.remove(self.id);
        self.nsp.report();
        self.end_tasks();
        self.state.end();
        if is_in_rooms { self.leave_rooms() } else { self.release() }
    }

    /// Leaves the rooms of a socket that was in many, in steps with pauses, so that other sockets of the namespace can take the lock in
    /// between.
    fn leave_rooms(self: &Arc<Self>) {
        const PAUSE: Duration = Duration::from_millis(1);
        let socket = self.clone();
        self.link.runtime.spawn(async move {
            while socket.nsp.members.clear(socket.id) {
                socket.nsp.report();
                sleep(PAUSE).await;
            }
            socket.release();
            socket.nsp.report();
        });
    }
}
