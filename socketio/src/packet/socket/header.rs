//! The header of a Socket.IO 5 packet: `<type>[<n>-][<namespace>,][<ack id>][json]`.
//!
//! Only the header is read, without a copy. Of the JSON behind it, the offset is returned and the first character is checked; `event` reads
//! the name of an event, `arguments` reads arguments.

use std::ops::Range;

use memchr::memchr;

use crate::packet::error::PacketError;

/// The seven packet types of Socket.IO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `0`: a client joins a namespace, or the server confirms it.
    Connect,
    /// `1`: either side leaves a namespace.
    Disconnect,
    /// `2`: an event.
    Event,
    /// `3`: the acknowledgement of an event.
    Ack,
    /// `4`: the server refuses a CONNECT. A server must refuse this packet from a client; [`Decoder`](super::Decoder) reads it, for use in
    /// clients and proxies.
    ConnectError,
    /// `5`: an event with attachments.
    BinaryEvent,
    /// `6`: an acknowledgement with attachments.
    BinaryAck,
}

impl Kind {
    /// The type of a digit; `None` for anything else.
    pub(crate) fn from_digit(digit: u8) -> Option<Kind> {
        Some(match digit {
            b'0' => Kind::Connect,
            b'1' => Kind::Disconnect,
            b'2' => Kind::Event,
            b'3' => Kind::Ack,
            b'4' => Kind::ConnectError,
            b'5' => Kind::BinaryEvent,
            b'6' => Kind::BinaryAck,
            _ => return None,
        })
    }

    /// The type's digit.
    pub(crate) fn digit(self) -> u8 {
        b'0' + self as u8
    }

    /// Whether it is an event, binary or not.
    #[must_use]
    pub fn is_event(self) -> bool {
        matches!(self, Kind::Event | Kind::BinaryEvent)
    }

    /// Whether attachments follow the packet.
    #[must_use]
    pub fn is_binary(self) -> bool {
        matches!(self, Kind::BinaryEvent | Kind::BinaryAck)
    }
}

/// Bounds of a received packet, checked before memory is allocated for what they bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Attachments of one packet. Default 10.
    pub attachments: usize,
    /// Bytes of all attachments of one packet together. Default 10,000,000.
    pub attachment_bytes: usize,
    /// Bytes of a namespace's name. Default 256.
    pub namespace_len: usize,
    /// Bytes of an event's name, after decoding its escapes. Default 256.
    pub event_len: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { attachments: 10, attachment_bytes: 10_000_000, namespace_len: 256, event_len: 256 }
    }
}

/// The part of a packet before its JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    /// The packet's type.
    pub(crate) kind: Kind,
    /// How many attachments follow; 0 unless the type is a binary one.
    pub(crate) attachments: usize,
    /// The namespace, `/` where none is written.
    pub(crate) namespace: &'a str,
    /// Where it begins in the packet; 0 where none is written.
    pub(crate) namespace_at: usize,
    /// The number that pairs an event with its answer.
    pub(crate) id: Option<u64>,
    /// Where the JSON begins, as a byte offset into the packet; the packet's length if there is none.
    pub(crate) data: usize,
}

impl Header<'_> {
    /// Where the namespace is in the packet's text; empty if it is not written.
    pub(super) fn written_namespace(&self) -> Range<u32> {
        if self.namespace_at == 0 {
            return 0..0;
        }
        // A namespace is far shorter than 4 GiB.
        let (start, length) = (self.namespace_at as u32, self.namespace.len() as u32);
        start..start + length
    }
}

/// Reads the header of `text`, a packet without the engine's `4`.
///
/// Of the JSON, only the first character is looked at: CONNECT takes an object or nothing, DISCONNECT nothing,
/// CONNECT_ERROR an object or a string, all others an array or nothing.
pub(crate) fn parse<'a>(text: &'a str, limits: &Limits) -> Result<Header<'a>, PacketError> {
    let bytes = text.as_bytes();
    let first = *bytes.first().ok_or(PacketError::Empty)?;
    let kind = Kind::from_digit(first).ok_or(PacketError::UnknownType)?;
    let mut at = 1;

    let attachments = if kind.is_binary() { attachment_count(bytes, &mut at, limits)? } else { 0 };

    let (mut namespace, mut namespace_at) = ("/", 0);
    if bytes.get(at) == Some(&b'/') {
        // Both ends are next to ASCII characters, so they are character boundaries.
        let end = memchr(b',', &bytes[at..]).map_or(bytes.len(), |length| at + length);
        (namespace, namespace_at) = (&text[at..end], at);
        if namespace.len() > limits.namespace_len {
            return Err(PacketError::NamespaceTooLong(limits.namespace_len));
        }
        at = bytes.len().min(end + 1);
    }

    let id = digits(bytes, &mut at).ok_or(PacketError::IllegalId)?;

    let fits = match (kind, bytes.get(at)) {
        (Kind::ConnectError, next) => matches!(next, Some(b'{' | b'"')),
        (_, None) => true,
        (Kind::Connect, Some(next)) => *next == b'{',
        (Kind::Disconnect, Some(_)) => false,
        (_, Some(next)) => *next == b'[',
    };
    if !fits {
        return Err(PacketError::IllegalPayload);
    }
    Ok(Header { kind, attachments, namespace, namespace_at, id, data: at })
}

/// Reads `<n>-`. A binary packet without attachments is refused, because no binary message would complete it.
fn attachment_count(bytes: &[u8], at: &mut usize, limits: &Limits) -> Result<usize, PacketError> {
    let too_many = PacketError::TooManyAttachments(limits.attachments);
    let start = *at;
    let Some(count) = digits(bytes, at) else {
        return Err(too_many);
    };
    if *at == start || bytes.get(*at) != Some(&b'-') {
        return Err(PacketError::IllegalAttachments);
    }
    *at += 1;
    match usize::try_from(count.unwrap_or(0)) {
        Ok(0) => Err(PacketError::IllegalAttachments),
        Ok(count) if count <= limits.attachments => Ok(count),
        _ => Err(too_many),
    }
}

/// Reads all digits from `at` on: `Some(None)` if there are none, `None` if they exceed 64 bits.
fn digits(bytes: &[u8], at: &mut usize) -> Option<Option<u64>> {
    let mut number = None;
    while let Some(digit) = bytes.get(*at).filter(|byte| byte.is_ascii_digit()) {
        number = Some(number.unwrap_or(0u64).checked_mul(10)?.checked_add(u64::from(digit - b'0'))?);
        *at += 1;
    }
    Some(number)
}

#[cfg(test)]
#[path = "header_tests.rs"]
mod tests;
