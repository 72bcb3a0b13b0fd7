//! The task of a session. It owns the `Session` of the application, the stream if there is one, and the timer.
//!
//! Each run: take the inputs (`SessionState::take_inputs`), read a batch of packets and pass them to the `Session`, poll the `Session`,
//! check the timer, write the whole outbox with one flush, and park. Replies made while the batch was read leave in that flush.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::time::Instant;

use crate::engine::budget;
use crate::engine::error::CloseReason;
use crate::engine::options::Options;
use crate::engine::protocol::common::Incoming;
use crate::engine::protocol::{BodyReader, PacketReader, Protocol};
use crate::engine::session::Session;
use crate::engine::session::closing::{CloseMode, Closing, End};
use crate::engine::session::heartbeat::{Due, Heartbeat, earliest};
use crate::engine::session::outbox::Priority;
use crate::engine::session::stall::Stall;
use crate::engine::session::state::Inputs;
use crate::engine::session::table::Entry;
use crate::engine::session::writer::OutboxWriter;
use crate::engine::transport::stream::Stream;
use crate::engine::transport::websocket::Input;
use crate::packet::Message;

/// Packets read in one run; then other tasks run.
const BATCH: usize = 64;

/// Bytes waiting in the stream from which on the client is not read until it has read itself.
const BLOCKED: usize = 64 * 1024;

/// Runs a session to its end.
///
/// Not an `async fn`, whose future would hold the arguments twice: as arguments, and in the task.
pub(crate) fn run<S: Session>(
    entry: Entry,
    options: Arc<Options>,
    session: S,
    stream: Option<Stream>,
) -> impl Future<Output = ()> {
    let protocol = entry.session.protocol;
    let first_until = stream.is_none().then(|| Instant::now() + options.handshake_timeout);
    let mut task = Task {
        session,
        heartbeat: Heartbeat::new(protocol.pings(&options, stream.is_some())),
        stream,
        body: None,
        reader: PacketReader::new(protocol),
        writer: OutboxWriter::default(),
        seen: 0,
        stall: Stall::default(),
        first_until,
        closing: None,
        options,
        entry,
    };
    poll_fn(move |cx| task.poll(cx))
}

struct Task<S> {
    session: S,
    stream: Option<Stream>,
    /// The polling body that is being read.
    body: Option<BodyReader>,
    reader: PacketReader,
    writer: OutboxWriter,
    heartbeat: Heartbeat,
    /// The bytes that had been written when the last ping was due.
    seen: u64,
    stall: Stall,
    /// Until when a client that polls must send a request after the handshake; `None` if it has sent one, or has a stream.
    first_until: Option<Instant>,
    closing: Option<Closing>,
    options: Arc<Options>,
    entry: Entry,
}

/// Why reading has paused.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// No bytes are there; the transport wakes the task.
    Empty,
    /// The budget of this run is used up.
    Yield,
    /// The application is not ready for more.
    Session,
    /// Too much waits in the outbox.
    Crowded,
    /// The client does not read.
    Blocked,
    /// A polling body was read to its end; another may wait.
    Body,
}

