//! Why an adapter could not carry out a request.

use std::fmt;

use crate::error::Error;

/// Why an adapter could not carry out a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdapterError {
    /// The queue of actions to be sent is full.
    Full,
    /// There is no connection to the other nodes.
    Disconnected,
    /// The node of this name has not answered.
    NoAnswer(String),
    /// Nodes have not answered in time, and the adapter does not say which.
    Timeout,
    /// Anything else; the text is for the log.
    Other(String),
}

impl fmt::Display for AdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the adapter's queue is full"),
            Self::Disconnected => f.write_str("the adapter is not connected to the other nodes"),
            Self::NoAnswer(node) => write!(f, "node `{node}` has not answered"),
            Self::Timeout => f.write_str("not all nodes have answered in time"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for AdapterError {}

impl From<AdapterError> for Error {
    fn from(error: AdapterError) -> Self {
        Error::new("cluster", error.to_string())
    }
}
