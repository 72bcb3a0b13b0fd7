//! Floor 5: the packets of one client, and the namespaces that it is in. CONNECT, DISCONNECT, EVENT and ACK are handled here; the floor
//! `namespace` decides which handler runs, and the engine carries the packets.

mod joining;
mod memberships;
mod packets;
mod reader;
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
use joining::Joinings;
use memberships::Memberships;
use reader::PacketReader;

/// While a handler waits for an acknowledgement, the client is read past `max_turn_bytes` by this part of it: a quarter.
const AHEAD: usize = 4;

/// Makes a [`Client`] for each session of the engine.
pub(crate) struct Clients {
    pub(crate) registry: Arc<Registry>,
    /// Kept alive by every connected client. Weak, because it owns this value.
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
    /// Namespaces that the client enters as soon as its lost session is found.
    joining: Joinings,
    reader: PacketReader,
    /// When the client must have joined a namespace; `None` once it has.
    connect_deadline: Option<Instant>,
    /// The server is shutting down: acknowledgements are still read, events and CONNECT are ignored.
    draining: bool,
    /// Handles refer to the server weakly. This reference keeps it alive while a client is connected.
    _server: Option<Arc<dyn Any + Send + Sync>>,
}

impl Client {
    fn new(registry: Arc<Registry>, server: Option<Arc<dyn Any + Send + Sync>>, socket: engine::Socket) -> Self {
        let settings = &registry.shared().settings;
        let generation = socket.generation();
        // Older clients are in `/` without a CONNECT.
        let connect_deadline = (generation == Generation::V4).then(|| Instant::now() + settings.connect_timeout);
        let reader = PacketReader::new(settings, limits(settings, generation));
        let memberships = Memberships::default();
        let link = Link::new(socket, settings);
        let draining = false;
        let joining = Joinings::default();
        let mut client =
            Self { link, registry, memberships, joining, reader, connect_deadline, draining, _server: server };
        if generation != Generation::V4 {
            client.connect_root();
        }
        client
    }

    /// Closes the connection, because the client has broken the protocol.
    fn fail(&self, error: impl std::fmt::Display) {
        tracing::debug!(%error, "packet refused, connection closed");
        self.link.fail();
    }

    /// Handles the packet that a message was or completed. `None` is a packet whose attachments follow.
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

    /// Carries out what handles of the client's sockets have asked of this task.
    fn run_commands(&mut self) {
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
        if self.reader.is_late() {
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

/// The limits of reading packets. Clients of 1.0 to 2.5 put a query behind the namespace, whose own length `connect_v3` checks.
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
    /// Ends the session, because a value in it may hold a socket, which holds the session.
    fn drop(&mut self) {
        self.link.session.end();
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
        let packet = self.reader.text(text);
        self.received(packet);
    }

    fn binary(&mut self, data: Bytes) {
        if self.link.is_closing() {
            return;
        }
        let packet = self.reader.binary(data);
        self.received(packet);
    }

    fn poll(&mut self, task: &mut Task<'_>) -> Poll<()> {
        self.run_commands();
        // If a handler that is polled here disconnects a socket, the command wakes the task again.
        let joined = if self.joining.len() == 0 { Poll::Ready(()) } else { self.poll_joining(task) };
        let polled = self.memberships.poll(&self.link.load, task);
        #[cfg(feature = "legacy")]
        if self.link.generation == Generation::V1 {
            self.close_without_root_v1();
        }
        if self.connect_deadline.is_some() && self.memberships.has_joined() {
            self.connect_deadline = None;
        }
        self.check_deadlines();
        if joined.is_pending() { joined } else { polled }
    }

    fn deadline(&self) -> Option<Instant> {
        engine::earliest(self.connect_deadline, self.reader.deadline())
    }

    fn ready(&self) -> bool {
        let (turns, bytes) = (self.link.load.turns(), self.link.load.bytes());
        // The usual case: no event is unfinished.
        turns == 0 && bytes == 0 || self.reads_more(turns, bytes)
    }

    fn drain(&mut self) {
        self.draining = true;
    }

    fn close(&mut self, reason: CloseReason) {
        self.connect_deadline = None;
        self.reader.clear();
        self.joining = Joinings::default();
        self.run_commands();
        self.memberships.leave_all(DisconnectReason::Connection(reason));
    }
}
