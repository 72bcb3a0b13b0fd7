//! What the tasks of the adapter share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::super::link::Link;
use super::arrivals::Arrivals;
use super::channels::Channels;
use super::codec;
use super::entry::Entry;
use super::names::Names;
use super::options::Settings;
use super::pool::Pool;
use super::sessions::Sessions;
use super::stream::Stream;
use crate::adapter::cluster::{Body, Engine};
use crate::adapter::{Action, AdapterError, Health, Node};
use crate::engine::Id;

/// How many sessions are recovered at once. Others wait, so that many clients that come back do not take memory all at once.
pub(super) const REPLAYS: usize = 32;

/// The state of a started adapter.
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) names: Names,
    /// The name of this node in entries.
    pub(super) uid: Arc<str>,
    pub(super) node: Node,
    pub(super) link: Arc<Link>,
    pub(super) pool: Pool,
    pub(super) sessions: Arc<Sessions>,
    pub(super) streams: HashMap<Arc<str>, Arc<Stream>>,
    /// One permit for each session that is being recovered.
    pub(super) replays: Semaphore,
    pub(super) engine: Engine<Channels>,
    pub(super) arrivals: Arrivals,
    pub(super) status: Status,
}

/// What [`Health`] tells of the readers.
#[derive(Default)]
pub(super) struct Status {
    interrupted: AtomicBool,
    lost: AtomicU64,
    error: Mutex<Option<String>>,
}

impl Shared {
    /// Whether own broadcasts are delivered in the order of the stream, with their offsets.
    pub(super) fn recovers(&self) -> bool {
        self.node.recovery().is_some()
    }

    /// Sends a message to the other nodes. With `waiting`, the action is delivered to the own clients when its entry is met.
    pub(super) fn publish(
        &self,
        namespace: &Arc<str>,
        body: &Body,
        waiting: Option<Action>,
    ) -> Result<(), AdapterError> {
        let stream = self.streams.get(&self.names.of(namespace)).ok_or(AdapterError::Disconnected)?;
        let mut entry = codec::encode(namespace, body, self.settings.only_plaintext)?;
        entry.moved = self.arrivals.moves(body);
        stream.publish(entry, body.is_volatile(), waiting)
    }

    /// Delivers what another node has added to a stream.
    pub(super) fn receive(&self, entry: Entry) {
        let members = matches!(entry.kind, codec::BROADCAST | codec::JOIN | codec::LEAVE | codec::DISCONNECT);
        if members && !self.node.has_members(&entry.namespace, None) {
            return;
        }
        let id = entry.id;
        let Some(message) = codec::decode(&entry) else { return };
        if self.arrivals.outdate(&message, id) {
            return;
        }
        if let (true, Body::Disconnect { opts, .. }) = (entry.moved, &message.body) {
            opts.rooms.iter().filter_map(|room| Id::parse(room)).for_each(|socket| self.sessions.moved(socket));
        }
        let recoverable =
            matches!(&message.body, Body::Broadcast { packet, opts, .. } if !opts.volatile && packet.id().is_none());
        let offset = (recoverable && self.recovers()).then(|| id.to_string().into());
        self.engine.receive(message, offset);
    }

    /// The offset from which a client of the namespace has missed events that has received none.
    pub(super) fn position(&self, path: &str) -> Option<Arc<str>> {
        Some(self.streams.get(&self.names.of(path))?.position()?.to_string().into())
    }

    pub(super) fn reader_lost(&self, error: &str) {
        if !self.status.interrupted.swap(true, Ordering::AcqRel) {
            self.status.lost.fetch_add(1, Ordering::AcqRel);
        }
        *self.status.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_owned());
    }

    /// The broker is back. It may have lost sessions.
    pub(super) fn reader_back(&self) {
        self.status.interrupted.store(false, Ordering::Release);
        self.sessions.renew(&self.node);
    }

    /// The connections of the link and of all streams.
    pub(super) fn health(&self) -> Health {
        let mut health = self.link.health(self.engine.health());
        health.connected &= !self.status.interrupted.load(Ordering::Acquire);
        for stream in self.streams.values() {
            let of_stream = stream.queue.health();
            health.queued += of_stream.queued;
            health.queued_bytes += of_stream.queued_bytes;
            health.dropped += of_stream.dropped;
        }
        health.reconnects = health.reconnects.max(self.status.lost.load(Ordering::Acquire));
        let error = self.status.error.lock().unwrap_or_else(PoisonError::into_inner).clone();
        health.last_error = error.or(health.last_error);
        health
    }
}