impl<S: Session> Task<S> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        budget::begin();
        loop {
            let mut inputs = self.entry.session.take_inputs(self.body.is_none());
            if let Some(stream) = inputs.handover.take() {
                if let Err(error) = self.change_stream(stream, inputs.foreign, inputs.ping) {
                    tracing::debug!(%error, "the stream cannot be moved to the worker of its session");
                    inputs.closing.get_or_insert(CloseReason::TransportError);
                }
            } else if inputs.polls && self.stream.is_some() {
                self.leave_stream();
            }
            if self.closing.is_some() {
                return self.poll_closing(cx);
            }
            if inputs.draining {
                self.session.drain();
            }
            let outcome = match inputs.closing {
                Some(reason) => Err(reason.into()),
                None => self.work(inputs, cx),
            };
            match outcome {
                Ok(Some(poll)) => return poll,
                Ok(None) => {}
                Err(End(reason, mode)) => self.begin_closing(reason, mode),
            }
        }
    }

    fn protocol(&self) -> Protocol {
        self.entry.session.protocol
    }

    /// A stream replaces polling, or another stream that the client has given up. `foreign`: another worker has accepted it.
    fn change_stream(&mut self, stream: Stream, foreign: bool, ping: bool) -> io::Result<()> {
        let mut stream = if foreign { stream.moved_here()? } else { stream };
        tracing::debug!(transport = self.entry.session.transport().name(), "transport changed");
        let protocol = self.protocol();
        // The client may have given up the other stream before it received that it is connected.
        let first = if ping { Some(protocol.ping()) } else { protocol.connected().filter(|_| self.stream.is_some()) };
        if let Some(first) = first {
            stream.push(&first);
        }
        self.stream = Some(stream);
        self.heartbeat.change(protocol.pings(&self.options, true));
        Ok(())
    }

    /// The client polls now, and does not use its stream any more.
    fn leave_stream(&mut self) {
        tracing::debug!("transport changed to polling");
        self.stream = None;
        self.heartbeat.change(self.protocol().pings(&self.options, false));
    }

    /// One round. `None`: another round is to follow at once.
    fn work(&mut self, inputs: Inputs, cx: &mut Context<'_>) -> Result<Option<Poll<()>>, End> {
        if let Some(body) = inputs.body {
            self.body = Some(self.protocol().body(body)?);
        }
        let mut pause = self.read(inputs.crowded, cx)?;
        if self.session.poll(cx).is_ready() && inputs.draining {
            return Err(CloseReason::ServerShutdown.into());
        }
        if pause == Pause::Session && self.session.ready() {
            pause = Pause::Yield;
        }
        if pause == Pause::Session {
            self.heartbeat.pause();
        } else {
            self.heartbeat.resume();
        }
        self.check_timer(cx, pause)?;
        let blocked = self.write(cx)?;
        if let Some(stream) = &mut self.stream {
            if self.stall.poll(blocked, stream.written(), self.options.write_timeout, cx) {
                tracing::debug!("the client takes nothing of what is written");
                stream.reset();
                return Err(End(CloseReason::TransportError, CloseMode::Broken));
            }
            if pause != Pause::Empty {
                stream.pause();
            }
        }
        let go_on = match pause {
            Pause::Body => return Ok(None),
            Pause::Yield => true,
            // The outbox was just written.
            Pause::Crowded => self.stream.is_some() && !blocked,
            Pause::Blocked => !blocked,
            Pause::Empty | Pause::Session => false,
        };
        if go_on {
            // Other tasks run before.
            cx.waker().wake_by_ref();
            return Ok(Some(Poll::Pending));
        }
        if self.stream.is_none() {
            self.entry.session.await_pong(self.heartbeat.pong_until());
        }
        let stalled = pause == Pause::Crowded && self.stream.is_none();
        let parked = self.entry.session.park(cx, blocked, self.body.is_none(), stalled);
        Ok(parked.then_some(Poll::Pending))
    }

    /// Reads a batch of packets. A polling body is read before the stream, because the client sent it before it changed to the stream, or
    /// because the stream carries nothing from the client.
    fn read(&mut self, mut crowded: bool, cx: &mut Context<'_>) -> Result<Pause, End> {
        let mut sent = budget::count();
        for _ in 0..BATCH {
            if !self.session.ready() {
                return Ok(Pause::Session);
            }
            if budget::is_enough() {
                return Ok(Pause::Yield);
            }
            // Messages of this thread are counted; those of other threads are seen in the next run.
            if sent != budget::count() {
                sent = budget::count();
                crowded = self.entry.session.is_crowded();
            }
            if crowded {
                return Ok(Pause::Crowded);
            }
            if let Some(body) = &mut self.body {
                let next = self.reader.next(body)?;
                let last = next.as_ref().is_none_or(|(_, last)| *last);
                if last {
                    self.body = None;
                }
                if let Some((packet, _)) = next {
                    self.packet(packet)?;
                }
                if last {
                    return Ok(Pause::Body);
                }
                continue;
            }
            let Some(stream) = &mut self.stream else { return Ok(Pause::Empty) };
            if stream.waiting() > BLOCKED {
                return Ok(Pause::Blocked);
            }
            let Poll::Ready(input) = stream.poll_next(cx) else { return Ok(Pause::Empty) };
            match input {
                Input::Text(text) => {
                    let packet = self.reader.text(text)?;
                    self.packet(packet)?;
                }
                Input::Binary(data) => {
                    let packet = self.reader.binary(data)?;
                    self.packet(packet)?;
                }
                Input::Control => {}
                Input::Closed => return Err(End(CloseReason::TransportClose, CloseMode::Answer)),
                Input::Violation => return Err(End(CloseReason::TransportError, CloseMode::Violation)),
                Input::Broken => return Err(End(CloseReason::TransportError, CloseMode::Broken)),
            }
        }
        Ok(Pause::Yield)
    }

    #[inline]
    fn packet(&mut self, packet: Incoming) -> Result<(), End> {
        match packet {
            Incoming::Pong => {
                self.heartbeat.pong();
                return Ok(());
            }
            Incoming::Text(text) => {
                budget::received(text.len());
                self.session.text(text);
            }
            Incoming::Binary(data) => {
                budget::received(data.len());
                self.session.binary(data);
            }
            Incoming::Close(last) => {
                if let Some(text) = last {
                    self.session.text(text);
                }
                return Err(CloseReason::TransportClose.into());
            }
            Incoming::Ping(text) => {
                let Some(pong) = self.protocol().pong(&text) else {
                    tracing::debug!("the client sent a ping: it speaks another version of the protocol");
                    return Err(CloseReason::TransportError.into());
                };
                // A client that pings and does not read fills its outbox, and is closed for it.
                let _ = self.entry.session.push(Message::One(pong), Priority::Reply);
            }
            Incoming::Nothing => {}
        }
        self.heartbeat.packet();
        Ok(())
    }

    /// When the task must run at the latest, apart from the heartbeat.
    fn call_at(&self) -> Option<Instant> {
        earliest(self.session.deadline(), self.first_until)
    }

    /// Does what is due.
    fn check_timer(&mut self, cx: &mut Context<'_>, pause: Pause) -> Result<(), End> {
        while let Poll::Ready(due) = self.heartbeat.poll(cx, self.call_at()) {
            let written = self.stream.as_ref().map_or(0, Stream::written);
            match due {
                Due::Ping => match &mut self.stream {
                    Some(stream) => stream.push(&self.entry.session.protocol.ping()),
                    None => {
                        // While pongs are not read, fetching the pings shows that the client is there.
                        let unseen = self.entry.session.ping();
                        if unseen && pause == Pause::Session {
                            return Err(CloseReason::PingTimeout.into());
                        }
                    }
                },
                // While the stream is full nothing is read, and the pong of a slow client may be among the unread bytes: the
                // client counts as alive if it has read something since the ping.
                Due::Timeout if matches!(pause, Pause::Blocked | Pause::Crowded) && written > self.seen => {
                    self.heartbeat.prolong()
                }
                Due::Absent if !self.heartbeat.is_too_long(self.entry.session.absent()) => continue,
                Due::Timeout | Due::Absent => return Err(CloseReason::PingTimeout.into()),
                Due::ConnectionCheck => match &self.stream {
                    Some(stream) if stream.is_read_closed(cx) => {
                        tracing::debug!("the client has gone, and what it sent last is not read any more");
                        return Err(CloseReason::TransportClose.into());
                    }
                    _ => continue,
                },
                Due::Deadline if self.first_until.is_some_and(|until| until <= Instant::now()) => {
                    self.first_until = None;
                    if !self.entry.session.is_used() {
                        tracing::debug!("no request has followed the handshake");
                        return Err(CloseReason::PingTimeout.into());
                    }
                    continue;
                }
                Due::Deadline => {
                    // The deadline has passed since the last call of `Session::poll`.
                    cx.waker().wake_by_ref();
                    return Ok(());
                }
            }
            self.seen = written;
        }
        Ok(())
    }

    /// Writes the outbox to the stream, and the stream to the network. `true`: the stream is blocked.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        let Some(stream) = &mut self.stream else { return Ok(false) };
        match self.writer.poll_write(stream, &self.entry.session, cx) {
            Poll::Ready(written) => written.map(|()| false).map_err(End::from),
            Poll::Pending => Ok(true),
        }
    }

    /// Ends the session: other parts of it and the application learn the reason now, and the transport is closed afterwards.
    fn begin_closing(&mut self, reason: CloseReason, mode: CloseMode) {
        tracing::debug!(%reason, "session closed");
        let entry = &self.entry;
        let linger = entry.session.end(reason);
        if linger.is_none() {
            entry.table.remove(&entry.session.id);
        }
        self.body = None;
        self.heartbeat.set_deadline(linger.unwrap_or(reason.close_timeout()));
        self.closing = Some(Closing::new(reason, mode, linger.is_some(), self.stream.is_some()));
        self.session.close(reason);
    }

    /// Polls the application and the transport until both are done.
    fn poll_closing(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let session = self.session.poll(cx);
            let transport = self.closing.as_mut().map_or(Poll::Ready(()), |closing| {
                closing.poll(self.stream.as_mut(), &mut self.writer, &mut self.heartbeat, &self.entry.session, cx)
            });
            if transport.is_ready() {
                self.closing = Some(Closing::Done);
                self.stream = None;
                self.entry.table.remove(&self.entry.session.id);
                if session.is_ready() {
                    return Poll::Ready(());
                }
            }
            if session.is_ready() && self.closing == Some(Closing::Sent) {
                // Only the client's close frame is missing, and a shutdown does not wait for it.
                self.entry.permit = None;
            }
            // The outbox takes nothing any more, so this parks, unless the task was woken meanwhile.
            if self.entry.session.park(cx, true, false, false) {
                return Poll::Pending;
            }
            self.entry.session.take_inputs(false);
        }
    }
}
