//! `#[event(once)]`: the table of the event ids that clients have sent, and of the answers. Bounded by time, number and bytes, for all
//! senders together and for each sender.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::error::Error;
use crate::packet::{Packet, Written, forward};

/// Bytes counted for each id in addition to those of the id and of its answer.
const OVERHEAD: usize = 256;

/// One sender may take a sixteenth of all ids and bytes.
const SHARE: usize = 16;

/// The sender of an event. It is a part of the key, so that a client cannot read the answer to the event of another sender.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sender {
    /// The user that `Socket::identify` has set.
    User(Arc<str>),
    /// The connection with this secret id.
    Connection(Arc<str>),
}

/// An event of a sender: namespace, handler and the id that the client has made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    pub(crate) namespace: Arc<str>,
    pub(crate) handler: &'static str,
    pub(crate) id: Box<str>,
}

/// The answer to an event, without the id of the acknowledgement.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The array of arguments.
    json: Box<str>,
    attachments: Vec<Bytes>,
}

impl Answer {
    /// The answer that an acknowledgement carries.
    pub(crate) fn of(ack: &Written) -> Self {
        let ack = Packet::from(ack);
        Self { json: ack.data().into(), attachments: ack.attachments().to_vec() }
    }

    /// An error as an answer.
    pub(crate) fn error(error: &Error) -> Self {
        #[derive(Serialize)]
        struct Failed<'a> {
            error: &'a Error,
        }
        // An error is text and JSON, so this does not fail.
        let json = serde_json::to_string(&[Failed { error }]).unwrap_or_else(|_| "[]".to_owned());
        Self { json: json.into(), attachments: Vec::new() }
    }

    /// The same answer to another packet.
    pub(crate) fn write(&self, namespace: &str, id: u64) -> Written {
        forward::ack(namespace, id, &self.json, &self.attachments)
    }

    fn size(&self) -> usize {
        self.json.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }
}

/// How many ids and bytes are stored, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnceLimits {
    pub(crate) window: Duration,
    pub(crate) ids: usize,
    pub(crate) bytes: usize,
}

impl Default for OnceLimits {
    fn default() -> Self {
        Self { window: Duration::from_secs(600), ids: 100_000, bytes: 64 * 1024 * 1024 }
    }
}

/// The events that are being handled or were handled lately.
#[derive(Clone, Debug, Default)]
pub(crate) struct Once(Arc<Table>);

#[derive(Debug, Default)]
struct Table {
    limits: OnceLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    senders: HashMap<Arc<Sender>, Ids>,
    /// The answered events of all senders, the oldest first.
    answered: BTreeMap<u64, Answered>,
    /// The number of the next event that is answered.
    next: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Answered {
    at: Instant,
    sender: Arc<Sender>,
    name: Arc<Name>,
    cost: usize,
}

/// The events of one sender.
#[derive(Debug, Default)]
struct Ids {
    events: HashMap<Arc<Name>, Event>,
    /// The numbers of its answered events, the oldest first.
    answered: VecDeque<u64>,
    bytes: usize,
}

#[derive(Debug)]
enum Event {
    /// Its handler runs; the channel closes when it has ended.
    Running(watch::Receiver<()>),
    Answered(Arc<Answer>),
}

/// Whether an event that has arrived is the first with its id.
#[derive(Debug)]
pub(crate) enum Arrived {
    /// The event is the first with its id.
    First(Ticket),
    /// The handler of the first event runs; call `Once::arrive` again when the channel closes.
    Running(watch::Receiver<()>),
    /// The first event was answered.
    Answered(Arc<Answer>),
}

impl Once {
    pub(crate) fn new(limits: OnceLimits) -> Self {
        Self(Arc::new(Table { limits, state: Mutex::default() }))
    }

