//! The bodies that hyper writes. Bytes that hyper has not written when it drops a body have not reached the client.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::{Frame, SizeHint};

use crate::engine::{Body, Delivery, Monitor};

/// The body of an answer. hyper drops it when it has taken all of it; `Drop` reports that to the [`Monitor`], for the connection's time
/// limits.
pub(super) struct Watched {
    body: Body,
    monitor: Monitor,
}

impl Watched {
    pub(super) fn new(body: Body, monitor: Monitor) -> Self {
        Self { body, monitor }
    }
}

impl http_body::Body for Watched {
    type Data = Piece;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Piece>, Infallible>>> {
        self.body.poll_piece(cx).map(|piece| {
            let (bytes, delivery) = piece?;
            Some(Ok(Frame::data(Piece { bytes, delivery })))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.monitor.answered();
    }
}

/// Bytes that hyper writes. hyper advances them as it writes, so that a piece that is dropped with bytes left was not delivered.
pub(super) struct Piece {
    bytes: Bytes,
    delivery: Option<Delivery>,
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if self.bytes.is_empty()
            && let Some(delivery) = self.delivery.take()
        {
            delivery.done();
        }
    }
}
