//! `HtmlFile`: a page that does not end, whose scripts pass packets to the page that contains it (clients of 0.7 to 0.9).

use std::{
    io,
    task::{Context, Poll, ready},
};

use bytes::Bytes;

use crate::engine::transport::pipe;
use crate::engine::transport::pipe::{Reader, Writer};
use crate::engine::transport::websocket::Input;
use crate::packet::Frame;
use crate::packet::v1::payload;

/// See the module.
pub(crate) struct HtmlFile {
    pipe: Writer,
    waiting: Vec<Frame>,
    size: usize,
    written: u64,
}

impl HtmlFile {
    /// A page, and the body of the answer that carries it.
    pub(crate) fn new() -> (Self, Reader) {
        let (pipe, reader) = pipe::pipe(Bytes::from(payload::htmlfile_head()));
        (Self { pipe, waiting: Vec::new(), size: 0, written: 0 }, reader)
    }

    /// Waits until the client has closed the connection.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        self.pipe.poll_gone(cx).map(|()| Input::Closed)
    }

    /// Whether the client has closed the connection.
    pub(crate) fn is_read_closed(&self, cx: &mut Context<'_>) -> bool {
        self.pipe.poll_gone(cx).is_ready()
    }

    /// Queues a packet.
    pub(crate) fn push(&mut self, frame: &Frame) {
        self.size += frame.len();
        self.waiting.push(frame.clone());
    }

    /// Writes what waits. `Ready` when nothing waits here any more.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.waiting.is_empty() {
            return Poll::Ready(Ok(()));
        }
        if ready!(self.pipe.poll_ready(cx)).is_err() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let mut body = Vec::with_capacity(self.size);
        payload::encode(self.waiting.iter().map(|frame| &frame.bytes()[..]), &mut body);
        let script = payload::htmlfile(std::str::from_utf8(&body).unwrap_or_default());
        self.written += script.len() as u64;
        self.pipe.put(Bytes::from(script));
        (self.waiting, self.size) = (Vec::new(), 0);
        Poll::Ready(Ok(()))
    }

    /// Waits until the HTTP server has taken everything. The page ends when the pipe is dropped, which must not be before that.
    pub(crate) fn poll_taken(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.pipe.poll_ready(cx).map(drop)
    }

    /// Bytes that wait to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.size
    }

    /// Bytes that have been written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }
}
