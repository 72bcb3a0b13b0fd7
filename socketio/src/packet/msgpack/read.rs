//! Reads MessagePack into JSON and attachments, in one pass. A length that is announced and not there costs no memory.

use std::fmt;

use bytes::Bytes;

use super::date;
use crate::packet::json;
use crate::packet::write::PLACEHOLDER;

/// How deeply arrays and maps may be nested, as in JSON.
const DEPTH: usize = 127;

/// Whole numbers up to here are exact in JavaScript, and are written without a fraction.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Why bytes are not MessagePack of one of the dialects that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MsgpackError {
    /// The bytes end before the value does.
    Short,
    /// Bytes follow the value.
    Surplus,
    /// Nested deeper than 127 levels.
    Depth,
    /// A byte that begins no value, or an extension that no dialect has.
    Unknown(u8),
    /// The key of a map is a map, an array or binary.
    Key,
}

impl fmt::Display for MsgpackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => f.write_str("the message ends within a value"),
            Self::Surplus => f.write_str("bytes behind the message"),
            Self::Depth => write!(f, "nested deeper than {DEPTH} levels"),
            Self::Unknown(byte) => write!(f, "byte 0x{byte:02x} begins no value"),
            Self::Key => f.write_str("the key of a map is not text"),
        }
    }
}

impl std::error::Error for MsgpackError {}

/// The value as JSON, in which placeholders stand for the attachments. They share the memory of `bytes`. Each byte that is read makes at most 33
/// bytes of JSON and attachment.
pub(crate) fn read(bytes: &Bytes) -> Result<(String, Vec<Bytes>), MsgpackError> {
    let mut reader = Reader { bytes, at: 0, out: Vec::with_capacity(bytes.len()), attachments: Vec::new() };
    reader.value(DEPTH)?;
    if reader.at < bytes.len() {
        return Err(MsgpackError::Surplus);
    }
    // Only valid UTF-8 was appended.
    Ok((String::from_utf8_lossy(&reader.out).into_owned(), reader.attachments))
}

/// Whether a value is there; `undefined` is not, where it is the value of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Defined,
    Undefined,
}

