//! Typed reading, with and without attachments; whose fault a failure is; and arbitrary text.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::value::RawValue;

use super::*;
use crate::packet::value::Value;

/// Reads all arguments as values.
pub(crate) struct Everything;

impl Pass for Everything {
    type Output = Vec<Value>;

    fn arguments<'de, A: SeqAccess<'de>>(self, mut arguments: A) -> Result<Vec<Value>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = arguments.next_element()? {
            values.push(value);
        }
        Ok(values)
    }
}

fn parts() -> [Bytes; 8] {
    ["zero", "one", "two", "three", "four", "five", "six", "seven"].map(|text| Bytes::from_static(text.as_bytes()))
}

/// Reads one value of a packet with eight attachments. `$0` to `$7` in `json` are their placeholders.
fn one<T: DeserializeOwned>(json: &str) -> Result<T, ReadFailure> {
    let mut json = json.to_owned();
    for num in 0..8 {
        let place = match num % 2 {
            0 => format!(r#"{{"_placeholder":true,"num":{num}}}"#),
            _ => format!(r#"{{"num":{num},"_placeholder":true}}"#),
        };
        json = json.replace(&format!("${num}"), &place);
    }
    read_first(&format!("[{json}]"), &parts(), false)
}

/// Reads one value of a packet without attachments.
fn plain<T: DeserializeOwned>(json: &str) -> Result<T, ReadFailure> {
    read_first(&format!("[{json}]"), &[], false)
}

fn data(text: &str) -> ReadFailure {
    ReadFailure::Data(text.to_owned())
}

fn malformed(text: &str) -> ReadFailure {
    ReadFailure::Malformed(text.to_owned())
}

#[path = "binary_tests.rs"]
mod binary;
#[path = "fuzz.rs"]
mod fuzz;

mod faults {
    use super::*;

    #[test]
    fn types_are_data_and_syntax_is_not() {
        assert_eq!(plain::<u8>("null"), Err(data("invalid type: null, expected u8")));
        assert_eq!(plain::<u8>("1.5"), Err(data("invalid type: floating point `1.5`, expected u8")));
        assert_eq!(plain::<u8>("{]"), Err(malformed("key must be a string")));
        assert_eq!(plain::<u8>("1,"), Err(malformed("expected value")));
        assert_eq!(read_first::<u8>("[1]x", &[], false), Err(malformed("trailing characters")));
        assert_eq!(read_first::<u8>("[1][2]", &parts(), false), Err(malformed("trailing characters")));
        assert!(matches!(read_first::<u8>("[1", &[], false), Err(ReadFailure::Malformed(_))));
        assert!(matches!(read_first::<u8>("{}", &[], false), Err(ReadFailure::Data(_))));
        assert_eq!(read_first::<u8>("[1] \n", &[], false), Ok(1));
    }

    #[test]
    fn a_wrong_type_does_not_hide_broken_text_behind_it() {
        assert!(matches!(plain::<u8>("\"a\", x"), Err(ReadFailure::Malformed(_))));
        assert_eq!(read_first::<u8>("[\"a\"]]", &[], false), Err(malformed("trailing characters")));
    }

    #[test]
    fn sound_json_that_no_type_holds_is_data() {
        assert!(matches!(plain::<f64>("1e999"), Err(ReadFailure::Data(_))));
        assert!(matches!(plain::<String>(r#""\ud800""#), Err(ReadFailure::Data(_))));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for attachments in [&[][..], &parts()] {
            // One level is the array of arguments itself.
            assert!(read_first::<Value>(&format!("[{}]", nested(126)), attachments, false).is_ok());
            let error = read_first::<Value>(&format!("[{}]", nested(127)), attachments, false);
            assert_eq!(error, Err(malformed("recursion limit exceeded")));
            // What nobody reads takes no stack.
            assert_eq!(read_first(&format!("[1,{}]", nested(100_000)), attachments, false), Ok(1));
        }
    }

    #[test]
    fn checking_reads_everything() {
        assert_eq!(check(""), Ok(()));
        assert_eq!(check(r#"["a",{"b":[1]}]"#), Ok(()));
        assert_eq!(check("[1] 2"), Err(malformed("trailing characters")));
    }

    #[test]
    fn a_pass_may_fail_by_itself() {
        struct Fails;
        impl Pass for Fails {
            type Output = ();
            fn arguments<'de, A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
                Err(A::Error::custom("no"))
            }
        }
        assert_eq!(read("[1]", &[], false, Fails), Err(data("no")));
        assert_eq!(read("[1", &[], false, Fails), Err(malformed("EOF while parsing a list")));
    }
}

mod arity {
    use super::*;

    #[test]
    fn names_are_skipped_and_rests_are_ignored() {
        assert_eq!(read_first(r#"["name",1,{"a":[]}]"#, &[], true), Ok(1));
        assert_eq!(read_first("[7,1]", &[], true), Ok(1));
        assert_eq!(read_first("[1,2]", &parts(), true), Ok(2));
        assert_eq!(read(r#"["name",1,"a"]"#, &[], true, Everything), Ok(vec![Value::from(1), Value::from("a")]));
        assert_eq!(read("", &[], true, Everything), Ok(vec![]));
        assert_eq!(read("", &[], false, Everything), Ok(vec![]));
        assert_eq!(read("[\"name\"]", &[], true, Everything), Ok(vec![]));
    }

    #[test]
    fn missing_is_none_or_an_error() {
        assert_eq!(missing::<Option<u8>>(), Ok(None));
        assert_eq!(missing::<()>(), Ok(()));
        assert_eq!(missing::<u8>(), Err(data("missing")));
        assert_eq!(missing::<Vec<u8>>(), Err(data("missing")));
        assert_eq!(missing::<Value>(), Err(data("missing")));
        assert_eq!(read_first::<Option<u8>>("", &[], false), Ok(None));
        assert_eq!(read_first::<u8>("[]", &[], false), Err(data("missing")));
    }

    #[test]
    fn tuples_take_what_there_is() {
        assert_eq!(read_all(r#"[1,"a"]"#, &[], false), Ok((1, "a".to_owned())));
        assert_eq!(read_all("[1,2,3]", &[], false), Ok((1,)));
        assert_eq!(read_all("[1]", &[], false), Ok((1, None::<u8>)));
        assert_eq!(read_all("", &[], false), Ok((None::<u8>, None::<u8>)));
        assert_eq!(read_all::<(u8, u8)>("[1]", &[], false), Err(data("missing")));
        let binary = r#"[{"_placeholder":true,"num":1},2]"#;
        assert_eq!(read_all(binary, &parts(), false), Ok((parts()[1].clone(), 2)));
    }

    #[test]
    fn raw_json_is_kept() {
        let raw = plain::<Box<RawValue>>(r#"{"a": [1 , 2]}"#).unwrap();
        assert_eq!(raw.get(), r#"{"a": [1 , 2]}"#);
    }
}

proptest! {
    #[test]
    fn placeholders_are_matched_by_number(order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(), swap in any::<bool>()) {
        let parts = (0..6).map(|part| Bytes::from(vec![part as u8; part])).collect::<Vec<_>>();
        let places = order.iter().map(|num| match swap {
            true => format!(r#"{{"num":{num},"_placeholder":true}}"#),
            false => format!(r#"{{"_placeholder":true,"num":{num}}}"#),
        });
        let json = format!("[[{}]]", places.collect::<Vec<_>>().join(","));
        let expected = order.iter().map(|num| parts[*num].clone()).collect::<Vec<_>>();
        prop_assert_eq!(read_first::<Vec<Bytes>>(&json, &parts, false), Ok(expected));
    }

    #[test]
    fn no_text_panics(text in any::<String>(), attached in any::<bool>()) {
        let attachments = if attached { &parts()[..] } else { &[] };
        for json in [text.clone(), format!("[{text}]"), format!("[\"{text}\"]")] {
            let sound = json.is_empty() || serde_json::from_str::<Vec<serde_json::Value>>(&json).is_ok();
            let read = read(&json, attachments, false, Everything);
            prop_assert_eq!(read.is_ok(), sound);
        }
    }

    #[test]
    fn no_likely_text_panics(
        pieces in prop::collection::vec(
            prop::sample::select(&["{", "}", "[", "]", "\"_placeholder\"", "\"num\"", ":", ",", "true", "0", "9", "\"a\""][..]),
            0..14,
        ),
    ) {
        let json = format!("[{}]", pieces.concat());
        let sound = serde_json::from_str::<IgnoredAny>(&json).is_ok();
        for attachments in [&[][..], &parts()] {
            match read(&json, attachments, false, Everything) {
                Err(ReadFailure::Malformed(text)) => prop_assert!(!sound || text == "illegal attachments"),
                _ => prop_assert!(sound),
            }
        }
    }

    #[test]
    fn attachments_do_not_change_what_has_none(value in crate::packet::value::tests::values()) {
        // Binary leaves become ordinary arrays of numbers in plain JSON.
        let json = serde_json::to_string(&[&value]).unwrap();
        let without = read_first::<Value>(&json, &[], false);
        prop_assert_eq!(read_first::<Value>(&json, &parts(), false), without);
    }
}
