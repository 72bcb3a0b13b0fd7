//! Socket.IO 3 and 4, the packets inside Engine.IO 2 and 3: how ours are written for such a client.
//!
//! The types and their order are the same as in Socket.IO 5. Different are the answers to CONNECT, and the characters:
//! clients from 1.0 to 1.7 expect some texts in UTF-8 that was encoded twice, clients of 2.0 and newer do not, and
//! nothing tells which is which. ASCII is the same for all of them, so the JSON they get is ASCII.

use memchr::memchr;
use serde::Deserialize;

use super::frame::{Frame, Message};
use super::json;

/// The packet in the form for Socket.IO 3 and 4.
///
/// * CONNECT loses its payload: these clients derive their ids themselves.
/// * CONNECT_ERROR becomes ERROR, whose payload is the message alone.
/// * In the JSON of all others, what is not ASCII is escaped.
pub(crate) fn translate(message: &Message) -> Message {
    let Some((text, attachments)) = message.frames().split_first() else { return message.clone() };
    let Ok(packet) = std::str::from_utf8(text.bytes()) else { return message.clone() };
    let data = packet.len() - payload(packet).len();
    let translated = match packet.as_bytes() {
        [b'4', b'0', ..] if data < packet.len() => connect(&packet[..data]),
        [b'4', b'4', ..] if data < packet.len() => error(&packet[..data], &packet[data..]),
        _ if packet.is_ascii() => return message.clone(),
        _ => {
            let mut out = Vec::with_capacity(packet.len() + 32);
            out.extend_from_slice(&packet.as_bytes()[..data]);
            json::push_ascii(&mut out, &packet[data..]);
            out
        }
    };
    let text = Frame::text(translated);
    if attachments.is_empty() {
        return Message::One(text);
    }
    Message::Many(std::iter::once(text).chain(attachments.iter().cloned()).collect())
}

/// The JSON behind the header of one of our own packets, whose namespace may contain anything but a comma.
fn payload(packet: &str) -> &str {
    // Neither the types nor the number of attachments contain a slash.
    let rest = packet.get(2..).unwrap_or_default().trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
    let rest = match rest.strip_prefix('/') {
        Some(namespace) => memchr(b',', namespace.as_bytes()).map_or("", |end| &namespace[end + 1..]),
        None => rest,
    };
    rest.trim_start_matches(|c: char| c.is_ascii_digit())
}

fn connect(header: &str) -> Vec<u8> {
    header.as_bytes().to_vec()
}

fn error(header: &str, payload: &str) -> Vec<u8> {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    let mut out = header.as_bytes().to_vec();
    match serde_json::from_str::<Refusal>(payload) {
        Ok(refusal) => {
            let mut message = Vec::with_capacity(refusal.message.len() + 2);
            json::push_string(&mut message, &refusal.message);
            json::push_ascii(&mut out, &String::from_utf8_lossy(&message));
        }
        // Ours have a message, always.
        Err(_) => json::push_ascii(&mut out, payload),
    }
    out
}

/// A CONNECT's namespace, as these clients write it: the path, and the query that takes the place of a payload.
pub(crate) fn split_query(namespace: &str) -> (&str, &str) {
    namespace.split_once('?').unwrap_or((namespace, ""))
}

#[cfg(test)]
#[path = "v3_tests.rs"]
mod tests;
