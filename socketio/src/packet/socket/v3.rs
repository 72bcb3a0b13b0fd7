//! Writes packets for clients of Socket.IO 3 and 4, which are those of 1.0 to 2.5.
//!
//! The packet types are those of Socket.IO 5. The answers to CONNECT differ, and so does the encoding of text: clients of 1.0 to 1.7 expect
//! some texts in UTF-8 that is encoded twice, those of 2.0 and newer do not, and the server cannot distinguish them. The JSON is written in
//! ASCII, which is the same in both.

use super::header::Kind;
use super::written::Written;
use crate::packet::json;
use crate::packet::{Frame, Message};

/// The packet in the form for Socket.IO 3 and 4.
///
/// * CONNECT has no payload, because these clients derive their ids themselves.
/// * CONNECT_ERROR becomes ERROR, whose payload is the message or the data, see [`Written::refusal_v3`].
/// * In the JSON of other packets, characters outside of ASCII are escaped.
pub(crate) fn write(packet: &Written) -> Message {
    let payload = match packet.kind() {
        Kind::Connect => "",
        Kind::ConnectError => packet.refusal_v3(),
        _ if packet.payload().is_ascii() => return packet.clone().into_message(),
        _ => packet.payload(),
    };
    let header = packet.header();
    let mut out = Vec::with_capacity(header.len() + payload.len() + 32);
    out.extend_from_slice(header.as_bytes());
    json::push_ascii(&mut out, payload);
    let text = Frame::text(out);
    match packet.attachments() {
        [] => Message::One(text),
        attachments => Message::Many(std::iter::once(text).chain(attachments.iter().cloned()).collect()),
    }
}

/// A CONNECT's namespace, as these clients write it: the path, and the query that takes the place of a payload.
pub(crate) fn split_query(namespace: &str) -> (&str, &str) {
    namespace.split_once('?').unwrap_or((namespace, ""))
}

#[cfg(test)]
#[path = "v3_tests.rs"]
mod tests;
