//! Encodings that several protocols use: percent-encoded forms, and lengths in UTF-16 code units.

use std::borrow::Cow;

use memchr::memchr2;

/// Undoes `%41` and `+`, as for HTML forms. What is not an escape stays.
pub(crate) fn percent_decode(text: &[u8]) -> Cow<'_, [u8]> {
    let hex = |digit: u8| char::from(digit).to_digit(16).map(|digit| digit as u8);
    let Some(first) = memchr2(b'%', b'+', text) else { return Cow::Borrowed(text) };
    let mut out = Vec::with_capacity(text.len());
    out.extend_from_slice(&text[..first]);
    let mut rest = &text[first..];
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        out.push(match (first, tail) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            _ => first,
        });
    }
    Cow::Owned(out)
}

/// The length of UTF-8 in UTF-16 code units, in which JavaScript counts: one for each character, and another for those of four bytes.
pub(crate) fn utf16_len(text: &[u8]) -> usize {
    // Each character has one byte that is no continuation.
    text.iter().map(|byte| usize::from(byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0)).sum()
}

/// The length in bytes of the first `units` UTF-16 code units; `None` if the text is shorter, or they end within a character.
pub(crate) fn utf16_prefix(text: &str, units: usize) -> Option<usize> {
    // One unit each, as nearly always.
    if text.as_bytes().get(..units).is_some_and(<[u8]>::is_ascii) {
        return Some(units);
    }
    let mut left = units;
    for (at, character) in text.char_indices() {
        if left == 0 {
            return Some(at);
        }
        left = left.checked_sub(character.len_utf16())?;
    }
    (left == 0).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_broken_ones_stay() {
        let cases: [(&str, &[u8]); 8] = [
            ("a", b"a"),
            ("%", b"%"),
            ("%4", b"%4"),
            ("%zz", b"%zz"),
            ("%41%", b"A%"),
            ("%ff", b"\xff"),
            ("a+b", b"a b"),
            ("%2B%2b", b"++"),
        ];
        for (text, decoded) in cases {
            assert_eq!(&*percent_decode(text.as_bytes()), decoded, "{text}");
        }
        assert!(matches!(percent_decode(b"plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn lengths_are_those_of_javascript() {
        for text in ["", "abc", "é", "€uro", "a😀b", "\u{2028}"] {
            let units = text.encode_utf16().count();
            assert_eq!(utf16_len(text.as_bytes()), units, "{text}");
            assert_eq!(utf16_prefix(text, units), Some(text.len()), "{text}");
            assert_eq!(utf16_prefix(text, units + 1), None, "{text}");
        }
        assert_eq!(utf16_prefix("a😀b", 3), Some(5));
        assert_eq!(utf16_prefix("a😀b", 2), None, "within a character");
    }
}
