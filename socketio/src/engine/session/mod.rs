//! The one task of a session. It owns the application's side, the WebSocket if there is one, and the timer.
//!
//! Each time it runs: look what has come (`Shared::mail`), read a batch of packets and hand them over, drive what they
//! have started, look at the clock, write everything that waits with one flush, and park. Replies that were made while
//! the batch was read leave in that one flush.

mod closing;
mod heartbeat;
mod inbox;
mod words;

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::Instant;

use self::{
    closing::{Closing, Farewell},
    heartbeat::{Beat, Heartbeat},
    inbox::{Inbox, Packet},
    words::Words,
};
use super::{
    Session,
    error::CloseReason,
    options::Options,
    outbox::{self, Priority},
    shared::{Handover, Mail, Shared},
    stall::Stall,
    table::{Seat, Table},
    websocket::{Input, WebSocket},
    work,
};
use crate::packet::{Frame, Generation, Message, engine::Kind};

/// Packets read before it is other sessions' turn.
const BATCH: usize = 64;

/// Bytes moved from the outbox to the writer at once. A ping waits behind at most this much, and one message.
const BUDGET: usize = 64 * 1024;

/// With this much waiting in the writer, the client has to read before we go on reading from it.
const BLOCKED: usize = 64 * 1024;

/// What a session's task needs to know of its engine.
pub(super) struct Place {
    pub(super) table: Arc<Table>,
    pub(super) shared: Arc<Shared>,
    /// Kept until nothing remains that a shutdown has to wait for.
    pub(super) seat: Option<Seat>,
}

/// Runs a session to its end.
pub(super) async fn run<S: Session>(place: Place, options: &Options, session: S, websocket: Option<Box<WebSocket>>) {
    let generation = place.shared.wire.generation;
    let heartbeat = match generation {
        // Clients up to Engine.IO 3 ping, and we only listen.
        Generation::V3 => Heartbeat::listening(options.ping_interval + options.ping_timeout),
        Generation::V1 | Generation::V4 => Heartbeat::new(options.ping_interval, options.ping_timeout),
    };
    let first = websocket.is_none();
    let mut task = Task {
        session,
        websocket,
        inbox: None,
        batch: VecDeque::new(),
        words: Words::new(generation),
        heartbeat,
        seen: 0,
        stall: Stall::default(),
        write_timeout: options.write_timeout,
        first_until: first.then(|| Instant::now() + options.handshake_timeout),
        closing: None,
        place,
    };
    poll_fn(|cx| task.poll(cx)).await;
}

struct Task<S> {
    session: S,
    websocket: Option<Box<WebSocket>>,
    /// The polling body that is being read.
    inbox: Option<Inbox>,
    /// Messages on the way from the outbox to the writer. Empty between two runs.
    batch: VecDeque<Message>,
    /// How texts of this client are read.
    words: Words,
    heartbeat: Heartbeat,
    /// What had been written when the last ping was due.
    seen: u64,
    stall: Stall,
    write_timeout: Duration,
    /// Until when a client that polls must come back after the handshake; `None` if it has, or need not.
    first_until: Option<Instant>,
    closing: Option<Closing>,
    place: Place,
}

/// Why reading has stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// Nothing more is there; the transport wakes us.
    Dry,
    /// Enough for now.
    Yield,
    /// The application takes no more.
    Session,
    /// Too much waits in the outbox.
    Crowded,
    /// The client does not read.
    Blocked,
    /// One body has been read; there may be another.
    Body,
}

/// The session must end.
struct End(CloseReason, Farewell);

impl From<CloseReason> for End {
    fn from(reason: CloseReason) -> Self {
        Self(reason, Farewell::Polite)
    }
}

