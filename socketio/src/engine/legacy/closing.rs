//! The end of an old session: the application is told at once, and the transport is given a little time.

use std::task::{Context, Poll};

use super::session::Task;
use crate::{
    engine::{Session, error::CloseReason},
    packet::{Frame, v1::fixed},
};

/// Bytes that are moved to a stream at once.
const BUDGET: usize = 64 * 1024;

/// How far the transport has come.
pub(super) enum Closing {
    /// Writing what was sent before the end, and the end.
    Draining,
    /// Waiting for a polling client to fetch what is left.
    Lingering,
    /// The transport is gone.
    Done,
}

/// Whether a client is told that it must not come back. All others hear nothing, or that they may.
pub(super) const fn is_final(reason: CloseReason) -> bool {
    matches!(reason, CloseReason::ForcedClose | CloseReason::TransportClose | CloseReason::ConnectTimeout)
}

impl<S: Session> Task<'_, S> {
    /// Tells everybody. Nothing here waits for the transport. `broken`: nothing can be written any more.
    pub(super) fn begin_closing(&mut self, reason: CloseReason, broken: bool) {
        tracing::debug!(%reason, "session closed");
        let linger = self.place.shared.end(reason);
        if linger.is_none() {
            self.place.table.remove(&self.place.shared.id);
        }
        self.inbox = None;
        self.sleep.as_mut().reset(tokio::time::Instant::now() + linger.unwrap_or(reason.farewell()));
        if broken {
            self.stream = None;
        }
        // Who need not know, or knows already, is not told again.
        self.dismissed |= !is_final(reason);
        self.closing = Some(match &self.stream {
            _ if linger.is_some() => Closing::Lingering,
            Some(_) => Closing::Draining,
            None => Closing::Done,
        });
        self.session.close(reason);
    }

    /// Drives both sides until both are done.
    pub(super) fn poll_closing(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let session = self.session.poll(cx);
            if self.poll_farewell(cx).is_ready() {
                self.closing = Some(Closing::Done);
                self.stream = None;
                self.place.table.remove(&self.place.shared.id);
                if session.is_ready() {
                    return Poll::Ready(());
                }
            }
            // The outbox takes nothing any more, so this parks, unless somebody has called in between.
            if self.place.shared.park(cx, true, false, false) {
                return Poll::Pending;
            }
            self.place.shared.mail(false);
        }
    }

    fn poll_farewell(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if matches!(self.closing, None | Some(Closing::Done)) {
            return Poll::Ready(());
        }
        if self.sleep.as_mut().poll(cx).is_ready() {
            if let Some(stream) = self.stream.as_ref().filter(|stream| stream.waiting() > 0) {
                stream.reset();
            }
            return Poll::Ready(());
        }
        let Some(stream) = &mut self.stream else {
            return if self.place.shared.is_told() { Poll::Ready(()) } else { Poll::Pending };
        };
        loop {
            let more = self.place.shared.drain(&mut self.batch, BUDGET);
            let frames = self.batch.iter().flat_map(|message| message.frames());
            for frame in frames {
                self.dismissed |= frame.bytes() == fixed::DISCONNECT;
                stream.push(frame);
            }
            self.batch.clear();
            if !more {
                break;
            }
            match stream.poll_flush(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        if !std::mem::replace(&mut self.dismissed, true) {
            stream.push(&Frame::text(fixed::DISCONNECT));
        }
        stream.poll_end(cx)
    }
}
