//! `Addresses`: counts the sessions or TCP connections of each client address. An address with a count of 0 takes no
//! memory.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::engine::request::proxy::address_key;

/// As many as four bits have values.
const SHARDS: usize = 16;

/// The counts of all addresses.
#[derive(Default)]
pub(crate) struct Addresses {
    shards: [Mutex<HashMap<IpAddr, usize>>; SHARDS],
}

impl Addresses {
    fn shard(&self, key: IpAddr) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // Of an IPv6 address only the network is in the key. A client that chooses its address chooses a shard, and no more.
        let bits = match key {
            IpAddr::V4(address) => address.to_bits(),
            IpAddr::V6(address) => (address.to_bits() >> 64) as u32 ^ (address.to_bits() >> 96) as u32,
        };
        self.shards[(bits.wrapping_mul(0x9E37_79B9) >> 28) as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one to the address's count, until the `Share` is dropped; `None` if the count is `max` already. An IPv6
    /// address counts as its network of 64 bits.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr, max: usize) -> Option<Share> {
        let key = address_key(address);
        let mut shard = self.shard(key);
        let count = shard.entry(key).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        drop(shard);
        Some(Share { addresses: Arc::clone(self), key })
    }
}

/// One session or connection of an address, counted until it is dropped.
pub(crate) struct Share {
    addresses: Arc<Addresses>,
    key: IpAddr,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut shard = self.addresses.shard(self.key);
        if let Some(count) = shard.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                shard.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_number_and_ipv6_is_counted_by_network() {
        let addresses = Arc::new(Addresses::default());
        let take = |address: &str| addresses.take(address.parse().unwrap(), 2);
        for [first, second, other] in [
            ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"],
            ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"],
        ] {
            let both = [take(first).unwrap(), take(second).unwrap()];
            assert!(take(first).is_none() && take(other).is_some());
            drop(both);
            assert!(take(first).is_some());
        }
        assert!(addresses.shards.iter().all(|shard| shard.lock().unwrap().is_empty()));
    }
}
