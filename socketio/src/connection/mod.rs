//! Floor 5: one client's packets to and from its namespaces. CONNECT, EVENT, ACK, DISCONNECT and their binary forms; which handler
//! runs is the matter of the floor below, how packets travel that of the engine.

mod memberships;
mod packets;
mod pending;
#[cfg(feature = "legacy")]
mod v1;
mod v3;

use std::any::Any;
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context as Task, Poll};

use bytes::Bytes;
use tokio::time::Instant;

use crate::engine::{self, CloseReason};
use crate::namespace::Registry;
use crate::packet::{Generation, Limits, Packet, PacketError, Text};
use crate::socket::{Command, DisconnectReason, Link, Settings};
use memberships::Memberships;
use pending::Packets;

/// While the server waits for an acknowledgement, the client is read this part of `max_turn_bytes` further: a quarter.
const AHEAD: usize = 4;

/// Gives every engine session its client.
pub(crate) struct Clients {
    pub(crate) registry: Arc<Registry>,
    /// What is kept as long as a client is connected. Weak, because it holds this value.
    pub(crate) server: OnceLock<Weak<dyn Any + Send + Sync>>,
}

impl engine::Handler for Clients {
    type Session = Client;

    fn open(&self, socket: engine::Socket) -> Client {
        let server = self.server.get().and_then(Weak::upgrade);
        Client::new(self.registry.clone(), server, socket)
    }
}

/// One client: the Socket.IO side of an engine session.
pub(crate) struct Client {
    registry: Arc<Registry>,
    link: Arc<Link>,
    memberships: Memberships,
    packets: Packets,
    /// Until when the client must have joined a namespace; none once it has.
    connect_deadline: Option<Instant>,
    /// The server is being drained: acknowledgements are read, and nothing new begins.
    draining: bool,
    /// Handles refer to the server weakly; as long as a client is connected they find it.
    _server: Option<Arc<dyn Any + Send + Sync>>,
}

impl Client {
    fn new(registry: Arc<Registry>, server: Option<Arc<dyn Any + Send + Sync>>, socket: engine::Socket) -> Self {
        let settings = &registry.shared().settings;
        let generation = socket.generation();
        // Older clients need not join anything.
        let connect_deadline = (generation == Generation::V4).then(|| Instant::now() + settings.connect_timeout);
        let packets = Packets::new(settings, limits(settings, generation));
        let memberships = Memberships::default();
        let link = Link::new(socket, settings.max_turns);
        let draining = false;
        let mut client = Self { link, registry, memberships, packets, connect_deadline, draining, _server: server };
        if generation != Generation::V4 {
            client.greet();
        }
        client
    }

    /// The client has broken the protocol.
    fn fail(&self, error: impl std::fmt::Display) {
        tracing::debug!(%error, "packet refused, connection closed");
        self.link.fail();
    }

    /// A message has been read: a packet, a piece of one, or neither.
    fn received(&mut self, packet: Result<Option<Packet>, PacketError>) {
        let done = match packet {
            Ok(Some(packet)) => self.packet(packet),
            Ok(None) => Ok(()),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = done {
            self.fail(error);
        }
    }

    fn obey(&mut self) {
        for command in self.link.take_commands() {
            match command {
                Command::Leave(id, reason) => self.memberships.leave(id, reason),
            }
        }
    }

    fn check_deadlines(&mut self) {
        if self.connect_deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            self.connect_deadline = None;
            tracing::debug!("no namespace joined in time, connection closed");
            self.link.engine.close_with(CloseReason::ConnectTimeout);
        }
        if self.packets.is_late() {
            self.fail("attachments did not arrive in time");
        }
    }

    /// Whether so many unfinished events, of so many bytes, leave room for another packet.
    #[inline(never)]
    fn reads_more(&self, turns: usize, bytes: usize) -> bool {
        let settings = &self.registry.shared().settings;
        let limit = settings.max_turn_bytes;
        if turns < settings.max_turns && bytes < limit {
            return true;
        }
        // An acknowledgement arrives behind the events that the client sent before it. These are read and wait, within a byte bound of
        // their own. A single event larger than that bound must not block the acknowledgement that its own handler waits for.
        (bytes < limit.saturating_add(limit / AHEAD) || turns <= 1) && self.memberships.awaits_ack()
    }
}

/// The limits of reading packets. A namespace with a query may be long; its name is measured without it.
fn limits(settings: &Settings, generation: Generation) -> Limits {
    const LONGEST_QUERY: usize = 4096;
    let mut limits = Limits {
        attachments: settings.max_attachments,
        attachment_bytes: settings.max_attachment_bytes,
        ..Limits::default()
    };
    if generation == Generation::V3 {
        limits.namespace_len += LONGEST_QUERY;
    }
    limits
}

impl Drop for Client {
    /// The session is gone with the connection, also when a value in it holds a socket, and so the session itself.
    fn drop(&mut self) {
        self.link.session.clear();
    }
}

impl engine::Session for Client {
    fn text(&mut self, text: Text) {
        if self.link.is_closing() {
            return;
        }
        #[cfg(feature = "legacy")]
        if self.link.generation == Generation::V1 {
            return self.packet_v1(&text);
        }
        let packet = self.packets.text(text);
        self.received(packet);
    }

    fn binary(&mut self, data: Bytes) {
        if self.link.is_closing() {
            return;
        }
        let packet = self.packets.binary(data);
        self.received(packet);
    }

    fn poll(&mut self, task: &mut Task<'_>) -> Poll<()> {
        self.obey();
        // A handler that is polled here may ask for a socket to be closed; that wakes the task again.
        let polled = self.memberships.poll(&self.link.load, task);
        #[cfg(feature = "legacy")]
        if self.link.generation == Generation::V1 {
            self.check_root_v1();
        }
        if self.connect_deadline.is_some() && self.memberships.has_joined() {
            self.connect_deadline = None;
        }
        self.check_deadlines();
        polled
    }

    fn deadline(&self) -> Option<Instant> {
        [self.connect_deadline, self.packets.deadline()].into_iter().flatten().min()
    }

    fn ready(&self) -> bool {
        let (turns, bytes) = (self.link.load.turns(), self.link.load.bytes());
        // Usually nothing waits.
        turns == 0 && bytes == 0 || self.reads_more(turns, bytes)
    }

    fn drain(&mut self) {
        self.draining = true;
    }

    fn close(&mut self, reason: CloseReason) {
        self.connect_deadline = None;
        self.packets.clear();
        self.obey();
        self.memberships.leave_all(DisconnectReason::Connection(reason));
    }
}
