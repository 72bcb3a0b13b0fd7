//! `Stream`: what carries the packets of a session that does not poll, in both directions or only to the client. A new transport is a new
//! variant.

use std::{
    io,
    task::{Context, Poll},
};

use crate::engine::transport::websocket::{Input, WebSocket};
#[cfg(feature = "legacy")]
use crate::engine::transport::{hixie::Hixie, htmlfile::HtmlFile};
use crate::packet::Frame;
use crate::packet::websocket::CloseStatus;

/// See the module.
pub(crate) enum Stream {
    WebSocket(Box<WebSocket>),
    /// A WebSocket of hixie-76.
    #[cfg(feature = "legacy")]
    Hixie(Box<Hixie>),
    /// A page that does not end.
    #[cfg(feature = "legacy")]
    HtmlFile(Box<HtmlFile>),
}

/// Calls a method of whichever transport it is.
macro_rules! each {
    ($stream:expr, $transport:ident => $call:expr) => {
        match $stream {
            Stream::WebSocket($transport) => $call,
            #[cfg(feature = "legacy")]
            Stream::Hixie($transport) => $call,
            #[cfg(feature = "legacy")]
            Stream::HtmlFile($transport) => $call,
        }
    };
}

impl Stream {
    /// Moves a stream that another worker has accepted to the worker of this thread, so that its bytes do not wake that worker first.
    pub(crate) fn moved_here(self) -> io::Result<Self> {
        Ok(match self {
            Self::WebSocket(websocket) => Self::WebSocket(Box::new(websocket.moved_here()?)),
            #[cfg(feature = "legacy")]
            Self::Hixie(hixie) => Self::Hixie(Box::new(hixie.moved_here()?)),
            // It is written by the connection that has answered the request.
            #[cfg(feature = "legacy")]
            page @ Self::HtmlFile(_) => page,
        })
    }

    /// The next input of the client. The only input of an htmlfile is that the client has closed it.
    #[inline]
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        each!(self, transport => transport.poll_next(cx))
    }

    /// Queues a packet.
    #[inline]
    pub(crate) fn push(&mut self, frame: &Frame) {
        each!(self, transport => transport.push(frame));
    }

    /// Queues the close frame, unless it was queued before. Only WebSockets of RFC 6455 have a `status`.
    pub(crate) fn push_close(&mut self, status: Option<&CloseStatus>) {
        match (self, status) {
            (Self::WebSocket(websocket), Some(status)) => websocket.push_status(status),
            (Self::WebSocket(websocket), None) => websocket.push_close(),
            #[cfg(feature = "legacy")]
            (Self::Hixie(hixie), _) => hixie.push_close(),
            // An htmlfile ends when it is dropped.
            #[cfg(feature = "legacy")]
            (Self::HtmlFile(_), _) => {}
        }
    }

    /// Writes what waits. `Ready` when nothing waits any more.
    #[inline]
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, transport => transport.poll_flush(cx))
    }

    /// Waits for the client's close frame, and discards what comes before it.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        #[cfg(feature = "legacy")]
        if let Self::HtmlFile(page) = self {
            return page.poll_taken(cx);
        }
        loop {
            match self.poll_next(cx) {
                Poll::Ready(Input::Closed | Input::Broken | Input::Violation) => return Poll::Ready(()),
                Poll::Ready(_) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// The whole closing handshake: queues the close frame, writes what waits, and waits for the client's close frame.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.push_close(None);
        match self.poll_flush(cx) {
            Poll::Ready(Ok(())) => self.poll_end(cx),
            Poll::Ready(Err(_)) => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Closes the connection for writing, and reads until the client closes it too: if it were dropped with unread bytes, the operating
    /// system would reset it, and the client might not receive the last frame.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::WebSocket(websocket) => websocket.poll_shutdown(cx),
            #[cfg(feature = "legacy")]
            Self::Hixie(hixie) => hixie.poll_shutdown(cx),
            #[cfg(feature = "legacy")]
            Self::HtmlFile(_) => Poll::Ready(()),
        }
    }

    /// Reading pauses: bytes that were received and not read yet are moved into a buffer of their size, so that the shared one is free.
    pub(crate) fn pause(&mut self) {
        match self {
            Self::WebSocket(websocket) => websocket.pause(),
            // They use no shared buffer.
            #[cfg(feature = "legacy")]
            Self::Hixie(_) | Self::HtmlFile(_) => {}
        }
    }

    /// Whether the client has closed its side, as far as that is known without reading.
    pub(crate) fn is_read_closed(&self, cx: &mut Context<'_>) -> bool {
        each!(self, transport => transport.is_read_closed(cx))
    }

    /// Makes dropping this reset the TCP connection. The connection of an htmlfile belongs to the HTTP server.
    pub(crate) fn reset(&self) {
        match self {
            Self::WebSocket(websocket) => websocket.reset(),
            #[cfg(feature = "legacy")]
            Self::Hixie(hixie) => hixie.reset(),
            #[cfg(feature = "legacy")]
            Self::HtmlFile(_) => {}
        }
    }

    /// Bytes that wait to be written.
    #[inline]
    pub(crate) fn waiting(&self) -> usize {
        each!(self, transport => transport.waiting())
    }

    /// Bytes that have been written so far, to detect progress.
    #[inline]
    pub(crate) fn written(&self) -> u64 {
        each!(self, transport => transport.written())
    }
}
