//! One packet on its way to a handler, and where the answer goes.

use std::sync::{Arc, Mutex, PoisonError};

use super::argument::{Decode, DecodePass};
use super::context::Context;
use super::reply;
use crate::error::Error;
use crate::packet::Payload;
use crate::packet::arguments::{self, ReadFailure};
use crate::socket::Socket;

/// What the client has sent, unread.
#[derive(Clone)]
pub struct Arguments {
    payload: Payload,
    /// An event's array begins with its name; the payload of a CONNECT is one value without an array.
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Event,
    Connect,
}

impl Arguments {
    pub(crate) fn event(payload: Payload) -> Self {
        Self { payload, shape: Shape::Event }
    }

    pub(crate) fn connect(payload: Payload) -> Self {
        Self { payload, shape: Shape::Connect }
    }

    /// The bytes that stay allocated as long as this is kept.
    pub(crate) fn size(&self) -> usize {
        self.payload.size()
    }

    /// A copy for longer than this call.
    pub(crate) fn kept(&self) -> Self {
        Self { payload: self.payload.kept(), shape: self.shape }
    }

    pub(crate) fn json(&self) -> &str {
        self.payload.json()
    }

    /// Reads all arguments of one handler in one pass.
    pub fn read<D: Decode>(&self, to: &mut ReplyTo<'_>) -> Result<D::Output, Failure> {
        let mut wrong = None;
        let pass = DecodePass::<D>::new(&mut to.deferred, &mut wrong);
        let read = match self.shape {
            Shape::Event => arguments::read(self.json(), self.payload.attachments(), true, pass),
            // The payload is read as the only element of an array.
            Shape::Connect if self.json().is_empty() => arguments::read("", &[], false, pass),
            // Wrapped only once it is known to be one value: `{},5` would become two.
            Shape::Connect => match arguments::check(self.json()) {
                Err(malformed) => Err(malformed),
                Ok(()) => arguments::read(&format!("[{}]", self.json()), &[], false, pass),
            },
        };
        let output = read.map_err(|failure| match (failure, wrong) {
            (ReadFailure::Malformed(text), _) => Failure::Malformed(text),
            (ReadFailure::Data(_), Some(wrong)) => Failure::Refused(wrong),
            (ReadFailure::Data(text), None) => Failure::Refused(Error::bad_request(text)),
        })?;
        to.hand_over();
        Ok(output)
    }

    /// Whether the JSON of an event that nobody reads is JSON at all.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        arguments::check(self.json()).map_err(|failure| Failure::Malformed(failure.to_string()))
    }
}

/// Where an answer goes, if one was asked for.
///
/// It lives as long as the handler runs: if that panics, it answers.
pub struct ReplyTo<'c> {
    pub(super) to: Option<(u64, &'c Socket)>,
    /// Of an [`Ack`](super::Ack) among the arguments.
    deferred: Option<Arc<AckSlot>>,
}

impl<'c> ReplyTo<'c> {
    /// To whoever has sent the event.
    pub fn new(context: &'c Context) -> Self {
        Self { to: context.id.map(|id| (id, context.socket())), deferred: None }
    }

    /// All arguments are read: from now on the `Ack` answers, if there is one.
    fn hand_over(&mut self) {
        if let Some(slot) = &self.deferred {
            slot.put(self.to.take().map(|(id, socket)| (id, socket.clone())));
        }
    }

    /// The handler is not run after all: the answer is the turn's again, and the `Ack` says nothing when it is dropped.
    pub(super) fn recall(&self) {
        if let Some(slot) = &self.deferred {
            slot.take();
        }
    }
}

impl Drop for ReplyTo<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let panicked = |id, socket| reply::send_error_ack(socket, id, &Error::internal("the handler panicked"));
        if let Some((id, socket)) = self.to {
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

/// Why a handler was not run.
pub enum Failure {
    /// The packet is not what the protocol allows: the connection is closed.
    Malformed(String),
    /// The client is told.
    Refused(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}
