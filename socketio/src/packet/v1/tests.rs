//! Golden vectors from recorded traffic of real clients and servers, and properties.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;

use super::super::socket::Written;
use super::super::write as packets;
use super::*;

const LIMITS: Limits = Limits { attachments: 10, attachment_bytes: 100, namespace_len: 256, event_len: 256 };

fn packet(text: &str) -> Option<Packet<'_>> {
    parse(text, &LIMITS)
}

fn plain(kind: Kind, endpoint: &'static str, data: &'static str) -> Option<Packet<'static>> {
    Some(Packet { kind, id: None, answer: false, endpoint, data })
}

#[test]
fn packets_of_real_clients() {
    assert_eq!(packet("0::"), plain(Kind::Disconnect, "", ""));
    assert_eq!(packet("0"), plain(Kind::Disconnect, "", ""));
    assert_eq!(packet("0::/chat"), plain(Kind::Disconnect, "/chat", ""));
    assert_eq!(packet("1::/chat"), plain(Kind::Connect, "/chat", ""));
    assert_eq!(packet("1::/chat:?my=param"), plain(Kind::Connect, "/chat", "?my=param"));
    assert_eq!(packet("2::"), plain(Kind::Heartbeat, "", ""));
    assert_eq!(packet("3:::plain: text"), plain(Kind::Message, "", "plain: text"));
    assert_eq!(packet("3:::"), plain(Kind::Message, "", ""));
    assert_eq!(packet("3:::a\nb:c"), plain(Kind::Message, "", "a\nb:c"));
    assert_eq!(packet("4:::{\"json\":[1]}"), plain(Kind::Json, "", "{\"json\":[1]}"));
    assert_eq!(packet("6:::1+[\"because\"]"), plain(Kind::Ack, "", "1+[\"because\"]"));
    assert_eq!(packet("8::"), plain(Kind::Noop, "", ""));
    let automatic = Packet { kind: Kind::Message, id: Some(3), answer: false, endpoint: "", data: "auto ack me" };
    assert_eq!(packet("3:3::auto ack me"), Some(automatic));
    let asked = Packet { kind: Kind::Event, id: Some(1), answer: true, endpoint: "/chat", data: "{\"name\":\"join\"}" };
    assert_eq!(packet("5:1+:/chat:{\"name\":\"join\"}"), Some(asked));
}

#[test]
fn what_is_no_packet() {
    for text in ["", "x", "9::", "garbage", "10::", "5:99999999999999999999::{}", "1x::", "5:a::", "é::"] {
        assert_eq!(packet(text), None, "{text}");
    }
    assert_eq!(packet(&format!("1::/{}", "a".repeat(256))), None, "an endpoint without end");
}