impl<S: Session> Task<S> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        work::begin();
        loop {
            let Mail { closing, draining, handover, body } = self.place.shared.mail(self.inbox.is_none());
            if let Some(Handover { mut websocket, ping }) = handover {
                tracing::debug!("moved to the WebSocket");
                if ping {
                    websocket.push(&ping_frame());
                }
                self.websocket = Some(websocket);
            }
            if self.closing.is_some() {
                return self.poll_closing(cx);
            }
            if draining {
                self.session.drain();
            }
            let outcome = match (closing, body.map(|body| Inbox::new(body, self.generation())).transpose()) {
                (Some(reason), _) => Err(reason.into()),
                (None, Err(error)) => Err(self.garbage(&error)),
                (None, Ok(body)) => {
                    self.inbox = self.inbox.take().or(body);
                    self.work(cx, draining)
                }
            };
            match outcome {
                Ok(Some(poll)) => return poll,
                Ok(None) => {}
                Err(End(reason, farewell)) => self.begin_closing(reason, farewell),
            }
        }
    }

    /// One round. `None`: there is more to do at once.
    fn work(&mut self, cx: &mut Context<'_>, draining: bool) -> Result<Option<Poll<()>>, End> {
        let mut pause = self.read(cx)?;
        if self.session.poll(cx).is_ready() && draining {
            return Err(CloseReason::ServerShutdown.into());
        }
        if pause == Pause::Session {
            if self.session.ready() {
                pause = Pause::Yield;
                self.heartbeat.resume();
            } else {
                self.heartbeat.pause();
            }
        } else {
            self.heartbeat.resume();
        }
        self.beat(cx, pause)?;
        let blocked = self.write(cx)?;
        if let Some(websocket) = &mut self.websocket {
            if self.stall.poll(blocked, websocket.written(), self.write_timeout, cx) {
                tracing::debug!("the client takes nothing of what is written");
                websocket.reset();
                return Err(End(CloseReason::TransportError, Farewell::None));
            }
            if pause != Pause::Dry {
                websocket.pause();
            }
        }
        let go_on = match pause {
            Pause::Body => return Ok(None),
            Pause::Yield => true,
            // What was in the way has just been written.
            Pause::Crowded => self.websocket.is_some() && !blocked,
            Pause::Blocked => !blocked,
            Pause::Dry | Pause::Session => false,
        };
        if go_on {
            // Other sessions may have their turn before.
            cx.waker().wake_by_ref();
            return Ok(Some(Poll::Pending));
        }
        if self.websocket.is_none() {
            self.place.shared.await_pong(self.heartbeat.pong_until());
        }
        let stalled = pause == Pause::Crowded && self.websocket.is_none();
        let parked = self.place.shared.park(cx, blocked, self.inbox.is_none(), stalled);
        Ok(parked.then_some(Poll::Pending))
    }

    /// Reads a batch of packets. A polling body comes before the WebSocket, because it was sent before.
    fn read(&mut self, cx: &mut Context<'_>) -> Result<Pause, End> {
        for _ in 0..BATCH {
            if !self.session.ready() {
                return Ok(Pause::Session);
            }
            if work::is_enough() {
                return Ok(Pause::Yield);
            }
            if self.place.shared.is_crowded() {
                return Ok(Pause::Crowded);
            }
            if let Some(inbox) = &mut self.inbox {
                let packet = inbox.next(&mut self.words);
                let (packet, last) = packet.map_err(|error| self.garbage(&error))?;
                if last {
                    self.inbox = None;
                }
                self.packet(packet)?;
                if last {
                    return Ok(Pause::Body);
                }
                continue;
            }
            let Some(websocket) = &mut self.websocket else { return Ok(Pause::Dry) };
            if websocket.waiting() > BLOCKED {
                return Ok(Pause::Blocked);
            }
            let Poll::Ready(input) = websocket.poll_next(cx) else { return Ok(Pause::Dry) };
            match input {
                Input::Text(text) => {
                    let packet = Packet::from_text(text, &mut self.words).map_err(|error| self.garbage(&error))?;
                    self.packet(packet)?;
                }
                Input::Binary(data) => {
                    let packet = Packet::from_binary(data, &self.words).map_err(|error| self.garbage(&error))?;
                    self.packet(packet)?;
                }
                Input::Control => {}
                Input::Closed => return Err(End(CloseReason::TransportClose, Farewell::Answer)),
                Input::Violation => return Err(End(CloseReason::TransportError, Farewell::Complaint)),
                Input::Broken => return Err(End(CloseReason::TransportError, Farewell::None)),
            }
        }
        Ok(Pause::Yield)
    }

    fn packet(&mut self, packet: Packet) -> Result<(), End> {
        match packet {
            Packet::Text(Kind::Pong, _) => {
                self.heartbeat.pong();
                return Ok(());
            }
            Packet::Text(Kind::Message, text) => {
                self.heartbeat.packet();
                work::received(text.len());
                self.session.text(text);
            }
            Packet::Binary(data) => {
                self.heartbeat.packet();
                work::received(data.len());
                self.session.binary(data);
            }
            Packet::Text(Kind::Close, _) => return Err(CloseReason::TransportClose.into()),
            Packet::Text(Kind::Ping, text) if self.generation() == Generation::V3 => {
                self.heartbeat.packet();
                let pong = [b"3", text.as_bytes()].concat();
                // A client that pings and does not read fills its outbox, as one that is sent much.
                let _ = self.place.shared.push(Message::One(Frame::text(pong)), Priority::Reply);
            }
            Packet::Text(Kind::Ping, _) => {
                tracing::debug!("the client sent a ping: it speaks another version of the protocol");
                return Err(CloseReason::TransportError.into());
            }
            // Without a meaning here, but harmless; Node ignores them as well.
            Packet::Text(Kind::Open | Kind::Upgrade | Kind::Noop, _) => self.heartbeat.packet(),
        }
        Ok(())
    }

    fn generation(&self) -> Generation {
        self.place.shared.wire.generation
    }

    fn garbage(&self, error: &dyn std::fmt::Display) -> End {
        tracing::debug!(%error, "the client sent something that is not a packet");
        CloseReason::ParseError.into()
    }

    /// When the task must run at the latest, besides for the heartbeat.
    fn call_at(&self) -> Option<Instant> {
        [self.session.deadline(), self.first_until].into_iter().flatten().min()
    }

    /// Looks at the clock.
    fn beat(&mut self, cx: &mut Context<'_>, pause: Pause) -> Result<(), End> {
        while let Poll::Ready(beat) = self.heartbeat.poll(cx, self.call_at()) {
            let written = self.websocket.as_ref().map_or(0, |websocket| websocket.written());
            match beat {
                Beat::Ping => match &mut self.websocket {
                    Some(websocket) => websocket.push(&ping_frame()),
                    None => {
                        // While we do not read its pongs, a client that is there shows it by fetching the pings.
                        let unseen = self.place.shared.ping();
                        if unseen && pause == Pause::Session {
                            return Err(CloseReason::PingTimeout.into());
                        }
                    }
                },
                // While the writer is full we do not read, and may miss the pong of a client that is slow but alive:
                // it counts as alive if it has read something since.
                Beat::Timeout if matches!(pause, Pause::Blocked | Pause::Crowded) && written > self.seen => {
                    self.heartbeat.prolong()
                }
                Beat::Timeout => return Err(CloseReason::PingTimeout.into()),
                Beat::Look => match &self.websocket {
                    Some(websocket) if websocket.is_read_closed(cx) => {
                        tracing::debug!("the client has gone, and what it sent last is not read any more");
                        return Err(CloseReason::TransportClose.into());
                    }
                    _ => continue,
                },
                Beat::Call if self.first_until.is_some_and(|until| until <= Instant::now()) => {
                    self.first_until = None;
                    if !self.place.shared.is_used() {
                        tracing::debug!("no request has followed the handshake");
                        return Err(CloseReason::PingTimeout.into());
                    }
                    continue;
                }
                Beat::Call => {
                    // It has passed since `Session::poll` was called.
                    cx.waker().wake_by_ref();
                    return Ok(());
                }
            }
            self.seen = written;
        }
        Ok(())
    }

    /// Moves the outbox into the WebSocket and the WebSocket's writer into the network. `true`: it takes no more.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        let Some(websocket) = &mut self.websocket else { return Ok(false) };
        let mut more = true;
        while more {
            if websocket.waiting() >= BUDGET {
                match websocket.poll_flush(cx) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(error)) => return Err(broken(&error)),
                    Poll::Pending => return Ok(true),
                }
            }
            more = self.place.shared.drain(&mut self.batch, BUDGET);
            for message in self.batch.drain(..) {
                for frame in message.frames() {
                    websocket.push(frame);
                }
            }
        }
        outbox::give_back(&mut self.batch);
        match websocket.poll_flush(cx) {
            Poll::Ready(Ok(())) => Ok(false),
            Poll::Ready(Err(error)) => Err(broken(&error)),
            Poll::Pending => Ok(true),
        }
    }
}

fn ping_frame() -> Frame {
    Frame::text(&b"2"[..])
}

fn broken(error: &std::io::Error) -> End {
    tracing::debug!(%error, "writing failed");
    End(CloseReason::TransportError, Farewell::None)
}

impl Drop for Place {
    /// Also when the application has panicked: nobody goes on waiting for this session.
    fn drop(&mut self) {
        self.table.remove(&self.shared.id);
        self.shared.end(CloseReason::TransportError);
        self.shared.detach();
    }
}
