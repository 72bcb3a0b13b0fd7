//! The messages of `@socket.io/redis-adapter` 8.3, byte by byte, and what is none.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::channels::{Channels, Use};
use super::codec::{Incoming, OldRequest};
use crate::adapter::cluster::{Body, EMITTER, Message, Opts, Request};
use crate::adapter::{Reply, Room};
use crate::engine::Id;
use crate::packet::Packet;

fn channels(specific: bool) -> Channels {
    Channels { key: "socket.io".into(), uid: "Sl3mVr".into(), specific }
}

fn message(body: Body) -> Message {
    Message { uid: "Sl3mVr".into(), namespace: "/".into(), body }
}

/// What is published: the channel, and the payload as text, or in hexadecimal digits if it is MessagePack.
fn encoded(specific: bool, body: Body, asker: Option<&str>) -> (String, String) {
    let outgoing = channels(specific).encode(&message(body), asker).unwrap();
    let payload = match outgoing.payload.first() {
        Some(b'{') => String::from_utf8(outgoing.payload.to_vec()).unwrap(),
        _ => outgoing.payload.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    (outgoing.channel.to_string(), payload)
}

fn rooms(names: &[&str]) -> Opts {
    Opts { rooms: names.iter().map(|name| Room::from(*name)).collect(), ..Opts::default() }
}

fn bytes_of(hex: &str) -> Bytes {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn decoded(channel: Use<'_>, payload: impl Into<Bytes>) -> Message {
    match Channels::decode(channel, "/", &payload.into()).unwrap() {
        Some(Incoming::Message(message)) => message,
        other => panic!("{other:?}"),
    }
}

const ONE: &str = "93a6536c336d567283a47479706502a46461746192a568656c6c6fc4020102a36e7370a12f83a5726f6f6d7391a5726f6f6d31\
    a665786365707490a5666c61677380";

#[test]
fn broadcasts_are_those_of_node() {
    let packet = Packet::event("/", None, "hello", &(Bytes::from_static(&[1, 2]),)).unwrap();
    let body = Body::Broadcast { packet, opts: rooms(&["room1"]), request: None };
    assert_eq!(encoded(false, body, None), ("socket.io#/#room1#".to_owned(), ONE.to_owned()));
    for (names, channel) in [(&[][..], "socket.io#/#"), (&["a", "b"], "socket.io#/#")] {
        let packet = Packet::event("/", None, "hello", &1).unwrap();
        let body = Body::Broadcast { packet, opts: rooms(names), request: None };
        assert_eq!(encoded(true, body, None).0, channel);
    }
    let read = decoded(Use::Broadcast { room: Some("room1") }, bytes_of(ONE));
    let Body::Broadcast { packet, opts, request: None } = read.body else { panic!("{read:?}") };
    assert_eq!((&*read.uid, opts), ("Sl3mVr", rooms(&["room1"])));
    assert_eq!(packet.args::<Bytes>().unwrap(), Bytes::from_static(&[1, 2]));
}

#[test]
fn requests_and_answers_are_those_of_node() {
    let (request, socket) = (Arc::<str>::from("req003"), Id::parse("abcdefghijklmnopqrst"));
    let asked = Some(Request { id: request.clone(), ours: false });
    let ask = Packet::event("/", None, "ask", &()).unwrap();
    let opts = Opts { timeout: Some(Duration::from_secs(1)), ..rooms(&["r"]) };
    let one = |json: &str| Reply::new(json.to_owned(), Vec::new());
    let (requests, all, own) = ("socket.io-request#/#", "socket.io-response#/#", "socket.io-response#/#asker1#");
    let any = r#""opts":{"rooms":["r"],"except":[],"flags":{}}"#;
    for (body, channel, text) in [
        (
            Body::Join { opts: rooms(&["r"]), rooms: vec!["a".into()] },
            requests,
            format!(r#"{{"uid":"Sl3mVr","type":2,{any},"rooms":["a"]}}"#),
        ),
        (
            Body::Leave { opts: rooms(&["r"]), rooms: vec!["a".into()] },
            requests,
            format!(r#"{{"uid":"Sl3mVr","type":3,{any},"rooms":["a"]}}"#),
        ),
        (
            Body::Disconnect { opts: rooms(&["r"]), close: true },
            requests,
            format!(r#"{{"uid":"Sl3mVr","type":4,{any},"close":true}}"#),
        ),
        (
            Body::Fetch { opts: rooms(&["r"]), request: request.clone() },
            requests,
            format!(r#"{{"uid":"Sl3mVr","type":5,{any},"requestId":"req003"}}"#),
        ),
        (
            Body::ServerEvent { packet: ask.clone(), request: None },
            requests,
            r#"{"uid":"Sl3mVr","type":6,"data":["ask"]}"#.to_owned(),
        ),
        (
            Body::FetchReply { request: request.clone(), sockets: Vec::new() },
            own,
            r#"{"uid":"Sl3mVr","type":5,"requestId":"req003","sockets":[]}"#.to_owned(),
        ),
        (
            Body::ServerEventReply { request: request.clone(), reply: one(r#"["resp"]"#) },
            all,
            r#"{"uid":"Sl3mVr","type":6,"requestId":"req003","data":"resp","more":[]}"#.to_owned(),
        ),
        (
            Body::ClientCount { request: request.clone(), count: 2 },
            own,
            r#"{"uid":"Sl3mVr","type":8,"requestId":"req003","clientCount":2}"#.to_owned(),
        ),
    ] {
        assert_eq!(encoded(true, body, Some("asker1")), (channel.to_owned(), text));
    }
    let body = Body::Ack { request: request.clone(), socket, reply: one(r#"["answer"]"#) };
    let (channel, payload) = encoded(false, body, Some("asker1"));
    assert_eq!(channel, all);
    let read = decoded(Use::Response, bytes_of(&payload));
    assert!(
        matches!(read.body, Body::Ack { socket: read, reply, .. } if read == socket && reply.json() == r#"["answer"]"#)
    );
    let body = Body::Broadcast { packet: ask, opts: opts.clone(), request: asked };
    let (channel, payload) = encoded(false, body, None);
    assert_eq!(channel, requests);
    let read = decoded(Use::Request, bytes_of(&payload));
    assert!(matches!(read.body, Body::Broadcast { opts: read, request: Some(read_request), .. }
        if read == opts && *read_request.id == *request));
}

#[test]
fn answers_of_node_have_no_sender() {
    let ack = bytes_of("83a47479706509a9726571756573744964a6726571303035a67061636b6574a6616e73776572");
    let read = decoded(Use::Response, ack);
    assert_eq!(&*read.uid, EMITTER);
    assert!(matches!(read.body, Body::Ack { request, socket: None, reply }
        if *request == *"req005" && reply.json() == r#"["answer"]"#));
    let read = decoded(Use::Response, r#"{"type":6,"requestId":"r","data":{"a":1}}"#);
    assert!(matches!(read.body, Body::ServerEventReply { reply, .. } if reply.json() == r#"[{"a":1}]"#));
    let read = decoded(
        Use::Response,
        r#"{"requestId":"r","sockets":[{"id":"abcdefghijklmnopqrst","handshake":{"url":"/"},"rooms":["abcdefghijklmnopqrst",7],"data":{"n":1}}]}"#,
    );
    assert!(matches!(read.body, Body::FetchReply { sockets, .. }
        if sockets[0].rooms[1] == "7" && &*sockets[0].data == r#"{"n":1}"#));
}

#[test]
fn messages_of_the_emitter_are_understood() {
    let event = "93a7656d697474657283a47479706502a46461746192a568656c6c6f01a36e7370a12f83a5726f6f6d7390a5666c61677380\
        a665786365707490";
    let read = decoded(Use::Broadcast { room: None }, bytes_of(event));
    assert!(matches!(&read.body, Body::Broadcast { packet, .. } if packet.data() == r#"["hello",1]"#));
    assert_eq!(&*read.uid, EMITTER);
    let read = decoded(Use::Request, r#"{"type":2,"opts":{"rooms":["r"],"except":[]},"rooms":["a"]}"#);
    assert_eq!(&*read.uid, EMITTER);
    assert!(matches!(read.body, Body::Join { .. }));
    let read = decoded(Use::Request, r#"{"uid":"emitter","type":6,"data":["ev",1]}"#);
    assert!(matches!(read.body, Body::ServerEvent { packet, request: None } if packet.data() == r#"["ev",1]"#));
}

#[test]
fn server_events_with_bytes_are_messagepack() {
    let packet = Packet::event("/", None, "file", &(Bytes::from_static(b"x"), "end")).unwrap();
    let request = Some(Request { id: "r".into(), ours: true });
    let outgoing = channels(false).encode(&message(Body::ServerEvent { packet, request }), None).unwrap();
    let read = decoded(Use::Request, outgoing.payload);
    let Body::ServerEvent { packet, request: Some(request) } = read.body else { panic!() };
    assert_eq!(packet.args::<(Bytes, String)>().unwrap(), (Bytes::from_static(b"x"), "end".to_owned()));
    assert!(request.ours);
    let reply = Reply::new(r#"[{"_placeholder":true,"num":0},2]"#.to_owned(), vec![Bytes::from_static(b"y")]);
    let body = Body::ServerEventReply { request: "r".into(), reply };
    let outgoing = channels(false).encode(&message(body), None).unwrap();
    let Body::ServerEventReply { reply, .. } = decoded(Use::Response, outgoing.payload).body else { panic!() };
    assert_eq!(reply.json(), r#"[{"_placeholder":true,"num":0},2]"#);
    assert_eq!(reply.attachments(), [Bytes::from_static(b"y")]);
}

#[test]
fn messages_of_ours_are_read_again() {
    for body in [
        Body::Heartbeat { node: Some("n".into()) },
        Body::InitialHeartbeat { node: None },
        Body::Close,
        Body::Count { opts: Opts::default(), request: "r".into() },
    ] {
        let kind = body.kind();
        let outgoing = channels(false).encode(&message(body), None).unwrap();
        assert_eq!((&*outgoing.channel, outgoing.payload[0]), ("socket.io-request#/#", b'{'));
        // Node knows the types 0 to 9.
        let text = String::from_utf8(outgoing.payload.to_vec()).unwrap();
        assert!(text.contains(&format!(r#""type":{}"#, 200 + u64::from(kind))), "{text}");
        assert_eq!(decoded(Use::Request, text).body.kind(), kind);
    }
    for body in [Body::CountReply { request: "r".into(), count: 3 }, Body::Unhandled { request: "r".into() }] {
        let kind = body.kind();
        let outgoing = channels(true).encode(&message(body), Some("asker1")).unwrap();
        assert_eq!(&*outgoing.channel, "socket.io-response#/#asker1#");
        assert_eq!(decoded(Use::Response, outgoing.payload).body.kind(), kind);
    }
}

#[test]
fn older_requests_are_found() {
    let old = |text: &'static str| match Channels::decode(Use::Request, "/", &Bytes::from(text)) {
        Ok(Some(Incoming::Old { asker, kind, .. })) => Some((asker.to_string(), kind)),
        Ok(None) => None,
        other => panic!("{other:?}"),
    };
    let socket = Id::parse("abcdefghijklmnopqrst").unwrap();
    assert_eq!(old(r#"{"uid":"u","requestId":"r","type":1}"#), Some(("u".to_owned(), OldRequest::Rooms)));
    let sockets = OldRequest::Sockets(vec!["a".into(), "7".into()]);
    assert_eq!(old(r#"{"requestId":"r","type":0,"rooms":["a",7]}"#), Some((EMITTER.to_owned(), sockets)));
    let moved = OldRequest::Move { socket, room: "x".into(), join: false };
    let text = r#"{"requestId":"r","type":3,"sid":"abcdefghijklmnopqrst","room":"x"}"#;
    assert_eq!(old(text), Some((EMITTER.to_owned(), moved)));
    // Ids of another form belong to nobody here.
    assert_eq!(old(r#"{"requestId":"r","type":4,"sid":"x","close":true}"#), None);
}

#[test]
fn garbage_is_refused_and_strange_messages_are_ignored() {
    let decode = |channel, payload: &[u8]| Channels::decode(channel, "/", &Bytes::copy_from_slice(payload));
    let event = Use::Broadcast { room: None };
    for payload in [
        &b""[..],
        b"hello",
        b"{",
        b"{}",
        b"[1,2]",
        b"\xc1",
        b"\x93\xa1u\x01\x02",
        b"\xdf\xff\xff\xff\xff",
        b"{\"type\":\"x\"}",
    ] {
        assert!(decode(event, payload).is_err(), "{payload:?}");
    }
    for channel in [Use::Request, Use::Response] {
        for payload in [&b""[..], b"hello", b"{", b"\x93\xa1u\x01\x02", b"{\"type\":\"x\"}", b"{\"uid\":7,\"type\":2}"]
        {
            assert!(decode(channel, payload).is_err(), "{payload:?}");
        }
        for payload in [&b"{}"[..], b"{\"type\":99}", b"{\"type\":18446744073709551615}", b"\x80"] {
            assert!(matches!(decode(channel, payload), Ok(None)), "{payload:?}");
        }
    }
    // An event of another namespace, which a channel of this one does not have.
    let other = "93a17583a47479706502a46461746191a161a36e7370a22f7883a5726f6f6d7390a665786365707490a5666c61677380";
    assert!(matches!(decode(event, &bytes_of(other)), Ok(None)));
}
