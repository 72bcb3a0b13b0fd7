//! The cluster protocol between a `Node` and a broker: applies what arrives, answers requests, collects answers, and knows who is there.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

use super::link::{Link, Subscribers};
use super::message::{Body, EMITTER, Message, Request};
use super::options::Options;
use super::peers::Peers;
use super::queue::Queue;
use super::requests::{Asked, Requests};
use crate::adapter::remote::{Action, AdapterError, Answer, BoxFuture, BoxStream, Health, Node, Question};
use crate::log::warn_rarely;

/// How many requests of this node, and how many of others, are worked on at once.
const REQUESTS: usize = 10_000;

/// How long the end of a server waits until what was sent is published.
const PATIENCE: Duration = Duration::from_secs(1);

/// An adapter of the cluster protocol, without the broker. Cheap to clone.
pub(crate) struct Engine<L: Link>(Arc<Inner<L>>);

impl<L: Link> Clone for Engine<L> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// An [`Engine`] that may be gone.
pub(crate) struct WeakEngine<L: Link>(Weak<Inner<L>>);

impl<L: Link> WeakEngine<L> {
    pub(crate) fn upgrade(&self) -> Option<Engine<L>> {
        self.0.upgrade().map(Engine)
    }
}

struct Inner<L: Link> {
    /// The name of this node in messages, for all namespaces.
    uid: Arc<str>,
    options: Options,
    queue: Queue<L>,
    node: OnceLock<Node>,
    namespaces: RwLock<HashSet<Arc<str>>>,
    peers: Mutex<Peers>,
    requests: Arc<Requests>,
    next_request: AtomicU64,
    /// How many requests of other nodes are being answered.
    answering: AtomicUsize,
    /// How many nodes of other implementations a namespace had at its last request.
    unnamed: Mutex<HashMap<Arc<str>, usize>>,
    stopped: watch::Sender<bool>,
}

/// A random number; not a secret.
fn random() -> u64 {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as u64);
    getrandom::u64().unwrap_or_else(|_| now())
}

/// A name of a node in messages: 16 hexadecimal digits, as Node has them. It is part of channel names.
pub(crate) fn new_uid() -> Arc<str> {
    format!("{:016x}", random()).into()
}

impl<L: Link> Engine<L> {
    pub(crate) fn new(link: Arc<L>, uid: Arc<str>, options: Options) -> Self {
        let queue = Queue::new(link, options.queue);
        Self(Arc::new(Inner {
            uid,
            options,
            queue,
            node: OnceLock::new(),
            namespaces: RwLock::default(),
            peers: Mutex::default(),
            requests: Requests::new(REQUESTS),
            next_request: AtomicU64::new(random()),
            answering: AtomicUsize::new(0),
            unnamed: Mutex::default(),
            stopped: watch::Sender::new(false),
        }))
    }

    /// The engine, for what it owns.
    pub(crate) fn weak(&self) -> WeakEngine<L> {
        WeakEngine(Arc::downgrade(&self.0))
    }

    pub(crate) fn link(&self) -> &Arc<L> {
        self.0.queue.transport()
    }

    pub(crate) fn queue(&self) -> &Queue<L> {
        &self.0.queue
    }

    pub(crate) fn node(&self) -> Option<&Node> {
        self.0.node.get()
    }

    /// Connects, and begins to publish and to send heartbeats.
    ///
    /// # Errors
    /// The broker is not there; the text is that of the link.
    pub(crate) async fn start(&self, node: Node) -> Result<(), String> {
        // The link may hand over messages before it is connected.
        let _ = self.0.node.set(node);
        self.0.queue.connect().await?;
        self.0.greet();
        let inner = self.0.clone();
        tokio::spawn(async move {
            let weak = Arc::downgrade(&inner);
            let greet = move || {
                if let Some(inner) = weak.upgrade() {
                    inner.greet();
                }
            };
            inner.queue.run(greet).await;
        });
        tokio::spawn(heartbeats(
            Arc::downgrade(&self.0),
            self.0.stopped.subscribe(),
            self.0.options.heartbeat_interval,
        ));
        Ok(())
    }

    /// Tells the other nodes that this one ends, and waits up to 1 s until everything is published.
    pub(crate) async fn stop(&self) {
        self.0.stopped.send_replace(true);
        for namespace in self.namespaces() {
            let _ = self.0.send(namespace, Body::Close, None);
        }
        self.0.queue.close(PATIENCE).await;
    }

    pub(crate) fn health(&self) -> Health {
        Health { nodes: self.0.peers().count(), ..self.0.queue.health() }
    }

