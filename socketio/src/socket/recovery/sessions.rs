//! The sessions of a server with recovery, by their secrets: of sockets that are connected, and what others have left.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::Recovery;
use crate::adapter::remote::Saved;
use crate::adapter::{Adapter, Room};
use crate::engine::{CloseReason, Id};
use crate::socket::grants::Grants;
use crate::socket::session::Values;
use crate::socket::{Inner, Link, Nsp};

/// What a socket leaves behind. Grants and values stay in this process.
pub(super) struct Kept {
    /// The namespace of a pattern exists as long as it has members; this keeps it, so that its log goes on.
    pub(super) nsp: Arc<Nsp>,
    pub(super) id: Id,
    pub(super) secret: Arc<str>,
    /// Without the own room.
    pub(super) rooms: HashMap<Room, u64>,
    pub(super) grants: Grants,
    pub(super) values: Values,
    /// `Socket::data` as JSON.
    pub(super) data: String,
    pub(super) start: u64,
    pub(super) sent: u64,
    /// The number of the last event when the connection was lost.
    pub(super) ended: u64,
}

impl Kept {
    /// What an adapter keeps of it.
    pub(super) fn saved(&self, time_to_live: Duration) -> Saved {
        let mut saved = Saved::new(self.nsp.path.clone(), self.id, self.secret.clone());
        saved.rooms.extend(self.rooms.keys().cloned());
        saved.data = self.data.as_str().into();
        saved.time_to_live = time_to_live;
        saved
    }
}

/// The sessions of one server.
pub(crate) struct Sessions {
    options: Recovery,
    /// The adapter, if it keeps sessions.
    adapter: Option<Arc<dyn Adapter>>,
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    by_secret: HashMap<Arc<str>, Slot>,
    /// The kept sessions in the order in which they end.
    ends: BTreeSet<(Instant, Arc<str>)>,
    /// A task removes the sessions whose time is over.
    is_swept: bool,
}

enum Slot {
    /// The socket has not left, and who waits for it to leave.
    Live(Weak<Inner>, Option<oneshot::Sender<Box<Kept>>>),
    Kept(Box<Kept>, Instant),
}

/// What is known of a secret.
pub(super) enum Claim {
    Nothing,
    Kept(Box<Kept>),
    /// The socket is leaving. An error when it has left and its session is not to be recovered.
    Leaving(oneshot::Receiver<Box<Kept>>),
}

impl Sessions {
    pub(crate) fn new(options: Recovery, adapter: Option<Arc<dyn Adapter>>) -> Arc<Self> {
        let adapter = adapter.filter(|adapter| adapter.keeps_sessions());
        Arc::new(Self { options, adapter, slots: Mutex::default() })
    }

    pub(crate) fn options(&self) -> &Recovery {
        &self.options
    }

    pub(crate) fn max_disconnection(&self) -> Duration {
        self.options.max_disconnection
    }

    pub(super) fn adapter(&self) -> Option<&Arc<dyn Adapter>> {
        self.adapter.as_ref()
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket has a session from now on.
    pub(super) fn begin(&self, secret: &Arc<str>, socket: &Arc<Inner>) {
        self.lock().by_secret.insert(secret.clone(), Slot::Live(Arc::downgrade(socket), None));
    }

    /// A socket has left. `kept`: its session can be recovered.
    pub(super) fn end(self: &Arc<Self>, secret: &Arc<str>, socket: &Inner, kept: Option<Box<Kept>>) {
        let mut slots = self.lock();
        let Entry::Occupied(entry) = slots.by_secret.entry(secret.clone()) else { return };
        if !matches!(entry.get(), Slot::Live(live, _) if std::ptr::eq(live.as_ptr(), socket)) {
            return;
        }
        let Slot::Live(_, heir) = entry.remove() else { return };
        let Some(kept) = kept else { return };
        // An heir whose connection has ended meanwhile does not receive it.
        let kept = match heir {
            None => Err(kept),
            Some(heir) => heir.send(kept),
        };
        if let Err(kept) = kept {
            self.keep(slots, kept, socket);
        }
    }

    fn keep(self: &Arc<Self>, mut slots: MutexGuard<'_, Slots>, kept: Box<Kept>, socket: &Inner) {
        let now = Instant::now();
        let end = now.checked_add(self.options.max_disconnection).unwrap_or(now);
        let secret = kept.secret.clone();
        slots.ends.insert((end, secret.clone()));
        slots.by_secret.insert(secret, Slot::Kept(kept, end));
        let over = if slots.ends.len() > self.options.max_sessions { slots.remove_first() } else { None };
        if !std::mem::replace(&mut slots.is_swept, true) {
            socket.link.runtime.spawn(sweep(Arc::downgrade(self)));
        }
        drop(slots);
        // Dropped outside of the lock, because values of the program are.
        drop(over);
    }

    /// Takes a session out of what is kept. If its socket has not left, the connection of that socket is closed: the client has a new one,
    /// `link`, and the server has not noticed that it has lost the old one.
    pub(super) fn claim(&self, secret: &str, path: &str, link: &Arc<Link>) -> Claim {
        let mut slots = self.lock();
        let live = match slots.by_secret.get_mut(secret) {
            None => return Claim::Nothing,
            Some(Slot::Kept(kept, _)) if *kept.nsp.path != *path => return Claim::Nothing,
            Some(Slot::Kept(..)) => return slots.remove(secret).map_or(Claim::Nothing, Claim::Kept),
            Some(Slot::Live(live, heir)) => live.upgrade().map(|live| (live, heir)),
        };
        let Some((live, heir)) = live.filter(|(live, _)| *live.nsp.path == *path && !Arc::ptr_eq(&live.link, link))
        else {
            return Claim::Nothing;
        };
        // Of two clients with one secret the last one gets the session.
        let (sender, receiver) = oneshot::channel();
        *heir = Some(sender);
        drop(slots);
        live.link.engine.close_with(CloseReason::TransportClose);
        Claim::Leaving(receiver)
    }

    /// The server has ended: drops everything that is kept.
    pub(crate) fn clear(&self) {
        let slots = std::mem::take(&mut *self.lock());
        drop(slots);
    }
}

impl Slots {
    fn remove(&mut self, secret: &str) -> Option<Box<Kept>> {
        let Slot::Kept(kept, end) = self.by_secret.remove(secret)? else { return None };
        self.ends.remove(&(end, kept.secret.clone()));
        Some(kept)
    }

    fn remove_first(&mut self) -> Option<Box<Kept>> {
        let (_, secret) = self.ends.pop_first()?;
        self.remove(&secret)
    }
}

/// Removes sessions when their time is over. Ends when none is left.
async fn sweep(sessions: Weak<Sessions>) {
    loop {
        let (over, next) = {
            let Some(sessions) = sessions.upgrade() else { return };
            let (now, mut over) = (Instant::now(), Vec::new());
            let mut slots = sessions.lock();
            while slots.ends.first().is_some_and(|(end, _)| *end <= now) {
                over.extend(slots.remove_first());
            }
            let next = slots.ends.first().map(|(end, _)| *end);
            slots.is_swept = next.is_some();
            (over, next)
        };
        drop(over);
        match next {
            Some(next) => sleep_until(next).await,
            None => return,
        }
    }
}
