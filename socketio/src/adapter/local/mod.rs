//! The members and rooms of one namespace in this process. Packets are delivered from here; sockets and other processes are not known.
//!
//! Every change takes constant time under the write lock, for any number of rooms and members: each member keeps its index in the list of
//! every room that it is in, so that no list is searched. There are two key spaces: the *own room* of a member is found by
//! the member's id in `members`, joined rooms by their name in `rooms`. An own room cannot be joined, and it is looked up first.

mod users;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};

use indexmap::IndexMap;

use super::presence::{Presence, Watch, count};
use super::room::Name;
use super::{JoinError, Recipient, Room, RoomLimits, Target};
use crate::engine::{ById, Id};

/// The number of rooms that one call removes a leaving member from, so that the lock is held for microseconds.
const STEP: usize = 256;

/// Members in no order. A broadcast clones the `Arc` under the lock and walks the list outside of it; a change made meanwhile copies
/// the list, and only then.
type List<M> = Arc<Vec<Arc<M>>>;

struct Member<M> {
    recipient: Arc<M>,
    /// Its index in `State::everyone`.
    place: usize,
    /// The rooms it has joined, with its index in each room's list. Boxed because most members have none.
    rooms: Option<Box<IndexMap<Arc<str>, usize>>>,
    /// It has left and is being removed from its rooms.
    leaving: bool,
}

struct State<M> {
    everyone: List<M>,
    members: HashMap<Id, Member<M>, ById>,
    rooms: HashMap<Arc<str>, List<M>>,
    /// Members by their second id, see [`Recipient::alias`]. Empty if all clients speak Socket.IO 5.
    aliases: HashMap<Id, Id, ById>,
    /// The users of members and rooms, if the program or other nodes learn of their changes. Made with the first user.
    presence: Option<Box<Presence>>,
    /// The rooms that have got their first member, or lost their last one, since the last report; if an adapter follows them.
    opened: Option<Vec<RoomChange>>,
}

/// A room that has got its first member on this node (`true`), or lost its last one.
pub(crate) type RoomChange = (Room, bool);

/// Members and rooms of one namespace in this process.
pub(crate) struct Local<M> {
    state: RwLock<State<M>>,
    limits: RoomLimits,
    watch: Watch,
    /// Whether `State::presence` is there, so that a namespace without users takes no lock to report them.
    counts_users: AtomicBool,
}

impl<M: Recipient> Local<M> {
    /// `watch`: who learns of changes of users. `followed`: whether changes of rooms are
    /// noted, for [`take_room_changes`](Self::take_room_changes).
    pub(crate) fn new(limits: RoomLimits, watch: Watch, followed: bool) -> Self {
        let state = State {
            everyone: List::default(),
            members: HashMap::default(),
            rooms: HashMap::new(),
            aliases: HashMap::default(),
            presence: None,
            opened: followed.then(Vec::new),
        };
        Self { state: RwLock::new(state), limits, watch, counts_users: AtomicBool::new(false) }
    }

