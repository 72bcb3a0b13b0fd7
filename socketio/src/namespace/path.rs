//! `&Path<T>`: reads the captures of a pattern namespace into types.

use std::fmt;
use std::ops::Deref;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::context::{Context, FromContext};
use super::requirements::Requirements;
use crate::error::Error;

/// The captures of a pattern namespace such as `/org/{id}`: one value, a tuple in the order of the path, or a struct with the names.
///
/// A path whose captures do not parse is not a path of this namespace: the next pattern that matches serves the path.
/// If no pattern does, the client receives "Invalid namespace". A tail captures the rest of the path: with
/// `/files/{*path}`, the capture of `/files/a/b.txt` is `a/b.txt`.
///
/// ```
/// use serde::Deserialize;
/// use socketio::Path;
/// use socketio::prelude::*;
///
/// #[derive(Deserialize)]
/// struct Place { org: u32, room: String }
///
/// #[derive(Default)]
/// struct Room;
///
/// #[namespace("/org/{org}/room/{room}")]
/// impl Room {
///     fn on_where(&self, path: &Path<Place>) -> String {
///         format!("{} of {}", path.room, path.org)
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T> Deref for Path<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + Send + Sync + 'static> FromContext for Path<T> {
    const IMMEDIATE: bool = true;
    /// `false`, because a client can connect only if the captures parse as `T`.
    const FALLIBLE: bool = false;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        let captures = &cx.socket().inner().captures;
        T::deserialize(Segments(captures)).map(Self).map_err(Error::internal)
    }

    fn requires(requirements: &mut Requirements, argument: &'static str) {
        requirements.path(argument, |captures| match T::deserialize(Segments(captures)) {
            Ok(_) => Ok(()),
            Err(PathError(error)) => Err(error),
        });
    }
}

/// Why captures do not fit a type.
#[derive(Debug)]
struct PathError(String);

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PathError {}

impl de::Error for PathError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// All captures of a path.
struct Segments<'a>(&'a [(Box<str>, Box<str>)]);

impl<'de> Segments<'de> {
    fn only(&self) -> Result<Segment<'de>, PathError> {
        match self.0 {
            [(_, value)] => Ok(Segment(value)),
            all => Err(PathError(format!("one value is asked for, and the path has {} placeholders", all.len()))),
        }
    }
}

/// Deserializes from the only capture.
macro_rules! of_one {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
            self.only()?.$method(visitor)
        }
    )* };
}

impl<'de> Deserializer<'de> for Segments<'de> {
    type Error = PathError;

    of_one! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_option deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PathError> {
        visitor.visit_enum(self.only()?.0.into_deserializer())
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_seq(SeqDeserializer::new(self.0.iter().map(|(_, value)| Segment(value))))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, PathError> {
        if length != self.0.len() {
            return Err(PathError(format!(
                "{length} values are asked for, and the path has {} placeholders",
                self.0.len()
            )));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, PathError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_map(MapDeserializer::new(self.0.iter().map(|(name, value)| (&**name, Segment(value)))))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PathError> {
        self.deserialize_map(visitor)
    }
}

/// One capture, parsed as the type that serde asks for.
#[derive(Clone, Copy)]
struct Segment<'a>(&'a str);

impl<'de> IntoDeserializer<'de, PathError> for Segment<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident $what:literal)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(PathError(format!("`{}` is not {}", self.0, $what))),
            }
        }
    )* };
}

impl<'de> Deserializer<'de> for Segment<'de> {
    type Error = PathError;

    parsed! {
        deserialize_bool visit_bool "a bool"
        deserialize_i8 visit_i8 "an i8" deserialize_i16 visit_i16 "an i16" deserialize_i32 visit_i32 "an i32" deserialize_i64 visit_i64 "an i64"
        deserialize_u8 visit_u8 "a u8" deserialize_u16 visit_u16 "a u16" deserialize_u32 visit_u32 "a u32" deserialize_u64 visit_u64 "a u64"
        deserialize_f32 visit_f32 "an f32" deserialize_f64 visit_f64 "an f64"
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PathError> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::namespace::pattern::Captures;

    fn read<T: DeserializeOwned>(captures: &[(&str, &str)]) -> Result<T, String> {
        let captures: Captures = captures.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        T::deserialize(Segments(&captures)).map_err(|error| error.to_string())
    }

    #[derive(Deserialize, Debug, PartialEq)]
    struct Place {
        org: u32,
        room: String,
    }

    #[derive(Deserialize, Debug, PartialEq)]
    struct Id(u64);

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Team,
    }

    #[test]
    fn captures_are_read_by_order_and_by_name() {
        let two = [("org", "7"), ("room", "lobby")];
        assert_eq!(read(&two), Ok((7u32, "lobby".to_owned())));
        assert_eq!(read(&two), Ok(Place { org: 7, room: "lobby".to_owned() }));
        assert_eq!(read(&[("id", "9")]), Ok(Id(9)));
        assert_eq!(read(&[("kind", "team")]), Ok(Kind::Team));
        assert_eq!(read(&[("id", "9")]), Ok("9".to_owned()));
        assert_eq!(read(&[("id", "-9")]), Ok(-9i8));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        assert_eq!(read::<u8>(&[("id", "256")]), Err("`256` is not a u8".to_owned()));
        assert!(read::<u8>(&[("a", "1"), ("b", "2")]).unwrap_err().contains("2 placeholders"));
        assert!(read::<(u8, u8)>(&[("a", "1")]).unwrap_err().contains("1 placeholders"));
        assert!(read::<Kind>(&[("kind", "x")]).is_err());
        assert!(read::<Place>(&[("org", "7")]).unwrap_err().contains("room"));
    }
}