    /// Looks an event up, and enters it if it is new.
    pub(crate) fn arrive(&self, sender: &Sender, name: &Name) -> Arrived {
        let mut state = self.0.lock();
        state.expire(self.0.limits.window);
        let known = state.senders.get(sender).and_then(|ids| ids.events.get(name));
        match known {
            Some(Event::Running(done)) => return Arrived::Running(done.clone()),
            Some(Event::Answered(answer)) => return Arrived::Answered(answer.clone()),
            None => {}
        }
        let (done, running) = watch::channel(());
        let name = Arc::new(name.clone());
        let sender = match state.senders.get_key_value(sender) {
            Some((sender, _)) => sender.clone(),
            None => Arc::new(sender.clone()),
        };
        state.senders.entry(sender.clone()).or_default().events.insert(name.clone(), Event::Running(running));
        Arrived::First(Ticket {
            table: self.0.clone(),
            sender,
            name,
            begun: AtomicBool::new(false),
            answered: false,
            _done: done,
        })
    }
}

impl Table {
    /// Ignores poisoning, because every critical section here leaves valid data when it panics.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Removes the events that were answered before the window.
    fn expire(&mut self, window: Duration) {
        let now = Instant::now();
        while self.answered.first_key_value().is_some_and(|(_, oldest)| now.duration_since(oldest.at) >= window) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, oldest)) = self.answered.pop_first() {
            // The oldest event of all senders is the oldest of its sender too.
            if let Some(ids) = self.senders.get_mut(&oldest.sender) {
                ids.answered.pop_front();
            }
            self.remove(&oldest);
        }
    }

    fn forget_oldest_of(&mut self, sender: &Arc<Sender>) {
        let oldest = self.senders.get_mut(sender).and_then(|ids| ids.answered.pop_front());
        if let Some(oldest) = oldest.and_then(|number| self.answered.remove(&number)) {
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, event: &Answered) {
        self.bytes -= event.cost;
        if let Some(ids) = self.senders.get_mut(&event.sender) {
            ids.bytes -= event.cost;
        }
        self.drop_name(&event.sender, &event.name);
    }

    fn drop_name(&mut self, sender: &Arc<Sender>, name: &Arc<Name>) {
        let Some(ids) = self.senders.get_mut(sender) else { return };
        ids.events.remove(name);
        if ids.events.is_empty() {
            self.senders.remove(sender);
        }
    }

    fn answer(&mut self, sender: &Arc<Sender>, name: &Arc<Name>, answer: Answer, limits: OnceLimits) {
        let size = name.id.len() + OVERHEAD;
        let answer = if size + answer.size() > limits.bytes { Answer::error(&lost("is too large")) } else { answer };
        let cost = size + answer.size();
        let number = self.next;
        self.next += 1;
        self.bytes += cost;
        let answered = Answered { at: Instant::now(), sender: sender.clone(), name: name.clone(), cost };
        self.answered.insert(number, answered);
        let ids = self.senders.entry(sender.clone()).or_default();
        ids.events.insert(name.clone(), Event::Answered(Arc::new(answer)));
        ids.answered.push_back(number);
        ids.bytes += cost;
        // The newest answer is kept, because a client usually repeats its newest event.
        while self.senders.get(sender).is_some_and(|ids| ids.is_over(limits)) {
            self.forget_oldest_of(sender);
        }
        while self.answered.len() > 1 && (self.answered.len() > limits.ids || self.bytes > limits.bytes) {
            self.forget_oldest();
        }
    }
}

impl Ids {
    fn is_over(&self, limits: OnceLimits) -> bool {
        let count = self.answered.len();
        count > 1 && (count > limits.ids.div_ceil(SHARE) || self.bytes > limits.bytes / SHARE)
    }
}

/// The error `answer_lost`, which is sent when the answer is not stored.
fn lost(why: &str) -> Error {
    Error::new("answer_lost", format!("the event was handled, and its answer {why}"))
}

/// The first event with its id. If the ticket is dropped before the handler has begun, the id is removed and a repeat is handled; if it is
/// dropped later without an answer, the answer is an error.
#[derive(Debug)]
pub(crate) struct Ticket {
    table: Arc<Table>,
    sender: Arc<Sender>,
    name: Arc<Name>,
    /// Whether the handler has been called.
    begun: AtomicBool,
    answered: bool,
    /// Dropped after `Drop::drop` has changed the state: closes the channel on which repeats wait.
    _done: watch::Sender<()>,
}

impl Ticket {
    /// Call this before the handler is called.
    pub(crate) fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    /// Call this if the handler is not called after `begin`.
    pub(crate) fn withdraw(&self) {
        self.begun.store(false, Ordering::Relaxed);
    }

    /// Stores the handler's answer.
    pub(crate) fn answer(mut self, answer: Answer) {
        self.answered = true;
        self.table.lock().answer(&self.sender, &self.name, answer, self.table.limits);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let mut state = self.table.lock();
        if !*self.begun.get_mut() {
            return state.drop_name(&self.sender, &self.name);
        }
        let error = if std::thread::panicking() {
            Error::internal("the handler panicked")
        } else {
            lost("is not known: the handler was dropped before it ended")
        };
        state.answer(&self.sender, &self.name, Answer::error(&error), self.table.limits);
    }
}

#[cfg(test)]
#[path = "once_tests.rs"]
mod tests;
