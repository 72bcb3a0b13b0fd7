//! Targets on several nodes: the actions and questions that they send to the adapter, and the answers.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::time::{Sleep, sleep};

use super::recovery::Journal;
use super::{AckError, FromAck, Inner, Nsp, SocketId, Target};
use crate::adapter::remote::{AckFailure, Action, AdapterError, Answer, BoxStream, Question, Selection};
use crate::adapter::{self, Room};
use crate::packet::{Outgoing, Packet, Payload, Written, write};

/// The combined answers of the nodes of a cluster, and the errors of those that have not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched<T> {
    /// The combined value of this node and of the nodes that have answered.
    pub value: T,
    /// Why the value may be incomplete: one error for each node that has not answered, or for the cluster.
    pub missing: Vec<AdapterError>,
}

impl<T> Fetched<T> {
    /// The value, if every node has answered.
    ///
    /// # Errors
    /// The first of the errors in [`missing`](Self::missing).
    pub fn all(self) -> Result<T, AdapterError> {
        match self.missing.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(self.value),
        }
    }
}

/// The acknowledgements of the sockets of other nodes.
pub(super) type RemoteAcks = BoxStream<'static, Result<Answer, AdapterError>>;

/// What a node has said of a call.
pub(super) enum FromNode {
    /// It has asked so many clients.
    Asked(usize),
    Acknowledged(SocketId, Result<Payload, AckError>),
    /// It has not said how many clients it has asked.
    Missing(AdapterError),
}

/// What another node says next of a call.
pub(super) fn poll_ack(acks: &mut RemoteAcks, cx: &mut Context<'_>) -> Poll<Option<FromNode>> {
    loop {
        return Poll::Ready(match futures_util::ready!(acks.poll_next_unpin(cx)) {
            Some(Ok(Answer::Asked(clients))) => Some(FromNode::Asked(clients)),
            Some(Ok(Answer::Acknowledged { socket, reply })) => {
                let reply = reply.map(adapter::remote::Reply::into_payload).map_err(|failure| match failure {
                    AckFailure::Timeout => AckError::Timeout,
                    AckFailure::Disconnected => AckError::Disconnected,
                    AckFailure::TooMany => AckError::TooMany,
                });
                Some(FromNode::Acknowledged(socket.unwrap_or(SocketId::UNKNOWN), reply))
            }
            Some(Ok(_)) => continue,
            Some(Err(error)) => {
                tracing::warn!(%error, "acknowledgements of a node are missing");
                Some(FromNode::Missing(error))
            }
            None => None,
        });
    }
}

impl From<&adapter::Target> for Selection {
    fn from(target: &adapter::Target) -> Self {
        let adapter::Target { rooms, except, skip, volatile, .. } = target.clone();
        Self { rooms, except, skip, volatile }
    }
}

impl From<Selection> for adapter::Target {
    fn from(selection: Selection) -> Self {
        let Selection { rooms, except, skip, volatile } = selection;
        Self { rooms, except, skip, volatile, local: true }
    }
}

impl Nsp {
    /// Publishes an action to the other nodes. Without an adapter, or if the target is local, `action` is not called. Returns whether the
    /// adapter has accepted the action.
    pub(super) fn publish(&self, target: &adapter::Target, action: impl FnOnce(Selection) -> Action) -> bool {
        if target.local {
            return false;
        }
        let Some(adapter) = &self.shared.adapter else { return false };
        let published = adapter.publish(action(target.into()));
        if let Err(error) = &published {
            tracing::error!(namespace = %self.path, %error, "the other nodes are not reached");
        }
        published.is_ok()
    }

    /// Delivers an event to members of this process and of the other nodes. Returns whether the adapter has accepted it; then an adapter that
    /// keeps a log hands it back, and it is delivered here with its place in the log.
    pub(super) fn spread(
        &self,
        target: &adapter::Target,
        packet: &Written,
        mut deliver: impl FnMut(&Arc<Inner>, &Outgoing<'_>),
    ) -> bool {
        let Some(journal) = &self.journal else {
            let outgoing = Outgoing::new(packet);
            self.members.each(target, |member| deliver(member, &outgoing));
            return self.publish_packet(target, packet);
        };
        if journal.adapter().is_some() {
            let published = self.publish_packet(target, packet);
            if !published {
                journal.record(&self.members, target, packet, deliver);
            }
            return published;
        }
        journal.record(&self.members, target, packet, deliver);
        self.publish_packet(target, packet)
    }

    pub(super) fn publish_packet(&self, target: &adapter::Target, packet: &Written) -> bool {
        self.publish(target, |to| Action::Broadcast { to, packet: Packet::from(packet), offset: None })
    }

    /// Asks the other nodes; `None` without an adapter, or if the target is local.
    fn ask(&self, target: &adapter::Target, question: impl FnOnce(Selection) -> Question) -> Option<RemoteAcks> {
        let adapter = self.shared.adapter.as_ref().filter(|_| !target.local)?;
        Some(adapter.ask(question(target.into())))
    }

    pub(super) fn ask_packet(
        &self,
        target: &adapter::Target,
        packet: &Written,
        timeout: Duration,
    ) -> Option<RemoteAcks> {
        self.ask(target, |to| Question::Call { to, packet: Packet::from(packet), timeout })
    }
}

impl Inner {
    /// Sends an event to this socket on a server with recovery.
    pub(super) fn send_logged(&self, journal: &Journal, packet: &Written, volatile: bool) {
        if self.is_closed() {
            // The client may be back, on another socket with the same id.
            let own = adapter::Target { volatile, ..self.own_room() };
            self.nsp.spread(&own, packet, |member, packet| member.receive(packet, volatile));
        } else if volatile || journal.adapter().is_none() || !self.nsp.publish_packet(&self.own_room(), packet) {
            // Volatile events are in no log, so that no adapter hands them back.
            journal.record_one(self, volatile, packet);
        }
    }
}

impl Target {
    /// Asks the other nodes, and adds their answers to that of this node.
    pub(super) async fn gather<T>(
        &self,
        own: T,
        question: impl FnOnce(Selection) -> Question,
        mut add: impl FnMut(T, Answer) -> T,
    ) -> Fetched<T> {
        let mut fetched = Fetched { value: own, missing: Vec::new() };
        // `selected` is `None` for a single socket, which is of this process.
        let Some(mut answers) = self.selected().and_then(|target| self.nsp().ask(target, question)) else {
            return fetched;
        };
        let mut deadline = Deadline::of(self.own_timeout());
        while let Some(answer) = deadline.next(&mut answers).await {
            match answer {
                Ok(answer) => fetched.value = add(fetched.value, answer),
                Err(error) => fetched.missing.push(error),
            }
        }
        fetched
    }

