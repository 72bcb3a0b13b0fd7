//! The state of an engine, and what its tasks do with it: sends messages, remembers who is there, lets the node answer.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::time::Instant;

use super::link::{Link, Subscribers};
use super::message::{Body, EMITTER, Message, Request};
use super::options::Options;
use super::peers::Peers;
use super::queue::Queue;
use super::requests::Requests;
use crate::adapter::remote::{AdapterError, Answer, BoxFuture, Node, Question};
use crate::log::warn_rarely;

/// How many requests of this node, and how many of others, are worked on at once.
pub(super) const REQUESTS: usize = 10_000;

pub(super) struct Inner<L: Link> {
    /// The name of this node in messages, for all namespaces.
    pub(super) uid: Arc<str>,
    pub(super) options: Options,
    pub(super) queue: Queue<L>,
    pub(super) node: OnceLock<Node>,
    pub(super) namespaces: RwLock<HashSet<Arc<str>>>,
    pub(super) peers: Mutex<Peers>,
    pub(super) requests: Arc<Requests>,
    pub(super) next_request: AtomicU64,
    /// How many requests of other nodes are being answered.
    pub(super) answering: AtomicUsize,
    /// How many nodes of other implementations a namespace had at its last request.
    pub(super) unnamed: Mutex<HashMap<Arc<str>, usize>>,
    pub(super) stopped: watch::Sender<bool>,
}

/// Who has asked what.
pub(super) struct Asker {
    pub(super) uid: Arc<str>,
    pub(super) namespace: Arc<str>,
    pub(super) request: Request,
}

impl<L: Link> Inner<L> {
    pub(super) fn peers(&self) -> MutexGuard<'_, Peers> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unnamed(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        self.unnamed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message into the queue; `asker`: it answers a request of that node.
    pub(super) fn send(&self, namespace: Arc<str>, body: Body, asker: Option<&str>) -> Result<(), AdapterError> {
        let volatile = body.is_volatile();
        let write_only = self.node.get().is_some_and(Node::is_write_only);
        let uid = if write_only { EMITTER.into() } else { self.uid.clone() };
        let message = Message { uid, namespace, body };
        let (item, bytes) = self.queue.transport().encode(&message, asker).map_err(AdapterError::Other)?;
        self.queue.push(item, bytes, volatile)
    }

    /// A heartbeat, which tells the name of the node. Without a connection it would only wait.
    pub(super) fn beat(&self, namespace: Arc<str>, initial: bool) {
        let Some(node) = self.node.get().filter(|_| self.queue.is_connected()) else { return };
        let node = Some(Arc::from(node.id().as_str()));
        let body = if initial { Body::InitialHeartbeat { node } } else { Body::Heartbeat { node } };
        // A full queue is logged where it is full.
        let _ = self.send(namespace, body, None);
    }

    pub(super) fn greet_namespace(&self, namespace: Arc<str>) {
        self.beat(namespace, true);
    }

    /// The connection is there: the other nodes tell that they are, and learn of this one.
    pub(super) fn greet(&self) {
        let namespaces: Vec<_> =
            self.namespaces.read().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        namespaces.into_iter().for_each(|namespace| self.greet_namespace(namespace));
    }

    /// Remembers the sender of a message.
    pub(super) fn heard(&self, node: &Node, message: &Message) {
        if *message.uid == *EMITTER {
            return;
        }
        let id = match &message.body {
            Body::InitialHeartbeat { node } | Body::Heartbeat { node } => node.as_ref(),
            _ => None,
        };
        let joined = self.peers().seen(&message.namespace, &message.uid, id, L::HEARTBEATS, Instant::now());
        if let Some(joined) = joined {
            node.joined(&joined);
        }
    }

