//! `SocketId`: 15 random bytes as 20 characters of URL-safe base64.

use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// An unguessable identifier of 20 characters (`A-Za-z0-9-_`), as long as Node's: some of its tools rely on the length.
///
/// Engine sessions and the sockets of Socket.IO have ids of this form; the two are never the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId([u8; SocketId::LEN]);

/// What the engine calls it: its sessions have ids of this form too.
pub(crate) use SocketId as Id;

impl SocketId {
    /// Characters in an id.
    pub(crate) const LEN: usize = 20;

    /// The id of a socket whose node does not tell its id: that of an acknowledgement from a node of another implementation. No socket has it.
    pub const UNKNOWN: Self = Self([b'-'; Self::LEN]);

    /// A new one from the operating system's random source (120 bits). An error means that the source failed, which
    /// an identifier that must not be guessed cannot do without.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 15];
        getrandom::fill(&mut bytes)?;
        let mut id = [b'-'; Self::LEN];
        // 15 bytes are exactly 20 characters, so the slice is never too small.
        let _ = URL_SAFE_NO_PAD.encode_slice(bytes, &mut id);
        Ok(Self(id))
    }

    /// Reads an id, if the text has the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; Self::LEN] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).then_some(Self(bytes))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        // Both constructors make it of ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The first characters, for logs: a whole session id would let a reader of the log take the session over.
    pub(crate) fn hint(&self) -> &str {
        &self.as_str()[..4]
    }

    /// A number spread evenly over the ids.
    pub(crate) fn shard(&self) -> usize {
        usize::from(self.0[0]) ^ usize::from(self.0[1]) << 3
    }
}

/// Hashes ids by eight of their bytes, because the ids in a map are random; a client can only look for others.
#[derive(Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            // The characters use six of eight bits each; the multiplication spreads them over all of the word.
            self.0 = u64::from_ne_bytes(*first).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    // An array hashes its length first, which is the same for all.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// For maps by id.
pub(crate) type ById = BuildHasherDefault<IdHasher>;

impl serde::Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id of 20 characters")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Id, E> {
                // The text is not repeated in the error, because it is as long as its sender likes.
                Id::parse(text).ok_or_else(|| E::custom("not an id: expected 20 characters of `A-Za-z0-9-_`"))
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", self.hint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_and_differ() {
        let (a, b) = (Id::random().unwrap(), Id::random().unwrap());
        assert_eq!(a.as_str().len(), 20);
        assert_ne!(a, b);
        assert_eq!(Id::parse(a.as_str()), Some(a));
    }

    #[test]
    fn an_id_is_written_and_read_as_its_text() {
        let id = Id::random().unwrap();
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<Id>(&json).unwrap(), id);
        assert_eq!(serde_json::from_value::<Id>(json.trim_matches('"').into()).unwrap(), id);
        let error = serde_json::from_str::<Id>(&format!("\"{}\"", "x".repeat(1000))).unwrap_err().to_string();
        assert!(error.starts_with("not an id") && error.len() < 100, "{error}");
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["", "short", "__proto__", "aaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaa aaaaaaaaa", "ääääääääää"]
        {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }
}
