//! Encodings that several protocols use: HTML forms, strings in scripts, and lengths in UTF-16 code units.

use std::borrow::Cow;

use memchr::memchr2;

use super::json;

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

/// The decoded value of the field `name` in the body of an HTML form; `None` if the form does not have the field.
pub(crate) fn form_field<'a>(body: &'a [u8], name: &str) -> Option<Cow<'a, [u8]>> {
    let mut pairs = body.split(|byte| *byte == b'&');
    pairs.find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")).map(percent_decode)
}

/// Appends `text` as a JSON string that can stand in a script, also where a browser takes the script for HTML.
///
/// `<` and `/` are escaped, because they begin tags and comments (`</script>`, `<!--<script`), and so are U+2028 and U+2029, because
/// they end a string in the JavaScript of before 2019.
pub(crate) fn push_script_string(out: &mut Vec<u8>, text: &str) {
    let mut string = Vec::with_capacity(text.len() + text.len() / 8 + 2);
    json::push_string(&mut string, text);
    let string = String::from_utf8_lossy(&string);
    let mut rest = &*string;
    while let Some(at) = rest.find(['\u{2028}', '\u{2029}', '<', '/']) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before.as_bytes());
        let (escape, length): (&[u8], _) = match after.as_bytes() {
            [b'<', ..] => (b"\\u003c", 1),
            [b'/', ..] => (b"\\/", 1),
            [_, _, 0xa8, ..] => (b"\\u2028", 3),
            _ => (b"\\u2029", 3),
        };
        out.extend_from_slice(escape);
        rest = &after[length..];
    }
    out.extend_from_slice(rest.as_bytes());
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
    use proptest::prelude::*;

    use super::*;

    fn script_string(text: &str) -> String {
        let mut out = Vec::new();
        push_script_string(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn a_string_in_a_script_reads_back(text in any::<String>()) {
            let string = script_string(&text);
            let raw = string.contains(['\u{2028}', '\u{2029}', '\n', '<']) || string.contains("\"/");
            prop_assert!(!raw, "{}", string);
            prop_assert_eq!(serde_json::from_str::<String>(&string).unwrap(), text);
        }
    }

    #[test]
    fn a_string_in_a_script_ends_neither_line_nor_tag() {
        assert_eq!(script_string("2:40\"\n"), r#""2:40\"\n""#);
        assert_eq!(script_string("</script><!--<script"), r#""\u003c\/script>\u003c!--\u003cscript""#);
        assert_eq!(script_string("é\u{2028}a\u{2029}"), r#""é\u2028a\u2029""#);
    }

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let field = |body| form_field(body, "d").map(|value| String::from_utf8(value.into_owned()).unwrap());
        assert_eq!(field(b"x=1&d=a+b%2").as_deref(), Some("a b%2"));
        assert_eq!(field(b"d=").as_deref(), Some(""));
        assert_eq!((field(b"x=1"), field(b"d"), field(b"dd=1")), (None, None, None));
    }

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
