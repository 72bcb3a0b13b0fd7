//! Turns: the order in which the handlers of one client run. Turns begin in the order of arrival. `&self` turns may
//! overlap; a `&mut self` turn runs alone. Connecting and disconnecting is in `lifecycle`.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll, Waker};

use futures_util::Stream;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::answer;
use super::bucket::Bucket;
use super::call::Arguments;
use super::context::Context;
use super::event_name::EventName;
use super::instance::Instance;
use super::middleware::Chain;
use super::reply::Ending;
use super::row::unhandled;
use super::settling::Settling;
use super::stage::{Leaving, Stage};
use super::table::{Run, Sorted};
use super::turn::{Ended, Turn, borrowed, ended};
use crate::engine::is_enough;
use crate::log::warn_rarely;
use crate::packet::Packet;
use crate::socket::{Answer, DisconnectReason, Effects, Exit, Load, Polled, Socket};

/// The number of queued turns that one poll begins at most, so that other clients are polled in between.
const BATCH: usize = 64;

/// The turns of one instance.
pub(super) struct Turns<N: 'static> {
    pub(super) table: Arc<Sorted<N>>,
    /// The context of turns; its event and id are those of the last turn that has begun.
    pub(super) context: Context,
    pub(super) stage: Stage<N>,
    /// Set when the client has left or the server has disconnected it.
    pub(super) leaving: Option<Leaving>,
    queue: VecDeque<Waiting<N>>,
    /// The bytes that are counted in the connection's [`Load`]: `queued` for the queue, `held` for running turns,
    /// `payload` for the payload of CONNECT.
    queued: usize,
    held: usize,
    pub(super) payload: usize,
    // Boxed and made with the first turn that waits, because most connections never have one.
    running: Option<Box<FuturesUnordered<Turn>>>,
    /// A `&mut self` turn is running.
    exclusive: bool,
    /// `on_connect` has joined rooms that other nodes have to learn of.
    pub(super) joined: bool,
    settling: Settling,
    pub(super) middlewares: Option<Arc<Chain>>,
    /// The buckets of `#[limit]`; empty without `#[limit]`.
    pub(super) buckets: Box<[Bucket]>,
}

/// An event whose turn has not begun.
struct Waiting<N: 'static> {
    run: Run<N>,
    event: EventName,
    id: Option<u64>,
    arguments: Arguments,
}

impl<N> Turns<N> {
    fn load(&self) -> &Load {
        &self.context.socket().inner().link.load
    }

    fn in_flight(&self) -> usize {
        self.running.as_ref().map_or(0, |running| running.len())
    }

    /// Subtracts all bytes and turns of this instance from the connection's load.
    fn release(&mut self) {
        self.load().remove_waiting(self.queue.len(), self.queued);
        self.load().remove_running(self.in_flight(), self.held);
        (self.queued, self.held) = (0, 0);
        self.release_payload();
    }

    /// Subtracts the payload of CONNECT from the connection's load, when `on_connect` has ended.
    pub(super) fn release_payload(&mut self) {
        let payload = std::mem::take(&mut self.payload);
        self.load().remove_bytes(payload);
    }
}

