//! One packet on its way to a handler.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::argument::{Decode, DecodePass};
use super::context::Context;
use super::reply;
use crate::engine::Text;
use crate::error::Error;
use crate::packet::arguments::{self, ReadFailure};
use crate::socket::Socket;

/// An event, a CONNECT or the end of a connection, with all that its handler is given.
pub struct Call {
    pub(crate) context: Context,
    pub(crate) arguments: Arguments,
    pub(crate) id: Option<u64>,
}

impl Call {
    /// What is lent, what was sent, and where the answer goes.
    pub fn split(self) -> (Context, Arguments, ReplyTo) {
        let to = ReplyTo { to: self.id.map(|id| (id, self.context.socket().clone())), deferred: None };
        (self.context, self.arguments, to)
    }
}

/// What the client has sent, unread.
pub struct Arguments {
    text: Text,
    /// Where the JSON begins; the text's length if there is none.
    data: usize,
    attachments: Vec<Bytes>,
    /// An event's array begins with its name; the payload of a CONNECT is one value without an array.
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Event,
    Connect,
    Nothing,
}

impl Arguments {
    pub(crate) fn event(text: Text, data: usize, attachments: Vec<Bytes>) -> Self {
        Self { text, data, attachments, shape: Shape::Event }
    }

    pub(crate) fn connect(text: Text, data: usize) -> Self {
        Self { text, data, attachments: Vec::new(), shape: Shape::Connect }
    }

    pub(crate) fn nothing() -> Self {
        Self { text: Text::default(), data: 0, attachments: Vec::new(), shape: Shape::Nothing }
    }

    /// The bytes that are kept until they are read.
    pub(crate) fn size(&self) -> usize {
        self.text.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }

    fn json(&self) -> &str {
        self.text.get(self.data..).unwrap_or_default()
    }

    /// Reads all arguments of one handler in one pass.
    pub fn read<D: Decode>(self, to: &mut ReplyTo) -> Result<D::Output, Failure> {
        let mut wrong = None;
        let pass = DecodePass::<D>::new(&mut *to, &mut wrong);
        let read = match self.shape {
            Shape::Event => arguments::read(self.json(), &self.attachments, true, pass),
            Shape::Nothing => arguments::read("", &[], false, pass),
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
pub struct ReplyTo {
    pub(super) to: Option<(u64, Socket)>,
    deferred: Option<Arc<AckSlot>>,
}

impl ReplyTo {
    /// An [`Ack`](super::Ack) will answer, once all arguments are read: until then it is empty, and says nothing when it is dropped.
    pub(super) fn defer(&mut self) -> Arc<AckSlot> {
        self.deferred.get_or_insert_with(|| Arc::new(AckSlot(Mutex::new(None)))).clone()
    }

    /// All arguments are read: from now on the `Ack` answers, if there is one.
    fn hand_over(&mut self) {
        if let Some(slot) = &self.deferred {
            slot.put(self.to.take());
        }
    }

    /// The handler is not run after all: the answer is the turn's again, and the `Ack` says nothing when it is dropped.
    pub(super) fn recall(&self) {
        if let Some(slot) = &self.deferred {
            slot.take();
        }
    }
}

impl Drop for ReplyTo {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        // An `Ack` that has answered already leaves nothing to say.
        if let Some((id, socket)) = self.to.take().or_else(|| self.deferred.as_ref()?.take()) {
            reply::send_error_ack(&socket, id, &Error::internal("the handler panicked"));
        }
    }
}

/// The answer that an [`Ack`](super::Ack) owes, until it is given.
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
