//! The index against a plain model of it, its bounds, and what it keeps of members that have left.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::*;
use crate::adapter::Change;
use crate::packet::Outgoing;
use crate::packet::write;

struct Ear(Id, Mutex<usize>, Option<Id>, Mutex<Option<Arc<str>>>);

impl Recipient for Ear {
    fn id(&self) -> Id {
        self.0
    }
    fn alias(&self) -> Option<Id> {
        self.2
    }
    fn user(&self) -> Option<Arc<str>> {
        self.3.lock().unwrap().clone()
    }
    fn set_user(&self, user: Arc<str>) -> Option<Arc<str>> {
        self.3.lock().unwrap().replace(user)
    }
    fn deliver(&self, _: &Outgoing<'_>, _: bool) {
        *self.1.lock().unwrap() += 1;
    }
}

fn adapter() -> Local<Ear> {
    Local::new(RoomLimits::default(), Watch::default(), false)
}

fn people(adapter: &Local<Ear>, count: usize) -> Vec<Arc<Ear>> {
    (0..count)
        .map(|_| {
            let ear = Arc::new(Ear(Id::random().unwrap(), Mutex::new(0), None, Mutex::default()));
            adapter.add(ear.clone());
            ear
        })
        .collect()
}

fn heard(adapter: &Local<Ear>, people: &[Arc<Ear>], target: Target) -> Vec<usize> {
    people.iter().for_each(|ear| *ear.1.lock().unwrap() = 0);
    let packet = write::disconnect("/");
    let packet = Outgoing::new(&packet);
    adapter.each(&target, |member| member.deliver(&packet, target.volatile));
    people.iter().map(|ear| *ear.1.lock().unwrap()).collect()
}

fn to(room: impl Into<Room>) -> Target {
    Target { rooms: vec![room.into()], ..Target::default() }
}

fn rooms(names: &[&str]) -> Vec<Room> {
    names.iter().map(|name| Room::from(*name)).collect()
}

#[test]
fn a_recipient_in_several_rooms_hears_once() {
    let adapter = adapter();
    let all = people(&adapter, 4);
    for (member, room) in [(0, "red"), (0, "blue"), (1, "blue"), (2, "green")] {
        adapter.join(all[member].0, room.into()).unwrap();
    }
    assert_eq!(heard(&adapter, &all, Target { rooms: rooms(&["red", "blue"]), ..Target::default() }), [1, 1, 0, 0]);
    assert_eq!(heard(&adapter, &all, Target { except: rooms(&["blue"]), ..Target::default() }), [0, 0, 1, 1]);
    let but_me = Target { rooms: rooms(&["blue"]), skip: Some(all[1].0), ..Target::default() };
    assert_eq!(heard(&adapter, &all, but_me), [1, 0, 0, 0]);
    assert_eq!(heard(&adapter, &all, Target::default()), [1, 1, 1, 1]);
    assert_eq!(heard(&adapter, &all, to("nobody")), [0, 0, 0, 0]);
}

#[test]
fn an_own_room_has_one_member_and_nobody_joins_it() {
    let adapter = adapter();
    let all = people(&adapter, 3);
    let own = Room::from(all[1].0.as_str());
    assert_eq!(heard(&adapter, &all, to(own.clone())), [0, 1, 0]);
    assert_eq!(heard(&adapter, &all, Target { except: vec![own.clone()], ..Target::default() }), [1, 0, 1]);
    assert_eq!(adapter.join(all[2].0, own.clone()), Err(JoinError::OwnRoom));
    assert_eq!(adapter.join(all[1].0, own.clone()), Ok(()));
    adapter.leave(all[1].0, &own);
    assert_eq!(heard(&adapter, &all, to(own.clone())), [0, 1, 0]);
    assert_eq!(adapter.rooms(all[1].0), [own]);
    assert!(adapter.read(|state| state.rooms.is_empty()));
}

