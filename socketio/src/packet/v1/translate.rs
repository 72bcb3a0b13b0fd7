//! Writes the packets of this server for clients of 0.7 to 0.9.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::json;
use super::super::socket::{Kind, Written};
use crate::packet::{Frame, Message};

/// What clients of 0.7 to 0.9 receive in place of binary values, which their protocol does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LegacyBinary {
    /// A string: the bytes in base64, with padding.
    #[default]
    Base64,
    /// Nothing: the event is not sent to these clients, which is logged. An acknowledgement is replaced by an error
    /// with the code `binary`.
    Refuse,
}

/// The arguments of the acknowledgement that replaces a binary one.
const REFUSED: &[u8] = br#"[{"error":{"code":"binary","message":"binary values cannot be sent to this client"}}]"#;

/// The packet in the 0.9 protocol; `None` if nothing is sent, as for a binary event with [`LegacyBinary::Refuse`].
///
/// The acknowledgement id of an event is the server's id plus 1, because ids of the 0.9 protocol begin with 1.
pub(crate) fn write(packet: &Written, binary: LegacyBinary) -> Option<Message> {
    let endpoint = if packet.namespace() == "/" { "" } else { packet.namespace() };
    let refused = !packet.attachments().is_empty() && binary == LegacyBinary::Refuse;
    let mut out = Vec::with_capacity(packet.payload().len() + endpoint.len() + 32);
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
    match packet.kind() {
        Kind::Connect => begin(&mut out, b"1", None),
        Kind::Disconnect => begin(&mut out, b"0", None),
        Kind::ConnectError => {
            // Of the three reasons, 2 is "unauthorized", the only reason that clients report as a refusal.
            begin(&mut out, b"7", None);
            out.extend_from_slice(b":2");
        }
        Kind::Event | Kind::BinaryEvent if refused => {
            tracing::debug!(
                namespace = packet.namespace(),
                "an event with binary values was not sent to a client of 0.9"
            );
            return None;
        }
        Kind::Event | Kind::BinaryEvent => {
            begin(&mut out, b"5", packet.id());
            out.extend_from_slice(b":{\"name\":");
            json::push_ascii(&mut out, packet.first());
            // `,1,2]` behind the name, or `]`.
            if let Some(arguments) = packet.after_first().strip_prefix(',') {
                out.extend_from_slice(b",\"args\":[");
                push_values(&mut out, arguments, packet);
            }
            out.push(b'}');
        }
        Kind::Ack | Kind::BinaryAck => {
            begin(&mut out, b"6", None);
            out.push(b':');
            json::push_number(&mut out, packet.id()?);
            if refused {
                out.push(b'+');
                out.extend_from_slice(REFUSED);
            } else if packet.payload() != "[]" {
                out.push(b'+');
                push_values(&mut out, packet.payload(), packet);
            }
        }
    }
    Some(Message::One(Frame::text(out)))
}

/// Appends `json`, the end of the packet's text, in ASCII and with base64 in place of placeholders.
fn push_values(out: &mut Vec<u8>, json: &str, packet: &Written) {
    let begin = packet.text().len() - json.len();
    let mut done = 0;
    for (at, attachment) in packet.placeholders.iter().zip(packet.attachments()) {
        let at = (*at as usize).saturating_sub(begin);
        let (Some(before), Some(rest)) = (json.get(done..at), json.get(at..)) else { return };
        json::push_ascii(out, before);
        out.push(b'"');
        out.extend_from_slice(STANDARD.encode(attachment.bytes()).as_bytes());
        out.push(b'"');
        done = at + rest.find('}').map_or(rest.len(), |end| end + 1);
    }
    json::push_ascii(out, json.get(done..).unwrap_or_default());
}
