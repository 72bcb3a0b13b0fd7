//! The arguments of a packet, before a method reads them.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{Error as _, SeqAccess};

use super::argument::reader;
use super::context::Context;
use super::method::Method;
use super::refusal::Failure;
use super::reply_to::{AckSlot, ReplyTo};
use crate::error::Error;
use crate::packet::arguments::{self, Pass, ReadFailure};
use crate::packet::{Packet, Payload};

/// The payload of an event or a CONNECT, unread.
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

    /// The bytes that stay allocated as long as the `Arguments` live.
    pub(crate) fn size(&self) -> usize {
        self.payload.size()
    }

    /// A copy that may outlive this call.
    pub(crate) fn kept(&self) -> Self {
        Self { payload: self.payload.kept(), shape: self.shape }
    }

    pub(crate) fn json(&self) -> &str {
        self.payload.json()
    }

    /// The packet of the event of `cx`, which may outlive this call.
    pub(super) fn packet(&self, cx: &Context) -> Packet {
        Packet::received(self.payload.kept(), cx.socket().path(), cx.ack_id())
    }

    /// The packet of the event of `cx`, for this call only.
    pub(super) fn packet_now(&self, cx: &Context) -> Packet {
        Packet::received(self.payload.clone(), cx.socket().path(), cx.ack_id())
    }

    /// Reads all arguments of a method in one pass.
    pub(super) fn read<N: 'static, M: Method<N>>(&self, to: &mut ReplyTo<'_>) -> Result<M::Sent, Failure> {
        let output = self.decode::<N, M>(&mut to.deferred)?;
        to.hand_over();
        Ok(output)
    }

    /// Reads all arguments; `deferred` is where an `Ack` among them answers.
    pub(super) fn decode<N: 'static, M: Method<N>>(
        &self,
        deferred: &mut Option<Arc<AckSlot>>,
    ) -> Result<M::Sent, Failure> {
        let mut wrong = None;
        let pass = Decode::<N, M> { deferred, wrong: &mut wrong, method: PhantomData };
        let read = match self.shape {
            Shape::Event => arguments::read(self.json(), self.payload.attachments(), true, pass),
            // The payload is read as the only element of an array.
            Shape::Connect if M::SENT.is_empty() || self.json().is_empty() => arguments::read("", &[], false, pass),
            // Checks that the payload is one value before the brackets are added, because `[{},5]` would be two values.
            Shape::Connect => match arguments::check(self.json()) {
                Err(malformed) => Err(malformed),
                Ok(()) => arguments::read(&format!("[{}]", self.json()), &[], false, pass),
            },
        };
        read.map_err(|failure| match (failure, wrong) {
            (ReadFailure::Malformed(text), _) => Failure::Malformed(text),
            (ReadFailure::Data(_), Some(wrong)) => Failure::Refused(wrong),
            (ReadFailure::Data(text), None) => Failure::Refused(Error::bad_request(text)),
        })
    }

    /// Lets `pass` read the arguments of an event.
    pub(super) fn read_with<P: Pass>(&self, pass: P) -> Result<P::Output, ReadFailure> {
        arguments::read(self.json(), self.payload.attachments(), true, pass)
    }

    /// Checks that the payload of an event is JSON, for an event that no handler reads.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        arguments::check(self.json()).map_err(|failure| Failure::Malformed(failure.to_string()))
    }
}

/// Lets the generated code of a method read a packet's arguments.
struct Decode<'r, N, M> {
    deferred: &'r mut Option<Arc<AckSlot>>,
    /// The argument that does not fit, if one does not.
    wrong: &'r mut Option<Error>,
    method: PhantomData<(fn(N), M)>,
}

impl<N: 'static, M: Method<N>> Pass for Decode<'_, N, M> {
    type Output = M::Sent;

    fn arguments<'de, A: SeqAccess<'de>>(self, sequence: A) -> Result<M::Sent, A::Error> {
        let read = M::decode(&mut reader(sequence, self.deferred, self.wrong));
        read.map_err(|_| A::Error::custom("an argument does not fit"))
    }
}
