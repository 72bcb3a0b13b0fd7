//! Acknowledgements that the server waits for.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::FuturesUnordered;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until};

use super::cluster::{self, RemoteAcks};
use super::{Nsp, Socket, SocketId};
use crate::adapter::{Recipient, Reply};
use crate::packet::{self, Outgoing, Payload, Rest, WriteError, Written, arguments};

/// Why a call has no acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AckError {
    /// The client did not answer in time; see [`Socket::timeout`].
    Timeout,
    /// The client has left the namespace, or had left before the call.
    Disconnected,
    /// The acknowledgement is not of the expected type; the text names the place.
    Mismatch(String),
    /// Too many acknowledgements of this socket are outstanding; see `Server::max_pending_acks`.
    TooMany,
    /// The event cannot be written: the text is that of a [`WriteError`](crate::WriteError).
    Unwritable(String),
}

impl fmt::Display for AckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("the client did not acknowledge in time"),
            Self::Disconnected => f.write_str("the client has disconnected"),
            Self::Mismatch(what) => write!(f, "the client's acknowledgement does not fit: {what}"),
            Self::TooMany => f.write_str("too many acknowledgements are outstanding"),
            Self::Unwritable(what) => write!(f, "the event cannot be written: {what}"),
        }
    }
}

impl std::error::Error for AckError {}

impl From<WriteError> for AckError {
    fn from(error: WriteError) -> Self {
        Self::Unwritable(error.to_string())
    }
}

impl From<AckError> for crate::Error {
    fn from(error: AckError) -> Self {
        let code = match error {
            AckError::Timeout => "timeout",
            AckError::Disconnected => "disconnected",
            AckError::Mismatch(_) => return Self::bad_request(error.to_string()),
            AckError::TooMany | AckError::Unwritable(_) => crate::error::code::INTERNAL,
        };
        Self::new(code, error.to_string())
    }
}

/// Reads the arguments of an acknowledgement.
fn read<R: FromAck>(reply: &Payload) -> Result<R, AckError> {
    R::from_ack(reply.json(), reply.attachments())
}

/// The type that a client's acknowledgement is read into: a tuple takes several arguments, `()` none, [`Rest`] all of them, and any other
/// type the first.
///
/// Implemented for every `Deserialize` type that owns its data and for [`Rest`]; there is no need to implement it yourself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from an acknowledgement",
    label = "what the client answers with must be `Deserialize`",
    note = "say what the client answers with: `emit_with_ack::<bool>(..)`, or `emit_with_ack::<()>(..)` for nothing"
)]
pub trait FromAck: Sized {
    /// Reads the arguments from their JSON array and its attachments.
    ///
    /// # Errors
    /// [`AckError::Mismatch`] when the arguments are of another type.
    #[doc(hidden)]
    fn from_ack(json: &str, attachments: &[Bytes]) -> Result<Self, AckError>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> FromAck for T {
    fn from_ack(json: &str, attachments: &[Bytes]) -> Result<Self, AckError> {
        arguments::read_shape(json, attachments, false).map_err(|error| AckError::Mismatch(error.to_string()))
    }
}

impl<T: DeserializeOwned> FromAck for Rest<T> {
    fn from_ack(json: &str, attachments: &[Bytes]) -> Result<Self, AckError> {
        arguments::read_all(json, attachments, false).map(Rest).map_err(|error| AckError::Mismatch(error.to_string()))
    }
}

/// For the call of another node: the arguments are passed on unparsed.
#[diagnostic::do_not_recommend]
impl FromAck for Reply {
    fn from_ack(json: &str, attachments: &[Bytes]) -> Result<Self, AckError> {
        Ok(Self::new(json.to_owned(), attachments.to_vec()))
    }
}

/// The acknowledgements of one socket that are outstanding.
#[derive(Default)]
pub(crate) struct Pending {
    waiting: Vec<(u64, oneshot::Sender<Payload>)>,
    failed: bool,
}

impl Pending {
    /// The socket has left: every future that waits ends with `AckError::Disconnected` at once.
    pub(super) fn fail(&mut self) {
        self.failed = true;
        self.waiting = Vec::new();
    }

