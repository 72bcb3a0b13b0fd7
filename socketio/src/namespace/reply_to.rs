//! Where the answer of one call goes: to the client that asked, at once or through an `Ack`.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::answer;
use super::context::Context;
use super::event_name::EventName;
use crate::error::{Error, code};
use crate::socket::{Socket, Ticket, note_answered};

/// Where an answer goes, if one was asked for. It lives as long as the handler runs.
pub struct ReplyTo<'c> {
    context: &'c Context,
    /// Of the acknowledgement that is asked for, unless an [`Ack`](super::Ack) gives it.
    id: Option<u64>,
    /// Of an [`Ack`](super::Ack) among the arguments.
    pub(super) deferred: Option<Arc<AckSlot>>,
    /// Of an event that is handled once. Boxed, because most are not.
    pub(super) once: Option<Box<Ticket>>,
}

impl<'c> ReplyTo<'c> {
    pub(super) fn new(context: &'c Context) -> Self {
        Self { context, id: context.id, deferred: None, once: None }
    }

    /// The acknowledgement that is asked for; `None` if none is, or an [`Ack`](super::Ack) gives it.
    pub(super) fn destination(&self) -> Option<(u64, &'c Socket)> {
        self.id.map(|id| (id, self.context.socket()))
    }

    /// Whether an [`Ack`](super::Ack) still owes the acknowledgement.
    pub(super) fn is_deferred(&self) -> bool {
        self.deferred.as_ref().is_some_and(|slot| slot.is_full())
    }

    pub(super) fn socket(&self) -> &'c Socket {
        self.context.socket()
    }

    /// All arguments are read: from now on the `Ack` answers, if there is one.
    pub(super) fn hand_over(&mut self) {
        if let Some(slot) = &self.deferred {
            let (socket, event) = (self.context.socket(), self.context.event());
            slot.put(self.id.take().map(|id| Owed { id, socket: socket.clone(), event: event.clone() }));
        }
    }

    /// The error of a call that `#[acl]` denies. The turn sends it, so an `Ack` that was read sends nothing when it is dropped.
    pub(super) fn forbidden(&self) -> Error {
        if let Some(ticket) = &self.once {
            ticket.withdraw();
        }
        if let Some(slot) = &self.deferred {
            slot.take();
        }
        Error::new(code::FORBIDDEN, format!("`{}` is forbidden", self.context.event()))
    }
}

impl Drop for ReplyTo<'_> {
    /// If the handler panics, its turn answers, except where an `Ack` has done so before.
    fn drop(&mut self) {
        if std::thread::panicking()
            && self.id.is_none()
            && self.deferred.as_ref().is_some_and(|slot| slot.take().is_none())
        {
            note_answered();
        }
    }
}

/// An acknowledgement that an [`Ack`](super::Ack) owes.
pub(super) struct Owed {
    id: u64,
    socket: Socket,
    event: EventName,
}

impl Owed {
    pub(super) fn send(self, value: &impl Serialize) {
        answer::send_ack(&self.socket, self.id, &self.event, value);
    }

    pub(super) fn fail(self, error: Error) {
        answer::send_failure(&self.socket, Some(self.id), &self.event, error);
    }
}

/// What an [`Ack`](super::Ack) owes, until it is given.
///
/// Empty until all arguments are read: till then it says nothing when it is dropped.
#[derive(Default)]
pub(super) struct AckSlot(Mutex<Option<Owed>>);

impl AckSlot {
    pub(super) fn take(&self) -> Option<Owed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Answers with the error `internal`, if nothing was answered yet.
    pub(super) fn abandon(&self) {
        if let Some(owed) = self.take() {
            owed.fail(Error::internal("an acknowledgement was dropped unsent"));
        }
    }

    fn put(&self, owed: Option<Owed>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = owed;
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

impl Drop for AckSlot {
    fn drop(&mut self) {
        self.abandon();
    }
}
