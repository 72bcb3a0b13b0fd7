//! The text is serde_json's, whatever is serialised; where there are bytes, it is a placeholder.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use proptest::prelude::*;
use serde::Serialize;
use serde_json::value::RawValue;

use bytes::Bytes;

use super::*;

#[path = "fuzz.rs"]
mod fuzz;

fn ours<T: Serialize + ?Sized>(value: &T) -> Result<String, String> {
    let (mut out, mut attachments) = (Vec::new(), Attachments::default());
    let mut serializer = Serializer { out: &mut out, attachments: &mut attachments };
    value.serialize(&mut serializer).map_err(|error| json::message(&error))?;
    Ok(String::from_utf8(out).unwrap())
}

fn same<T: Serialize + ?Sized>(value: &T) {
    assert_eq!(ours(value), serde_json::to_string(value).map_err(|error| json::message(&error)));
}

#[derive(Clone, Debug, Serialize)]
enum Variant {
    Unit,
    New(i64),
    Nothing(()),
    Pair(u8, String),
    Named { a: Option<f64>, b: Box<Variant> },
    Empty {},
    Zero(),
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", content = "of")]
enum Tagged {
    One,
    Two { x: char },
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Untagged {
    Text(String),
    Number(f32),
    Unit,
}

#[derive(Clone, Debug, Serialize)]
struct Inner {
    #[serde(rename = "a\"b\n")]
    strange: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    sometimes: Option<char>,
    #[serde(skip)]
    #[expect(dead_code, reason = "it is skipped")]
    never: u8,
}

#[derive(Clone, Debug, Serialize)]
struct Everything {
    integers: (i8, i16, i32, i64, i128, u8, u16, u32, u64, u128),
    floats: (f32, f64),
    truth: bool,
    letter: char,
    text: String,
    variants: Vec<Variant>,
    tagged: Tagged,
    untagged: Untagged,
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    rest: BTreeMap<String, Option<i16>>,
    wrapped: Wrapped,
    nothing: Nothing,
}

#[derive(Clone, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Wrapped(u32);

#[derive(Clone, Debug, Serialize)]
struct Nothing;

fn variants() -> impl Strategy<Value = Variant> {
    let leaf = prop_oneof![
        Just(Variant::Unit),
        any::<i64>().prop_map(Variant::New),
        Just(Variant::Nothing(())),
        (any::<u8>(), any::<String>()).prop_map(|(a, b)| Variant::Pair(a, b)),
        Just(Variant::Empty {}),
        Just(Variant::Zero()),
    ];
    leaf.prop_recursive(3, 8, 1, |inner| {
        (any::<Option<f64>>(), inner).prop_map(|(a, b)| Variant::Named { a, b: Box::new(b) })
    })
}

fn everything() -> impl Strategy<Value = Everything> {
    let integers = (
        (any::<i8>(), any::<i16>(), any::<i32>(), any::<i64>(), any::<i128>()),
        (any::<u8>(), any::<u16>(), any::<u32>(), any::<u64>(), any::<u128>()),
    );
    let tagged = prop_oneof![Just(Tagged::One), any::<char>().prop_map(|x| Tagged::Two { x })];
    let untagged = prop_oneof![
        any::<String>().prop_map(Untagged::Text),
        any::<f32>().prop_map(Untagged::Number),
        Just(Untagged::Unit)
    ];
    let inner = (any::<u8>(), any::<Option<char>>());
    let inner = inner.prop_map(|(strange, sometimes)| Inner { strange, sometimes, never: 0 });
    let rest = prop::collection::btree_map(any::<String>(), any::<Option<i16>>(), 0..4);
    let texts = (any::<bool>(), any::<char>(), any::<String>());
    let floats = (prop::num::f32::ANY, prop::num::f64::ANY);
    (integers, floats, texts, prop::collection::vec(variants(), 0..4), tagged, untagged, inner, rest).prop_map(
        |(
            ((a, b, c, d, e), (f, g, h, i, j)),
            floats,
            (truth, letter, text),
            variants,
            tagged,
            untagged,
            inner,
            rest,
        )| {
            Everything {
                integers: (a, b, c, d, e, f, g, h, i, j),
                floats,
                truth,
                letter,
                text,
                variants,
                tagged,
                untagged,
                inner,
                rest,
                wrapped: Wrapped(h),
                nothing: Nothing,
            }
        },
    )
}

proptest! {
    #[test]
    fn whatever_it_is(value in everything()) {
        prop_assert_eq!(ours(&value), Ok(serde_json::to_string(&value).unwrap()));
    }

    #[test]
    fn floats(single in prop::num::f32::ANY, double in prop::num::f64::ANY) {
        prop_assert_eq!(ours(&(single, double)), Ok(serde_json::to_string(&(single, double)).unwrap()));
    }

    #[test]
    fn keys(
        letters in any::<BTreeMap<char, u8>>(),
        truths in any::<BTreeMap<bool, u8>>(),
        small in any::<BTreeMap<i8, u8>>(),
        large in any::<BTreeMap<u128, i128>>(),
        texts in any::<HashMap<String, ()>>(),
    ) {
        let maps = (letters, truths, small, large, texts);
        prop_assert_eq!(ours(&maps), Ok(serde_json::to_string(&maps).unwrap()));
    }
}

/// A map with one key of any kind.
struct One<K>(K);

impl<K: Serialize> Serialize for One<K> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(&self.0, 1)])
    }
}

