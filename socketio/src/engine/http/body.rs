//! `Body`: the body of every response of the engine. It is complete at once, except that of an htmlfile.

#[cfg(feature = "legacy")]
use std::task::ready;
use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

#[cfg(feature = "legacy")]
use crate::engine::transport::pipe::Reader;
use crate::engine::{error::CloseReason, session::state::SessionState};

/// A response body: nothing, one piece of bytes, or pieces that are made while it is sent.
#[derive(Debug, Default)]
pub struct Body {
    content: Content,
    delivery: Option<Delivery>,
}

/// The session whose messages a polling answer carries. Dropping it before the answer is [`done`](Delivery::done) closes
/// the session with [`CloseReason::TransportError`], because its messages are lost.
pub(crate) struct Delivery(Option<Arc<SessionState>>);

impl Delivery {
    /// The answer was written to the connection.
    pub(crate) fn done(mut self) {
        self.0 = None;
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Delivery")
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            tracing::debug!(sid = session.id.hint(), "a polling answer was cut off");
            session.close(CloseReason::TransportError);
        }
    }
}

#[derive(Debug)]
enum Content {
    Whole(Option<Bytes>),
    #[cfg(feature = "legacy")]
    Stream(Reader),
}

impl Default for Content {
    fn default() -> Self {
        Self::Whole(None)
    }
}

impl Body {
    /// A body without a byte.
    #[must_use]
    pub const fn empty() -> Self {
        Self { content: Content::Whole(None), delivery: None }
    }

    /// A body of these bytes.
    #[must_use]
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { content: Content::Whole((!bytes.is_empty()).then_some(bytes)), delivery: None }
    }

    #[cfg(feature = "legacy")]
    pub(crate) const fn stream(reader: Reader) -> Self {
        Self { content: Content::Stream(reader), delivery: None }
    }

    /// A body that carries messages of a session.
    pub(crate) fn of_session(mut self, session: &Arc<SessionState>) -> Self {
        self.delivery = Some(Delivery(Some(Arc::clone(session))));
        self
    }

    /// The next piece, and the session whose messages it carries.
    pub(crate) fn poll_piece(&mut self, _cx: &mut Context<'_>) -> Poll<Option<(Bytes, Option<Delivery>)>> {
        let piece = match &mut self.content {
            Content::Whole(bytes) => bytes.take(),
            #[cfg(feature = "legacy")]
            Content::Stream(reader) => ready!(reader.poll_take(_cx)),
        };
        Poll::Ready(piece.map(|piece| (piece, self.delivery.take())))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.poll_piece(cx).map(|piece| {
            let (bytes, delivery) = piece?;
            // Another HTTP server does not tell whether the bytes were written.
            if let Some(delivery) = delivery {
                delivery.done();
            }
            Some(Ok(Frame::data(bytes)))
        })
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(bytes) => bytes.is_none(),
            #[cfg(feature = "legacy")]
            Content::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            #[cfg(feature = "legacy")]
            Content::Stream(_) => SizeHint::default(),
        }
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::full(text)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::full(bytes)
    }
}
