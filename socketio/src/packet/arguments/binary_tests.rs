//! Placeholders in every place where serde may look, and objects that only resemble them.

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
struct Upload {
    name: String,
    data: Bytes,
    parts: Vec<Bytes>,
    maybe: Option<Bytes>,
    none: Option<Bytes>,
    kind: Kind,
    other: Kind,
    wrapped: Wrapped,
    pair: (Bytes, u8),
    map: HashMap<u32, Bytes>,
    unit: (),
}

#[derive(Debug, PartialEq, Deserialize)]
enum Kind {
    Raw(Bytes),
    Pair(u8, Bytes),
    Named { b: Bytes },
    Empty,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapped(Bytes);

#[test]
fn placeholders_are_bytes_in_every_place() {
    let [zero, one_, two, three, four, five, six, seven] = parts();
    let upload = one::<Upload>(
        r#"{"name":"a","data":$7,"parts":[$1,$0],"maybe":$2,"none":null,"kind":{"Raw":$3},"other":{"Named":{"b":$4}},
            "wrapped":$5,"pair":[$6,2],"map":{"7":"text"},"unit":null}"#,
    );
    let expected = Upload {
        name: "a".to_owned(),
        data: seven,
        parts: vec![one_.clone(), zero.clone()],
        maybe: Some(two),
        none: None,
        kind: Kind::Raw(three),
        other: Kind::Named { b: four },
        wrapped: Wrapped(five),
        pair: (six, 2),
        map: HashMap::from([(7, Bytes::from_static(b"text"))]),
        unit: (),
    };
    assert_eq!(upload, Ok(expected));
    assert_eq!(one(r#"{"7":$0}"#), Ok(HashMap::from([(7, zero.clone())])));
    assert_eq!(one::<Kind>(r#"{"Pair":[1,$0]}"#), Ok(Kind::Pair(1, zero)));
    assert_eq!(one::<Kind>(r#""Empty""#), Ok(Kind::Empty));
    assert_eq!(one::<Option<Option<Bytes>>>("$1"), Ok(Some(Some(one_))));
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Named { data: Bytes },
    Bare(Bytes),
    Many(Vec<Untagged>),
    Number(u8),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "t")]
enum Internal {
    A { data: Bytes, num: u8 },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    A(Bytes),
}

#[derive(Debug, PartialEq, Deserialize)]
struct Flat {
    id: u8,
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Inner {
    data: Bytes,
}

#[test]
fn placeholders_are_bytes_where_serde_looks_twice() {
    let [zero, one_, ..] = parts();
    assert_eq!(one(r#"{"data":$1}"#), Ok(Untagged::Named { data: one_.clone() }));
    assert_eq!(one("$0"), Ok(Untagged::Bare(zero.clone())));
    let many = vec![Untagged::Bare(one_.clone()), Untagged::Number(3)];
    assert_eq!(one("[$1,3]"), Ok(Untagged::Many(many)));
    let internal = Internal::A { data: zero.clone(), num: 5 };
    assert_eq!(one(r#"{"num":5,"data":$0,"t":"A"}"#).as_ref(), Ok(&internal));
    assert_eq!(one(r#"{"t":"A","data":$0,"num":5}"#).as_ref(), Ok(&internal));
    assert_eq!(one(r#"{"c":$1,"t":"A"}"#), Ok(Adjacent::A(one_.clone())));
    let rest = BTreeMap::from([("more".to_owned(), Value::from(one_))]);
    assert_eq!(one(r#"{"more":$1,"data":$0,"id":1}"#), Ok(Flat { id: 1, inner: Inner { data: zero }, rest }));
}

#[test]
fn ordinary_objects_stay_objects() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Numbered {
        num: u8,
        data: Bytes,
    }
    let [zero, one_, ..] = parts();
    let numbered = one::<Numbered>(r#"{"num":3,"data":$0}"#);
    assert_eq!(numbered, Ok(Numbered { num: 3, data: zero.clone() }));

    for json in [
        r#"{"num":0}"#,
        r#"{"num":[1,{"num":2}]}"#,
        r#"{"num":0,"_placeholder":false}"#,
        r#"{"_placeholder":false,"num":0}"#,
        r#"{"_placeholder":"true","num":0,"x":[1]}"#,
        r#"{"num":{"a":1},"_placeholder":null,"b":[2]}"#,
        r#"{"a":1,"_placeholder":true,"num":0}"#,
        r#"{"placeholder":true,"num":0}"#,
        "{}",
    ] {
        let expected = serde_json::from_str::<Value>(json).unwrap();
        assert_eq!(one::<Value>(json), Ok(expected.clone()), "{json}");
        assert_eq!(one::<HashMap<String, Value>>(json).unwrap().len(), expected.as_object().unwrap().len());
    }
    // What is inside an object that was looked at twice is read as everywhere.
    let inside = one::<Value>(r#"{"num":{"x":$0},"y":$1}"#).unwrap();
    assert_eq!(inside.get("num").and_then(|num| num.get("x")), Some(&Value::from(zero.clone())));
    assert_eq!(inside.get("y"), Some(&Value::from(one_)));
    for json in [r#"{"num":{"num":[{"num":$1}]}}"#, r#"{"num":{"a":[{"b":$1}]}}"#] {
        assert!(one::<Value>(json).unwrap().to_string().contains("<binary: 3 bytes>"), "{json}");
    }
}

#[test]
fn objects_like_placeholders_are_read_in_linear_time() {
    // Read anew at each of its levels, this would take a hundred times as long.
    let wide = format!("[{}0]", "0,".repeat(300_000));
    let json = format!("{}{wide}{}", "{\"num\":".repeat(120), "}".repeat(120));
    let start = std::time::Instant::now();
    assert!(one::<Value>(&wide).is_ok());
    let once = start.elapsed();
    assert!(one::<Value>(&json).is_ok());
    assert!(start.elapsed() < once * 20, "{once:?} and {:?}", start.elapsed());
}

#[test]
fn without_attachments_nothing_is_a_placeholder() {
    let json = r#"{"_placeholder":true,"num":0}"#;
    let expected = Value::from_iter([("_placeholder", Value::from(true)), ("num", Value::from(0))]);
    assert_eq!(plain::<Value>(json), Ok(expected));
    assert_eq!(plain::<Bytes>(json), Err(data("invalid type: map, expected byte array")));
}

#[test]
fn escaped_keys_are_keys() {
    let json = r#"{"\u005fplaceholder":true,"n\u0075m":1}"#;
    assert_eq!(one::<Bytes>(json), Ok(parts()[1].clone()));
}

#[test]
fn placeholders_must_fit_an_attachment() {
    for num in ["8", "-1", "1.0", "0.5", "\"0\"", "null", "true", "[0]", "{}", "1e0", "18446744073709551615"] {
        for json in [
            format!(r#"{{"_placeholder":true,"num":{num}}}"#),
            format!(r#"{{"num":{num},"_placeholder":true}}"#),
            format!(r#"[1,{{"a":{{"_placeholder":true,"num":{num}}}}}]"#),
        ] {
            assert_eq!(one::<Value>(&json), Err(malformed("illegal attachments")), "{json}");
        }
    }
    for json in ["[$0,$0]", "[$1,{\"num\":{\"a\":$1}}]"] {
        // Types copy what they are given: named often enough, one attachment would fill the memory.
        assert_eq!(one::<Value>(json), Err(malformed("illegal attachments")), "{json}");
    }
    for json in [r#"{"_placeholder":true}"#, r#"{"_placeholder":true,"x":1}"#] {
        assert_eq!(one::<Bytes>(json), Err(malformed("illegal attachments")), "{json}");
    }
}

#[test]
fn a_placeholder_is_nothing_but_bytes() {
    #[derive(Debug, Deserialize)]
    struct Empty {}
    let error = |what: &str| Some(data(&format!("invalid type: byte array, expected {what}")));
    assert_eq!(one::<Empty>("$0").err(), error("struct Empty"));
    assert_eq!(one::<HashMap<String, Value>>("$0").err(), error("a map"));
    assert_eq!(one::<u8>("$0").err(), Some(data("invalid type: map, expected u8")));
    assert_eq!(one::<String>("$0").err(), Some(data("invalid type: map, expected a string")));
    assert!(matches!(one::<Vec<u8>>("$0"), Err(ReadFailure::Data(_))));
}

#[test]
fn text_around_attachments_reads_as_ever() {
    assert_eq!(one("18446744073709551615"), Ok(u64::MAX));
    assert_eq!(one("170141183460469231731687303715884105727"), Ok(i128::MAX));
    assert_eq!(one("[-1,2.5,\"\\u0061\",true,null]"), Ok((-1i8, 2.5f32, 'a', true, ())));
    assert_eq!(one(r#"{"true":{"-1":1.5}}"#), Ok(HashMap::from([(true, BTreeMap::from([(-1i64, 1.5f64)]))])));
    assert_eq!(one("\"text\""), Ok("text".to_owned()));
    assert_eq!(one("[104,105]"), Ok(Bytes::from_static(b"hi")));
    assert_eq!(one("\"hi\""), Ok(Bytes::from_static(b"hi")));
    assert_eq!(one::<Box<RawValue>>(r#"{"a": 1}"#).unwrap().get(), r#"{"a": 1}"#);
    assert_eq!(one::<u8>("256"), Err(data("invalid value: integer `256`, expected u8")));
}

#[test]
fn peeked_keys_read_as_their_type() {
    /// A map that is read through `deserialize_any`, as handwritten visitors do.
    #[derive(Debug, PartialEq)]
    struct Loose(HashMap<u8, bool>);
    impl<'de> Deserialize<'de> for Loose {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Loose, D::Error> {
            struct Inner;
            impl<'de> Visitor<'de> for Inner {
                type Value = Loose;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a map")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Loose, A::Error> {
                    let map = serde::de::value::MapAccessDeserializer::new(map);
                    HashMap::deserialize(map).map(Loose)
                }
            }
            deserializer.deserialize_any(Inner)
        }
    }
    assert_eq!(one(r#"{"1":true,"2":false}"#), Ok(Loose(HashMap::from([(1, true), (2, false)]))));
    #[derive(Debug, PartialEq, Eq, Hash, Deserialize)]
    enum Name {
        A,
        B,
    }
    assert_eq!(one(r#"{"A":1,"B":2}"#), Ok(HashMap::from([(Name::A, 1), (Name::B, 2)])));
}