    fn read<R>(&self, read: impl FnOnce(&State<M>) -> R) -> R {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<R>(&self, write: impl FnOnce(&mut State<M>) -> R) -> R {
        write(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds a member, whose id is new.
    pub(crate) fn add(&self, recipient: Arc<M>) {
        self.write(|state| {
            let id = recipient.id();
            if let Some(alias) = recipient.alias() {
                state.aliases.insert(alias, id);
                note(&mut state.opened, || Room::from(alias), true);
            }
            note(&mut state.opened, || Room::from(id), true);
            let everyone = Arc::make_mut(&mut state.everyone);
            let member = Member { recipient: recipient.clone(), place: everyone.len(), rooms: None, leaving: false };
            everyone.push(recipient);
            let same_id = state.members.insert(id, member);
            debug_assert!(same_id.is_none(), "ids are never given twice");
        });
    }

    /// Removes a member: from here on no target but its rooms finds it. True if some of its rooms are left to [`clear`](Self::clear).
    pub(crate) fn remove(&self, id: Id) -> bool {
        let (removed, more) = self.write(|state| if state.hide(id) { state.clear(id) } else { (None, false) });
        // Outside of the lock, because the last reference to a member may drop values of the program.
        drop(removed);
        more
    }

    /// Takes a removed member out of some of its rooms. True if there are more.
    pub(crate) fn clear(&self, id: Id) -> bool {
        let (removed, more) = self.write(|state| state.clear(id));
        drop(removed);
        more
    }

    /// Puts a member into a room. Joining a room twice, or the own room, changes nothing.
    pub(crate) fn join(&self, id: Id, room: Room) -> Result<(), JoinError> {
        if room.len() > self.limits.name_bytes {
            return Err(JoinError::NameTooLong { limit: self.limits.name_bytes });
        }
        self.write(|state| match state.owner(&room) {
            Some(owner) if owner.recipient.id() == id => Ok(()),
            Some(_) => Err(JoinError::OwnRoom),
            None => match room.into_name() {
                Name::Own(_) => Err(JoinError::OwnRoom),
                Name::Text(name) => state.join(id, name, self.limits.rooms),
            },
        })
    }

    /// Takes a member out of a room that it has joined; not being there is no error.
    pub(crate) fn leave(&self, id: Id, room: &str) {
        self.write(|state| {
            let Some(member) = state.members.get_mut(&id) else { return };
            let Some(rooms) = &mut member.rooms else { return };
            let Some((room, place)) = rooms.swap_remove_entry(room) else { return };
            if rooms.is_empty() {
                member.rooms = None;
            }
            count(&mut state.presence, &*member.recipient, |presence, user| presence.leave(Some(&room), user));
            state.vacate(&room, place);
        });
    }

    /// Takes the changes of rooms that are not reported yet, in their order.
    pub(crate) fn take_room_changes(&self) -> Vec<RoomChange> {
        self.write(|state| state.opened.as_mut().map(std::mem::take).unwrap_or_default())
    }

    /// The rooms of a member: its own first, then those it has joined. Empty for an id that is not a member's.
    pub(crate) fn rooms(&self, id: Id) -> Vec<Room> {
        self.read(|state| {
            let Some(member) = state.member(id) else { return Vec::new() };
            let joined = member.rooms.iter().flat_map(|rooms| rooms.keys().cloned().map(Room::from));
            std::iter::once(Room::from(id)).chain(joined).collect()
        })
    }

    /// Whether there are members at all, or in a room.
    pub(crate) fn has_members(&self, room: Option<&str>) -> bool {
        self.read(|state| match room {
            None => !state.everyone.is_empty(),
            Some(room) => {
                let own = room.rsplit_once('#').map_or(room, |(_, id)| id);
                state.rooms.contains_key(room) || Id::parse(own).is_some_and(|id| state.has_id(id))
            }
        })
    }

    /// One member by its id.
    pub(crate) fn member(&self, id: Id) -> Option<Arc<M>> {
        self.read(|state| state.member(id).map(|member| member.recipient.clone()))
    }

    /// Calls `each` once for every recipient of a target. No lock is held meanwhile.
    pub(crate) fn each(&self, target: &Target, mut each: impl FnMut(&Arc<M>)) {
        let mut unless_skipped = |member: &Arc<M>| {
            if target.skip.is_none_or(|skip| skip != member.id()) {
                each(member);
            }
        };
        if target.except.is_empty() && target.rooms.len() <= 1 {
            let found = self.read(|state| match target.rooms.first() {
                None => Found::List(state.everyone.clone()),
                Some(room) => state.room(room),
            });
            return found.each(unless_skipped);
        }

        let (rooms, except) = self.read(|state| {
            let rooms: Vec<Found<M>> = match target.rooms.as_slice() {
                [] => vec![Found::List(state.everyone.clone())],
                rooms => rooms.iter().map(|room| state.room(room)).collect(),
            };
            let except: Vec<Found<M>> = target.except.iter().map(|room| state.room(room)).collect();
            (rooms, except)
        });
        let mut done: HashSet<Id, ById> = HashSet::default();
        for room in &except {
            room.each(|member| {
                done.insert(member.id());
            });
        }
        for room in &rooms {
            room.each(|member| {
                if done.insert(member.id()) {
                    unless_skipped(member);
                }
            });
        }
    }
}

impl<M: Recipient> State<M> {
    fn member(&self, id: Id) -> Option<&Member<M>> {
        self.members.get(&id).filter(|member| !member.leaving)
    }

    /// The recipients in one room. An own room comes before a joined one of the same name.
    fn room(&self, room: &Room) -> Found<M> {
        if let Some(owner) = self.owner(room) {
            return Found::One(owner.recipient.clone());
        }
        match room.name() {
            Name::Own(_) => Found::Nobody,
            Name::Text(name) => self.rooms.get(name).map_or(Found::Nobody, |list| Found::List(list.clone())),
        }
    }

    fn has_id(&self, id: Id) -> bool {
        self.member(id).is_some() || self.aliases.contains_key(&id)
    }

    /// The member whose own room this is.
    fn owner(&self, room: &Room) -> Option<&Member<M>> {
        let id = match room.name() {
            Name::Own(id) => Some(*id),
            Name::Text(name) => Id::parse(name),
        };
        if let Some(owner) = id.and_then(|id| self.member(id)) {
            return Some(owner);
        }
        if self.aliases.is_empty() {
            return None;
        }
        // Clients of 2.x know themselves as `/chat#id` in all namespaces but `/`.
        let alias = id.or_else(|| Id::parse(room.rsplit_once('#')?.1))?;
        self.member(*self.aliases.get(&alias)?)
    }

    fn join(&mut self, id: Id, room: Arc<str>, limit: usize) -> Result<(), JoinError> {
        let Some(member) = self.members.get_mut(&id).filter(|member| !member.leaving) else {
            return Err(JoinError::Disconnected);
        };
        let joined = member.rooms.as_ref();
        if joined.is_some_and(|joined| joined.contains_key(&room)) {
            return Ok(());
        }
        if joined.map_or(0, |joined| joined.len()) >= limit {
            return Err(JoinError::TooManyRooms { limit });
        }
        let (name, list) = match self.rooms.entry(room) {
            // All members of a room share one copy of its name.
            Entry::Occupied(entry) => (entry.key().clone(), entry.into_mut()),
            // With room for one member, because a client in many rooms is often alone in them.
            Entry::Vacant(entry) => {
                note(&mut self.opened, || Room::from(entry.key().clone()), true);
                (entry.key().clone(), entry.insert(Arc::new(Vec::with_capacity(1))))
            }
        };
        count(&mut self.presence, &*member.recipient, |presence, user| presence.enter(Some(&name), user));
        member.rooms.get_or_insert_default().insert(name, list.len());
        Arc::make_mut(list).push(member.recipient.clone());
        Ok(())
    }

    /// Removes the member at `place` from the list of a room.
    fn vacate(&mut self, room: &str, place: usize) {
        let Some(list) = self.rooms.get_mut(room) else { return };
        if list.len() == 1 {
            self.rooms.remove(room);
            return note(&mut self.opened, || Room::from(room), false);
        }
        let list = Arc::make_mut(list);
        list.swap_remove(place);
        // The last member of the list has moved to the index.
        if let Some(moved) = list.get(place)
            && let Some(moved) = self.members.get_mut(&moved.id())
            && let Some(its_place) = moved.rooms.as_mut().and_then(|rooms| rooms.get_mut(room))
        {
            *its_place = place;
        }
    }

    /// Removes a member, except from the rooms that it has joined. False if it was not a member.
    fn hide(&mut self, id: Id) -> bool {
        let Some(member) = self.members.get_mut(&id).filter(|member| !member.leaving) else { return false };
        member.leaving = true;
        let (place, alias) = (member.place, member.recipient.alias());
        count(&mut self.presence, &*member.recipient, |presence, user| presence.leave(None, user));
        let everyone = Arc::make_mut(&mut self.everyone);
        everyone.swap_remove(place);
        if let Some(moved) = everyone.get(place)
            && let Some(moved) = self.members.get_mut(&moved.id())
        {
            moved.place = place;
        }
        // The alias may name another member by now, because the client has reconnected.
        if let Some(alias) = alias
            && self.aliases.get(&alias) == Some(&id)
        {
            self.aliases.remove(&alias);
            note(&mut self.opened, || Room::from(alias), false);
        }
        note(&mut self.opened, || Room::from(id), false);
        true
    }

    /// Takes a hidden member out of at most [`STEP`] rooms. Returns the member after the last of them, else true for "there are more".
    fn clear(&mut self, id: Id) -> (Option<Member<M>>, bool) {
        for _ in 0..STEP {
            let popped = self.members.get_mut(&id).and_then(|member| {
                let (room, place) = member.rooms.as_mut()?.pop()?;
                count(&mut self.presence, &*member.recipient, |presence, user| presence.leave(Some(&room), user));
                Some((room, place))
            });
            let Some((room, place)) = popped else { return (self.members.remove(&id), false) };
            self.vacate(&room, place);
        }
        (None, true)
    }
}

/// Notes a change of a room, if an adapter follows them.
fn note(opened: &mut Option<Vec<RoomChange>>, room: impl FnOnce() -> Room, open: bool) {
    if let Some(opened) = opened {
        opened.push((room(), open));
    }
}

/// The recipients in a room.
enum Found<M> {
    Nobody,
    One(Arc<M>),
    List(List<M>),
}

impl<M> Found<M> {
    fn each(&self, each: impl FnMut(&Arc<M>)) {
        match self {
            Found::Nobody => {}
            Found::One(one) => std::iter::once(one).for_each(each),
            Found::List(list) => list.iter().for_each(each),
        }
    }
}

#[cfg(test)]
mod tests;
