//! The shared state of a [`Socket`](super::Socket): one client in one namespace, from the CONNECT packet to the last turn.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::acks::Pending;
use super::data::{Data, Values};
use super::grants::Grants;
use super::handshake::Entry;
use super::recovery::Member;
use super::state::{SocketState, StateCell};
use super::tasks::Timed;
use super::{Command, DisconnectReason, Link, Nsp, Owner, Settings, SocketId, turn};
use crate::adapter::{Recipient, Target};
use crate::engine::Priority;
use crate::error::Refuse;
use crate::log::warn_rarely;
use crate::packet::write::{self, RefusalData};
use crate::packet::{Generation, Kind, Message, Outgoing, Written};

/// One client in one namespace.
pub(crate) struct Inner {
    pub(crate) id: SocketId,
    pub(crate) nsp: Arc<Nsp>,
    pub(crate) link: Arc<Link>,
    /// What the placeholders of a pattern namespace have matched, by name.
    pub(crate) captures: Box<[(Box<str>, Box<str>)]>,
    pub(crate) entry: Entry,
    pub(super) state: StateCell,
    /// Boxed, because few sockets are sent something before their CONNECT reply.
    held: Mutex<Option<Box<Held>>>,
    grants: Mutex<Grants>,
    user: Mutex<Option<Arc<str>>>,
    pub(super) values: Values,
    /// `None` on a server without recovery, and for clients that cannot recover.
    pub(super) recovery: Option<Box<Member>>,
    pub(super) acks: Mutex<Pending>,
    pub(super) timed: Mutex<Option<Box<Timed>>>,
}

/// The messages that wait for the CONNECT reply, which is sent when `on_connect` has ended.
#[derive(Default)]
struct Held {
    messages: Vec<Message>,
    bytes: usize,
    /// The code of the CONNECT_ERROR of a socket that was disconnected with an event.
    refusal: Option<Box<str>>,
}

impl Held {
    /// Adds a message within the limits. A message that exceeds the limit by itself is accepted when no other message waits, as by the
    /// outbox.
    fn add(&mut self, message: Message, settings: &Settings) -> bool {
        let bytes = self.bytes.saturating_add(message.size());
        let full = self.messages.len() >= settings.held_packets;
        if full || (bytes > settings.held_bytes && !self.messages.is_empty()) {
            return false;
        }
        self.bytes = bytes;
        self.messages.push(message);
        true
    }
}

/// The event that goes out right before the DISCONNECT packet of a socket.
pub(super) struct LastEvent<'a> {
    /// Its name, which is the code of the CONNECT_ERROR of a socket that is still connecting.
    name: &'a str,
    /// `None` if the event could not be written; the socket is disconnected without it.
    packet: Option<Outgoing<'a>>,
}

impl<'a> LastEvent<'a> {
    pub(super) fn new(name: &'a str, packet: Option<&'a Written>) -> Self {
        Self { name, packet: packet.map(Outgoing::new) }
    }
}

