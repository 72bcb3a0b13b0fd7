//! `Socket::data`: the values of a socket that other nodes can see.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::sync::Notify;

use crate::error::{Error, code};

/// The values of one socket. Boxed, because few sockets have any.
#[derive(Default)]
pub(super) struct Values(Mutex<Option<Box<Map>>>);

/// JSON by name, and the bytes of both.
#[derive(Default)]
struct Map {
    values: BTreeMap<Box<str>, Box<str>>,
    bytes: usize,
}

/// The values of a socket that every node of a cluster can see; made by [`Socket::data`](super::Socket::data).
pub struct Data<'s> {
    values: &'s Values,
    limit: usize,
    /// Wakes the task that hands the socket's session to an adapter.
    changed: Option<&'s Notify>,
}

impl Values {
    /// The values, of which a socket may have so many bytes.
    pub(super) fn data(&self, limit: usize) -> Data<'_> {
        Data { values: self, limit, changed: None }
    }

    /// Puts the values of a session back, which are a JSON object. They were within the limit when they were set.
    pub(super) fn restore(&self, json: &str) {
        match serde_json::from_str::<BTreeMap<Box<str>, Box<RawValue>>>(json) {
            Ok(restored) => self.with(|map| {
                let values = restored.into_iter().map(|(name, value)| (name, value.get().into()));
                let values: BTreeMap<Box<str>, Box<str>> = values.collect();
                let bytes = values.iter().map(|(name, value)| name.len() + value.len()).sum();
                *map = (!values.is_empty()).then(|| Box::new(Map { values, bytes }));
            }),
            // An adapter has kept it.
            Err(error) => tracing::error!(%error, "the data of a recovered session is not a JSON object"),
        }
    }

    fn with<R>(&self, with: impl FnOnce(&mut Option<Box<Map>>) -> R) -> R {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<'s> Data<'s> {
    /// The same, and `changed` is notified of each change.
    pub(super) fn notifies(self, changed: Option<&'s Notify>) -> Self {
        Self { changed, ..self }
    }

    fn note_changed(&self) {
        if let Some(changed) = self.changed {
            changed.notify_one();
        }
    }

    /// Stores a value under a name, in place of the one that was there.
    ///
    /// # Errors
    /// [`DataError`]: the value cannot be written as JSON, or all values together would be larger than
    /// [`Server::max_data`](crate::Server::max_data). Nothing was changed.
    pub fn set(&self, name: &str, value: &(impl Serialize + ?Sized)) -> Result<(), DataError> {
        // Written before the lock is taken, because `Serialize` may be user code.
        let json = serde_json::to_string(value).map_err(|error| DataError::Unwritable(error.to_string()))?;
        self.values.with(|map| {
            let before =
                map.as_ref().and_then(|map| map.values.get(name)).map_or(0, |before| name.len() + before.len());
            let others = map.as_ref().map_or(0, |map| map.bytes) - before;
            let bytes = others.saturating_add(name.len()).saturating_add(json.len());
            if bytes > self.limit {
                return Err(DataError::TooLarge { limit: self.limit });
            }
            let map = map.get_or_insert_default();
            map.values.insert(name.into(), json.into());
            map.bytes = bytes;
            Ok(())
        })?;
        self.note_changed();
        Ok(())
    }

    /// The value of a name. `None` if there is none, or if it is not a `T`.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        // Read outside of the lock, because `Deserialize` may be user code.
        let json = self.values.with(|map| map.as_ref()?.values.get(name).cloned())?;
        serde_json::from_str(&json).ok()
    }

    /// Removes the value of a name; `false` if there was none.
    pub fn remove(&self, name: &str) -> bool {
        let removed = self.values.with(|values| {
            let Some(map) = values else { return false };
            let Some(removed) = map.values.remove(name) else { return false };
            map.bytes -= name.len() + removed.len();
            if map.values.is_empty() {
                *values = None;
            }
            true
        });
        if removed {
            self.note_changed();
        }
        removed
    }

    /// All values as one JSON object, with its names in alphabetical order.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.values.with(|map| {
            let mut json = String::from("{");
            for (name, value) in map.iter().flat_map(|map| &map.values) {
                let comma = if json.len() > 1 { "," } else { "" };
                // Writing into a `String` does not fail.
                let _ = write!(json, "{comma}{}:{value}", serde_json::Value::from(&**name));
            }
            json.push('}');
            json
        })
    }
}

