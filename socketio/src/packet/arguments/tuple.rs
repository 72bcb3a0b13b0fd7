//! Reads an acknowledgement into a tuple. Surplus arguments are ignored and absent ones are missing, as for handlers.

use std::marker::PhantomData;

use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::missing::Missing;
use super::pass::Pass;

/// Reads all arguments into the tuple `T`.
pub(super) struct Tuple<T>(PhantomData<T>);

impl<T> Tuple<T> {
    pub(super) fn new() -> Tuple<T> {
        Tuple(PhantomData)
    }
}

impl<T: DeserializeOwned> Pass for Tuple<T> {
    type Output = T;

    fn arguments<'de, A: SeqAccess<'de>>(self, arguments: A) -> Result<T, A::Error> {
        T::deserialize(Elements(arguments))
    }
}

/// The elements themselves as a deserializer.
struct Elements<A>(A);

impl<'de, A: SeqAccess<'de>> Deserializer<'de> for Elements<A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_seq(self.0)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_seq(Padded { arguments: self.0, left: len })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple_struct map struct enum identifier ignored_any
    }
}

/// Exactly `left` elements; absent ones are [`Missing`].
struct Padded<A> {
    arguments: A,
    left: usize,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Padded<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        let mut seed = Some(seed);
        if let Some(value) = self.arguments.next_element_seed(Borrowed(&mut seed))? {
            return Ok(Some(value));
        }
        // There was no element, so that the seed was not used.
        seed.map(|seed| seed.deserialize(Missing::new())).transpose()
    }
}

/// A seed that can be taken back if it was not used.
struct Borrowed<'a, S>(&'a mut Option<S>);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Borrowed<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        let seed = self.0.take().ok_or_else(|| de::Error::custom("element read twice"))?;
        seed.deserialize(deserializer)
    }
}
