//! The value of an argument that the client has not sent: `None` for an option, `()` for a unit; an error for other types.

use std::marker::PhantomData;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor, value};
use serde::forward_to_deserialize_any;

use super::pass::ReadFailure;

/// The value of a missing argument: `None` for an option, `()` for a unit, and an error for other types.
pub(crate) fn missing<T: DeserializeOwned>() -> Result<T, ReadFailure> {
    T::deserialize(Missing::<value::Error>::new()).map_err(|error| ReadFailure::Data(error.to_string()))
}

/// The deserializer of a missing argument. It is not that of `null`, which more types accept.
pub(super) struct Missing<E>(PhantomData<E>);

impl<E> Missing<E> {
    pub(super) fn new() -> Missing<E> {
        Missing(PhantomData)
    }
}

impl<'de, E: de::Error> Deserializer<'de> for Missing<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, E> {
        Err(E::custom("missing"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
