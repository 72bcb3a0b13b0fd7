//! The own broadcasts of a stream that its reader has not met yet: with recovery they are delivered in the order of the stream.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::adapter::Action;

/// How long a broadcast waits for its entry, and how many may wait. Past either they are delivered without an offset.
const PATIENCE: Duration = Duration::from_secs(1);
const WAITING: usize = 10_000;

/// The broadcasts of this node in one stream, numbered in their order.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    numbered: u64,
    waiting: VecDeque<Own>,
    /// The broker does not answer: since a broadcast was delivered without its entry, none of this node was met in the stream. Nothing
    /// waits any more.
    overdue: bool,
}

/// A broadcast of this node.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) number: u64,
    pub(super) action: Action,
    due: Instant,
}

impl Ledger {
    /// The number of the next entry.
    pub(super) fn number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    /// A broadcast waits for the entry of this number. Whether the reader is to look at the time when the first one is due, which it does not
    /// know.
    pub(super) fn wait(&mut self, number: u64, action: Action) -> bool {
        let first = self.waiting.is_empty();
        let now = Instant::now();
        self.overdue |= self.waiting.len() >= WAITING;
        let due = if self.overdue { now } else { now + PATIENCE };
        self.waiting.push_back(Own { number, action, due });
        first || self.overdue
    }

    /// When the first broadcast is due.
    pub(super) fn due(&self) -> Option<Instant> {
        let first = self.waiting.front()?;
        Some(if self.overdue { Instant::now() } else { first.due })
    }

    /// The broadcasts that wait no longer, in their order: their entries come later, or never.
    pub(super) fn take_due(&mut self) -> Vec<Own> {
        let now = Instant::now();
        let count = if self.overdue {
            self.waiting.len()
        } else {
            self.waiting.iter().take_while(|own| own.due <= now).count()
        };
        self.overdue |= count > 0;
        self.waiting.drain(..count).collect()
    }

    /// The entry of this number was met. Its broadcast, if it was not delivered before, comes last; the ones before it have lost their entries.
    pub(super) fn met(&mut self, number: u64) -> Vec<Own> {
        let count = self.waiting.iter().take_while(|own| own.number <= number).count();
        self.overdue = false;
        self.waiting.drain(..count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::Selection;
    use crate::packet::Packet;

    fn action() -> Action {
        let packet = Packet::event("/", None, "a", &()).unwrap();
        Action::Broadcast { to: Selection::default(), packet, offset: None }
    }

    fn numbers(own: Vec<Own>) -> Vec<u64> {
        own.into_iter().map(|own| own.number).collect()
    }

    fn published(ledger: &mut Ledger) -> bool {
        let number = ledger.number();
        ledger.wait(number, action())
    }

    #[tokio::test(start_paused = true)]
    async fn a_broadcast_waits_for_its_entry_for_a_second() {
        let mut ledger = Ledger::default();
        assert!(ledger.due().is_none());
        assert!(published(&mut ledger));
        assert!(!published(&mut ledger));
        assert_eq!(numbers(ledger.met(1)), [1]);
        tokio::time::advance(PATIENCE - Duration::from_millis(1)).await;
        assert!(published(&mut ledger) || ledger.take_due().is_empty());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(numbers(ledger.take_due()), [2]);
        // The broker does not answer: the others do not wait either, in their order.
        assert!(published(&mut ledger));
        assert_eq!(numbers(ledger.take_due()), [3, 4]);
        // It does again. What was delivered is not delivered again.
        assert!(ledger.met(2).is_empty());
        assert!(published(&mut ledger) && ledger.take_due().is_empty());
        assert!(ledger.met(4).is_empty());
        assert_eq!(numbers(ledger.met(5)), [5]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_broadcast_whose_entry_was_trimmed_keeps_its_place() {
        let mut ledger = Ledger::default();
        for _ in 0..3 {
            published(&mut ledger);
        }
        assert_eq!(numbers(ledger.met(2)), [1, 2]);
        assert_eq!(numbers(ledger.met(3)), [3]);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_so_many_wait() {
        let mut ledger = Ledger::default();
        for _ in 0..WAITING {
            published(&mut ledger);
        }
        assert!(ledger.take_due().is_empty());
        assert!(published(&mut ledger));
        assert_eq!(ledger.take_due().len(), WAITING + 1);
    }
}
