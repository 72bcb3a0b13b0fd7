//! The messages of one connection that wait for their acknowledgement.

use std::collections::VecDeque;
use std::io;
use std::time::Instant;

use super::wrong;

struct Sent {
    id: u64,
    at: Instant,
}

/// What an acknowledgement answers.
#[derive(Debug, PartialEq)]
pub(crate) struct Answered {
    pub(crate) number: u64,
    pub(crate) at: Instant,
    /// Earlier messages are still without an answer.
    pub(crate) early: bool,
}

pub(crate) struct Flight {
    /// Tells the connections' messages apart.
    base: u64,
    next: u64,
    waiting: VecDeque<Sent>,
}

impl Flight {
    pub(crate) fn new(connection: usize) -> Self {
        Self { base: (connection as u64) << 36, next: 0, waiting: VecDeque::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Adds a message; gives its id and its number, which no other message of the run has.
    pub(crate) fn send(&mut self, at: Instant) -> (u64, u64) {
        let id = self.next;
        self.next += 1;
        self.waiting.push_back(Sent { id, at });
        (id, self.base | id)
    }

    /// Takes the acknowledgement of message `id`; an error when none waits for it, be it unknown or answered already.
    pub(crate) fn answer(&mut self, id: u64) -> io::Result<Answered> {
        let place = self.waiting.iter().position(|sent| sent.id == id);
        let sent = place.and_then(|place| self.waiting.remove(place));
        let sent = sent.ok_or_else(|| wrong(format!("an acknowledgement of {id}, which nothing waits for")))?;
        Ok(Answered { number: self.base | id, at: sent.at, early: place != Some(0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_is_answered_once() {
        let now = Instant::now();
        let mut flight = Flight::new(3);
        let (first, number) = flight.send(now);
        let (second, other) = flight.send(now);
        assert_ne!(number, other);
        assert_eq!(flight.answer(second).unwrap(), Answered { number: other, at: now, early: true });
        assert!(flight.answer(second).is_err(), "answered twice");
        assert!(flight.answer(77).is_err(), "never sent");
        assert_eq!(flight.answer(first).unwrap(), Answered { number, at: now, early: false });
        assert!(flight.is_empty());
    }
}
