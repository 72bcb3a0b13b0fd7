//! The channels that this node subscribes to: which are wanted, and on which connection each is in effect.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexSet;
use tokio::sync::{Notify, watch};

use crate::adapter::BoxFuture;

/// How a channel is subscribed to and published on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::adapter::redis) enum Mode {
    /// SUBSCRIBE and PUBLISH.
    Plain,
    /// PSUBSCRIBE: all channels of a pattern.
    Pattern,
    /// SSUBSCRIBE and SPUBLISH: only the server that has the slot of the channel knows it.
    Sharded,
}

/// A channel, or a pattern of channels.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::adapter::redis) struct Channel {
    pub(in crate::adapter::redis) mode: Mode,
    pub(in crate::adapter::redis) name: Arc<str>,
}

impl Channel {
    pub(in crate::adapter::redis) fn new(mode: Mode, name: impl Into<Arc<str>>) -> Self {
        Self { mode, name: name.into() }
    }

    /// The pattern that matches all channels with this prefix. The prefix is text, so that its characters `*?[\` mean themselves.
    pub(in crate::adapter::redis) fn prefix(prefix: &str) -> Self {
        let mut pattern = String::with_capacity(prefix.len() + 1);
        for c in prefix.chars() {
            if matches!(c, '*' | '?' | '[' | '\\') {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern.push('*');
        Self::new(Mode::Pattern, pattern)
    }
}

/// A subscription, as the connections are to have it.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    wanted: bool,
    /// The connection on which the server has confirmed it.
    at: Option<u64>,
}

/// A channel whose subscription is to be looked at, because it or the connections have changed.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) channel: Channel,
    pub(super) wanted: bool,
    pub(super) at: Option<u64>,
}

#[derive(Default)]
struct Table {
    entries: HashMap<Channel, Entry>,
    changed: IndexSet<Channel>,
    /// How many changes the program has asked for.
    requested: u64,
}

/// The subscriptions of a link.
pub(super) struct Subscriptions {
    table: Mutex<Table>,
    /// Wakes the task that carries out the changes.
    pub(super) wake: Arc<Notify>,
    /// All changes up to this one are in effect.
    effective: watch::Sender<u64>,
}

impl Subscriptions {
    pub(super) fn new(wake: Arc<Notify>) -> Self {
        Self { table: Mutex::default(), wake, effective: watch::Sender::new(0) }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The channel is to be subscribed to, or not any more.
    pub(super) fn set(&self, channel: Channel, wanted: bool) {
        let mut table = self.table();
        if !wanted && !table.entries.contains_key(&channel) {
            return;
        }
        let entry = table.entries.entry(channel.clone()).or_default();
        if entry.wanted == wanted {
            return;
        }
        entry.wanted = wanted;
        table.changed.insert(channel);
        table.requested += 1;
        drop(table);
        self.wake.notify_one();
    }

    /// The changes that are to be carried out, and the number of the last one. Each is given once.
    pub(super) fn take(&self) -> (Vec<Change>, u64) {
        let mut table = self.table();
        let changed = std::mem::take(&mut table.changed);
        let changes = changed.into_iter().filter_map(|channel| {
            let Entry { wanted, at } = *table.entries.get(&channel)?;
            Some(Change { channel, wanted, at })
        });
        (changes.collect(), table.requested)
    }

    /// Changes that could not be carried out are given again.
    pub(super) fn put_back(&self, channels: impl IntoIterator<Item = Channel>) {
        self.table().changed.extend(channels);
    }

    /// The channel is subscribed to on this connection now, or on none.
    pub(super) fn at(&self, channel: &Channel, at: Option<u64>) {
        let mut table = self.table();
        let Some(entry) = table.entries.get_mut(channel) else { return };
        entry.at = at;
        if at.is_none() && !entry.wanted {
            table.entries.remove(channel);
        }
    }

    /// A connection is lost, or the servers of the slots have changed: every subscription is looked at again.
    pub(super) fn review(&self) {
        let mut table = self.table();
        let Table { entries, changed, .. } = &mut *table;
        changed.extend(entries.keys().cloned());
    }

    /// Everything up to this change is in effect.
    pub(super) fn reached(&self, change: u64) {
        self.effective.send_if_modified(|reached| std::mem::replace(reached, change) != change);
    }

    /// Whether a change waits to be carried out.
    pub(super) fn pending(&self) -> bool {
        !self.table().changed.is_empty()
    }

    /// Done when all changes so far are in effect; `None` if they are.
    pub(super) fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        let requested = self.table().requested;
        let mut effective = self.effective.subscribe();
        if *effective.borrow_and_update() >= requested {
            return None;
        }
        // An error means that the link has ended, and that there is nothing to wait for.
        Some(Box::pin(async move { drop(effective.wait_for(|effective| *effective >= requested).await) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_patterns_mean_themselves_in_a_prefix() {
        assert_eq!(&*Channel::prefix("socket.io#/a*[b]?\\#").name, r"socket.io#/a\*\[b]\?\\#*");
    }

    #[test]
    fn a_channel_that_is_opened_and_closed_again_is_gone() {
        let subscriptions = Subscriptions::new(Arc::default());
        let channel = Channel::new(Mode::Plain, "a");
        subscriptions.set(channel.clone(), true);
        assert!(subscriptions.settled().is_some());
        let (changes, first) = subscriptions.take();
        assert!(changes.len() == 1 && changes[0].wanted && first == 1);
        // Closed while the server is asked for the subscription.
        subscriptions.set(channel.clone(), false);
        subscriptions.at(&channel, Some(7));
        subscriptions.reached(first);
        assert!(subscriptions.settled().is_some());
        let (changes, second) = subscriptions.take();
        assert!(!changes[0].wanted && changes[0].at == Some(7));
        subscriptions.at(&channel, None);
        subscriptions.reached(second);
        assert!(subscriptions.settled().is_none() && subscriptions.table().entries.is_empty());
    }
}
