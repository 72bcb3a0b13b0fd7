//! `socketio::packet` as a program uses it: a proxy between published clients, and packets that are written and read without a server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod relay;

use bytes::Bytes;
use socketio::packet::{Decoder, Kind, Limits, Packet, PacketError};
use tests::{npm, tools};

#[test]
fn a_proxy_relays_packets_between_two_clients() {
    if tools::present("a_proxy_relays_packets_between_two_clients", &["node", "npm"]) {
        let relay = relay::Running::start(Limits { attachments: 2, attachment_bytes: 5_000, ..Limits::default() });
        npm::run("packets.test.mjs", &relay.url(), &[]);
    }
}

/// Reads the messages of a packet as they would come from a connection.
fn read(packet: &Packet, limits: Limits) -> Result<Packet, PacketError> {
    let mut decoder = Decoder::new(limits);
    let mut read = decoder.text(packet.text().into())?;
    for attachment in packet.attachments() {
        assert!(read.is_none() && decoder.is_pending());
        read = decoder.binary(attachment.clone())?;
    }
    Ok(read.unwrap())
}

#[test]
fn arguments_survive_another_namespace_and_id() {
    let args = ("é\u{1f600}", Bytes::from_static(b"one"), 7, Bytes::from_static(b"two"));
    let packet = Packet::event("/a", Some(1), "file", &args).unwrap();
    let moved = read(&packet.readdressed("/b", Some(2)), Limits::default()).unwrap();
    assert_eq!((moved.kind(), moved.namespace(), moved.id()), (Kind::BinaryEvent, "/b", Some(2)));
    assert_eq!(moved.event_name().as_deref(), Some("file"));
    assert_eq!(moved.args::<(String, Bytes, u8, Bytes)>().unwrap(), (args.0.to_owned(), args.1, args.2, args.3));
    let root = read(&packet.readdressed("/", None), Limits::default()).unwrap();
    assert_eq!((root.namespace(), root.id(), root.data()), ("/", None, packet.data()));
}

#[test]
fn arguments_are_read_into_types_or_refused() {
    let event = Packet::event("/", None, "a", &(1, "b")).unwrap();
    assert_eq!(event.args::<(u8, String)>().unwrap(), (1, "b".to_owned()));
    assert_eq!(event.args::<(u8, String, Option<u8>)>().unwrap(), (1, "b".to_owned(), None));
    assert_eq!((event.args::<u8>().unwrap(), event.args::<()>()), (1, Ok(())));
    assert!(matches!(event.args::<(String,)>(), Err(PacketError::IllegalArguments(_))));
    assert!(matches!(event.args::<(u8, String, u8)>(), Err(PacketError::IllegalArguments(_))));
    assert_eq!(Packet::ack("/", 1, &true).unwrap().args::<bool>(), Ok(true));
    assert_eq!(Packet::disconnect("/").args::<()>(), Err(PacketError::IllegalPayload));
    let malformed = Decoder::new(Limits::default()).text(r#"2["a",]"#.into()).unwrap().unwrap();
    assert!(matches!(malformed.args::<()>(), Err(PacketError::IllegalArguments(_))));
}

#[test]
fn limits_refuse_before_anything_is_kept() {
    let limits = Limits { attachments: 1, attachment_bytes: 3, namespace_len: 4, event_len: 5 };
    let refused = |packet: &Packet| read(packet, limits).unwrap_err();
    let two = Packet::event("/", None, "a", &(Bytes::from_static(b"1"), Bytes::from_static(b"2"))).unwrap();
    assert_eq!(refused(&two), PacketError::TooManyAttachments(1));
    let large = Packet::event("/", None, "a", &Bytes::from_static(b"1234")).unwrap();
    assert_eq!(refused(&large), PacketError::AttachmentsTooLarge(3));
    assert_eq!(refused(&Packet::disconnect("/long")), PacketError::NamespaceTooLong(4));
    let long = Packet::event("/", None, "longer", &Bytes::from_static(b"1")).unwrap();
    assert_eq!(refused(&long), PacketError::EventNameTooLong(5));
}

#[test]
fn the_payload_of_a_connect_is_an_object() {
    let join = Packet::connect("/a", &serde_json::json!({ "token": 7 })).unwrap();
    assert_eq!((join.kind(), join.namespace(), join.data()), (Kind::Connect, "/a", r#"{"token":7}"#));
    assert_eq!(Packet::connect("/", &()).unwrap().text(), "0");
    assert!(Packet::connect("/", &7).is_err() && Packet::connect("/", "x").is_err());
}
