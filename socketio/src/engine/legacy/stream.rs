//! The three transports that stream: WebSockets of two dialects, and a page that never ends.

use std::{
    io,
    task::{Context, Poll, ready},
};

use bytes::Bytes;

use crate::{
    engine::{
        body::Body,
        body::pipe::{self, Writer},
        websocket::{Input, WebSocket, hixie::Hixie},
    },
    packet::{Frame, v1::payload},
};

/// What an htmlfile begins with. Internet Explorer renders nothing before it has 256 bytes.
const HEAD: &str = "<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>";
const HEAD_SIZE: usize = 256;

/// See the module.
pub(super) enum Stream {
    WebSocket(Box<WebSocket>),
    Hixie(Box<Hixie>),
    HtmlFile(HtmlFile),
}

/// An endless page, and what waits for it.
pub(super) struct HtmlFile {
    pipe: Writer,
    waiting: Vec<Frame>,
    size: usize,
    written: u64,
}

impl Stream {
    /// A page, and the body of the answer that carries it.
    pub(super) fn htmlfile() -> (Self, Body) {
        let head = format!("{HEAD:<HEAD_SIZE$}");
        let (pipe, reader) = pipe::pipe(Bytes::from(head));
        (Self::HtmlFile(HtmlFile { pipe, waiting: Vec::new(), size: 0, written: 0 }), Body::stream(reader))
    }

    /// The next thing the client says. An htmlfile only says that it has gone.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        match self {
            Self::WebSocket(websocket) => websocket.poll_next(cx),
            Self::Hixie(hixie) => hixie.poll_next(cx),
            Self::HtmlFile(page) => page.pipe.poll_gone(cx).map(|()| Input::Closed),
        }
    }

    /// Queues a packet.
    pub(super) fn push(&mut self, frame: &Frame) {
        match self {
            Self::WebSocket(websocket) => websocket.push(frame),
            Self::Hixie(hixie) => hixie.push(frame),
            Self::HtmlFile(page) => {
                page.size += frame.len();
                page.waiting.push(frame.clone());
            }
        }
    }

    /// Writes what waits. `Ready` when nothing waits here any more.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::WebSocket(websocket) => websocket.poll_flush(cx),
            Self::Hixie(hixie) => hixie.poll_flush(cx),
            Self::HtmlFile(page) => page.poll_flush(cx),
        }
    }

    /// Makes dropping this a reset of the TCP connection. That of an htmlfile belongs to the HTTP server.
    pub(super) fn reset(&self) {
        match self {
            Self::WebSocket(websocket) => websocket.reset(),
            Self::Hixie(hixie) => hixie.reset(),
            Self::HtmlFile(_) => {}
        }
    }

    /// Bytes that wait to be written.
    pub(super) fn waiting(&self) -> usize {
        match self {
            Self::WebSocket(websocket) => websocket.waiting(),
            Self::Hixie(hixie) => hixie.waiting(),
            Self::HtmlFile(page) => page.size,
        }
    }

    /// Bytes that have been written so far; only good for seeing that it grows.
    pub(super) fn written(&self) -> u64 {
        match self {
            Self::WebSocket(websocket) => websocket.written(),
            Self::Hixie(hixie) => hixie.written(),
            Self::HtmlFile(page) => page.written,
        }
    }

    /// Says that nothing follows, writes what waits, and waits until the client has closed as well.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::WebSocket(websocket) => websocket.push_close(),
            Self::Hixie(hixie) => hixie.push_close(),
            Self::HtmlFile(_) => {}
        }
        if ready!(self.poll_flush(cx)).is_err() {
            return Poll::Ready(());
        }
        if let Self::HtmlFile(page) = self {
            // The page ends when the pipe is dropped, which must not be before it is empty.
            return page.pipe.poll_ready(cx).map(drop);
        }
        loop {
            match ready!(self.poll_next(cx)) {
                Input::Closed | Input::Broken | Input::Violation => return Poll::Ready(()),
                _ => {}
            }
        }
    }
}

impl HtmlFile {
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
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
}
