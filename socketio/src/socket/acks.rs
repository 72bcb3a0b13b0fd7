//! Acknowledgements that the server waits for.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::FuturesUnordered;
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until};

use super::cluster::{self, FromNode, RemoteAcks};
use super::from_ack::{AckError, FromAck, read};
use super::{Nsp, Socket, SocketId};
use crate::adapter::{AdapterError, Recipient};
use crate::packet::{self, Outgoing, Payload, WriteError, Written};

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
/// It is a [`Stream`]; [`next`](Acks::next) spares the import. It ends when every client has answered, left or run out of time. A client that
/// has not answered is an `Err(AckError::Timeout)`, with [`SocketId::UNKNOWN`] if its node does not tell which client that is. A node that
/// does not answer holds up the end by half a second more than the timeout at most; its clients are no items, because their number is
/// not known: [`missing_nodes`](Self::missing_nodes). For an example see [`Target`](super::Target).
pub struct Acks<R> {
    waiting: FuturesUnordered<One>,
    deadline: Deadline,
    /// The acknowledgements of the sockets of other nodes, which apply the timeout.
    remote: Option<RemoteAcks>,
    // Set after the deadline: the sockets that have not answered.
    late: Option<std::vec::IntoIter<SocketId>>,
    tally: Tally,
    read: PhantomData<fn() -> R>,
}

/// How many clients were asked, and how many have answered.
#[derive(Default)]
struct Tally {
    asked: usize,
    answered: usize,
    /// The clients of other nodes that were asked, and those of them that are items already.
    remote: usize,
    told: usize,
    /// Nodes that have not said how many clients they have asked.
    nodes: Vec<AdapterError>,
}

impl Tally {
    fn count<T>(&mut self, reply: &Result<T, AckError>) {
        self.answered += usize::from(reply.is_ok());
    }

    fn ask_remote(&mut self, clients: usize) {
        self.asked = self.asked.saturating_add(clients);
        self.remote = self.remote.saturating_add(clients);
    }

    /// One more client of another node that was asked and has not answered, although its node has ended.
    fn untold(&mut self) -> Option<SocketId> {
        if self.told >= self.remote.min(MOST_UNTOLD) {
            return None;
        }
        self.told += 1;
        Some(SocketId::UNKNOWN)
    }
}

/// As many clients that other nodes have asked, and that have not answered, are items at most. The number is what these nodes say.
const MOST_UNTOLD: usize = 1_000_000;

/// How much longer than the clients other nodes may take, to say how many clients they have asked.
const GRACE: Duration = Duration::from_millis(500);

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
        let tally = Tally { asked: waiting.len(), ..Tally::default() };
        Self { waiting, deadline: Deadline::after(timeout), remote: None, late: None, tally, read: PhantomData }
    }

    /// How many clients were asked and have not answered, until now; after the end of the stream, for good. A client that has left, or could
    /// not be asked, counts too. `None` if a node has not said how many clients it has asked; see [`missing_nodes`](Self::missing_nodes).
    ///
    /// ```
    /// use std::time::Duration;
    /// use socketio::Handle;
    ///
    /// /// The votes of a team on all nodes, and how many of its clients have not voted.
    /// async fn vote(handle: &Handle) -> (Vec<bool>, Option<usize>) {
    ///     let team = handle.of("/quiz").to("team:red").timeout(Duration::from_secs(2));
    ///     let mut answers = team.emit_with_ack::<bool>("vote", ());
    ///     let mut votes = Vec::new();
    ///     while let Some((_socket, answer)) = answers.next().await {
    ///         votes.extend(answer);
    ///     }
    ///     (votes, answers.missing())
    /// }
    /// ```
    #[must_use]
    pub fn missing(&self) -> Option<usize> {
        self.tally.nodes.is_empty().then(|| self.tally.asked.saturating_sub(self.tally.answered))
    }

    /// The nodes that have not said how many clients they have asked, until now; after the end of the stream, for good: one error for each,
    /// or one for all if they are not known. Empty without an adapter.
    #[must_use]
    pub fn missing_nodes(&self) -> &[AdapterError] {
        &self.tally.nodes
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

impl<R> Acks<R> {
    /// The next acknowledgement of another node's client, if it is there.
    fn poll_nodes(&mut self, cx: &mut Context<'_>) -> Option<(SocketId, Result<Payload, AckError>)> {
        loop {
            let Poll::Ready(answer) = cluster::poll_ack(self.remote.as_mut()?, cx) else { return None };
            match answer {
                Some(FromNode::Asked(clients)) => self.tally.ask_remote(clients),
                Some(FromNode::Acknowledged(id, reply)) => {
                    self.tally.told += 1;
                    self.tally.count(&reply);
                    return Some((id, reply));
                }
                Some(FromNode::Missing(error)) => self.tally.nodes.push(error),
                None => self.remote = None,
            }
        }
    }

    /// A client that was asked by another node and has not answered.
    fn untold<T>(&mut self) -> Option<(SocketId, Result<T, AckError>)> {
        self.tally.untold().map(|id| (id, Err(AckError::Timeout)))
    }
}

impl<R: FromAck> Stream for Acks<R> {
    type Item = (SocketId, Result<R, AckError>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some((id, reply)) = self.poll_nodes(cx) {
            return Poll::Ready(Some((id, reply.and_then(|reply| read(&reply)))));
        }
        if self.late.is_none() {
            match Pin::new(&mut self.waiting).poll_next(cx) {
                Poll::Ready(Some((id, reply))) => {
                    self.tally.count(&reply);
                    return Poll::Ready(Some((id, reply.and_then(|reply| read(&reply)))));
                }
                Poll::Ready(None) if self.remote.is_none() => return Poll::Ready(self.untold()),
                Poll::Ready(None) | Poll::Pending => {}
            }
            if self.deadline.poll(cx).is_pending() {
                return Poll::Pending;
            }
            let late: Vec<SocketId> = std::mem::take(&mut self.waiting).into_iter().map(|one| one.id).collect();
            self.late = Some(late.into_iter());
            self.deadline = Deadline::after(GRACE);
        }
        if let Some(id) = self.late.as_mut().and_then(Iterator::next) {
            return Poll::Ready(Some((id, Err(AckError::Timeout))));
        }
        if self.remote.is_some() {
            if self.deadline.poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.remote = None;
            self.tally.nodes.push(AdapterError::Timeout);
        }
        Poll::Ready(self.untold())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.waiting.len() + self.late.as_ref().map_or(0, ExactSizeIterator::len);
        (left, if self.remote.is_some() || self.tally.told < self.tally.remote { None } else { Some(left) })
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