impl fmt::Debug for Data<'_> {
    /// The names only, because values may be secrets of the user.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.values.with(|map| map.as_ref().map(|map| map.values.keys().cloned().collect::<Vec<_>>()));
        f.debug_tuple("Data").field(&names.unwrap_or_default()).finish()
    }
}

/// Why a value was not stored by [`Data::set`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataError {
    /// All values of the socket together would be larger than `Server::max_data` allows. Code `data_too_large`.
    TooLarge {
        /// How many bytes are allowed.
        limit: usize,
    },
    /// The value cannot be written as JSON. Code `internal`.
    Unwritable(String),
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => write!(f, "the data of a socket has at most {limit} bytes"),
            Self::Unwritable(why) => write!(f, "a value cannot be written as JSON: {why}"),
        }
    }
}

impl std::error::Error for DataError {}

impl From<DataError> for Error {
    fn from(error: DataError) -> Self {
        let code = match error {
            DataError::TooLarge { .. } => "data_too_large",
            DataError::Unwritable(_) => code::INTERNAL,
        };
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_by_name_and_read_as_their_type() {
        let values = Values::default();
        let data = values.data(1000);
        assert_eq!((data.to_json().as_str(), data.get::<u8>("a"), data.remove("a")), ("{}", None, false));
        data.set("quote\"", &[1, 2]).unwrap();
        data.set("a", "é").unwrap();
        assert_eq!(data.to_json(), r#"{"a":"é","quote\"":[1,2]}"#);
        assert_eq!((data.get::<String>("a"), data.get::<u8>("a")), (Some("é".to_owned()), None));
        assert!(data.remove("a") && data.remove("quote\"") && !data.remove("a"));
        assert!(values.with(|map| map.is_none()), "no memory is kept for no values");
        assert!(matches!(
            data.set("a", &std::collections::BTreeMap::from([((1, 2), 3)])),
            Err(DataError::Unwritable(_))
        ));
    }

    #[test]
    fn values_are_restored_as_they_were() {
        let (values, restored) = (Values::default(), Values::default());
        values.data(100).set("a", &1.5).unwrap();
        values.data(100).set("é", &["b"]).unwrap();
        restored.restore(&values.data(100).to_json());
        assert_eq!(restored.data(100).to_json(), values.data(100).to_json());
        // They count towards the limit: 4 bytes and 7, and 2 for another value.
        assert!(restored.data(12).set("c", &1).is_err());
        assert_eq!(restored.data(13).set("c", &1), Ok(()));
        restored.restore("{}");
        assert!(restored.with(|map| map.is_none()));
    }

    #[test]
    fn names_and_values_are_bounded_together() {
        let values = Values::default();
        let data = values.data(10);
        let full = Err(DataError::TooLarge { limit: 10 });
        assert_eq!(data.set("ab", "123456"), Ok(()), "two bytes and eight with the quotes");
        assert_eq!(data.set("c", &1), full);
        assert_eq!(data.set("ab", "1234567"), full);
        assert_eq!(data.get::<String>("ab").as_deref(), Some("123456"));
        assert_eq!((data.set("ab", &1), data.set("c", "12345")), (Ok(()), full.clone()));
        assert_eq!((data.set("c", "1234"), data.set("d", &1)), (Ok(()), full));
        assert!(data.remove("ab") && data.remove("c"));
        assert_eq!(data.set("ab", "123456"), Ok(()));
    }
}