#[test]
fn an_id_reaches_its_owner_alone_even_if_the_room_was_joined_before() {
    let adapter = adapter();
    let all = people(&adapter, 1);
    // Not connected yet, as a socket whose id is restored is not for a while.
    let late = Arc::new(Ear(Id::random().unwrap(), Mutex::new(0), None, Mutex::default()));
    let name = late.0.to_string();
    assert_eq!(adapter.join(all[0].0, late.0.into()), Err(JoinError::OwnRoom), "an id as such is never joined");
    adapter.join(all[0].0, Room::from(&name)).unwrap();
    let all = [all[0].clone(), late.clone()];
    // As text it is a room, as an id it is not.
    assert_eq!(heard(&adapter, &all, to(&name)), [1, 0]);
    assert_eq!(heard(&adapter, &all, to(late.0)), [0, 0]);
    adapter.add(late.clone());
    for target in [to(&name), to(late.0)] {
        assert_eq!(heard(&adapter, &all, target), [0, 1]);
    }
    assert_eq!(heard(&adapter, &all, Target { except: rooms(&[&name]), ..Target::default() }), [1, 0]);
    adapter.remove(late.0);
    assert_eq!(heard(&adapter, &all, to(late.0)), [0, 0]);
    adapter.leave(all[0].0, &name);
    assert!(adapter.read(|state| state.rooms.is_empty()));
}

#[test]
fn a_second_id_names_the_same_room() {
    let adapter = adapter();
    let other = people(&adapter, 1).remove(0);
    let alias = Id::random().unwrap();
    let old = Arc::new(Ear(Id::random().unwrap(), Mutex::new(0), Some(alias), Mutex::default()));
    adapter.add(old.clone());
    let all = [other.clone(), old.clone()];
    let names = [alias.to_string(), format!("/chat#{alias}"), old.0.to_string()];
    for name in &names {
        assert_eq!(heard(&adapter, &all, to(name)), [0, 1]);
        assert_eq!(adapter.join(other.0, name.into()), Err(JoinError::OwnRoom));
    }
    // The same client again, while its first stay is not over yet.
    let new = Arc::new(Ear(Id::random().unwrap(), Mutex::new(0), Some(alias), Mutex::default()));
    adapter.add(new.clone());
    adapter.remove(old.0);
    assert_eq!(heard(&adapter, &[old, new.clone()], to(alias)), [0, 1]);
    adapter.remove(new.0);
    assert!(adapter.read(|state| state.aliases.is_empty()));
}

#[test]
fn rooms_and_their_names_are_bounded() {
    let adapter = Local::new(RoomLimits { rooms: 2, name_bytes: 4 }, Watch::default(), false);
    let all = people(&adapter, 2);
    assert_eq!(adapter.join(all[0].0, "12345".into()), Err(JoinError::NameTooLong { limit: 4 }));
    assert_eq!(adapter.join(all[0].0, "1234".into()), Ok(()));
    assert_eq!(adapter.join(all[0].0, "b".into()), Ok(()));
    assert_eq!(adapter.join(all[0].0, "c".into()), Err(JoinError::TooManyRooms { limit: 2 }));
    assert_eq!(adapter.join(all[0].0, "b".into()), Ok(()), "it is there already");
    assert_eq!(adapter.join(all[1].0, "c".into()), Ok(()), "the bound is that of one socket");
    adapter.leave(all[0].0, "b");
    assert_eq!(adapter.join(all[0].0, "c".into()), Ok(()));
    assert_eq!(adapter.rooms(all[0].0)[1..], rooms(&["1234", "c"]));
}

