//! One client's connection as its sockets see it: the engine socket, the session, the siblings, and the way to the client's task.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::{DisconnectReason, Inner, Load, Session, Settings, SocketId, turn};
use crate::engine::{self, CloseReason, Priority};
use crate::packet::{Generation, Message, Outgoing, Written};

/// What a handle asks of the task that owns the client.
pub(crate) enum Command {
    /// A socket's stay in its namespace is over.
    Leave(SocketId, DisconnectReason),
}

/// Shared by all sockets of one client.
pub(crate) struct Link {
    pub(crate) engine: engine::Socket,
    /// What the client speaks; it never changes.
    pub(crate) generation: Generation,
    pub(crate) session: Session,
    /// The events that the client has sent and that are not finished.
    pub(crate) load: Load,
    /// Where the client's task runs, so that handles work from threads outside of the runtime.
    pub(crate) runtime: tokio::runtime::Handle,
    sockets: Mutex<Vec<Weak<Inner>>>,
    commands: Mutex<Vec<Command>>,
    // Spares the task the lock: it looks here every time it runs.
    commanded: AtomicBool,
    /// The connection is being closed by this side: nothing that the client has sent is handled any more.
    closing: AtomicBool,
}

impl Link {
    pub(crate) fn new(engine: engine::Socket, settings: &Settings) -> Arc<Self> {
        let runtime = tokio::runtime::Handle::current();
        Arc::new(Self {
            generation: engine.generation(),
            engine,
            session: Session::of_connection(runtime.clone(), settings.max_tasks),
            load: Load::new(settings.max_turns),
            runtime,
            sockets: Mutex::default(),
            commands: Mutex::default(),
            commanded: AtomicBool::new(false),
            closing: AtomicBool::new(false),
        })
    }

    /// The packet as this client reads it; `None` if there is nothing to read.
    pub(crate) fn read_by_client<'p>(&self, packet: &'p Outgoing<'_>) -> Option<&'p Message> {
        match self.generation {
            Generation::V4 => Some(packet.original()),
            #[cfg(feature = "legacy")]
            Generation::V1 => packet.legacy(self.engine.legacy_binary()),
            older => packet.written_for(older),
        }
    }

    /// The same for a packet that no other client gets.
    pub(crate) fn as_read_by_client(&self, packet: Written) -> Option<Message> {
        match self.generation {
            Generation::V4 => Some(packet.into_message()),
            _ => self.read_by_client(&Outgoing::new(&packet)).cloned(),
        }
    }

    /// Sends what is about the connection itself: it is never held, and whether it still can be told is the engine's business.
    pub(crate) fn answer(&self, packet: Written) {
        if let Some(message) = self.as_read_by_client(packet) {
            let _ = self.engine.push(message, Priority::Reply);
        }
    }

    /// Leaves a command for the client's task. There is at most one per socket, so the list is bounded by the namespaces.
    pub(crate) fn command(&self, command: Command) {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).push(command);
        self.commanded.store(true, Ordering::Release);
        self.engine.wake();
    }

    pub(crate) fn take_commands(&self) -> Vec<Command> {
        if !self.commanded.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock: what is left from now on sets it again.
        self.commanded.store(false, Ordering::Relaxed);
        std::mem::take(&mut *commands)
    }

    /// The client has broken the protocol: its connection is closed, and nothing it has sent behind that is handled.
    pub(crate) fn fail(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.engine.close_with(CloseReason::ParseError);
    }

    /// Closes the connection: at the end of the turn if it is a turn of this client that asks for it, else at once.
    pub(crate) fn close(&self) {
        if !turn::closes(self.sockets().iter().map(|socket| socket.owner())) {
            self.close_now();
        }
    }

    /// Tells the client in every namespace that the server has disconnected it, then closes the connection. A client that is told does not
    /// come back by itself, as it does when only the connection ends.
    pub(crate) fn close_now(&self) {
        self.closing.store(true, Ordering::Relaxed);
        for socket in self.sockets() {
            socket.disconnect_last();
        }
        self.engine.close();
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    pub(crate) fn register(&self, socket: &Arc<Inner>) {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets.retain(|other| other.strong_count() > 0);
        sockets.push(Arc::downgrade(socket));
    }

    /// The client's connected socket in another namespace.
    pub(crate) fn socket(&self, path: &str) -> Option<Arc<Inner>> {
        let sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets.iter().filter_map(Weak::upgrade).find(|socket| &*socket.nsp.path == path && socket.is_connected())
    }

    fn sockets(&self) -> Vec<Arc<Inner>> {
        let sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets.iter().filter_map(Weak::upgrade).collect()
    }
}
