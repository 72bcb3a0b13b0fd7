//! A response body that is written while it is sent, one piece at a time: the writer waits until the HTTP server has taken the last one.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

#[derive(Debug, Default)]
struct Slot {
    piece: Option<Bytes>,
    /// The writer was dropped: the body ends after this piece.
    closed: bool,
    /// The reader was dropped: the connection has ended.
    gone: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

#[derive(Clone, Debug)]
struct Pipe(Arc<Mutex<Slot>>);

impl Pipe {
    /// Nothing that holds the lock can panic.
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that is written to. Dropping it ends the body.
#[derive(Debug)]
pub(crate) struct Writer(Pipe);

/// The end that the HTTP server reads.
#[derive(Debug)]
pub(crate) struct Reader(Pipe);

/// The reader was dropped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// A body that begins with this piece.
pub(crate) fn pipe(first: Bytes) -> (Writer, Reader) {
    let pipe = Pipe(Arc::new(Mutex::new(Slot { piece: Some(first), ..Slot::default() })));
    (Writer(pipe.clone()), Reader(pipe))
}

impl Writer {
    /// Waits until a piece can be put.
    pub(crate) fn poll_ready(&self, cx: &Context<'_>) -> Poll<Result<(), Gone>> {
        let mut slot = self.0.lock();
        if slot.gone {
            return Poll::Ready(Err(Gone));
        }
        if slot.piece.is_none() {
            return Poll::Ready(Ok(()));
        }
        slot.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Waits until the reader is dropped.
    pub(crate) fn poll_gone(&self, cx: &Context<'_>) -> Poll<()> {
        let mut slot = self.0.lock();
        if slot.gone {
            return Poll::Ready(());
        }
        slot.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Puts a piece, after [`poll_ready`](Self::poll_ready) was `Ready`.
    pub(crate) fn put(&self, piece: Bytes) {
        let mut slot = self.0.lock();
        slot.piece = Some(piece);
        let waker = slot.reader.take();
        drop(slot);
        wake(waker);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let mut slot = self.0.lock();
        slot.closed = true;
        let waker = slot.reader.take();
        drop(slot);
        wake(waker);
    }
}

impl Reader {
    /// The next piece; `None` at the end.
    pub(crate) fn poll_take(&self, cx: &Context<'_>) -> Poll<Option<Bytes>> {
        let mut slot = self.0.lock();
        if let Some(piece) = slot.piece.take() {
            let waker = slot.writer.take();
            drop(slot);
            wake(waker);
            return Poll::Ready(Some(piece));
        }
        if slot.closed {
            return Poll::Ready(None);
        }
        slot.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut slot = self.0.lock();
        slot.gone = true;
        slot.piece = None;
        let waker = slot.writer.take();
        drop(slot);
        wake(waker);
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn one_piece_waits_at_a_time() {
        let (writer, reader) = pipe(Bytes::from_static(b"a"));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(writer.poll_ready(&cx).is_pending());
        assert_eq!(poll_fn(|cx| reader.poll_take(cx)).await.as_deref(), Some(&b"a"[..]));
        assert_eq!(writer.poll_ready(&cx), Poll::Ready(Ok(())));
        assert!(reader.poll_take(&cx).is_pending());
        writer.put(Bytes::from_static(b"b"));
        drop(writer);
        assert_eq!(poll_fn(|cx| reader.poll_take(cx)).await.as_deref(), Some(&b"b"[..]));
        assert_eq!(reader.poll_take(&cx), Poll::Ready(None));
        cx = Context::from_waker(Waker::noop());
        let (writer, reader) = pipe(Bytes::new());
        assert!(writer.poll_gone(&cx).is_pending());
        drop(reader);
        assert_eq!(writer.poll_gone(&cx), Poll::Ready(()));
        assert_eq!(writer.poll_ready(&cx), Poll::Ready(Err(Gone)));
    }
}