#[test]
fn nothing_is_left_of_a_member_that_has_left() {
    let adapter = adapter();
    let all = people(&adapter, 2);
    adapter.join(all[0].0, "red".into()).unwrap();
    adapter.join(all[0].0, "red".into()).unwrap();
    assert_eq!(adapter.rooms(all[0].0).len(), 2);
    assert!(!adapter.remove(all[0].0));
    assert_eq!(adapter.join(all[0].0, "red".into()), Err(JoinError::Disconnected));
    assert_eq!(adapter.rooms(all[0].0), rooms(&[]));
    assert!(adapter.read(|state| state.rooms.is_empty() && state.members.len() == 1 && state.everyone.len() == 1));
    adapter.join(all[1].0, "red".into()).unwrap();
    adapter.leave(all[1].0, "red");
    adapter.leave(all[1].0, "red");
    assert!(adapter.read(|state| state.rooms.is_empty() && state.members[&all[1].0].rooms.is_none()));
    assert_eq!(Arc::strong_count(&all[0]), 1);
}

#[test]
fn a_member_of_many_rooms_is_removed_in_steps() {
    let adapter = Local::new(RoomLimits { rooms: usize::MAX, ..RoomLimits::default() }, Watch::default(), false);
    let all = people(&adapter, 3);
    for room in 0..3 * STEP {
        for member in &all {
            adapter.join(member.0, room.to_string().into()).unwrap();
        }
    }
    let left = |adapter: &Local<Ear>, at: usize| {
        let count = |list: &List<Ear>| list.iter().filter(|ear| ear.0 == all[at].0).count();
        adapter.read(|state| 3 * STEP - state.rooms.values().map(count).sum::<usize>())
    };
    // Two at once, each in the lists of the other.
    assert!(adapter.remove(all[0].0) && adapter.remove(all[2].0));
    assert_eq!((left(&adapter, 0), left(&adapter, 2)), (STEP, STEP));
    assert!(!adapter.remove(all[0].0), "it is no member any more");
    assert_eq!(adapter.rooms(all[0].0), rooms(&[]));
    assert!(adapter.member(all[0].0).is_none());
    assert_eq!(adapter.join(all[0].0, "new".into()), Err(JoinError::Disconnected));
    assert_eq!(heard(&adapter, &all, Target::default()), [0, 1, 0]);
    assert!(adapter.clear(all[0].0) && adapter.clear(all[2].0));
    assert_eq!((left(&adapter, 0), left(&adapter, 2)), (2 * STEP, 2 * STEP));
    while adapter.clear(all[0].0) || adapter.clear(all[2].0) {}
    assert_eq!(adapter.read(|state| (state.members.len(), state.rooms.len())), (1, 3 * STEP));
    assert_eq!(heard(&adapter, &all, to("0")), [0, 1, 0]);
    assert_eq!((Arc::strong_count(&all[0]), Arc::strong_count(&all[2])), (1, 1));
}

#[test]
fn the_list_may_change_while_it_is_walked() {
    let adapter = adapter();
    let all = people(&adapter, 3);
    let mut seen = 0;
    adapter.each(&Target::default(), |member| {
        seen += 1;
        adapter.remove(member.id());
    });
    assert_eq!(seen, 3);
    assert_eq!(heard(&adapter, &all, Target::default()), [0, 0, 0]);
}

#[test]
fn a_broadcast_copies_no_list() {
    let adapter = adapter();
    let all = people(&adapter, 3);
    all.iter().for_each(|member| adapter.join(member.0, "red".into()).unwrap());
    let lists = || adapter.read(|state| (Arc::as_ptr(&state.everyone), Arc::as_ptr(&state.rooms["red"])));
    let before = lists();
    heard(&adapter, &all, Target::default());
    heard(&adapter, &all, to("red"));
    heard(&adapter, &all, Target { except: rooms(&["red"]), ..Target::default() });
    assert_eq!(lists(), before);
}

/// Numbers below a bound, always the same for a seed.
fn random(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    }
}

