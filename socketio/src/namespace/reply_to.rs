//! Where the answer of one call goes, and what is sent when the handler panics.

use std::sync::{Arc, Mutex, PoisonError};

use super::answer;
use super::context::Context;
use crate::error::{Error, code};
use crate::socket::Socket;

/// Where an answer goes, if one was asked for.
///
/// It lives as long as the handler runs: if that panics, it answers.
pub struct ReplyTo<'c> {
    context: &'c Context,
    /// Of the acknowledgement that is asked for, unless an [`Ack`](super::Ack) gives it.
    id: Option<u64>,
    /// Of an [`Ack`](super::Ack) among the arguments.
    pub(super) deferred: Option<Arc<AckSlot>>,
}

impl<'c> ReplyTo<'c> {
    pub(super) fn new(context: &'c Context) -> Self {
        Self { context, id: context.id, deferred: None }
    }

    /// The acknowledgement that is asked for; `None` if none is, or an [`Ack`](super::Ack) gives it.
    pub(super) fn destination(&self) -> Option<(u64, &'c Socket)> {
        self.id.map(|id| (id, self.context.socket()))
    }

    /// Whether an [`Ack`](super::Ack) still owes the acknowledgement.
    pub(super) fn is_deferred(&self) -> bool {
        self.deferred.as_ref().is_some_and(|slot| slot.is_full())
    }

    /// All arguments are read: from now on the `Ack` answers, if there is one.
    pub(super) fn hand_over(&mut self) {
        if let Some(slot) = &self.deferred {
            slot.put(self.id.take().map(|id| (id, self.context.socket().clone())));
        }
    }

    /// The error of a call that `#[acl]` denies. The turn sends it, so an `Ack` that was read sends nothing when it is dropped.
    pub(super) fn forbidden(&self) -> Error {
        if let Some(slot) = &self.deferred {
            slot.take();
        }
        Error::new(code::FORBIDDEN, format!("`{}` is forbidden", self.context.event()))
    }
}

impl Drop for ReplyTo<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let panicked = |id, socket| answer::send_error_ack(socket, id, &Error::internal("the handler panicked"));
        if let Some((id, socket)) = self.destination() {
            panicked(id, socket);
        } else if let Some((id, socket)) = self.deferred.as_ref().and_then(|slot| slot.take()) {
            // An `Ack` that has answered already leaves nothing to say.
            panicked(id, &socket);
        }
    }
}

/// The answer that an [`Ack`](super::Ack) owes, until it is given.
///
/// Empty until all arguments are read: till then it says nothing when it is dropped.
#[derive(Default)]
pub(super) struct AckSlot(Mutex<Option<(u64, Socket)>>);

impl AckSlot {
    pub(super) fn take(&self) -> Option<(u64, Socket)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, to: Option<(u64, Socket)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}
