//! Distinguishes `{"_placeholder":true,"num":0}` from other objects.
//!
//! The keys may come in either order, so that an object that begins with one of them is read to its end first. It is read once, however
//! deep such objects are nested, because the objects inside of it are resolved in place.

use bytes::Bytes;
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess};

use super::binary::{Attachments, WithBinary};
use crate::packet::value::{Key, Value};

const FLAG: &str = "_placeholder";
const NUM: &str = "num";

/// What an object is.
pub(super) enum Found<'a, 'de, A> {
    /// A placeholder for these bytes.
    Binary(&'a Bytes),
    /// An ordinary object, of which only the first key was read.
    Object(Object<'a, 'de, A>),
    /// An ordinary object that begins with a key of a placeholder, with all its entries. The placeholders in it are replaced by bytes.
    Entries(Vec<(Key<'de>, Value)>),
}

/// Reads the first key of `map`, and all entries if it is a key of a placeholder.
pub(super) fn classify<'a, 'de, A: MapAccess<'de>>(
    mut map: A,
    attachments: &'a Attachments<'a>,
) -> Result<Found<'a, 'de, A>, A::Error> {
    let key = match map.next_key::<Key<'de>>()? {
        Some(key) if is_ours(key.as_str()) => key,
        key => return Ok(Found::Object(Object { map, attachments, key })),
    };
    let mut entries = Vec::with_capacity(2);
    entries.push((key, map.next_value()?));
    while let Some(entry) = map.next_entry::<Key<'de>, Value>()? {
        entries.push(entry);
    }
    if let Some(num) = number(entries.iter().map(|(key, value)| (key.as_str(), value))) {
        return attachments.part(num).map(Found::Binary);
    }
    for (_, value) in &mut entries {
        resolve(value, attachments)?;
    }
    Ok(Found::Entries(entries))
}

/// Replaces the placeholders in `value` by bytes. The depth of `value` is bounded, because serde_json has read it.
fn resolve<E: de::Error>(value: &mut Value, attachments: &Attachments<'_>) -> Result<(), E> {
    match value {
        Value::Array(elements) => elements.iter_mut().try_for_each(|element| resolve(element, attachments)),
        Value::Object(map) => {
            if let Some(num) = number(map.iter()) {
                *value = Value::Binary(attachments.part(num)?.clone());
                return Ok(());
            }
            map.values_mut().try_for_each(|value| resolve(value, attachments))
        }
        _ => Ok(()),
    }
}

/// `None` if the object is not a placeholder; else its number, which is `None` if it is not an integer.
///
/// A placeholder begins with one of its keys and is flagged.
fn number<'v>(entries: impl Iterator<Item = (&'v str, &'v Value)>) -> Option<Option<u64>> {
    let (mut flagged, mut num) = (false, None);
    for (at, (key, value)) in entries.enumerate() {
        match key {
            FLAG => flagged = *value == Value::Bool(true),
            NUM => num = value.as_u64(),
            _ if at == 0 => return None,
            _ => {}
        }
    }
    flagged.then_some(num)
}

fn is_ours(key: &str) -> bool {
    key == FLAG || key == NUM
}

/// An ordinary object, whose first key has been read.
pub(super) struct Object<'a, 'de, A> {
    map: A,
    attachments: &'a Attachments<'a>,
    key: Option<Key<'de>>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Object<'_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        match self.key.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(WithBinary::new(seed, self.attachments))
    }
}
