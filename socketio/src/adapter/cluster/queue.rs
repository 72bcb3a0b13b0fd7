//! The queue of messages to be published: bounded, in order, emptied by one task, kept while the broker is away.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::Notify;

use super::backoff::Backoff;
use crate::adapter::remote::{AdapterError, BoxFuture, Health};
use crate::log::warn_rarely;

/// How many messages, and how many bytes of them, the transport is given at once.
const BATCH: (usize, usize) = (128, 256 * 1024);

/// A connection to a broker, as the queue uses it. One task calls [`connect`](Self::connect) and [`publish`](Self::publish), never both at once.
pub(crate) trait Transport: Send + Sync + 'static {
    /// A message as it is published: encoded, with its channel.
    type Item: Send + Sync + 'static;

    /// Connects, or connects again, and restores all subscriptions. Done when they are in effect: only then messages are published. The error
    /// is for the log and for [`Health::last_error`].
    fn connect(&self) -> BoxFuture<'_, Result<(), String>>;

    /// Waits until the connection is lost, and says why.
    fn lost(&self) -> BoxFuture<'_, String>;

    /// Publishes messages in this order.
    fn publish<'a>(&'a self, items: &'a [Self::Item]) -> BoxFuture<'a, Result<(), Failed>>;
}

/// Not all messages of a call of [`Transport::publish`] were published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    /// How many messages, from the first on, are not to be published again: those that were published, those that may have been, and those that
    /// the broker has refused.
    pub(crate) done: usize,
    /// How many of them will not arrive, or perhaps not.
    pub(crate) dropped: usize,
    /// Whether the connection is lost; if not, publishing goes on at once.
    pub(crate) lost: bool,
    /// The reason, for the log.
    pub(crate) reason: String,
}

/// The bounds of a [`Queue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueLimits {
    /// Messages. Default: 10,000.
    pub(crate) messages: usize,
    /// Bytes of these messages. Default: 16 MiB.
    pub(crate) bytes: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self { messages: 10_000, bytes: 16 * 1024 * 1024 }
    }
}

/// Messages to be published, and the state of the connection. [`run`](Self::run) publishes them.
pub(crate) struct Queue<T: Transport> {
    transport: Arc<T>,
    limits: QueueLimits,
    state: Mutex<State<T::Item>>,
    /// There is something to publish, or the queue is closed.
    filled: Notify,
    /// Everything is published, or the queue is closed.
    emptied: Notify,
}

struct Entry<I> {
    item: I,
    bytes: usize,
    volatile: bool,
}

struct State<I> {
    waiting: VecDeque<Entry<I>>,
    /// Messages that wait or are being published, and the bytes of them.
    count: usize,
    bytes: usize,
    /// How many of `waiting` are volatile.
    volatile: usize,
    closed: bool,
    health: Health,
}

impl<I> State<I> {
    fn entered(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes;
    }

    fn ended(&mut self, bytes: usize) {
        self.count = self.count.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    fn fits(&self, bytes: usize, limits: QueueLimits) -> bool {
        self.count < limits.messages && self.bytes.saturating_add(bytes) <= limits.bytes
    }

    /// Drops the oldest volatile message; `false` if there is none.
    fn drop_volatile(&mut self) -> bool {
        if self.volatile == 0 {
            return false;
        }
        let at = self.waiting.iter().position(|entry| entry.volatile);
        let Some(entry) = at.and_then(|at| self.waiting.remove(at)) else { return false };
        self.volatile -= 1;
        self.ended(entry.bytes);
        self.health.dropped += 1;
        true
    }
}

impl<T: Transport> Queue<T> {
    pub(crate) fn new(transport: Arc<T>, limits: QueueLimits) -> Self {
        let health = Health::default();
        let state = State { waiting: VecDeque::new(), count: 0, bytes: 0, volatile: 0, closed: false, health };
        Self { transport, limits, state: Mutex::new(state), filled: Notify::new(), emptied: Notify::new() }
    }

    pub(crate) fn transport(&self) -> &Arc<T> {
        &self.transport
    }

