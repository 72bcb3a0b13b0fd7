//! What a client of Engine.IO 3 or 4 says: the packet in a WebSocket frame, and the packets of a polling body one by one, so that reading
//! can stop between any two.

use std::ops::Range;

use bytes::Bytes;

use super::payload::{self, Packet as Part, PayloadError};
use super::payload_v3::{self, Doubled, undouble};
use super::{Generation, Kind};
use crate::packet::{Text, pool};

/// One packet from the client, from whichever transport.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A packet that is text: its type, and what follows the type digit.
    Text(Kind, Text),
    /// A binary message.
    Binary(Bytes),
}

/// How the packets of one client are read. Clients from 1.0 to 1.7 encode some of their texts in UTF-8 twice, and nothing in their
/// requests says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    v3: bool,
    /// The client may encode twice. A text that cannot have been encoded twice settles that it does not.
    doubles: bool,
}

impl Format {
    /// The format of a client of this generation.
    pub(crate) fn new(generation: Generation) -> Self {
        let v3 = generation == Generation::V3;
        Self { v3, doubles: v3 }
    }

    /// The packet in a text frame of a WebSocket.
    pub(crate) fn text(&mut self, text: Text) -> Result<Incoming, PayloadError> {
        match text.as_bytes() {
            [] => Err(PayloadError::EmptyPacket),
            // Engine.IO 3 has the type between the `b` and the data.
            [b'b', b'4', ..] if self.v3 => payload::decode_base64(&text[2..]).map(Incoming::Binary),
            [b'b', ..] if !self.v3 => payload::decode_binary(&text).map(Incoming::Binary),
            &[digit, ..] => match Kind::from_digit(digit) {
                Some(kind) => Ok(Incoming::Text(kind, self.decoded(text.skip(1)))),
                None => Err(PayloadError::UnknownType),
            },
        }
    }

    /// The packet in a binary frame of a WebSocket, or in a polling body of bytes.
    pub(crate) fn binary(&self, data: Bytes) -> Result<Incoming, PayloadError> {
        match data.first() {
            _ if !self.v3 => Ok(Incoming::Binary(data)),
            Some(&payload_v3::MESSAGE) => Ok(Incoming::Binary(data.slice(1..))),
            Some(_) => Err(PayloadError::UnknownType),
            None => Err(PayloadError::EmptyPacket),
        }
    }

    /// The text, decoded once more if the client has encoded it twice.
    fn decoded(&mut self, text: Text) -> Text {
        if !self.doubles {
            return text;
        }
        match undouble(&text) {
            Doubled::Unknown => text,
            Doubled::Yes(decoded) => Text::from(decoded),
            Doubled::No => {
                self.doubles = false;
                text
            }
        }
    }
}

/// A packet of a body of bytes. Once it is cut out, nothing tells how large the body was, so that it is copied here.
fn part(body: &Bytes, range: Range<usize>) -> Bytes {
    if pool::wastes(range.len(), body.len()) { Bytes::copy_from_slice(&body[range]) } else { body.slice(range) }
}

/// A polling body that is being read.
pub(crate) enum BodyReader {
    /// Engine.IO 4: packets joined by a separator.
    Joined { text: Text, at: usize },
    /// Engine.IO 3: packets behind their lengths.
    Measured { text: Text, at: usize },
    /// The same in bytes.
    Bytes { body: Bytes, at: usize },
}

impl BodyReader {
    /// Begins to read a body, which is `binary` if its content type says so.
    pub(crate) fn new(body: Bytes, binary: bool, generation: Generation) -> Result<Self, PayloadError> {
        if binary {
            return Ok(Self::Bytes { body, at: 0 });
        }
        let text = Text::from_utf8(body).map_err(|_| PayloadError::IllegalUtf8)?;
        Ok(match generation {
            Generation::V3 => Self::Measured { text, at: 0 },
            Generation::V1 | Generation::V4 => Self::Joined { text, at: 0 },
        })
    }

