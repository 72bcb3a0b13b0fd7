//! The turn that this thread polls. If a turn disconnects its own socket or closes its own connection, that takes effect when the turn has
//! ended and its acknowledgement is sent. A shutdown that is awaited in a turn must not wait for that turn.

use std::cell::Cell;

/// The socket of a turn, by its address in memory: the turn's instance keeps the socket as long as the turn exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner(Option<usize>);

impl Owner {
    pub(super) fn at(address: usize) -> Self {
        Self(Some(address))
    }

    /// `on_connect` and `on_disconnect`, during which a disconnect takes effect at once.
    pub(crate) const LIFECYCLE: Self = Self(None);
}

/// What a turn has requested for its own client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Nothing: the client stays.
    None,
    /// The socket is disconnected from its namespace.
    Namespace,
    /// The connection is closed.
    Connection,
}

/// What a turn has done that concerns its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effects {
    /// The disconnection that it has requested.
    pub(crate) exit: Exit,
    /// It has joined rooms that other nodes have to learn of, so that its acknowledgement waits for [`Shared::settled`](super::Shared::settled).
    pub(crate) joined: bool,
}

impl Effects {
    pub(crate) const NONE: Self = Self { exit: Exit::None, joined: false };

    /// The effects of two polls of one turn.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { exit: self.exit.max(other.exit), joined: self.joined || other.joined }
    }
}

#[derive(Clone, Copy)]
struct Current {
    owner: Owner,
    effects: Effects,
    /// The event's acknowledgement is sent, although the turn panics.
    answered: bool,
}

thread_local! {
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

/// A guard: the thread polls a turn until this is dropped.
pub(crate) struct Polled {
    /// The turn that polls this turn, if a program runs a server inside of a handler of another server.
    outer: Option<Current>,
}

impl Polled {
    pub(crate) fn begin(owner: Owner) -> Self {
        Self { outer: CURRENT.replace(Some(Current { owner, effects: Effects::NONE, answered: false })) }
    }

    /// Whether the turn has panicked after its acknowledgement was sent.
    pub(crate) fn is_answered(&self) -> bool {
        CURRENT.get().is_some_and(|current| current.answered)
    }

    /// Ends the poll and returns what the turn has done.
    pub(crate) fn end(self) -> Effects {
        CURRENT.get().map_or(Effects::NONE, |current| current.effects)
    }
}

impl Drop for Polled {
    fn drop(&mut self) {
        CURRENT.set(self.outer);
    }
}

/// Notes that the turn that is polled has sent its acknowledgement before it panicked.
pub(crate) fn note_answered() {
    if let Some(current) = CURRENT.get() {
        CURRENT.set(Some(Current { answered: true, ..current }));
    }
}

/// Notes that the turn that is polled has joined a room that other nodes have to learn of.
pub(super) fn note_joined() {
    if let Some(mut current) = CURRENT.get() {
        current.effects.joined = true;
        CURRENT.set(Some(current));
    }
}

/// Whether the caller runs in a turn, `on_connect` or `on_disconnect`.
pub(crate) fn is_polled() -> bool {
    CURRENT.get().is_some()
}

/// Notes that the polled turn disconnects its own socket. False if no turn of this socket is polled.
pub(super) fn leaves(socket: Owner) -> bool {
    exits(Exit::Namespace, |owner| owner == socket)
}

/// Notes that the polled turn closes the connection of its client, which has these sockets. False if no turn of these sockets is polled.
pub(super) fn closes(mut sockets: impl Iterator<Item = Owner>) -> bool {
    exits(Exit::Connection, |owner| sockets.any(|socket| socket == owner))
}

fn exits(exit: Exit, is_own: impl FnOnce(Owner) -> bool) -> bool {
    match CURRENT.get() {
        Some(mut current) if is_own(current.owner) => {
            current.effects.exit = exit.max(current.effects.exit);
            CURRENT.set(Some(current));
            true
        }
        _ => false,
    }
}
