//! The namespaces that one client is in. They are few, so that a list is searched.

use std::sync::Arc;
use std::task::{Context as Task, Poll};

use crate::namespace::Instance;
use crate::socket::{DisconnectReason, Load, Socket, SocketId};

/// How many namespaces that the server has closed are remembered for one client.
const CLOSED: usize = 64;

/// One client in one namespace.
pub(super) struct Membership {
    pub(super) socket: Socket,
    pub(super) instance: Box<dyn Instance>,
}

#[derive(Default)]
pub(super) struct Memberships {
    present: Vec<Membership>,
    /// Namespaces that the client has left, whose last turns are still running.
    leaving: Vec<Membership>,
    /// Namespaces that the server has closed or refused. Packets for them may still be on their way and are ignored.
    closed: Vec<Arc<str>>,
    /// No turn runs or waits, and no namespace was accessed since the last poll. A client that only receives broadcasts is woken to write,
    /// and then its namespaces need not be polled.
    idle: bool,
}

impl Memberships {
    pub(super) fn get(&mut self, path: &str) -> Option<&mut Membership> {
        self.idle = false;
        self.present.iter_mut().find(|membership| membership.socket.path() == path)
    }

    pub(super) fn len(&self) -> usize {
        self.present.len() + self.leaving.len()
    }

    pub(super) fn has_joined(&self) -> bool {
        self.present.iter().any(|membership| membership.socket.is_connected())
    }

    pub(super) fn enter(&mut self, membership: Membership) {
        self.idle = false;
        self.closed.retain(|path| **path != *membership.socket.path());
        if membership.instance.is_over() {
            self.remember(membership.socket.inner().nsp.path.clone());
        } else {
            // Most clients are in one namespace, and a list that grows by itself begins with room for four.
            self.present.reserve_exact(usize::from(self.present.is_empty()));
            self.present.push(membership);
        }
    }

    /// Whether the server has closed this namespace for the client.
    pub(super) fn was_closed(&self, path: &str) -> bool {
        self.closed.iter().any(|closed| **closed == *path)
    }

    /// The client leaves a namespace; `false` if it is not in it.
    pub(super) fn leave_path(&mut self, path: &str) -> bool {
        let at = self.present.iter().position(|membership| membership.socket.path() == path);
        at.map(|at| self.remove(at, DisconnectReason::ClientLeft)).is_some()
    }

    /// The server disconnects a socket of the client.
    pub(super) fn leave(&mut self, id: SocketId, reason: DisconnectReason) {
        if let Some(at) = self.present.iter().position(|membership| membership.socket.id() == id)
            && let Some(path) = self.remove(at, reason)
        {
            self.remember(path);
        }
    }

    /// Keeps the path of a namespace that the server has closed or refused, so that packets for it are ignored.
    pub(super) fn remember(&mut self, path: Arc<str>) {
        if self.was_closed(&path) {
            return;
        }
        // Such packets arrive soon or never, so that the oldest entry is not needed any more.
        if self.closed.len() == CLOSED {
            self.closed.remove(0);
        }
        self.closed.push(path);
    }

    pub(super) fn leave_all(&mut self, reason: DisconnectReason) {
        while !self.present.is_empty() {
            self.remove(0, reason);
        }
        self.closed = Vec::new();
    }

    fn remove(&mut self, at: usize, reason: DisconnectReason) -> Option<Arc<str>> {
        self.idle = false;
        let mut membership = self.present.remove(at);
        membership.instance.close(reason);
        let path = membership.socket.inner().nsp.path.clone();
        if !membership.instance.is_over() {
            self.leaving.push(membership);
        }
        Some(path)
    }

    /// Whether a turn may be waiting for an acknowledgement.
    pub(super) fn awaits_ack(&self) -> bool {
        self.present.iter().any(|membership| membership.socket.inner().awaits_ack())
    }

    /// Polls the turns of all namespaces. Ready when none is running.
    pub(super) fn poll(&mut self, load: &Load, task: &mut Task<'_>) -> Poll<()> {
        if self.idle {
            return Poll::Ready(());
        }
        let (mut idle, mut over);
        loop {
            load.hold_up(false);
            (idle, over) = (true, false);
            for membership in self.present.iter_mut().chain(&mut self.leaving) {
                idle &= membership.instance.poll(task).is_ready();
                over |= membership.instance.is_over();
            }
            // Again if a namespace was held up by the turns of another one, which was polled after it and now has room.
            if !(load.is_held_up() && load.has_room()) {
                break;
            }
        }
        if over {
            self.forget();
        }
        self.idle = idle;
        if idle { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Removes the namespaces that are over.
    fn forget(&mut self) {
        // An instance that is over although the client has not left was refused by `on_connect`.
        for refused in self.present.extract_if(.., |membership| membership.instance.is_over()).collect::<Vec<_>>() {
            self.remember(refused.socket.inner().nsp.path.clone());
        }
        self.leaving.retain(|membership| !membership.instance.is_over());
    }
}