/// Any sequence of changes gives what a map of sets gives: the places that members keep are right.
#[test]
fn the_index_agrees_with_a_map_of_sets() {
    let adapter = adapter();
    let mut all = people(&adapter, 12);
    let mut model: BTreeMap<Id, BTreeSet<String>> = all.iter().map(|ear| (ear.0, BTreeSet::new())).collect();
    let mut random = random(0x2545_F491_4F6C_DD1D);
    for _ in 0..20_000 {
        let at = random(all.len());
        let (id, room) = (all[at].0, format!("room {}", random(8)));
        match random(40) {
            0 => {
                assert!(!adapter.remove(id));
                model.remove(&id);
                all[at] = people(&adapter, 1).remove(0);
                model.insert(all[at].0, BTreeSet::new());
            }
            1..=19 => {
                adapter.leave(id, &room);
                model.get_mut(&id).unwrap().remove(&room);
            }
            _ => {
                adapter.join(id, room.as_str().into()).unwrap();
                model.get_mut(&id).unwrap().insert(room.clone());
            }
        }
        let expected: Vec<usize> = all.iter().map(|ear| usize::from(model[&ear.0].contains(&room))).collect();
        assert_eq!(heard(&adapter, &all, to(room)), expected);
    }
    for (id, rooms) in &model {
        let joined: BTreeSet<String> = adapter.rooms(*id)[1..].iter().map(ToString::to_string).collect();
        assert_eq!(&joined, rooms);
    }
    assert_eq!(heard(&adapter, &all, Target::default()), [1; 12]);
}

/// Sockets per room (`None` for the namespace) and user, counted from scratch.
fn users(adapter: &Local<Ear>, room: Option<&str>) -> BTreeSet<String> {
    let target = room.map_or_else(Target::default, to);
    let mut users = BTreeSet::new();
    adapter.each(&target, |ear| users.extend(ear.user().map(|user| user.to_string())));
    users
}

/// Any sequence of joining, leaving, coming, going and renaming reports what the lists say, and nothing is left in the end.
#[test]
fn changes_of_users_agree_with_the_lists() {
    let adapter = Local::new(RoomLimits::default(), Watch { program: true, nodes: false }, false);
    let mut all = people(&adapter, 12);
    let mut reported: BTreeMap<Option<String>, BTreeSet<String>> = BTreeMap::new();
    let mut random = random(0x9E37_79B9_7F4A_7C15);
    let mut report = |adapter: &Local<Ear>| {
        let mut next = adapter.next_change(true);
        assert!(next.is_none() || adapter.next_change(true).is_none(), "one thread reports at a time");
        while let Some(Change { room, user, present }) = next {
            let users = reported.entry(room.map(|room| room.to_string())).or_default();
            let alternates = if present { users.insert(user.to_string()) } else { users.remove(&*user) };
            assert!(alternates, "{user} is reported twice");
            next = adapter.next_change(false);
        }
        reported.clone()
    };
    for step in 0..20_000 {
        let at = random(all.len());
        let (id, room) = (all[at].0, format!("room {}", random(8)));
        match random(40) {
            0 => {
                adapter.remove(id);
                all[at] = people(&adapter, 1).remove(0);
            }
            1..=4 => adapter.identify(id, format!("user {}", random(4)).into()),
            5..=20 => adapter.leave(id, &room),
            _ => adapter.join(id, room.as_str().into()).unwrap(),
        }
        // Several changes may happen before they are reported.
        if step % 3 == 0 {
            let reported = report(&adapter);
            for room in [None, Some(room)] {
                let reported = reported.get(&room).cloned().unwrap_or_default();
                assert_eq!(reported, users(&adapter, room.as_deref()), "{room:?}");
            }
        }
    }
    all.iter().for_each(|ear| assert!(!adapter.remove(ear.0)));
    assert!(report(&adapter).values().all(BTreeSet::is_empty));
    assert_eq!(adapter.read(|state| state.presence.as_ref().unwrap().sizes()), (0, 0));
}

#[test]
fn where_nobody_listens_no_users_are_counted() {
    let adapter = adapter();
    let ear = people(&adapter, 1).remove(0);
    adapter.identify(ear.0, "ada".into());
    adapter.join(ear.0, "red".into()).unwrap();
    assert_eq!(users(&adapter, Some("red")), BTreeSet::from(["ada".to_owned()]));
    assert!(adapter.next_change(true).is_none() && adapter.read(|state| state.presence.is_none()));
}
