//! Writes JSON strings, and searches for the characters that are escaped in them. Most strings have none, so that many bytes are checked at
//! once, and the bytes between two escapes are copied together.

/// Room behind a string. Without it, the closing brackets of the packet would double a buffer that a long string has filled.
const SLACK: usize = 32;

/// Appends `text` as a JSON string, with the escapes that serde_json uses.
pub(crate) fn push_string(out: &mut Vec<u8>, text: &str) {
    if out.capacity() - out.len() < text.len() + 2 {
        out.reserve(text.len() + SLACK);
    }
    out.push(b'"');
    push_escaped(out, text);
    out.push(b'"');
}

/// The same without the quotes.
pub(crate) fn push_escaped(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let plain = plain_len(bytes);
    out.extend_from_slice(&bytes[..plain]);
    if plain < bytes.len() {
        push_special(out, &bytes[plain..]);
    }
}

/// Appends the inside of a string that begins with a character to be escaped.
fn push_special(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut rest = bytes;
    while let Some((&special, behind)) = rest.split_first() {
        push_escape(out, special);
        let (plain, special) = behind.split_at(plain_len(behind));
        out.extend_from_slice(plain);
        rest = special;
    }
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let letter = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        _ => {
            let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
            return out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}

/// How many bytes at the front need no escape, that is the position of the first quote, backslash or control character.
///
/// Long strings are checked by blocks at first, short ones by words only.
#[inline]
pub(crate) fn plain_len(bytes: &[u8]) -> usize {
    let Some(last) = bytes.last_chunk::<8>() else { return short_plain_len(bytes) };
    let mut at = 0;
    if bytes.len() >= 32 {
        at = plain_blocks::<64>(bytes);
        at += plain_blocks::<16>(&bytes[at..]);
        if at == bytes.len() {
            return at;
        }
    }
    for word in bytes[at..].as_chunks::<8>().0 {
        if let Some(first) = first_special(*word) {
            return at + first;
        }
        at += 8;
    }
    // The first bytes of the last word have been checked already and need no escape.
    first_special(*last).map_or(bytes.len(), |first| bytes.len() - 8 + first)
}

/// The same for less than eight bytes.
#[inline]
fn short_plain_len(bytes: &[u8]) -> usize {
    if let (Some([a, b, c, d]), Some([e, f, g, h])) = (bytes.first_chunk(), bytes.last_chunk())
        && first_special([*a, *b, *c, *d, *e, *f, *g, *h]).is_none()
    {
        return bytes.len();
    }
    bytes.iter().position(|&byte| is_special(byte)).unwrap_or(bytes.len())
}

/// The position of the first special byte, for bytes among which it is expected soon, such as the name of an event.
#[inline]
pub(crate) fn special_at(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        if let Some(first) = first_special(*word) {
            return Some(8 * at + first);
        }
    }
    rest.iter().position(|&byte| is_special(byte)).map(|at| bytes.len() - rest.len() + at)
}

/// How many bytes are in the blocks at the front that need no escape.
///
/// A block is checked as a whole, without an early return, so that the compiler uses vector instructions.
fn plain_blocks<const BLOCK: usize>(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let is_plain = |block: &&[u8; BLOCK]| !block.iter().fold(false, |found, &byte| found | is_special(byte));
    BLOCK * blocks.iter().take_while(is_plain).count()
}

/// Whether a byte ends a string or is escaped in it.
fn is_special(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

/// The position of the first special byte of eight.
///
/// Subtracting borrows from a byte that is too small, which sets its highest bit. The borrow may flag bytes behind the
/// first special one, but none before it.
fn first_special(word: [u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    let word = u64::from_le_bytes(word);
    let (quote, backslash) = (word ^ (ONES * u64::from(b'"')), word ^ (ONES * u64::from(b'\\')));
    let found = (word.wrapping_sub(ONES * 0x20) & !word)
        | (quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash);
    let flags = found & (ONES << 7);
    (flags != 0).then(|| flags.trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn string(text: &str) -> String {
        let mut out = Vec::new();
        push_string(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    /// Bytes with few and with many escapes among them.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![40 => any::<u8>(), 1 => Just(b'"'), 1 => Just(b'\\'), 20 => 0x1f..0x24u8];
        prop_oneof![prop::collection::vec(byte, 0..200), prop::collection::vec(0x20..0x7fu8, 0..200)]
    }

    proptest! {
        #[test]
        fn strings_are_serde_jsons(text in any::<String>()) {
            prop_assert_eq!(string(&text), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn long_strings_are_serde_jsons(text in "[ -~é€𝄞\\x00-\\x1f\u{2028}]{0,300}") {
            prop_assert_eq!(string(&text), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn the_first_special_byte_is_found(bytes in bytes()) {
            let expected = bytes.iter().position(|&byte| is_special(byte)).unwrap_or(bytes.len());
            prop_assert_eq!(plain_len(&bytes), expected);
            prop_assert_eq!(special_at(&bytes).unwrap_or(bytes.len()), expected);
        }
    }

    #[test]
    fn every_byte_is_found_at_every_place() {
        for length in 0..100 {
            for at in 0..length {
                for byte in [0, 0x1f, b'"', b'\\', 0x20, b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                    let mut bytes = vec![b'x'; length];
                    bytes[at] = byte;
                    let expected = if is_special(byte) { at } else { length };
                    assert_eq!((plain_len(&bytes), special_at(&bytes).unwrap_or(length)), (expected, expected));
                }
            }
        }
    }

    #[test]
    fn every_control_character_is_serde_jsons() {
        let text: String = (0..0x80u8).map(char::from).collect();
        assert_eq!(string(&text), serde_json::to_string(&text).unwrap());
    }
}
