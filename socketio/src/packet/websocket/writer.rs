//! `FrameWriter`: the unmasked frames that wait for one connection. Small payloads are copied into one buffer; large ones are shared with
//! all recipients, and written from where they are.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    task::{Context, Poll, ready},
};

use bytes::Bytes;

use crate::packet::pool;

/// Payloads up to this size are copied.
const COPIED: usize = 2 * 1024;

/// How many pieces go into one vectored write.
const PIECES: usize = 32;

/// Written bytes that stay at the front of the buffer at most, before the rest is moved.
const MOVED_AT: usize = 64 * 1024;

/// Where frames are written: the part of a vectored `AsyncWrite` that is used.
pub(crate) trait Sink {
    fn poll_write(&mut self, cx: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>>;
}

/// See the module.
#[derive(Default)]
pub(crate) struct FrameWriter {
    /// Headers and small payloads.
    buffer: Vec<u8>,
    /// How much of `buffer` has been written.
    at: usize,
    /// Large payloads, each with its position in `buffer`. What was written of the first is cut off.
    large: VecDeque<(usize, Bytes)>,
    waiting: usize,
    written: u64,
}

impl FrameWriter {
    /// Appends a data frame. `prefix` stands before the payload, and is copied.
    #[inline]
    pub(crate) fn frame(&mut self, prefix: &[u8], payload: &Bytes, binary: bool) {
        self.prepare();
        let (header, length) = header(prefix.len() + payload.len(), binary);
        self.buffer.extend_from_slice(&header[..length]);
        self.buffer.extend_from_slice(prefix);
        self.waiting += length + prefix.len() + payload.len();
        if payload.len() <= COPIED {
            self.buffer.extend_from_slice(payload);
        } else {
            self.large.push_back((self.buffer.len(), payload.clone()));
        }
    }

    /// Appends ready-made frames.
    pub(crate) fn raw(&mut self, frames: &[u8]) {
        self.prepare();
        self.buffer.extend_from_slice(frames);
        self.waiting += frames.len();
    }

    /// Bytes that wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    /// Bytes that have been written.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Writes as much as goes. `Ready` when nothing waits any more.
    pub(crate) fn poll_write(&mut self, io: &mut impl Sink, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.waiting > 0 {
            let n = if self.large.is_empty() {
                ready!(io.poll_write(cx, &[IoSlice::new(&self.buffer[self.at..])]))?
            } else {
                let mut pieces = [IoSlice::new(&[]); PIECES];
                let count = self.pieces(&mut pieces);
                ready!(io.poll_write(cx, &pieces[..count]))?
            };
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(n);
        }
        Poll::Ready(Ok(()))
    }

    /// The first pieces of what waits, in order.
    fn pieces<'a>(&'a self, pieces: &mut [IoSlice<'a>; PIECES]) -> usize {
        let mut count = 0;
        let mut at = self.at;
        // Each large payload takes up to two places; the rest of the buffer takes one.
        for (place, payload) in self.large.iter().take((PIECES - 1) / 2) {
            if *place > at {
                pieces[count] = IoSlice::new(&self.buffer[at..*place]);
                at = *place;
                count += 1;
            }
            pieces[count] = IoSlice::new(payload);
            count += 1;
        }
        if self.large.len() <= (PIECES - 1) / 2 && at < self.buffer.len() {
            pieces[count] = IoSlice::new(&self.buffer[at..]);
            count += 1;
        }
        count
    }

    /// Forgets the first `n` bytes of what waits.
    fn advance(&mut self, mut n: usize) {
        n = n.min(self.waiting);
        self.waiting -= n;
        self.written += n as u64;
        while n > 0 {
            let next = self.large.front().map_or(self.buffer.len(), |(place, _)| *place);
            let copied = n.min(next - self.at);
            self.at += copied;
            n -= copied;
            if n == 0 {
                break;
            }
            let Some((_, payload)) = self.large.front_mut() else { break };
            let shared = n.min(payload.len());
            // Splitting off the written part keeps the rest where it is.
            drop(payload.split_to(shared));
            n -= shared;
            if payload.is_empty() {
                self.large.pop_front();
            }
        }
        if self.waiting == 0 {
            self.release();
        }
    }

    /// Takes a buffer of the pool if there is none, or moves what waits to the front if much was written.
    fn prepare(&mut self) {
        if self.buffer.capacity() == 0 {
            self.buffer = pool::frames();
        }
        if self.at > MOVED_AT {
            self.buffer.drain(..self.at);
            for (place, _) in &mut self.large {
                *place -= self.at;
            }
            self.at = 0;
        }
    }

    /// Gives all memory back when everything is written, so that an idle connection holds none.
    fn release(&mut self) {
        pool::give_frames(std::mem::take(&mut self.buffer));
        self.at = 0;
        if self.large.capacity() > 0 {
            self.large = VecDeque::new();
        }
    }
}

/// The header of a whole, unmasked data frame, and its length.
fn header(payload: usize, binary: bool) -> ([u8; 10], usize) {
    let mut header = [0; 10];
    header[0] = if binary { 0x82 } else { 0x81 };
    match payload {
        0..=125 => {
            header[1] = payload as u8;
            (header, 2)
        }
        126..=0xffff => {
            header[1] = 126;
            header[2..4].copy_from_slice(&(payload as u16).to_be_bytes());
            (header, 4)
        }
        _ => {
            header[1] = 127;
            header[2..].copy_from_slice(&(payload as u64).to_be_bytes());
            (header, 10)
        }
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
