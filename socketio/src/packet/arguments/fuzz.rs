//! Random JSON, sound and broken, and what serde_json makes of the same text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use proptest::collection::vec;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseError;
use serde::Deserialize;

use super::*;
use crate::fuzz::fuzz;

/// A string literal: plain characters of every length in bytes, escapes of every kind, halves of surrogate pairs, and what must be
/// escaped.
fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[ -!#-\\[\\]-~]{0,40}",
        3 => "[é€😀\u{2028}\u{7f}\u{80}]{1,3}",
        3 => select(&["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"][..]).prop_map(str::to_owned),
        2 => "\\\\u[0-9a-fA-F]{4}",
        1 => "\\\\ud[89ab][0-9a-f]{2}\\\\ud[c-f][0-9a-f]{2}",
        1 => "\\\\u[dD][89abcdefABCDEF][0-9]{2}",
    ];
    let wrong =
        prop_oneof![40 => Just(String::new()), 1 => "[\u{0}-\u{1f}]", 1 => "\\\\[a-z]", 1 => "\\\\u[0-9g]{0,4}"];
    (vec(piece, 0..4), wrong).prop_map(|(pieces, wrong)| format!("\"{}{wrong}\"", pieces.concat()))
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,3})",
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
        any::<u64>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        prop::num::f64::NORMAL.prop_map(|number| number.to_string()),
        select(
            &[
                "18446744073709551615",
                "18446744073709551616",
                "-9223372036854775808",
                "-9223372036854775809",
                "-0",
                "1e308",
                "1e309",
                "00",
                "1.",
                ".5",
                "+1",
                "0x1"
            ][..]
        )
        .prop_map(str::to_owned),
    ]
}

/// One value, nested a few levels deep, with space between its parts.
fn value() -> impl Strategy<Value = String> {
    let word =
        select(&["null", "true", "false", "\"Unit\"", "{\"New\":1}", "{\"a\":1,\"b\":\"x\"}", "nul", "True"][..]);
    let leaf = prop_oneof![2 => string(), 2 => number(), 1 => word.prop_map(str::to_owned)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let inner = ("[ \t\r\n]{0,2}", inner, "[ ]{0,1}").prop_map(|(before, value, behind)| before + &value + &behind);
        let key = prop_oneof![string(), select(&["\"a\"", "\"b\"", "\"num\""][..]).prop_map(str::to_owned)];
        let entry = (key, inner.clone()).prop_map(|(key, value)| format!("{key}:{value}"));
        prop_oneof![
            vec(inner, 0..4).prop_map(|values| format!("[{}]", values.join(","))),
            vec(entry, 0..4).prop_map(|entries| format!("{{{}}}", entries.join(","))),
        ]
    })
}

/// Arguments, of which one in three has a character too many, too few, or another one.
fn arguments() -> impl Strategy<Value = String> {
    const CHANGES: [char; 17] =
        ['[', ']', '{', '}', ',', ':', '"', '\\', '0', '-', '.', 'e', ' ', '\n', '\u{1f}', 'é', 'x'];
    let change = (any::<Index>(), 0..3_u8, select(&CHANGES[..]));
    let list = vec(value(), 0..4).prop_map(|values| format!("[{}]", values.join(",")));
    // One string, which has a way of its own.
    let single = "[ -!#-\\[\\]-~é€]{0,80}".prop_map(|text| format!("[\"{text}\"]"));
    let text = prop_oneof![4 => list, 1 => single];
    (text, prop::option::weighted(0.3, change)).prop_map(|(text, change)| {
        let mut text: Vec<char> = text.chars().collect();
        if let Some((at, what, by)) = change {
            let at = at.index(text.len());
            match what {
                0 => drop(text.remove(at)),
                1 => text.insert(at, by),
                _ => text[at] = by,
            }
        }
        text.into_iter().collect()
    })
}

#[derive(Debug, PartialEq, Deserialize)]
struct Named {
    a: i64,
    #[serde(default)]
    b: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    a: f32,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Shape {
    Unit,
    New(u8),
    Pair(String, bool),
    Named { a: u8 },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Float(f64),
    Text(String),
    Named(Named),
    List(Vec<Untagged>),
}

/// The first element of an array, and nothing of the others.
struct Head<T>(Option<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Head<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Elements<T> {
            type Value = Head<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of arguments")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Head<T>, A::Error> {
                let first = elements.next_element()?;
                while elements.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Head(first))
            }
        }
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

