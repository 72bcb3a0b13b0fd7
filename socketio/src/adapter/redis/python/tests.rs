//! The messages of python-socketio 5.18, as captured from its managers, and requests.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::calls::Calls;
use super::codec::{self, Incoming};
use super::split;
use crate::adapter::cluster::{Body, Message, Opts};
use crate::adapter::{Action, AdapterError, Answer, Reply, Room, Selection};
use crate::engine::Id;
use crate::packet::{Packet, write};

const OWN: &str = "4217aaaaaaaaaaaaaaaaaaaaaaaae202";
const SID: &str = "abcdefghijklmnopqrst";

fn message(text: &str) -> Message {
    match codec::decode(text.as_bytes(), "own").unwrap() {
        Some(Incoming::Message(message)) => message,
        _ => panic!("no message: {text}"),
    }
}

/// The event, its arguments and attachments, and the sockets.
fn emitted(text: &str) -> (String, usize, Opts) {
    match message(text).body {
        Body::Broadcast { packet, opts, request: None } => (packet.data().to_owned(), packet.attachments().len(), opts),
        body => panic!("no event: {body:?}"),
    }
}

fn from_python(data: &str, binary: bool) -> String {
    format!(
        r#"{{"method":"emit","event":"hello","data":{data},"binary":{binary},"namespace":"/chat","room":"r1","skip_sid":null,"callback":null,"host_id":"{OWN}"}}"#
    )
}