    fn add(&mut self, id: u64, limit: usize) -> Result<oneshot::Receiver<Payload>, AckError> {
        if self.failed {
            return Err(AckError::Disconnected);
        }
        // A future that has timed out or was dropped has closed its receiver.
        self.waiting.retain(|(_, sender)| !sender.is_closed());
        if self.waiting.len() >= limit {
            return Err(AckError::TooMany);
        }
        let (sender, receiver) = oneshot::channel();
        self.waiting.push((id, sender));
        Ok(receiver)
    }

    pub(super) fn is_awaited(&self) -> bool {
        self.waiting.iter().any(|(_, sender)| !sender.is_closed())
    }

    fn take(&mut self, id: u64) -> Option<oneshot::Sender<Payload>> {
        let at = self.waiting.iter().position(|(other, _)| *other == id)?;
        Some(self.waiting.swap_remove(at).1)
    }
}

impl super::Inner {
    fn pending<R>(&self, with: impl FnOnce(&mut Pending) -> R) -> R {
        with(&mut self.acks.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(super) fn await_ack(&self, id: u64) -> Result<oneshot::Receiver<Payload>, AckError> {
        let limit = self.nsp.shared.settings.max_pending_acks;
        self.pending(|pending| pending.add(id, limit))
    }

    /// Sends an event that asks for an acknowledgement.
    pub(super) fn ask(
        self: &Arc<Self>,
        write: impl FnOnce(u64) -> Result<Written, WriteError>,
    ) -> Result<oneshot::Receiver<Payload>, AckError> {
        let id = self.nsp.next_ack_id();
        let message = write(id)?;
        let receiver = self.await_ack(id)?;
        self.send(message, false);
        Ok(receiver)
    }

    /// Passes an ACK packet to the future that waits for it. Unknown and repeated ids are logged and ignored.
    pub(crate) fn acknowledge(&self, id: u64, reply: Payload) {
        match self.pending(|pending| pending.take(id)) {
            // Fails if the future has timed out just now; then the reply is dropped.
            Some(sender) => drop(sender.send(reply)),
            None => {
                tracing::debug!(namespace = %self.nsp.path, socket = %self.id, id, "acknowledgement nobody waits for")
            }
        }
    }
}

/// A future of one client's acknowledgement; made by [`Socket::call`] and [`Socket::emit_with_ack`].
///
/// The event is sent already: dropping the future only discards the acknowledgement.
#[must_use = "the event is sent, and its acknowledgement is looked at by awaiting"]
pub struct AckFuture<R> {
    receiver: Result<oneshot::Receiver<Payload>, AckError>,
    deadline: Deadline,
    read: PhantomData<fn() -> R>,
}

impl<R> AckFuture<R> {
    pub(super) fn new(receiver: Result<oneshot::Receiver<Payload>, AckError>, timeout: Duration) -> Self {
        Self { receiver, deadline: Deadline::after(timeout), read: PhantomData }
    }
}

impl<R: FromAck> Future for AckFuture<R> {
    type Output = Result<R, AckError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let receiver = match &mut self.receiver {
            Ok(receiver) => receiver,
            Err(error) => return Poll::Ready(Err(error.clone())),
        };
        match Pin::new(receiver).poll(cx) {
            Poll::Ready(Ok(reply)) => Poll::Ready(read(&reply)),
            Poll::Ready(Err(_)) => Poll::Ready(Err(AckError::Disconnected)),
            Poll::Pending => self.deadline.poll(cx).map(|()| Err(AckError::Timeout)),
        }
    }
}

impl<R> fmt::Debug for AckFuture<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AckFuture").field("asked", &self.receiver.is_ok()).finish()
    }
}

/// A deadline. The first poll creates the timer, because only a poll is always inside of the runtime; the time counts from `after`.
struct Deadline {
    at: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    fn after(timeout: Duration) -> Self {
        // A timeout that overflows the clock becomes one year.
        let at = Instant::now();
        Self { at: at.checked_add(timeout).unwrap_or_else(|| at + Duration::from_secs(31_536_000)), sleep: None }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let at = self.at;
        self.sleep.get_or_insert_with(|| Box::pin(sleep_until(at))).as_mut().poll(cx)
    }
}

/// The acknowledgements of several clients, one result each, in the order in which they come.
///
/// It is a [`Stream`]; [`next`](Acks::next) spares the import. It ends when every client has answered, left or run out of time. For an
/// example see [`Target`](super::Target).
pub struct Acks<R> {
    waiting: FuturesUnordered<One>,
    deadline: Deadline,
    /// The acknowledgements of the sockets of other nodes, which apply the timeout.
    remote: Option<RemoteAcks>,
    // Set after the deadline: the sockets that have not answered.
    late: Option<std::vec::IntoIter<SocketId>>,
    read: PhantomData<fn() -> R>,
}

