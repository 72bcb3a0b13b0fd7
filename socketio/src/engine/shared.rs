//! What the parts of one session have in common: its task, the requests of its client, and the handles of the
//! application meet here, under one lock that is never held while anything is sent, called or awaited.
//!
//! Who may be woken, and when: the *task* when it has parked and there is something for it to do, the *held GET* of a
//! polling client when there is something to answer, a waiting *POST* when its body can be taken, a *probe* when the
//! session ends. Polling has its own part of the state, in `polling::state`; the move to a WebSocket is in `moving`, the end in
//! `ending`.

mod ending;
mod moving;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Waker},
};

use tokio::{sync::Notify, time::Instant};

#[cfg(feature = "legacy")]
use super::legacy::line::Line;
use super::{
    error::{CloseReason, SendError},
    id::Id,
    options::Transport,
    outbox::{Limits, Outbox, Overflow, Priority},
    polling::{Posted, state::Polling},
    request::Request,
    websocket::{CloseStatus, WebSocket},
    wire::Wire,
    work,
};
#[cfg(feature = "legacy")]
use crate::packet::Generation;
use crate::{log::warn_rarely, packet::Message};

/// One session, as everybody but its task sees it.
pub(super) struct Shared {
    pub(super) id: Id,
    pub(super) request: Arc<Request>,
    pub(super) wire: Wire,
    limits: Limits,
    state: Mutex<State>,
}

/// What is behind the lock.
pub(super) struct State {
    pub(super) outbox: Outbox,
    pub(super) transport: Transport,
    /// The last write to the WebSocket could not be completed.
    blocked: bool,
    /// Somebody wants the session to end; the task has not seen it yet.
    closing: Option<CloseReason>,
    /// The session is to end as soon as nothing runs.
    draining: bool,
    /// What the close frame of a WebSocket says.
    status: Option<Box<CloseStatus>>,
    /// The session is over, and the task knows.
    pub(super) ended: Option<CloseReason>,
    /// The task waits for `waker`. While it runs, nobody needs to wake it: it looks here again before it parks.
    parked: bool,
    waker: Option<Waker>,
    /// Something has happened that the task must look at, although the outbox may be empty.
    woken: bool,
    pub(super) polling: Polling,
    /// A second WebSocket is being tried, or has taken over.
    upgrading: bool,
    handover: Option<Box<WebSocket>>,
    probe: Option<Waker>,
    /// What sessions of the old protocol have besides.
    #[cfg(feature = "legacy")]
    pub(super) line: Option<Box<Line>>,
    /// Those who wait for room in the outbox.
    space: Option<Arc<Notify>>,
}

/// What the task finds when it begins to run.
pub(super) struct Mail {
    pub(super) closing: Option<CloseReason>,
    pub(super) draining: bool,
    pub(super) handover: Option<Handover>,
    pub(super) body: Option<Posted>,
}

/// What polling leaves to the WebSocket.
pub(super) struct Handover {
    pub(super) websocket: Box<WebSocket>,
    /// A ping was due, and no GET has fetched it.
    pub(super) ping: bool,
}

