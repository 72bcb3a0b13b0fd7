//! The ids of stream entries, which are the offsets of events.

use std::fmt;
use std::str::FromStr;

/// The id of an entry: the millisecond at which the server added it, and a number within it. Later entries have greater ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct EntryId {
    ms: u64,
    number: u64,
}

impl EntryId {
    /// Behind all entries.
    pub(super) const MAX: Self = Self { ms: u64::MAX, number: u64::MAX };

    /// The least id behind this one.
    pub(super) fn next(self) -> Self {
        match self.number.checked_add(1) {
            Some(number) => Self { number, ..self },
            None => Self { ms: self.ms.saturating_add(1), number: 0 },
        }
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.number)
    }
}

/// The text is no id of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InvalidId;

impl FromStr for EntryId {
    type Err = InvalidId;

    /// Digits, `-`, digits: what Node's adapter takes for an offset. Nothing else may reach a command, where `-`, `+` and `(` have a meaning.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let digits = |part: &str| -> Result<u64, InvalidId> {
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(InvalidId);
            }
            part.parse().map_err(|_| InvalidId)
        };
        let (ms, number) = text.split_once('-').ok_or(InvalidId)?;
        Ok(Self { ms: digits(ms)?, number: digits(number)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_two_numbers() {
        let id: EntryId = "1795208953000-12".parse().unwrap();
        assert_eq!(id.to_string(), "1795208953000-12");
        assert_eq!(id.next().to_string(), "1795208953000-13");
        assert_eq!(EntryId { ms: 1, number: u64::MAX }.next(), EntryId { ms: 2, number: 0 });
        let ordered: Vec<EntryId> = ["0-0", "0-1", "9-9", "10-0"].iter().map(|id| id.parse().unwrap()).collect();
        assert!(ordered.is_sorted());
        for text in ["", "-", "+", "1", "1-", "-1", "1-+1", "(1-1", "1-1-1", "a-1", "1-1 ", "99999999999999999999-1"] {
            assert_eq!(text.parse::<EntryId>(), Err(InvalidId), "{text}");
        }
    }
}
