//! What reads the arguments of one packet, and how that can fail.

use std::fmt;

use serde::de::SeqAccess;

/// What is done with the arguments while they are read.
pub(crate) trait Pass {
    /// What has been read.
    type Output;

    /// Takes as many elements as it likes. An error ends the reading and is what [`read`] returns.
    fn arguments<'de, A: SeqAccess<'de>>(self, arguments: A) -> Result<Self::Output, A::Error>;
}

/// Why arguments could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReadFailure {
    /// The packet is broken: not JSON, something behind the JSON, nested too deeply, or placeholders that fit no
    /// attachment. The connection is at fault.
    Malformed(String),
    /// The packet is sound and says something else than was expected. The text is for the client.
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
