//! What the load generator sends and what must come back. Every message carries a tag of its own, so that an answer that belongs to
//! another message is not taken for the right one.

use std::io::Write;

/// What a message's one argument is, with its size in bytes.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Text(usize),
    Object(usize),
    Binary(usize),
}

/// Hexadecimal digits of a tag.
pub(crate) const TAG: usize = 16;

/// Every message of one run, up to its tag and id.
pub(crate) struct Message {
    event: &'static str,
    /// The JSON of the argument, before and after the tag.
    before: Vec<u8>,
    after: Vec<u8>,
    /// The attachment; its beginning is the tag.
    attachment: Option<Vec<u8>>,
}

const PLACEHOLDER: &[u8] = b"{\"_placeholder\":true,\"num\":0}";

/// Printable bytes that need no escape, so that every server writes them back as they came.
pub(crate) fn filler(bytes: usize) -> Vec<u8> {
    b"The quick brown fox jumps over the lazy dog; 0123456789. ".iter().copied().cycle().take(bytes).collect()
}

pub(crate) fn tag(number: u64) -> [u8; TAG] {
    let mut digits = [0; TAG];
    for (index, digit) in digits.iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(number >> (4 * (TAG - 1 - index)) & 15) as usize];
    }
    digits
}

impl Message {
    pub(crate) fn new(shape: Shape) -> Self {
        match shape {
            Shape::Text(bytes) => {
                let mut after = filler(bytes.saturating_sub(TAG));
                after.push(b'"');
                Self { event: "echo", before: b"\"".to_vec(), after, attachment: None }
            }
            Shape::Object(bytes) => {
                // Keys in alphabetical order: not every server keeps another.
                let before = b"{\"active\":true,\"body\":\"".to_vec();
                let end = b"\",\"count\":12345,\"list\":[1,2,3],\"nested\":{\"a\":1.5,\"b\":null,\"c\":[false,\"x\"]}}";
                let mut after = filler(bytes.saturating_sub(before.len() + TAG + end.len()));
                after.extend_from_slice(end);
                Self { event: "echo", before, after, attachment: None }
            }
            Shape::Binary(bytes) => {
                let attachment = filler(bytes.max(TAG));
                Self { event: "bin", before: Vec::new(), after: Vec::new(), attachment: Some(attachment) }
            }
        }
    }

    pub(crate) fn is_binary(&self) -> bool {
        self.attachment.is_some()
    }

    /// Writes the Engine.IO text packet of the event.
    pub(crate) fn write(&self, id: u64, number: u64, to: &mut Vec<u8>) {
        to.clear();
        let kind = if self.is_binary() { "451-" } else { "42" };
        // Writing into a vector does not fail.
        let _ = write!(to, "{kind}{id}[\"{}\",", self.event);
        self.argument(number, to);
        to.push(b']');
    }

    /// Writes the attachment that follows it.
    pub(crate) fn write_attachment(&self, number: u64, to: &mut Vec<u8>) {
        to.clear();
        to.extend_from_slice(self.attachment.as_deref().unwrap_or(&[]));
        to.iter_mut().zip(tag(number)).for_each(|(byte, digit)| *byte = digit);
    }

    fn argument(&self, number: u64, to: &mut Vec<u8>) {
        if self.is_binary() {
            to.extend_from_slice(PLACEHOLDER);
        } else {
            to.extend_from_slice(&self.before);
            to.extend_from_slice(&tag(number));
            to.extend_from_slice(&self.after);
        }
    }

    /// Whether `arguments`, brackets included, acknowledge message `number`.
    pub(crate) fn is_echo(&self, arguments: &[u8], number: u64) -> bool {
        let Some(argument) = arguments.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) else {
            return false;
        };
        if self.is_binary() {
            return argument == PLACEHOLDER;
        }
        argument.strip_prefix(&self.before[..]).is_some_and(|rest| is_tagged(rest, number, &self.after))
    }

    /// Whether `data` is the attachment of message `number`.
    pub(crate) fn is_attachment(&self, data: &[u8], number: u64) -> bool {
        self.attachment.as_deref().is_some_and(|sent| is_tagged(data, number, &sent[TAG..]))
    }
}

/// Whether `bytes` are the tag of `number` and then `rest`.
pub(crate) fn is_tagged(bytes: &[u8], number: u64, rest: &[u8]) -> bool {
    bytes.split_at_checked(TAG).is_some_and(|(digits, end)| digits == tag(number) && end == rest)
}

/// The id and the arguments of an ack packet (`43…` or, for binary, `461-…`).
pub(crate) fn parse_ack(packet: &[u8], binary: bool) -> Option<(u64, &[u8])> {
    let rest = packet.strip_prefix(if binary { &b"461-"[..] } else { b"43" })?;
    let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    let id = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    Some((id, &rest[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(message: &Message, id: u64, number: u64) -> String {
        let mut packet = Vec::new();
        message.write(id, number, &mut packet);
        String::from_utf8(packet).unwrap()
    }

    #[test]
    fn a_text_comes_back_only_as_it_was_sent() {
        let message = Message::new(Shape::Text(20));
        assert_eq!(written(&message, 7, 0xab), "427[\"echo\",\"00000000000000abThe \"]");
        assert!(message.is_echo(b"[\"00000000000000abThe \"]", 0xab));
        assert!(!message.is_echo(b"[\"00000000000000acThe \"]", 0xab));
        assert!(!message.is_echo(b"[\"00000000000000abThe\"]", 0xab));
        assert!(!message.is_echo(b"[]", 0xab));
    }

    #[test]
    fn objects_are_json_of_their_size() {
        let packet = written(&Message::new(Shape::Object(512)), 1, 2);
        let json: serde_json::Value = serde_json::from_str(&packet[3..]).unwrap();
        assert_eq!(json[1].to_string().len(), 512);
    }

    #[test]
    fn attachments_are_compared_whole() {
        let message = Message::new(Shape::Binary(32));
        let mut data = Vec::new();
        message.write_attachment(3, &mut data);
        assert!(message.is_attachment(&data, 3) && !message.is_attachment(&data, 4));
        data[31] ^= 1;
        assert!(!message.is_attachment(&data, 3));
    }

    #[test]
    fn acks_are_parsed() {
        assert_eq!(parse_ack(b"4312[1]", false), Some((12, &b"[1]"[..])));
        assert_eq!(parse_ack(b"461-0[]", true), Some((0, &b"[]"[..])));
        assert_eq!(parse_ack(b"43[1]", false), None);
        assert_eq!(parse_ack(b"42[\"a\"]", false), None);
    }
}
