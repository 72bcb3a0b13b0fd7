//! JSONP: payloads inside of scripts and forms, for pages that may load nothing else from another site.

use super::payload::PayloadError;
use crate::packet::encoding::{form_field, push_script_string};

/// The script that hands `payload` to the page. Of `index`, which a request names, only digits are written.
pub(crate) fn script(index: &str, payload: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + payload.len() / 8 + 32);
    out.extend_from_slice(b"___eio[");
    out.extend(index.bytes().filter(u8::is_ascii_digit));
    out.extend_from_slice(b"](");
    push_script_string(&mut out, payload);
    out.extend_from_slice(b");");
    out
}

/// The payload in a form's body: its field `d`.
pub(crate) fn form(body: &[u8]) -> Result<String, PayloadError> {
    let field = form_field(body, "d").ok_or(PayloadError::IllegalForm)?;
    let text = String::from_utf8(field.into_owned()).map_err(|_| PayloadError::IllegalUtf8)?;
    Ok(unescape(&text))
}

/// Undoes what clients do to newlines, which forms would change: a newline was written as `\n`, and `\n` as `\\n`.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (read, written) = if rest.starts_with("\\\\n") {
            (3, "\\n")
        } else if rest.starts_with("\\n") {
            (2, "\n")
        } else {
            (1, "\\")
        };
        out.push_str(written);
        rest = &rest[read..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What JSON is made of, as far as it matters: a newline never follows a backslash.
    const PARTS: &[&str] = &["a", "\n", "\\n", "\\\"", "n"];

    /// What the clients do before they post.
    fn escape(text: &str) -> String {
        text.replace("\\n", "\\\n").replace('\n', "\\n")
    }

    #[test]
    fn scripts_are_those_of_real_servers() {
        let script = |index, payload| String::from_utf8(script(index, payload)).unwrap();
        assert_eq!(script("0", "2:40"), r#"___eio[0]("2:40");"#);
        assert_eq!(script("12", r#"21:424["question","why"]"#), r#"___eio[12]("21:424[\"question\",\"why\"]");"#);
        assert_eq!(script("1](alert(1))//", "1:6"), r#"___eio[11]("1:6");"#);
        assert_eq!(script("0", "<!--<script"), r#"___eio[0]("\u003c!--\u003cscript");"#);
        assert_eq!(script("", "é\u{2028}a\u{2029}"), r#"___eio[]("é\u2028a\u2029");"#);
    }

    #[test]
    fn forms_of_real_clients_are_read() {
        let body = b"d=16%3A421%5B%22ask%22%2C%22why%22%5D";
        assert_eq!(form(body).as_deref(), Ok(r#"16:421["ask","why"]"#));
        let body = b"d=27%3A42%5B%22message%22%2C%22plain%3A+text%22%5D";
        assert_eq!(form(body).as_deref(), Ok(r#"27:42["message","plain: text"]"#));
        let body =
            b"d=38%3A420%5B%22echo%22%2C1%2C%22%C3%A9%E2%82%AC%F0%9F%98%80%22%2C%7B%22a%22%3A%5Btrue%2Cnull%5D%7D%5D";
        assert_eq!(form(body).as_deref(), Ok(r#"38:420["echo",1,"é€😀",{"a":[true,null]}]"#));
        assert_eq!(form(b"x=1&d=a+b%2").as_deref(), Ok("a b%2"));
        assert_eq!(form(b"d=").as_deref(), Ok(""));
        assert_eq!(form(b"x=1"), Err(PayloadError::IllegalForm));
        assert_eq!(form(b"d=%ff"), Err(PayloadError::IllegalUtf8));
    }

    proptest! {
        #[test]
        fn newlines_come_back(parts in prop::collection::vec(prop::sample::select(PARTS), 0..8)) {
            let text = parts.concat();
            prop_assert_eq!(unescape(&escape(&text)), text);
        }

        #[test]
        fn any_form_is_survived(body in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = form(&body);
            let _ = form(&[b"d=", &body[..]].concat());
        }

        #[test]
        fn scripts_are_one_string(payload in any::<String>()) {
            let script = String::from_utf8(script("3", &payload)).unwrap();
            let string = script.strip_prefix("___eio[3](").and_then(|rest| rest.strip_suffix(");")).unwrap();
            let raw = string.contains(['\u{2028}', '\u{2029}', '\n', '<']);
            prop_assert!(!raw, "{}", string);
            prop_assert_eq!(serde_json::from_str::<String>(string).unwrap(), payload);
        }
    }
}
