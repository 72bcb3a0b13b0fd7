//! The sessions of this node's sockets: which are to be written to Redis, and which must not be recovered for now.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indexmap::{IndexMap, IndexSet};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::id::EntryId;
use crate::adapter::{Node, Saved};
use crate::engine::Id;

/// The pause between two looks at the sessions whose time to live has passed.
const SWEEP: Duration = Duration::from_secs(30);

/// What is to be done with the key of a session.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Write it. The client must name an offset that is not before this one.
    Keep(Saved, Option<EntryId>),
    /// Delete it.
    Drop,
}

/// An event was delivered here without its offset, because the broker did not answer. Clients that have it name an earlier offset, from which
/// it would be replayed: their sessions are not recovered until they can name a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Late {
    /// The entry of this number was not met in the stream yet.
    Unmet(u64),
    /// It was met: offsets from this one on are good.
    Met(EntryId),
}

struct Known {
    saved: Saved,
    until: Instant,
}

#[derive(Default)]
struct State {
    known: HashMap<Arc<str>, Known>,
    /// What is to be written, and what is to be deleted, by the secret. Each session is in one of them at most.
    kept: IndexMap<Arc<str>, (Saved, Option<EntryId>)>,
    dropped: IndexSet<Arc<str>>,
    /// Sockets whose sessions were recovered on other nodes, which keep them from then on.
    moved: HashMap<Id, Instant>,
    /// What is being written or deleted.
    writing: HashSet<Arc<str>>,
    late: HashMap<Arc<str>, Late>,
    swept: Option<Instant>,
    /// How many sessions were to be deleted so far.
    requested: u64,
    /// The server ends: what is to be written counts as well.
    ending: bool,
}

impl State {
    fn delete(&mut self, secret: Arc<str>) {
        self.kept.swap_remove(&secret);
        self.dropped.insert(secret);
        self.requested += 1;
    }

    /// Writes a session as it is known, if it can be recovered.
    fn keep(&mut self, saved: Saved) {
        let after = match self.late.get(&saved.namespace) {
            None => None,
            Some(Late::Met(id)) => Some(*id),
            Some(Late::Unmet(_)) => return,
        };
        self.dropped.swap_remove(&saved.secret);
        self.kept.insert(saved.secret.clone(), (saved, after));
    }

    fn sweep(&mut self, now: Instant) {
        if self.swept.is_none_or(|swept| now - swept >= SWEEP) {
            self.swept = Some(now);
            self.known.retain(|_, known| known.until > now);
            self.moved.retain(|_, at| now - *at < SWEEP);
        }
    }
}

/// The sessions of this node. Bounded by the sockets that live, or have lived within the time to live of a session.
#[derive(Default)]
pub(super) struct Sessions {
    state: Mutex<State>,
    /// There are changes.
    pub(super) wake: Notify,
    done: watch::Sender<u64>,
    /// Changes were carried out.
    carried_out: Notify,
}

impl Sessions {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session is to be written.
    pub(super) fn keep(&self, saved: Saved) {
        let now = Instant::now();
        let mut state = self.state();
        state.sweep(now);
        if state.moved.contains_key(&saved.id) {
            return;
        }
        let until = now + saved.time_to_live;
        state.known.insert(saved.secret.clone(), Known { saved: saved.clone(), until });
        state.keep(saved);
        drop(state);
        self.wake.notify_one();
    }

    /// A session has ended.
    pub(super) fn forget(&self, secret: &str) {
        let mut state = self.state();
        let known = state.known.remove(secret);
        if known.is_some_and(|known| state.moved.contains_key(&known.saved.id)) {
            return;
        }
        state.delete(secret.into());
        drop(state);
        self.wake.notify_one();
    }

    /// The session of a socket was recovered on another node.
    pub(super) fn moved(&self, socket: Id) {
        self.state().moved.insert(socket, Instant::now());
    }

    /// The session of a socket is recovered on this node.
    pub(super) fn arrived(&self, socket: Id) {
        self.state().moved.remove(&socket);
    }

    /// An event for a namespace was delivered without its offset, and will have the entry of this number.
    pub(super) fn late(&self, namespace: &Arc<str>, number: u64) {
        let mut state = self.state();
        let before = state.late.insert(namespace.clone(), Late::Unmet(number));
        if matches!(before, Some(Late::Unmet(_))) {
            return;
        }
        let secrets: Vec<Arc<str>> = state
            .known
            .values()
            .filter(|known| known.saved.namespace == *namespace)
            .map(|known| known.saved.secret.clone())
            .collect();
        for secret in secrets {
            state.delete(secret);
        }
        drop(state);
        self.wake.notify_one();
    }

