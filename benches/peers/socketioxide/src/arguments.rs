//! All arguments of an event, as they came. socketioxide reads a tuple struct as an argument list, so this poses as one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTupleStruct, Serializer};
use serde_json::Value;

const NAME: &str = "Arguments";

pub struct Arguments(Vec<Value>);

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Arguments;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a list of arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Arguments, A::Error> {
        let mut all = Vec::with_capacity(list.size_hint().unwrap_or(1));
        while let Some(one) = list.next_element()? {
            all.push(one);
        }
        Ok(Arguments(all))
    }

    fn visit_unit<E>(self) -> Result<Arguments, E> {
        Ok(Arguments(Vec::new()))
    }
}

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_tuple_struct(NAME, 1, Collect)
    }
}

impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_tuple_struct(NAME, self.0.len())?;
        self.0.iter().try_for_each(|one| list.serialize_field(one))?;
        list.end()
    }
}
