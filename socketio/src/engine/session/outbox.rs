//! `Outbox`: the bounded queue of messages for one client. Locks and wakers are in `state`.

use std::collections::VecDeque;

use crate::engine::options::choices::Overflow;
use crate::packet::{Message, pool};

/// Bounds of an [`Outbox`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) packets: usize,
    pub(crate) bytes: usize,
    /// What one polling answer takes at most.
    pub(crate) answer: usize,
    /// What happens past the bounds.
    pub(crate) overflow: Overflow,
}

/// What a message is for, which decides what happens when the outbox is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Priority {
    /// It is dropped if it would have to wait.
    Volatile,
    /// An event of the program; [`Overflow`] decides.
    Event,
    /// An acknowledgement or a packet of the protocol, which the client waits for.
    Reply,
}

impl Limits {
    /// The bounds of what a message of this priority may be added to, in packets and bytes.
    fn of(self, priority: Priority) -> (usize, usize) {
        if self.overflow == Overflow::DropNewest && priority == Priority::Reply {
            return (self.packets.saturating_mul(2), self.bytes.saturating_mul(2));
        }
        (self.packets, self.bytes)
    }
}

/// Messages in the order they were sent. The frames of one message leave together.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Message>,
    packets: usize,
    bytes: usize,
}

impl Outbox {
    /// Takes the message in, unless that would exceed a bound. A message that is larger than the bounds by itself is
    /// taken when nothing else waits: otherwise it could never be sent.
    pub(crate) fn offer(&mut self, message: Message, limits: Limits, priority: Priority) -> bool {
        let (most_packets, most_bytes) = limits.of(priority);
        let packets = self.packets.saturating_add(message.frames().len());
        let bytes = self.bytes.saturating_add(message.size());
        if (packets > most_packets || bytes > most_bytes) && !self.queue.is_empty() {
            return false;
        }
        (self.packets, self.bytes) = (packets, bytes);
        if self.queue.capacity() == 0 {
            self.queue = pool::queue();
        }
        self.queue.push_back(message);
        true
    }

    /// Moves messages to the end of `into` until their sizes reach `budget` bytes; at least one, if there is one.
    pub(crate) fn take(&mut self, into: &mut VecDeque<Message>, budget: usize) {
        if self.bytes <= budget && into.is_empty() {
            // The usual case: the whole queue is moved.
            if into.capacity() > 0 {
                give_back(into);
            }
            std::mem::swap(into, &mut self.queue);
            (self.packets, self.bytes) = (0, 0);
            return;
        }
        let mut taken = 0;
        while taken < budget {
            let Some(size) = self.pop(into) else { break };
            taken += size.max(1);
        }
        self.shrink();
    }

    /// Moves messages for one polling answer, whose sizes together are at most [`Limits::answer`]; a message that is
    /// larger by itself is moved alone, because no answer could carry it otherwise. What stays is for the next answer.
    pub(crate) fn take_answer(&mut self, into: &mut VecDeque<Message>, limits: Limits) {
        if !self.exceeds_answer(limits) {
            return self.take(into, usize::MAX);
        }
        let mut taken = 0usize;
        while let Some(next) = self.queue.front()
            && (taken == 0 || taken.saturating_add(next.size()) <= limits.answer)
        {
            taken = taken.saturating_add(self.pop(into).unwrap_or_default().max(1));
        }
        self.shrink();
    }

    /// Whether one polling answer cannot carry everything.
    pub(crate) fn exceeds_answer(&self, limits: Limits) -> bool {
        self.bytes > limits.answer && self.queue.len() > 1
    }

    /// Moves one message and says its size.
    fn pop(&mut self, into: &mut VecDeque<Message>) -> Option<usize> {
        let message = self.queue.pop_front()?;
        let size = message.size();
        self.packets -= message.frames().len();
        self.bytes -= size;
        into.push_back(message);
        Some(size)
    }

