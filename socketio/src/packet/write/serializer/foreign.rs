//! Types of serde_json that only its own serialiser understands: `RawValue`, and `Number` where some crate of the program
//! has turned on `arbitrary_precision`. They are structs of one field whose name is a secret between the two.

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// What the names of such structs begin with.
const PREFIX: &str = "$serde_json::private::";

/// Whether a struct of this name is one of them.
pub(super) fn is_foreign(name: &str) -> bool {
    name.starts_with(PREFIX)
}

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
