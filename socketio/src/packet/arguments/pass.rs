//! The trait of what reads the arguments of a packet, and its errors.

use std::fmt;

use serde::de::SeqAccess;

/// Reads the arguments of one packet.
pub(crate) trait Pass {
    /// What has been read.
    type Output;

    /// Reads any number of the elements. An error ends the reading; [`read`](super::read) returns it.
    fn arguments<'de, A: SeqAccess<'de>>(self, arguments: A) -> Result<Self::Output, A::Error>;
}

/// Why arguments could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReadFailure {
    /// The packet breaks the protocol, and its connection is closed: the payload is not JSON, has text behind it, is nested too deeply, or has
    /// placeholders without an attachment.
    Malformed(String),
    /// The packet is valid, and an argument is missing or has another type. The text is for the client.
    Data(String),
}

impl fmt::Display for ReadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadFailure::Malformed(text) | ReadFailure::Data(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for ReadFailure {}
