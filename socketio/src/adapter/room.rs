//! Room names, and what may stand where rooms are asked for.

use std::sync::Arc;

use crate::engine::Id;

/// The name of a room. Rooms come into being with their first member and vanish with their last.
pub type Room = Arc<str>;

/// One room or several: `&str`, `String`, a socket's id, or an array, slice or `Vec` of those.
///
/// ```
/// fn names(rooms: impl socketio::Rooms) -> Vec<String> {
///     let mut all = Vec::new();
///     rooms.for_each(&mut |room| all.push(room.to_string()));
///     all
/// }
/// assert_eq!(names("lobby"), ["lobby"]);
/// assert_eq!(names(["red", "blue"]), ["red", "blue"]);
/// ```
pub trait Rooms {
    /// Calls `each` with the name of every room.
    fn for_each(self, each: &mut dyn FnMut(Room));
}

macro_rules! one_room {
    ($($name:ty),*) => { $(
        impl Rooms for $name {
            fn for_each(self, each: &mut dyn FnMut(Room)) {
                each(Arc::from(self));
            }
        }
    )* };
}
one_room!(&str, String, Box<str>);

impl Rooms for Room {
    fn for_each(self, each: &mut dyn FnMut(Room)) {
        each(self);
    }
}

impl Rooms for &String {
    fn for_each(self, each: &mut dyn FnMut(Room)) {
        each(Arc::from(self.as_str()));
    }
}

impl Rooms for Id {
    fn for_each(self, each: &mut dyn FnMut(Room)) {
        each(Arc::from(self.as_str()));
    }
}

impl<T: Rooms, const N: usize> Rooms for [T; N] {
    fn for_each(self, each: &mut dyn FnMut(Room)) {
        self.into_iter().for_each(|room| room.for_each(each));
    }
}

impl<T: Rooms> Rooms for Vec<T> {
    fn for_each(self, each: &mut dyn FnMut(Room)) {
        self.into_iter().for_each(|room| room.for_each(each));
    }
}

impl<T: Rooms + Clone> Rooms for &[T] {
    fn for_each(self, each: &mut dyn FnMut(Room)) {
        self.iter().cloned().for_each(|room| room.for_each(each));
    }
}

impl<T: Rooms + Clone> Rooms for &Vec<T> {
    fn for_each(self, each: &mut dyn FnMut(Room)) {
        self.as_slice().for_each(each);
    }
}