    /// Whether every node of the namespace is known to be one of ours, so that sockets can be counted without fetching them.
    pub(super) fn counts(&self, question: &Question) -> bool {
        let Question::Count { namespace, .. } = question else { return false };
        let peers = self.peers();
        let ours: HashSet<_> = peers.ours(namespace).into_iter().collect();
        let all_ours = peers.alive(namespace).keys().all(|uid| ours.contains(uid));
        // What is not known yet may be a node of another implementation.
        all_ours && (L::HEARTBEATS || self.unnamed().get(namespace) == Some(&0))
    }

    /// Finds out how many nodes answer a request.
    pub(super) fn expect(
        self: Arc<Self>,
        namespace: Arc<str>,
        id: Arc<str>,
        named: Vec<Arc<str>>,
    ) -> BoxFuture<'static, ()> {
        let (ours, silent) = {
            let peers = self.peers();
            (peers.ours(&namespace), peers.silent(&namespace))
        };
        let subscribers = self.queue.transport().subscribers(namespace.clone(), ours.clone());
        Box::pin(async move {
            let Some(Subscribers { others, gone }) = subscribers.await else {
                // Without an answer the request lasts until its timeout, and gives what has come.
                return;
            };
            let absent: HashSet<&Arc<str>> = gone.iter().collect();
            // Nodes that are known, or silent but connected, are counted by the broker as well.
            let counted = ours.iter().filter(|uid| !absent.contains(uid));
            let counted = counted.filter(|uid| silent.contains(*uid) || named.contains(uid)).count();
            let unnamed = others.map_or(0, |others| others.saturating_sub(counted));
            if others.is_some() {
                self.unnamed().insert(namespace.clone(), unnamed);
            }
            for uid in &gone {
                let left = self.peers().remove(&namespace, uid);
                if let Some((left, node)) = left.zip(self.node.get()) {
                    node.left(&left);
                }
            }
            self.requests.expect(&id, unnamed, &gone);
        })
    }

    /// Lets the node answer a question, and sends what it says.
    pub(super) fn answer(self: Arc<Self>, node: &Node, question: Question, asker: Asker) {
        if self.answering.fetch_add(1, Ordering::Relaxed) >= REQUESTS {
            self.answering.fetch_sub(1, Ordering::Relaxed);
            warn_rarely!(limit = REQUESTS, "too many requests of other nodes are being answered");
            return;
        }
        let mut answers = node.answer(question);
        tokio::spawn(async move {
            let _end = Answering(&self.answering);
            let mut answered = false;
            let mut stopped = self.stopped.subscribe();
            loop {
                let answer = tokio::select! {
                    answer = answers.next() => answer,
                    _ = stopped.wait_for(|stopped| *stopped) => None,
                };
                let Some(answer) = answer else { break };
                answered = true;
                self.send_answer(&asker, answer);
            }
            if !answered && asker.request.ours {
                self.send_body(&asker, Body::Unhandled { request: asker.request.id.clone() });
            }
        });
    }

    fn send_answer(&self, asker: &Asker, answer: Answer) {
        let request = asker.request.id.clone();
        let body = match answer {
            Answer::Sockets(sockets) => Body::FetchReply { request, sockets },
            Answer::Count(count) => Body::CountReply { request, count },
            Answer::Asked(count) => Body::ClientCount { request, count },
            Answer::Acknowledged { socket, reply: Ok(reply) } => Body::Ack { request, socket, reply },
            // Node knows no failures: it waits for its timeout.
            Answer::Acknowledged { socket, reply: Err(failure) } if asker.request.ours => {
                Body::AckFailed { request, socket, failure }
            }
            Answer::Acknowledged { .. } => return,
            Answer::ServerEvent(reply) => Body::ServerEventReply { request, reply },
        };
        self.send_body(asker, body);
    }

    fn send_body(&self, asker: &Asker, body: Body) {
        if let Err(error) = self.send(asker.namespace.clone(), body, Some(&asker.uid)) {
            tracing::debug!(%error, "a request of another node is not answered");
        }
    }
}

/// Counts a request as answered, also if the answer panics.
struct Answering<'a>(&'a AtomicUsize);

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