    /// Publishes that the sockets of this target join or leave rooms.
    pub(super) fn publish_rooms(&self, rooms: &[Room], join: bool) {
        let Some(target) = self.selected() else { return };
        let namespace = self.nsp().path.clone();
        self.nsp().publish(target, |sockets| {
            let rooms = rooms.to_vec();
            if join { Action::Join { namespace, sockets, rooms } } else { Action::Leave { namespace, sockets, rooms } }
        });
    }
}

impl Target {
    /// Emits an event to the servers of the other nodes, where a method with
    /// [`#[server_event]`](crate::namespace#events-of-other-servers) or `Server::server_event` handles it. Neither clients nor this node
    /// receive it, and the target's selection of sockets is ignored. An event that cannot be written or sent is logged.
    pub fn server_side_emit(&self, event: &str, args: impl Serialize) {
        match write::event(&self.nsp().path, None, event, &args) {
            Ok(packet) => {
                let packet = Packet::from(packet);
                self.nsp().publish(&adapter::Target::default(), |_| Action::ServerEvent { packet });
            }
            Err(error) => tracing::error!(namespace = %self.nsp().path, event, %error, "event not sent"),
        }
    }

    /// As [`server_side_emit`](Self::server_side_emit), and returns the answers of the other nodes, one for each node that handles the
    /// event. An answer of another type is an error in [`Fetched::missing`].
    pub async fn server_side_emit_with_ack<R: FromAck>(&self, event: &str, args: impl Serialize) -> Fetched<Vec<R>> {
        let mut fetched = Fetched { value: Vec::new(), missing: Vec::new() };
        let packet = match write::event(&self.nsp().path, None, event, &args) {
            Ok(packet) => Packet::from(packet),
            Err(error) => {
                fetched.missing.push(AdapterError::Other(error.to_string()));
                return fetched;
            }
        };
        let timeout = self.own_timeout();
        let answers = self.nsp().ask(&adapter::Target::default(), |_| Question::ServerEvent { packet, timeout });
        let Some(mut answers) = answers else { return fetched };
        let mut deadline = Deadline::of(timeout);
        while let Some(answer) = deadline.next(&mut answers).await {
            match answer {
                Ok(Answer::ServerEvent(reply)) => match R::from_ack(reply.json(), reply.attachments()) {
                    Ok(value) => fetched.value.push(value),
                    Err(error) => fetched.missing.push(AdapterError::Other(error.to_string())),
                },
                Ok(_) => {}
                Err(error) => fetched.missing.push(error),
            }
        }
        fetched
    }
}

/// The time at which a question ends although its adapter goes on waiting. An adapter keeps to the timeout of a question itself, and then names
/// the nodes that are missing; it has this much longer.
const GRACE: Duration = Duration::from_millis(500);

struct Deadline(Option<Pin<Box<Sleep>>>);

impl Deadline {
    fn of(timeout: Option<Duration>) -> Self {
        Self(timeout.map(|timeout| Box::pin(sleep(timeout.saturating_add(GRACE)))))
    }

    /// The next answer; at the deadline an error, and then the end.
    async fn next(&mut self, answers: &mut RemoteAcks) -> Option<Result<Answer, AdapterError>> {
        let Some(deadline) = &mut self.0 else { return answers.next().await };
        if deadline.is_elapsed() {
            return None;
        }
        tokio::select! {
            biased;
            answer = answers.next() => answer,
            () = deadline => Some(Err(AdapterError::Timeout)),
        }
    }
}

/// The sockets of this process that another node has selected.
pub(crate) fn local(nsp: Arc<Nsp>, selection: Selection) -> Target {
    Target::many(nsp, selection.into())
}
