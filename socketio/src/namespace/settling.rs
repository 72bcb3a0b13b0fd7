//! Acknowledgements of handlers that have joined rooms: they wait until the adapter hears other nodes in these rooms, so that a client that
//! reads "joined" misses nothing that another node sends from then on.

use std::cell::OnceCell;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use futures_util::Stream as _;
use futures_util::stream::FuturesUnordered;

use super::run::BoxFuture;
use crate::packet::Written;
use crate::socket::{Exit, Load, Socket};

/// The acknowledgements of one instance that wait. Made with the first, because without an adapter there are none; in a cell, because a turn
/// that ends borrows the rest of its instance.
#[derive(Default)]
pub(super) struct Settling(OnceCell<Box<FuturesUnordered<Unsettled>>>);

/// An acknowledgement that waits. It counts as a running event of its connection, which bounds them.
struct Unsettled {
    settled: BoxFuture<()>,
    message: Option<Written>,
    socket: Socket,
    size: usize,
}

impl Future for Unsettled {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<()> {
        if self.settled.as_mut().poll(task).is_pending() {
            return Poll::Pending;
        }
        if let Some(message) = self.message.take() {
            self.socket.inner().send(message, false);
        }
        Poll::Ready(())
    }
}

impl Drop for Unsettled {
    fn drop(&mut self) {
        self.socket.inner().link.load.remove_running(1, self.size);
    }
}

impl Settling {
    /// Sends an acknowledgement as soon as other nodes are heard in the rooms that the handler has joined; at once if the handler has also
    /// disconnected its client.
    pub(super) fn send(&self, socket: &Socket, message: Written, exit: Exit) {
        let settled = if exit == Exit::None { socket.inner().nsp.shared.settled() } else { None };
        let Some(settled) = settled else { return socket.inner().send(message, false) };
        let size = Load::cost(message.payload().len());
        socket.inner().link.load.add_running(size);
        let waits = Unsettled { settled, message: Some(message), socket: socket.clone(), size };
        self.0.get_or_init(Box::default).push(waits);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.get().is_none_or(|waiting| waiting.is_empty())
    }

    /// Drops the acknowledgements that wait.
    pub(super) fn clear(&mut self) {
        drop(self.0.take());
    }

    /// Polls the acknowledgements that wait; true if one was sent.
    pub(super) fn poll(&mut self, task: &mut Task<'_>) -> bool {
        let mut sent = false;
        while let Some(waiting) = self.0.get_mut()
            && let Poll::Ready(Some(())) = Pin::new(&mut **waiting).poll_next(task)
        {
            sent = true;
        }
        sent
    }
}
