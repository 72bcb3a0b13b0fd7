//! The one task of a session. It owns the application's side, the stream if there is one, and the timer.
//!
//! Each time it runs: take what has come (`Shared::mail`), read a batch of packets and hand them over, drive what they
//! have started, look at the clock, write everything that waits with one flush, and park. Replies that were made while
//! the batch was read leave in that one flush.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::time::Instant;

use crate::{
    engine::{
        budget,
        error::CloseReason,
        options::Options,
        protocol::{BodyReader, PacketReader, Protocol, common::Incoming},
        session::{
            Session,
            closing::{Closing, End, Farewell},
            heartbeat::{Beat, Heartbeat},
            outbox::Priority,
            stall::Stall,
            state::Mail,
            table::Place,
            writer::Writer,
        },
        transport::{stream::Stream, websocket::Input},
    },
    packet::Message,
};

/// Packets read before it is other sessions' turn.
const BATCH: usize = 64;

/// With this much waiting in the stream, the client has to read before we go on reading from it.
const BLOCKED: usize = 64 * 1024;

/// Runs a session to its end.
///
/// It is no `async fn`, because the future of one would keep its arguments beside the task.
pub(crate) fn run<S: Session>(
    place: Place,
    options: Arc<Options>,
    session: S,
    stream: Option<Stream>,
) -> impl Future<Output = ()> {
    let protocol = place.shared.protocol;
    let first_until = stream.is_none().then(|| Instant::now() + options.handshake_timeout);
    let mut task = Task {
        session,
        heartbeat: Heartbeat::new(protocol.pings(&options, stream.is_some())),
        stream,
        body: None,
        reader: PacketReader::new(protocol),
        writer: Writer::default(),
        seen: 0,
        stall: Stall::default(),
        first_until,
        closing: None,
        options,
        place,
    };
    poll_fn(move |cx| task.poll(cx))
}

