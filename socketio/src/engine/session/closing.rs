//! The end of a session: the application is told at once, and the transport is given a little time to say good-bye.

use std::task::{Context, Poll};

use super::{BUDGET, Task};
use crate::engine::{
    Session,
    error::CloseReason,
    websocket::{Input, WebSocket},
};

/// What is to be done with the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    /// Write what the reason says, then a close frame, and wait for the client's.
    Polite,
    /// The client has closed; write the answer.
    Answer,
    /// The client has broken the rules; write the close frame that says so, and hang up.
    Complaint,
    /// The connection is broken.
    None,
}

/// How far the transport has come.
pub(super) enum Closing {
    /// Writing what was sent before the end.
    Draining,
    /// Our close frame is on its way; waiting for the client's.
    Awaiting,
    /// Our close frame has left; waiting for the client's.
    Sent,
    /// Writing the last frame.
    Answering,
    /// Writing the last frame, then hanging up.
    Complaining,
    /// Waiting for a polling client to fetch what is left.
    Lingering,
    /// The transport is gone.
    Done,
}

impl<S: Session> Task<S> {
    /// Tells everybody. Nothing here waits for the transport.
    pub(super) fn begin_closing(&mut self, reason: CloseReason, farewell: Farewell) {
        tracing::debug!(%reason, "session closed");
        let place = &self.place;
        let linger = place.shared.end(reason);
        if linger.is_none() {
            place.table.remove(&place.shared.id);
        }
        self.inbox = None;
        self.heartbeat.set_deadline(linger.unwrap_or(reason.farewell()));
        self.closing = Some(match farewell {
            _ if linger.is_some() => Closing::Lingering,
            _ if self.websocket.is_none() => Closing::Done,
            Farewell::Polite => Closing::Draining,
            Farewell::Answer => Closing::Answering,
            Farewell::Complaint => Closing::Complaining,
            Farewell::None => Closing::Done,
        });
        self.session.close(reason);
    }

    /// Drives both sides until both are done.
    pub(super) fn poll_closing(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let session = self.session.poll(cx);
            let transport = self.poll_farewell(cx);
            if transport.is_ready() {
                self.closing = Some(Closing::Done);
                self.websocket = None;
                self.place.table.remove(&self.place.shared.id);
                if session.is_ready() {
                    return Poll::Ready(());
                }
            }
            if session.is_ready() && matches!(self.closing, Some(Closing::Sent)) {
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

    fn poll_farewell(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(closing) = &mut self.closing else { return Poll::Ready(()) };
        if matches!(closing, Closing::Done) {
            return Poll::Ready(());
        }
        if self.heartbeat.poll_deadline(cx).is_ready() {
            if let Some(websocket) = self.websocket.as_ref().filter(|websocket| websocket.waiting() > 0) {
                websocket.reset();
            }
            return Poll::Ready(());
        }
        let Some(websocket) = &mut self.websocket else {
            return if self.place.shared.is_told() { Poll::Ready(()) } else { Poll::Pending };
        };
        if matches!(closing, Closing::Draining) {
            loop {
                let more = websocket.waiting() < BUDGET && self.place.shared.drain(&mut self.batch, BUDGET);
                for message in self.batch.drain(..) {
                    for frame in message.frames() {
                        websocket.push(frame);
                    }
                }
                if websocket.waiting() < BUDGET && !more {
                    break;
                }
                match websocket.poll_flush(cx) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(_)) => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                }
            }
            match self.place.shared.take_status() {
                Some(status) => websocket.push_status(&status),
                None => websocket.push_close(),
            }
            *closing = Closing::Awaiting;
        }
        let flushed = match websocket.poll_flush(cx) {
            Poll::Ready(Ok(())) => true,
            Poll::Ready(Err(_)) => return Poll::Ready(()),
            Poll::Pending => false,
        };
        if flushed && matches!(closing, Closing::Awaiting) {
            *closing = Closing::Sent;
        }
        match closing {
            Closing::Awaiting | Closing::Sent => poll_answer(websocket, cx),
            _ if !flushed => Poll::Pending,
            Closing::Complaining => websocket.poll_shutdown(cx),
            _ => Poll::Ready(()),
        }
    }
}

/// Reads past whatever the client had sent, to its close frame.
fn poll_answer(websocket: &mut WebSocket, cx: &mut Context<'_>) -> Poll<()> {
    loop {
        match websocket.poll_next(cx) {
            Poll::Ready(Input::Closed | Input::Broken | Input::Violation) => return Poll::Ready(()),
            Poll::Ready(_) => {}
            Poll::Pending => return Poll::Pending,
        }
    }
}
