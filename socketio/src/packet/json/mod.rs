//! JSON without types: writes strings and numbers, and checks whether a text is JSON.

mod string;

use serde::de::IgnoredAny;

use super::assumptions::without_position;

pub(crate) use self::string::{plain_len, push_escaped, push_string, special_at};

/// How deeply arrays and objects may be nested: the same bound that reading into a type has.
const DEPTH: usize = 127;

/// Appends JSON with everything outside of ASCII escaped. Such characters stand only inside of strings, where the
/// escape means the same.
pub(crate) fn push_ascii(out: &mut Vec<u8>, json: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut rest = json;
    while let Some(at) = rest.bytes().position(|byte| !byte.is_ascii()) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let Some(character) = rest[at..].chars().next() else { return };
        for unit in character.encode_utf16(&mut [0; 2]) {
            out.extend_from_slice(b"\\u");
            out.extend([12, 8, 4, 0].map(|shift| HEX[usize::from(*unit >> shift & 15)]));
        }
        rest = &rest[at + character.len_utf8()..];
    }
    out.extend_from_slice(rest.as_bytes());
}

/// `text` as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    push_string(&mut out, text);
    // The text was UTF-8, and escapes are ASCII.
    String::from_utf8(out).unwrap_or_default()
}

/// Appends `number` in decimal digits.
pub(crate) fn push_number(out: &mut Vec<u8>, mut number: u64) {
    if number < 10 {
        return out.push(b'0' + number as u8);
    }
    // u64::MAX has 20 digits.
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// The error's text without its position, which means nothing to a client.
pub(crate) fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if error.line() == 0 { text } else { without_position(&text).to_owned() }
}

/// Whether `text` is one JSON value, nested at most [`DEPTH`] deep, and nothing else. The error says what is wrong.
pub(crate) fn check(text: &str) -> Result<(), String> {
    // serde_json skips a value of any depth without a limit, so that the depth is checked afterwards.
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| message(&error))?;
    if depth(text.as_bytes()) > DEPTH { Err("recursion limit exceeded".to_owned()) } else { Ok(()) }
}

/// The deepest nesting in a text that is known to be JSON.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => drop(bytes.next()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn escaped_strings_read_back(text in any::<String>()) {
            let mut json = Vec::new();
            push_string(&mut json, &text);
            let mut out = Vec::new();
            push_ascii(&mut out, std::str::from_utf8(&json).unwrap());
            prop_assert!(out.is_ascii());
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }

        #[test]
        fn control_characters_read_back(bytes in prop::collection::vec(0u8..0x40, 0..40)) {
            let text = String::from_utf8(bytes).unwrap();
            let mut out = Vec::new();
            push_string(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }

        #[test]
        fn numbers_read_back(number in any::<u64>()) {
            let mut out = Vec::new();
            push_number(&mut out, number);
            prop_assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }

        #[test]
        fn checking_never_panics(text in any::<String>()) {
            let _ = check(&text);
        }
    }

    #[test]
    fn the_ends_of_the_number_range() {
        for number in [0, 9, 10, u64::MAX] {
            let mut out = Vec::new();
            push_number(&mut out, number);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }

    #[test]
    fn checks_syntax_depth_and_end() {
        assert_eq!(check(r#"["a", {"b": [1]}]"#), Ok(()));
        assert!(check("[1").is_err());
        assert_eq!(check("[] x"), Err("trailing characters".to_owned()));
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(check(&nested(127)), Ok(()));
        assert_eq!(check(&nested(128)), Err("recursion limit exceeded".to_owned()));
        assert_eq!(check(&format!("[\"{}\\\"[\"]", "[".repeat(500))), Ok(()));
    }

    #[test]
    fn messages_carry_no_position() {
        let error = serde_json::from_str::<u8>("null").unwrap_err();
        assert_eq!(message(&error), "invalid type: null, expected u8");
    }
}
