//! The part of a socket that its recovery needs.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::sessions::Kept;
use crate::adapter::remote::Saved;
use crate::adapter::{JoinError, Room, Target};
use crate::engine::CloseReason;
use crate::packet::{Message, Outgoing};
use crate::socket::{DisconnectReason, Inner, SocketState};

/// What a socket of a server with recovery has besides other sockets.
pub(crate) struct Member {
    /// The `pid` of the CONNECT reply: who has it can recover the session.
    pub(super) secret: Arc<str>,
    /// Whether the session was recovered.
    pub(super) recovered: bool,
    /// The number of the last event before the session began.
    pub(super) start: u64,
    /// The number of the last event that was sent to the client.
    pub(super) sent: AtomicU64,
    /// Set while `State::catching` or `State::replayed` is: the offset of each event is checked.
    checks: AtomicBool,
    /// Wakes the task that hands the session to the adapter; `None` if the session is kept here.
    pub(super) changed: Option<Arc<Notify>>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// The rooms, each with the number of the last event before the socket joined it. Empty if the adapter keeps the log.
    pub(super) joined: HashMap<Room, u64>,
    /// The missed events, which are sent before the CONNECT reply.
    pub(super) replay: Vec<Message>,
    /// The events of the adapter that have arrived while the missed ones were looked up.
    catching: Option<Caught>,
    /// The offsets of missed events that the adapter may still deliver to this process.
    replayed: HashSet<Arc<str>>,
    /// The number of the last event when the connection was lost; `None` if the session is not to be kept.
    ended: Option<u64>,
    /// What is kept, as it was before `on_disconnect`.
    kept: Option<Box<Kept>>,
    /// The adapter has the session.
    is_saved: bool,
    keeper: Option<AbortHandle>,
    released: bool,
}

/// Events of the adapter with their offsets.
#[derive(Default)]
struct Caught {
    events: Vec<(Arc<str>, Message)>,
    bytes: usize,
    /// More than `Server::max_held` have arrived.
    is_full: bool,
}

