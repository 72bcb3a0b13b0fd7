//! One namespace at run time: its path, its members, and what it shares with the whole server.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime;
use tokio::sync::watch;
use tokio::time::Instant;

use super::follow::{self, Follower, OpenPaths};
use super::once::{Once, OnceLimits};
use super::presence::OnPresence;
use super::recovery::{Journal, Sessions};
use super::{Inner, SocketId, States, Target};
use crate::adapter::{Adapter, BoxFuture, Local, RoomLimits, Watch};
use crate::bounds;
use crate::engine::{ById, Id};
use crate::error::Error;
use crate::packet::{Packet, WriteError, Written};

/// What happens to an event that no handler takes; see `Server::unknown_events`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unknown {
    /// The event is answered with the error `not_found`.
    #[default]
    Answer,
    /// The event is logged at level `debug` and not answered, as by the Node server.
    Ignore,
}

/// Options that concern sockets and their handlers; documented on the builder's methods.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) ack_timeout: Duration,
    pub(crate) max_pending_acks: usize,
    pub(crate) emit_errors: bool,
    pub(crate) unknown_events: Unknown,
    pub(crate) disconnect_grace: Duration,
    pub(crate) max_turns: usize,
    pub(crate) max_turn_bytes: usize,
    pub(crate) max_tasks: usize,
    pub(crate) expiry_notice: Duration,
    pub(crate) max_namespaces: usize,
    pub(crate) max_auth: usize,
    pub(crate) connect_timeout: Duration,
    pub(crate) max_attachments: usize,
    pub(crate) max_sent_attachments: usize,
    pub(crate) max_attachment_bytes: usize,
    pub(crate) attachments_timeout: Duration,
    pub(crate) held_packets: usize,
    pub(crate) held_bytes: usize,
    pub(crate) rooms: RoomLimits,
    pub(crate) max_data: usize,
    pub(crate) once: OnceLimits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ack_timeout: Duration::from_secs(10),
            max_pending_acks: 1024,
            emit_errors: true,
            unknown_events: Unknown::Answer,
            disconnect_grace: Duration::from_secs(10),
            max_turns: 256,
            max_turn_bytes: 16 * 1024 * 1024,
            max_tasks: 1024,
            expiry_notice: Duration::from_secs(60),
            max_namespaces: 64,
            max_auth: 64 * 1024,
            connect_timeout: Duration::from_secs(45),
            max_attachments: 10,
            max_sent_attachments: 10,
            max_attachment_bytes: 10_000_000,
            attachments_timeout: Duration::from_secs(60),
            held_packets: 1024,
            held_bytes: 16 * 1024 * 1024,
            rooms: RoomLimits::default(),
            max_data: 64 * 1024,
            once: OnceLimits::default(),
        }
    }
}

impl Settings {
    /// Fails for the first value that is out of its bounds.
    pub(crate) fn check(&self) -> Result<(), Error> {
        bounds::time("ack_timeout", self.ack_timeout)?;
        bounds::time("connect_timeout", self.connect_timeout)?;
        bounds::time("attachments_timeout", self.attachments_timeout)?;
        bounds::time_or_zero("expiry_notice", self.expiry_notice)?;
        bounds::time_or_zero("disconnect_grace", self.disconnect_grace)?;
        bounds::number("max_held (packets)", self.held_packets, 1, usize::MAX)?;
        bounds::number("max_held (bytes)", self.held_bytes, 64 * 1024, usize::MAX)?;
        bounds::number("max_data", self.max_data, 1, usize::MAX)?;
        bounds::time("once_window", self.once.window)?;
        bounds::number("once_ids", self.once.ids, 1, usize::MAX)?;
        bounds::number("once_bytes", self.once.bytes, 64 * 1024, usize::MAX)?;
        bounds::number("max_namespaces", self.max_namespaces, 1, usize::MAX)
    }
}

/// The part of the middlewares that this floor calls. The trait `Middleware` is on the floor above, because its methods take a `Context`.
pub(crate) trait Watcher: Send + Sync {
    /// The program sends an event or an acknowledgement; called once, whatever the number of recipients.
    fn outgoing(&self, path: &str, packet: &Packet, to: &Target);
}

/// The data that all namespaces of a server share.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    pub(crate) states: States,
    pub(crate) settings: Settings,
    /// The other nodes, if there are any.
    pub(crate) adapter: Option<Arc<dyn Adapter>>,
    /// Whether the adapter is told of rooms.
    pub(super) follows_rooms: bool,
    open_paths: Arc<OpenPaths>,
    /// The name of this node, and where reports of users are sent from; only with an adapter.
    pub(super) node: Option<(Arc<str>, runtime::Handle)>,
    /// The middlewares, if there are any.
    pub(crate) watcher: Option<Arc<dyn Watcher>>,
    /// The functions of `Server::on_presence`.
    pub(crate) on_presence: Option<OnPresence>,
    /// The sessions of clients that may come back, if `Server::recovery` was called.
    pub(crate) recovery: Option<Arc<Sessions>>,
    /// The events of handlers that run once for each id.
    pub(crate) once: Once,
    /// The sockets in namespaces of patterns, which are too many to be searched one after the other.
    pub(super) in_patterns: Arc<Mutex<HashMap<SocketId, Weak<Inner>, ById>>>,
    /// The time at which a shutdown drops the handlers that still run; `None` before a shutdown.
    stop: watch::Sender<Option<Instant>>,
}

impl Shared {
    pub(crate) fn new(
        states: States,
        settings: Settings,
        adapter: Option<Arc<dyn Adapter>>,
        watcher: Option<Arc<dyn Watcher>>,
    ) -> Self {
        let once = Once::new(settings.once);
        let follows_rooms = adapter.as_ref().is_some_and(|adapter| adapter.follows_rooms());
        Self { states, settings, adapter, follows_rooms, watcher, once, ..Self::default() }
    }

