//! Which turn this thread polls. A socket that is disconnected by its own turn leaves when the turn has ended and its acknowledgement is
//! sent.

use std::cell::Cell;
use std::ptr;

use super::Inner;

/// The socket of a turn, by its address: the turn's instance keeps the socket as long as the turn exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner(Option<usize>);

impl Owner {
    pub(crate) fn of(socket: &Inner) -> Self {
        Self(Some(ptr::from_ref(socket).addr()))
    }

    /// `on_connect` and `on_disconnect`, during which a disconnect takes effect at once.
    pub(crate) const LIFECYCLE: Self = Self(None);
}

#[derive(Clone, Copy)]
struct Current {
    owner: Owner,
    leaves: bool,
}

thread_local! {
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

/// As long as this exists, the thread polls a turn.
pub(crate) struct Polled {
    /// The turn that polls this one, if a program runs one server inside of another's handler.
    outer: Option<Current>,
}

impl Polled {
    pub(crate) fn begin(owner: Owner) -> Self {
        Self { outer: CURRENT.replace(Some(Current { owner, leaves: false })) }
    }

    /// Ends; true if the turn has disconnected its own socket.
    pub(crate) fn end(self) -> bool {
        CURRENT.get().is_some_and(|current| current.leaves)
    }
}

impl Drop for Polled {
    fn drop(&mut self) {
        CURRENT.set(self.outer);
    }
}

/// Notes that the turn that is polled disconnects its own socket. False if none of this socket is.
pub(super) fn leaves(socket: &Inner) -> bool {
    match CURRENT.get() {
        Some(Current { owner, .. }) if owner == Owner::of(socket) => {
            CURRENT.set(Some(Current { owner, leaves: true }));
            true
        }
        _ => false,
    }
}
