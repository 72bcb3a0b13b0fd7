//! What this node has asked the others, until all have answered.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Sleep;

use super::message::Body;
use crate::adapter::remote::{AckFailure, AdapterError, Answer, BoxFuture};
use crate::log::warn_rarely;

/// How many answers of one request wait to be read at most. A request with more ends with an error.
const UNREAD: usize = 65_536;

/// The name of nodes that are counted, but not known.
const UNKNOWN: &str = "unknown";

type Item = Result<Answer, AdapterError>;

/// The requests of this node that are not yet answered by all.
pub(crate) struct Requests {
    open: Mutex<HashMap<Arc<str>, Open>>,
    /// How many there may be at once.
    limit: usize,
}

/// The acknowledgements of one node.
#[derive(Default)]
struct Acks {
    /// How many sockets are asked; `None` if the node has not said it yet.
    asked: Option<usize>,
    come: usize,
}

impl Acks {
    fn missing(&self) -> usize {
        self.asked.map_or(0, |asked| asked.saturating_sub(self.come))
    }

    fn complete(&self) -> bool {
        self.asked.is_some_and(|asked| self.come >= asked)
    }
}

/// A request that is not answered by all.
struct Open {
    namespace: Arc<str>,
    /// Whether [`Answer::Count`] is wanted: sockets are then counted.
    counting: bool,
    /// The uids of the nodes that are known and have not answered completely, with their names for errors.
    waiting: HashMap<Arc<str>, Arc<str>>,
    /// How many other nodes there are beside; `None` as long as it is not known.
    others: Option<usize>,
    /// The nodes that have answered completely. Only those that were not awaited by name count for `others`.
    answered: HashMap<Arc<str>, bool>,
    acks: HashMap<Arc<str>, Acks>,
    answers: UnboundedSender<Item>,
    unread: Arc<Mutex<usize>>,
}

impl Open {
    fn send(&self, item: Item) {
        let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        if *unread >= UNREAD {
            warn_rarely!(limit = UNREAD, "answers of other nodes are dropped: the program does not read them");
            return;
        }
        *unread += 1;
        // Fails if the stream is dropped, whose ticket removes this.
        let _ = self.answers.send(item);
    }

    fn done(&mut self, uid: &Arc<str>) {
        let named = self.waiting.remove(uid).is_some();
        self.answered.entry(uid.clone()).or_insert(named);
    }

    fn is_complete(&self) -> bool {
        let counted = || self.answered.values().filter(|named| !**named).count();
        self.waiting.is_empty()
            && self.others.is_some_and(|others| counted() >= others)
            && self.acks.values().all(Acks::complete)
    }

    fn acknowledged(&mut self, uid: &Arc<str>, answer: Answer) {
        let acks = self.acks.entry(uid.clone()).or_default();
        if acks.complete() {
            return;
        }
        acks.come += 1;
        let complete = acks.complete();
        self.send(Ok(answer));
        if complete {
            self.done(uid);
        }
    }

    fn answer(&mut self, uid: &Arc<str>, body: Body) {
        if self.answered.contains_key(uid) {
            return;
        }
        let answer = match body {
            Body::FetchReply { sockets, .. } if self.counting => Answer::Count(sockets.len()),
            Body::FetchReply { sockets, .. } => Answer::Sockets(sockets),
            Body::CountReply { count, .. } => Answer::Count(count),
            Body::ServerEventReply { reply, .. } => Answer::ServerEvent(reply),
            Body::Unhandled { .. } => return self.done(uid),
            Body::ClientCount { count, .. } => {
                let acks = self.acks.entry(uid.clone()).or_default();
                // A node has fewer sockets than answers are kept.
                let count = count.min(UNREAD);
                if acks.asked.is_some() {
                    return;
                }
                acks.asked = Some(count);
                let complete = acks.complete();
                self.send(Ok(Answer::Asked(count)));
                if complete {
                    self.done(uid);
                }
                return;
            }
            Body::Ack { socket, reply, .. } => {
                return self.acknowledged(uid, Answer::Acknowledged { socket, reply: Ok(reply) });
            }
            Body::AckFailed { socket, failure, .. } => {
                return self.acknowledged(uid, Answer::Acknowledged { socket, reply: Err(failure) });
            }
            _ => return,
        };
        self.send(Ok(answer));
        self.done(uid);
    }

    /// Sends what a node still owes as failures.
    fn fail_acks(&mut self, uid: &Arc<str>, failure: AckFailure) {
        let Some(acks) = self.acks.get_mut(uid) else { return };
        let missing = acks.missing();
        acks.come += missing;
        for _ in 0..missing {
            self.send(Ok(Answer::Acknowledged { socket: None, reply: Err(failure) }));
        }
    }

    /// A node is gone; `closed`: it has said so itself.
    fn gone(&mut self, uid: &Arc<str>, closed: bool) {
        let Some(name) = self.waiting.remove(uid) else { return };
        if self.acks.get(uid).is_some_and(|acks| acks.asked.is_some()) {
            self.fail_acks(uid, AckFailure::Disconnected);
        } else if !closed {
            self.send(Err(AdapterError::NoAnswer(name.to_string())));
        }
        self.acks.remove(uid);
    }

