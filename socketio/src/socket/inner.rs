//! What is behind a [`Socket`](super::Socket): its stay in a namespace, from the CONNECT packet to the last turn.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::acks::Pending;
use super::grants::Grants;
use super::handshake::Entry;
use super::{Command, DisconnectReason, Link, Nsp, Owner, SocketId, turn};
use crate::adapter::{JoinError, Recipient, Room, Target};
use crate::engine::Priority;
use crate::error::{Refuse, panic_text};
use crate::log::warn_rarely;
use crate::packet::write::{self, RefusalData};
use crate::packet::{Generation, Kind, Message, Outgoing, Written};

/// `on_connect` has not answered yet: what is sent to the socket is held.
const CONNECTING: u8 = 0;
/// The CONNECT reply is out.
const CONNECTED: u8 = 1;
/// Nothing goes out any more.
const CLOSED: u8 = 2;

/// One client in one namespace.
pub(crate) struct Inner {
    pub(crate) id: SocketId,
    pub(crate) nsp: Arc<Nsp>,
    pub(crate) link: Arc<Link>,
    /// What the placeholders of a pattern namespace have matched, by name.
    pub(crate) captures: Box<[(Box<str>, Box<str>)]>,
    pub(crate) entry: Entry,
    state: AtomicU8,
    held: Mutex<Vec<Message>>,
    grants: Mutex<Grants>,
    pub(super) acks: Mutex<Pending>,
    tasks: Mutex<Option<JoinSet<()>>>,
}

