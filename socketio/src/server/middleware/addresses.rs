//! Buckets by client address, in a table whose size is bounded.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::namespace::{Bucket, Rate};

/// Locks of the table, so that connections of different threads seldom wait for each other.
const SHARDS: usize = 16;
/// Entries that are compared to find the entry to remove.
const LOOKED_AT: usize = 8;

/// Buckets by address. An address that is not in the table has a full bucket.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Shard {
    /// The index in `buckets` of an address's bucket.
    places: HashMap<IpAddr, usize>,
    buckets: Vec<(IpAddr, Bucket)>,
    /// The index at which the next search for an entry to remove begins.
    hand: usize,
}

impl Addresses {
    /// Takes a token of an address's bucket; the table has about `most` addresses at most. The error is the time until there is a token.
    pub(super) fn take(&self, address: IpAddr, rate: &Rate, most: usize) -> Result<(), Duration> {
        // `SHARDS` is small, so that a truncated hash does not matter.
        let shard = self.hasher.hash_one(address) as usize % SHARDS;
        let mut shard = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        shard.take(address, rate, most.div_ceil(SHARDS), Instant::now())
    }
}

impl Shard {
    fn take(&mut self, address: IpAddr, rate: &Rate, most: usize, now: Instant) -> Result<(), Duration> {
        if let Some((_, bucket)) = self.places.get(&address).and_then(|at| self.buckets.get_mut(*at)) {
            return rate.take(bucket, now);
        }
        if self.buckets.len() >= most {
            self.make_room(now);
        }
        let mut bucket = Bucket::default();
        let taken = rate.take(&mut bucket, now);
        self.places.insert(address, self.buckets.len());
        self.buckets.push((address, bucket));
        taken
    }

    /// Removes the bucket that is full soonest of the next few. Removing a full bucket changes nothing, because a new bucket is full.
    ///
    /// Removing a bucket fills it. To have its own bucket removed, a client would need other addresses, for most of the table, whose
    /// buckets are still emptier than its own, and each of these has cost as many tokens as the removal would give back.
    fn make_room(&mut self, now: Instant) {
        let count = self.buckets.len();
        let next = (0..LOOKED_AT.min(count)).map(|step| (self.hand + step) % count);
        let found = next.min_by_key(|at| self.buckets.get(*at).and_then(|(_, bucket)| bucket.full_at(now)));
        self.hand = (self.hand + LOOKED_AT) % count.max(1);
        if let Some(at) = found {
            let (forgotten, _) = self.buckets.swap_remove(at);
            self.places.remove(&forgotten);
            if let Some((moved, _)) = self.buckets.get(at) {
                self.places.insert(*moved, at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::time::advance;

    use super::*;

    const RATE: Rate = Rate::new(10, Duration::from_secs(10));

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(n))
    }

    fn check(shard: &Shard) {
        assert_eq!(shard.places.len(), shard.buckets.len());
        for (at, (address, _)) in shard.buckets.iter().enumerate() {
            assert_eq!(shard.places[address], at);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_table_is_bounded_and_an_empty_bucket_is_not_forgotten_for_fuller_ones() {
        let mut shard = Shard::default();
        let take = |shard: &mut Shard, n| shard.take(address(n), &RATE, 100, Instant::now());
        // Address 0 empties its bucket, then a million other addresses try to have the bucket removed.
        while take(&mut shard, 0).is_ok() {}
        for n in 1..1_000_000 {
            take(&mut shard, n).unwrap();
            assert!(shard.buckets.len() <= 100);
        }
        check(&shard);
        assert!(take(&mut shard, 0).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn full_buckets_make_room_first() {
        let mut shard = Shard::default();
        let take = |shard: &mut Shard, n| shard.take(address(n), &RATE, 4, Instant::now());
        for n in 0..4 {
            take(&mut shard, n).unwrap();
        }
        advance(Duration::from_secs(1)).await;
        // All buckets are full again except that of address 2.
        take(&mut shard, 2).unwrap();
        for n in 10..13 {
            take(&mut shard, n).unwrap();
        }
        check(&shard);
        assert!(shard.places.contains_key(&address(2)), "{:?}", shard.places);
        assert_eq!(shard.buckets.len(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn each_address_has_a_bucket() {
        let addresses = Addresses::default();
        for n in 0..100 {
            let taken = (0..50).filter(|_| addresses.take(address(n), &RATE, 1000).is_ok()).count();
            assert_eq!(taken, 10);
        }
        advance(Duration::from_secs(1)).await;
        for n in 0..100 {
            addresses.take(address(n), &RATE, 1000).unwrap();
            assert_eq!(addresses.take(address(n), &RATE, 1000), Err(Duration::from_secs(1)));
        }
    }
}
