//! Long-polling bodies of Engine.IO 4: packets joined by the character `0x1e`, binary ones as `b` and base64.
//!
//! The HTTP floor bounds the size of a body. Packets are read one by one, when the caller asks for the next.

use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use memchr::memchr;

use super::Kind;
use super::frame::Frame;

/// The answer to a POST whose packets have been taken.
pub(crate) const ACCEPTED: &str = "ok";

/// What stands between two packets.
pub(super) const SEPARATOR: u8 = 0x1e;

/// The standard alphabet. We write padding and do not insist on it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One packet of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Packet {
    /// A text packet: its type, and where its text (without the type digit) stands in the body.
    Text(Kind, Range<usize>),
    /// A binary message.
    Binary(Bytes),
}

/// A body, or a packet in it, that breaks the protocol. The session it was sent to is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PayloadError {
    /// The body is not UTF-8.
    IllegalUtf8,
    /// A packet without a single character; an empty body is one.
    EmptyPacket,
    /// A packet that begins with neither a type digit nor `b`.
    UnknownType,
    /// Behind `b` stands something else than base64.
    IllegalBase64,
    /// A length, where packets have one, is none, or points beyond the body or into a character.
    IllegalLength,
    /// A form without the field that carries the packets.
    IllegalForm,
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PayloadError::IllegalUtf8 => "payload is not utf-8",
            PayloadError::EmptyPacket => "empty packet",
            PayloadError::UnknownType => "unknown packet type",
            PayloadError::IllegalBase64 => "illegal base64",
            PayloadError::IllegalLength => "illegal packet length",
            PayloadError::IllegalForm => "form without a payload",
        })
    }
}

impl std::error::Error for PayloadError {}

/// The packets of `body`, one after another; the first error is the last item.
pub(crate) fn decode(body: &str) -> Packets<'_> {
    Packets { rest: Some(body), at: 0 }
}

/// See [`decode`].
#[derive(Clone, Debug)]
pub(crate) struct Packets<'a> {
    /// What has not been read; `None` at the end and after an error.
    rest: Option<&'a str>,
    /// Where `rest` begins in the body.
    at: usize,
}

impl Iterator for Packets<'_> {
    type Item = Result<Packet, PayloadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        let start = self.at;
        let length = memchr(SEPARATOR, rest.as_bytes()).unwrap_or(rest.len());
        let packet = packet(&rest[..length], start);
        if packet.is_ok() && length < rest.len() {
            self.rest = Some(&rest[length + 1..]);
            self.at = start + length + 1;
        }
        Some(packet)
    }
}

/// Reads one packet, which begins at `start`.
fn packet(text: &str, start: usize) -> Result<Packet, PayloadError> {
    match text.as_bytes().first() {
        None => Err(PayloadError::EmptyPacket),
        Some(b'b') => decode_binary(text).map(Packet::Binary),
        Some(&digit) => {
            let kind = Kind::from_digit(digit).ok_or(PayloadError::UnknownType)?;
            Ok(Packet::Text(kind, start + 1..start + text.len()))
        }
    }
}

/// The bytes of `b…`, a binary message as text. Such text may also come over a WebSocket.
pub(crate) fn decode_binary(text: &str) -> Result<Bytes, PayloadError> {
    let base64 = text.strip_prefix('b').ok_or(PayloadError::UnknownType)?;
    decode_base64(base64)
}

/// The bytes of base64, with or without padding.
pub(crate) fn decode_base64(base64: &str) -> Result<Bytes, PayloadError> {
    BASE64.decode(base64).map(Bytes::from).map_err(|_| PayloadError::IllegalBase64)
}

/// The body of all `frames`.
pub(crate) fn encode_all<'f>(frames: impl Iterator<Item = &'f Frame> + Clone) -> Vec<u8> {
    let mut out = Vec::with_capacity(frames.clone().map(|frame| encoded_len(frame) + 1).sum());
    for frame in frames {
        if !out.is_empty() {
            out.push(SEPARATOR);
        }
        encode_frame(frame, &mut out);
    }
    out
}

/// How many bytes `frame` takes in a body, without a separator.
pub(crate) fn encoded_len(frame: &Frame) -> usize {
    if frame.is_binary() { 1 + frame.len().div_ceil(3) * 4 } else { frame.len() }
}

/// Appends one frame as text, as it stands in a body; clients without binary WebSockets get it so too.
pub(crate) fn encode_frame(frame: &Frame, out: &mut Vec<u8>) {
    if !frame.is_binary() {
        out.extend_from_slice(frame.bytes());
        return;
    }
    out.push(b'b');
    let start = out.len();
    out.resize(start + encoded_len(frame) - 1, 0);
    // The room is exactly what base64 with padding takes, so this writes all of it.
    let written = BASE64.encode_slice(frame.bytes(), &mut out[start..]).unwrap_or(0);
    out.truncate(start + written);
}

#[cfg(test)]
#[path = "payload_tests.rs"]
mod tests;
