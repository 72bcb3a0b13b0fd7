//! The one task of an old session, from its handshake to its end. It owns the application's side, the stream if there is
//! one, and the timers.
//!
//! Each time it runs: look what has come, read a batch of packets and hand them over, drive what they have started, look
//! at the clock, write everything that waits with one flush, and park.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Sleep, sleep};

use super::{
    LegacyOptions,
    clock::{Beat, Clock},
    closing::Closing,
    line::Standing,
    stream::Stream,
};
use crate::{
    engine::{
        Handler, Session, error::CloseReason, service::Inner, session::Place, shared::Mail, socket::Socket,
        stall::Stall, websocket::Input, work,
    },
    packet::{
        Frame, Message, Text,
        socket::Limits,
        v1::{self, Kind, fixed, payload},
    },
};

/// Packets read before it is other sessions' turn.
const BATCH: usize = 64;

/// Bytes moved from the outbox to the stream at once.
const BUDGET: usize = 64 * 1024;

/// With this much waiting in the stream, the client has to read before we go on reading from it.
const BLOCKED: usize = 64 * 1024;

/// Runs a session that has been handed out in a handshake.
pub(super) async fn run<H: Handler>(engine: Arc<Inner<H>>, place: Place) {
    if engine.table.is_closed() {
        // The engine was closed after the seat was taken, and may have missed this session.
        place.shared.close(CloseReason::ServerShutdown);
    }
    let options = &engine.options.legacy_options;
    if !opened(&place, options).await {
        return tracing::debug!("the handshake was not followed by a transport");
    }
    tracing::debug!(transport = place.shared.transport().name(), "session opened");
    let session = engine.handler.open(Socket(Arc::clone(&place.shared)));
    let mut task = Task {
        session,
        stream: None,
        inbox: None,
        batch: VecDeque::new(),
        clock: Clock::new(options),
        seen: 0,
        stall: Stall::default(),
        write_timeout: engine.options.write_timeout,
        closing: None,
        dismissed: false,
        sleep: Box::pin(sleep(options.close_timeout)),
        options,
        place,
    };
    poll_fn(|cx| task.poll(cx)).await;
}

/// Waits for the first transport; `false` if there will be none.
async fn opened(place: &Place, options: &LegacyOptions) -> bool {
    let shared = &place.shared;
    let opening = poll_fn(|cx| {
        loop {
            // What else there may be is looked at again when the session runs.
            if shared.is_opened() {
                return Poll::Ready(true);
            }
            if shared.is_closed() {
                return Poll::Ready(false);
            }
            if shared.park(cx, true, false, false) {
                return Poll::Pending;
            }
            let Mail { closing, draining, .. } = shared.mail(false);
            if closing.is_some() || draining {
                return Poll::Ready(false);
            }
        }
    });
    tokio::time::timeout(options.handshake_timeout, opening).await.unwrap_or(false)
}

pub(super) struct Task<'o, S> {
    pub(super) session: S,
    pub(super) stream: Option<Stream>,
    /// The body that is being read.
    pub(super) inbox: Option<Inbox>,
    /// Messages on the way from the outbox to the stream. Empty between two runs.
    pub(super) batch: VecDeque<Message>,
    clock: Clock,
    /// What had been written when the wait for an answer began, or was prolonged.
    seen: u64,
    stall: Stall,
    write_timeout: Duration,
    pub(super) closing: Option<Closing>,
    /// The client has been told that it must not come back.
    pub(super) dismissed: bool,
    /// The deadline for closing.
    pub(super) sleep: Pin<Box<Sleep>>,
    options: &'o LegacyOptions,
    pub(super) place: Place,
}

