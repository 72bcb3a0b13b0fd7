//! Writes arrays and objects, element by element.

use serde::ser::{self, Serialize, SerializeStruct as _};
use serde_json::Error;

use super::Serializer;
use super::key::KeySerializer;
use crate::packet::json;

/// An array or object that is being written.
pub(in crate::packet::write) struct Compound<'s, 'a> {
    to: &'s mut Serializer<'a>,
    /// What stands before the next element: the opening bracket or a comma.
    separator: u8,
    /// The closing bracket, and that of an enum variant around it.
    close: &'static [u8],
}

impl<'s, 'a> Compound<'s, 'a> {
    pub(super) fn new(to: &'s mut Serializer<'a>, open: u8, close: &'static [u8]) -> Compound<'s, 'a> {
        Compound { to, separator: open, close }
    }

    fn separate(&mut self) {
        self.to.out.push(self.separator);
        self.separator = b',';
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.separate();
        value.serialize(&mut *self.to)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        self.separate();
        json::push_string(self.to.out, name);
        self.to.out.push(b':');
        value.serialize(&mut *self.to)
    }

    fn close(self) -> Result<(), Error> {
        if self.separator != b',' {
            self.to.out.push(self.separator);
        }
        self.to.text(self.close)
    }
}

/// Implements the traits of serde for the kinds of arrays.
macro_rules! arrays {
    ($($kind:ident: $method:ident,)*) => {$(
        impl ser::$kind for Compound<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.element(value)
            }

            fn end(self) -> Result<(), Error> {
                self.close()
            }
        }
    )*};
}

arrays! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

impl ser::SerializeMap for Compound<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.separate();
        key.serialize(KeySerializer(&mut *self.to))?;
        self.to.text(b":")
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.to)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl ser::SerializeStructVariant for Compound<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

/// A struct: an object, or a value that only serde_json can write, see [`Foreign`].
pub(in crate::packet::write) enum Struct<'s, 'a> {
    Ours(Compound<'s, 'a>),
    Foreign { to: &'s mut Serializer<'a>, name: &'static str },
}

impl ser::SerializeStruct for Struct<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        match self {
            Struct::Ours(object) => object.field(key, value),
            Struct::Foreign { to, name } => serde_json::to_writer(&mut *to.out, &Foreign { name, key, value }),
        }
    }

    fn end(self) -> Result<(), Error> {
        match self {
            Struct::Ours(object) => object.close(),
            Struct::Foreign { .. } => Ok(()),
        }
    }
}

/// A struct of serde_json that only its own serialiser understands: `RawValue`, and `Number` where some crate of the program has turned on
/// `arbitrary_precision`. It has one field and is given to serde_json as it came; `assumptions` knows the names of these structs.
struct Foreign<'a, T: ?Sized> {
    name: &'static str,
    key: &'static str,
    value: &'a T,
}

impl<T: Serialize + ?Sized> Serialize for Foreign<'_, T> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct(self.name, 1)?;
        fields.serialize_field(self.key, self.value)?;
        fields.end()
    }
}
