//! The argument of `Server::on_presence`.

use std::fmt;
use std::sync::Arc;

use crate::adapter::Room;

/// The functions of `Server::on_presence`.
pub(crate) type OnPresence = Arc<dyn Fn(&PresenceChange) + Send + Sync>;

/// The first socket of a user has entered a namespace or room, or the last one has left; see
/// [`Server::on_presence`](crate::Server::on_presence).
#[derive(Clone, PartialEq, Eq)]
pub struct PresenceChange {
    pub(super) namespace: Arc<str>,
    pub(super) room: Option<Room>,
    pub(super) user: Arc<str>,
    pub(super) present: bool,
}

impl PresenceChange {
    /// The path of the namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The room; `None` for the whole namespace.
    pub fn room(&self) -> Option<&Room> {
        self.room.as_ref()
    }

    /// The user's id, as passed to [`Socket::identify`](crate::Socket::identify).
    pub fn user(&self) -> &str {
        &self.user
    }

    /// `true` if the user's first socket has entered, `false` if the last one has left.
    pub fn is_present(&self) -> bool {
        self.present
    }
}

impl fmt::Debug for PresenceChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { namespace, room, user, present } = self;
        let mut out = f.debug_struct("PresenceChange");
        out.field("namespace", namespace).field("room", room).field("user", user).field("present", present).finish()
    }
}
