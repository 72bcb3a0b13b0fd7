//! Which generation of the protocols a client speaks. What that means is decided where packets are read and written.

/// The generations that differ on the wire. Everything above the engine is written for the newest, and translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Generation {
    /// Clients 0.7 to 0.9, from before Engine.IO.
    #[cfg_attr(not(feature = "legacy"), allow(dead_code, reason = "nobody else makes sessions of it"))]
    V1,
    /// Clients 1.0 to 2.5: Engine.IO 2 and 3, Socket.IO 3 and 4. On the wire the pairs are the same.
    V3,
    /// Clients 3.0 and newer: Engine.IO 4, Socket.IO 5.
    V4,
}

impl Generation {
    /// The generation of an `EIO` query parameter.
    pub(crate) fn from_query(version: &str) -> Option<Generation> {
        match version {
            "4" => Some(Generation::V4),
            // The browser builds of 1.0 say 2, and mean 3.
            "3" | "2" => Some(Generation::V3),
            _ => None,
        }
    }

    /// The number that stands for it in options and towards handlers: 1, 3 or 4.
    pub(crate) const fn protocol(self) -> u8 {
        match self {
            Generation::V1 => 1,
            Generation::V3 => 3,
            Generation::V4 => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_generations() {
        let of = |version| Generation::from_query(version).map(Generation::protocol);
        assert_eq!([of("4"), of("3"), of("2")], [Some(4), Some(3), Some(3)]);
        for strange in ["", "1", "5", "04", "3 ", "abc"] {
            assert_eq!(of(strange), None, "{strange}");
        }
        assert_eq!(Generation::V1.protocol(), 1);
    }
}
