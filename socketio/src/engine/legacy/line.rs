//! What an old session has besides [`Shared`]: which transport it is on, what is on its way to its task.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use tokio::{sync::Semaphore, time::Instant};

use super::stream::Stream;
use crate::engine::{
    options::Transport,
    shared::{Shared, State, wake},
};

/// See the module. Kept behind the lock of [`Shared`].
pub(in crate::engine) struct Line {
    /// The first transport has come: the session has begun.
    pub(super) opened: bool,
    /// A stream that its task has not seen yet.
    arrived: Option<Stream>,
    /// Counts polls: only the newest may take what waits.
    pub(super) poll: u64,
    /// Since when no poll has been held.
    pub(super) idle: Instant,
    /// A body that was received, for the task to read.
    body: Option<Bytes>,
    /// The POST that waits because `body` is occupied.
    poster: Option<Waker>,
    /// One POST at a time is received, so that a session holds at most one body besides that which is being read.
    pub(super) posts: Arc<Semaphore>,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            opened: false,
            arrived: None,
            poll: 0,
            idle: Instant::now(),
            body: None,
            poster: None,
            posts: Arc::new(Semaphore::new(1)),
        }
    }
}

/// What the task must know about its transport.
pub(super) struct Standing {
    /// A new stream.
    pub(super) arrived: Option<Stream>,
    /// What a POST has left.
    pub(super) body: Option<Bytes>,
    /// The client polls now: an older stream is not used any more.
    pub(super) polls: bool,
}

/// What the clock of a session that polls must know.
pub(super) enum Presence {
    /// A poll is held.
    Held,
    /// None has been since.
    Since(Instant),
}

impl Shared {
    /// A stream takes over. Gives it back if the session is over.
    pub(super) fn attach(&self, stream: Stream, transport: Transport) -> Result<(), Stream> {
        let mut state = self.lock();
        if state.is_over() {
            return Err(stream);
        }
        let Some(line) = &mut state.line else { return Err(stream) };
        line.opened = true;
        line.arrived = Some(stream);
        state.transport = transport;
        // A poll that is held ends by itself: what waits belongs to the stream.
        state.polling.held = false;
        let wakers = [state.task(), state.polling.getter()];
        drop(state);
        wakers.into_iter().for_each(wake);
        Ok(())
    }

    pub(super) fn is_opened(&self) -> bool {
        self.lock().line.as_ref().is_some_and(|line| line.opened)
    }

    /// What has come. A body is handed out only if the task has `room` for one.
    pub(super) fn standing(&self, room: bool) -> Standing {
        let mut state = self.lock();
        let polls = state.transport == Transport::Polling;
        let Some(line) = &mut state.line else { return Standing { arrived: None, body: None, polls } };
        let arrived = line.arrived.take();
        let body = if room { line.body.take() } else { None };
        let poster = if body.is_some() { line.poster.take() } else { None };
        drop(state);
        wake(poster);
        Standing { arrived, body, polls }
    }

    /// Leaves a body for the task as soon as the one before has been read; or forgets it, if the session is over.
    pub(super) fn poll_leave(&self, body: &Bytes, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.is_over() {
            return Poll::Ready(());
        }
        let Some(line) = &mut state.line else { return Poll::Ready(()) };
        if line.body.is_some() {
            line.poster = Some(cx.waker().clone());
            return Poll::Pending;
        }
        line.body = Some(body.clone());
        let waker = state.task();
        drop(state);
        wake(waker);
        Poll::Ready(())
    }

    pub(super) fn presence(&self) -> Presence {
        let state = self.lock();
        match &state.line {
            Some(line) if !state.polling.held => Presence::Since(line.idle),
            _ => Presence::Held,
        }
    }
}

impl Line {
    /// The session is over: whoever waits to leave something learns it, and what has come is dropped.
    pub(in crate::engine) fn end(&mut self) -> Option<Waker> {
        self.body = None;
        self.arrived = None;
        self.poster.take()
    }
}

impl State {
    /// A poll has ended: answered, or given up by its client.
    pub(super) fn unhold(&mut self, poll: u64) {
        let Some(line) = &mut self.line else { return };
        if line.poll == poll && self.polling.held {
            line.idle = Instant::now();
            self.polling.held = false;
            self.polling.getter();
        }
    }
}
