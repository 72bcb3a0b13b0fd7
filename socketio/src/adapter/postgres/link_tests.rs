//! Tests of what is published; those with a real server are in the repository's `tests`.

use super::*;
use crate::adapter::Selection;
use crate::adapter::cluster::{Body, Opts};
use crate::packet::Packet;

fn link() -> PostgresLink {
    PostgresLink::new(Config::new(), Settings::default(), Arc::from("7982b52712a7781d"))
}

fn message(args: impl serde::Serialize) -> Message {
    let packet = Packet::event("/", None, "a", &args).unwrap();
    let body = Body::Broadcast { packet, opts: Opts::from(Selection::default()), request: None };
    Message { uid: Arc::from("7982b52712a7781d"), namespace: Arc::from("/"), body }
}

#[test]
fn messages_of_8000_bytes_and_binary_ones_are_rows() {
    let empty = message("").json().len();
    for (length, is_row) in [(7999, false), (8000, true), (8001, true)] {
        let sent = message("x".repeat(length - empty));
        assert_eq!(sent.json().len(), length);
        let (item, bytes) = link().encode(&sent, None).unwrap();
        assert_eq!(item.channel, "socket.io#/");
        assert_eq!(matches!(item.content, Content::Row { .. }), is_row, "{length}");
        assert!(bytes <= length);
    }
    let (item, _) = link().encode(&message(Bytes::from_static(b"x")), None).unwrap();
    let Content::Row { payload, before, after } = item.content else { panic!() };
    assert_eq!(format!("{before}42{after}"), r#"{"uid":"7982b52712a7781d","type":3,"attachmentId":"42"}"#);
    assert!(Message::decode(&payload.into(), None).unwrap().is_some());
}

#[test]
fn names_are_quoted() {
    let settings = Settings { table: "a.b\"c".to_owned(), ..Settings::default() };
    assert_eq!(settings.quoted_table(), r#""a"."b""c""#);
    assert!(settings.channel("/\0").is_err());
}
