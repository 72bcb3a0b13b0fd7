//! Token buckets: bound the number of events per unit of time, and in a burst. Used by `RateLimit` and by `#[limit]`.

use std::time::Duration;

use tokio::time::Instant;

use crate::bounds;
use crate::error::Error;

/// The code of an event past a limit.
const RATE_LIMITED: &str = "rate_limited";

/// The size of a bucket and how fast it fills: `count` tokens in `per`, at most `burst` of them kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) count: u32,
    pub(crate) per: Duration,
    pub(crate) burst: u32,
}

/// One bucket, stored as the time at which the bucket is full again; `None` before the first use. A time in the past
/// means full.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bucket(Option<Instant>);

impl Rate {
    /// A rate whose bucket holds `count` tokens.
    pub(crate) const fn new(count: u32, per: Duration) -> Self {
        Self { count, per, burst: count }
    }

    /// Fails if a value is out of its bounds; `option` names the rate.
    pub(crate) fn check(&self, option: &str) -> Result<(), Error> {
        bounds::number(&format!("{option}: count"), self.count as usize, 1, MOST)?;
        bounds::number(&format!("{option}: burst"), self.burst as usize, 1, MOST)?;
        bounds::time(&format!("{option}: per"), self.per)
    }

    /// The time between two tokens.
    fn interval(&self) -> Duration {
        self.per / self.count.max(1)
    }

    /// Takes a token out of a bucket. The error is the time until the next token.
    pub(crate) fn take(&self, bucket: &mut Bucket, now: Instant) -> Result<(), Duration> {
        let full = bucket.0.map_or(now, |full| full.max(now));
        let interval = self.interval();
        let missing = full.duration_since(now);
        let room = interval.saturating_mul(self.burst.saturating_sub(1));
        if missing > room {
            return Err(missing - room);
        }
        bucket.0 = full.checked_add(interval);
        Ok(())
    }
}

/// The highest count and burst.
const MOST: usize = 1_000_000;

impl Bucket {
    /// When the bucket is full again; `None` if the bucket is full.
    pub(crate) fn full_at(&self, now: Instant) -> Option<Instant> {
        self.0.filter(|full| *full > now)
    }
}

/// The rate that `#[limit]` gives.
#[derive(Clone, Copy)]
pub struct Limit(pub(super) Rate);

impl Limit {
    /// `count` events in `millis` milliseconds, and at most `burst` at once. The macro checks the bounds.
    pub const fn new(count: u32, millis: u64, burst: u32) -> Self {
        Self(Rate { count, per: Duration::from_millis(millis), burst })
    }
}

/// A bucket of each instance: the method that the bucket belongs to (`None`: the namespace), and its rate.
pub(super) type Limited = (Option<&'static str>, Rate);

/// The answer to an event for which there is no token. The time is written in milliseconds, rounded up.
pub(crate) fn rate_limited(wait: Duration) -> Error {
    let wait = u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
    Error::new(RATE_LIMITED, "too many events").with_data(&serde_json::json!({ "retry_after": wait }))
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How many of many tries succeed.
    fn taken(rate: &Rate, bucket: &mut Bucket) -> usize {
        (0..1000).filter(|_| rate.take(bucket, Instant::now()).is_ok()).count()
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_is_full_at_first_and_fills_at_its_rate() {
        let rate = Rate::new(20, SECOND);
        let mut bucket = Bucket::default();
        assert_eq!(taken(&rate, &mut bucket), 20);
        assert_eq!(rate.take(&mut bucket, Instant::now()), Err(SECOND / 20));
        advance(Duration::from_millis(49)).await;
        assert_eq!(rate.take(&mut bucket, Instant::now()), Err(Duration::from_millis(1)));
        advance(Duration::from_millis(1)).await;
        assert_eq!(taken(&rate, &mut bucket), 1);
        advance(SECOND / 2).await;
        assert_eq!(taken(&rate, &mut bucket), 10);
        advance(SECOND * 1000).await;
        assert!(bucket.full_at(Instant::now()).is_none());
        assert_eq!(taken(&rate, &mut bucket), 20);
        assert_eq!(bucket.full_at(Instant::now()), Some(Instant::now() + SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_apart_from_the_rate() {
        for (burst, at_once) in [(1, 1), (5, 5), (60, 60)] {
            let rate = Rate { burst, ..Rate::new(10, SECOND) };
            let mut bucket = Bucket::default();
            assert_eq!(taken(&rate, &mut bucket), at_once);
            advance(SECOND / 10).await;
            assert_eq!(taken(&rate, &mut bucket), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_wait_gets_the_rate_and_not_more() {
        let rate = Rate { burst: 3, ..Rate::new(7, SECOND) };
        let mut bucket = Bucket::default();
        let mut all = 0;
        for _ in 0..10_000 {
            all += usize::from(rate.take(&mut bucket, Instant::now()).is_ok());
            advance(Duration::from_millis(1)).await;
        }
        assert!((70..=73).contains(&all), "{all} in ten seconds");
    }

    #[test]
    fn values_out_of_their_bounds_are_named() {
        for (rate, what) in [
            (Rate::new(0, SECOND), "`limit: count` is 0"),
            (Rate::new(1_000_001, SECOND), "`limit: count` is 1000001"),
            (Rate { burst: 0, ..Rate::new(1, SECOND) }, "`limit: burst` is 0"),
            (Rate::new(1, Duration::ZERO), "`limit: per` is 0ns"),
            (Rate::new(1, SECOND * 86_401), "`limit: per` is 86401s"),
        ] {
            let error = rate.check("limit").unwrap_err();
            assert!(error.message().starts_with(what), "{error}");
        }
        // The largest allowed values do not overflow.
        let rate = Rate { burst: 1_000_000, ..Rate::new(1, SECOND * 86_400) };
        rate.check("limit").unwrap();
        let mut bucket = Bucket::default();
        assert!((0..1_000_000).all(|_| rate.take(&mut bucket, Instant::now()).is_ok()));
        assert!(rate.take(&mut bucket, Instant::now()).is_err());
    }

    #[test]
    fn the_answer_says_in_milliseconds_when_to_come_back() {
        for (wait, written) in [(1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2), (3_000_000_000, 3000)] {
            let error = rate_limited(Duration::from_nanos(wait));
            assert_eq!((error.code(), error.data().unwrap()["retry_after"].as_u64()), ("rate_limited", Some(written)));
        }
    }
}
