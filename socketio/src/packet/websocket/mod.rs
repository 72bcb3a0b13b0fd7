//! WebSocket frames (RFC 6455 without extensions, and hixie-76): read from bytes and written to bytes. Nothing here reads from a network.

pub(crate) mod close;
pub(crate) mod header;
#[cfg(feature = "legacy")]
pub(crate) mod hixie;
pub(crate) mod mask;
pub(crate) mod reader;
pub(crate) mod writer;

pub use self::close::CloseStatus;

/// Which rule the client broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// One of RFC 6455; the text says what the client did.
    Protocol(&'static str),
    /// The message is larger than the limit.
    Size,
    /// A text is not UTF-8.
    Utf8,
}