impl<N: Send + Sync + 'static> Turns<N> {
    pub(super) fn new(table: Arc<Sorted<N>>, socket: Socket, auth: Arguments, middlewares: Option<Arc<Chain>>) -> Self {
        let buckets = table.buckets();
        let mut turns = Self {
            table,
            context: Context::connect(socket),
            stage: Stage::Over,
            leaving: None,
            queue: VecDeque::new(),
            queued: 0,
            held: 0,
            payload: 0,
            running: None,
            exclusive: false,
            joined: false,
            settling: Settling::default(),
            middlewares,
            buckets,
        };
        turns.arrive(auth);
        turns
    }

    pub(super) fn socket(&self) -> &Socket {
        self.context.socket()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.in_flight() == 0
    }

    fn may_begin(&self, run: Run<N>) -> bool {
        let alone = match run {
            Run::Now(_) | Run::Later(_) => !self.exclusive,
            Run::NowMut(_) | Run::LaterMut(_) => self.in_flight() == 0,
        };
        let waits = matches!(run, Run::Later(_) | Run::LaterMut(_));
        if alone && waits && !self.load().has_room() {
            self.load().hold_up(true);
            return false;
        }
        alone
    }

    /// Begins a turn that may begin.
    fn begin(&mut self, run: Run<N>, event: EventName, id: Option<u64>, arguments: &Arguments) {
        (self.context.event, self.context.id) = (event, id);
        let begun = self.begun();
        let context = &self.context;
        let owner = context.socket().inner().owner();
        let Stage::Open(instance) = &mut self.stage else { return };
        let turn = match run {
            Run::Now(run) => {
                let run = |instance: &N| catch_unwind(AssertUnwindSafe(|| run(instance, context, arguments)));
                let polled = Polled::begin(owner);
                let ending = match instance.get_mut() {
                    Some(alone) => Some(run(alone)),
                    // Other `&self` turns are running, so the lock is shared already.
                    None => instance.try_read().map(|shared| run(&shared)),
                };
                let ending = ended(ending, &polled);
                return self.end(ending, id, &context.event, polled.end(), begun);
            }
            Run::NowMut(run) => {
                let run = |alone: &mut N| catch_unwind(AssertUnwindSafe(|| run(alone, context, arguments)));
                let polled = Polled::begin(owner);
                let ending = instance.get_mut().map(run);
                let ending = ended(ending, &polled);
                return self.end(ending, id, &context.event, polled.end(), begun);
            }
            Run::Later(run) => {
                let shared = instance.share().and_then(|lock| lock.try_read_owned().ok());
                let arguments = arguments.kept();
                let size = arguments.size();
                shared.map(|shared| (run(shared, context.clone(), arguments), size))
            }
            Run::LaterMut(run) => {
                self.exclusive = true;
                let alone = instance.share().and_then(|lock| lock.try_write_owned().ok());
                let arguments = arguments.kept();
                let size = arguments.size();
                alone.map(|alone| (run(alone, context.clone(), arguments), size))
            }
        };
        // The lock is free, because `may_begin` was checked.
        let Some((future, size)) = turn else {
            return self.end(Ending::Failed(borrowed()), id, &context.event, Effects::NONE, begun);
        };
        let size = Load::cost(size + size_of_val(&*future));
        let mut turn = Turn { future, owner, id, event: context.event.clone(), size, effects: Effects::NONE, begun };
        // Polls the turn once now, so that turns begin in order and a turn that does not wait costs no more. A turn
        // that waits is polled again by the set, with a waker.
        match Pin::new(&mut turn).poll(&mut Task::from_waker(Waker::noop())) {
            Poll::Ready(ended) => {
                drop(turn);
                self.exclusive = false;
                self.end(ended.ending, id, &ended.event, ended.effects, begun);
            }
            Poll::Pending => {
                self.held += size;
                self.load().add_running(size);
                self.running.get_or_insert_default().push(turn);
            }
        }
    }

    /// Answers a turn that is over, and disconnects the client if the turn has asked for that.
    pub(super) fn end(
        &self,
        ending: Ending,
        id: Option<u64>,
        event: &EventName,
        effects: Effects,
        begun: Option<Instant>,
    ) {
        let socket = self.socket();
        let outcome = self.outcome(&ending, begun);
        match ending {
            Ending::Reply(message) if effects.joined => self.settling.send(socket, message, effects.exit),
            Ending::Reply(message) => socket.inner().send(message, false),
            Ending::Silent | Ending::Deferred => {}
            Ending::Failed(error) => answer::send_failure(socket, id, event, error),
            Ending::FailedOnce(error, ticket) => {
                let answered = answer::send_mapped(socket, id, event, error);
                ticket.answer(Answer::error(&answered));
            }
            Ending::Malformed(text) => {
                tracing::debug!(namespace = socket.path(), %event, error = text, "malformed packet");
                socket.inner().link.fail();
            }
            Ending::Panicked { error, answered } => {
                if answered {
                    answer::only_log(socket, event, error);
                } else {
                    answer::send_failure(socket, id, event, error);
                }
                socket.inner().disconnect_now(DisconnectReason::Panicked);
            }
        }
        self.finished(event, id, outcome.as_ref());
        match effects.exit {
            Exit::None => {}
            Exit::Namespace => socket.inner().disconnect_now(DisconnectReason::ServerDisconnected),
            Exit::Connection => socket.inner().link.close_now(),
        }
    }

    /// Whether the server has disconnected the client: events that are queued or still arrive are then dropped. If the
    /// client has disconnected itself, its queued events are handled.
    fn is_cut_off(&self) -> bool {
        match &self.leaving {
            Some(leaving) => leaving.is_by_server(),
            None => self.socket().inner().is_closed(),
        }
    }

    /// Begins the queued turns that may begin, at most `room`; true if any has begun.
    fn pump(&mut self, room: &mut usize) -> bool {
        let mut begun = false;
        while let Some(next) = self.queue.front() {
            if !matches!(self.stage, Stage::Open(_)) || !self.may_begin(next.run) {
                break;
            }
            if *room == 0 || begun && is_enough() {
                *room = 0;
                break;
            }
            *room -= 1;
            if self.is_cut_off() {
                self.load().remove_waiting(self.queue.len(), self.queued);
                self.queue.clear();
                self.queued = 0;
                break;
            }
            if let Some(Waiting { run, event, id, arguments }) = self.queue.pop_front() {
                let size = Load::cost(arguments.size());
                self.queued -= size;
                self.load().remove_waiting(1, size);
                begun = true;
                self.begin(run, event, id, &arguments);
            }
        }
        begun
    }

    /// Polls the running turns; true if one has ended.
    fn poll_running(&mut self, task: &mut Task<'_>) -> bool {
        let mut ended = false;
        while let Some(running) = &mut self.running
            && let Poll::Ready(Some(Ended { ending, id, event, size, effects, begun })) =
                Pin::new(&mut **running).poll_next(task)
        {
            ended = true;
            // A `&mut self` turn runs alone, so after the end of any turn no `&mut self` turn is running.
            self.exclusive = false;
            self.held -= size;
            self.load().remove_running(1, size);
            self.end(ending, id, &event, effects, begun);
        }
        ended
    }

    /// Drops the turns that have not ended in time, and those that have not begun.
    pub(super) fn give_up(&mut self) {
        let dropped = self.in_flight() + self.queue.len();
        if dropped > 0 {
            warn_rarely!(namespace = self.socket().path(), socket = %self.socket().id(), dropped, "turns dropped after the client has left");
        }
        self.release();
        let (running, queue) = (self.running.take(), std::mem::take(&mut self.queue));
        // A value in a future may panic when it is dropped; `on_disconnect` must run nevertheless.
        if catch_unwind(AssertUnwindSafe(|| drop((running, queue)))).is_err() {
            tracing::error!(namespace = self.socket().path(), socket = %self.socket().id(), "a turn panicked when it was dropped");
        }
        self.exclusive = false;
    }

    /// Answers an event without a handler.
    fn refuse(&self, name: &str, arguments: &Arguments, id: Option<u64>) {
        let ending = unhandled(self.socket(), name, arguments, self.table.locked);
        self.end(ending, id, &EventName::sent(name), Effects::NONE, None);
    }
}

