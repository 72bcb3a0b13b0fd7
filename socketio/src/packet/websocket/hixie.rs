//! hixie-76, a draft of WebSocket from before RFC 6455: another handshake, and texts between two marks. The Node builds of 0.7 and 0.8,
//! Flash, Safari 5 and Chrome up to 13 use it.

use bytes::BytesMut;
use md5::{Digest as _, Md5};

use super::Fault;
use super::writer::FrameWriter;
use crate::packet::{Frame, Text};

/// The bytes around a text.
const BEGIN: u8 = 0x00;
const END: u8 = 0xff;

/// The closing handshake.
const CLOSE: [u8; 2] = [0xff, 0x00];

/// Bytes of the third key, which come behind the head of the request.
pub(crate) const KEY: usize = 8;

/// The numbers in the two keys of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Challenge(u32, u32);

impl Challenge {
    /// Reads the two keys.
    pub(crate) fn new(first: &[u8], second: &[u8]) -> Option<Self> {
        Some(Self(number(first)?, number(second)?))
    }

    /// The answer to the three keys.
    pub(crate) fn answer(self, key: &[u8]) -> [u8; 16] {
        let (first, second) = (self.0.to_be_bytes(), self.1.to_be_bytes());
        Md5::new().chain_update(first).chain_update(second).chain_update(key).finalize().into()
    }
}

/// The number in a key: its digits, divided by how many spaces it has.
fn number(key: &[u8]) -> Option<u32> {
    let mut digits = 0u64;
    let mut spaces = 0u64;
    for byte in key {
        match byte {
            b'0'..=b'9' => digits = digits.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?,
            b' ' => spaces += 1,
            _ => {}
        }
    }
    if spaces == 0 || !digits.is_multiple_of(spaces) {
        return None;
    }
    u32::try_from(digits / spaces).ok()
}

/// An input of the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Text(Text),
    Close,
}

/// Parses the bytes of a client.
pub(crate) struct Reader {
    /// The largest text, in bytes.
    max: usize,
    /// How many bytes were searched for the end of a text.
    scanned: usize,
}

impl Reader {
    pub(crate) fn new(max: usize) -> Self {
        Self { max, scanned: 0 }
    }

    /// Takes the first complete text off `bytes`, if there is one.
    pub(crate) fn read(&mut self, bytes: &mut BytesMut) -> Result<Option<Event>, Fault> {
        match (bytes.first(), bytes.get(1)) {
            (None, _) | (Some(&END), None) => Ok(None),
            (Some(&BEGIN), _) => {
                let Some(length) = memchr::memchr(END, &bytes[self.scanned..]) else {
                    self.scanned = bytes.len();
                    return if self.scanned > self.max.saturating_add(1) { Err(Fault::Size) } else { Ok(None) };
                };
                let frame = bytes.split_to(self.scanned + length + 1).freeze();
                self.scanned = 0;
                if frame.len() > self.max.saturating_add(2) {
                    return Err(Fault::Size);
                }
                let text = Text::from_utf8(frame.slice(1..frame.len() - 1));
                text.map(|text| Some(Event::Text(text))).map_err(|_| Fault::Utf8)
            }
            (Some(&END), Some(&0)) => Ok(Some(Event::Close)),
            _ => Err(Fault::Protocol("frame that is neither a text nor the end")),
        }
    }
}

/// Writes a text. There is no other kind of frame; the byte that ends one never occurs in UTF-8.
pub(crate) fn push(out: &mut FrameWriter, frame: &Frame) {
    out.raw(&[BEGIN]);
    out.raw(frame.bytes());
    out.raw(&[END]);
}

/// Writes the closing handshake.
pub(crate) fn push_close(out: &mut FrameWriter) {
    out.raw(&CLOSE);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: &str) -> Option<u32> {
        number(key.as_bytes())
    }

    #[test]
    fn keys_hide_numbers() {
        // Recorded from a real client and a real server.
        let challenge = Challenge(of("3<\"4n k4  k310 27X-_b2Ia4f").unwrap(), of("17s5  38    897 9     6*+").unwrap());
        let answer = challenge.answer(b"\xd4\x00\xd0D\xe9\xde\x93%");
        let hex: String = answer.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "b8b601ebf8a4287e5e1f1fa9e4306e3e");
    }

    #[test]
    fn keys_that_hide_none() {
        for key in ["123", "1 2 4 ", "", "99999999999999999999999 ", "9999999999 "] {
            assert_eq!(of(key), None, "{key}");
        }
    }

    #[test]
    fn texts_are_read_in_whatever_pieces_they_come() {
        let mut reader = Reader::new(3);
        let mut read = |bytes: &mut BytesMut| reader.read(bytes);
        let mut bytes = BytesMut::from(&b"\0a"[..]);
        assert_eq!(read(&mut bytes), Ok(None));
        bytes.extend_from_slice(b"b\xff\0\xc3\xa9\xff\xff");
        assert_eq!(read(&mut bytes), Ok(Some(Event::Text(Text::from("ab")))));
        assert_eq!(read(&mut bytes), Ok(Some(Event::Text(Text::from("é")))));
        assert_eq!(read(&mut bytes), Ok(None));
        bytes.extend_from_slice(b"\0");
        assert_eq!(read(&mut bytes), Ok(Some(Event::Close)));
        for (wrong, fault) in [
            (&b"\0abcd\xff"[..], Fault::Size),
            (b"\0abcd", Fault::Size),
            (b"\0\x80\xff", Fault::Utf8),
            (b"a", Fault::Protocol("frame that is neither a text nor the end")),
        ] {
            assert_eq!(Reader::new(3).read(&mut BytesMut::from(wrong)), Err(fault));
        }
    }
}
