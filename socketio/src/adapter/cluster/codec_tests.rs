//! Messages as Node's adapters write them, in both directions.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::super::message::{Opts, Request};
use super::*;
use crate::adapter::remote::{AckFailure, PresenceChanged, PresenceReport, Reply, SocketInfo};
use crate::adapter::{Action, Room, Selection};
use crate::engine::Id;
use crate::packet::{Packet, write};

fn event(name: &str, args: impl serde::Serialize) -> Packet {
    Packet::event("/", None, name, &args).unwrap()
}

fn message(body: Body) -> Message {
    Message { uid: Arc::from("7982b52712a7781d"), namespace: Arc::from("/"), body }
}

fn decoded(bytes: impl Into<Bytes>) -> Message {
    Message::decode(&bytes.into(), None).unwrap().unwrap()
}

fn id() -> Id {
    Id::parse("ABCDEFGHIJKLMNOPQRST").unwrap()
}

fn opts(rooms: &[&str]) -> Opts {
    Opts { rooms: rooms.iter().map(|room| Room::from(*room)).collect(), ..Opts::default() }
}

/// Every kind of message.
fn messages() -> Vec<(Body, &'static str)> {
    let request: Arc<str> = Arc::from("c145b2d7005df207");
    let ours = Some(Request { id: request.clone(), ours: true });
    let theirs = Some(Request { id: request.clone(), ours: false });
    let node = Some(Arc::from("n"));
    let timed = Opts { volatile: true, timeout: Some(Duration::from_millis(1500)), ..opts(&["a\""]) };
    let mut socket = SocketInfo::new(id(), vec![Room::from("r")]);
    socket.data = Arc::from("{\"a\":1}");
    let report = PresenceReport {
        node: Arc::from("n"),
        namespace: Arc::from("/"),
        all: true,
        changes: vec![
            PresenceChanged { room: None, user: Arc::from("u"), present: true },
            PresenceChanged { room: Some(Room::from("r")), user: Arc::from("u"), present: false },
        ],
    };
    vec![
        (Body::InitialHeartbeat { node: None }, r#"{"type":1"#),
        (Body::Heartbeat { node }, r#"{"type":2,"data":{"node":"n"}"#),
        (
            Body::Broadcast { packet: event("hello", 1), opts: opts(&[]), request: None },
            r#"{"type":3,"data":{"packet":{"type":2,"data":["hello",1]},"opts":{"rooms":[],"except":[],"flags":{}}}"#,
        ),
        (
            Body::Broadcast { packet: event("hello", ()), opts: timed, request: ours.clone() },
            r#"{"type":3,"data":{"packet":{"type":2,"data":["hello"]},"requestId":"c145b2d7005df207","opts":{"rooms":["a\""],"except":[],"flags":{"volatile":true,"timeout":1500}},"ours":true}"#,
        ),
        (
            Body::Join { opts: opts(&[]), rooms: vec![Room::from("a")] },
            r#"{"type":4,"data":{"opts":{"rooms":[],"except":[],"flags":{}},"rooms":["a"]}"#,
        ),
        (
            Body::Leave { opts: opts(&["a"]), rooms: vec![Room::from("b")] },
            r#"{"type":5,"data":{"opts":{"rooms":["a"],"except":[],"flags":{}},"rooms":["b"]}"#,
        ),
        (
            Body::Disconnect { opts: opts(&["q"]), close: true },
            r#"{"type":6,"data":{"opts":{"rooms":["q"],"except":[],"flags":{}},"close":true}"#,
        ),
        (
            Body::Fetch { opts: opts(&[]), request: request.clone() },
            r#"{"type":7,"data":{"opts":{"rooms":[],"except":[],"flags":{}},"requestId":"c145b2d7005df207"}"#,
        ),
        (
            Body::FetchReply { request: request.clone(), sockets: vec![socket] },
            r#"{"type":8,"data":{"requestId":"c145b2d7005df207","sockets":[{"id":"ABCDEFGHIJKLMNOPQRST","handshake":{},"rooms":["r"],"data":{"a":1}}]}"#,
        ),
        (Body::ServerEvent { packet: event("ev", (1, 2)), request: None }, r#"{"type":9,"data":{"packet":["ev",1,2]}"#),
        (
            Body::ServerEvent { packet: event("ev", ()), request: theirs },
            r#"{"type":9,"data":{"requestId":"c145b2d7005df207","packet":["ev"]}"#,
        ),
        (
            Body::ServerEventReply { request: request.clone(), reply: Reply::new("[\"resp\"]".to_owned(), vec![]) },
            r#"{"type":10,"data":{"requestId":"c145b2d7005df207","packet":"resp"}"#,
        ),
        (
            Body::ClientCount { request: request.clone(), count: 1 },
            r#"{"type":11,"data":{"requestId":"c145b2d7005df207","clientCount":1}"#,
        ),
        (
            Body::Ack { request: request.clone(), socket: None, reply: Reply::new("[]".to_owned(), vec![]) },
            r#"{"type":12,"data":{"requestId":"c145b2d7005df207"}"#,
        ),
        (
            Body::Ack {
                request: request.clone(),
                socket: Some(id()),
                reply: Reply::new("[null,[1],2]".to_owned(), vec![]),
            },
            r#"{"type":12,"data":{"requestId":"c145b2d7005df207","packet":null,"more":[[1],2],"socket":"ABCDEFGHIJKLMNOPQRST"}"#,
        ),
        (Body::Close, r#"{"type":13"#),
        (
            Body::AckFailed { request: request.clone(), socket: Some(id()), failure: AckFailure::TooMany },
            r#"{"type":100,"data":{"requestId":"c145b2d7005df207","failure":"too many","socket":"ABCDEFGHIJKLMNOPQRST"}"#,
        ),
        (
            Body::Count { opts: opts(&[]), request: request.clone() },
            r#"{"type":101,"data":{"opts":{"rooms":[],"except":[],"flags":{}},"requestId":"c145b2d7005df207"}"#,
        ),
        (
            Body::CountReply { request: request.clone(), count: 7 },
            r#"{"type":102,"data":{"requestId":"c145b2d7005df207","count":7}"#,
        ),
        (Body::Unhandled { request }, r#"{"type":103,"data":{"requestId":"c145b2d7005df207"}"#),
        (
            Body::Presence(report),
            r#"{"type":104,"data":{"node":"n","all":true,"changes":[{"user":"u","present":true},{"user":"u","present":false,"room":"r"}]}"#,
        ),
    ]
}

#[test]
fn messages_are_written_as_node_writes_them_and_read_back() {
    for (body, json) in messages() {
        let sent = message(body);
        let expected = format!(r#"{json},"uid":"7982b52712a7781d","nsp":"/"}}"#);
        assert_eq!(sent.json(), expected);
        assert_eq!(sent.encode().unwrap(), expected);
        // As JSON and as MessagePack.
        for bytes in [sent.encode().unwrap(), sent.msgpack().unwrap()] {
            let read = format!("{:?}", decoded(bytes));
            // The namespace `/` is not written: an empty range, wherever it is.
            assert_eq!(read.replace("namespace: 1..1", "namespace: 0..0"), format!("{sent:?}"));
        }
    }
}

#[test]
fn binary_values_are_sent_as_messagepack() {
    let args = ("é", Bytes::from_static(&[1, 2]), 1);
    let sent = message(Body::Broadcast { packet: event("hello", &args), opts: opts(&["r"]), request: None });
    let bytes = sent.encode().unwrap();
    assert_eq!(bytes[..19], *b"\x84\xa4type\x03\xa4data\x82\xa6packe");
    let Body::Broadcast { packet, .. } = decoded(bytes).body else { panic!() };
    assert_eq!(packet.args::<(String, Bytes, u8)>().unwrap(), (args.0.to_owned(), args.1.clone(), 1));
    assert_eq!(packet.text(), event("hello", &args).text());
    // The data alone, as Redis Streams has it; the sample is of Node.
    let sent = Body::Broadcast { packet: event("hello", Bytes::from_static(&[1, 2])), opts: opts(&[]), request: None };
    use base64::Engine as _;
    let data = base64::engine::general_purpose::STANDARD.encode(sent.msgpack().unwrap().unwrap());
    assert_eq!(data, "gqZwYWNrZXSCpHR5cGUCpGRhdGGSpWhlbGxvxAIBAqRvcHRzg6Vyb29tc5CmZXhjZXB0kKVmbGFnc4A=");
    let written = write::ack("/", 0, &(Bytes::from_static(b"a"), Bytes::from_static(b"b"))).unwrap();
    let reply = Reply::from(Packet::from(written).into_payload());
    let ack = message(Body::Ack { request: Arc::from("r"), socket: None, reply: reply.clone() });
    let Body::Ack { reply: read, .. } = decoded(ack.encode().unwrap()).body else { panic!() };
    assert_eq!((read.json(), read.attachments()), (reply.json(), reply.attachments()));
}

#[test]
fn emitters_name_the_namespace_in_the_packet_or_by_the_channel() {
    let emitted = r#"{"type":3,"data":{"packet":{"type":2,"data":["a"],"nsp":"/chat"},"opts":{"rooms":[1,"b"],"flags":{},"except":[]}},"uid":"emitter"}"#;
    let read = decoded(emitted);
    assert_eq!((&*read.namespace, &*read.uid), ("/chat", "emitter"));
    let Body::Broadcast { packet, opts, .. } = read.body else { panic!() };
    assert_eq!((packet.namespace(), opts.rooms), ("/chat", vec![Room::from("1"), Room::from("b")]));
    let joined = Bytes::from(r#"{"type":4,"data":{"opts":{"rooms":[],"except":[]},"rooms":["a"]},"uid":"emitter"}"#);
    assert!(Message::decode(&joined, None).is_err());
    assert_eq!(&*Message::decode(&joined, Some("/chat")).unwrap().unwrap().namespace, "/chat");
}

#[test]
fn unknown_messages_are_ignored_and_garbage_is_an_error() {
    assert!(Message::decode(&Bytes::from(r#"{"type":99,"uid":"a","nsp":"/","x":1}"#), None).unwrap().is_none());
    for garbage in [
        "",
        "{",
        "[]",
        "\u{1}",
        r#"{"type":3,"uid":"a","nsp":"/"}"#,
        r#"{"type":3,"data":{"packet":{"type":2,"data":"x"},"opts":{}},"uid":"a","nsp":"/"}"#,
        r#"{"type":3,"data":{"packet":{},"opts":{}},"uid":"a","nsp":"/"}"#,
        r#"{"type":4,"data":{"opts":{},"rooms":[{}]},"uid":"a","nsp":"/"}"#,
        r#"{"type":11,"data":{"requestId":"a","clientCount":-1},"uid":"a","nsp":"/"}"#,
        r#"{"type":13,"uid":"","nsp":"/"}"#,
        r#"{"type":"3","uid":"a","nsp":"/"}"#,
    ] {
        assert!(Message::decode(&Bytes::from(garbage), None).is_err(), "{garbage}");
    }
}

#[test]
fn a_socket_is_left_out_by_its_id_and_disconnecting_with_an_event_is_two_messages() {
    let to = Selection { rooms: vec![Room::from("r")], skip: Some(id()), ..Selection::default() };
    let (namespace, first, second) = Body::of_action(Action::DisconnectWith { to, packet: event("bye", ()) });
    assert_eq!(&*namespace, "/");
    let Body::Broadcast { opts, .. } = first else { panic!() };
    assert_eq!(opts.except, [Room::from(id())]);
    let Some(Body::Disconnect { opts: same, close: false }) = second else { panic!() };
    assert_eq!(same, opts);
}

proptest! {
    #[test]
    fn damaged_messages_never_panic(which: prop::sample::Index, at: prop::sample::Index, byte: u8, msgpack: bool) {
        let all = messages();
        let sent = message(all[which.index(all.len())].0.clone());
        let mut bytes = if msgpack { sent.msgpack() } else { sent.encode() }.unwrap().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Message::decode(&bytes.into(), Some("/"));
    }

    #[test]
    fn arbitrary_text_is_no_message(text in "\\{[\"a-z:,0-9{}\\[\\]]{0,60}") {
        let _ = Message::decode(&text.into_bytes().into(), Some("/"));
    }
}
