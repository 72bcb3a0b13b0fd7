//! Which server of a Redis Cluster has a channel or a key: the hash slots.

use std::sync::Arc;

use redis::Value;

/// The number of slots of every Redis Cluster.
const SLOTS: u16 = 16_384;

/// A server: host and port as the cluster announces them.
pub(in crate::adapter::redis) type Address = (Arc<str>, u16);

/// The slots that a master serves.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Range {
    first: u16,
    last: u16,
    master: Address,
}

/// The masters of a cluster and their slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots(Vec<Range>);

impl Slots {
    /// Reads the answer to `CLUSTER SLOTS`, which the server at `host` has given. What is not understood is left out.
    pub(super) fn read(answer: &Value, host: &str) -> Self {
        let Value::Array(ranges) = answer else { return Self::default() };
        let mut ranges: Vec<Range> = ranges.iter().filter_map(|range| Range::read(range, host)).collect();
        ranges.sort_by_key(|range| range.first);
        Self(ranges)
    }

    /// The master that serves the slot of a channel or key.
    pub(super) fn master(&self, name: &[u8]) -> Option<&Address> {
        let slot = slot(name);
        let at = self.0.partition_point(|range| range.last < slot);
        self.0.get(at).filter(|range| range.first <= slot).map(|range| &range.master)
    }

    /// All masters, each once.
    pub(super) fn masters(&self) -> Vec<Address> {
        let mut masters: Vec<Address> = self.0.iter().map(|range| range.master.clone()).collect();
        masters.sort();
        masters.dedup();
        masters
    }
}

impl Range {
    fn read(range: &Value, host: &str) -> Option<Self> {
        let Value::Array(range) = range else { return None };
        let [Value::Int(first), Value::Int(last), Value::Array(master), ..] = &range[..] else { return None };
        let [name, Value::Int(port), ..] = &master[..] else { return None };
        // An empty name stands for the server that was asked.
        let name = match name {
            Value::BulkString(name) => str::from_utf8(name).ok()?,
            Value::SimpleString(name) => name,
            _ => "",
        };
        let name = if name.is_empty() || name == "?" { host } else { name };
        Some(Self {
            first: u16::try_from(*first).ok()?,
            last: u16::try_from(*last).ok()?,
            master: (name.into(), u16::try_from(*port).ok()?),
        })
    }
}

/// The slot of a name: of the part between the first `{` and the `}` behind it, if there is such a part and it is not empty.
fn slot(name: &[u8]) -> u16 {
    let tag = memchr::memchr(b'{', name).and_then(|open| {
        let behind = &name[open + 1..];
        memchr::memchr(b'}', behind).filter(|close| *close > 0).map(|close| &behind[..close])
    });
    crc16(tag.unwrap_or(name)) % SLOTS
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_redis() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert_eq!(slot(b"foo"), 12_182);
        assert_eq!(slot(b"a{foo}b"), 12_182);
        assert_eq!(slot(b"{}foo"), crc16(b"{}foo") % SLOTS);
        assert_eq!(slot(b"a{foo"), crc16(b"a{foo") % SLOTS);
    }

    #[test]
    fn a_channel_belongs_to_the_master_of_its_slot() {
        let text = |text: &str| Value::BulkString(text.into());
        let range = |first, last, host: &str, port| {
            Value::Array(vec![
                Value::Int(first),
                Value::Int(last),
                Value::Array(vec![text(host), Value::Int(port)]),
                Value::Array(vec![text("replica"), Value::Int(1)]),
            ])
        };
        let slots = Slots::read(
            &Value::Array(vec![range(8192, 16_383, "b", 2), range(0, 8191, "", 1), Value::Nil, range(-1, 5, "c", 3)]),
            "asked",
        );
        assert_eq!(slots.masters(), [("asked".into(), 1), ("b".into(), 2)]);
        assert_eq!(slots.master(b"foo"), Some(&("b".into(), 2)));
        assert_eq!(slots.master(b"bar"), Some(&("asked".into(), 1)));
        assert_eq!(Slots::read(&Value::Okay, "x").master(b"foo"), None);
    }
}
