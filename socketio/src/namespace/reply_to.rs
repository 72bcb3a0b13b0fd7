//! Where the answer of one call goes: to the client, when the handler returns or through an `Ack`.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::answer;
use super::context::Context;
use super::event_name::EventName;
use crate::error::{Error, code};
use crate::socket::{Socket, Ticket, note_answered};

/// Where the answer of a call goes, if the client asked for one. Dropped when the handler has ended.
pub struct ReplyTo<'c> {
    context: &'c Context,
    /// The id of the acknowledgement. `None` if the client asked for none, or an [`Ack`](super::Ack) answers.
    id: Option<u64>,
    /// The slot of an [`Ack`](super::Ack) among the arguments.
    pub(super) deferred: Option<Arc<AckSlot>>,
    /// The ticket of a handler with `#[event(once)]`. Boxed, because most handlers have none.
    pub(super) once: Option<Box<Ticket>>,
}

impl<'c> ReplyTo<'c> {
    pub(super) fn new(context: &'c Context) -> Self {
        Self { context, id: context.id, deferred: None, once: None }
    }

    /// Where to send the acknowledgement. `None` if the client asked for none, or an [`Ack`](super::Ack) answers.
    pub(super) fn destination(&self) -> Option<(u64, &'c Socket)> {
        self.id.map(|id| (id, self.context.socket()))
    }

    /// Whether an [`Ack`](super::Ack) has not answered yet.
    pub(super) fn is_deferred(&self) -> bool {
        self.deferred.as_ref().is_some_and(|slot| slot.is_full())
    }

    pub(super) fn socket(&self) -> &'c Socket {
        self.context.socket()
    }

    /// Gives the acknowledgement to the `Ack` among the arguments, if there is one. Called when all arguments are read.
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
    /// After a panic of the handler its turn answers, unless an `Ack` has answered before, which is recorded here.
    fn drop(&mut self) {
        if std::thread::panicking()
            && self.id.is_none()
            && self.deferred.as_ref().is_some_and(|slot| slot.take().is_none())
        {
            note_answered();
        }
    }
}

/// An acknowledgement that an [`Ack`](super::Ack) has to send.
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

/// The acknowledgement that an [`Ack`](super::Ack) has to send; empty after it was sent.
///
/// Also empty until all arguments are read: an `Ack` that is dropped before sends nothing.
#[derive(Default)]
pub(super) struct AckSlot(Mutex<Option<Owed>>);

impl AckSlot {
    pub(super) fn take(&self) -> Option<Owed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Answers with the error `internal`, unless the `Ack` has answered.
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