    /// The next packet, and whether it is the last.
    pub(crate) fn next(&mut self, format: &mut Format) -> Result<(Incoming, bool), PayloadError> {
        match self {
            Self::Joined { text, at } => {
                let rest = &text[*at..];
                let end = memchr::memchr(payload::SEPARATOR, rest.as_bytes());
                let one = &rest[..end.unwrap_or(rest.len())];
                let part = payload::decode(one).next().ok_or(PayloadError::EmptyPacket)??;
                let packet = match part {
                    Part::Text(kind, range) => Incoming::Text(kind, text.slice(*at + range.start..*at + range.end)),
                    Part::Binary(data) => Incoming::Binary(data),
                };
                *at += one.len() + 1;
                Ok((packet, end.is_none()))
            }
            Self::Measured { text, at } => {
                let (packet, rest) = payload_v3::split_text(&text[*at..])?;
                let (end, last) = (text.len() - rest.len(), rest.is_empty());
                let packet = format.text(text.slice(end - packet.len()..end))?;
                *at = end;
                Ok((packet, last))
            }
            Self::Bytes { body, at } => {
                let (packet, rest) = payload_v3::split_binary(&body[*at..])?;
                let (end, last) = (body.len() - rest.len(), rest.is_empty());
                let packet = match packet {
                    payload_v3::Packet::Binary(data) => format.binary(part(body, end - data.len()..end))?,
                    payload_v3::Packet::Text(data) => {
                        let text = Text::from_utf8(part(body, end - data.len()..end));
                        let text = text.map_err(|_| PayloadError::IllegalUtf8)?;
                        // In such a body, no client encodes twice.
                        Format { doubles: false, ..*format }.text(text)?
                    }
                };
                *at = end;
                Ok((packet, last))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &'static [u8]) -> Vec<String> {
        read_as(body, false, Generation::V4)
    }

    fn read_as(body: &'static [u8], binary: bool, generation: Generation) -> Vec<String> {
        let mut format = Format::new(generation);
        let mut reader = match BodyReader::new(Bytes::from_static(body), binary, generation) {
            Ok(reader) => reader,
            Err(error) => return vec![error.to_string()],
        };
        let mut all = Vec::new();
        loop {
            let last = match reader.next(&mut format) {
                Ok((Incoming::Text(kind, text), last)) => {
                    all.push(format!("{}{text}", kind.digit() as char));
                    last
                }
                Ok((Incoming::Binary(data), last)) => {
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

    #[test]
    fn older_bodies_are_read_packet_by_packet() {
        let v3 = |body| read_as(body, false, Generation::V3);
        assert_eq!(v3("3:4hé6:b4AQID".as_bytes()), ["4hé", r#"b"\x01\x02\x03""#]);
        // The first text is encoded twice, as by clients from 1.0 to 1.7. The second is not, so no later text is decoded twice.
        assert_eq!(v3("3:4Ã©2:4é3:4Ã©".as_bytes()), ["4é", "4é", "4Ã©"]);
        assert_eq!(v3(b"5:4a"), ["illegal packet length"]);
    }

    #[test]
    fn a_small_packet_of_bytes_does_not_keep_its_body() {
        // Two binary packets: the type 4 and three bytes, then nearly everything.
        let mut body = b"\x01\x04\xff\x04abc\x01\x05\x00\x00\x00\x00\xff".to_vec();
        body.push(4);
        body.resize(body.len() + 49_999, b'x');
        let body = Bytes::from(body);
        let mut reader = BodyReader::new(body.clone(), true, Generation::V3).unwrap();
        let mut format = Format::new(Generation::V3);
        let mut next = || match reader.next(&mut format) {
            Ok((Incoming::Binary(data), _)) => data,
            other => panic!("{other:?}"),
        };
        let within = |part: &Bytes| body.as_ptr_range().contains(&part.as_ptr());
        let (small, large) = (next(), next());
        assert_eq!((&small[..], large.len()), (&b"abc"[..], 49_999));
        assert!(!within(&small) && within(&large));
    }

    #[test]
    fn bodies_of_bytes_are_read_packet_by_packet() {
        let bytes = |body| read_as(body, true, Generation::V3);
        assert_eq!(bytes(b"\x00\x03\xff4\xc3\xa9\x01\x03\xff\x04\x01\x02\x00\x01\xff2"), ["4é", r#"b"\x01\x02""#, "2"]);
        assert_eq!(bytes(b"\x01\x01\xff\x05"), ["unknown packet type"]);
        assert_eq!(bytes(b"\x00\x02\xff4\xff"), ["payload is not utf-8"]);
        assert_eq!(bytes(b""), ["empty packet"]);
    }
}
