//! Packets of today, as clients of 0.7 to 0.9 read them. Only our own packets come here, so that nothing is checked
//! twice; a packet that cannot be read is none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use super::super::frame::{Frame, Message};
use super::super::json;
use super::super::socket::{self, Kind, Limits};

/// What clients of 0.7 to 0.9 get in place of binary values, which their protocol does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LegacyBinary {
    /// A string: the bytes in base64, with padding.
    #[default]
    Base64,
    /// Nothing: the event is not sent to them, which is logged. An acknowledgement is replaced by an error with the code
    /// `binary`.
    Refuse,
}

/// How binary values stand in the JSON of our packets, up to the number.
const PLACEHOLDER: &[u8] = b"{\"_placeholder\":true,\"num\":";

/// The answer in place of one that is binary.
const REFUSED: &[u8] = br#"[{"error":{"code":"binary","message":"binary values cannot be sent to this client"}}]"#;

/// One packet for clients of 0.7 to 0.9. `None`: they get nothing.
///
/// Acknowledgement numbers of events are one higher than ours, because theirs begin with 1.
pub(crate) fn translate(message: &Message, binary: LegacyBinary) -> Option<Message> {
    let (text, attachments) = message.frames().split_first()?;
    let text = std::str::from_utf8(text.bytes()).ok()?.strip_prefix('4')?;
    let limits = Limits { attachments: usize::MAX, namespace_len: usize::MAX, ..Limits::default() };
    let header = socket::parse(text, &limits).ok()?;
    let endpoint = if header.namespace == "/" { "" } else { header.namespace };
    let data = text.get(header.data..)?;
    let refused = !attachments.is_empty() && binary == LegacyBinary::Refuse;
    let mut out = Vec::with_capacity(data.len() + endpoint.len() + 32);
    let begin = |out: &mut Vec<u8>, kind: &[u8], id: Option<u64>| {
        out.extend_from_slice(kind);
        out.push(b':');
        if let Some(id) = id {
            json::push_number(out, id.saturating_add(1));
            out.push(b'+');
        }
        out.push(b':');
        out.extend_from_slice(endpoint.as_bytes());
    };
    match header.kind {
        Kind::Connect => begin(&mut out, b"1", None),
        Kind::Disconnect => begin(&mut out, b"0", None),
        Kind::ConnectError => {
            // Of the three reasons there are, "unauthorized" is the one that is told as a refusal.
            begin(&mut out, b"7", None);
            out.extend_from_slice(b":2");
        }
        Kind::Event | Kind::BinaryEvent if refused => {
            tracing::debug!(
                namespace = header.namespace,
                "an event with binary values was not sent to a client of 0.9"
            );
            return None;
        }
        Kind::Event | Kind::BinaryEvent => {
            begin(&mut out, b"5", header.id);
            out.extend_from_slice(b":{\"name\":");
            let (name, arguments) = split_name(data)?;
            json::push_ascii(&mut out, name);
            if !arguments.is_empty() {
                out.extend_from_slice(b",\"args\":[");
                push_values(&mut out, arguments, attachments);
                out.push(b']');
            }
            out.push(b'}');
        }
        Kind::Ack | Kind::BinaryAck => {
            begin(&mut out, b"6", None);
            out.push(b':');
            json::push_number(&mut out, header.id?);
            if refused {
                out.push(b'+');
                out.extend_from_slice(REFUSED);
            } else if data != "[]" {
                out.push(b'+');
                push_values(&mut out, data, attachments);
            }
        }
    }
    Some(Message::One(Frame::text(out)))
}

/// The name, quotes included, and the arguments without brackets, of `["name",…]`.
fn split_name(array: &str) -> Option<(&str, &str)> {
    let inner = array.strip_prefix('[')?.strip_suffix(']')?;
    let mut bytes = inner.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => {
                let rest = &inner[at + 1..];
                return Some((&inner[..=at], rest.strip_prefix(',').unwrap_or(rest)));
            }
            _ => {}
        }
    }
    None
}

/// Appends JSON in ASCII, with base64 in place of placeholders.
fn push_values(out: &mut Vec<u8>, json: &str, attachments: &[Frame]) {
    let mut rest = json;
    // In front of a placeholder's quotes there would be a backslash if it were part of a string.
    while let Some((before, number, after)) = (!attachments.is_empty()).then(|| placeholder(rest)).flatten() {
        json::push_ascii(out, before);
        out.push(b'"');
        let bytes = attachments.get(number).map_or(&[][..], |frame| frame.bytes());
        out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
        out.push(b'"');
        rest = after;
    }
    json::push_ascii(out, rest);
}

fn placeholder(json: &str) -> Option<(&str, usize, &str)> {
    let at = memmem::find(json.as_bytes(), PLACEHOLDER)?;
    let (number, after) = json[at + PLACEHOLDER.len()..].split_once('}')?;
    Some((&json[..at], number.parse().ok()?, after))
}
