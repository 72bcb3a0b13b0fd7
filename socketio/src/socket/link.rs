//! The connection that a client's sockets share: the engine socket, the session, the list of sockets, and the commands to the client's
//! task.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::{DisconnectReason, Inner, Load, Session, Settings, SocketId, turn};
use crate::engine::{self, CloseReason, Priority};
use crate::packet::{Generation, Message, Outgoing, Written};

/// A command to the task that owns the client.
pub(crate) enum Command {
    /// Remove the socket from its namespace, because it is disconnected.
    Leave(SocketId, DisconnectReason),
}

/// Shared by all sockets of one client.
pub(crate) struct Link {
    pub(crate) engine: engine::Socket,
    /// The client's protocol generation; it never changes.
    pub(crate) generation: Generation,
    pub(crate) session: Session,
    /// The events that the client has sent and that are not finished.
    pub(crate) load: Load,
    /// Where the client's task runs, so that handles work from threads outside of the runtime.
    pub(crate) runtime: tokio::runtime::Handle,
    sockets: Mutex<Vec<Weak<Inner>>>,
    commands: Mutex<Vec<Command>>,
    // Set when `commands` is not empty, so that the task need not take the lock on every run.
    commanded: AtomicBool,
    /// The server closes the connection: packets of the client are not handled any more.
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

    /// The packet as encoded for this client; `None` if it is not sent to clients of this generation.
    pub(crate) fn read_by_client<'p>(&self, packet: &'p Outgoing<'_>) -> Option<&'p Message> {
        match self.generation {
            Generation::V4 => Some(packet.original()),
            #[cfg(feature = "legacy")]
            Generation::V1 => packet.legacy(self.engine.legacy_binary()),
            older => packet.written_for(older),
        }
    }

    /// The same for a packet that only this client receives.
    pub(crate) fn as_read_by_client(&self, packet: Written) -> Option<Message> {
        match self.generation {
            Generation::V4 => Some(packet.into_message()),
            _ => self.read_by_client(&Outgoing::new(&packet)).cloned(),
        }
    }

    /// Sends CONNECT, CONNECT_ERROR or DISCONNECT, which are never held. The engine drops them if the connection is closed.
    pub(crate) fn answer(&self, packet: Written) {
        if let Some(message) = self.as_read_by_client(packet) {
            let _ = self.engine.push(message, Priority::Reply);
        }
    }

    /// Queues a command for the client's task. There is at most one command per socket, so that the number of namespaces bounds the list.
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
        // Reset under the lock, so that the next command sets it again.
        self.commanded.store(false, Ordering::Relaxed);
        std::mem::take(&mut *commands)
    }

    /// Closes the connection because of a protocol error. Packets that the client has sent behind the error are not handled.
    pub(crate) fn fail(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.engine.close_with(CloseReason::ParseError);
    }

    /// Closes the connection: at the end of the turn if a turn of this client calls this, else at once.
    pub(crate) fn close(&self) {
        if !turn::closes(self.sockets().iter().map(|socket| socket.owner())) {
            self.close_now();
        }
    }

    /// Sends DISCONNECT in every namespace, then closes the connection. A client that receives DISCONNECT does not reconnect by itself, as
    /// it does when only the connection ends.
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