struct Task<S> {
    session: S,
    stream: Option<Stream>,
    /// The polling body that is being read.
    body: Option<BodyReader>,
    reader: PacketReader,
    writer: Writer,
    heartbeat: Heartbeat,
    /// What had been written when the last ping was due.
    seen: u64,
    stall: Stall,
    /// Until when a client that polls must come back after the handshake; `None` if it has, or need not.
    first_until: Option<Instant>,
    closing: Option<Closing>,
    options: Arc<Options>,
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

impl<S: Session> Task<S> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        budget::begin();
        loop {
            let mut mail = self.place.shared.mail(self.body.is_none());
            if let Some(stream) = mail.handover.take() {
                self.change_stream(stream, mail.ping);
            } else if mail.polls && self.stream.is_some() {
                self.leave_stream();
            }
            if self.closing.is_some() {
                return self.poll_closing(cx);
            }
            if mail.draining {
                self.session.drain();
            }
            let outcome = match mail.closing {
                Some(reason) => Err(reason.into()),
                None => self.work(mail, cx),
            };
            match outcome {
                Ok(Some(poll)) => return poll,
                Ok(None) => {}
                Err(End(reason, farewell)) => self.begin_closing(reason, farewell),
            }
        }
    }

    fn protocol(&self) -> Protocol {
        self.place.shared.protocol
    }

    /// A stream takes over from polling, or from another stream, which the client has given up.
    fn change_stream(&mut self, mut stream: Stream, ping: bool) {
        tracing::debug!(transport = self.place.shared.transport().name(), "transport changed");
        let protocol = self.protocol();
        // The client may have given up the other stream before it heard that it is connected.
        let first = if ping { Some(protocol.ping()) } else { protocol.connected().filter(|_| self.stream.is_some()) };
        if let Some(first) = first {
            stream.push(&first);
        }
        self.stream = Some(stream);
        self.heartbeat.change(protocol.pings(&self.options, true));
    }

    /// The client polls now: its older stream is not used any more.
    fn leave_stream(&mut self) {
        tracing::debug!("transport changed to polling");
        self.stream = None;
        self.heartbeat.change(self.protocol().pings(&self.options, false));
    }

    /// One round. `None`: there is more to do at once.
    fn work(&mut self, mail: Mail, cx: &mut Context<'_>) -> Result<Option<Poll<()>>, End> {
        if let Some(body) = mail.body {
            self.body = Some(self.protocol().body(body)?);
        }
        let mut pause = self.read(mail.crowded, cx)?;
        if self.session.poll(cx).is_ready() && mail.draining {
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
        self.beat(cx, pause)?;
        let blocked = self.write(cx)?;
        if let Some(stream) = &mut self.stream {
            if self.stall.poll(blocked, stream.written(), self.options.write_timeout, cx) {
                tracing::debug!("the client takes nothing of what is written");
                stream.reset();
                return Err(End(CloseReason::TransportError, Farewell::None));
            }
            if pause != Pause::Dry {
                stream.pause();
            }
        }
        let go_on = match pause {
            Pause::Body => return Ok(None),
            Pause::Yield => true,
            // What was in the way has just been written.
            Pause::Crowded => self.stream.is_some() && !blocked,
            Pause::Blocked => !blocked,
            Pause::Dry | Pause::Session => false,
        };
        if go_on {
            // Other sessions may have their turn before.
            cx.waker().wake_by_ref();
            return Ok(Some(Poll::Pending));
        }
        if self.stream.is_none() {
            self.place.shared.await_pong(self.heartbeat.pong_until());
        }
        let stalled = pause == Pause::Crowded && self.stream.is_none();
        let parked = self.place.shared.park(cx, blocked, self.body.is_none(), stalled);
        Ok(parked.then_some(Poll::Pending))
    }

    /// Reads a batch of packets. A polling body comes before the stream, because it was sent before, or because the stream has only
    /// one direction.
    fn read(&mut self, mut crowded: bool, cx: &mut Context<'_>) -> Result<Pause, End> {
        let mut sent = budget::count();
        for _ in 0..BATCH {
            if !self.session.ready() {
                return Ok(Pause::Session);
            }
            if budget::is_enough() {
                return Ok(Pause::Yield);
            }
            // The outbox has grown only if a message was sent; those of other threads are looked at in the next run.
            if sent != budget::count() {
                sent = budget::count();
                crowded = self.place.shared.is_crowded();
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
            let Some(stream) = &mut self.stream else { return Ok(Pause::Dry) };
            if stream.waiting() > BLOCKED {
                return Ok(Pause::Blocked);
            }
            let Poll::Ready(input) = stream.poll_next(cx) else { return Ok(Pause::Dry) };
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
                Input::Closed => return Err(End(CloseReason::TransportClose, Farewell::Answer)),
                Input::Violation => return Err(End(CloseReason::TransportError, Farewell::Complaint)),
                Input::Broken => return Err(End(CloseReason::TransportError, Farewell::None)),
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
                // A client that pings and does not read fills its outbox, as one that is sent much.
                let _ = self.place.shared.push(Message::One(pong), Priority::Reply);
            }
            Incoming::Nothing => {}
        }
        self.heartbeat.packet();
        Ok(())
    }

    /// When the task must run at the latest, besides for the heartbeat.
    fn call_at(&self) -> Option<Instant> {
        [self.session.deadline(), self.first_until].into_iter().flatten().min()
    }

    /// Looks at the clock.
    fn beat(&mut self, cx: &mut Context<'_>, pause: Pause) -> Result<(), End> {
        while let Poll::Ready(beat) = self.heartbeat.poll(cx, self.call_at()) {
            let written = self.stream.as_ref().map_or(0, Stream::written);
            match beat {
                Beat::Ping => match &mut self.stream {
                    Some(stream) => stream.push(&self.place.shared.protocol.ping()),
                    None => {
                        // While we do not read its pongs, a client that is there shows it by fetching the pings.
                        let unseen = self.place.shared.ping();
                        if unseen && pause == Pause::Session {
                            return Err(CloseReason::PingTimeout.into());
                        }
                    }
                },
                // While the stream is full we do not read, and may miss the pong of a client that is slow but alive:
                // it counts as alive if it has read something since.
                Beat::Timeout if matches!(pause, Pause::Blocked | Pause::Crowded) && written > self.seen => {
                    self.heartbeat.prolong()
                }
                Beat::Absent if !self.heartbeat.is_too_long(self.place.shared.absent()) => continue,
                Beat::Timeout | Beat::Absent => return Err(CloseReason::PingTimeout.into()),
                Beat::Look => match &self.stream {
                    Some(stream) if stream.is_read_closed(cx) => {
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

    /// Moves the outbox into the stream and the stream into the network. `true`: it takes no more.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        let Some(stream) = &mut self.stream else { return Ok(false) };
        match self.writer.poll_write(stream, &self.place.shared, cx) {
            Poll::Ready(written) => written.map(|()| false).map_err(End::from),
            Poll::Pending => Ok(true),
        }
    }

    /// Tells everybody. Nothing here waits for the transport.
    fn begin_closing(&mut self, reason: CloseReason, farewell: Farewell) {
        tracing::debug!(%reason, "session closed");
        let place = &self.place;
        let linger = place.shared.end(reason);
        if linger.is_none() {
            place.table.remove(&place.shared.id);
        }
        self.body = None;
        self.heartbeat.set_deadline(linger.unwrap_or(reason.farewell()));
        self.closing = Some(Closing::new(reason, farewell, linger.is_some(), self.stream.is_some()));
        self.session.close(reason);
    }

    /// Drives both sides until both are done.
    fn poll_closing(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let session = self.session.poll(cx);
            let transport = self.closing.as_mut().map_or(Poll::Ready(()), |closing| {
                closing.poll(self.stream.as_mut(), &mut self.writer, &mut self.heartbeat, &self.place.shared, cx)
            });
            if transport.is_ready() {
                self.closing = Some(Closing::Done);
                self.stream = None;
                self.place.table.remove(&self.place.shared.id);
                if session.is_ready() {
                    return Poll::Ready(());
                }
            }
            if session.is_ready() && self.closing == Some(Closing::Sent) {
                // Only the client's answer is missing, and a shutdown does not wait for that.
                self.place.seat = None;
            }
            // The outbox takes nothing any more, so this parks, unless somebody has called in between.
            if self.place.shared.park(cx, true, false, false) {
                return Poll::Pending;
            }
            self.place.shared.mail(false);
        }
    }
}