impl Shared {
    pub(super) fn new(id: Id, request: Request, wire: Wire, transport: Transport, limits: Limits) -> Self {
        let state = State {
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
            probe: None,
            #[cfg(feature = "legacy")]
            line: (wire.generation == Generation::V1).then(Box::default),
            space: None,
        };
        Self { id, request: Arc::new(request), wire, limits, state: Mutex::new(state) }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// No code that holds the lock can panic halfway through a change, so a poisoned lock is as good as any.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // For handles, from any thread.

    pub(super) fn push(&self, message: Message, priority: Priority) -> Result<(), SendError> {
        work::sent();
        let mut state = self.lock();
        if state.is_over() {
            return Err(SendError::Closed);
        }
        if priority == Priority::Volatile && !state.is_flowing() {
            return Err(SendError::Dropped);
        }
        let (result, waker) = if state.outbox.offer(message, self.limits, priority) {
            (Ok(()), state.consumer())
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

    pub(super) fn wake(&self) {
        let waker = self.lock().task();
        wake(waker);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_over()
    }

    pub(super) fn transport(&self) -> Transport {
        self.lock().transport
    }

    pub(super) fn buffered(&self) -> (usize, usize) {
        self.lock().outbox.fill()
    }

    pub(super) async fn ready(&self) {
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

    // For the session's task.

    /// What has come since the task parked. A polling body is handed out only if the task has `room` for one.
    pub(super) fn mail(&self, room: bool) -> Mail {
        let mut state = self.lock();
        state.parked = false;
        state.woken = false;
        let body = if room { state.polling.body.take() } else { None };
        let poster = body.as_ref().and_then(|_| state.polling.poster.take());
        let websocket = state.handover.take();
        let handover = websocket.map(|websocket| Handover { websocket, ping: std::mem::take(&mut state.polling.ping) });
        let mail = Mail { closing: state.closing.take(), draining: state.draining, handover, body };
        drop(state);
        wake(poster);
        mail
    }

    /// Moves what waits to be written into `into`, up to `budget` bytes; `true` if more is waiting.
    pub(super) fn drain(&self, into: &mut VecDeque<Message>, budget: usize) -> bool {
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

    /// Whether so much waits that the client's next message, and what it may cause, should wait as well.
    pub(super) fn is_crowded(&self) -> bool {
        self.lock().outbox.is_crowded(self.limits)
    }

    /// Goes to sleep, unless there is something to do: `false`. `blocked` says that the transport does not take more,
    /// so that what waits in the outbox is no reason to stay awake; `room` that a polling body could be taken;
    /// `stalled` that one is not being read because the outbox is too full.
    pub(super) fn park(&self, cx: &Context<'_>, blocked: bool, room: bool, stalled: bool) -> bool {
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

    /// Lets the next polling answer begin with a ping. `true`: no answer has carried the last one.
    pub(super) fn ping(&self) -> bool {
        let mut state = self.lock();
        let unseen = std::mem::replace(&mut state.polling.ping, true);
        let waker = state.polling.getter();
        drop(state);
        wake(waker);
        unseen
    }

    /// Whether the client has come back after the handshake.
    pub(super) fn is_used(&self) -> bool {
        self.lock().polling.used
    }

    /// When a polling client's pong must have come; `None` if none is awaited.
    pub(super) fn await_pong(&self, until: Option<Instant>) {
        self.lock().polling.pong_until = until;
    }
}

impl State {
    pub(super) fn is_over(&self) -> bool {
        self.ended.is_some() || self.closing.is_some()
    }

    /// Whether something sent now would leave at once.
    fn is_flowing(&self) -> bool {
        match self.transport {
            Transport::Polling => self.polling.held,
            Transport::WebSocket | Transport::HtmlFile => !self.blocked,
        }
    }

    /// Whether a polling client is dead by the clock, and the task, which sleeps, has not got to see it yet.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.parked && !self.is_over() && self.polling.is_overdue(now)
    }

    /// Whom a new message concerns. A task whose transport is blocked is woken by the transport, not by messages.
    fn consumer(&mut self) -> Option<Waker> {
        match self.transport {
            Transport::Polling => self.polling.getter(),
            Transport::WebSocket | Transport::HtmlFile if self.blocked || !self.parked => None,
            Transport::WebSocket | Transport::HtmlFile => self.unpark(),
        }
    }

    /// Makes the task look around; the waker if it has to be woken for that.
    pub(super) fn task(&mut self) -> Option<Waker> {
        self.woken = true;
        self.unpark()
    }

    fn unpark(&mut self) -> Option<Waker> {
        if std::mem::take(&mut self.parked) { self.waker.clone() } else { None }
    }

    /// After the outbox has given something away: those who wait for room, if there is enough of it now.
    pub(super) fn freed(&mut self, limits: Limits) -> Option<Arc<Notify>> {
        if self.outbox.is_below_half(limits) { self.space.take() } else { None }
    }

    /// Asks for the end of the session from within, as [`Shared::close`] does.
    pub(super) fn fail(&mut self, reason: CloseReason) -> Option<Waker> {
        if self.is_over() {
            return None;
        }
        self.closing = Some(reason);
        self.task()
    }
}

pub(super) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
