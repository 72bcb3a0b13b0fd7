//! Values as text, as types and as each other.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// Any value, a few levels deep; no two keys of an object are equal.
pub(crate) fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        any::<String>().prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..6).prop_map(Value::from),
    ];
    let key = prop_oneof![Just("num".to_owned()), Just("a".to_owned()), any::<String>()];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.clone(), inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

#[test]
fn numbers_stay_exact() {
    for json in ["0", "18446744073709551615", "-9223372036854775808", "1.5", "-0.25", "9007199254740993"] {
        assert_eq!(serde_json::to_string(&parse(json)).unwrap(), json);
    }
    assert_eq!(parse("18446744073709551615").as_u64(), Some(u64::MAX));
    assert_eq!(parse("-9223372036854775808").as_i64(), Some(i64::MIN));
    assert_eq!(parse("1.5").as_f64(), Some(1.5));
    assert_eq!(parse("-1").as_u64(), None);
    assert_eq!(Value::from(f64::NAN), Value::Null);
}

#[test]
fn accessors_know_their_kind_only() {
    let value = parse(r#"{"b":[true,null],"a":"x"}"#);
    assert_eq!(value.get("a").and_then(Value::as_str), Some("x"));
    let array = value.get("b").and_then(Value::as_array).unwrap();
    assert_eq!((array[0].as_bool(), array[1].is_null()), (Some(true), true));
    assert!(value.get("c").is_none() && array[0].get("a").is_none() && value.as_str().is_none());
    assert_eq!(Value::from(vec![1]).as_binary().map(|bytes| bytes.len()), Some(1));
    assert!(Value::from("x").as_binary().is_none());
}

#[test]
fn objects_keep_their_order() {
    let json = r#"{"z":1,"a":2,"m":3}"#;
    let value = parse(json);
    assert_eq!(value.to_string(), json);
    let Value::Object(mut map) = value else { panic!("not an object") };
    assert_eq!(map.remove("a"), Some(Value::from(2)));
    assert_eq!(map.insert("z", 4), Some(Value::from(1)));
    assert_eq!(map.insert("new", "x"), None);
    assert_eq!(map.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["z", "m", "new"]);
    assert_eq!((map.len(), map.is_empty()), (3, false));
    assert_eq!(map.to_string(), r#"{"z":4,"m":3,"new":"x"}"#);
}

#[test]
fn a_map_takes_no_more_room_than_an_array() {
    assert_eq!(size_of::<Map>(), size_of::<Vec<Value>>());
}

proptest! {
    /// Few entries and many, and the way between the two, are the same to whoever uses the map.
    #[test]
    fn maps_are_the_same_however_many_entries(steps in prop::collection::vec((0..40u8, any::<bool>(), 0..9u8), 0..120)) {
        let (mut map, mut model) = (Map::new(), Vec::<(String, Value)>::new());
        for (key, insert, value) in steps {
            let (key, value) = (key.to_string(), Value::from(value));
            let at = model.iter().position(|(known, _)| *known == key);
            if insert {
                let old = at.map(|at| std::mem::replace(&mut model[at].1, value.clone()));
                if old.is_none() {
                    model.push((key.clone(), value.clone()));
                }
                prop_assert_eq!(map.insert(key.clone(), value.clone()), old);
                prop_assert_eq!(map.get(&key), Some(&value));
            } else {
                prop_assert_eq!(map.remove(&key), at.map(|at| model.remove(at).1));
                prop_assert_eq!(map.get(&key), None);
            }
            prop_assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
        }
        prop_assert!(map.iter().eq(model.iter().map(|(key, value)| (key.as_str(), value))));
        prop_assert_eq!(map.iter().len(), model.len());
        prop_assert_eq!(&map, &Map::from_iter(model.iter().rev().cloned()));
        prop_assert_eq!(&serde_json::from_str::<Map>(&map.to_string()).unwrap(), &map);
        prop_assert_eq!(map.clone().into_iter().collect::<Vec<_>>(), model.clone());
        map.values_mut().for_each(|value| *value = Value::Null);
        prop_assert!(map.len() == model.len() && map.iter().all(|(_, value)| value.is_null()));
        prop_assert_eq!(map == Map::from_iter(model), map.is_empty());
    }
}

#[test]
fn displays_json() {
    let value = Value::from_iter([Value::from("a\"b"), Value::from(vec![1, 2]), Value::Null, Value::from(true)]);
    assert_eq!(value.to_string(), r#"["a\"b","<binary: 2 bytes>",null,true]"#);
}

#[derive(Debug, PartialEq, Deserialize)]
enum Shape {
    Unit,
    New(u8),
    Pair(u8, String),
    Named { data: Bytes },
}

#[derive(Debug, PartialEq, Deserialize)]
struct Typed {
    count: u8,
    ratio: f32,
    name: Option<String>,
    none: Option<u8>,
    shapes: Vec<Shape>,
    by_id: HashMap<u32, bool>,
    wrapped: Wrapped,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapped(i64);

#[test]
fn reads_into_types() {
    let mut value = parse(
        r#"{"count":1,"ratio":2,"name":"x","none":null,"by_id":{"7":true},"wrapped":-3,
            "shapes":["Unit",{"New":1},{"Pair":[2,"y"]}]}"#,
    );
    if let Value::Object(map) = &mut value {
        let named = Value::from_iter([("Named", Value::from_iter([("data", Value::from(vec![9]))]))]);
        map.insert("shapes", vec![named, Value::from("Unit"), parse(r#"{"New":1}"#), parse(r#"{"Pair":[2,"y"]}"#)]);
    }
    let expected = Typed {
        count: 1,
        ratio: 2.0,
        name: Some("x".to_owned()),
        none: None,
        shapes: vec![
            Shape::Named { data: Bytes::from_static(&[9]) },
            Shape::Unit,
            Shape::New(1),
            Shape::Pair(2, "y".to_owned()),
        ],
        by_id: HashMap::from([(7, true)]),
        wrapped: Wrapped(-3),
    };
    assert_eq!(value.read(), Ok(expected));
}

#[test]
fn says_what_it_found() {
    let error = |value: Value| value.read::<u8>().unwrap_err().to_string();
    assert_eq!(error(Value::Null), "invalid type: null, expected u8");
    assert_eq!(error(Value::from(300)), "invalid value: integer `300`, expected u8");
    assert_eq!(error(Value::from(vec![1])), "invalid type: byte array, expected u8");
    assert!(parse("[1,2,3]").read::<(u8, u8)>().is_err());
    assert!(parse(r#"{"x":1}"#).read::<BTreeMap<u8, u8>>().is_err());
    assert!(parse(r#"{"New":1,"Unit":null}"#).read::<Shape>().is_err());
    assert!(parse(r#""Other""#).read::<Shape>().is_err());
}

proptest! {
    #[test]
    fn a_value_read_as_a_value_is_itself(value in values()) {
        prop_assert_eq!(value.clone().read::<Value>(), Ok(value));
    }

    #[test]
    fn serde_jsons_values_are_ours(text in any::<String>(), number in any::<i64>()) {
        let theirs = serde_json::json!({"a": [text, number, null, true, 0.5]});
        prop_assert_eq!(Value::from(theirs.clone()), parse(&theirs.to_string()));
    }
}
