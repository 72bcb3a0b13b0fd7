//! The name of an event, which is the first element of its payload. The arguments behind it are not read here.

use std::borrow::Cow;

use memchr::memchr2;

use super::header::Limits;
use crate::packet::error::PacketError;
use crate::packet::json::special_at;

/// Names that are reserved for the library, as in the JavaScript parser.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// The longest integer of 64 bits, sign included.
const INTEGER_LEN: usize = 20;

/// Whether the name is reserved: no event may have it, received or sent.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// The name in `["name", …]`, the JSON of an event. An integer in its place is a name too: its digits.
///
/// Borrowed, unless the name has escapes. Of the JSON behind the name only the next character is checked. The caller handles an event
/// without JSON, which has no name.
pub(crate) fn event_name<'a>(json: &'a str, limits: &Limits) -> Result<Cow<'a, str>, PacketError> {
    let name = match plain_name(json, limits) {
        Some(name) => Cow::Borrowed(name),
        None => any_name(json, limits)?,
    };
    if name.len() > limits.event_len {
        return Err(PacketError::EventNameTooLong(limits.event_len));
    }
    if is_reserved(&name) {
        return Err(PacketError::ReservedEventName(name.into_owned()));
    }
    Ok(name)
}

/// The name if it has no escapes and no spaces around it, as clients write nearly every name; `None` otherwise.
fn plain_name<'a>(json: &'a str, limits: &Limits) -> Option<&'a str> {
    let rest = json.strip_prefix("[\"")?;
    let bytes = rest.as_bytes();
    let end = special_at(&bytes[..bytes.len().min(limits.event_len.saturating_add(1))])?;
    matches!(bytes.get(end..end + 2)?, b"\"," | b"\"]").then(|| &rest[..end])
}

/// The name in any form that JSON allows.
fn any_name<'a>(json: &'a str, limits: &Limits) -> Result<Cow<'a, str>, PacketError> {
    split_name(json, limits).map(|(name, _)| name)
}

/// The name in `["name", …]`, and what follows it up to the closing bracket.
pub(crate) fn split_name<'a>(json: &'a str, limits: &Limits) -> Result<(Cow<'a, str>, &'a str), PacketError> {
    let element = json.strip_prefix('[').ok_or(PacketError::IllegalEventName)?;
    let element = element.trim_start_matches(is_space);
    let (name, rest) = match element.strip_prefix('"') {
        Some(_) => string(element, limits)?,
        None => integer(element)?,
    };
    let rest = rest.trim_start_matches(is_space);
    if !rest.starts_with([',', ']']) {
        return Err(PacketError::IllegalEventName);
    }
    Ok((name, rest))
}

/// The string at the front of `element`, which begins with its quote, and what follows it.
fn string<'a>(element: &'a str, limits: &Limits) -> Result<(Cow<'a, str>, &'a str), PacketError> {
    let bytes = element.as_bytes();
    let mut escaped = false;
    let mut at = 1;
    let end = loop {
        let found = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest));
        let found = at + found.ok_or(PacketError::IllegalEventName)?;
        if bytes[found] == b'"' {
            break found;
        }
        escaped = true;
        at = found + 2;
    };
    // An escape is at most six times as long as the byte it stands for.
    if end - 1 > limits.event_len.saturating_mul(6) {
        return Err(PacketError::EventNameTooLong(limits.event_len));
    }
    let (raw, rest) = (&element[1..end], &element[end + 1..]);
    if escaped {
        let name: String = serde_json::from_str(&element[..=end]).map_err(|_| PacketError::IllegalEventName)?;
        return Ok((Cow::Owned(name), rest));
    }
    if raw.bytes().any(|byte| byte < 0x20) {
        return Err(PacketError::IllegalEventName);
    }
    Ok((Cow::Borrowed(raw), rest))
}

/// The integer at the front of `element`, as JSON writes integers, and what follows it.
fn integer(element: &str) -> Result<(Cow<'_, str>, &str), PacketError> {
    let unsigned = element.strip_prefix('-').unwrap_or(element);
    let digits = unsigned.len() - unsigned.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let length = element.len() - unsigned.len() + digits;
    if digits == 0 || length > INTEGER_LEN || (digits > 1 && unsigned.starts_with('0')) {
        return Err(PacketError::IllegalEventName);
    }
    let (name, rest) = element.split_at(length);
    Ok((Cow::Borrowed(name), rest))
}

/// JSON's whitespace.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