/// A body that is being read, packet by packet.
pub(super) struct Inbox {
    text: Text,
    at: usize,
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
struct End {
    reason: CloseReason,
    /// Nothing can be written any more.
    broken: bool,
}

impl From<CloseReason> for End {
    fn from(reason: CloseReason) -> Self {
        Self { reason, broken: false }
    }
}

impl<S: Session> Task<'_, S> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        work::begin();
        loop {
            let Mail { closing, draining, .. } = self.place.shared.mail(false);
            if self.closing.is_some() {
                return self.poll_closing(cx);
            }
            self.look();
            if draining {
                self.session.drain();
            }
            let outcome = match closing {
                Some(reason) => Err(reason.into()),
                None => self.work(cx, draining),
            };
            match outcome {
                Ok(Some(poll)) => return poll,
                Ok(None) => {}
                Err(End { reason, broken }) => self.begin_closing(reason, broken),
            }
        }
    }

    /// Takes what has come: a new stream, a change to polling, a body.
    fn look(&mut self) {
        let Standing { arrived, body, polls } = self.place.shared.standing(self.inbox.is_none());
        if let Some(stream) = arrived {
            // A client that opens a second stream has given up the first, which ends with its connection. It may have
            // done so before it heard that it is connected.
            if self.stream.replace(stream).is_some() {
                self.greet();
            }
            self.clock.restart(self.options);
        } else if polls && self.stream.take().is_some() {
            tracing::debug!("moved to polling");
            self.clock.restart(self.options);
        }
        if let Some(body) = body {
            match Text::from_utf8(body) {
                Ok(text) => self.inbox = Some(Inbox { text, at: 0 }),
                Err(error) => tracing::debug!(%error, "a body that is not text is ignored"),
            }
        }
    }

    fn greet(&mut self) {
        if let Some(stream) = &mut self.stream {
            stream.push(&Frame::text(v1::connected("")));
        }
    }

    /// One round. `None`: there is more to do at once.
    fn work(&mut self, cx: &mut Context<'_>, draining: bool) -> Result<Option<Poll<()>>, End> {
        let mut pause = self.read(cx)?;
        if self.session.poll(cx).is_ready() && draining {
            return Err(CloseReason::ServerShutdown.into());
        }
        if pause == Pause::Session && self.session.ready() {
            pause = Pause::Yield;
        }
        self.beat(cx, pause)?;
        let blocked = self.write(cx)?;
        if let Some(stream) = &self.stream
            && self.stall.poll(blocked, stream.written(), self.write_timeout, cx)
        {
            tracing::debug!("the client takes nothing of what is written");
            stream.reset();
            return Err(End { reason: CloseReason::TransportError, broken: true });
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
        let stalled = pause == Pause::Crowded && self.stream.is_none();
        let parked = self.place.shared.park(cx, blocked, false, stalled);
        Ok(parked.then_some(Poll::Pending))
    }

    /// Reads a batch of packets. A body comes before the stream: clients post only while they have none, or one that
    /// says nothing.
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
                let Some((range, next)) = payload::next(&inbox.text, inbox.at) else {
                    self.inbox = None;
                    return Ok(Pause::Body);
                };
                inbox.at = next;
                let packet = inbox.text.slice(range);
                self.packet(packet)?;
                continue;
            }
            let Some(stream) = &mut self.stream else { return Ok(Pause::Dry) };
            if stream.waiting() > BLOCKED {
                return Ok(Pause::Blocked);
            }
            let Poll::Ready(input) = stream.poll_next(cx) else { return Ok(Pause::Dry) };
            match input {
                Input::Text(text) => self.packet(text)?,
                Input::Control => {}
                // The protocol has none.
                Input::Binary(_) => tracing::debug!("a binary frame is ignored"),
                Input::Closed => return Err(CloseReason::TransportClose.into()),
                Input::Violation => return Err(CloseReason::TransportError.into()),
                Input::Broken => return Err(End { reason: CloseReason::TransportError, broken: true }),
            }
        }
        Ok(Pause::Yield)
    }

    fn packet(&mut self, text: Text) -> Result<(), End> {
        self.clock.packet();
        work::received(text.len());
        let packet = v1::parse(&text, &Limits::default());
        match packet.map(|packet| (packet.kind, packet.endpoint)) {
            Some((Kind::Heartbeat | Kind::Noop, _)) => {}
            Some((Kind::Disconnect, "")) => {
                self.session.text(text);
                return Err(CloseReason::TransportClose.into());
            }
            Some(_) => self.session.text(text),
            None => tracing::debug!("something that is not a packet is ignored"),
        }
        Ok(())
    }

    /// Looks at the clock.
    fn beat(&mut self, cx: &mut Context<'_>, pause: Pause) -> Result<(), End> {
        let Some(stream) = &mut self.stream else {
            let shared = &self.place.shared;
            return match self.clock.poll_polling(self.options, || shared.presence(), cx) {
                Poll::Ready(_) => Err(CloseReason::PingTimeout.into()),
                Poll::Pending => Ok(()),
            };
        };
        while let Poll::Ready(beat) = self.clock.poll_stream(self.options, cx) {
            let written = stream.written();
            // While we do not read, the client's answer may be waiting: it counts as alive if it is we who hold it up,
            // or if it has read something since.
            let excused = match pause {
                Pause::Session => true,
                Pause::Blocked | Pause::Crowded => written > self.seen,
                _ => false,
            };
            match beat {
                Beat::Heartbeat { first } if first || excused => stream.push(&Frame::text(fixed::HEARTBEAT)),
                // As the 0.9 server, which sends no second heartbeat before the first is answered.
                Beat::Heartbeat { .. } => {}
                Beat::Timeout if excused => self.clock.prolong(self.options),
                Beat::Timeout | Beat::Gone => return Err(CloseReason::PingTimeout.into()),
            }
            // Later heartbeats do not shorten the time in which an unanswered client may read something.
            if beat != (Beat::Heartbeat { first: false }) {
                self.seen = written;
            }
        }
        Ok(())
    }

    /// Moves the outbox into the stream and the stream into the network. `true`: it takes no more.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        let Some(stream) = &mut self.stream else { return Ok(false) };
        let mut more = true;
        loop {
            if more && stream.waiting() < BUDGET {
                more = self.place.shared.drain(&mut self.batch, BUDGET);
                for frame in self.batch.iter().flat_map(|message| message.frames()) {
                    self.dismissed |= frame.bytes() == fixed::DISCONNECT;
                    stream.push(frame);
                }
                self.batch.clear();
            }
            match stream.poll_flush(cx) {
                Poll::Ready(Ok(())) if more => {}
                Poll::Ready(Ok(())) => return Ok(false),
                Poll::Ready(Err(error)) => {
                    tracing::debug!(%error, "writing failed");
                    return Err(End { reason: CloseReason::TransportError, broken: true });
                }
                Poll::Pending => return Ok(true),
            }
        }
    }
}