    fn state(&self) -> MutexGuard<'_, State<T::Item>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a message of so many bytes. Past the bounds, volatile messages are dropped, the oldest first.
    ///
    /// # Errors
    /// [`AdapterError::Full`] if there is no room all the same: the message is dropped. [`AdapterError::Disconnected`] after
    /// [`close`](Self::close).
    pub(crate) fn push(&self, item: T::Item, bytes: usize, volatile: bool) -> Result<(), AdapterError> {
        let mut state = self.state();
        if state.closed {
            return Err(AdapterError::Disconnected);
        }
        // A message that alone exceeds the bound does not cost others their place.
        while bytes <= self.limits.bytes && !state.fits(bytes, self.limits) && state.drop_volatile() {}
        if !state.fits(bytes, self.limits) {
            state.health.dropped += 1;
            let (queued, dropped) = (state.count, state.health.dropped);
            drop(state);
            warn_rarely!(queued, dropped, bytes, "slow broker: the queue of the adapter is full, messages are dropped");
            return Err(AdapterError::Full);
        }
        state.entered(bytes);
        state.volatile += usize::from(volatile);
        state.waiting.push_back(Entry { item, bytes, volatile });
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// The state of the connection and the queue; the number of nodes is not known here.
    pub(crate) fn health(&self) -> Health {
        let state = self.state();
        Health { queued: state.count, queued_bytes: state.bytes, ..state.health.clone() }
    }

    /// Whether the broker is connected and all subscriptions are in effect.
    pub(crate) fn is_connected(&self) -> bool {
        self.state().health.connected
    }

    /// Connects for the first time; the error is that of the transport.
    pub(crate) async fn connect(&self) -> Result<(), String> {
        self.transport.connect().await?;
        self.state().health.connected = true;
        Ok(())
    }

    /// Publishes until the queue is [closed](Self::close) and empty. Reconnects when the connection is lost, after pauses from 50 ms to 5 s;
    /// calls `connected` after each connect except the first, which is [`connect`](Self::connect). One task runs this.
    pub(crate) async fn run(&self, connected: impl Fn() + Send + Sync) {
        loop {
            let Some(reason) = self.publish_all().await else { break };
            if !self.reconnect(reason).await {
                break;
            }
            connected();
        }
        self.emptied.notify_waiters();
    }

    /// Refuses further messages, and waits until all are published, but not longer than `patience`.
    pub(crate) async fn close(&self, patience: Duration) {
        let emptied = self.emptied.notified();
        tokio::pin!(emptied);
        emptied.as_mut().enable();
        let (empty, connected) = {
            let mut state = self.state();
            state.closed = true;
            (state.count == 0, state.health.connected)
        };
        self.filled.notify_one();
        if !empty && connected {
            let _ = tokio::time::timeout(patience, emptied).await;
        }
    }

    /// Publishes what is pushed. Returns why the connection is lost; `None` if the queue is closed and empty.
    async fn publish_all(&self) -> Option<String> {
        loop {
            let batch = self.take();
            if batch.is_empty() {
                if self.state().closed {
                    return None;
                }
                tokio::select! {
                    () = self.filled.notified() => continue,
                    reason = self.transport.lost() => return Some(reason),
                }
            }
            // The connection that receives may be lost while the one that publishes is busy.
            if let Some(reason) = self.transport.lost().now_or_never() {
                self.put_back_all(batch);
                return Some(reason);
            }
            let (items, sizes): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|Entry { item, bytes, volatile }| (item, (bytes, volatile))).unzip();
            let Err(failed) = self.transport.publish(&items).await else {
                let mut state = self.state();
                sizes.into_iter().for_each(|(bytes, _)| state.ended(bytes));
                continue;
            };
            self.put_back(items, sizes, &failed);
            if failed.lost {
                return Some(failed.reason);
            }
            warn_rarely!(reason = failed.reason, "the broker has refused a message");
        }
    }

    /// The next messages to be published. They count as queued until they are.
    fn take(&self) -> Vec<Entry<T::Item>> {
        let mut state = self.state();
        let (mut count, mut bytes) = (0, 0);
        while let Some(entry) = state.waiting.get(count) {
            if count == BATCH.0 || (count > 0 && bytes + entry.bytes > BATCH.1) {
                break;
            }
            count += 1;
            bytes += entry.bytes;
        }
        let batch: Vec<_> = state.waiting.drain(..count).collect();
        state.volatile -= batch.iter().filter(|entry| entry.volatile).count();
        batch
    }

    fn put_back_all(&self, batch: Vec<Entry<T::Item>>) {
        let mut state = self.state();
        for entry in batch.into_iter().rev() {
            state.volatile += usize::from(entry.volatile);
            state.waiting.push_front(entry);
        }
    }

    fn put_back(&self, items: Vec<T::Item>, sizes: Vec<(usize, bool)>, failed: &Failed) {
        let mut state = self.state();
        state.health.dropped += failed.dropped as u64;
        for (at, (item, (bytes, volatile))) in items.into_iter().zip(sizes).enumerate().rev() {
            if at < failed.done {
                state.ended(bytes);
            } else {
                state.volatile += usize::from(volatile);
                state.waiting.push_front(Entry { item, bytes, volatile });
            }
        }
    }

    /// `false` if the queue was closed meanwhile.
    async fn reconnect(&self, reason: String) -> bool {
        warn_rarely!(%reason, "the connection to the broker is lost");
        {
            let mut state = self.state();
            state.health.connected = false;
            state.health.reconnects += 1;
            state.health.last_error = Some(reason);
        }
        let mut backoff = Backoff::default();
        loop {
            if self.state().closed {
                return false;
            }
            match self.transport.connect().await {
                Ok(()) => break,
                Err(reason) => self.state().health.last_error = Some(reason),
            }
            tokio::time::sleep(backoff.next()).await;
        }
        self.state().health.connected = true;
        tracing::info!("the broker is connected again");
        true
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