#[test]
fn events_of_python_are_read() {
    for (data, event) in [
        ("[1]", r#"["hello",1]"#),
        (r#"[1,"b"]"#, r#"["hello",1,"b"]"#),
        ("[[1,2]]", r#"["hello",[1,2]]"#),
        ("[null]", r#"["hello"]"#),
        ("[]", r#"["hello"]"#),
        ("[ ]", r#"["hello" ]"#),
        (r#"{"a":1}"#, r#"["hello",{"a":1}]"#),
        ("5", r#"["hello",5]"#),
    ] {
        let (read, attachments, opts) = emitted(&from_python(data, false));
        assert_eq!((&*read, attachments, &*opts.rooms), (event, 0, &[Room::from("r1")][..]), "{data}");
    }
    let binary = r#"[[{"a":{"_placeholder":true,"num":0},"b":[{"_placeholder":true,"num":1}]}],"AQI=","Aw=="]"#;
    let Body::Broadcast { packet, .. } = message(&from_python(binary, true)).body else { panic!() };
    assert_eq!(packet.attachments(), [&b"\x01\x02"[..], &b"\x03"[..]]);
    let (_, _, opts) = emitted(&format!(
        r#"{{"method":"emit","event":"e","data":[1],"namespace":null,"room":["a","b"],"skip_sid":["{SID}"],"host_id":"x"}}"#
    ));
    assert_eq!((opts.rooms.len(), &*opts.except), (2, &[Room::from(SID)][..]));
}

#[test]
fn events_of_ours_have_the_fields_of_python() {
    let packet = Packet::from(write::event("/chat", None, "hello", &(1, bytes::Bytes::from_static(b"ab"))).unwrap());
    let opts = Opts { rooms: vec![Room::from("r1")], except: vec![Room::from(SID)], ..Opts::default() };
    let text = codec::emit(OWN, &packet, &opts, Some("q")).unwrap();
    let mut read: Value = serde_json::from_str(&text).unwrap();
    for ours in ["ours", "volatile"] {
        read.as_object_mut().unwrap().remove(ours).unwrap();
    }
    let expected = json!({
        "method": "emit", "event": "hello", "data": [[1, {"_placeholder": true, "num": 0}], "YWI="], "binary": true,
        "namespace": "/chat", "room": "r1", "skip_sid": SID, "callback": ["q", "/chat", 1], "host_id": OWN,
    });
    assert_eq!(read, expected);
    let Some(Incoming::Call { packet: again, opts: to, callback }) = codec::decode(text.as_bytes(), "own").unwrap()
    else {
        panic!()
    };
    assert_eq!((again.data(), again.attachments()), (packet.data(), packet.attachments()));
    assert_eq!(to, opts);
    let reply =
        Reply::new(r#"["yes",{"_placeholder":true,"num":0}]"#.to_owned(), vec![bytes::Bytes::from_static(b"z")]);
    let answer = codec::answer(&callback, &reply).unwrap();
    let Some(Incoming::Answer { request, reply: read }) = codec::decode(answer.as_bytes(), OWN).unwrap() else {
        panic!()
    };
    assert_eq!((&*request, read.json(), read.attachments()), ("q", reply.json(), reply.attachments()));
    assert!(codec::decode(answer.as_bytes(), "another").unwrap().is_none(), "answers have a receiver");
    assert!(codec::decode(text.as_bytes(), OWN).unwrap().is_none(), "own messages are ignored");
}

#[test]
fn acknowledgements_go_back_to_python_as_it_asks_for_them() {
    let text = format!(
        r#"{{"method":"emit","event":"e","data":[1],"binary":false,"namespace":"/chat","room":"{SID}","skip_sid":null,"callback":["{SID}","/chat",7],"host_id":"{OWN}"}}"#
    );
    let Some(Incoming::Call { callback, .. }) = codec::decode(text.as_bytes(), "own").unwrap() else { panic!() };
    let answer = codec::answer(&callback, &Reply::new(r#"["yes",2]"#.to_owned(), Vec::new())).unwrap();
    let mut read: Value = serde_json::from_str(&answer).unwrap();
    read.as_object_mut().unwrap().remove("attachments");
    let expected =
        json!({"method": "callback", "host_id": OWN, "sid": SID, "namespace": "/chat", "id": 7, "args": ["yes", 2]});
    assert_eq!(read, expected);
    let binary = Reply::new(r#"[{"_placeholder":true,"num":0}]"#.to_owned(), vec![bytes::Bytes::new()]);
    assert!(codec::answer(&callback, &binary).is_none(), "Python cannot read bytes here");
}

#[test]
fn operations_on_one_socket_are_those_of_python_and_others_travel_in_an_envelope() {
    let namespace: Arc<str> = "/chat".into();
    let sockets =
        |rooms: &[&str]| Opts { rooms: rooms.iter().map(|room| Room::from(*room)).collect(), ..Opts::default() };
    let rooms = |rooms: &[&str]| sockets(rooms).rooms;
    for (body, method) in [
        (Body::Join { opts: sockets(&[SID]), rooms: rooms(&["a"]) }, "enter_room"),
        (Body::Leave { opts: sockets(&[SID]), rooms: rooms(&["a"]) }, "leave_room"),
        (Body::Leave { opts: sockets(&["a"]), rooms: rooms(&["a"]) }, "close_room"),
        (Body::Disconnect { opts: sockets(&[SID]), close: true }, "disconnect"),
        (Body::Join { opts: sockets(&["b"]), rooms: rooms(&["a"]) }, "cluster"),
        (Body::Leave { opts: sockets(&[]), rooms: rooms(&["a"]) }, "cluster"),
        (Body::Disconnect { opts: sockets(&["a"]), close: false }, "cluster"),
        (Body::Heartbeat { node: Some(SID.into()) }, "cluster"),
    ] {
        let sent = Message { uid: OWN.into(), namespace: namespace.clone(), body };
        let text = codec::message(&sent).unwrap();
        let fields: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(fields["method"], method, "{text}");
        let read = message(&text);
        assert_eq!(format!("{:?}", read.body), format!("{:?}", sent.body));
        assert_eq!(read.namespace, namespace);
        assert_eq!(*read.uid == *OWN, method == "cluster", "only nodes of ours are known by their name");
    }
    let several = Selection { rooms: rooms(&[SID, "bbbbbbbbbbbbbbbbbbbb"]), ..Selection::default() };
    let join = Action::Join { namespace: namespace.clone(), sockets: several.clone(), rooms: rooms(&["a", "b"]) };
    assert_eq!(split(join).len(), 4);
    assert_eq!(split(Action::Disconnect { namespace: namespace.clone(), sockets: several, close: false }).len(), 2);
    let all = Action::Disconnect { namespace, sockets: Selection::default(), close: false };
    assert_eq!(split(all).len(), 1, "all members are not a list of sockets");
}

#[test]
fn what_is_not_understood_changes_nothing() {
    for garbage in [&b"\x80\x04\x95"[..], b"", b"[]", b"{}", b"{\"method\":7}", b"\"x\"", b"{\"method\":\"emit\"}"] {
        assert!(codec::decode(garbage, OWN).is_err(), "{garbage:?}");
    }
    for incomplete in [
        r#"{"method":"disconnect","namespace":"/"}"#,
        r#"{"method":"enter_room","sid":"a"}"#,
        r#"{"method":"leave_room","room":"a"}"#,
        r#"{"method":"close_room"}"#,
        r#"{"method":"emit","event":"e","data":[],"binary":true}"#,
        r#"{"method":"emit","event":"e","data":[[1],"no base64 ?"],"binary":true}"#,
        r#"{"method":"emit","event":"e","data":[1],"callback":[1],"host_id":"x"}"#,
        r#"{"method":"cluster","message":{"type":3}}"#,
    ] {
        assert!(codec::decode(incomplete.as_bytes(), OWN).is_err(), "{incomplete}");
    }
    assert!(codec::decode(br#"{"method":"later","host_id":"x"}"#, OWN).unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_request_ends_with_the_answer_of_its_only_socket_and_else_at_its_deadline() {
    let calls = Arc::new(Calls::default());
    let reply = || Reply::new("[1]".to_owned(), Vec::new());
    let (request, mut answers) = calls.begin(Id::parse(SID), Duration::from_secs(2)).unwrap();
    calls.answer(&request, reply());
    let first = answers.next().await;
    assert!(matches!(first, Some(Ok(Answer::Acknowledged { socket: Some(_), reply: Ok(_) }))), "{first:?}");
    assert!(answers.next().await.is_none());

    let (request, mut answers) = calls.begin(None, Duration::from_secs(2)).unwrap();
    calls.answer(&request, reply());
    calls.answer(&request, reply());
    for _ in 0..2 {
        assert!(matches!(answers.next().await, Some(Ok(Answer::Acknowledged { socket: None, reply: Ok(_) }))));
    }
    assert!(matches!(answers.next().await, Some(Err(AdapterError::NoAnswer(_)))), "nobody knows how many were asked");
    assert!(answers.next().await.is_none());
    drop(answers);
    calls.answer(&request, reply());
}