impl<N> Drop for Turns<N> {
    /// Removes the socket from its namespace, also after a panic. After `over` this does nothing.
    fn drop(&mut self) {
        self.release();
        self.context.socket().inner().leave();
    }
}

impl<N: Send + Sync + 'static> Instance for Turns<N> {
    fn event(&mut self, name: &str, arguments: &Arguments, id: Option<u64>) {
        if self.is_cut_off() {
            return;
        }
        let found = self.table.find(name);
        if self.middlewares.is_some() && !self.passes(name, found.as_ref().map(|(_, event)| event), id, arguments) {
            return;
        }
        if !self.buckets.is_empty() && !self.is_within_limit(name, id) {
            return;
        }
        let Some((run, event)) = found else { return self.refuse(name, arguments, id) };
        if self.queue.is_empty() && matches!(self.stage, Stage::Open(_)) && self.may_begin(run) {
            self.begin(run, event, id, arguments);
        } else {
            let arguments = arguments.kept();
            let size = Load::cost(arguments.size());
            self.queued += size;
            self.load().add_waiting(size);
            self.queue.push_back(Waiting { run, event, id, arguments });
        }
    }

    fn admits(&mut self, what: &'static str, packet: &Packet) -> bool {
        self.admit(what, packet)
    }

    fn poll(&mut self, task: &mut Task<'_>) -> Poll<()> {
        // Repeats until nothing changes: a new instance lets turns begin, the end of a turn lets other turns or
        // `on_disconnect` begin, and a turn that has just begun has yet to be polled with a waker.
        let mut room = BATCH;
        loop {
            let moved = self.settle(task);
            let ended = self.poll_running(task) | self.settling.poll(task);
            let begun = self.pump(&mut room);
            if room == 0 {
                // Lets tokio poll other clients before the rest of the queue.
                task.waker().wake_by_ref();
                return Poll::Pending;
            }
            if !(moved || ended || begun) {
                break;
            }
        }
        let idle = self.is_idle() && self.settling.is_empty() && matches!(self.stage, Stage::Open(_));
        if idle || self.is_over() { Poll::Ready(()) } else { Poll::Pending }
    }

    fn close(&mut self, reason: DisconnectReason) {
        if self.leaving.is_none() {
            self.socket().inner().note_leaving(reason);
        }
        self.socket().inner().close();
        // The client has left: nothing can be sent to it any more.
        self.settling.clear();
        if self.leaving.is_none() {
            self.leaving = Some(Leaving::new(reason));
            // Disconnects at once if nothing is running, which is the common case.
            self.settle(&mut Task::from_waker(Waker::noop()));
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }
}
