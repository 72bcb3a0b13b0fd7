//! The pauses between attempts to connect.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);

/// Pauses of 50 ms, doubled up to 5 s. Each is a random part of that, from half of it on, so that nodes do not all come back at the same moment.
#[derive(Clone, Debug)]
pub(crate) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(SHORTEST)
    }
}

impl Backoff {
    /// The next pause.
    pub(crate) fn next(&mut self) -> Duration {
        let whole = self.0;
        self.0 = (whole * 2).min(LONGEST);
        let part = getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX));
        whole.mul_f64(0.5 + part / 2.0)
    }

    /// Begins again with the shortest pause, after a success.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_5_s_and_begin_again() {
        let mut backoff = Backoff::default();
        let mut whole = SHORTEST;
        for _ in 0..20 {
            let pause = backoff.next();
            assert!(pause >= whole / 2 && pause <= whole, "{pause:?} of {whole:?}");
            whole = (whole * 2).min(LONGEST);
        }
        assert_eq!(whole, LONGEST);
        backoff.reset();
        assert!(backoff.next() <= SHORTEST);
    }
}