struct Reader<'a> {
    bytes: &'a Bytes,
    at: usize,
    out: Vec<u8>,
    attachments: Vec<Bytes>,
}

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Result<std::ops::Range<usize>, MsgpackError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len()).ok_or(MsgpackError::Short)?;
        let range = self.at..end;
        self.at = end;
        Ok(range)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MsgpackError> {
        let range = self.take(N)?;
        self.bytes[range].try_into().map_err(|_| MsgpackError::Short)
    }

    /// An unsigned number of so many bytes, at most 8.
    fn number(&mut self, size: usize) -> Result<u64, MsgpackError> {
        let range = self.take(size)?;
        Ok(self.bytes[range].iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A length of so many bytes, at most 4. One that exceeds the address space exceeds the message too.
    fn length(&mut self, size: usize) -> Result<usize, MsgpackError> {
        usize::try_from(self.number(size)?).map_err(|_| MsgpackError::Short)
    }

    fn value(&mut self, depth: usize) -> Result<Is, MsgpackError> {
        let [first] = self.array()?;
        match first {
            0x00..=0x7f => json::push_number(&mut self.out, first.into()),
            0x80..=0x8f => self.map((first & 0x0f).into(), depth)?,
            0x90..=0x9f => self.elements((first & 0x0f).into(), depth)?,
            0xa0..=0xbf => self.string((first & 0x1f).into())?,
            0xc0 => self.word("null"),
            0xc2 => self.word("false"),
            0xc3 => self.word("true"),
            0xc4..=0xc6 => {
                let length = self.length(1 << (first - 0xc4))?;
                self.binary(length)?;
            }
            0xc7..=0xc9 => {
                let length = self.length(1 << (first - 0xc7))?;
                return self.extension(first, length, false);
            }
            0xca => {
                let number = f32::from_be_bytes(self.array()?);
                self.float(number.into());
            }
            0xcb => {
                let number = f64::from_be_bytes(self.array()?);
                self.float(number);
            }
            0xcc..=0xcf => {
                let number = self.number(1 << (first - 0xcc))?;
                json::push_number(&mut self.out, number);
            }
            0xd0..=0xd3 => {
                let size = 1 << (first - 0xd0);
                let unused = 64 - 8 * size as u32;
                let number = self.number(size)?;
                // The sign is in the highest bit of the `size` bytes.
                self.integer((number << unused) as i64 >> unused);
            }
            0xd4..=0xd8 => return self.extension(first, 1 << (first - 0xd4), true),
            0xd9..=0xdb => {
                let length = self.length(1 << (first - 0xd9))?;
                self.string(length)?;
            }
            0xdc | 0xdd => {
                let count = self.length(2 << (first - 0xdc))?;
                self.elements(count, depth)?;
            }
            0xde | 0xdf => {
                let count = self.length(2 << (first - 0xde))?;
                self.map(count, depth)?;
            }
            0xe0..=0xff => self.integer((first as i8).into()),
            0xc1 => return Err(MsgpackError::Unknown(first)),
        }
        Ok(Is::Defined)
    }

    fn elements(&mut self, count: usize, depth: usize) -> Result<(), MsgpackError> {
        let depth = depth.checked_sub(1).ok_or(MsgpackError::Depth)?;
        self.out.push(b'[');
        for at in 0..count {
            if at > 0 {
                self.out.push(b',');
            }
            self.value(depth)?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn map(&mut self, count: usize, depth: usize) -> Result<(), MsgpackError> {
        let depth = depth.checked_sub(1).ok_or(MsgpackError::Depth)?;
        self.out.push(b'{');
        let opened = self.out.len();
        for _ in 0..count {
            let before = self.out.len();
            if before > opened {
                self.out.push(b',');
            }
            self.key()?;
            self.out.push(b':');
            // As JSON does in JavaScript: a key without a value is left out.
            if self.value(depth)? == Is::Undefined {
                self.out.truncate(before);
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    /// A key is text; numbers and words become text, as in JavaScript.
    fn key(&mut self) -> Result<(), MsgpackError> {
        let next = *self.bytes.get(self.at).ok_or(MsgpackError::Short)?;
        match next {
            0xa0..=0xbf | 0xd9..=0xdb => self.value(0).map(drop),
            0x00..=0x7f | 0xc0 | 0xc2 | 0xc3 | 0xca..=0xd3 | 0xe0..=0xff => {
                self.out.push(b'"');
                self.value(0)?;
                self.out.push(b'"');
                Ok(())
            }
            _ => Err(MsgpackError::Key),
        }
    }

    fn word(&mut self, word: &str) {
        self.out.extend_from_slice(word.as_bytes());
    }

    fn string(&mut self, length: usize) -> Result<(), MsgpackError> {
        let range = self.take(length)?;
        // JavaScript writes lone surrogates as bytes that are no UTF-8, and reads such bytes as this does.
        let text = String::from_utf8_lossy(&self.bytes[range]);
        json::push_string(&mut self.out, &text);
        Ok(())
    }

    fn binary(&mut self, length: usize) -> Result<(), MsgpackError> {
        let range = self.take(length)?;
        self.out.extend_from_slice(PLACEHOLDER);
        json::push_number(&mut self.out, self.attachments.len() as u64);
        self.out.push(b'}');
        self.attachments.push(self.bytes.slice(range));
        Ok(())
    }

    fn integer(&mut self, number: i64) {
        if number < 0 {
            self.out.push(b'-');
        }
        json::push_number(&mut self.out, number.unsigned_abs());
    }

    fn float(&mut self, number: f64) {
        if number.fract() == 0.0 && number.abs() <= EXACT {
            self.integer(number as i64);
        } else {
            // Neither infinities nor NaN are JSON.
            let text =
                serde_json::Number::from_f64(number).map_or_else(|| "null".to_owned(), |number| number.to_string());
            self.word(&text);
        }
    }

    /// An extension of `length` bytes, whose type is next. `fixed`: the length is told by the first byte, so that 8 bytes of type 0 are a date and
    /// one byte is `undefined`; array buffers never have a fixed length.
    fn extension(&mut self, first: u8, length: usize, fixed: bool) -> Result<Is, MsgpackError> {
        let [kind] = self.array()?;
        match (kind as i8, length) {
            (0, 1) if fixed => {
                self.take(1)?;
                self.word("null");
                return Ok(Is::Undefined);
            }
            (0, 8) if fixed => {
                let ms = i64::from_be_bytes(self.array()?);
                self.date(Some(ms));
            }
            (0, _) => self.binary(length)?,
            (-1, 4) => {
                let seconds = self.number(4)?;
                self.date(Some(seconds as i64 * 1000));
            }
            (-1, 8) => {
                let both = self.number(8)?;
                let (nanoseconds, seconds) = (both >> 34, both & ((1 << 34) - 1));
                self.date(Some(seconds as i64 * 1000 + nanoseconds as i64 / 1_000_000));
            }
            (-1, 12) => {
                let nanoseconds = self.number(4)?;
                let seconds = i64::from_be_bytes(self.array()?);
                self.date(seconds.checked_mul(1000).and_then(|ms| ms.checked_add(nanoseconds as i64 / 1_000_000)));
            }
            _ => return Err(MsgpackError::Unknown(first)),
        }
        Ok(Is::Defined)
    }

    fn date(&mut self, ms: Option<i64>) {
        match ms.and_then(date::text) {
            Some(text) => json::push_string(&mut self.out, &text),
            // What JSON makes of an invalid date.
            None => self.word("null"),
        }
    }
}
