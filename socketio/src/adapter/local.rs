//! The adapter of a single process: members and rooms in memory.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use indexmap::IndexMap;

use super::{Adapter, Recipient, Room, Target};
use crate::engine::Id;

/// Ids are random, so eight of their bytes are as good a hash as any.
#[derive(Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            // The characters use six of eight bits each; the multiplication spreads them over all of the word.
            self.0 = u64::from_ne_bytes(*first).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    // An array hashes its length first, which says nothing here.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

type ById = BuildHasherDefault<IdHasher>;
type Members = IndexMap<Id, Arc<dyn Recipient>, ById>;

#[derive(Default)]
struct State {
    // Snapshots: a broadcast takes a reference under the lock and walks the list outside of it; whoever changes the list while it
    // is being walked changes a copy, and only then.
    members: Arc<Members>,
    rooms: HashMap<Room, Arc<Members>>,
    joined: HashMap<Id, Vec<Room>, ById>,
    /// Whom a recipient's other id means. Empty where all clients are new.
    aliases: HashMap<Id, Id, ById>,
}

/// Members and rooms of one namespace in this process.
#[derive(Default)]
pub(crate) struct Local {
    state: RwLock<State>,
}

impl Local {
    fn read<R>(&self, read: impl FnOnce(&State) -> R) -> R {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<R>(&self, write: impl FnOnce(&mut State) -> R) -> R {
        write(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn leave(&mut self, id: Id, room: &str) {
        let Some(members) = self.rooms.get_mut(room) else { return };
        Arc::make_mut(members).swap_remove(&id);
        if members.is_empty() {
            self.rooms.remove(room);
        }
    }

    /// The members of one room; every socket is alone in the room of its own id.
    fn room(&self, room: &str) -> Found {
        if let Some(members) = self.rooms.get(room) {
            // Somebody may have joined a room that is named like a socket; its owner is in it all the same.
            if let Some(owner) = self.owner(room).filter(|owner| !members.contains_key(&owner.id())) {
                return Found::Both(members.clone(), owner);
            }
            return Found::Room(members.clone());
        }
        self.owner(room).map_or(Found::Nobody, Found::Owner)
    }

    fn owner(&self, room: &str) -> Option<Arc<dyn Recipient>> {
        if let Some(owner) = Id::parse(room).and_then(|id| self.members.get(&id)) {
            return Some(owner.clone());
        }
        if self.aliases.is_empty() {
            return None;
        }
        // Clients of 2.x call themselves `/chat#id` in all namespaces but the first.
        let alias = Id::parse(room.rsplit_once('#').map_or(room, |(_, id)| id))?;
        self.members.get(self.aliases.get(&alias)?).cloned()
    }
}

/// Who is in a room.
enum Found {
    Nobody,
    Owner(Arc<dyn Recipient>),
    Room(Arc<Members>),
    Both(Arc<Members>, Arc<dyn Recipient>),
}

impl Found {
    fn each(&self, each: &mut dyn FnMut(&Arc<dyn Recipient>)) {
        match self {
            Found::Nobody => {}
            Found::Owner(owner) => each(owner),
            Found::Room(members) => members.values().for_each(each),
            Found::Both(members, owner) => {
                each(owner);
                members.values().for_each(each);
            }
        }
    }
}

impl Adapter for Local {
    fn add(&self, member: Arc<dyn Recipient>) {
        self.write(|state| {
            if let Some(alias) = member.alias() {
                state.aliases.insert(alias, member.id());
            }
            Arc::make_mut(&mut state.members).insert(member.id(), member)
        });
    }

    fn remove(&self, id: Id) {
        self.write(|state| {
            for room in state.joined.remove(&id).unwrap_or_default() {
                state.leave(id, &room);
            }
            let member = Arc::make_mut(&mut state.members).swap_remove(&id);
            // It may have come back meanwhile, and be somebody else by now.
            if let Some(alias) = member.and_then(|member| member.alias())
                && state.aliases.get(&alias) == Some(&id)
            {
                state.aliases.remove(&alias);
            }
        });
    }

    fn join(&self, id: Id, room: Room) {
        self.write(|state| {
            let Some(member) = state.members.get(&id).cloned() else { return };
            let members = state.rooms.entry(room.clone()).or_default();
            if Arc::make_mut(members).insert(id, member).is_none() {
                state.joined.entry(id).or_default().push(room);
            }
        });
    }

    fn leave(&self, id: Id, room: &str) {
        self.write(|state| {
            let Some(joined) = state.joined.get_mut(&id) else { return };
            let before = joined.len();
            joined.retain(|other| &**other != room);
            if joined.len() < before {
                if joined.is_empty() {
                    state.joined.remove(&id);
                }
                state.leave(id, room);
            }
        });
    }

    fn rooms(&self, id: Id) -> Vec<Room> {
        self.read(|state| state.joined.get(&id).cloned().unwrap_or_default())
    }

    fn member(&self, id: Id) -> Option<Arc<dyn Recipient>> {
        self.read(|state| state.members.get(&id).cloned())
    }

    fn each(&self, target: &Target, each: &mut dyn FnMut(&Arc<dyn Recipient>)) {
        let mut unless_skipped = |member: &Arc<dyn Recipient>| {
            if target.skip.is_none_or(|skip| skip != member.id()) {
                each(member);
            }
        };
        if target.except.is_empty() && target.rooms.len() <= 1 {
            let found = self.read(|state| match target.rooms.first() {
                None => Found::Room(state.members.clone()),
                Some(room) => state.room(room),
            });
            return found.each(&mut unless_skipped);
        }

        let (rooms, except) = self.read(|state| {
            let rooms: Vec<Found> = match target.rooms.as_slice() {
                [] => vec![Found::Room(state.members.clone())],
                rooms => rooms.iter().map(|room| state.room(room)).collect(),
            };
            let except: Vec<Found> = target.except.iter().map(|room| state.room(room)).collect();
            (rooms, except)
        });
        let mut done: HashSet<Id, ById> = HashSet::default();
        for room in &except {
            room.each(&mut |member| {
                done.insert(member.id());
            });
        }
        for room in &rooms {
            room.each(&mut |member| {
                if done.insert(member.id()) {
                    unless_skipped(member);
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::packet::{Outgoing, write};

    struct Ear(Id, Mutex<usize>, Option<Id>);

    impl Recipient for Ear {
        fn id(&self) -> Id {
            self.0
        }
        fn alias(&self) -> Option<Id> {
            self.2
        }
        fn deliver(&self, _: &Outgoing<'_>, _: bool) {
            *self.1.lock().unwrap() += 1;
        }
    }

    fn people(adapter: &Local, count: usize) -> Vec<Arc<Ear>> {
        (0..count)
            .map(|_| {
                let ear = Arc::new(Ear(Id::random().unwrap(), Mutex::new(0), None));
                adapter.add(ear.clone());
                ear
            })
            .collect()
    }

    fn heard(adapter: &Local, people: &[Arc<Ear>], target: Target) -> Vec<usize> {
        people.iter().for_each(|ear| *ear.1.lock().unwrap() = 0);
        adapter.broadcast(&target, &write::disconnect("/"));
        people.iter().map(|ear| *ear.1.lock().unwrap()).collect()
    }

    fn rooms(names: &[&str]) -> Vec<Room> {
        names.iter().map(|name| Room::from(*name)).collect()
    }

    #[test]
    fn a_recipient_in_several_rooms_hears_once() {
        let adapter = Local::default();
        let all = people(&adapter, 4);
        adapter.join(all[0].0, "red".into());
        adapter.join(all[0].0, "blue".into());
        adapter.join(all[1].0, "blue".into());
        adapter.join(all[2].0, "green".into());
        assert_eq!(heard(&adapter, &all, Target { rooms: rooms(&["red", "blue"]), ..Target::default() }), [1, 1, 0, 0]);
        assert_eq!(heard(&adapter, &all, Target { except: rooms(&["blue"]), ..Target::default() }), [0, 0, 1, 1]);
        let but_me = Target { rooms: rooms(&["blue"]), skip: Some(all[1].0), ..Target::default() };
        assert_eq!(heard(&adapter, &all, but_me), [1, 0, 0, 0]);
        assert_eq!(heard(&adapter, &all, Target::default()), [1, 1, 1, 1]);
        assert_eq!(heard(&adapter, &all, Target { rooms: rooms(&["nobody"]), ..Target::default() }), [0, 0, 0, 0]);
    }

    #[test]
    fn everyone_is_in_the_room_of_their_own_id() {
        let adapter = Local::default();
        let all = people(&adapter, 3);
        let own = Room::from(all[1].0.as_str());
        assert_eq!(heard(&adapter, &all, Target { rooms: vec![own.clone()], ..Target::default() }), [0, 1, 0]);
        assert_eq!(heard(&adapter, &all, Target { except: vec![own.clone()], ..Target::default() }), [1, 0, 1]);
        adapter.join(all[2].0, own.clone());
        assert_eq!(heard(&adapter, &all, Target { rooms: vec![own], ..Target::default() }), [0, 1, 1]);
    }

    #[test]
    fn a_second_id_names_the_same_room() {
        let adapter = Local::default();
        let all = people(&adapter, 1);
        let alias = Id::random().unwrap();
        let old = Arc::new(Ear(Id::random().unwrap(), Mutex::new(0), Some(alias)));
        adapter.add(old.clone());
        let all = [all[0].clone(), old.clone()];
        let to = |room: String| Target { rooms: vec![room.into()], ..Target::default() };
        assert_eq!(heard(&adapter, &all, to(alias.to_string())), [0, 1]);
        assert_eq!(heard(&adapter, &all, to(format!("/chat#{alias}"))), [0, 1]);
        assert_eq!(heard(&adapter, &all, to(old.0.to_string())), [0, 1]);
        // The same client again, while its first stay is not over yet.
        let new = Arc::new(Ear(Id::random().unwrap(), Mutex::new(0), Some(alias)));
        adapter.add(new.clone());
        adapter.remove(old.0);
        assert_eq!(heard(&adapter, &[old, new.clone()], to(alias.to_string())), [0, 1]);
        adapter.remove(new.0);
        assert!(adapter.read(|state| state.aliases.is_empty()));
    }

    #[test]
    fn nothing_is_left_of_a_member_that_has_left() {
        let adapter = Local::default();
        let all = people(&adapter, 2);
        adapter.join(all[0].0, "red".into());
        adapter.join(all[0].0, "red".into());
        assert_eq!(adapter.rooms(all[0].0).len(), 1);
        adapter.remove(all[0].0);
        adapter.join(all[0].0, "red".into());
        assert_eq!(adapter.rooms(all[0].0).len(), 0);
        assert!(adapter.read(|state| state.rooms.is_empty() && state.joined.is_empty() && state.members.len() == 1));
        adapter.join(all[1].0, "red".into());
        adapter.leave(all[1].0, "red");
        adapter.leave(all[1].0, "red");
        assert!(adapter.read(|state| state.rooms.is_empty() && state.joined.is_empty()));
    }

    #[test]
    fn the_list_may_change_while_it_is_walked() {
        let adapter = Local::default();
        let all = people(&adapter, 3);
        let mut seen = 0;
        adapter.each(&Target::default(), &mut |member| {
            seen += 1;
            adapter.remove(member.id());
        });
        assert_eq!(seen, 3);
        assert_eq!(heard(&adapter, &all, Target::default()), [0, 0, 0]);
    }
}
