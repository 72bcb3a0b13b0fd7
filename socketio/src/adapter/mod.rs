//! Floor 2: who is connected where. Rooms, targets and the [`Adapter`] trait with its in-memory implementation.
//! It knows packets and recipients, and neither sockets nor user code.

mod local;
mod room;
mod target;

use std::any::Any;
use std::sync::Arc;

use crate::engine::Id;
use crate::packet::{Outgoing, Packet};

pub(crate) use local::Local;
pub use room::{Room, Rooms};
pub(crate) use target::Target;

/// Someone a message can be delivered to.
pub(crate) trait Recipient: Any + Send + Sync {
    /// The public socket id.
    fn id(&self) -> Id;

    /// The id by which the recipient knows itself, if that is another. It names the same room.
    fn alias(&self) -> Option<Id> {
        None
    }

    /// Queues a packet, in the form that this recipient reads. Never waits. `volatile` messages may be dropped.
    fn deliver(&self, packet: &Outgoing<'_>, volatile: bool);
}

/// Where the members of one namespace are kept and how a message reaches them.
///
/// There is one adapter per namespace. Every member is in the room of its own id without joining it.
pub(crate) trait Adapter: Send + Sync {
    /// A member has come.
    fn add(&self, member: Arc<dyn Recipient>);

    /// A member has left, and with it all its rooms.
    fn remove(&self, id: Id);

    /// Puts a member into a room. Somebody who is not a member joins nothing, so that a late `join` leaves no trace.
    fn join(&self, id: Id, room: Room);

    /// Takes a member out of a room; not being there is no error.
    fn leave(&self, id: Id, room: &str);

    /// The rooms that a member has joined, without that of its own id.
    fn rooms(&self, id: Id) -> Vec<Room>;

    /// One member by its id.
    fn member(&self, id: Id) -> Option<Arc<dyn Recipient>>;

    /// Calls `each` once for every recipient of a target. No lock is held meanwhile.
    fn each(&self, target: &Target, each: &mut dyn FnMut(&Arc<dyn Recipient>));

    /// Delivers one message to every recipient of a target.
    fn broadcast(&self, target: &Target, packet: &Packet) {
        let packet = Outgoing::new(packet);
        self.each(target, &mut |member| member.deliver(&packet, target.volatile));
    }
}
