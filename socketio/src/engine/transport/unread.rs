//! What has been read from the network and not been looked at. An idle connection has nothing of the kind, and no memory
//! for it: what is read goes into a buffer that all connections of a thread take turns with.

use std::{
    io,
    task::{Context, Poll},
};

use crate::{engine::transport::io::Io, packet::pool};

/// See the module.
#[derive(Default)]
pub(crate) struct Unread {
    buffer: Vec<u8>,
    at: usize,
    end: usize,
}

impl Unread {
    /// Begins with what the HTTP server had read too far.
    pub(crate) fn new(early: Vec<u8>) -> Self {
        Self { at: 0, end: early.len(), buffer: early }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.end
    }

    pub(crate) fn bytes(&mut self) -> &mut [u8] {
        &mut self.buffer[self.at..self.end]
    }

    /// The first `n` bytes are done with.
    pub(crate) fn advance(&mut self, n: usize) {
        self.at += n;
        if self.is_empty() {
            pool::give_chunk(std::mem::take(self).buffer);
        }
    }

    /// Reads more, when nothing is left. `0`: the other side has closed.
    pub(crate) fn poll_fill(&mut self, io: &mut Io, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut buffer = pool::chunk();
        let read = io.poll_read(cx, &mut buffer);
        match read {
            Poll::Ready(Ok(n @ 1..)) => *self = Self { buffer, at: 0, end: n },
            _ => pool::give_chunk(buffer),
        }
        read
    }

    /// Nobody will look at what is left for a while: it is kept in memory of its size, and the buffer goes back.
    pub(crate) fn set_aside(&mut self) {
        if !self.is_empty() && self.buffer.len() == pool::CHUNK {
            let rest = Self::new(self.bytes().to_vec());
            pool::give_chunk(std::mem::replace(self, rest).buffer);
        }
    }
}
