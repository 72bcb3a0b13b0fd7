//! What one subscriber has received of a numbered series: each once, and in which order.

use std::collections::BTreeSet;
use std::io;

use super::wrong;

#[derive(Default)]
pub(crate) struct Sequence {
    next: u64,
    /// Received before `next`.
    ahead: BTreeSet<u64>,
}

impl Sequence {
    /// Takes number `number`; gives whether it came before an earlier one. An error when it was here already.
    pub(crate) fn take(&mut self, number: u64) -> io::Result<bool> {
        if number < self.next || !self.ahead.insert(number) {
            return Err(wrong(format!("delivery {number} came twice")));
        }
        let early = number != self.next;
        while self.ahead.remove(&self.next) {
            self.next += 1;
        }
        Ok(early)
    }

    /// How many have been received.
    pub(crate) fn count(&self) -> u64 {
        self.next + self.ahead.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_repetition_are_noticed() {
        let mut sequence = Sequence::default();
        let early: Vec<_> = [0, 1, 3, 2, 4].map(|number| sequence.take(number).unwrap()).into();
        assert_eq!(early, [false, false, true, false, false]);
        assert!(sequence.take(3).is_err());
        assert!(sequence.take(6).is_ok() && sequence.take(6).is_err());
        assert_eq!(sequence.count(), 6);
    }
}