impl Member {
    pub(super) fn new(secret: Arc<str>, recovered: bool, start: u64, sent: u64, is_saved_elsewhere: bool) -> Self {
        Self {
            secret,
            recovered,
            start,
            sent: AtomicU64::new(sent),
            checks: AtomicBool::new(false),
            changed: is_saved_elsewhere.then(Arc::default),
            state: Mutex::default(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Aborted when the socket has left.
    pub(super) fn set_keeper(&self, keeper: AbortHandle) {
        let mut state = self.lock();
        if state.released {
            keeper.abort();
        } else {
            state.keeper = Some(keeper);
        }
    }

    /// Saves the session, unless the socket has left: it is forgotten then, or was saved for the last time.
    pub(super) fn unless_released(&self, save: impl FnOnce()) {
        let mut state = self.lock();
        if !state.released {
            state.is_saved = true;
            save();
        }
    }

    /// Begins to collect the events of the adapter.
    pub(super) fn begin_catching(&self) {
        self.lock().catching = Some(Caught::default());
        self.checks.store(true, Ordering::Release);
    }

    /// Ends the collection with the events that were missed. Call it under the lock of the journal. False if too many have arrived.
    pub(super) fn end_catching(&self, missed: Vec<(Arc<str>, Message)>) -> bool {
        let mut state = self.lock();
        let caught = state.catching.take().unwrap_or_default();
        let mut replayed = HashSet::with_capacity(missed.len());
        for (offset, message) in missed {
            replayed.insert(offset);
            state.replay.push(message);
        }
        for (offset, message) in caught.events {
            // Events come in the order of the log: behind one that was not missed there is none that was.
            if !replayed.remove(&offset) {
                replayed.clear();
                state.replay.push(message);
            }
        }
        self.checks.store(!replayed.is_empty(), Ordering::Release);
        state.replayed = replayed;
        !caught.is_full
    }
}

impl Inner {
    /// The room of this socket alone.
    pub(in crate::socket) fn own_room(&self) -> Target {
        Target { rooms: vec![Room::from(self.id)], ..Target::default() }
    }

    /// Notes the number of an event that is sent to this socket.
    pub(super) fn note_sent(&self, number: Option<u64>) {
        if let (Some(member), Some(number)) = (&self.recovery, number) {
            // The lock of the journal orders the writers.
            member.sent.store(number, Ordering::Relaxed);
        }
    }

    /// Whether the socket need not be sent an event of the adapter: it has missed it and was sent it, or it is collected.
    pub(super) fn has_caught(&self, offset: &Arc<str>, packet: &Outgoing<'_>) -> bool {
        let Some(member) = self.recovery.as_ref().filter(|member| member.checks.load(Ordering::Acquire)) else {
            return false;
        };
        let mut state = member.lock();
        let settings = &self.nsp.shared.settings;
        if let Some(caught) = &mut state.catching {
            let message = packet.with_offset().clone();
            caught.bytes += message.size();
            caught.is_full |= caught.events.len() >= settings.held_packets || caught.bytes > settings.held_bytes;
            if !caught.is_full {
                caught.events.push((offset.clone(), message));
            }
            return true;
        }
        if state.replayed.remove(offset) {
            return true;
        }
        state.replayed = HashSet::new();
        member.checks.store(false, Ordering::Release);
        false
    }

    /// Whether the socket has left and another may have its id.
    pub(in crate::socket) fn is_replaceable(&self) -> bool {
        self.recovery.is_some() && self.state() == SocketState::Gone
    }

    /// Joins a room of a namespace with recovery.
    pub(in crate::socket) fn join_recoverable(&self, member: &Member, room: Room) -> Result<(), JoinError> {
        if self.is_replaceable() {
            return Err(JoinError::Disconnected);
        }
        let joined = match self.nsp.journal.as_ref().filter(|journal| journal.adapter().is_none()) {
            Some(journal) => {
                // Under the lock of the journal, so that an event is either before the join or after it.
                let log = journal.lock();
                let joined = self.nsp.members.join(self.id, room.clone());
                if joined.is_ok() {
                    let last = log.log.last();
                    member.lock().joined.entry(room).or_insert(last);
                }
                joined
            }
            None => self.nsp.members.join(self.id, room),
        };
        self.note_changed();
        joined
    }

    /// Forgets a room that the socket has left.
    pub(in crate::socket) fn note_left(&self, room: &str) {
        if let Some(member) = &self.recovery {
            member.lock().joined.remove(room);
            self.note_changed();
        }
    }

    /// Notified when the rooms or the data have changed, if the adapter keeps the session.
    pub(in crate::socket) fn changes(&self) -> Option<&Notify> {
        self.recovery.as_ref()?.changed.as_deref()
    }

    fn note_changed(&self) {
        if let Some(changed) = self.changes() {
            changed.notify_one();
        }
    }

    /// The client leaves for this reason. Called before the socket is closed.
    pub(crate) fn note_leaving(&self, reason: DisconnectReason) {
        let (Some(member), Some(journal)) = (&self.recovery, &self.nsp.journal) else { return };
        // A client that has not received its CONNECT reply has no secret, unless it came back with it.
        let known = member.recovered || self.state() == SocketState::Connected;
        // The sessions of this process end with it.
        let outlives =
            reason != DisconnectReason::Connection(CloseReason::ServerShutdown) || journal.adapter().is_some();
        if known && outlives && is_recoverable(reason) {
            let ended = journal.lock().log.last();
            member.lock().ended = Some(ended);
        }
    }

    /// Keeps a copy of what the session is to be recovered with. Called before `on_disconnect`, and again when the socket leaves.
    pub(crate) fn snapshot(&self) {
        let Some(member) = &self.recovery else { return };
        let ended = {
            let state = member.lock();
            if state.kept.is_some() || state.released {
                return;
            }
            state.ended
        };
        let Some(ended) = ended else { return };
        let rooms = self.nsp.members.rooms(self.id).into_iter().skip(1);
        let mut state = member.lock();
        let rooms = rooms.map(|room| (room.clone(), state.joined.get(&room).copied().unwrap_or(ended))).collect();
        state.kept = Some(Box::new(Kept {
            nsp: self.nsp.clone(),
            id: self.id,
            secret: member.secret.clone(),
            rooms,
            grants: self.grants(|grants| grants.clone()),
            values: self.link.session.copy(),
            data: self.data().to_json(),
            start: member.start,
            sent: member.sent.load(Ordering::Relaxed),
            ended,
        }));
    }

    /// The socket has left its namespace and all rooms: the session can be recovered from now on.
    pub(in crate::socket) fn release(&self) {
        let (Some(member), Some(sessions)) = (&self.recovery, &self.nsp.shared.recovery) else { return };
        let (kept, is_saved, keeper) = {
            let mut state = member.lock();
            if std::mem::replace(&mut state.released, true) {
                return;
            }
            (state.kept.take(), state.is_saved, state.keeper.take())
        };
        if let Some(keeper) = keeper {
            keeper.abort();
        }
        if let Some(adapter) = sessions.adapter() {
            match &kept {
                Some(kept) => adapter.persist(kept.saved(sessions.options().max_disconnection)),
                None if is_saved => adapter.forget(&self.nsp.path, &member.secret),
                None => {}
            }
        }
        sessions.end(&member.secret, self, kept);
    }

    /// What the adapter keeps of the session.
    pub(super) fn saved(&self, member: &Member) -> Option<Saved> {
        let sessions = self.nsp.shared.recovery.as_ref()?;
        let mut saved = Saved::new(self.nsp.path.clone(), self.id, member.secret.clone());
        saved.rooms = self.nsp.members.rooms(self.id);
        saved.data = self.data().to_json().into();
        saved.time_to_live = sessions.options().max_disconnection;
        // A socket that has left meanwhile is in no room.
        (!saved.rooms.is_empty()).then_some(saved)
    }

    /// The events that the client has missed, and its secret, for the CONNECT reply.
    pub(in crate::socket) fn welcome(&self) -> (Vec<Message>, Option<&str>) {
        match &self.recovery {
            Some(member) => (std::mem::take(&mut member.lock().replay), Some(&member.secret)),
            None => (Vec::new(), None),
        }
    }

    /// Whether the session of this socket was recovered.
    pub(crate) fn is_recovered(&self) -> bool {
        self.recovery.as_ref().is_some_and(|member| member.recovered)
    }

    /// Whether `Middleware::connect` is left out for this socket.
    pub(crate) fn skips_middleware(&self) -> bool {
        self.is_recovered()
            && self.nsp.shared.recovery.as_ref().is_some_and(|sessions| sessions.options().skip_middleware)
    }
}

/// Whether a client that has left for this reason may come back to its session.
fn is_recoverable(reason: DisconnectReason) -> bool {
    match reason {
        DisconnectReason::Connection(reason) => matches!(
            reason,
            CloseReason::TransportClose
                | CloseReason::TransportError
                | CloseReason::PingTimeout
                | CloseReason::SlowConsumer
                | CloseReason::ServerShutdown
        ),
        DisconnectReason::ClientLeft | DisconnectReason::ServerDisconnected | DisconnectReason::Panicked => false,
    }
}
