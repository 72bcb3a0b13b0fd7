//! Presence: which users are in a namespace and in each of its rooms, on this node and on the others. Kept where the program or other nodes
//! learn of changes.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;

use super::Recipient;

/// A room, or the whole namespace, and a user.
type Key = (Option<Arc<str>>, Arc<str>);

/// How many changes one report to the other nodes has at most.
const REPORT: usize = 10_000;

/// How many users of other nodes one namespace keeps at most, counted once for each node and room. Past it, they are not counted.
const REMOTE: usize = 1_000_000;

/// The first socket of a user has come to a room or the namespace, or the last one has left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// `None` for the namespace.
    pub(crate) room: Option<Arc<str>>,
    pub(crate) user: Arc<str>,
    pub(crate) present: bool,
}

/// What a node tells the others of its users.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The changes are all users of the node, and replace what it has reported before.
    pub(crate) all: bool,
    pub(crate) changes: Vec<Change>,
}

/// Who learns of changes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Watch {
    pub(crate) program: bool,
    pub(crate) nodes: bool,
}

impl Watch {
    pub(crate) fn is_anybody(self) -> bool {
        self.program || self.nodes
    }
}

/// Sockets per room and user, and the changes that are not yet reported.
pub(super) struct Presence {
    watch: Watch,
    sockets: HashMap<Key, usize>,
    /// Whether the user is present now, on any node. One that has come and left again, or the other way round, is not in here, so that there
    /// are at most as many as there are users in rooms or have been at the last report.
    unreported: Unreported,
    reporting: bool,
    /// The same for the other nodes, of the users of this node.
    unsent: Unreported,
    /// The next report to the other nodes has all users of this node.
    all: bool,
    sending: bool,
    remote: Remote,
}

#[derive(Default)]
struct Unreported(IndexMap<Key, bool>);

impl Unreported {
    fn note(&mut self, key: Key, present: bool) {
        // What is unreported is the opposite, because the two alternate.
        if self.0.shift_remove(&key).is_none() {
            self.0.insert(key, present);
        }
    }
}

/// The users of other nodes.
#[derive(Default)]
struct Remote {
    nodes: HashMap<Arc<str>, HashSet<Key>>,
    /// How many nodes have the user in the room.
    rooms: HashMap<Option<Arc<str>>, HashMap<Arc<str>, usize>>,
    /// The sum of the sets in `nodes`.
    size: usize,
}

impl Remote {
    fn has(&self, (room, user): &Key) -> bool {
        self.rooms.get(room).is_some_and(|users| users.contains_key(user))
    }

    /// A node has a user; true if no other one has.
    fn add(&mut self, node: &Arc<str>, key: &Key) -> bool {
        if self.size >= REMOTE || !self.nodes.entry(node.clone()).or_default().insert(key.clone()) {
            return false;
        }
        self.size += 1;
        let nodes = self.rooms.entry(key.0.clone()).or_default().entry(key.1.clone()).or_insert(0);
        *nodes += 1;
        *nodes == 1
    }

    /// A node has a user no more; true if no other one has.
    fn remove(&mut self, node: &str, key: &Key) -> bool {
        self.nodes.get_mut(node).is_some_and(|keys| keys.remove(key)) && self.subtract(key)
    }

    fn subtract(&mut self, (room, user): &Key) -> bool {
        self.size -= 1;
        let Some(users) = self.rooms.get_mut(room) else { return false };
        let Some(nodes) = users.get_mut(user) else { return false };
        *nodes -= 1;
        if *nodes > 0 {
            return false;
        }
        users.remove(user);
        if users.is_empty() {
            self.rooms.remove(room);
        }
        true
    }
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
    pub(super) fn new(watch: Watch) -> Self {
        Self {
            watch,
            sockets: HashMap::new(),
            unreported: Unreported::default(),
            reporting: false,
            unsent: Unreported::default(),
            all: false,
            sending: false,
            remote: Remote::default(),
        }
    }

    /// One more socket of a user is in a room.
    pub(super) fn enter(&mut self, room: Option<&Arc<str>>, user: &Arc<str>) {
        let key = (room.cloned(), user.clone());
        let sockets = self.sockets.entry(key.clone()).or_insert(0);
        *sockets += 1;
        if *sockets == 1 {
            self.changed_here(key, true);
        }
    }

