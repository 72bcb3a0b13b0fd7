//! Tests of MessagePack: samples of Node's libraries, both directions, and arbitrary bytes.

use bytes::Bytes;
use proptest::prelude::*;

use super::read::MsgpackError;
use super::*;
use crate::packet::value::tests::values;
use crate::packet::{Map, Value, arguments};

fn hex(text: &str) -> Bytes {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn json(text: &str) -> String {
    let (json, attachments) = read(&hex(text)).unwrap();
    assert!(attachments.is_empty());
    json
}

fn written(written: &Value) -> Bytes {
    let mut out = Vec::new();
    value(&mut out, written);
    out.into()
}

fn read_back(bytes: &Bytes) -> Value {
    let (json, attachments) = read(bytes).unwrap();
    arguments::read_first(&format!("[{json}]"), &attachments, false).unwrap()
}

#[test]
fn messages_of_node_are_read() {
    // A broadcast of notepack.io 3.
    let broadcast = hex(
        "93a6536c336d567283a47479706502a46461746192a568656c6c6fc4020102a36e7370a12f83a5726f6f6d7391a5726f6f6d31a665786365707490a5666c61677380",
    );
    let (json, attachments) = read(&broadcast).unwrap();
    assert_eq!(
        json,
        r#"["Sl3mVr",{"type":2,"data":["hello",{"_placeholder":true,"num":0}],"nsp":"/"},{"rooms":["room1"],"except":[],"flags":{}}]"#
    );
    assert_eq!(attachments, [Bytes::from_static(&[1, 2])]);
    // It is written with the same bytes.
    assert_eq!(written(&read_back(&broadcast)), broadcast);
    // CONNECT packets of notepack.io 2, with `data: undefined`.
    assert_eq!(self::json("83a47479706500a464617461d40000a36e7370a12f"), r#"{"type":0,"nsp":"/"}"#);
    // An array buffer of notepack.io 2, and one of 8 bytes, which is no date.
    assert_eq!(read(&hex("c70200 0102")).unwrap().1, [Bytes::from_static(&[1, 2])]);
    assert_eq!(read(&hex("c70800 0102030405060708")).unwrap().1[0].len(), 8);
}

#[test]
fn dates_and_undefined_become_what_json_makes_of_them() {
    assert_eq!(json("d700 0000000000000001"), r#""1970-01-01T00:00:00.001Z""#);
    assert_eq!(json("d6ff 6b00b6fa"), r#""2026-11-20T21:09:14.000Z""#);
    // 342 ms: nanoseconds in the upper 30 bits.
    assert_eq!(json("d7ff 518a06006b00b6fa"), r#""2026-11-20T21:09:14.342Z""#);
    assert_eq!(json("c70cff 14628180 000000006b00b6fa"), r#""2026-11-20T21:09:14.342Z""#);
    assert_eq!(json("c70cff 00000000 7fffffffffffffff"), "null");
    assert_eq!(json("93 d40000 01 c0"), "[null,1,null]");
    assert_eq!(json("83 a161 d40000 a162 01 a163 d40000"), r#"{"b":1}"#);
}

#[test]
fn numbers_keep_their_value() {
    for (bytes, number) in [
        ("7f", "127"),
        ("ff", "-1"),
        ("ccff", "255"),
        ("cfffffffffffffffff", "18446744073709551615"),
        ("d3 8000000000000000", "-9223372036854775808"),
        ("d1ff7f", "-129"),
        ("ca3fc00000", "1.5"),
        ("cb4000000000000000", "2"),
        ("cb7e37e43c8800759c", "1e+300"),
        ("cb7ff8000000000000", "null"),
    ] {
        assert_eq!(json(bytes), number, "{bytes}");
    }
    let whole = |number: f64| written(&Value::from(number));
    assert_eq!(whole(3.0), hex("03"));
    assert_eq!(whole(-33.0), hex("d0df"));
    assert_eq!(whole(18_446_744_073_709_551_616.0), hex("cb43f0000000000000"), "notepack.io writes 2^64 as 0");
    assert_eq!(written(&Value::from(-32768)), hex("d18000"));
    assert_eq!(written(&Value::from(-32769)), hex("d2ffff7fff"));
    assert_eq!(written(&Value::from(u64::from(u32::MAX) + 1)), hex("cf0000000100000000"));
}

#[test]
fn keys_become_text() {
    assert_eq!(json("83 01 02 c3 03 a161 04"), r#"{"1":2,"true":3,"a":4}"#);
    assert_eq!(read(&hex("81 90 01")), Err(MsgpackError::Key));
}

#[test]
fn bad_input_is_an_error() {
    for (bytes, error) in [
        ("", MsgpackError::Short),
        ("c4ff01", MsgpackError::Short),
        ("ddffffffff", MsgpackError::Short),
        ("dfffffffff", MsgpackError::Short),
        ("dbffffffff", MsgpackError::Short),
        ("c9ffffffff00", MsgpackError::Short),
        ("c1", MsgpackError::Unknown(0xc1)),
        ("d405 00", MsgpackError::Unknown(0xd4)),
        ("0102", MsgpackError::Surplus),
    ] {
        assert_eq!(read(&hex(bytes)), Err(error), "{bytes}");
    }
    let nested = |depth: usize| Bytes::from([vec![0x91; depth], vec![0x01]].concat());
    assert!(read(&nested(127)).is_ok());
    assert_eq!(read(&nested(128)), Err(MsgpackError::Depth));
    assert_eq!(read(&Bytes::from(vec![0x81; 1 << 20])), Err(MsgpackError::Key));
    assert_eq!(json("a2ff41"), "\"\u{fffd}A\"");
}

#[test]
fn long_values_are_written_with_their_length() {
    for length in [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536] {
        let text = Value::from("x".repeat(length));
        let array: Value = std::iter::repeat_n(Value::from(1), length).collect();
        let map: Map = (0..length).map(|number| (number.to_string(), Value::Null)).collect();
        for value in [text, array, Value::from(vec![7; length]), Value::from(map)] {
            assert!(read_back(&written(&value)) == value, "{length}");
        }
    }
}

/// The value with whole numbers as integers, as JavaScript has them.
fn whole(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 => Value::from(float as i64),
            _ => Value::Number(number),
        },
        Value::Array(elements) => elements.into_iter().map(whole).collect(),
        Value::Object(entries) => entries.into_iter().map(|(key, value)| (key, whole(value))).collect(),
        other => other,
    }
}

proptest! {
    #[test]
    fn values_read_back(value in values()) {
        prop_assert_eq!(read_back(&written(&value)), whole(value));
    }

    #[test]
    fn arbitrary_bytes_give_json_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let length = bytes.len();
        if let Ok((json, attachments)) = read(&bytes.into()) {
            serde_json::from_str::<serde::de::IgnoredAny>(&json).unwrap();
            prop_assert!(json.len() <= 33 * length);
            prop_assert!(attachments.len() <= length);
        }
    }

    #[test]
    fn damaged_messages_never_panic(value in values(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = written(&value).to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read(&bytes.clone().into());
        bytes.truncate(at);
        prop_assert!(read(&bytes.into()).is_err());
    }
}
