//! `Hixie`: the connection of a WebSocket of hixie-76. Its frames are in `packet::websocket::hixie`.

use std::{
    io,
    task::{Context, Poll, ready},
};

use bytes::BytesMut;
use hyper::upgrade::Upgraded;

use crate::engine::transport::io::Io;
use crate::engine::transport::websocket::Input;
use crate::packet::Frame;
use crate::packet::websocket::hixie::{Challenge, Event, Reader};
use crate::packet::websocket::writer::FrameWriter;
use crate::packet::websocket::{Fault, hixie};

/// Bytes read at once.
const CHUNK: usize = 4 * 1024;

/// A WebSocket of hixie-76, after its handshake.
pub(crate) struct Hixie {
    io: Io,
    incoming: BytesMut,
    reader: Reader,
    out: FrameWriter,
    closing: bool,
}

impl Hixie {
    /// Takes over an upgraded connection: waits for the third key and answers the challenge.
    pub(crate) async fn open(upgraded: Upgraded, challenge: Challenge, max: usize) -> io::Result<Self> {
        let (io, early) = Io::new(upgraded);
        let incoming = BytesMut::from(&early[..]);
        let mut this = Self { io, incoming, reader: Reader::new(max), out: FrameWriter::default(), closing: false };
        while this.incoming.len() < hixie::KEY {
            if std::future::poll_fn(|cx| this.poll_read(cx)).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let key = this.incoming.split_to(hixie::KEY);
        this.out.raw(&challenge.answer(&key));
        Ok(this)
    }

    /// See [`Stream::moved_here`](super::stream::Stream::moved_here).
    pub(crate) fn moved_here(self) -> io::Result<Self> {
        Ok(Self { io: self.io.moved_here()?, ..self })
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut chunk = [0; CHUNK];
        let n = ready!(self.io.poll_read(cx, &mut chunk))?;
        self.incoming.extend_from_slice(&chunk[..n]);
        Poll::Ready(Ok(n))
    }

    /// The next input of the client.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        loop {
            match self.reader.read(&mut self.incoming) {
                Ok(Some(Event::Text(text))) => return Poll::Ready(Input::Text(text)),
                Ok(Some(Event::Close)) => {
                    self.push_close();
                    return Poll::Ready(Input::Closed);
                }
                Ok(None) => {}
                Err(fault) => return Poll::Ready(self.violation(fault)),
            }
            match ready!(self.poll_read(cx)) {
                Ok(0) => return Poll::Ready(Input::Closed),
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(%error, "WebSocket broke");
                    return Poll::Ready(Input::Broken);
                }
            }
        }
    }

    fn violation(&mut self, fault: Fault) -> Input {
        tracing::debug!(?fault, "WebSocket rules broken");
        self.push_close();
        Input::Violation
    }

    /// Whether the client has closed its side, as far as that can be seen without reading.
    pub(crate) fn is_read_closed(&self, cx: &mut Context<'_>) -> bool {
        self.io.is_read_closed(cx)
    }

    /// Queues a text.
    pub(crate) fn push(&mut self, frame: &Frame) {
        hixie::push(&mut self.out, frame);
    }

    /// Queues the closing handshake, once.
    pub(crate) fn push_close(&mut self) {
        if !std::mem::replace(&mut self.closing, true) {
            hixie::push_close(&mut self.out);
        }
    }

    /// Writes what waits. `Ready` when the operating system has all of it.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.out.poll_write(&mut self.io, cx))?;
        self.io.poll_flush(cx)
    }

    /// See [`Stream::poll_shutdown`](super::stream::Stream::poll_shutdown).
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if ready!(self.io.poll_shutdown(cx)).is_err() {
            return Poll::Ready(());
        }
        self.io.poll_discard(cx)
    }

    /// Makes dropping this reset the TCP connection, so that the operating system discards what the client has not read.
    pub(crate) fn reset(&self) {
        self.io.reset();
    }

    /// Bytes that wait to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.out.len()
    }

    /// Bytes that have been written so far.
    pub(crate) fn written(&self) -> u64 {
        self.out.written()
    }
}
