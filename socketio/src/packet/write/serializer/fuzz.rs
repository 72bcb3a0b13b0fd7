//! Random values of every kind that serde knows, nested in each other, and the text that serde_json writes for them.

use proptest::collection::vec;
use serde::de::IgnoredAny;
use serde::ser::{SerializeMap, SerializeStruct, SerializeStructVariant, SerializeTupleStruct, SerializeTupleVariant};

use super::*;
use crate::fuzz::fuzz;

/// Names of fields and variants, which serde wants to be known beforehand.
const NAMES: [&str; 5] = ["", "name", "a\"b", "é\n", "$serde"];

/// Calls one method of a serializer, each on its own.
#[derive(Clone, Debug)]
enum Tree {
    Bool(bool),
    Signed(i8, i16, i32, i64, i128),
    Unsigned(u8, u16, u32, u64, u128),
    Single(f32),
    Double(f64),
    Char(char),
    Text(String),
    Displayed(String),
    None,
    Some(Box<Tree>),
    Unit,
    UnitStruct,
    UnitVariant(usize),
    NewtypeStruct(Box<Tree>),
    NewtypeVariant(usize, Box<Tree>),
    Seq(Vec<Tree>, bool),
    Tuple(Vec<Tree>),
    TupleStruct(Vec<Tree>),
    TupleVariant(usize, Vec<Tree>),
    Map(Vec<(Tree, Tree)>, bool),
    Struct(Vec<(usize, Tree)>),
    StructVariant(usize, Vec<(usize, Tree)>),
}

impl Serialize for Tree {
    fn serialize<S: ser::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => to.serialize_bool(*value),
            Self::Signed(a, b, c, d, e) => (a, b, c, d, e).serialize(to),
            Self::Unsigned(a, b, c, d, e) => (a, b, c, d, e).serialize(to),
            Self::Single(value) => to.serialize_f32(*value),
            Self::Double(value) => to.serialize_f64(*value),
            Self::Char(value) => to.serialize_char(*value),
            Self::Text(text) => to.serialize_str(text),
            Self::Displayed(text) => to.collect_str(&format_args!("{text}\"{}", text.len())),
            Self::None => to.serialize_none(),
            Self::Some(value) => to.serialize_some(value),
            Self::Unit => to.serialize_unit(),
            Self::UnitStruct => to.serialize_unit_struct("Unit"),
            Self::UnitVariant(at) => to.serialize_unit_variant("Kind", 0, NAMES[*at]),
            Self::NewtypeStruct(value) => to.serialize_newtype_struct("New", value),
            Self::NewtypeVariant(at, value) => to.serialize_newtype_variant("Kind", 0, NAMES[*at], value),
            Self::Seq(values, true) => to.collect_seq(values),
            Self::Seq(values, false) => to.collect_seq(values.iter().filter(|_| true)),
            Self::Tuple(values) => {
                let mut tuple = to.serialize_tuple(values.len())?;
                values.iter().try_for_each(|value| ser::SerializeTuple::serialize_element(&mut tuple, value))?;
                ser::SerializeTuple::end(tuple)
            }
            Self::TupleStruct(values) => {
                let mut tuple = to.serialize_tuple_struct("Tuple", values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::TupleVariant(at, values) => {
                let mut tuple = to.serialize_tuple_variant("Kind", 0, NAMES[*at], values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::Map(entries, true) => to.collect_map(entries.iter().map(|(key, value)| (key, value))),
            Self::Map(entries, false) => {
                let mut map = to.serialize_map(None)?;
                for (key, value) in entries {
                    map.serialize_key(key)?;
                    map.serialize_value(value)?;
                }
                map.end()
            }
            Self::Struct(fields) => {
                let mut object = to.serialize_struct("Struct", fields.len())?;
                for (at, value) in fields {
                    object.serialize_field(NAMES[*at], value)?;
                    object.skip_field("skipped")?;
                }
                object.end()
            }
            Self::StructVariant(at, fields) => {
                let mut object = to.serialize_struct_variant("Kind", 0, NAMES[*at], fields.len())?;
                fields.iter().try_for_each(|(at, value)| object.serialize_field(NAMES[*at], value))?;
                object.end()
            }
        }
    }
}

/// Text around the lengths at which the search for escapes changes its step.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => any::<String>(),
        2 => "[ -~]{0,80}",
        2 => "[ !#-\\[\\]-~é€😀]{60,70}[\"\\\\\u{0}-\u{1f}]?[a-z]{0,20}",
        1 => "[\"\\\\\u{0}-\u{1f}\u{7f}-\u{a0}\u{2028}]{0,12}",
    ]
}

