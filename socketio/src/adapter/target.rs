//! Which members of a namespace a message is for.

use super::Room;
use crate::engine::Id;

/// A set of recipients: the union of `rooms` (everyone, when there are none), without the members of `except` and without `skip`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target {
    pub(crate) rooms: Vec<Room>,
    pub(crate) except: Vec<Room>,
    /// The sender, where it is not to hear itself.
    pub(crate) skip: Option<Id>,
    /// May be dropped for a recipient that does not keep up.
    pub(crate) volatile: bool,
    /// Not to be carried to other nodes.
    pub(crate) local: bool,
}