    /// One less.
    pub(super) fn leave(&mut self, room: Option<&Arc<str>>, user: &Arc<str>) {
        let Entry::Occupied(mut sockets) = self.sockets.entry((room.cloned(), user.clone())) else { return };
        *sockets.get_mut() -= 1;
        if *sockets.get() == 0 {
            let (key, _) = sockets.remove_entry();
            self.changed_here(key, false);
        }
    }

    fn changed_here(&mut self, key: Key, present: bool) {
        if self.watch.program && !self.remote.has(&key) {
            self.unreported.note(key.clone(), present);
        }
        if self.watch.nodes {
            self.unsent.note(key, present);
        }
    }

    fn changed_elsewhere(&mut self, key: Key, present: bool) {
        if self.watch.program && !self.sockets.contains_key(&key) {
            self.unreported.note(key, present);
        }
    }

    /// The next change to report. Nothing where `first` asks for one and another thread is reporting: that thread takes it. A thread that was
    /// given one asks again until there is none, so that changes are reported one after another.
    pub(super) fn next(&mut self, first: bool) -> Option<Change> {
        if first && self.reporting {
            return None;
        }
        let next = self.unreported.0.shift_remove_index(0);
        self.reporting = next.is_some();
        next.map(change)
    }

    /// Whether there is something to tell the other nodes, and nobody is about to.
    pub(super) fn begins_report(&mut self) -> bool {
        let begins = !self.sending && (self.all || !self.unsent.0.is_empty());
        self.sending |= begins;
        begins
    }

    /// What to tell the other nodes next. `None`: nothing any more.
    pub(super) fn take_report(&mut self) -> Option<Report> {
        let all = std::mem::take(&mut self.all);
        if all {
            self.unsent.0 = self.sockets.keys().map(|key| (key.clone(), true)).collect();
        }
        self.sending = all || !self.unsent.0.is_empty();
        let count = self.unsent.0.len().min(REPORT);
        self.sending.then(|| Report { all, changes: self.unsent.0.drain(..count).map(change).collect() })
    }

    /// The next report has all users of this node. Without users there is nothing to tell, and a report without users is a question.
    pub(super) fn report_all(&mut self) {
        self.all |= self.watch.nodes && !self.sockets.is_empty();
    }

    /// A report could not be sent: the next change sends all users instead.
    pub(super) fn report_failed(&mut self) {
        (self.all, self.sending) = (true, false);
    }

    /// Applies the report of another node.
    pub(super) fn apply(&mut self, node: &Arc<str>, report: Report) {
        let Report { all, changes } = report;
        let changes: Vec<(Key, bool)> =
            changes.into_iter().map(|Change { room, user, present }| ((room, user), present)).collect();
        if all {
            let kept: HashSet<&Key> = changes.iter().filter(|(_, present)| *present).map(|(key, _)| key).collect();
            let before = self.remote.nodes.get(node).into_iter().flatten();
            let gone: Vec<Key> = before.filter(|key| !kept.contains(key)).cloned().collect();
            gone.into_iter().for_each(|key| self.apply_one(node, key, false));
        }
        changes.into_iter().for_each(|(key, present)| self.apply_one(node, key, present));
        if self.remote.nodes.get(node).is_some_and(HashSet::is_empty) {
            self.remote.nodes.remove(node);
        }
    }

    fn apply_one(&mut self, node: &Arc<str>, key: Key, present: bool) {
        if if present { self.remote.add(node, &key) } else { self.remote.remove(node, &key) } {
            self.changed_elsewhere(key, present);
        }
    }

    /// A node is gone, with its users.
    pub(super) fn forget(&mut self, node: &str) {
        for key in self.remote.nodes.remove(node).into_iter().flatten() {
            if self.remote.subtract(&key) {
                self.changed_elsewhere(key, false);
            }
        }
    }

    /// The users that other nodes have in a room, or in the namespace.
    pub(super) fn remote_users(&self, room: Option<&str>) -> impl Iterator<Item = &Arc<str>> {
        self.remote.rooms.get(&room.map(Arc::from)).into_iter().flat_map(HashMap::keys)
    }

    /// How many counts and unreported changes there are.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.sockets.len() + self.remote.size, self.unreported.0.len() + self.unsent.0.len())
    }
}

fn change(((room, user), present): (Key, bool)) -> Change {
    Change { room, user, present }
}
