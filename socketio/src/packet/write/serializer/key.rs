//! Writes the keys of an object: strings, and the scalars that serde_json makes strings of.

use std::fmt::Display;

use serde::ser::{self, Error as _, Impossible, Serialize};
use serde_json::Error;

use super::Serializer;

/// Writes a key, with its quotes.
pub(super) struct KeySerializer<'s, 'a>(pub(super) &'s mut Serializer<'a>);

fn not_a_string<T>() -> Result<T, Error> {
    Err(Error::custom("key must be a string"))
}

/// Writes the scalar between quotes.
macro_rules! quoted {
    ($($method:ident($ty:ty),)*) => {$(
        fn $method(self, value: $ty) -> Result<(), Error> {
            self.0.out.push(b'"');
            value.serialize(&mut *self.0)?;
            self.0.text(b"\"")
        }
    )*};
}

/// The same, but JSON has no number for infinity.
macro_rules! finite {
    ($($method:ident($ty:ty),)*) => {$(
        fn $method(self, value: $ty) -> Result<(), Error> {
            if !value.is_finite() {
                return Err(Error::custom("float key must be finite (got NaN or +/-inf)"));
            }
            self.0.out.push(b'"');
            value.serialize(&mut *self.0)?;
            self.0.text(b"\"")
        }
    )*};
}

/// Refuses values that cannot be keys.
macro_rules! refused {
    ($($method:ident($($ty:ty),*) -> $ok:ty,)*) => {$(
        fn $method(self, $(_: $ty),*) -> Result<$ok, Error> {
            not_a_string()
        }
    )*};
}

impl ser::Serializer for KeySerializer<'_, '_> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Impossible<(), Error>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStruct = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.0.serialize_str(value)
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.0.serialize_char(value)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.0.serialize_str(variant)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Error> {
        self.0.displayed(value)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    quoted! {
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_i128(i128),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_u128(u128),
    }

    finite! {
        serialize_f32(f32),
        serialize_f64(f64),
    }

    refused! {
        serialize_bytes(&[u8]) -> (),
        serialize_none() -> (),
        serialize_unit() -> (),
        serialize_unit_struct(&'static str) -> (),
        serialize_seq(Option<usize>) -> Self::SerializeSeq,
        serialize_tuple(usize) -> Self::SerializeTuple,
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
        serialize_map(Option<usize>) -> Self::SerializeMap,
        serialize_struct(&'static str, usize) -> Self::SerializeStruct,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant,
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        not_a_string()
    }
}
