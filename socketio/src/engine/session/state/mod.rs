//! `SessionState`: what the task of a session, the requests of its client and the handles of the application share, under one lock that
//! is never held while anything is sent, called or awaited.
//!
//! It wakes the *task* when the task is parked and has something to do, the *pending GET* of a polling client when there is an answer,
//! a waiting *POST* when its body can be taken, a *probe* when the session ends. `polling` is the part of the state that belongs to polling
//! requests and `requests` how they change it, `upgrade` the change to another transport, `close` the end.

mod close;
pub(crate) mod polling;
pub(crate) mod requests;
mod upgrade;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Waker},
};

use tokio::{sync::Notify, time::Instant};

use crate::engine::budget;
use crate::engine::error::{CloseReason, SendError};
use crate::engine::id::Id;
use crate::engine::options::choices::{Overflow, Transport};
use crate::engine::protocol::Protocol;
use crate::engine::protocol::common::Posted;
use crate::engine::request::Request;
use crate::engine::session::outbox::{Limits, Outbox, Priority};
use crate::engine::session::state::polling::Polling;
#[cfg(feature = "legacy")]
use crate::engine::session::state::polling::V1State;
use crate::engine::transport::stream::Stream;
use crate::engine::worker;
use crate::log::warn_rarely;
use crate::packet::Message;
use crate::packet::websocket::CloseStatus;

/// One session, without what only its task uses.
pub(crate) struct SessionState {
    pub(crate) id: Id,
    pub(crate) request: Arc<Request>,
    pub(crate) protocol: Protocol,
    limits: Limits,
    state: Mutex<Locked>,
}

/// The part of the state behind the lock.
pub(crate) struct Locked {
    pub(crate) outbox: Outbox,
    pub(crate) transport: Transport,
    /// The last write to the stream could not be completed.
    blocked: bool,
    /// The session is to end; the task has not seen this yet.
    closing: Option<CloseReason>,
    /// The session is to end as soon as no handler runs.
    draining: bool,
    /// The status for the close frame of a WebSocket.
    status: Option<Box<CloseStatus>>,
    /// The session has ended, for this reason.
    pub(crate) ended: Option<CloseReason>,
    /// The task waits for `waker`. While it runs it need not be woken, because it checks the state again before it parks.
    parked: bool,
    waker: Option<Waker>,
    /// The task must run again, although the outbox may be empty.
    woken: bool,
    pub(crate) polling: Polling,
    /// A WebSocket is being probed, or has replaced polling.
    upgrading: bool,
    /// A stream that the task has not taken yet.
    handover: Option<Stream>,
    /// The worker that has accepted it.
    handover_worker: u32,
    probe: Option<Waker>,
    /// What only sessions of 0.7 to 0.9 have.
    #[cfg(feature = "legacy")]
    pub(crate) v1: Option<Box<V1State>>,
    /// Notified when the outbox has room.
    space: Option<Arc<Notify>>,
}

/// What has changed for the task since it parked.
pub(crate) struct Inputs {
    pub(crate) closing: Option<CloseReason>,
    pub(crate) draining: bool,
    /// A stream that replaces polling, or another stream.
    pub(crate) handover: Option<Stream>,
    /// Another worker has accepted it.
    pub(crate) foreign: bool,
    /// A ping was due before the handover, and no GET has fetched it.
    pub(crate) ping: bool,
    /// The client polls.
    pub(crate) polls: bool,
    /// As [`SessionState::is_crowded`] says.
    pub(crate) crowded: bool,
    pub(crate) body: Option<Posted>,
}

