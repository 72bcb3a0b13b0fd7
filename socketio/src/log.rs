//! Log lines that a client can cause: each is written once per minute, and the others are counted. Errors that concern one client only are
//! logged at level `debug`, without this module.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A line that a client can cause is written at most once in this time.
const INTERVAL: Duration = Duration::from_secs(60);

/// The number of values that [`Once`] remembers. It is bounded, because clients choose the values.
const REMEMBERED: usize = 32;

/// Lets one line through per [`INTERVAL`] and counts the others. There is one for each reason to write a line.
#[derive(Debug)]
pub(crate) struct Throttle(Mutex<Option<Window>>);

/// The time since the last line.
#[derive(Debug)]
struct Window {
    begun: Instant,
    suppressed: u64,
}

impl Throttle {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// `Some`: the line is to be written, and so many were not since the last one.
    pub(crate) fn admit(&self) -> Option<u64> {
        let now = Instant::now();
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *window {
            Some(Window { begun, suppressed }) if now.saturating_duration_since(*begun) < INTERVAL => {
                *suppressed += 1;
                None
            }
            other => {
                let before = other.replace(Window { begun: now, suppressed: 0 });
                Some(before.map_or(0, |before| before.suppressed))
            }
        }
    }
}

/// Writes a line at level WARN that a client can cause: once per minute for each place in the code that has this macro,
/// with the field `suppressed`, which says how many such lines were not written since the last one.
macro_rules! warn_rarely {
    ($($line:tt)+) => {{
        static THROTTLE: $crate::log::Throttle = $crate::log::Throttle::new();
        if let Some(suppressed) = THROTTLE.admit() {
            tracing::warn!(suppressed, $($line)+);
        }
    }};
}

pub(crate) use warn_rarely;

/// Knows values that were seen before; used for lines that are worth one WARN for each value.
pub(crate) struct Once(Mutex<BTreeSet<String>>);

impl Once {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeSet::new()))
    }

    /// Whether this is the first time. After [`REMEMBERED`] different values, no other one is.
    pub(crate) fn is_first(&self, value: &str) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.len() < REMEMBERED && !seen.contains(value) && seen.insert(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_line_per_minute_says_how_many_were_left_out() {
        let throttle = Throttle::new();
        assert_eq!(throttle.admit(), Some(0));
        for _ in 0..1000 {
            assert_eq!(throttle.admit(), None);
        }
        tokio::time::advance(INTERVAL - Duration::from_millis(1)).await;
        assert_eq!(throttle.admit(), None);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(throttle.admit(), Some(1001));
        assert_eq!(throttle.admit(), None);
        tokio::time::advance(INTERVAL * 3).await;
        assert_eq!(throttle.admit(), Some(1));
        tokio::time::advance(INTERVAL).await;
        assert_eq!(throttle.admit(), Some(0));
    }

    #[test]
    fn each_value_is_first_once_and_only_so_many_are_remembered() {
        let once = Once::new();
        assert!(once.is_first("1") && !once.is_first("1") && once.is_first("5"));
        let firsts = (0..10_000).filter(|n| once.is_first(&format!("x{n}"))).count();
        assert_eq!(firsts, REMEMBERED - 2);
        assert!(!once.is_first("1"));
    }
}
