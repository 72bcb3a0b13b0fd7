//! [`Value`]: any JSON with binary data in it, for code that has no type for what it reads or sends.
//!
//! Arguments with types are never read into a `Value` first.

mod convert;
mod data_model;
mod key;
mod map;
mod read;

use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Number;

pub(crate) use self::key::Key;
pub use self::map::Map;
pub use self::read::ValueError;

/// Any value that can be sent or received: JSON, and binary data anywhere inside it.
///
/// A received attachment is a [`Value::Binary`], and a `Value::Binary` that is sent becomes an attachment. Integers of 64 bits are kept exactly.
///
/// ```
/// use socketio::Value;
///
/// let value = Value::from_iter([("name", Value::from("cat.png")), ("size", Value::from(2048))]);
/// assert_eq!(value.get("name").and_then(Value::as_str), Some("cat.png"));
/// assert_eq!(value.to_string(), r#"{"name":"cat.png","size":2048}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object; its keys keep their order.
    Object(Map),
    /// Binary data.
    Binary(Bytes),
}

impl Value {
    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if this is an integer from 0 to 2⁶⁴−1.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Value::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// The number, if this is an integer from −2⁶³ to 2⁶³−1.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// The number, if this is one; large integers are rounded.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The entries, if this is an object.
    pub fn as_object(&self) -> Option<&Map> {
        match self {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }

    /// The data, if this is binary. Cloning it is cheap.
    pub fn as_binary(&self) -> Option<&Bytes> {
        match self {
            Value::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The entry `key`, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.get(key)
    }

    /// Reads the value into a type.
    ///
    /// # Errors
    /// If the value is not what the type expects; the error says what it found.
    ///
    /// ```
    /// # use socketio::Value;
    /// let value = Value::from_iter([1, 2, 3].map(Value::from));
    /// assert_eq!(value.read::<Vec<u8>>(), Ok(vec![1, 2, 3]));
    /// ```
    pub fn read<T: DeserializeOwned>(self) -> Result<T, ValueError> {
        use serde::de::IntoDeserializer as _;
        T::deserialize(self.into_deserializer())
    }
}

/// JSON, with `<binary: n bytes>` in quotes for binary data. For logs, not for sending.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => value.fmt(f),
            Value::Number(number) => number.fmt(f),
            Value::String(text) => map::write_string(f, text),
            Value::Array(elements) => {
                f.write_str("[")?;
                for (at, element) in elements.iter().enumerate() {
                    f.write_str(if at > 0 { "," } else { "" })?;
                    element.fmt(f)?;
                }
                f.write_str("]")
            }
            Value::Object(map) => map.fmt(f),
            Value::Binary(bytes) => write!(f, "\"<binary: {} bytes>\"", bytes.len()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
