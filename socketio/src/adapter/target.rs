//! Which members of a namespace a message is for.

use super::Room;
use crate::engine::Id;

/// A set of recipients: the union of `rooms` (everyone, when there are none), without the members of `except` and without `skip`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target {
    pub(crate) rooms: Vec<Room>,
    pub(crate) except: Vec<Room>,
    /// A socket that does not receive the message, such as the sender.
    pub(crate) skip: Option<Id>,
    /// May be dropped for a recipient that is too slow.
    pub(crate) volatile: bool,
    /// Not sent to other nodes.
    pub(crate) local: bool,
}