/// A poisoned lock only says that some thread panicked while it held it; every critical section here leaves valid data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    pub(crate) fn new(
        id: SocketId,
        nsp: Arc<Nsp>,
        link: Arc<Link>,
        captures: Box<[(Box<str>, Box<str>)]>,
        entry: Entry,
    ) -> Arc<Self> {
        let inner = Arc::new(Self {
            id,
            nsp,
            link,
            captures,
            entry,
            state: AtomicU8::new(CONNECTING),
            held: Mutex::default(),
            grants: Mutex::default(),
            acks: Mutex::default(),
            tasks: Mutex::default(),
        });
        inner.link.register(&inner);
        inner.nsp.members.add(inner.clone());
        inner
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.state.load(Ordering::Acquire) == CONNECTED
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.load(Ordering::Acquire) == CLOSED
    }

    /// Sends the CONNECT reply and, behind it, all that was held. False if the socket was closed meanwhile.
    pub(crate) fn accept(&self) -> bool {
        let mut held = lock(&self.held);
        if self.is_closed() {
            return false;
        }
        self.link.answer(write::connect(&self.nsp.path, self.id.as_str()));
        for message in std::mem::take(&mut *held) {
            self.push(message, Priority::Event);
        }
        // Still under the lock: what is sent from now on goes out behind what was held.
        self.state.store(CONNECTED, Ordering::Release);
        true
    }

    /// Ends the socket for everyone who sends to it. Its rooms stay until `leave`.
    pub(crate) fn close(&self) {
        self.shut(None);
    }

    /// Closes, and tells the state before. Under the lock that `accept` takes, so that a CONNECT reply is either out by now or never sent.
    fn shut(&self, by_server: Option<DisconnectReason>) -> u8 {
        let mut held = lock(&self.held);
        let before = self.state.swap(CLOSED, Ordering::AcqRel);
        if let Some(reason) = by_server
            && before != CLOSED
        {
            // Before the client can be told, with 41 or by a refusal, which waits for the lock: once it has been told it may come
            // back, and must not be found here still.
            self.link.command(Command::Leave(self.id, reason));
        }
        let undelivered = std::mem::take(&mut *held);
        drop(held);
        drop(undelivered);
        lock(&self.acks).fail();
        before
    }

    /// This socket as the owner of turns.
    pub(crate) fn owner(&self) -> Owner {
        Owner::at(std::ptr::from_ref(self).addr())
    }

    /// Closes the socket by the server's will: at the end of the turn if it is a turn of this socket that asks for it, else at once.
    pub(crate) fn disconnect(&self) {
        if !turn::leaves(self.owner()) {
            self.disconnect_now(DisconnectReason::ServerDisconnected);
        }
    }

    /// Sends the client a DISCONNECT, then tells the client's task.
    pub(crate) fn disconnect_now(&self, reason: DisconnectReason) {
        if self.shut(Some(reason)) == CONNECTED {
            self.link.answer(write::disconnect(&self.nsp.path));
        }
    }

    /// The same when the whole connection is closed next: a client that waits for its CONNECT reply is refused now, because nothing can be
    /// sent to it later.
    pub(super) fn disconnect_last(&self) {
        match self.shut(Some(DisconnectReason::ServerDisconnected)) {
            CONNECTED => self.link.answer(write::disconnect(&self.nsp.path)),
            CONNECTING => self.refuse_disconnected(),
            _ => {}
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
        self.refuse(&Refuse::new("disconnected", "disconnected by the server"));
    }

    /// After the last turn: leaves the namespace and all rooms, aborts what was spawned.
    pub(crate) fn leave(&self) {
        self.close();
        if self.nsp.members.remove(self.id) {
            self.leave_rooms();
        }
        // Dropping the set aborts its tasks.
        drop(lock(&self.tasks).take());
    }

    /// Leaves the rooms of a socket that was in many, in steps with pauses: the others of the namespace take the lock in between.
    fn leave_rooms(&self) {
        const PAUSE: Duration = Duration::from_millis(1);
        let (nsp, id) = (self.nsp.clone(), self.id);
        self.link.runtime.spawn(async move {
            while nsp.members.clear(id) {
                sleep(PAUSE).await;
            }
        });
    }

    /// Joins a room. A refusal is logged, because the callers that do not return it have no other way to tell.
    pub(crate) fn join(&self, room: Room) -> Result<(), JoinError> {
        self.nsp.members.join(self.id, room).inspect_err(|error| match error {
            // Not worth a line: the client has left at the same time.
            JoinError::Disconnected => {}
            JoinError::OwnRoom => {
                warn_rarely!(namespace = %self.nsp.path, socket = %self.id, code = error.code(), "{error}: not joined");
            }
            _ => warn_rarely!(namespace = %self.nsp.path, socket = %self.id, code = error.code(), "{error}: room not joined"),
        })
    }

    /// Whether somebody waits for an acknowledgement of this client.
    pub(crate) fn awaits_ack(&self) -> bool {
        lock(&self.acks).is_awaited()
    }

    pub(crate) fn grants<R>(&self, with: impl FnOnce(&mut Grants) -> R) -> R {
        with(&mut lock(&self.grants))
    }

    /// Runs a future until it ends or the socket has left.
    pub(crate) fn spawn(self: &Arc<Self>, future: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.tasks);
        if self.is_closed() {
            return;
        }
        let tasks = tasks.get_or_insert_with(JoinSet::new);
        // Those that are over are forgotten here, so that the set is as large as the tasks that run.
        while tasks.try_join_next().is_some() {}
        let socket = self.clone();
        let task = async move {
            if let Err(panic) = AssertUnwindSafe(future).catch_unwind().await {
                let text = panic_text(&*panic);
                tracing::error!(namespace = %socket.nsp.path, socket = %socket.id, text, "a spawned task panicked");
                socket.disconnect_now(DisconnectReason::Panicked);
            }
        };
        tasks.spawn_on(task, &self.link.runtime);
    }

    /// Delivers a packet that is for this socket alone.
    pub(crate) fn send(&self, packet: Written, volatile: bool) {
        let priority = if packet.kind() == Kind::Ack { Priority::Reply } else { event(volatile) };
        if let Some(message) = self.link.as_read_by_client(packet) {
            self.pass(message, priority);
        }
    }

    /// A message in the form that this client reads, on its way out.
    fn pass(&self, message: Message, priority: Priority) {
        match self.state.load(Ordering::Acquire) {
            CONNECTED => self.push(message, priority),
            CONNECTING => self.hold(message, priority),
            _ => {}
        }
    }

    /// Hands a message over to the engine.
    fn push(&self, message: Message, priority: Priority) {
        // What becomes of a message that finds no room, or of the connection, is decided and logged by the engine.
        let _ = self.link.engine.push(message, priority);
    }

    fn hold(&self, message: Message, priority: Priority) {
        let mut held = lock(&self.held);
        match self.state.load(Ordering::Acquire) {
            CONNECTING if held.len() < self.nsp.shared.settings.max_held => held.push(message),
            CONNECTING if priority == Priority::Volatile => {}
            CONNECTING => {
                warn_rarely!(namespace = %self.nsp.path, socket = %self.id, "too many messages before the CONNECT reply");
                drop(held);
                // Only this CONNECT fails: the client's other namespaces have nothing to do with a slow `on_connect`.
                self.disconnect_now(DisconnectReason::ServerDisconnected);
            }
            CONNECTED => self.push(message, priority),
            _ => {}
        }
    }

    /// Everyone in the namespace but this socket.
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
        // Newer clients know only the id that they are told.
        if self.link.generation == Generation::V4 { None } else { SocketId::parse(self.link.engine.id()) }
    }

    fn deliver(&self, packet: &Outgoing<'_>, volatile: bool) {
        if let Some(message) = self.link.read_by_client(packet) {
            self.pass(message.clone(), event(volatile));
        }
    }
}
