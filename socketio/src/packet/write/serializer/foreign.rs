//! Types of serde_json that only its own serialiser understands: `RawValue`, and `Number` where some crate of the program
//! has turned on `arbitrary_precision`. They are structs of one field; `assumptions` knows them by name.

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Such a struct again, for serde_json to write.
pub(super) struct Foreign<'a, T: ?Sized> {
    pub(super) name: &'static str,
    pub(super) key: &'static str,
    pub(super) value: &'a T,
}

impl<T: Serialize + ?Sized> Serialize for Foreign<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct(self.name, 1)?;
        fields.serialize_field(self.key, self.value)?;
        fields.end()
    }
}
