//! `Unread`: bytes that were received and not parsed yet. An idle connection has no buffer for them: all connections of a thread read into
//! one buffer of the pool.

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
    /// Begins with the bytes that the HTTP server had read behind the request.
    pub(crate) fn new(early: Vec<u8>) -> Self {
        Self { at: 0, end: early.len(), buffer: early }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.end
    }

    pub(crate) fn bytes(&mut self) -> &mut [u8] {
        &mut self.buffer[self.at..self.end]
    }

    /// The first `n` bytes were parsed.
    pub(crate) fn advance(&mut self, n: usize) {
        self.at += n;
        if self.is_empty() {
            pool::give_chunk(std::mem::take(self).buffer);
        }
    }

    /// Reads more when nothing is left. `0`: the client has closed its side.
    pub(crate) fn poll_fill(&mut self, io: &mut Io, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut buffer = pool::chunk();
        let read = io.poll_read(cx, &mut buffer);
        match read {
            Poll::Ready(Ok(n @ 1..)) => *self = Self { buffer, at: 0, end: n },
            _ => pool::give_chunk(buffer),
        }
        read
    }

    /// Moves what is left into a buffer of its size, and gives the shared one back, because reading pauses.
    pub(crate) fn set_aside(&mut self) {
        if !self.is_empty() && self.buffer.len() == pool::CHUNK {
            let rest = Self::new(self.bytes().to_vec());
            pool::give_chunk(std::mem::replace(self, rest).buffer);
        }
    }
}
