//! Presence: how many sockets of each user are in a namespace and in each of its rooms. Kept where the program listens for changes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use indexmap::IndexMap;

use super::Recipient;

/// A room, or the whole namespace, and a user.
type Key = (Option<Arc<str>>, Arc<str>);

/// The first socket of a user has come to a room or the namespace, or the last one has left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// `None` for the namespace.
    pub(crate) room: Option<Arc<str>>,
    pub(crate) user: Arc<str>,
    pub(crate) present: bool,
}

/// Sockets per room and user, and the changes that are not yet reported.
#[derive(Default)]
pub(super) struct Presence {
    sockets: HashMap<Key, usize>,
    /// Whether the user is present now. One that has come and left again, or the other way round, is not in here, so that there are at most
    /// as many as there are users in rooms or have been at the last report.
    unreported: IndexMap<Key, bool>,
    reporting: bool,
}

/// Counts a recipient that belongs to a user, where users are counted.
pub(super) fn count<M: Recipient>(
    presence: &mut Option<Box<Presence>>,
    recipient: &M,
    count: impl FnOnce(&mut Presence, &Arc<str>),
) {
    if let Some(presence) = presence
        && let Some(user) = recipient.user()
    {
        count(presence, &user);
    }
}

impl Presence {
    /// One more socket of a user is in a room.
    pub(super) fn enter(&mut self, room: Option<&Arc<str>>, user: &Arc<str>) {
        let key = (room.cloned(), user.clone());
        let sockets = self.sockets.entry(key.clone()).or_insert(0);
        *sockets += 1;
        if *sockets == 1 {
            self.note(key, true);
        }
    }

    /// One less.
    pub(super) fn leave(&mut self, room: Option<&Arc<str>>, user: &Arc<str>) {
        let Entry::Occupied(mut sockets) = self.sockets.entry((room.cloned(), user.clone())) else { return };
        *sockets.get_mut() -= 1;
        if *sockets.get() == 0 {
            let (key, _) = sockets.remove_entry();
            self.note(key, false);
        }
    }

    fn note(&mut self, key: Key, present: bool) {
        // What is unreported is the opposite, because the two alternate.
        if self.unreported.shift_remove(&key).is_none() {
            self.unreported.insert(key, present);
        }
    }

    /// The next change to report. Nothing where `first` asks for one and another thread is reporting: that thread takes it. A thread that was
    /// given one asks again until there is none, so that changes are reported one after another.
    pub(super) fn next(&mut self, first: bool) -> Option<Change> {
        if first && self.reporting {
            return None;
        }
        let next = self.unreported.shift_remove_index(0);
        self.reporting = next.is_some();
        next.map(|((room, user), present)| Change { room, user, present })
    }

    /// How many counts and unreported changes there are.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.sockets.len(), self.unreported.len())
    }
}
