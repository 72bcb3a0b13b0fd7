//! WebSocket frames of RFC 6455, without extensions, and of hixie-76: parsed from bytes and written to bytes. Connections are in
//! `engine::transport`.

pub(crate) mod close;
pub(crate) mod header;
#[cfg(feature = "legacy")]
pub(crate) mod hixie;
pub(crate) mod mask;
pub(crate) mod reader;
pub(crate) mod writer;

pub use self::close::CloseStatus;

/// A rule that the client broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// One of RFC 6455; the text says what the client did.
    Protocol(&'static str),
    /// The message is larger than the limit.
    Size,
    /// A text is not UTF-8.
    Utf8,
}
