//! What has been read from the network and not been looked at. An idle connection has nothing of the kind, and no memory
//! for it: what is read goes into a buffer that all connections of a thread take turns with.

use std::{
    cell::Cell,
    io,
    task::{Context, Poll},
};

use super::io::Io;

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// See the module.
#[derive(Default)]
pub(super) struct Unread {
    buffer: Vec<u8>,
    at: usize,
    end: usize,
}

impl Unread {
    /// Begins with what the HTTP server had read too far.
    pub(super) fn new(early: Vec<u8>) -> Self {
        Self { at: 0, end: early.len(), buffer: early }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at == self.end
    }

    pub(super) fn bytes(&mut self) -> &mut [u8] {
        &mut self.buffer[self.at..self.end]
    }

    /// The first `n` bytes are done with.
    pub(super) fn advance(&mut self, n: usize) {
        self.at += n;
        if self.is_empty() {
            give_back(std::mem::take(self).buffer);
        }
    }

    /// Reads more, when nothing is left. `0`: the other side has closed.
    pub(super) fn poll_fill(&mut self, io: &mut Io, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut buffer = SPARE.take();
        if buffer.is_empty() {
            buffer = vec![0; CHUNK];
        }
        let read = io.poll_read(cx, &mut buffer);
        match read {
            Poll::Ready(Ok(n @ 1..)) => *self = Self { buffer, at: 0, end: n },
            _ => give_back(buffer),
        }
        read
    }

    /// Nobody will look at what is left for a while: it is kept in memory of its size, and the buffer goes back.
    pub(super) fn set_aside(&mut self) {
        if !self.is_empty() && self.buffer.len() == CHUNK {
            let rest = Self::new(self.bytes().to_vec());
            give_back(std::mem::replace(self, rest).buffer);
        }
    }
}

/// For whoever reads next on this thread, if it is a buffer of the full size.
fn give_back(buffer: Vec<u8>) {
    if buffer.len() == CHUNK {
        SPARE.set(buffer);
    }
}
