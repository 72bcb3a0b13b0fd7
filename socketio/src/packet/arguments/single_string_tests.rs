//! SingleString what is one plain string is taken for one, and types read it as they read it with serde_json.

use std::fmt::Debug;

use bytes::Bytes;
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::*;
use crate::packet::Value;

#[test]
fn tells_one_plain_string_from_everything_else() {
    for (json, expected) in
        [(r#"["a","b"]"#, "\"b\""), (r#"["",""]"#, "\"\""), (r#"["a","€ 𝄞 ' [{]}, :"]"#, "\"€ 𝄞 ' [{]}, :\"")]
    {
        assert_eq!(only_string(json, true), Some(expected), "{json}");
    }
    assert_eq!(only_string(r#"["b"]"#, false), Some("\"b\""));
    for json in [
        "",
        "[",
        "]",
        "[]",
        "\"",
        "[\"",
        "[\"]",
        "[\"\"",
        r#"["a"]"#,
        r#"["a",]"#,
        r#"["a",""#,
        r#"["a",1]"#,
        r#"["a","]"#,
        r#"["a","b"#,
        r#"["a","b""#,
        r#"["a","b"] "#,
        r#"["a","b" ]"#,
        r#"["a", "b"]"#,
        r#"["a" ,"b"]"#,
        r#"[ "a","b"]"#,
        r#"["a","b","c"]"#,
        r#"["a","b",1]"#,
        r#"["a",1,"c"]"#,
        r#"["\u0061","b"]"#,
        r#"["a","\n"]"#,
        r#"["a","b\"]"#,
        "[\"a\",\"\n\"]",
        "[\"a\",\"b\0\"]",
        r#"[1,"b"]"#,
        r#"{"a":"b"]"#,
        r#"é"a","b"]"#,
    ] {
        assert_eq!(only_string(json, true), None, "{json}");
    }
    for json in ["", "[", "[]", "[\"", "[\"]", r#"["a","b"]"#, r#"["a\"]"#, r#"("a"]"#, r#"["a")"#, "é\"a\"]"] {
        assert_eq!(only_string(json, false), None, "{json}");
    }
}

#[derive(Debug, PartialEq, Deserialize)]
enum Shape {
    Unit,
    New(String),
}

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapped(Option<String>);

#[derive(Debug, PartialEq, Deserialize)]
struct Named {
    name: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Named(Named),
    Text(String),
}

/// Reads `text` here and with serde_json.
fn same<T: DeserializeOwned + PartialEq + Debug>(text: &str) {
    let literal = format!("\"{text}\"");
    let ours = T::deserialize(Literal(&literal)).map_err(|error| json::message(&error));
    let theirs = serde_json::from_str::<T>(&literal).map_err(|error| json::message(&error));
    assert_eq!(ours, theirs, "{text}");
}

fn all_the_same(text: &str) {
    same::<String>(text);
    same::<char>(text);
    same::<Option<String>>(text);
    same::<Option<Option<u8>>>(text);
    same::<Value>(text);
    same::<serde_json::Value>(text);
    same::<Bytes>(text);
    same::<u8>(text);
    same::<i128>(text);
    same::<f64>(text);
    same::<bool>(text);
    same::<()>(text);
    same::<Vec<String>>(text);
    same::<(String,)>(text);
    same::<std::collections::BTreeMap<String, u8>>(text);
    same::<Named>(text);
    same::<Shape>(text);
    same::<Wrapped>(text);
    same::<Untagged>(text);
    same::<std::net::Ipv4Addr>(text);
    same::<std::path::PathBuf>(text);
}

#[test]
fn types_read_as_with_serde_json() {
    for text in ["", "a", "€", "Unit", "New", "Other", "12", "null", "127.0.0.1", "longer than one block of 32 bytes"]
    {
        all_the_same(text);
    }
    let raw = Box::<RawValue>::deserialize(Literal("\"x y\"")).unwrap();
    assert_eq!(raw.get(), "\"x y\"");
}

#[test]
fn errors_have_a_position_that_can_be_cut_off() {
    let error = SingleString::new("\"said at line 3\"").next_element::<u8>().unwrap_err();
    assert!(error.line() > 0);
    assert_eq!(json::message(&error), r#"invalid type: string "said at line 3", expected u8"#);
    let error = SingleString::new("\"x\"").next_element::<std::net::Ipv4Addr>().unwrap_err();
    assert!(error.line() > 0);
    assert_eq!(json::message(&error), "invalid IPv4 address syntax");
}

proptest! {
    #[test]
    fn any_plain_string(text in "[^\\x00-\\x1f\"\\\\]{0,60}") {
        all_the_same(&text);
        let json = format!(r#"["n","{text}"]"#);
        let mut only = SingleString::new(only_string(&json, true).unwrap());
        prop_assert_eq!(only.next_element::<String>().unwrap(), Some(text));
        prop_assert!(only.next_element::<String>().unwrap().is_none());
    }

    #[test]
    fn what_is_taken_is_what_serde_json_reads(json in "\\[?[\"a\\\\, \\]]{0,8}\\]?") {
        if let Some(literal) = only_string(&json, true) {
            let read: (String, String) = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(format!("\"{}\"", read.1), literal);
        }
        if let Some(literal) = only_string(&json, false) {
            let read: (String,) = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(format!("\"{}\"", read.0), literal);
        }
    }
}
