//! The body of every answer of the engine: some bytes, known at once, or (for one old transport) a stream of them.

#[cfg(feature = "legacy")]
pub(super) mod pipe;

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// A response body: nothing, one piece of bytes, or pieces that are made while it is sent.
#[derive(Debug, Default)]
pub struct Body(Content);

#[derive(Debug)]
enum Content {
    Whole(Option<Bytes>),
    #[cfg(feature = "legacy")]
    Stream(pipe::Reader),
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
        Self(Content::Whole(None))
    }

    /// A body of these bytes.
    #[must_use]
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self(Content::Whole((!bytes.is_empty()).then_some(bytes)))
    }

    #[cfg(feature = "legacy")]
    pub(super) const fn stream(reader: pipe::Reader) -> Self {
        Self(Content::Stream(reader))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Content::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            #[cfg(feature = "legacy")]
            Content::Stream(reader) => reader.poll_take(_cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Content::Whole(bytes) => bytes.is_none(),
            #[cfg(feature = "legacy")]
            Content::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
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
