//! Room names, the types that name rooms, and why a room cannot be joined.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::Id;
use crate::error::Error;

/// The name of a room: a string that is cheap to clone, that can be sent and that a handler can take as an argument.
///
/// A room exists from its first member to its last. One that is made of a [`SocketId`](crate::SocketId) has that socket as its only member,
/// or none; one that is made of text has the socket whose id the text is, or else the sockets that have joined it. A handler with an argument of type `Room` or `String` lets the client name *any*
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
#[derive(Clone)]
pub struct Room(Name);

/// How a room was named. There are two key spaces, because a message for the id of a socket must not reach sockets that have joined a room of
/// that name.
#[derive(Clone)]
pub(super) enum Name {
    /// The own room of a socket; no room that can be joined.
    Own(Id),
    /// Any text, which may be the id of a socket as well.
    Text(Arc<str>),
}

impl Room {
    /// The name.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Own(id) => id.as_str(),
            Name::Text(text) => text,
        }
    }

    pub(super) fn name(&self) -> &Name {
        &self.0
    }

    pub(super) fn into_name(self) -> Name {
        self.0
    }
}

impl Deref for Room {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Room {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Room {}

impl PartialOrd for Room {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Room {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Room {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
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
        self.as_str() == other
    }
}

impl PartialEq<&str> for Room {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
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

/// The bounds of what one member may join.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoomLimits {
    /// Rooms of one member, without its own.
    pub(crate) rooms: usize,
    /// Bytes of a room's name.
    pub(crate) name_bytes: usize,
}

impl Default for RoomLimits {
    fn default() -> Self {
        Self { rooms: 1024, name_bytes: 1024 }
    }
}

/// Why a socket has not joined a room; from [`Socket::try_join`](crate::Socket::try_join).
///
/// Each becomes an [`Error`] with a code of its own, so that a handler can answer it with `?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JoinError {
    /// The socket is in as many rooms as `Server::max_rooms` allows. Code `too_many_rooms`.
    TooManyRooms {
        /// How many rooms are allowed.
        limit: usize,
    },
    /// The name is longer than `Server::max_room_name` allows. Code `room_name_too_long`.
    NameTooLong {
        /// How many bytes it may have.
        limit: usize,
    },
    /// The name is the id of another socket, whose messages only that socket receives. Code `own_room`.
    OwnRoom,
    /// The socket has left its namespace. Code `disconnected`.
    Disconnected,
}

impl JoinError {
    /// The code of the error that it becomes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooManyRooms { .. } => "too_many_rooms",
            Self::NameTooLong { .. } => "room_name_too_long",
            Self::OwnRoom => "own_room",
            Self::Disconnected => "disconnected",
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyRooms { limit } => write!(f, "a socket may be in at most {limit} rooms"),
            Self::NameTooLong { limit } => write!(f, "the name of a room has at most {limit} bytes"),
            Self::OwnRoom => f.write_str("the room belongs to another socket"),
            Self::Disconnected => f.write_str("the socket has disconnected"),
        }
    }
}

impl std::error::Error for JoinError {}

impl From<JoinError> for Error {
    fn from(error: JoinError) -> Self {
        Self::new(error.code(), error.to_string())
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
    ($($type:ty: |$name:ident| $room:expr;)*) => { $(
        impl From<$type> for Room {
            fn from($name: $type) -> Self {
                Self($room)
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
    &str: |name| Name::Text(name.into());
    String: |name| Name::Text(name.into());
    &String: |name| Name::Text(name.as_str().into());
    Box<str>: |name| Name::Text(name.into());
    Arc<str>: |name| Name::Text(name);
    Id: |id| Name::Own(id);
    &Id: |id| Name::Own(*id);
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

/// The rooms of an argument, as a list.
pub(crate) fn listed(rooms: impl Rooms) -> Vec<Room> {
    let mut all = Vec::new();
    rooms.for_each(&mut |room| all.push(room));
    all
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
        let two = &["red", "blue"];
        assert_eq!(names(two), ["red", "blue"]);
        assert_eq!(names(std::slice::from_ref(&room)), ["red"]);
        assert_eq!(names(vec![room]), ["red"]);
        assert_eq!(names(id), [id.as_str()]);
        let lent = &id;
        assert_eq!(names(lent), [id.as_str()]);
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