    /// The time is over: everything that has not come is told.
    fn expire(&mut self) {
        let uids: Vec<Arc<str>> = self.acks.keys().cloned().collect();
        for uid in &uids {
            self.fail_acks(uid, AckFailure::Timeout);
        }
        let told: HashSet<&Arc<str>> = uids.iter().filter(|uid| self.acks[*uid].asked.is_some()).collect();
        for (uid, name) in &self.waiting {
            if !told.contains(uid) {
                self.send(Err(AdapterError::NoAnswer(name.to_string())));
            }
        }
        let Some(others) = self.others else {
            return self.send(Err(AdapterError::Disconnected));
        };
        let answered = self.answered.iter().filter(|(_, named)| !**named).map(|(uid, _)| uid);
        let heard: HashSet<&Arc<str>> =
            answered.chain(told.into_iter().filter(|uid| !self.waiting.contains_key(*uid))).collect();
        for _ in heard.len()..others.min(UNREAD) {
            self.send(Err(AdapterError::NoAnswer(UNKNOWN.to_owned())));
        }
    }
}

/// A request that is about to be sent.
pub(crate) struct Asked {
    pub(crate) namespace: Arc<str>,
    /// Whether sockets are to be counted.
    pub(crate) counting: bool,
    /// The uids of the nodes that are known, with their names for errors.
    pub(crate) nodes: HashMap<Arc<str>, Arc<str>>,
    pub(crate) timeout: Duration,
}

impl Requests {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), limit })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Arc<str>, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a request. It ends when all nodes have answered, which is known after [`expect`](Self::expect), or after the timeout, or when the
    /// answers are dropped. Nothing is sent; `begin` runs with the stream.
    ///
    /// # Errors
    /// [`AdapterError::Full`] if there are too many requests.
    pub(crate) fn add(
        self: &Arc<Self>,
        id: &Arc<str>,
        asked: Asked,
        begin: BoxFuture<'static, ()>,
    ) -> Result<Answers, AdapterError> {
        let Asked { namespace, counting, nodes, timeout } = asked;
        let (answers, received) = unbounded_channel();
        let unread = Arc::new(Mutex::new(0));
        let request = Open {
            namespace,
            counting,
            waiting: nodes,
            others: None,
            answered: HashMap::new(),
            acks: HashMap::new(),
            answers,
            unread: unread.clone(),
        };
        let mut open = self.open();
        if open.len() >= self.limit {
            warn_rarely!(limit = self.limit, "too many requests to other nodes are outstanding");
            return Err(AdapterError::Full);
        }
        open.insert(id.clone(), request);
        drop(open);
        let deadline = Box::pin(tokio::time::sleep(timeout));
        Ok(Answers {
            received,
            unread,
            deadline: Some(deadline),
            begin: Some(begin),
            id: id.clone(),
            requests: self.clone(),
        })
    }

    /// Tells how many nodes are asked: `others` beside those that are known, which are without `gone` from now on.
    pub(crate) fn expect(&self, id: &str, others: usize, gone: &[Arc<str>]) {
        self.change(id, |request| {
            for uid in gone {
                request.gone(uid, true);
            }
            request.others = Some(others);
        });
    }

    /// An answer of a node. Requests that this node does not know, or not any more, are none of its own.
    pub(crate) fn answer(&self, uid: &Arc<str>, body: Body) {
        if let Some(id) = body.answers().cloned() {
            self.change(&id, |request| request.answer(uid, body));
        }
    }

    /// A node of a namespace does not answer any more; `closed`: it has said so itself.
    pub(crate) fn gone(&self, namespace: &str, uid: &Arc<str>, closed: bool) {
        self.open().retain(|_, request| {
            if *request.namespace == *namespace {
                request.gone(uid, closed);
            }
            !request.is_complete()
        });
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Open)) {
        let mut open = self.open();
        let Some(request) = open.get_mut(id) else { return };
        change(request);
        if request.is_complete() {
            open.remove(id);
        }
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.open().len()
    }
}

/// The answers to one request. Ends with the last one, or after the timeout with an error for each node that has not answered and
/// [`AckFailure::Timeout`] for each socket that has not.
pub(crate) struct Answers {
    received: UnboundedReceiver<Item>,
    unread: Arc<Mutex<usize>>,
    /// `None` when it is over.
    deadline: Option<Pin<Box<Sleep>>>,
    begin: Option<BoxFuture<'static, ()>>,
    id: Arc<str>,
    requests: Arc<Requests>,
}

impl Stream for Answers {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let this = &mut *self;
        if this.begin.as_mut().is_some_and(|begin| begin.as_mut().poll(cx).is_ready()) {
            this.begin = None;
        }
        if let Some(deadline) = &mut this.deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            (this.deadline, this.begin) = (None, None);
            if let Some(mut request) = this.requests.open().remove(&this.id) {
                request.expire();
            }
        }
        let next = std::task::ready!(this.received.poll_recv(cx));
        if next.is_some() {
            *this.unread.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        }
        Poll::Ready(next)
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.requests.open().remove(&self.id);
    }
}

#[cfg(test)]
#[path = "requests_tests.rs"]
mod tests;
