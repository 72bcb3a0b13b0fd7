//! What goes on the wire, byte for byte, and that our own parsers read it back.

use std::collections::HashMap;

use proptest::prelude::*;
use serde::Serialize;

use super::*;
use crate::packet::arguments;
use crate::packet::socket::Limits;
use crate::packet::socket::header::parse;
use crate::packet::value::Value;
use crate::packet::value::tests::values;

fn text(packet: &Written) -> &str {
    packet.text()
}

fn parts(packet: &Written) -> Vec<Bytes> {
    packet.attachments().iter().map(|frame| frame.bytes().clone()).collect()
}

#[test]
fn events_have_the_protocols_form() {
    let plain = |message: Result<Written, WriteError>| text(&message.unwrap()).to_owned();
    assert_eq!(plain(event("/", None, "hi", &())), r#"42["hi"]"#);
    assert_eq!(plain(event("/", None, "hi", &1)), r#"42["hi",1]"#);
    assert_eq!(plain(event("/", Some(7), "hi", &(1, "a"))), r#"427["hi",1,"a"]"#);
    assert_eq!(plain(event("/chat", None, "hi", &[1, 2])), r#"42/chat,["hi",[1,2]]"#);
    assert_eq!(plain(event("/chat", Some(0), "", &(vec![1],))), r#"42/chat,0["",[1]]"#);
    assert_eq!(plain(event("/", None, "hi", &((),))), r#"42["hi",null]"#);
    assert_eq!(plain(event("/", None, "hi", &None::<u8>)), r#"42["hi",null]"#);
    assert_eq!(plain(event("/", None, "hi", "text")), r#"42["hi","text"]"#);
    assert_eq!(plain(event("/", None, "hi", &&(1, 2))), r#"42["hi",1,2]"#);
    assert_eq!(plain(event("/", None, "a\"\\\n\u{1}é", &())), "42[\"a\\\"\\\\\\n\\u0001é\"]");
}

#[test]
fn answers_have_the_protocols_form() {
    let plain = |message: Result<Written, WriteError>| text(&message.unwrap()).to_owned();
    assert_eq!(plain(ack("/", 7, &())), "437[]");
    assert_eq!(plain(ack("/", 7, &1)), "437[1]");
    assert_eq!(plain(ack("/chat", 7, &(1, "a"))), r#"43/chat,7[1,"a"]"#);
    assert_eq!(plain(ack("/", 7, &None::<u8>)), "437[null]");
    assert_eq!(plain(ack("/", u64::MAX, &[1])), "4318446744073709551615[[1]]");
}

#[test]
fn control_packets_have_the_protocols_form() {
    assert_eq!(text(&connect("/", "abc", None)), r#"40{"sid":"abc"}"#);
    assert_eq!(text(&connect("/chat", "abc", Some("de"))), r#"40/chat,{"sid":"abc","pid":"de"}"#);
    assert_eq!(text(&connect_error("/x", "no", RefusalData::None)), r#"44/x,{"message":"no"}"#);
    let refused = connect_error("/", "no", RefusalData::Code(r#"{"code":"x"}"#));
    assert_eq!(text(&refused), r#"44{"message":"no","data":{"code":"x"}}"#);
    assert_eq!(text(&disconnect("/")), "41");
    assert_eq!(text(&disconnect("/chat")), "41/chat,");
}

#[derive(Serialize)]
struct Upload {
    name: &'static str,
    data: Bytes,
    more: Vec<Bytes>,
    none: Option<Bytes>,
}

#[test]
fn bytes_become_attachments_in_order() {
    let part = |text: &'static str| Bytes::from_static(text.as_bytes());
    let upload = Upload { name: "a", data: part("x"), more: vec![part("y"), part("")], none: None };
    let message = event("/chat", Some(3), "up", &(upload, part("z"))).unwrap();
    let place = |num| format!(r#"{{"_placeholder":true,"num":{num}}}"#);
    let (a, b, c, d) = (place(0), place(1), place(2), place(3));
    assert_eq!(
        text(&message),
        format!(r#"454-/chat,3["up",{{"name":"a","data":{a},"more":[{b},{c}],"none":null}},{d}]"#)
    );
    assert_eq!(parts(&message), ["x", "y", "", "z"]);
    assert!(message.attachments().iter().all(Frame::is_binary));
    assert_eq!(message.attachments().len(), 4);

    for message in [ack("/", 1, &part("x")).unwrap(), ack("/", 1, &(part("x"),)).unwrap()] {
        assert_eq!(text(&message), format!("461-1[{a}]"));
        assert_eq!(parts(&message), ["x"]);
    }
}

#[test]
fn more_attachments_than_a_digit_shows() {
    let message = event("/", None, "a", &vec![Bytes::from_static(b"x"); 12]).unwrap();
    assert!(text(&message).starts_with("4512-[\"a\",[{"), "{}", text(&message));
    assert_eq!(message.attachments().len(), 12);
}

#[test]
fn arguments_may_come_one_after_another() {
    let message = event_with("/", None, "a", |writer| {
        writer.args(&1)?;
        writer.args(&())?;
        writer.args(&("b", Bytes::from_static(b"x")))?;
        writer.args(&[2])
    });
    let message = message.unwrap();
    assert_eq!(text(&message), r#"451-["a",1,"b",{"_placeholder":true,"num":0},[2]]"#);
}

#[test]
fn failures_are_said() {
    let map = HashMap::from([(vec![1], 1)]);
    assert!(matches!(event("/", None, "a", &map), Err(WriteError::Serialize(text)) if text == "key must be a string"));
    assert!(matches!(event("/", None, "connect", &()), Err(WriteError::ReservedName(name)) if name == "connect"));
    assert!(event("/", None, "error", &()).is_ok());
}

proptest! {
    #[test]
    fn our_own_reader_reads_it_back(
        namespace in "/[a-z]{0,5}",
        id in any::<Option<u64>>(),
        name in "[a-z\\\\\"é]{0,8}",
        args in prop::collection::vec(values(), 0..4),
    ) {
        let message = event_with(&namespace, id, &name, |writer| args.iter().try_for_each(|arg| writer.args(arg)));
        let message = message.unwrap();
        let packet = &text(&message)[1..];
        let limits = Limits { attachments: usize::MAX, ..Limits::default() };
        let header = parse(packet, &limits).unwrap();
        prop_assert_eq!((header.namespace, header.id, header.attachments), (&*namespace, id, message.attachments().len()));

        let json = &packet[header.data..];
        prop_assert_eq!(crate::packet::socket::event::event_name(json, &limits).unwrap(), name);
        let read = arguments::read(json, &parts(&message), true, arguments::tests::Everything);
        prop_assert_eq!(read, Ok(args));
    }

    #[test]
    fn answers_read_back(args in (values(), values())) {
        let message = ack("/", 1, &args).unwrap();
        let header = parse(&text(&message)[1..], &Limits { attachments: usize::MAX, ..Limits::default() }).unwrap();
        let json = &text(&message)[1 + header.data..];
        prop_assert_eq!(arguments::read_all::<(Value, Value)>(json, &parts(&message), false), Ok(args));
    }
}

#[test]
fn packets_that_are_written_within_each_other_are_apart() {
    struct Nested;
    impl Serialize for Nested {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let inner = ack("/", 7, &"inner").unwrap();
            serializer.serialize_str(inner.text())
        }
    }
    for _ in 0..3 {
        let outer = ack("/", 8, &("before", Nested, "x".repeat(SMALL))).unwrap();
        let expected = format!(r#"438["before","437[\"inner\"]","{}"]"#, "x".repeat(SMALL));
        assert_eq!(outer.text(), expected);
        let short = ack("/", 9, &Nested).unwrap();
        assert_eq!(short.text(), r#"439["437[\"inner\"]"]"#);
    }
}

#[test]
fn packets_around_the_size_that_is_copied_are_whole() {
    for length in SMALL - 20..SMALL + 20 {
        let string = "x".repeat(length);
        assert_eq!(text(&ack("/", 1, &string).unwrap()), format!("431[\"{string}\"]"));
    }
}
