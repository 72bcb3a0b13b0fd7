//! A layer around serde_json for packets with attachments: a placeholder, at any depth, is read as bytes. Other values pass unchanged.
//!
//! A type asks the deserializer for a value, and the deserializer calls the visitor of the type. [`WithBinary`] wraps the deserializer,
//! [`Shown`] wraps the visitor, and both wrap the deserializers of elements in turn.

use std::cell::Cell;
use std::fmt;

use bytes::Bytes;
use serde::de::value::MapDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::placeholder::{self, Found};

/// A packet's attachments while its arguments are read.
pub(super) struct Attachments<'a> {
    parts: &'a [Bytes],
    /// Which of them a placeholder has named.
    used: Vec<Cell<bool>>,
    /// A placeholder has named no attachment. Unlike a wrong type, this breaks the protocol.
    misused: Cell<bool>,
}

impl<'a> Attachments<'a> {
    pub(super) fn new(parts: &'a [Bytes]) -> Attachments<'a> {
        Attachments { parts, used: vec![Cell::new(false); parts.len()], misused: Cell::new(false) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub(super) fn misused(&self) -> bool {
        self.misused.get()
    }

    /// The attachment with the number `num`, which is `None` if it was not a number at all.
    ///
    /// Each attachment is returned once. Senders number every occurrence anew; and because types copy the bytes, a short text that named one
    /// large attachment a thousand times would fill the memory.
    pub(super) fn part<E: de::Error>(&self, num: Option<u64>) -> Result<&'a Bytes, E> {
        let at = num.and_then(|num| usize::try_from(num).ok());
        match at.and_then(|at| Some((self.parts.get(at)?, self.used.get(at)?))) {
            Some((part, used)) if !used.replace(true) => Ok(part),
            _ => {
                self.misused.set(true);
                Err(E::custom("illegal attachments"))
            }
        }
    }
}

/// A deserializer, a seed or an access, with the attachments.
pub(super) struct WithBinary<'a, T> {
    inner: T,
    attachments: &'a Attachments<'a>,
}

impl<'a, T> WithBinary<'a, T> {
    pub(super) fn new(inner: T, attachments: &'a Attachments<'a>) -> WithBinary<'a, T> {
        WithBinary { inner, attachments }
    }
}

/// Forwards to the inner deserializer, with a visitor that replaces placeholders.
macro_rules! deeper {
    ($($method:ident($($arg:ident: $ty:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($arg: $ty,)* visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method($($arg,)* Shown { visitor, attachments: self.attachments })
        }
    )*};
}

/// Forwards to the inner deserializer as it is, because the value is a scalar or ignored.
macro_rules! plain {
    ($($method:ident($($arg:ident: $ty:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($arg: $ty,)* visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method($($arg,)* visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for WithBinary<'_, D> {
    type Error = D::Error;

    deeper! {
        deserialize_any();
        deserialize_option();
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
    }

    plain! {
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
        deserialize_str();
        deserialize_string();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_identifier();
        deserialize_ignored_any();
    }

    /// Asks the inner deserializer for any value, because serde_json would refuse to read bytes from a placeholder.
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserialize_any(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserialize_any(visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for WithBinary<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(WithBinary::new(deserializer, self.attachments))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for WithBinary<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_element_seed(WithBinary::new(seed, self.attachments))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'a, 'de, A: EnumAccess<'de>> EnumAccess<'de> for WithBinary<'a, A> {
    type Error = A::Error;
    type Variant = WithBinary<'a, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (name, variant) = self.inner.variant_seed(seed)?;
        Ok((name, WithBinary::new(variant, self.attachments)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for WithBinary<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(WithBinary::new(seed, self.attachments))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(len, Shown { visitor, attachments: self.attachments })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, Shown { visitor, attachments: self.attachments })
    }
}

/// The visitor of a type. It receives bytes where the text has a placeholder.
struct Shown<'a, V> {
    visitor: V,
    attachments: &'a Attachments<'a>,
}

/// Forwards a scalar to the visitor.
macro_rules! show {
    ($($method:ident($ty:ty);)*) => {$(
        fn $method<E: de::Error>(self, value: $ty) -> Result<V::Value, E> {
            self.visitor.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Shown<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    show! {
        visit_bool(bool);
        visit_i64(i64);
        visit_i128(i128);
        visit_u64(u64);
        visit_u128(u128);
        visit_f64(f64);
        visit_str(&str);
        visit_borrowed_str(&'de str);
        visit_string(String);
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(WithBinary::new(deserializer, self.attachments))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(WithBinary::new(deserializer, self.attachments))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_seq(WithBinary::new(elements, self.attachments))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        match placeholder::classify(map, self.attachments)? {
            Found::Binary(bytes) => self.visitor.visit_byte_buf(bytes.to_vec()),
            Found::Object(map) => self.visitor.visit_map(map),
            Found::Entries(entries) => self.visitor.visit_map(MapDeserializer::new(entries.into_iter())),
        }
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(WithBinary::new(access, self.attachments))
    }
}