    /// Frees the memory of an empty queue.
    fn shrink(&mut self) {
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Waiting packets and bytes.
    pub(crate) fn fill(&self) -> (usize, usize) {
        (self.packets, self.bytes)
    }

    /// Whether so much waits that the client should not be read, because what it sends may lead to more.
    pub(crate) fn is_crowded(&self, limits: Limits) -> bool {
        match limits.overflow {
            Overflow::Close => !self.is_below_half(limits),
            // Events alone do not exceed the bounds. If they kept the client from being read, one that is sent more than it can take would
            // never be read again.
            Overflow::DropNewest => self.packets > limits.packets || self.bytes > limits.bytes,
        }
    }

    /// Whether there is room enough for senders that wait for room.
    pub(crate) fn is_below_half(&self, limits: Limits) -> bool {
        self.packets <= limits.packets / 2 && self.bytes <= limits.bytes / 2
    }

    /// Drops all messages, and the memory.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Gives back what [`Outbox::take`] has filled, when it is empty again.
pub(crate) fn give_back(queue: &mut VecDeque<Message>) {
    pool::give_queue(std::mem::take(queue));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::packet::Frame;

    const LIMITS: Limits = Limits { packets: 4, bytes: 10, answer: 5, overflow: Overflow::Close };

    fn text(text: &'static str) -> Message {
        Message::One(Frame::text(text))
    }

    fn group(texts: [&'static str; 2]) -> Message {
        Message::Many(Arc::new(texts.map(Frame::text)))
    }

    fn drain(outbox: &mut Outbox, budget: usize) -> Vec<String> {
        let mut taken = VecDeque::new();
        outbox.take(&mut taken, budget);
        let frames = taken.iter().flat_map(|m| m.frames());
        frames.map(|f| String::from_utf8(f.bytes().to_vec()).unwrap()).collect()
    }

    #[test]
    fn bounds_hold_in_packets_and_in_bytes() {
        let mut outbox = Outbox::default();
        for _ in 0..4 {
            assert!(outbox.offer(text("a"), LIMITS, Priority::Event));
        }
        assert!(!outbox.offer(text("a"), LIMITS, Priority::Event), "a fifth packet");
        assert_eq!(outbox.fill(), (4, 4));

        let mut outbox = Outbox::default();
        assert!(outbox.offer(text("12345678"), LIMITS, Priority::Event));
        assert!(!outbox.offer(text("123"), LIMITS, Priority::Event), "an eleventh byte");
        assert!(outbox.offer(text("12"), LIMITS, Priority::Event));
    }

    #[test]
    fn one_large_message_is_taken_alone() {
        let mut outbox = Outbox::default();
        assert!(outbox.offer(text("12345678901234"), LIMITS, Priority::Event));
        assert!(!outbox.offer(text(""), LIMITS, Priority::Event));
        assert_eq!(drain(&mut outbox, 1).len(), 1);
        assert_eq!(outbox.fill(), (0, 0));
    }

    #[test]
    fn groups_leave_together_and_in_order() {
        let mut outbox = Outbox::default();
        assert!(
            outbox.offer(text("1"), LIMITS, Priority::Event)
                && outbox.offer(group(["2", "3"]), LIMITS, Priority::Event)
                && outbox.offer(text("4"), LIMITS, Priority::Event)
        );
        assert_eq!(drain(&mut outbox, 2), ["1", "2", "3"]);
        assert_eq!(outbox.fill(), (1, 1));
        assert_eq!(drain(&mut outbox, 100), ["4"]);
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_polling_answer_takes_what_it_may_carry() {
        let mut outbox = Outbox::default();
        let texts = ["12", "345", "6", "7"];
        assert!(texts.into_iter().all(|each| outbox.offer(text(each), LIMITS, Priority::Event)));
        let mut answer = || {
            let mut taken = VecDeque::new();
            outbox.take_answer(&mut taken, LIMITS);
            (taken.len(), outbox.fill().1)
        };
        assert_eq!([answer(), answer(), answer()], [(2, 2), (2, 0), (0, 0)]);

        let mut outbox = Outbox::default();
        assert!(
            outbox.offer(text("1234567"), LIMITS, Priority::Event) && outbox.offer(text("8"), LIMITS, Priority::Event)
        );
        let mut taken = VecDeque::new();
        outbox.take_answer(&mut taken, LIMITS);
        assert_eq!((taken.len(), outbox.fill()), (1, (1, 1)), "a message larger than an answer goes alone");
    }

    #[test]
    fn an_empty_outbox_holds_no_memory() {
        let mut outbox = Outbox::default();
        assert!(outbox.offer(text("1"), LIMITS, Priority::Event) && outbox.offer(text("2"), LIMITS, Priority::Event));
        let mut taken = VecDeque::new();
        outbox.take(&mut taken, 1);
        outbox.take(&mut taken, 1);
        assert_eq!((taken.len(), outbox.queue.capacity()), (2, 0));
        give_back(&mut taken);
        assert_eq!(taken.capacity(), 0);

        assert!(outbox.offer(text("1"), LIMITS, Priority::Event));
        taken.reserve(1000);
        outbox.take(&mut taken, 1);
        assert_eq!((taken.len(), outbox.queue.capacity()), (1, 0));
        taken.clear();
        give_back(&mut taken);
        assert!(pool::queue().is_empty(), "what was not sent is for nobody else");
    }

    #[test]
    fn half_is_counted_in_both() {
        let mut outbox = Outbox::default();
        assert!(outbox.offer(text("12345"), LIMITS, Priority::Event));
        assert!(outbox.is_below_half(LIMITS));
        assert!(outbox.offer(text("1"), LIMITS, Priority::Event));
        assert!(!outbox.is_below_half(LIMITS));
    }

    #[test]
    fn replies_may_take_twice_as_much_where_events_are_dropped() {
        let dropping = Limits { overflow: Overflow::DropNewest, ..LIMITS };
        for (limits, replies) in [(LIMITS, 0), (dropping, 4)] {
            let mut outbox = Outbox::default();
            while outbox.offer(text("a"), limits, Priority::Event) {}
            assert_eq!(outbox.fill(), (4, 4));
            assert_eq!(outbox.is_crowded(limits), limits.overflow == Overflow::Close);
            while outbox.offer(text("b"), limits, Priority::Reply) {}
            assert_eq!(outbox.fill(), (4 + replies, 4 + replies));
            assert!(outbox.is_crowded(limits));
            assert!(!outbox.offer(text("a"), limits, Priority::Event));
        }
    }
}