    pub(crate) fn namespaces(&self) -> Vec<Arc<str>> {
        self.0.namespaces.read().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(crate) fn has_namespace(&self, path: &str) -> bool {
        self.0.namespaces.read().unwrap_or_else(PoisonError::into_inner).contains(path)
    }

    /// The node has a namespace from now on. The link subscribes to its channels.
    pub(crate) fn open_namespace(&self, path: &Arc<str>) {
        self.0.namespaces.write().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        self.0.greet_namespace(path.clone());
    }

    /// The node has the namespace no more.
    pub(crate) fn close_namespace(&self, path: &Arc<str>) {
        if !self.0.namespaces.write().unwrap_or_else(PoisonError::into_inner).remove(path) {
            return;
        }
        if self.0.queue.is_connected() {
            let _ = self.0.send(path.clone(), Body::Close, None);
        }
        let left = self.0.peers().remove_namespace(path);
        // In a task, because the caller may hold locks of the server.
        if let Some((node, runtime)) =
            self.0.node.get().cloned().zip(Handle::try_current().ok()).filter(|_| !left.is_empty())
        {
            runtime.spawn(async move { left.iter().for_each(|id| node.left(id)) });
        }
    }

    /// Puts an action into the queue.
    ///
    /// # Errors
    /// The queue is full, or the message cannot be written.
    pub(crate) fn publish(&self, action: Action) -> Result<(), AdapterError> {
        let (namespace, first, second) = Body::of_action(action);
        self.0.send(namespace.clone(), first, None)?;
        second.map_or(Ok(()), |second| self.0.send(namespace, second, None))
    }

    /// Asks the other nodes of the namespace. What a question delivers is in the queue when this returns.
    pub(crate) fn ask(&self, question: Question) -> BoxStream<'static, Result<Answer, AdapterError>> {
        let error = |error| -> BoxStream<'static, _> { Box::pin(futures_util::stream::iter([Err(error)])) };
        let delivers = matches!(question, Question::Call { .. });
        if !delivers && !self.0.queue.is_connected() {
            return error(AdapterError::Disconnected);
        }
        let count = matches!(question, Question::Count { .. });
        let id: Arc<str> = format!("{:016x}", self.0.next_request.fetch_add(1, Ordering::Relaxed)).into();
        let counting = count && self.0.counts(&question);
        let (namespace, body, timeout) = Body::of_question(question, id.clone(), counting);
        let asked = Asked {
            namespace: namespace.clone(),
            counting: count,
            nodes: self.0.peers().alive(&namespace),
            timeout: timeout.unwrap_or(self.0.options.requests_timeout),
        };
        let begin = self.0.clone().expect(namespace.clone(), id.clone(), asked.nodes.keys().cloned().collect());
        let answers = match self.0.requests.add(&id, asked, begin) {
            Ok(answers) => answers,
            Err(full) => return error(full),
        };
        match self.0.send(namespace, body, None) {
            Ok(()) => Box::pin(answers),
            Err(failed) => error(failed),
        }
    }

    /// Takes what the link has received; `channel` is the namespace of the channel, where it has one. What cannot be read is logged, at most
    /// once in a minute.
    pub(crate) fn receive_bytes(&self, bytes: &Bytes, channel: Option<&str>) {
        match Message::decode(bytes, channel) {
            Ok(Some(message)) => self.receive(message, None),
            Ok(None) => {}
            Err(error) => {
                warn_rarely!(%error, bytes = bytes.len(), "a message on the channels of the cluster cannot be read");
            }
        }
    }

    /// Carries out a message of another node. `offset` is its position in the log of the link, if there is one.
    pub(crate) fn receive(&self, message: Message, offset: Option<Arc<str>>) {
        let Some(node) = self.0.node.get() else { return };
        if *message.uid == *self.0.uid || !self.has_namespace(&message.namespace) {
            return;
        }
        self.0.heard(node, &message);
        let Message { uid, namespace, body } = message;
        match body {
            Body::InitialHeartbeat { .. } => self.0.beat(namespace, false),
            Body::Heartbeat { .. } => {}
            Body::Close => {
                if let Some(left) = self.0.peers().remove(&namespace, &uid) {
                    node.left(&left);
                }
                self.0.requests.gone(&namespace, &uid, true);
            }
            Body::Broadcast { packet, opts, request: Some(request) } => {
                let timeout = opts.timeout.unwrap_or(self.0.options.requests_timeout);
                let question = Question::Call { to: opts.into(), packet, timeout };
                self.0.clone().answer(node, question, Asker { uid, namespace, request });
            }
            Body::ServerEvent { packet, request: Some(request) } => {
                let question = Question::ServerEvent { packet, timeout: None };
                self.0.clone().answer(node, question, Asker { uid, namespace, request });
            }
            Body::Fetch { opts, request } => {
                let question = Question::Sockets { namespace: namespace.clone(), sockets: opts.into(), timeout: None };
                let request = Request { id: request, ours: false };
                self.0.clone().answer(node, question, Asker { uid, namespace, request });
            }
            Body::Count { opts, request } => {
                let question = Question::Count { namespace: namespace.clone(), sockets: opts.into(), timeout: None };
                let request = Request { id: request, ours: true };
                self.0.clone().answer(node, question, Asker { uid, namespace, request });
            }
            body if body.answers().is_some() => self.0.requests.answer(&uid, body),
            body => {
                if let Some(action) = (Message { uid, namespace, body }).into_action(offset) {
                    node.apply(action);
                }
            }
        }
    }
}