    /// The entry of this number was met in a stream: the namespaces whose entries it has, and which wait for it, recover sessions again.
    pub(super) fn met(&self, number: u64, id: EntryId, in_stream: impl Fn(&str) -> bool, node: &Node) {
        let mut state = self.state();
        let mut settled = false;
        for (namespace, late) in &mut state.late {
            if matches!(late, Late::Unmet(last) if *last <= number) && in_stream(namespace) {
                *late = Late::Met(id);
                settled = true;
            }
        }
        drop(state);
        if settled {
            self.renew(node);
        }
    }

    /// The namespace is no more.
    pub(super) fn close_namespace(&self, path: &str) {
        self.state().late.remove(path);
    }

    /// Writes the sessions of all sockets that are connected: the broker may have lost them.
    pub(super) fn renew(&self, node: &Node) {
        let known: Vec<Saved> = self.state().known.values().map(|known| known.saved.clone()).collect();
        // A session whose socket has left may have been recovered elsewhere. Asked without the lock, because the node has locks of its own.
        let live = known.into_iter().filter(|saved| node.has_members(&saved.namespace, Some(saved.id.as_str())));
        let live: Vec<Saved> = live.collect();
        let mut state = self.state();
        for saved in live {
            // The session has ended, or has changed, meanwhile.
            let changed = state.kept.contains_key(&saved.secret) || state.dropped.contains(&saved.secret);
            if state.known.contains_key(&saved.secret) && !changed {
                state.keep(saved);
            }
        }
        drop(state);
        self.wake.notify_one();
    }

    /// The next changes to be carried out, those that delete first, and the number of the last of them if there are no more.
    pub(super) fn take(&self, count: usize) -> (Vec<(Arc<str>, Change)>, u64) {
        let mut state = self.state();
        let drops = count.min(state.dropped.len());
        let keeps = (count - drops).min(state.kept.len());
        let mut changes: Vec<_> = state.dropped.drain(..drops).map(|secret| (secret, Change::Drop)).collect();
        changes.extend(state.kept.drain(..keeps).map(|(secret, (saved, after))| (secret, Change::Keep(saved, after))));
        state.writing.extend(changes.iter().map(|(secret, _)| secret.clone()));
        let more = !state.dropped.is_empty() || (state.ending && !state.kept.is_empty());
        let number = if more { 0 } else { state.requested };
        (changes, number)
    }

    /// All changes of the last [`take`](Self::take) were carried out, or put back.
    pub(super) fn taken_done(&self) {
        self.state().writing.clear();
        self.carried_out.notify_waiters();
    }

    /// Done when Redis has what this node knows of a session.
    pub(super) async fn in_redis(&self, secret: &str) {
        loop {
            let carried_out = self.carried_out.notified();
            tokio::pin!(carried_out);
            carried_out.as_mut().enable();
            {
                let state = self.state();
                let waits = state.kept.contains_key(secret) || state.dropped.contains(secret);
                if !waits && !state.writing.contains(secret) {
                    return;
                }
            }
            carried_out.await;
        }
    }

    /// These changes could not be carried out. They are given again, unless there is a later one for the session.
    pub(super) fn put_back(&self, changes: Vec<(Arc<str>, Change)>) {
        let mut state = self.state();
        for (secret, change) in changes {
            if state.kept.contains_key(&secret) || state.dropped.contains(&secret) {
                continue;
            }
            match change {
                Change::Keep(saved, after) => drop(state.kept.insert(secret, (saved, after))),
                Change::Drop => drop(state.dropped.insert(secret)),
            }
        }
    }

    /// Everything up to this deletion was carried out.
    pub(super) fn reached(&self, number: u64) {
        self.done.send_if_modified(|done| number > *done && std::mem::replace(done, number) != number);
    }

    /// Done when nothing is left to be written, as far as it was to be written before.
    pub(super) async fn written(&self) {
        let number = {
            let mut state = self.state();
            state.requested += 1;
            state.ending = true;
            state.requested
        };
        self.wake.notify_one();
        let mut done = self.done.subscribe();
        drop(done.wait_for(|done| *done >= number).await);
    }

    /// Done when every session that was to be deleted so far is.
    pub(super) async fn settled(&self) {
        let requested = self.state().requested;
        let mut done = self.done.subscribe();
        // An error means that nobody carries out anything any more.
        drop(done.wait_for(|done| *done >= requested).await);
    }
}