/// The future of one client's acknowledgement.
struct One {
    id: SocketId,
    receiver: Result<oneshot::Receiver<Payload>, AckError>,
}

impl Future for One {
    type Output = (SocketId, Result<Payload, AckError>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let id = self.id;
        match &mut self.receiver {
            Err(error) => Poll::Ready((id, Err(error.clone()))),
            Ok(receiver) => Pin::new(receiver).poll(cx).map(|reply| (id, reply.map_err(|_| AckError::Disconnected))),
        }
    }
}

impl<R> Acks<R> {
    /// Sends the sockets an event that asks for acknowledgement `id`, except sockets with too many outstanding acknowledgements.
    pub(super) fn ask(id: u64, sockets: &[Socket], packet: &Written, timeout: Duration) -> Self {
        let packet = Outgoing::new(packet);
        let ask = |socket: &Socket| {
            let receiver = socket.inner().await_ack(id);
            if receiver.is_ok() {
                socket.inner().deliver(&packet, false);
            }
            One { id: socket.id(), receiver }
        };
        Self::new(sockets.iter().map(ask).collect(), timeout)
    }

    fn new(waiting: FuturesUnordered<One>, timeout: Duration) -> Self {
        Self { waiting, deadline: Deadline::after(timeout), remote: None, late: None, read: PhantomData }
    }

    /// Adds the acknowledgements of other nodes.
    pub(super) fn with_remote(self, remote: Option<RemoteAcks>) -> Self {
        Self { remote, ..self }
    }

    /// A stream without acknowledgements.
    pub(super) fn none() -> Self {
        Self::new(FuturesUnordered::new(), Duration::ZERO)
    }
}

impl<R: FromAck> Acks<R> {
    /// The next client's answer, `None` after the last.
    pub async fn next(&mut self) -> Option<(SocketId, Result<R, AckError>)> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<R: FromAck> Stream for Acks<R> {
    type Item = (SocketId, Result<R, AckError>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(remote) = &mut self.remote {
            match cluster::poll_ack(remote, cx) {
                Poll::Ready(Some((id, reply))) => {
                    return Poll::Ready(Some((id, reply.and_then(|reply| read(&reply)))));
                }
                Poll::Ready(None) => self.remote = None,
                Poll::Pending => {}
            }
        }
        if self.late.is_none() {
            match Pin::new(&mut self.waiting).poll_next(cx) {
                Poll::Ready(Some((id, reply))) => {
                    return Poll::Ready(Some((id, reply.and_then(|reply| read(&reply)))));
                }
                // Other nodes may still answer, but only until the deadline of this node.
                Poll::Ready(None) if self.remote.is_none() => return Poll::Ready(None),
                Poll::Ready(None) | Poll::Pending => {}
            }
            if self.deadline.poll(cx).is_pending() {
                return Poll::Pending;
            }
            let late: Vec<SocketId> = std::mem::take(&mut self.waiting).into_iter().map(|one| one.id).collect();
            self.late = Some(late.into_iter());
            self.remote = None;
        }
        let next = self.late.as_mut().and_then(Iterator::next);
        Poll::Ready(next.map(|id| (id, Err(AckError::Timeout))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.waiting.len() + self.late.as_ref().map_or(0, ExactSizeIterator::len);
        (left, if self.remote.is_some() { None } else { Some(left) })
    }
}

impl<R> fmt::Debug for Acks<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acks").field("waiting", &self.waiting.len()).finish()
    }
}

/// Writes a typed event, with an `id` if it asks for an acknowledgement.
pub(super) fn write_event(nsp: &Nsp, id: Option<u64>, event: &impl super::Event) -> Result<Written, WriteError> {
    let packet = packet::write::event_with(&nsp.path, id, event.name(), |to| event.write(to))?;
    nsp.fits(&packet)?;
    Ok(packet)
}

/// Writes an event by name, with an `id` if it asks for an acknowledgement.
pub(super) fn write_named(
    nsp: &Nsp,
    id: Option<u64>,
    event: &str,
    args: &impl Serialize,
) -> Result<Written, WriteError> {
    let packet = packet::write::event(&nsp.path, id, event, args)?;
    nsp.fits(&packet)?;
    Ok(packet)
}