/// Who has asked what.
struct Asker {
    uid: Arc<str>,
    namespace: Arc<str>,
    request: Request,
}

impl<L: Link> Inner<L> {
    fn peers(&self) -> MutexGuard<'_, Peers> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unnamed(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        self.unnamed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message into the queue; `asker`: it answers a request of that node.
    fn send(&self, namespace: Arc<str>, body: Body, asker: Option<&str>) -> Result<(), AdapterError> {
        let volatile = body.is_volatile();
        let message = Message { uid: self.uid.clone(), namespace, body };
        let (item, bytes) = self.queue.transport().encode(&message, asker).map_err(AdapterError::Other)?;
        self.queue.push(item, bytes, volatile)
    }

    /// A heartbeat, which tells the name of the node. Without a connection it would only wait.
    fn beat(&self, namespace: Arc<str>, initial: bool) {
        let Some(node) = self.node.get().filter(|_| self.queue.is_connected()) else { return };
        let node = Some(Arc::from(node.id().as_str()));
        let body = if initial { Body::InitialHeartbeat { node } } else { Body::Heartbeat { node } };
        // A full queue is logged where it is full.
        let _ = self.send(namespace, body, None);
    }

    fn greet_namespace(&self, namespace: Arc<str>) {
        self.beat(namespace, true);
    }

    /// The connection is there: the other nodes tell that they are, and learn of this one.
    fn greet(&self) {
        let namespaces: Vec<_> =
            self.namespaces.read().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        namespaces.into_iter().for_each(|namespace| self.greet_namespace(namespace));
    }

    /// Remembers the sender of a message.
    fn heard(&self, node: &Node, message: &Message) {
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
    fn counts(&self, question: &Question) -> bool {
        let Question::Count { namespace, .. } = question else { return false };
        let peers = self.peers();
        let ours: HashSet<_> = peers.ours(namespace).into_iter().collect();
        let all_ours = peers.alive(namespace).keys().all(|uid| ours.contains(uid));
        // What is not known yet may be a node of another implementation.
        all_ours && (L::HEARTBEATS || self.unnamed().get(namespace) == Some(&0))
    }

    /// Finds out how many nodes answer a request.
    fn expect(self: Arc<Self>, namespace: Arc<str>, id: Arc<str>, named: Vec<Arc<str>>) -> BoxFuture<'static, ()> {
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
    fn answer(self: Arc<Self>, node: &Node, question: Question, asker: Asker) {
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

/// Sends heartbeats and finds nodes that send none, until the engine stops or is dropped.
async fn heartbeats<L: Link>(engine: Weak<Inner<L>>, mut stopped: watch::Receiver<bool>, interval: Duration) {
    // Silence is noticed within a second, as in Node.
    let step = (interval / 4).clamp(Duration::from_millis(1), Duration::from_secs(1));
    let mut beaten = Instant::now();
    loop {
        tokio::select! {
            () = tokio::time::sleep(step) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
        let Some(engine) = engine.upgrade() else { return };
        let now = Instant::now();
        let lost = engine.peers().sweep(now, engine.options.heartbeat_timeout, !L::HEARTBEATS);
        for lost in lost {
            engine.requests.gone(&lost.namespace, &lost.uid, false);
            if let Some((left, node)) = lost.left.zip(engine.node.get()) {
                tracing::warn!(node = %left, "a node of the cluster is silent");
                node.left(&left);
            }
        }
        if now.saturating_duration_since(beaten) >= interval {
            beaten = now;
            let namespaces: Vec<_> =
                engine.namespaces.read().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
            namespaces.into_iter().for_each(|namespace| engine.beat(namespace, false));
        }
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