#[test]
fn every_kind_of_key() {
    same(&One(1.5f64));
    same(&One(-0.0f32));
    same(&One(1e300));
    same(&One(f64::NAN));
    same(&One(f32::INFINITY));
    same(&One(u64::MAX));
    same(&One(i128::MIN));
    same(&One('"'));
    same(&One(Variant::Unit));
    same(&One(Some("some")));
    same(&One(Wrapped(7)));
    same(&One(format_args!("{}\n", 1)));

    same(&One(None::<u8>));
    same(&One(()));
    same(&One(Nothing));
    same(&One((1, 2)));
    same(&One([1]));
    same(&One(vec![1]));
    same(&One(Variant::New(1)));
    same(&One(Variant::Pair(1, String::new())));
    same(&One(Variant::Empty {}));
    same(&One(BTreeMap::<u8, u8>::new()));
    same(&One(Inner { strange: 0, sometimes: None, never: 0 }));
    same(&One(Bytes::new()));
    assert_eq!(ours(&One(())), Err("key must be a string".to_owned()));
}

#[test]
fn the_edges() {
    same("");
    same("\u{2028}\u{2029}\u{7f}\u{80}/é€𝄞\u{fffd}");
    same(&[(); 0]);
    same(&Vec::<u8>::new());
    same(&BTreeMap::<u8, u8>::new());
    same(&[Variant::Empty {}, Variant::Zero(), Variant::Nothing(())]);
    same(&[0.0, -0.0, 1.0, 1e15, 1e16, 1e17, 1e-7, f64::MAX, f64::MIN_POSITIVE, f64::EPSILON, 5e-324]);
    same(&[0.1f32, 16_777_216.0, 3.4e38, 1e-45]);
    same(&[i64::MIN, i64::MAX, 0, -1]);
    same(&[i128::MIN, i128::MAX]);
    same(&format_args!("a\"{}\u{1}", "\\"));
    same(&std::net::Ipv4Addr::LOCALHOST);
    same(&std::time::Duration::from_millis(1500));
    same(&serde_json::json!({"a": [1, -2, 3.5, null, {"b": {}}, []], "é": "\u{8}\u{c}"}));
}

#[test]
fn raw_json_stays_raw() {
    let raw = RawValue::from_string(r#"{"a" : [1e400, "x"]}"#.to_owned()).unwrap();
    same(&raw);
    same(&(1, &raw, vec![&raw]));
    assert_eq!(ours(&raw).as_deref(), Ok(raw.get()));
}

#[test]
fn failures_keep_their_words() {
    struct Failing;
    impl Serialize for Failing {
        fn serialize<S: ser::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(ser::Error::custom("not today"))
        }
    }
    struct Mute;
    impl Display for Mute {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    impl Serialize for Mute {
        fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }
    same(&[Failing]);
    // serde_json panics here.
    assert_eq!(ours(&Mute), Err("a value could not be displayed".to_owned()));
}
