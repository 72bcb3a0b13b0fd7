//! Room names, and which types may stand where rooms are asked for.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::Id;

/// The name of a room: a string that is cheap to clone, that can be sent and that a handler can take as an argument.
///
/// A room exists from its first member to its last. A handler with an argument of type `Room` or `String` lets the client name *any*
/// room, also one that the program uses for its own purposes. An argument that is to name one client should be a
/// [`SocketId`](crate::SocketId): text of another form is refused with `bad_request`.
///
/// ```
/// use socketio::prelude::*;
/// use socketio::{Room, SocketId};
///
/// #[derive(Default)]
/// struct Chat;
///
/// #[namespace("/chat")]
/// impl Chat {
///     fn on_leave(&self, socket: &Socket, room: Room) {
///         socket.leave(&room);
///         socket.to(&room).emit("left", &room);
///     }
///
///     fn on_whisper(&self, socket: &Socket, to: SocketId, text: String) {
///         socket.to(to).emit("whisper", (socket.id(), text));
///     }
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Room(Arc<str>);

impl Room {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Room {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Room {
    fn as_ref(&self) -> &str {
        self
    }
}

// `Hash`, `Eq` and `Ord` are those of the text, as `Borrow` asks for: maps from rooms can be searched by `&str`.
impl Borrow<str> for Room {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq<str> for Room {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Room {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Serialize for Room {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Room {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// One room or several: a [`Room`], a [`SocketId`](crate::SocketId), `&str`, `String`, or an array, slice or `Vec` of those.
///
/// ```
/// fn names(rooms: impl socketio::Rooms) -> Vec<String> {
///     let mut all = Vec::new();
///     rooms.for_each(&mut |room| all.push(room.to_string()));
///     all
/// }
/// assert_eq!(names("lobby"), ["lobby"]);
/// assert_eq!(names(["red", "blue"]), ["red", "blue"]);
/// assert_eq!(names(&socketio::Room::from("red")), ["red"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name rooms",
    label = "a room, or several, is expected here",
    note = "a room is named by `&str`, `String`, `Room` or `SocketId`; several rooms are an array, slice or `Vec` of those"
)]
pub trait Rooms {
    /// Calls `each` with the name of every room.
    fn for_each(self, each: &mut dyn FnMut(Room));
}

/// Types that name one room: each converts into [`Room`], and is [`Rooms`].
macro_rules! one_room {
    ($($type:ty: |$name:ident| $text:expr;)*) => { $(
        impl From<$type> for Room {
            fn from($name: $type) -> Self {
                Self(Arc::from($text))
            }
        }

        impl Rooms for $type {
            fn for_each(self, each: &mut dyn FnMut(Room)) {
                each(Room::from(self));
            }
        }
    )* };
}

one_room! {
    &str: |name| name;
    String: |name| name;
    &String: |name| name.as_str();
    Box<str>: |name| name;
    Arc<str>: |name| name;
    Id: |id| id.as_str();
    &Id: |id| id.as_str();
}

impl Rooms for Room {
    fn for_each(self, each: &mut dyn FnMut(Room)) {
        each(self);
    }
}

impl Rooms for &Room {
    fn for_each(self, each: &mut dyn FnMut(Room)) {
        each(self.clone());
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

impl<T: Rooms + Clone, const N: usize> Rooms for &[T; N] {
    fn for_each(self, each: &mut dyn FnMut(Room)) {
        self.as_slice().for_each(each);
    }
}

impl<T: Rooms + Clone> Rooms for &Vec<T> {
    fn for_each(self, each: &mut dyn FnMut(Room)) {
        self.as_slice().for_each(each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rooms: impl Rooms) -> Vec<String> {
        let mut all = Vec::new();
        rooms.for_each(&mut |room| all.push(room.to_string()));
        all
    }

    #[test]
    fn rooms_and_ids_are_rooms_lent_and_given() {
        let id = Id::random().unwrap();
        let room = Room::from("red");
        assert_eq!(names(&room), ["red"]);
        assert_eq!(names([&room, &Room::from("blue")]), ["red", "blue"]);
        assert_eq!(names(&[room.clone()]), ["red"]);
        assert_eq!(names(vec![room]), ["red"]);
        assert_eq!(names(id), [id.as_str()]);
        assert_eq!(names(&id), [id.as_str()]);
        assert_eq!(names([id].as_slice()), [id.as_str()]);
    }

    #[test]
    fn a_room_is_written_and_read_as_its_name() {
        let room = Room::from("rot \"1\"");
        assert_eq!(serde_json::to_string(&room).unwrap(), r#""rot \"1\"""#);
        assert_eq!(serde_json::from_str::<Room>(r#""rot \"1\"""#).unwrap(), room);
        assert!(serde_json::from_str::<Room>("7").is_err());
    }
}