/// Reads the first argument here, with and without attachments beside it, and with serde_json.
fn first<T: DeserializeOwned + PartialEq + Debug>(json: &str) -> Result<(), TestCaseError> {
    let ours = read_first::<T>(json, &[], false);
    match (serde_json::from_str::<Head<T>>(json), serde_json::from_str::<IgnoredAny>(json)) {
        (Ok(Head(first)), _) => prop_assert_eq!(&ours, &first.map_or_else(missing, Ok)),
        (Err(_), Err(error)) => prop_assert_eq!(&ours, &Err(malformed(&json::message(&error)))),
        (Err(error), Ok(_)) => prop_assert_eq!(&ours, &Err(data(&json::message(&error)))),
    }
    // With attachments, a key that is no number is refused in other words.
    match (read_first::<T>(json, &parts(), false), &ours) {
        (Err(ReadFailure::Data(_)), Err(ReadFailure::Data(_))) => {}
        (with, ours) => prop_assert_eq!(&with, ours),
    }
    // An event's name stands in front.
    let named = json.replacen('[', "[\"a name\",", 1);
    if json.len() > 2 && json.starts_with('[') && ours.is_ok() && ours != missing() {
        prop_assert_eq!(&read_first::<T>(&named, &[], true), &ours);
    }
    Ok(())
}

#[test]
fn random_arguments_are_read_as_by_serde_json() {
    fuzz("random_arguments_are_read_as_by_serde_json", &arguments(), |json| {
        first::<String>(&json)?;
        first::<Cow<'static, str>>(&json)?;
        first::<char>(&json)?;
        first::<f64>(&json)?;
        first::<f32>(&json)?;
        first::<i64>(&json)?;
        first::<u64>(&json)?;
        first::<u8>(&json)?;
        first::<i128>(&json)?;
        first::<bool>(&json)?;
        first::<()>(&json)?;
        first::<Option<Option<String>>>(&json)?;
        first::<Vec<Value>>(&json)?;
        first::<(String, f64)>(&json)?;
        first::<BTreeMap<String, Value>>(&json)?;
        first::<BTreeMap<i32, serde_json::Value>>(&json)?;
        first::<Named>(&json)?;
        first::<Strict>(&json)?;
        first::<Shape>(&json)?;
        first::<Untagged>(&json)
    });
}

#[test]
fn random_values_are_those_of_serde_json() {
    fuzz("random_values_are_those_of_serde_json", &arguments(), |json| {
        let theirs = serde_json::from_str::<Vec<serde_json::Value>>(&json);
        for attachments in [&[][..], &parts()] {
            match (read(&json, attachments, false, Everything), &theirs) {
                (Ok(ours), Ok(theirs)) => {
                    // What was read is written again, and read by serde_json.
                    let text = serde_json::to_string(&ours).unwrap();
                    prop_assert_eq!(&serde_json::from_str::<Vec<serde_json::Value>>(&text).unwrap(), theirs);
                }
                (Err(_), Err(_)) => {}
                (ours, theirs) => prop_assert!(false, "{ours:?} instead of {theirs:?}"),
            }
        }
        Ok(())
    });
}

#[test]
fn random_text_is_broken_where_serde_json_says_so() {
    fuzz("random_text_is_broken_where_serde_json_says_so", &arguments(), |json| {
        let sound = serde_json::from_str::<IgnoredAny>(&json).map_err(|error| json::message(&error));
        prop_assert_eq!(json::check(&json), sound.clone().map(drop));
        let is_malformed = matches!(read(&json, &[], false, Everything), Err(ReadFailure::Malformed(_)));
        prop_assert_eq!(is_malformed, sound.is_err());
        Ok(())
    });
}

#[test]
fn nesting_is_bounded_as_by_serde_json() {
    let levels = vec(select(&["[", "{\"a\":", "[1,", "{\"b\":\"]}\",\"a\":"][..]), 110..140);
    fuzz("nesting_is_bounded_as_by_serde_json", &(levels, any::<bool>()), |(levels, beside)| {
        let close: String = levels.iter().rev().map(|level| if level.starts_with('[') { ']' } else { '}' }).collect();
        let json = format!("[{}{}1{close}]", if beside { "\"x\"," } else { "" }, levels.concat());
        let theirs = serde_json::from_str::<Vec<serde_json::Value>>(&json).map_err(|error| json::message(&error));
        for attachments in [&[][..], &parts()] {
            let ours = read(&json, attachments, false, Everything);
            match &theirs {
                Ok(values) => prop_assert_eq!(ours.map(|ours| ours.len()), Ok(values.len())),
                Err(error) => prop_assert_eq!(ours.map(drop), Err(malformed(error))),
            }
        }
        prop_assert_eq!(json::check(&json).is_ok(), theirs.is_ok());
        Ok(())
    });
}
