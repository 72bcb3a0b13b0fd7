//! `OutboxWriter`: writes the outbox of a session to its stream.

use std::{
    collections::VecDeque,
    io,
    task::{Context, Poll, ready},
};

use crate::engine::session::outbox;
use crate::engine::session::state::SessionState;
use crate::engine::transport::stream::Stream;
use crate::packet::Message;

/// Bytes moved from the outbox to the stream at once. A ping waits behind at most this much, and one message.
const BUDGET: usize = 64 * 1024;

/// See the module.
#[derive(Default)]
pub(crate) struct OutboxWriter {
    /// Messages on the way from the outbox to the stream. Empty between two runs.
    batch: VecDeque<Message>,
    /// The packet that ends a session has been written.
    pub(crate) ended: bool,
}

impl OutboxWriter {
    /// Moves everything into the stream, which is flushed only where too much waits in it. `Ready` when the outbox is empty.
    pub(crate) fn poll_fill(
        &mut self,
        stream: &mut Stream,
        session: &SessionState,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let mut more = true;
        while more {
            if stream.waiting() >= BUDGET {
                ready!(stream.poll_flush(cx))?;
            }
            more = session.drain(&mut self.batch, BUDGET);
            self.ended = self.ended || session.protocol.ends(&self.batch);
            while let Some(message) = self.batch.pop_front() {
                for frame in message.frames() {
                    stream.push(frame);
                }
            }
        }
        if self.batch.capacity() > 0 {
            outbox::give_back(&mut self.batch);
        }
        Poll::Ready(Ok(()))
    }

    /// Moves everything into the stream, and the stream into the network. `Ready` when everything is written.
    pub(crate) fn poll_write(
        &mut self,
        stream: &mut Stream,
        session: &SessionState,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_fill(stream, session, cx))?;
        stream.poll_flush(cx)
    }
}