impl SessionState {
    pub(crate) fn new(id: Id, request: Request, protocol: Protocol, transport: Transport, limits: Limits) -> Self {
        let state = Locked {
            outbox: Outbox::default(),
            transport,
            blocked: false,
            closing: None,
            draining: false,
            status: None,
            ended: None,
            parked: false,
            waker: None,
            woken: false,
            polling: Polling::default(),
            upgrading: false,
            handover: None,
            handover_worker: 0,
            probe: None,
            #[cfg(feature = "legacy")]
            v1: protocol.is_v1().then(Box::default),
            space: None,
        };
        Self { id, request: Arc::new(request), protocol, limits, state: Mutex::new(state) }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// No code that holds the lock can panic halfway through a change, so a poisoned lock is as good as any.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Locked> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // Called by handles, from any thread.

    pub(crate) fn push(&self, message: Message, priority: Priority) -> Result<(), SendError> {
        budget::sent();
        let mut state = self.lock();
        if state.is_over() {
            return Err(SendError::Closed);
        }
        if priority == Priority::Volatile && !state.is_flowing() {
            return Err(SendError::Dropped);
        }
        let (result, waker) = if state.outbox.offer(message, self.limits, priority) {
            (Ok(()), state.waker_for_message())
        } else if priority == Priority::Volatile {
            (Err(SendError::Dropped), None)
        } else if priority == Priority::Event && self.limits.overflow == Overflow::DropNewest {
            warn_rarely!(sid = self.id.hint(), "outbox is full: message dropped");
            (Err(SendError::Dropped), None)
        } else {
            state.closing = Some(CloseReason::SlowConsumer);
            (Err(SendError::Full), state.task())
        };
        drop(state);
        wake(waker);
        result
    }

    pub(crate) fn wake(&self) {
        let waker = self.lock().task();
        wake(waker);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().is_over()
    }

    pub(crate) fn transport(&self) -> Transport {
        self.lock().transport
    }

    pub(crate) fn buffered(&self) -> (usize, usize) {
        self.lock().outbox.fill()
    }

    pub(crate) fn has_room(&self, packets: usize, bytes: usize) -> bool {
        let (waiting, size) = self.buffered();
        waiting.saturating_add(packets) <= self.limits.packets && size.saturating_add(bytes) <= self.limits.bytes
    }

    pub(crate) async fn ready(&self) {
        loop {
            let space = {
                let mut state = self.lock();
                if state.is_over() || state.outbox.is_below_half(self.limits) {
                    return;
                }
                let space = state.space.get_or_insert_with(Arc::default);
                // Made under the lock: from here on no notification can be missed.
                Arc::clone(space).notified_owned()
            };
            space.await;
        }
    }

    // Called by the task of the session.

    /// Takes what has changed since the task parked; a polling body only if the task has `room` for one.
    pub(crate) fn take_inputs(&self, room: bool) -> Inputs {
        let mut state = self.lock();
        state.parked = false;
        state.woken = false;
        let body = if room { state.polling.body.take() } else { None };
        let poster = body.as_ref().and_then(|_| state.polling.post.take());
        let handover = state.handover.take();
        let foreign = handover.is_some() && state.handover_worker != worker::id();
        let inputs = Inputs {
            closing: state.closing.take(),
            draining: state.draining,
            ping: handover.is_some() && std::mem::take(&mut state.polling.ping),
            handover,
            foreign,
            polls: state.transport == Transport::Polling,
            crowded: state.outbox.is_crowded(self.limits),
            body,
        };
        drop(state);
        wake(poster);
        inputs
    }

    /// Moves messages of the outbox to `into`, up to `budget` bytes; `true` if more are waiting.
    pub(crate) fn drain(&self, into: &mut VecDeque<Message>, budget: usize) -> bool {
        let mut state = self.lock();
        state.outbox.take(into, budget);
        let more = !state.outbox.is_empty();
        let space = state.freed(self.limits);
        drop(state);
        if let Some(space) = space {
            space.notify_waiters();
        }
        more
    }

    /// Whether so much waits in the outbox that the client should not be read, because its messages may cause replies.
    pub(crate) fn is_crowded(&self) -> bool {
        self.lock().outbox.is_crowded(self.limits)
    }

    /// Parks the task; `false` if there is something to do. `blocked`: the stream takes no more, so that a filled outbox is no reason to
    /// run; `room`: a polling body could be taken; `stalled`: a body is not read because the outbox is too full.
    pub(crate) fn park(&self, cx: &Context<'_>, blocked: bool, room: bool, stalled: bool) -> bool {
        let mut state = self.lock();
        state.blocked = blocked;
        let to_write = state.transport != Transport::Polling && !blocked && !state.outbox.is_empty();
        let to_read = room && state.polling.body.is_some() || stalled && !state.outbox.is_crowded(self.limits);
        if state.woken || state.closing.is_some() || state.handover.is_some() || to_write || to_read {
            return false;
        }
        state.polling.stalled = stalled;
        state.parked = true;
        if !state.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            state.waker = Some(cx.waker().clone());
        }
        true
    }

    /// Makes the next polling answer begin with a ping. `true`: the ping before was not fetched.
    pub(crate) fn ping(&self) -> bool {
        let mut state = self.lock();
        let unseen = std::mem::replace(&mut state.polling.ping, true);
        let waker = state.polling.take_waker();
        drop(state);
        wake(waker);
        unseen
    }

    /// Whether the client has sent a request after the handshake.
    pub(crate) fn is_used(&self) -> bool {
        self.lock().polling.used
    }

    /// Sets when the pong of a polling client must have arrived; `None` if none is awaited.
    pub(crate) fn await_pong(&self, until: Option<Instant>) {
        self.lock().polling.pong_until = until;
    }
}

impl Locked {
    pub(crate) fn is_over(&self) -> bool {
        self.ended.is_some() || self.closing.is_some()
    }

    /// Whether a message sent now would leave at once.
    fn is_flowing(&self) -> bool {
        match self.transport {
            Transport::Polling => self.polling.pending,
            Transport::WebSocket | Transport::HtmlFile => !self.blocked,
        }
    }

    /// Whether the pong of a polling client is overdue, and the task has not run since.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        self.parked && !self.is_over() && self.polling.is_overdue(now)
    }

    /// The waker to use after a message was queued. A task whose stream is blocked is woken by the stream, not by messages.
    fn waker_for_message(&mut self) -> Option<Waker> {
        match self.transport {
            Transport::Polling => self.polling.take_waker(),
            Transport::WebSocket | Transport::HtmlFile if self.blocked || !self.parked => None,
            Transport::WebSocket | Transport::HtmlFile => self.unpark(),
        }
    }

    /// Makes the task run again; its waker if it is parked.
    pub(crate) fn task(&mut self) -> Option<Waker> {
        self.woken = true;
        self.unpark()
    }

    fn unpark(&mut self) -> Option<Waker> {
        if std::mem::take(&mut self.parked) { self.waker.clone() } else { None }
    }

    /// After messages were taken out of the outbox: what is to be notified, if there is room now.
    pub(crate) fn freed(&mut self, limits: Limits) -> Option<Arc<Notify>> {
        if self.outbox.is_below_half(limits) { self.space.take() } else { None }
    }

    /// Ends the session, as [`SessionState::close`] does.
    pub(crate) fn fail(&mut self, reason: CloseReason) -> Option<Waker> {
        if self.is_over() {
            return None;
        }
        self.closing = Some(reason);
        self.task()
    }
}

pub(crate) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
