//! Event names: escapes, integers, reserved names, limits, and arbitrary text.

use proptest::prelude::*;

use super::*;

fn name(json: &str) -> Result<Cow<'_, str>, PacketError> {
    event_name(json, &Limits::default())
}

#[test]
fn plain_names_are_borrowed() {
    for json in ["[\"message\"]", "[\"message\",1]", "[ \"message\" , 1]", "[\n\t\"message\"\r]"] {
        assert!(matches!(name(json), Ok(Cow::Borrowed("message"))), "{json}");
    }
    assert_eq!(name("[\"\"]"), Ok("".into()));
    assert_eq!(name("[\"größe 😀\"]"), Ok("größe 😀".into()));
}

#[test]
fn escapes_are_decoded() {
    for (json, expected) in [
        (r#"["\u0065cho"]"#, "echo"),
        (r#"["x\/y",1]"#, "x/y"),
        (r#"["a\"b"]"#, "a\"b"),
        (r#"["a\\"]"#, "a\\"),
        (r#"["a\\\"]"]"#, "a\\\"]"),
        (r#"["\ud83d\ude00"]"#, "😀"),
        (r#"["\u0000"]"#, "\0"),
        (r#"["aé\n"]"#, "aé\n"),
    ] {
        assert_eq!(name(json).as_deref(), Ok(expected), "{json}");
    }
}

#[test]
fn integers_are_names() {
    for digits in ["0", "7", "42", "-1", "18446744073709551615", "-9223372036854775808"] {
        let json = format!("[{digits},true]");
        assert_eq!(name(&json).as_deref(), Ok(digits));
    }
    assert_eq!(name("[ 1 ]").as_deref(), Ok("1"));
}

#[test]
fn all_else_is_no_name() {
    for json in [
        "",
        "[",
        "[]",
        "{}",
        "[null]",
        "[true]",
        "[{}]",
        "[[\"a\"]]",
        "[1.5]",
        "[1e3]",
        "[01]",
        "[-]",
        "[-01]",
        "[+1]",
        "[123456789012345678901]",
        "[-12345678901234567890]",
        "[1",
        "[1x]",
        "[\"a",
        "[\"a\\",
        "[\"a\\\"",
        "[\"a\\\"]",
        "[\"a\"",
        "[\"a\"x]",
        "[\"a\" \"b\"]",
        "[\"\\x\"]",
        r#"["\ud83d"]"#,
        r#"["\u00"]"#,
        "[\"a\nb\"]",
        "[\"\0\"]",
        "[\u{a0}\"a\"]",
        "\"a\"",
        "[\"a\\é",
    ] {
        assert_eq!(name(json), Err(PacketError::IllegalEventName), "{json}");
    }
}

#[test]
fn reserved_names_are_refused_in_every_spelling() {
    for reserved in RESERVED {
        assert_eq!(name(&format!("[\"{reserved}\"]")), Err(PacketError::ReservedEventName(reserved.to_owned())));
    }
    assert_eq!(name(r#"["\u0063onnect"]"#), Err(PacketError::ReservedEventName("connect".to_owned())));
    assert_eq!(name("[\"Connect\"]"), Ok("Connect".into()));
    assert_eq!(name("[\"error\"]"), Ok("error".into()));
}

#[test]
fn names_are_bounded_after_decoding() {
    let too_long = Err(PacketError::EventNameTooLong(256));
    for (letter, longer) in [("a", "a"), ("\\u0061", "\\u0061"), ("a", "\\n")] {
        let longest = letter.repeat(256);
        assert_eq!(name(&format!("[\"{longest}\"]")), Ok("a".repeat(256).into()));
        assert_eq!(name(&format!("[\"{longest}{longer}\"]")), too_long);
    }
    assert_eq!(name(&format!("[\"{}\"]", "a".repeat(100_000))), too_long);
}

proptest! {
    #[test]
    fn the_short_look_sees_what_the_long_one_sees(json in "\\[\"?[ab\\\\\"\\], \n]{0,8}", longest in 0..6usize) {
        let limits = Limits { event_len: longest, ..Limits::default() };
        if let Some(name) = plain_name(&json, &limits) {
            prop_assert!(name.len() <= longest);
            prop_assert_eq!(any_name(&json, &limits), Ok(Cow::Borrowed(name)));
        }
    }

    #[test]
    fn every_name_reads_back(text in any::<String>(), plain in any::<bool>()) {
        let limits = Limits { event_len: usize::MAX, ..Limits::default() };
        let json = if plain {
            serde_json::to_string(&(&text, 1)).unwrap()
        } else {
            let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            format!("[\"{units}\"]")
        };
        match event_name(&json, &limits) {
            Ok(name) => prop_assert_eq!(name, text),
            Err(error) => prop_assert_eq!(error, PacketError::ReservedEventName(text)),
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = name(&text);
        let _ = name(&format!("[{text}"));
        let _ = name(&format!("[\"{text}"));
    }

    #[test]
    fn a_name_is_what_serde_json_reads(inner in r#"[a"\\u0-9é ,\]\[-]{0,12}"#) {
        let json = format!("[{inner}]");
        let expected = serde_json::from_str::<Vec<serde_json::Value>>(&json).ok();
        if let Some([serde_json::Value::String(expected), ..]) = expected.as_deref() {
            prop_assert_eq!(name(&json), Ok(expected.as_str().into()));
        }
    }
}
