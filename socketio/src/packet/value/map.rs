//! The object of a [`Value`]: entries by key, in the order in which they came.

use std::fmt;

use indexmap::IndexMap;

use super::Value;

/// The entries of an object, in the order in which they were inserted or received.
///
/// Two maps are equal if they have the same entries in any order.
#[derive(Clone, Default, PartialEq)]
pub struct Map {
    /// Boxed, for otherwise every number in an array would take the room of a map.
    entries: Box<IndexMap<String, Value>>,
}

impl Map {
    /// A map without entries.
    pub fn new() -> Map {
        Map::default()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.get(key)
    }

    /// Sets the value of `key` and gives back what it was. A new key comes last, a known one keeps its place.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.entries.insert(key.into(), value.into())
    }

    /// Takes `key` out; the order of the others stays. Takes time in proportion to the number of entries.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.entries.shift_remove(key)
    }

    /// All entries in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// All values in their order, to be changed.
    pub fn values_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Value> {
        self.entries.values_mut()
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Map {
        Map { entries: Box::new(entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect()) }
    }
}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        IntoIter(self.entries.into_iter())
    }
}

/// The entries of a [`Map`], in their order.
#[derive(Debug)]
pub struct IntoIter(indexmap::map::IntoIter<String, Value>);

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
    let mut out = Vec::with_capacity(text.len() + 2);
    crate::packet::json::push_string(&mut out, text);
    // Only ASCII was put between what was text before.
    f.write_str(&String::from_utf8_lossy(&out))
}