/// Ignores poisoning, because every critical section here leaves valid data when it panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    /// Enters the namespace. `Nsp::report` is to be called next, without a lock.
    pub(crate) fn new(
        id: SocketId,
        nsp: Arc<Nsp>,
        link: Arc<Link>,
        captures: Box<[(Box<str>, Box<str>)]>,
        entry: Entry,
        recovery: Option<Box<Member>>,
    ) -> Arc<Self> {
        let inner = Arc::new(Self {
            id,
            nsp,
            link,
            captures,
            entry,
            state: StateCell::default(),
            held: Mutex::default(),
            grants: Mutex::default(),
            user: Mutex::default(),
            values: Values::default(),
            recovery,
            acks: Mutex::default(),
            timed: Mutex::default(),
        });
        inner.link.register(&inner);
        inner.nsp.add(&inner);
        inner
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.state() == SocketState::Connected
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state() >= SocketState::Leaving
    }

    pub(super) fn state(&self) -> SocketState {
        self.state.get()
    }

    /// Sends the events that a recovered session has missed, as the Node server does before its reply, then the CONNECT reply and, behind it,
    /// the held messages. False if the socket was closed meanwhile.
    pub(crate) fn accept(self: &Arc<Self>) -> bool {
        let mut held = lock(&self.held);
        if self.is_closed() {
            return false;
        }
        let (missed, secret) = self.welcome();
        for message in missed {
            self.push(message, Priority::Event);
        }
        self.link.answer(write::connect(&self.nsp.path, self.id.as_str(), secret));
        for message in held.take().into_iter().flat_map(|held| held.messages) {
            self.push(message, Priority::Event);
        }
        // Set under the lock, so that later messages are sent behind the held ones.
        self.state.connect();
        drop(held);
        self.keep_session();
        true
    }

    /// Closes the socket, so that nothing more is sent to it. It stays in its rooms until `leave`.
    pub(crate) fn close(&self) {
        self.shut(None, None);
    }

    /// Closes the socket and returns its state before. Takes the lock of `accept`, so that a CONNECT reply is either sent already or never
    /// sent.
    fn shut(&self, by_server: Option<DisconnectReason>, last: Option<&LastEvent<'_>>) -> SocketState {
        let mut held = lock(&self.held);
        let before = self.state.leave();
        if before >= SocketState::Leaving {
            return before;
        }
        if let Some(reason) = by_server {
            // The command is queued before the client can receive DISCONNECT (41), or CONNECT_ERROR, which waits for the lock: after either
            // packet the client may connect again, and its old socket must not be found then.
            self.link.command(Command::Leave(self.id, reason));
        }
        let undelivered = held.take();
        if let Some(last) = last {
            if before == SocketState::Connecting {
                *held = Some(Box::new(Held { refusal: Some(last.name.into()), ..Held::default() }));
            } else {
                // Sent under the lock, so that a concurrent disconnect cannot send its DISCONNECT before this event.
                self.push_last(last);
            }
        }
        drop(held);
        drop(undelivered);
        lock(&self.acks).fail();
        before
    }

    /// Sends the event that precedes the DISCONNECT packet. Like that packet, it is not dropped when the outbox is full.
    fn push_last(&self, last: &LastEvent<'_>) {
        if let Some(message) = last.packet.as_ref().and_then(|packet| self.link.read_by_client(packet)) {
            self.push(message.clone(), Priority::Reply);
        }
    }

    /// This socket as the owner of turns.
    pub(crate) fn owner(&self) -> Owner {
        Owner::at(std::ptr::from_ref(self).addr())
    }

    /// Disconnects the socket: at the end of the turn if a turn of this socket calls this, else at once.
    pub(crate) fn disconnect(&self) {
        if !turn::leaves(self.owner()) {
            self.disconnect_now(DisconnectReason::ServerDisconnected);
        }
    }

    /// The same with an event before the DISCONNECT packet.
    pub(super) fn disconnect_with(&self, last: &LastEvent<'_>) {
        if turn::leaves(self.owner()) {
            self.push_last(last);
        } else {
            self.disconnect_after(Some(last), DisconnectReason::ServerDisconnected);
        }
    }

    /// Disconnects the socket at once: sends a command to the client's task and DISCONNECT to the client.
    pub(crate) fn disconnect_now(&self, reason: DisconnectReason) {
        self.disconnect_after(None, reason);
    }

    fn disconnect_after(&self, last: Option<&LastEvent<'_>>, reason: DisconnectReason) {
        if self.shut(Some(reason), last) == SocketState::Connected {
            self.link.answer(write::disconnect(&self.nsp.path));
        }
    }

    /// The same when the whole connection is closed next: a client that waits for its CONNECT reply is refused now, because nothing can be
    /// sent to it later.
    pub(super) fn disconnect_last(&self) {
        match self.shut(Some(DisconnectReason::ServerDisconnected), None) {
            SocketState::Connected => self.link.answer(write::disconnect(&self.nsp.path)),
            SocketState::Connecting => self.refuse_disconnected(),
            SocketState::Leaving | SocketState::Gone => {}
        }
    }

    /// Sends CONNECT_ERROR.
    pub(crate) fn refuse(&self, refuse: &Refuse) {
        let data = match serde_json::to_string(&refuse.details()) {
            Ok(data) => data,
            Err(error) => {
                return tracing::error!(namespace = %self.nsp.path, %error, "refusal cannot be written as JSON");
            }
        };
        let data = if refuse.has_details() { RefusalData::Details(&data) } else { RefusalData::Code(&data) };
        self.link.answer(write::connect_error(&self.nsp.path, refuse.public_message(), data));
    }

    /// Sends the CONNECT_ERROR of a socket that the server has disconnected before its CONNECT reply.
    pub(crate) fn refuse_disconnected(&self) {
        let code = lock(&self.held).take().and_then(|held| held.refusal);
        let code = code.map_or(Cow::Borrowed("disconnected"), |code| Cow::Owned(code.into_string()));
        self.refuse(&Refuse::new(code, "disconnected by the server"));
    }

    /// Whether a future waits for an acknowledgement of this client.
    pub(crate) fn awaits_ack(&self) -> bool {
        lock(&self.acks).is_awaited()
    }

    pub(crate) fn grants<R>(&self, with: impl FnOnce(&mut Grants) -> R) -> R {
        with(&mut lock(&self.grants))
    }

    pub(super) fn data(&self) -> Data<'_> {
        self.values.data(self.nsp.shared.settings.max_data).notifies(self.changes())
    }

    /// Sends an event or an acknowledgement that is for this socket alone.
    pub(crate) fn send(self: &Arc<Self>, packet: Written, volatile: bool) {
        self.nsp.watched(&packet, || super::Target::one(self.clone()));
        self.send_unwatched(packet, volatile);
    }

    /// As [`send`](Self::send) without middlewares: for packets that they have seen already, or that another node has sent.
    pub(super) fn send_unwatched(&self, packet: Written, volatile: bool) {
        if let Some(journal) = &self.nsp.journal
            && packet.kind() == Kind::Event
            && packet.id().is_none()
        {
            return self.send_logged(journal, &packet, volatile);
        }
        let priority = if packet.kind() == Kind::Ack { Priority::Reply } else { event(volatile) };
        if let Some(message) = self.link.as_read_by_client(packet) {
            self.pass(message, priority);
        }
    }

    /// Sends an event of a broadcast, in the form for this client.
    #[inline]
    pub(super) fn receive(&self, packet: &Outgoing<'_>, volatile: bool) {
        let message = match &self.recovery {
            None => self.link.read_by_client(packet),
            Some(_) => Some(packet.with_offset()),
        };
        if let Some(message) = message {
            self.pass(message.clone(), event(volatile));
        }
    }

    /// Sends a message that is encoded for this client, or stores it until the CONNECT reply.
    fn pass(&self, message: Message, priority: Priority) {
        match self.state() {
            SocketState::Connected => self.push(message, priority),
            SocketState::Connecting => self.hold(message, priority),
            SocketState::Leaving | SocketState::Gone => {}
        }
    }

    /// Hands a message over to the engine.
    fn push(&self, message: Message, priority: Priority) {
        // The engine handles and logs a full outbox and a closed connection.
        let _ = self.link.engine.push(message, priority);
    }

    fn hold(&self, message: Message, priority: Priority) {
        let mut held = lock(&self.held);
        match self.state() {
            SocketState::Connecting => {
                let added = held.get_or_insert_default().add(message, &self.nsp.shared.settings);
                if added || priority == Priority::Volatile {
                    return;
                }
                drop(held);
                let option = "Server::max_held";
                warn_rarely!(namespace = %self.nsp.path, socket = %self.id, option, "too much was sent before the CONNECT reply");
                // Only this CONNECT fails, because a slow `on_connect` does not concern the client's other namespaces.
                self.disconnect_now(DisconnectReason::ServerDisconnected);
            }
            SocketState::Connected => self.push(message, priority),
            SocketState::Leaving | SocketState::Gone => {}
        }
    }

    /// All sockets in the namespace except this one.
    pub(crate) fn others(&self) -> Target {
        Target { skip: Some(self.id), ..Target::default() }
    }
}

fn event(volatile: bool) -> Priority {
    if volatile { Priority::Volatile } else { Priority::Event }
}

impl Recipient for Inner {
    fn id(&self) -> SocketId {
        self.id
    }

    fn alias(&self) -> Option<SocketId> {
        // Clients of 3.0 and newer know only the id of the CONNECT reply.
        if self.link.generation == Generation::V4 { None } else { SocketId::parse(self.link.engine.id()) }
    }

    fn user(&self) -> Option<Arc<str>> {
        lock(&self.user).clone()
    }

    fn set_user(&self, user: Arc<str>) -> Option<Arc<str>> {
        lock(&self.user).replace(user)
    }

    fn deliver(&self, packet: &Outgoing<'_>, volatile: bool) {
        self.receive(packet, volatile);
    }
}
