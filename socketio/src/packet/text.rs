//! `Text`: a received text or a part of it, shared instead of copied. Text to be sent is a `Frame`.

use std::{
    fmt,
    ops::{Deref, Range},
};

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::packet::pool;

/// A shared UTF-8 string, or a part of one. Cloning and slicing do not copy the characters.
///
/// The characters stay in the buffer that they were received in: one that is kept for long should be copied with
/// `to_string()`, so that the buffer can be freed.
#[derive(Clone, Default)]
pub struct Text {
    whole: Utf8Bytes,
    start: usize,
    end: usize,
}

impl Text {
    /// Checks that `bytes` are UTF-8, once; nothing is copied.
    pub(crate) fn from_utf8(bytes: Bytes) -> Result<Self, std::str::Utf8Error> {
        Utf8Bytes::try_from(bytes).map(Self::whole)
    }

    /// A received text, all of it. Not a `From`, so that the type is no part of the public interface.
    pub(crate) fn whole(whole: Utf8Bytes) -> Self {
        let end = whole.as_str().len();
        Self { whole, start: 0, end }
    }

    /// The string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.whole.as_str()[self.start..self.end]
    }

    /// The part of this text in `range` (bytes), sharing its memory.
    ///
    /// # Panics
    /// As slicing a `str` does: if the range is out of bounds or cuts a character.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let part = &self.as_str()[range.clone()];
        Self { whole: self.whole.clone(), start: self.start + range.start, end: self.start + range.start + part.len() }
    }

    /// This text without its first `n` bytes, which the caller has checked to be whole characters.
    pub(crate) fn skip(mut self, n: usize) -> Self {
        debug_assert!(self.as_str().is_char_boundary(n));
        self.start = (self.start + n).min(self.end);
        self
    }

    /// The length in bytes of the buffer that this part keeps allocated.
    pub(crate) fn buffer_len(&self) -> usize {
        self.whole.as_str().len()
    }

    /// This text, to be kept for longer than the call: copied if it is a small part of a large buffer, shared otherwise.
    pub(crate) fn compact(&self) -> Self {
        if pool::wastes(self.len(), self.buffer_len()) { Self::from(self.as_str()) } else { self.clone() }
    }

    /// The bytes of the part, sharing its memory.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        let (start, end) = (self.start, self.end);
        Bytes::from(self.whole).slice(start..end)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::whole(Utf8Bytes::from(text))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::whole(Utf8Bytes::from(text))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_share_and_compose() {
        let text = Text::from("4héllo wörld");
        let inner = text.clone().skip(1);
        assert_eq!(inner, "héllo wörld");
        let word = inner.slice(7..13);
        assert_eq!(word, "wörld");
        assert_eq!(word.slice(0..1), "w");
        assert_eq!(&word.into_bytes()[..], "wörld".as_bytes());
    }

    #[test]
    fn a_small_part_of_a_large_buffer_is_copied() {
        let large = Text::from("x".repeat(100_000));
        let small = large.slice(10..40);
        assert_eq!((small.buffer_len(), small.compact().buffer_len()), (100_000, 30));
        assert_eq!(small.compact(), small);
        // Half of it and more is not worth a copy, and neither is a part of a small buffer.
        assert_eq!(large.slice(0..60_000).compact().buffer_len(), 100_000);
        assert_eq!(Text::from("x".repeat(4096)).slice(0..10).compact().buffer_len(), 4096);
    }

    #[test]
    fn invalid_utf8_is_refused() {
        assert!(Text::from_utf8(Bytes::from_static(b"4\xff")).is_err());
    }

    #[test]
    fn skipping_everything_leaves_nothing() {
        assert_eq!(Text::from("4").skip(1), "");
    }
}
