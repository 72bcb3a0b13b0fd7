//! The cluster protocol between a `Node` and a broker: applies what arrives, answers requests, collects answers, and knows who is there.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::heartbeats::heartbeats;
use super::inner::{Asker, Inner, REQUESTS};
use super::link::Link;
use super::message::{Body, Message, Request};
use super::options::Options;
use super::queue::Queue;
use super::requests::{Asked, Requests};
use crate::adapter::remote::{Action, AdapterError, Answer, BoxStream, Health, Node, Question};
use crate::log::warn_rarely;

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

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
