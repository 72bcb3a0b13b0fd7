//! The forms of real servers' packets, and that a translation says the same as its original.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::packet::socket::Limits;
use crate::packet::socket::header::parse;
use crate::packet::value::tests::values;
use crate::packet::write::{self as packets, RefusalData};

fn text(message: &Message) -> String {
    String::from_utf8(message.frames()[0].bytes().to_vec()).unwrap()
}

#[test]
fn a_connect_has_no_payload() {
    assert_eq!(text(&write(&packets::connect("/", "abc", None))), "40");
    assert_eq!(text(&write(&packets::connect("/chat", "abc", Some("p")))), "40/chat,");
}

#[test]
fn a_refusal_is_its_data_or_its_message_and_an_unknown_namespace_an_object() {
    let refused = |message, data| text(&write(&packets::connect_error("/nope", message, data)));
    assert_eq!(refused("Invalid namespace", RefusalData::None), r#"44/nope,{"message":"Invalid namespace"}"#);
    assert_eq!(refused("né\"n", RefusalData::Code(r#"{"code":"x"}"#)), r#"44/nope,"n\u00e9\"n""#);
    let details = RefusalData::Details(r#"{"code":"x","n":"é"}"#);
    assert_eq!(refused("no", details), r#"44/nope,{"code":"x","n":"\u00e9"}"#);
    assert_eq!(text(&write(&packets::connect_error("/", "no", RefusalData::Code("{}")))), r#"44"no""#);
}

#[test]
fn json_is_ascii_and_headers_stay() {
    let event = packets::event("/", Some(3), "é", &("€😀\u{2028}", 1)).unwrap();
    assert_eq!(text(&write(&event)), r#"423["\u00e9","\u20ac\ud83d\ude00\u2028",1]"#);
    let binary = packets::event("/a-[1]", Some(12), "é", &Bytes::from_static(b"\x01")).unwrap();
    let translated = write(&binary);
    assert_eq!(text(&translated), r#"451-/a-[1],12["\u00e9",{"_placeholder":true,"num":0}]"#);
    assert_eq!(translated.frames()[1], binary.message.frames()[1]);
    assert_eq!(text(&write(&packets::disconnect("/chat"))), "41/chat,");
}

#[test]
fn ascii_is_shared_not_copied() {
    let event = packets::event("/", None, "hi", &1).unwrap();
    assert_eq!(write(&event).frames()[0].bytes().as_ptr(), event.message.frames()[0].bytes().as_ptr());
}

#[test]
fn queries_are_split_off() {
    assert_eq!(split_query("/chat?token=a?b"), ("/chat", "token=a?b"));
    assert_eq!(split_query("/chat"), ("/chat", ""));
}

proptest! {
    #[test]
    fn a_translation_says_the_same(
        namespace in "/[a-z0-9\\[{é-]{0,5}",
        id in any::<Option<u64>>(),
        name in "[a-z\\\\\"é]{0,8}",
        value in values(),
    ) {
        let packet = packets::event(&namespace, id, &name, &value).unwrap();
        let translated = write(&packet);
        let limits = Limits { attachments: usize::MAX, ..Limits::default() };
        let (before, after) = (text(&packet.message), text(&translated));
        let (before, after) = (&before[1..], &after[1..]);
        let header = parse(after, &limits).unwrap();
        prop_assert_eq!((header.namespace, header.id), (&*namespace, id));
        prop_assert!(after[header.data..].is_ascii());
        let read = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        let data = parse(before, &limits).unwrap().data;
        prop_assert_eq!(read(&before[data..]), read(&after[header.data..]));
        prop_assert_eq!(packet.attachments(), &translated.frames()[1..]);
    }
}
