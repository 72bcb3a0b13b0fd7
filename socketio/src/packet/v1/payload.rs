//! Several packets in one HTTP body: for each packet U+FFFD, the packet's length, U+FFFD, the packet. A single packet
//! has no frame.
//!
//! Lengths are in UTF-16 code units, because the clients are JavaScript: an emoji counts two.

use std::ops::Range;

use super::super::encoding::{form_field, push_script_string, utf16_len, utf16_prefix};
use super::super::json;

/// The answer to a POST. The clients accept no other.
pub(crate) const ACCEPTED: &str = "1";

const MARK: char = '\u{fffd}';

/// The range of the packet that begins at `at` in `text`, and the start of the next packet. `None` at the end, and for
/// an invalid length, because the next packet cannot be found then.
pub(crate) fn next(text: &str, at: usize) -> Option<(Range<usize>, usize)> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    let Some(framed) = rest.strip_prefix(MARK) else {
        // Only a single packet has no length.
        return (at == 0).then_some((0..text.len(), text.len()));
    };
    let (length, body) = framed.split_once(MARK)?;
    // No body is long enough for more digits.
    if length.is_empty() || length.len() > 10 || !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let start = text.len() - body.len();
    let end = start + utf16_prefix(body, length.parse().ok()?)?;
    Some((start..end, end))
}

/// Appends packets as one body.
pub(crate) fn encode<'a>(packets: impl ExactSizeIterator<Item = &'a [u8]>, out: &mut Vec<u8>) {
    let alone = packets.len() == 1;
    for packet in packets {
        if !alone {
            let mut mark = [0; 3];
            let mark = MARK.encode_utf8(&mut mark).as_bytes();
            out.extend_from_slice(mark);
            json::push_number(out, utf16_len(packet) as u64);
            out.extend_from_slice(mark);
        }
        out.extend_from_slice(packet);
    }
}

/// The script that passes a body to the callback of a JSONP client.
pub(crate) fn jsonp(index: &str, body: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 24);
    out.extend_from_slice(b"io.j[");
    out.extend_from_slice(index.as_bytes());
    out.extend_from_slice(b"](");
    push_script_string(&mut out, body);
    out.extend_from_slice(b");");
    out
}

/// The script that reports a refused handshake to a JSONP client, because a script cannot read the status of its
/// answer.
pub(crate) fn jsonp_error(index: &str, message: &str) -> Vec<u8> {
    format!("io.j[{index}](new Error(\"{message}\"));").into_bytes()
}

/// The beginning of an htmlfile, padded because Internet Explorer renders nothing before it has received 256 bytes.
pub(crate) fn htmlfile_head() -> String {
    format!("{:<256}", "<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>")
}

/// The script that passes a body to the page around an htmlfile.
pub(crate) fn htmlfile(body: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 32);
    out.extend_from_slice(b"<script>_(");
    push_script_string(&mut out, body);
    out.extend_from_slice(b");</script>");
    out
}

/// The payload in the form body of a JSONP client: `d=<payload>`; since 0.8 the payload is a JSON string.
pub(crate) fn form(body: &str) -> Option<String> {
    let value = String::from_utf8_lossy(&form_field(body.as_bytes(), "d")?).into_owned();
    if value.starts_with('"') { serde_json::from_str(&value).ok() } else { Some(value) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Vec<&str> {
        let (mut at, mut all) = (0, Vec::new());
        while let Some((range, after)) = next(text, at) {
            assert!(after > at);
            all.push(&text[range]);
            at = after;
        }
        all
    }

    fn join(packets: &[String]) -> String {
        let mut out = Vec::new();
        encode(packets.iter().map(|packet| packet.as_bytes()), &mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn packets_read_back(packets in prop::collection::vec("[0-8]::.{0,20}", 1..6)) {
            let text = join(&packets);
            prop_assert_eq!(split(&text), packets);
        }

        #[test]
        fn nothing_panics(text in "(\u{fffd}|[0-9]|😀|é|a){0,40}") {
            split(&text);
        }

        #[test]
        fn scripts_carry_every_text(text in any::<String>()) {
            let script = String::from_utf8(jsonp("7", &text)).unwrap();
            let literal = script.strip_prefix("io.j[7](").and_then(|rest| rest.strip_suffix(");")).unwrap();
            prop_assert!(!literal.contains('<'));
            prop_assert_eq!(&serde_json::from_str::<String>(literal).unwrap(), &text);
            let script = String::from_utf8(htmlfile(&text)).unwrap();
            let literal = script.strip_prefix("<script>_(").and_then(|rest| rest.strip_suffix(");</script>")).unwrap();
            prop_assert!(!literal.contains('<'));
            prop_assert_eq!(&serde_json::from_str::<String>(literal).unwrap(), &text);
        }
    }

    #[test]
    fn lengths_count_utf16() {
        assert_eq!(join(&["3:::😀".into(), "3:::b".into()]), "\u{fffd}6\u{fffd}3:::😀\u{fffd}5\u{fffd}3:::b");
        assert_eq!(split("\u{fffd}6\u{fffd}3:::😀\u{fffd}5\u{fffd}3:::b"), ["3:::😀", "3:::b"]);
        // A mark inside the data is not a frame, because the length counts.
        assert_eq!(split("\u{fffd}6\u{fffd}3:::\u{fffd}7\u{fffd}3\u{fffd}2::"), ["3:::\u{fffd}7", "2::"]);
    }

    #[test]
    fn one_packet_stands_alone() {
        assert_eq!(join(&["1::".into()]), "1::");
        assert_eq!(split("3:::a\u{fffd}b"), ["3:::a\u{fffd}b"]);
        assert_eq!(split(""), Vec::<&str>::new());
    }

    #[test]
    fn reading_stops_where_lengths_are_wrong() {
        assert_eq!(split("\u{fffd}3\u{fffd}2::\u{fffd}9\u{fffd}2::"), ["2::"]);
        assert_eq!(split("\u{fffd}3\u{fffd}2::junk"), ["2::"]);
        assert_eq!(split("\u{fffd}5\u{fffd}3:::😀"), Vec::<&str>::new());
    }

    #[test]
    fn both_forms_of_jsonp_posts_are_read() {
        assert_eq!(form("d=3:::a").as_deref(), Some("3:::a"));
        assert_eq!(form(r"d=%223:::a\nb%22").as_deref(), Some("3:::a\nb"));
        assert_eq!(form("x=1"), None);
        assert_eq!(form("d=%22broken"), None);
    }
}
