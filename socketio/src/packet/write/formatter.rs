//! The one place where JSON differs from plain JSON: bytes become placeholders, and are put aside.

use std::io;

use bytes::Bytes;
use serde_json::ser::Formatter;

/// Compact JSON whose byte strings are `{"_placeholder":true,"num":n}`.
pub(super) struct Placeholders<'a> {
    /// The attachments so far; the next one's number is their count.
    pub(super) attachments: &'a mut Vec<Bytes>,
}

impl Formatter for Placeholders<'_> {
    fn write_byte_array<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: &[u8]) -> io::Result<()> {
        write!(writer, "{{\"_placeholder\":true,\"num\":{}}}", self.attachments.len())?;
        self.attachments.push(Bytes::copy_from_slice(value));
        Ok(())
    }
}