fn trees() -> impl Strategy<Value = Tree> {
    let float = prop_oneof![prop::num::f64::ANY, any::<i32>().prop_map(f64::from), any::<f32>().prop_map(f64::from)];
    let numbers = prop_oneof![
        any::<(i8, i16, i32, i64, i128)>().prop_map(|(a, b, c, d, e)| Tree::Signed(a, b, c, d, e)),
        any::<(u8, u16, u32, u64, u128)>().prop_map(|(a, b, c, d, e)| Tree::Unsigned(a, b, c, d, e)),
        prop::num::f32::ANY.prop_map(Tree::Single),
        float.prop_map(Tree::Double),
    ];
    let texts = prop_oneof![
        any::<char>().prop_map(Tree::Char),
        text().prop_map(Tree::Text),
        text().prop_map(Tree::Displayed),
        (0..NAMES.len()).prop_map(Tree::UnitVariant),
    ];
    let words =
        prop_oneof![any::<bool>().prop_map(Tree::Bool), Just(Tree::None), Just(Tree::Unit), Just(Tree::UnitStruct)];
    let leaf = prop_oneof![2 => numbers, 3 => texts.clone(), 2 => words];
    leaf.prop_recursive(5, 32, 4, move |inner| {
        let at = || 0..NAMES.len();
        let some = || vec(inner.clone(), 0..4);
        // Mostly keys that may be ones.
        let key = prop_oneof![30 => texts.clone(), 3 => any::<u64>().prop_map(|n| Tree::Unsigned(0, 0, 0, n, 0)), 1 => inner.clone()];
        let fields = || vec((at(), inner.clone()), 0..4);
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            boxed().prop_map(Tree::Some),
            boxed().prop_map(Tree::NewtypeStruct),
            (at(), boxed()).prop_map(|(at, value)| Tree::NewtypeVariant(at, value)),
            (some(), any::<bool>()).prop_map(|(values, known)| Tree::Seq(values, known)),
            some().prop_map(Tree::Tuple),
            some().prop_map(Tree::TupleStruct),
            (at(), some()).prop_map(|(at, values)| Tree::TupleVariant(at, values)),
            (vec((key, inner.clone()), 0..4), any::<bool>()).prop_map(|(entries, whole)| Tree::Map(entries, whole)),
            fields().prop_map(Tree::Struct),
            (at(), fields()).prop_map(|(at, fields)| Tree::StructVariant(at, fields)),
        ]
    })
}

#[test]
fn random_values_are_written_as_by_serde_json() {
    fuzz("random_values_are_written_as_by_serde_json", &trees(), |tree| {
        let theirs = serde_json::to_string(&tree).map_err(|error| json::message(&error));
        prop_assert_eq!(ours(&tree), theirs);
        Ok(())
    });
}

#[test]
fn random_strings_and_floats_are_written_as_by_serde_json() {
    let map = prop::collection::btree_map(text(), any::<Option<u16>>(), 0..4);
    let input = (vec(text(), 0..6), vec(prop::num::f64::ANY, 0..6), vec(prop::num::f32::ANY, 0..6), map);
    fuzz("random_strings_and_floats_are_written_as_by_serde_json", &input, |value| {
        let text = ours(&value).unwrap();
        prop_assert_eq!(&text, &serde_json::to_string(&value).unwrap());
        // And it is JSON: the strings come back.
        let (strings, ..) = serde_json::from_str::<(Vec<String>, IgnoredAny, IgnoredAny, IgnoredAny)>(&text).unwrap();
        prop_assert_eq!(strings, value.0);
        Ok(())
    });
}

#[test]
fn random_values_are_read_back() {
    fuzz("random_values_are_read_back", &crate::packet::value::tests::values(), |value| {
        let (mut out, mut attachments) = (b"[".to_vec(), Attachments::default());
        value.serialize(&mut Serializer { out: &mut out, attachments: &mut attachments }).unwrap();
        out.push(b']');
        let json = String::from_utf8(out).unwrap();
        let read = crate::packet::arguments::read_first::<crate::packet::Value>(&json, &attachments.bytes, false);
        prop_assert_eq!(read, Ok(value));
        Ok(())
    });
}
