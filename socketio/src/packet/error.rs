//! Why a received packet is refused. Errors of its arguments are `arguments::ReadFailure`.

use std::fmt;

/// A packet that breaks the protocol. A server closes the connection that sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PacketError {
    /// The packet is empty: it has no type digit.
    Empty,
    /// The first character is not one of the seven type digits.
    UnknownType,
    /// The attachment count of a binary packet is absent, zero, not an integer or not followed by `-`.
    IllegalAttachments,
    /// More attachments are announced than the given number allowed.
    TooManyAttachments(usize),
    /// The attachments together are larger than the given number of bytes.
    AttachmentsTooLarge(usize),
    /// A text message came while attachments were due.
    AttachmentsPending,
    /// A binary message came although no packet announced it.
    UnexpectedBinary,
    /// The namespace is longer than the given number of bytes.
    NamespaceTooLong(usize),
    /// The acknowledgement number does not fit 64 bits.
    IllegalId,
    /// The payload has the wrong shape for its packet type: events and acknowledgements have an array, CONNECT an object or nothing.
    IllegalPayload,
    /// The payload of an event does not begin with a name, which is a string or an integer.
    IllegalEventName,
    /// The event's name is longer than the given number of bytes.
    EventNameTooLong(usize),
    /// The event's name is one that only the library itself may use.
    ReservedEventName(String),
    /// An argument is missing or has another type than the one it is read into. From [`Packet::args`](super::Packet::args) only.
    IllegalArguments(String),
}

impl fmt::Display for PacketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PacketError::Empty => f.write_str("empty packet"),
            PacketError::UnknownType => f.write_str("unknown packet type"),
            PacketError::IllegalAttachments => f.write_str("illegal attachment count"),
            PacketError::TooManyAttachments(limit) => write!(f, "too many attachments (at most {limit})"),
            PacketError::AttachmentsTooLarge(limit) => write!(f, "attachments too large (at most {limit} bytes)"),
            PacketError::AttachmentsPending => f.write_str("text packet while attachments are due"),
            PacketError::UnexpectedBinary => f.write_str("binary message that no packet announced"),
            PacketError::NamespaceTooLong(limit) => write!(f, "namespace too long (at most {limit} bytes)"),
            PacketError::IllegalId => f.write_str("illegal acknowledgement id"),
            PacketError::IllegalPayload => f.write_str("illegal payload for this packet type"),
            PacketError::IllegalEventName => f.write_str("event without a valid name"),
            PacketError::EventNameTooLong(limit) => write!(f, "event name too long (at most {limit} bytes)"),
            PacketError::IllegalArguments(text) => write!(f, "illegal arguments: {text}"),
            PacketError::ReservedEventName(name) => write!(f, "event name `{name}` is reserved"),
        }
    }
}

impl std::error::Error for PacketError {}
