//! Reads packets with one argument that is a string without escapes, which are the most common ones: the string is a part of the packet's
//! text. serde_json reads all others.

use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::Error;

use crate::packet::json;

/// The argument in `["name","text"]` or, of an answer, in `["text"]`, with its quotes; `None` if it is anything else.
pub(super) fn only_string(json: &str, skip_name: bool) -> Option<&str> {
    // The end first, because it differs in most other packets.
    let mut rest = json.strip_suffix("\"]")?.strip_prefix("[\"")?;
    if skip_name {
        let end = json::special_at(rest.as_bytes())?;
        rest = rest[end..].strip_prefix("\",\"")?;
    }
    if json::plain_len(rest.as_bytes()) < rest.len() {
        return None;
    }
    // With its quotes.
    json.get(json.len() - rest.len() - 3..json.len() - 1)
}

/// The one argument as an array's elements.
pub(super) struct SingleString<'de>(Option<&'de str>);

impl<'de> SingleString<'de> {
    pub(super) fn new(literal: &'de str) -> SingleString<'de> {
        SingleString(Some(literal))
    }
}

impl<'de> SeqAccess<'de> for SingleString<'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.0.take().map(|literal| seed.deserialize(Literal(literal)).map_err(placed)).transpose()
    }
}

/// The error with a position, as all errors of serde_json have, so that `json::message` cuts off the position and nothing else.
#[cold]
fn placed(error: Error) -> Error {
    // serde_json finds the position at the end of the text.
    if error.line() == 0 { Error::custom(format_args!("{error} at line 1 column 1")) } else { error }
}

/// A string without escapes, in its quotes.
struct Literal<'de>(&'de str);

impl<'de> Literal<'de> {
    fn text(&self) -> &'de str {
        &self.0[1..self.0.len() - 1]
    }
}

/// serde_json answers types that do not ask for a string, so that what they accept, and the text of their errors, is the same for every packet.
macro_rules! by_serde_json {
    ($($method:ident($($arg:ident: $ty:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($arg: $ty,)* visitor: V) -> Result<V::Value, Error> {
            serde_json::Deserializer::from_str(self.0).$method($($arg,)* visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Literal<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.text())
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.text())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.text())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    by_serde_json! {
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_i128();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier();
        deserialize_ignored_any();
    }
}

#[cfg(test)]
#[path = "single_string_tests.rs"]
mod tests;
