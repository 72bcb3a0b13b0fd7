//! A polling body that is being read, packet by packet, so that reading can stop between any two.

use bytes::Bytes;

use crate::{
    engine::text::Text,
    packet::{
        engine::Kind,
        payload::{self, Packet as Part, PayloadError},
    },
};

/// One packet from the client, from whichever transport.
#[derive(Debug)]
pub(super) enum Packet {
    /// A packet that is text: its type, and what follows the type digit.
    Text(Kind, Text),
    /// A binary message.
    Binary(Bytes),
}

impl Packet {
    /// The packet in a text frame of a WebSocket.
    pub(super) fn from_text(text: Text) -> Result<Self, PayloadError> {
        match text.as_bytes().first() {
            None => Err(PayloadError::EmptyPacket),
            Some(b'b') => payload::decode_binary(&text).map(Self::Binary),
            Some(&digit) => match Kind::from_digit(digit) {
                Some(kind) => Ok(Self::Text(kind, text.skip(1))),
                None => Err(PayloadError::UnknownType),
            },
        }
    }
}

/// See the module.
pub(super) struct Inbox {
    text: Text,
    at: usize,
}

impl Inbox {
    pub(super) fn new(body: Bytes) -> Result<Self, PayloadError> {
        let text = Text::from_utf8(body).map_err(|_| PayloadError::IllegalUtf8)?;
        Ok(Self { text, at: 0 })
    }

    /// The next packet, and whether it is the last.
    pub(super) fn next(&mut self) -> Result<(Packet, bool), PayloadError> {
        let rest = &self.text[self.at..];
        let end = memchr::memchr(0x1e, rest.as_bytes());
        let one = &rest[..end.unwrap_or(rest.len())];
        let part = payload::decode(one).next().ok_or(PayloadError::EmptyPacket)??;
        let packet = match part {
            Part::Text(kind, range) => Packet::Text(kind, self.text.slice(self.at + range.start..self.at + range.end)),
            Part::Binary(data) => Packet::Binary(data),
        };
        self.at += one.len() + 1;
        Ok((packet, end.is_none()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &'static [u8]) -> Vec<String> {
        let mut inbox = match Inbox::new(Bytes::from_static(body)) {
            Ok(inbox) => inbox,
            Err(error) => return vec![error.to_string()],
        };
        let mut all = Vec::new();
        loop {
            let last = match inbox.next() {
                Ok((Packet::Text(kind, text), last)) => {
                    all.push(format!("{}{text}", kind.digit() as char));
                    last
                }
                Ok((Packet::Binary(data), last)) => {
                    all.push(format!("{data:?}"));
                    last
                }
                Err(error) => {
                    all.push(error.to_string());
                    true
                }
            };
            if last {
                return all;
            }
        }
    }

    #[test]
    fn bodies_are_read_packet_by_packet() {
        assert_eq!(read("4hé\x1ebAQID\x1e3\x1e4".as_bytes()), ["4hé", r#"b"\x01\x02\x03""#, "3", "4"]);
    }

    #[test]
    fn reading_stops_at_the_first_bad_packet() {
        assert_eq!(read(b"4a\x1eabc\x1e4b"), ["4a", "unknown packet type"]);
        assert_eq!(read(b"4a\x1e"), ["4a", "empty packet"]);
        assert_eq!(read(b""), ["empty packet"]);
        assert_eq!(read(b"4\xff"), ["payload is not utf-8"]);
    }
}
