//! The sockets that were recovered on this node a moment ago. A node that recovers a session ends its socket on the other nodes, by an entry of the
//! stream; a client that has moved on meanwhile must not be ended by the entries of its former nodes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::id::EntryId;
use crate::adapter::cluster::{Body, Message};

/// How long entries may be late: a node that was away for longer reads them when the socket has other events.
const REMEMBERED: Duration = Duration::from_secs(60);

/// By the id of the socket: the last entry of its stream when it was recovered.
#[derive(Default)]
pub(super) struct Arrivals(Mutex<HashMap<Box<str>, (EntryId, Instant)>>);

impl Arrivals {
    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, (EntryId, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket is recovered, and the stream is read up to this entry.
    pub(super) fn note(&self, socket: &str, last: EntryId) {
        let now = Instant::now();
        let mut arrivals = self.lock();
        // Rarely, and not for each socket.
        if arrivals.len().is_power_of_two() {
            arrivals.retain(|_, (_, at)| now.saturating_duration_since(*at) < REMEMBERED);
        }
        arrivals.insert(socket.into(), (last, now));
    }

    /// Whether an action of this node ends, on the other nodes, a socket that is being recovered here.
    pub(super) fn moves(&self, body: &Body) -> bool {
        let Body::Disconnect { opts, .. } = body else { return false };
        let [room] = &opts.rooms[..] else { return false };
        self.lock().get(&**room).is_some_and(|(last, _)| *last == EntryId::MAX)
    }

    /// Whether a message ends a socket that was recovered here after it was sent.
    pub(super) fn outdate(&self, message: &Message, id: EntryId) -> bool {
        let Body::Disconnect { opts, .. } = &message.body else { return false };
        let [room] = &opts.rooms[..] else { return false };
        self.lock().get(&**room).is_some_and(|(last, _)| id <= *last)
    }
}