    pub(crate) fn with_presence(self, on_presence: Option<OnPresence>) -> Self {
        Self { on_presence, ..self }
    }

    pub(crate) fn with_node(self, id: Id) -> Self {
        let runtime = self.adapter.as_ref().and_then(|_| runtime::Handle::try_current().ok());
        Self { node: runtime.map(|runtime| (id.as_str().into(), runtime)), ..self }
    }

    /// A future that is done when other nodes are heard in all rooms that were joined before, or after 1 s. `None` if they are heard now.
    pub(crate) fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        follow::settled(&**self.adapter.as_ref().filter(|_| self.follows_rooms)?)
    }

    pub(crate) fn with_recovery(self, recovery: Option<Arc<Sessions>>) -> Self {
        Self { recovery, ..self }
    }

    /// A socket in a namespace of a pattern, by its id.
    pub(crate) fn in_pattern(&self, id: SocketId) -> Option<Arc<Inner>> {
        self.in_patterns.lock().unwrap_or_else(PoisonError::into_inner).get(&id)?.upgrade()
    }

    /// Bounds the grace of all clients that have left or will leave.
    pub(crate) fn stop_by(&self, at: Instant) {
        self.stop.send_modify(|stop| *stop = Some(stop.map_or(at, |before| before.min(at))));
    }

    /// Waits until the handlers of a client that has left now are to be dropped.
    pub(crate) async fn grace(self: Arc<Self>) {
        let mut stop = self.stop.subscribe();
        let stopped = async {
            let at = stop.wait_for(Option::is_some).await.map_or(None, |at| *at);
            match at {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = tokio::time::sleep(self.settings.disconnect_grace) => {}
            () = stopped => {}
        }
    }
}

/// The `#[on_error]` of a namespace: maps an error to the error that is answered and logged. The `&str` is the name of the event.
pub(crate) type OnError = fn(&Arc<Inner>, &str, &Error) -> Error;

/// One namespace that clients can be in.
pub(crate) struct Nsp {
    pub(crate) path: Arc<str>,
    pub(crate) members: Local<Inner>,
    pub(crate) shared: Arc<Shared>,
    /// Orders the events of a server with recovery.
    pub(crate) journal: Option<Journal>,
    /// Maps the errors of the namespace, if its type has an `#[on_error]`.
    pub(super) on_error: Option<OnError>,
    // One counter for the whole namespace, so that a broadcast that asks for acknowledgements is written once for all.
    ack_ids: AtomicU64,
    /// Whether it is one of a pattern.
    is_child: bool,
    /// Tells the adapter of this namespace; `None` without an adapter.
    follower: Option<Box<Follower>>,
}

impl Nsp {
    /// A namespace that exists as long as its server.
    pub(crate) fn new(path: &str, shared: Arc<Shared>, on_error: Option<OnError>) -> Arc<Self> {
        Self::opened(path, shared, on_error, false)
    }

    /// A namespace of a pattern: the adapter is told when it is dropped.
    pub(crate) fn child(path: &str, shared: Arc<Shared>, on_error: Option<OnError>) -> Arc<Self> {
        Self::opened(path, shared, on_error, true)
    }

    fn opened(path: &str, shared: Arc<Shared>, on_error: Option<OnError>, is_child: bool) -> Arc<Self> {
        let path = Arc::from(path);
        let watch = Watch { program: shared.on_presence.is_some(), nodes: shared.node.is_some() };
        let members = Local::new(shared.settings.rooms, watch, shared.follows_rooms);
        let opened = |adapter| Box::new(Follower::open(&path, adapter, is_child.then(|| shared.open_paths.clone())));
        let follower = shared.adapter.clone().map(opened);
        let journal = shared.recovery.as_deref().map(Journal::new);
        Arc::new(Self { path, members, shared, journal, on_error, ack_ids: AtomicU64::new(0), is_child, follower })
    }

    /// Adds a member, which is reported later.
    pub(super) fn add(&self, inner: &Arc<Inner>) {
        if self.is_child {
            let mut sockets = self.shared.in_patterns.lock().unwrap_or_else(PoisonError::into_inner);
            sockets.insert(inner.id, Arc::downgrade(inner));
        }
        self.members.add(inner.clone());
    }

    /// Removes a member. True if some of its rooms are left to `Local::clear`.
    pub(super) fn remove(&self, id: SocketId) -> bool {
        if self.is_child {
            self.shared.in_patterns.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        }
        self.members.remove(id)
    }

    /// Reports which rooms have opened and closed since the last report.
    pub(super) fn report_rooms(&self) {
        if let Some(follower) = &self.follower
            && self.shared.follows_rooms
        {
            follower.report(|| self.members.take_room_changes());
        }
    }

    /// Refuses a packet with more attachments than the clients' parser accepts, because the client would close the connection.
    pub(crate) fn fits(&self, packet: &Written) -> Result<(), WriteError> {
        let (attachments, limit) = (packet.attachments().len(), self.shared.settings.max_sent_attachments);
        if attachments > limit {
            return Err(WriteError::TooManyAttachments { attachments, limit });
        }
        Ok(())
    }

    /// Passes a packet that the program sends to the middlewares. Without middlewares the target is not built.
    pub(super) fn watched(&self, packet: &Written, to: impl FnOnce() -> Target) {
        if let Some(watcher) = &self.shared.watcher {
            watcher.outgoing(&self.path, &Packet::from(packet), &to());
        }
    }

    pub(crate) fn next_ack_id(&self) -> u64 {
        self.ack_ids.fetch_add(1, Ordering::Relaxed)
    }
}