#[test]
fn events_become_arrays() {
    let read = |data| event(data, &LIMITS).map(|event| (event.name, event.array));
    let pair = |name: &str, array: &str| Some((name.to_owned(), array.to_owned()));
    assert_eq!(read(r#"{"name":"said","args":["hi",{"a":1}]}"#), pair("said", r#"["said","hi",{"a":1}]"#));
    assert_eq!(read(r#"{"name":"x"}"#), pair("x", r#"["x"]"#));
    assert_eq!(read(r#"{"name":"x","args":[]}"#), pair("x", r#"["x"]"#));
    assert_eq!(read(r#"{"args":[ 1 ],"name":"\u00e9","more":0}"#), pair("é", r#"["é",1]"#));
    for bad in ["", "[]", "{}", "{\"name\":1}", "{\"name\":\"x\",\"args\":{}}", "{\"name\":\"disconnect\"}"] {
        assert_eq!(read(bad), None, "{bad}");
    }
}

#[test]
fn texts_and_values_become_events() {
    assert_eq!(message("a\"\u{2028}").array, "[\"message\",\"a\\\"\u{2028}\"]");
    assert_eq!(json(" {\"a\":1}").map(|event| event.array).as_deref(), Some(r#"["json",{"a":1}]"#));
    assert_eq!(json("1,2"), None);
}

#[test]
fn acknowledgements_are_read() {
    assert_eq!(ack("4"), Some((4, None)));
    assert_eq!(ack("4+"), Some((4, None)));
    assert_eq!(ack("4+[1]"), Some((4, Some(2))));
    for bad in ["", "+[1]", "4[1]", "4+{}", "99999999999999999999"] {
        assert_eq!(ack(bad), None, "{bad}");
    }
}

fn translated(packet: &Written) -> Option<String> {
    let message = write(packet, LegacyBinary::Base64)?;
    assert_eq!(message.frames().len(), 1);
    Some(String::from_utf8(message.frames()[0].bytes().to_vec()).unwrap())
}

#[test]
fn our_packets_become_theirs() {
    let event = |nsp, id, name, args: &Value| translated(&packets::event(nsp, id, name, args).unwrap()).unwrap();
    let one = Value::from(0);
    assert_eq!(event("/", None, "tick", &one), r#"5:::{"name":"tick","args":[0]}"#);
    assert_eq!(event("/", Some(0), "question", &"why".into()), r#"5:1+::{"name":"question","args":["why"]}"#);
    assert_eq!(
        event("/chat", None, "a\"b", &"é😀\u{2028}".into()),
        r#"5::/chat:{"name":"a\"b","args":["\u00e9\ud83d\ude00\u2028"]}"#
    );
    let bare = packets::event("/chat", Some(6), "x", &()).unwrap();
    assert_eq!(translated(&bare).as_deref(), Some(r#"5:7+:/chat:{"name":"x"}"#));
    assert_eq!(translated(&packets::ack("/", 1, &"because").unwrap()).as_deref(), Some(r#"6:::1+["because"]"#));
    assert_eq!(translated(&packets::ack("/chat", 1, &()).unwrap()).as_deref(), Some("6::/chat:1"));
    assert_eq!(translated(&packets::connect("/", "sid", None)).as_deref(), Some("1::"));
    assert_eq!(translated(&packets::connect("/chat", "sid", Some("pid"))).as_deref(), Some("1::/chat"));
    assert_eq!(
        translated(&packets::connect_error("/secret", "", packets::RefusalData::None)).as_deref(),
        Some("7::/secret:2")
    );
    assert_eq!(translated(&packets::disconnect("/chat")).as_deref(), Some("0::/chat"));
    assert_eq!(translated(&packets::disconnect("/")).as_deref(), Some("0::"));
    assert_eq!(receipt("", 3), b"6:::3");
    assert_eq!(receipt("/chat", 3), b"6::/chat:3");
}

#[test]
fn binary_becomes_base64_or_nothing() {
    let args = (Bytes::from_static(&[1, 2, 3]), "{\"_placeholder\":true,\"num\":0}", Bytes::from_static(b"\xff"));
    let event = packets::event("/", None, "file", &args).unwrap();
    let expected = r#"5:::{"name":"file","args":["AQID","{\"_placeholder\":true,\"num\":0}","/w=="]}"#;
    assert_eq!(translated(&event).as_deref(), Some(expected));
    assert_eq!(write(&event, LegacyBinary::Refuse), None);

    let ack = packets::ack("/", 2, &Bytes::from_static(b"x")).unwrap();
    assert_eq!(translated(&ack).as_deref(), Some(r#"6:::2+["eA=="]"#));
    let refused = write(&ack, LegacyBinary::Refuse).unwrap();
    assert!(refused.frames()[0].bytes().starts_with(b"6:::2+[{\"error\":{\"code\":\"binary\""));
}

proptest! {
    #[test]
    fn reading_never_panics(text in any::<String>()) {
        let _ = packet(&text);
        let _ = event(&text, &LIMITS);
        let _ = json(&text);
        let _ = ack(&text);
    }

    #[test]
    fn reading_near_packets_never_panics(text in "[0-9]:[0-9]{0,3}\\+?:(/[a-z]{0,3})?:?[\\[\\]{}\":,a0-9+]{0,20}") {
        if let Some(packet) = packet(&text) {
            let _ = event(packet.data, &LIMITS);
            let _ = json(packet.data);
            let _ = ack(packet.data);
        }
    }

    /// A client that reads a written packet gets the values that were sent.
    #[test]
    fn events_read_back(name in "[^\u{0}]{0,8}", text in any::<String>(), id in prop::option::of(0u64..1000)) {
        let Ok(message) = packets::event("/chat", id, &name, &text) else { return Ok(()) };
        let text_of = translated(&message).unwrap();
        prop_assert!(text_of.is_ascii());
        let packet = packet(&text_of).unwrap();
        prop_assert_eq!((packet.kind, packet.endpoint, packet.id), (Kind::Event, "/chat", id.map(|id| id + 1)));
        let back = event(packet.data, &LIMITS).unwrap();
        prop_assert_eq!(&back.name, &name);
        let array: Vec<String> = serde_json::from_str(&back.array).unwrap();
        prop_assert_eq!(array, [name, text]);
    }
}
