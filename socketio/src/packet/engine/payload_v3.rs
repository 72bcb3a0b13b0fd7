//! Long-polling bodies of Engine.IO 2 and 3: each packet behind its length.
//!
//! In a body of text, the length is decimal and counts UTF-16 units, and a binary message is `b4` and base64. In a body
//! of bytes, a packet is announced by its kind and the digits of its length as bytes of those values.

use memchr::memchr;

use super::frame::Frame;
use super::payload::{self, PayloadError};
use crate::packet::encoding::{utf16_len, utf16_prefix};

/// The longest length that is read: far more than any body may have.
const DIGITS: usize = 10;

/// Ends a length in a body of bytes.
const LENGTH_END: u8 = 0xff;

/// The type of a message in a body of bytes, and in a binary frame of a WebSocket: the number, not the digit.
pub(crate) const MESSAGE: u8 = 4;

/// A packet of a body of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// The whole packet, with its type digit.
    Text(&'a [u8]),
    /// The whole packet, with its type as a number.
    Binary(&'a [u8]),
}

/// The first packet of a body of text, and what follows it.
pub(crate) fn split_text(body: &str) -> Result<(&str, &str), PayloadError> {
    if body.is_empty() {
        return Err(PayloadError::EmptyPacket);
    }
    let window = &body.as_bytes()[..body.len().min(DIGITS + 1)];
    let colon = memchr(b':', window).ok_or(PayloadError::IllegalLength)?;
    let length = length(window[..colon].iter().map(|byte| byte.wrapping_sub(b'0')))?;
    let rest = &body[colon + 1..];
    let end = utf16_prefix(rest, length).ok_or(PayloadError::IllegalLength)?;
    Ok(rest.split_at(end))
}

/// The first packet of a body of bytes, and what follows it.
pub(crate) fn split_binary(body: &[u8]) -> Result<(Packet<'_>, &[u8]), PayloadError> {
    let (kind, rest) = body.split_first().ok_or(PayloadError::EmptyPacket)?;
    let window = &rest[..rest.len().min(DIGITS + 1)];
    let end = memchr(LENGTH_END, window).ok_or(PayloadError::IllegalLength)?;
    let length = length(window[..end].iter().copied())?;
    let (packet, rest) = rest[end + 1..].split_at_checked(length).ok_or(PayloadError::IllegalLength)?;
    match kind {
        0 => Ok((Packet::Text(packet), rest)),
        1 => Ok((Packet::Binary(packet), rest)),
        _ => Err(PayloadError::UnknownType),
    }
}

fn length(digits: impl Iterator<Item = u8>) -> Result<usize, PayloadError> {
    let mut length = None;
    for digit in digits {
        if digit > 9 {
            return Err(PayloadError::IllegalLength);
        }
        let sum = length.unwrap_or(0usize).checked_mul(10).and_then(|tens| tens.checked_add(usize::from(digit)));
        length = Some(sum.ok_or(PayloadError::IllegalLength)?);
    }
    match length {
        Some(0) => Err(PayloadError::EmptyPacket),
        length => length.ok_or(PayloadError::IllegalLength),
    }
}

/// Appends a packet to a body of text.
pub(crate) fn push_text(out: &mut Vec<u8>, frame: &Frame) {
    if !frame.is_binary() {
        push_length(out, utf16_len(frame.bytes()), b'0');
        out.push(b':');
        out.extend_from_slice(frame.bytes());
        return;
    }
    // The type digit, which Engine.IO 4 leaves away.
    push_length(out, payload::encoded_len(frame) + 1, b'0');
    out.push(b':');
    push_base64(out, frame);
}

/// Appends a binary message as text, as clients get it that cannot read binary frames.
pub(crate) fn push_base64(out: &mut Vec<u8>, frame: &Frame) {
    let start = out.len();
    payload::encode_frame(frame, out);
    out.insert(start + 1, b'0' + MESSAGE);
}

/// Appends a packet to a body of bytes.
pub(crate) fn push_binary(out: &mut Vec<u8>, frame: &Frame) {
    let binary = frame.is_binary();
    out.push(u8::from(binary));
    push_length(out, frame.len() + usize::from(binary), 0);
    out.push(LENGTH_END);
    if binary {
        out.push(MESSAGE);
    }
    out.extend_from_slice(frame.bytes());
}

fn push_length(out: &mut Vec<u8>, length: usize, zero: u8) {
    let start = out.len();
    crate::packet::json::push_number(out, length as u64);
    for digit in &mut out[start..] {
        *digit = *digit - b'0' + zero;
    }
}

/// Whether the UTF-8 of a received text was encoded twice, as clients from 1.0 to 1.7 do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doubled {
    /// The text is ASCII, which is the same either way.
    Unknown,
    /// The text was encoded once, so this client does not encode twice.
    No,
    /// The text was probably encoded twice; this is the decoded text. A text that was encoded once is taken for one only if
    /// it consists of characters such as `Ã©`.
    Yes(String),
}

/// Judges a text from a client between 1.0 and 2.5; see [`Doubled`].
pub(crate) fn undouble(text: &str) -> Doubled {
    if text.is_ascii() {
        return Doubled::Unknown;
    }
    let mut bytes = Vec::with_capacity(text.len());
    for char in text.chars() {
        match u8::try_from(u32::from(char)) {
            Ok(byte) => bytes.push(byte),
            Err(_) => return Doubled::No,
        }
    }
    String::from_utf8(bytes).map_or(Doubled::No, Doubled::Yes)
}

#[cfg(test)]
#[path = "payload_v3_tests.rs"]
mod tests;
