//! The object of a [`Value`]: entries by key, in the order of insertion.

use std::fmt;
use std::mem;
use std::vec;

use indexmap::IndexMap;

use super::Value;

/// Up to this number of entries a linear search is faster than hashing.
const FEW: usize = 16;

/// The entries of an object, in the order in which they were inserted or received.
///
/// Two maps are equal if they have the same entries in any order.
#[derive(Clone)]
pub struct Map {
    entries: Entries,
}

#[derive(Clone)]
enum Entries {
    /// At most [`FEW`].
    Few(Vec<(String, Value)>),
    /// More than [`FEW`], also after some were removed. Boxed, because otherwise every number in an array would take the memory of a map.
    Many(Box<IndexMap<String, Value>>),
}

impl Map {
    /// A map without entries.
    pub fn new() -> Map {
        Map { entries: Entries::Few(Vec::new()) }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        match &self.entries {
            Entries::Few(entries) => entries.len(),
            Entries::Many(entries) => entries.len(),
        }
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.entries {
            Entries::Few(entries) => entries.iter().find(|(known, _)| known == key).map(|(_, value)| value),
            Entries::Many(entries) => entries.get(key),
        }
    }

    /// Sets the value of `key` and gives back what it was. A new key comes last, a known one keeps its place.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        let few = match &mut self.entries {
            Entries::Few(few) => few,
            Entries::Many(many) => return many.insert(key, value),
        };
        if let Some((_, known)) = few.iter_mut().find(|(known, _)| *known == key) {
            return Some(mem::replace(known, value));
        }
        if few.len() < FEW {
            few.push((key, value));
        } else {
            let entries = mem::take(few).into_iter().chain([(key, value)]);
            self.entries = Entries::Many(Box::new(entries.collect()));
        }
        None
    }

    /// Takes `key` out; the order of the others stays. Takes time in proportion to the number of entries.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        match &mut self.entries {
            Entries::Few(entries) => {
                let at = entries.iter().position(|(known, _)| known == key)?;
                Some(entries.remove(at).1)
            }
            Entries::Many(entries) => entries.shift_remove(key),
        }
    }

    /// All entries in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        match &self.entries {
            Entries::Few(entries) => Either::Few(entries.iter().map(|(key, value)| (key.as_str(), value))),
            Entries::Many(entries) => Either::Many(entries.iter().map(|(key, value)| (key.as_str(), value))),
        }
    }

    /// All values in their order, to be changed.
    pub fn values_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Value> {
        match &mut self.entries {
            Entries::Few(entries) => Either::Few(entries.iter_mut().map(|(_, value)| value)),
            Entries::Many(entries) => Either::Many(entries.values_mut()),
        }
    }
}

impl Default for Map {
    fn default() -> Map {
        Map::new()
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Map) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Map {
        let mut map = Map::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        IntoIter(match self.entries {
            Entries::Few(entries) => Either::Few(entries.into_iter()),
            Entries::Many(entries) => Either::Many(entries.into_iter()),
        })
    }
}

/// The entries of a [`Map`], in their order.
#[derive(Debug)]
pub struct IntoIter(Either<vec::IntoIter<(String, Value)>, indexmap::map::IntoIter<String, Value>>);

impl Iterator for IntoIter {
    type Item = (String, Value);

    fn next(&mut self) -> Option<(String, Value)> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for IntoIter {}

/// An iterator over few entries, or over many: a [`Map`] keeps its entries in one of two ways.
#[derive(Debug)]
enum Either<F, M> {
    Few(F),
    Many(M),
}

impl<F: Iterator, M: Iterator<Item = F::Item>> Iterator for Either<F, M> {
    type Item = F::Item;

    fn next(&mut self) -> Option<F::Item> {
        match self {
            Either::Few(few) => few.next(),
            Either::Many(many) => many.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Either::Few(few) => few.size_hint(),
            Either::Many(many) => many.size_hint(),
        }
    }
}

impl<F: ExactSizeIterator, M: ExactSizeIterator<Item = F::Item>> ExactSizeIterator for Either<F, M> {}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// As [`Value`]'s.
impl fmt::Display for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (at, (key, value)) in self.iter().enumerate() {
            f.write_str(if at > 0 { "," } else { "" })?;
            write_string(f, key)?;
            write!(f, ":{value}")?;
        }
        f.write_str("}")
    }
}

/// Writes `text` as a JSON string.
pub(super) fn write_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str(&crate::packet::json::quoted(text))
}
