//! Typed events, and the same by name: what the client reads.

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use socketio::Event as _;
use socketio::prelude::*;
use socketio::{AckError, Rest, TypedSocket, Value, WriteError};
use tests::session::Client;
use tests::ws::Frame;

use crate::app::App;

#[derive(Serialize)]
struct Point {
    x: u8,
}

#[derive(Serialize, Event)]
#[event(rename_all = "snake_case")]
enum Said {
    Nothing,
    OneThing(String),
    TwoThings(u8, Point),
    ManyWords {
        from: String,
        #[serde(rename = "what")]
        text: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
    #[event("exact:Name")]
    Named(u8),
    OneTuple((u8, u8)),
    OneList([u8; 2]),
    File {
        data: Bytes,
    },
}

#[derive(Event)]
struct Alone(u8, &'static str);

#[derive(Event)]
#[event("unit:event")]
struct Unit;

#[derive(Event)]
#[event("pair")]
struct Borrowed<'a, T: Serialize> {
    a: &'a str,
    b: &'a T,
}

#[derive(Event)]
#[event("confirm", ack = bool)]
struct Confirm(u8);

#[derive(Default)]
struct Idle;

#[namespace("/", manual, emits = (Said, Confirm))]
impl Idle {
    fn on_all(&self, socket: &TypedSocket<Self>) {
        socket.join("room");
        socket.send(Said::Named(1));
        socket.broadcast().send(Said::Named(2));
        socket.within("room").send(Said::Named(3));
        socket.namespace().except("room").send(Said::Named(4));
    }
    async fn on_confirm(&mut self, socket: &TypedSocket<Self>) -> Result<bool, Error> {
        Ok(socket.call(Confirm(5)).await?)
    }
    async fn on_confirm_at_once(&mut self, socket: &TypedSocket<Self>) -> Result<bool, Error> {
        Ok(socket.timeout(Duration::ZERO).call(Confirm(6)).await?)
    }
    fn on_ping(&self) -> u8 {
        1
    }
}

async fn start() -> (App, Client, Socket) {
    let app = App::start(Server::empty().mount::<Idle>()).await;
    let client = app.client().await;
    let socket = app.handle.of("/").sockets().remove(0);
    (app, client, socket)
}

const ZERO: &str = r#"{"_placeholder":true,"num":0}"#;

#[tokio::test]
async fn typed_events_have_a_name_and_arguments() {
    let (_app, mut client, socket) = start().await;
    socket.send(Said::Nothing);
    client.expect(r#"42["nothing"]"#).await;
    socket.send(Said::OneThing("a\"b".into()));
    client.expect(r#"42["one_thing","a\"b"]"#).await;
    socket.send(Said::TwoThings(1, Point { x: 2 }));
    client.expect(r#"42["two_things",1,{"x":2}]"#).await;
    socket.send(Said::ManyWords { from: "a".into(), text: "b".into(), to: None });
    client.expect(r#"42["many_words",{"from":"a","what":"b"}]"#).await;
    socket.send(Said::ManyWords { from: "a".into(), text: "b".into(), to: Some("c".into()) });
    client.expect(r#"42["many_words",{"from":"a","what":"b","to":"c"}]"#).await;
    socket.send(Said::Named(5));
    client.expect(r#"42["exact:Name",5]"#).await;
    socket.send(Said::OneTuple((1, 2)));
    client.expect(r#"42["one_tuple",[1,2]]"#).await;
    socket.send(Said::OneList([1, 2]));
    client.expect(r#"42["one_list",[1,2]]"#).await;
    socket.send(Alone(1, "b"));
    client.expect(r#"42["Alone",1,"b"]"#).await;
    socket.send(Unit);
    client.expect(r#"42["unit:event"]"#).await;
    socket.send(Borrowed { a: "x", b: &Point { x: 1 } });
    client.expect(r#"42["pair",{"a":"x","b":{"x":1}}]"#).await;
    socket.send(Said::File { data: Bytes::from_static(b"abc") });
    client.expect(&format!(r#"451-["file",{{"data":{ZERO}}}]"#)).await;
    client.expect_binary(b"abc").await;
    assert_eq!(Said::ManyWords { from: String::new(), text: String::new(), to: None }.name(), "many_words");
}

#[tokio::test]
async fn targets_send_them_as_sockets_do() {
    let (app, mut client, socket) = start().await;
    let mut other = app.client().await;
    app.handle.of("/").send(Said::Named(1));
    socket.broadcast().send(Said::Named(2));
    socket.within(socket.id()).send(Said::Named(3));
    client.expect(r#"42["exact:Name",1]"#).await;
    client.expect(r#"42["exact:Name",3]"#).await;
    other.expect(r#"42["exact:Name",1]"#).await;
    other.expect(r#"42["exact:Name",2]"#).await;
    app.handle.of("/").send(Said::File { data: Bytes::from_static(b"all") });
    for client in [&mut client, &mut other] {
        client.expect(&format!(r#"451-["file",{{"data":{ZERO}}}]"#)).await;
        client.expect_binary(b"all").await;
    }
}

#[tokio::test]
async fn typed_views_send_as_sockets_and_targets_do() {
    let (app, mut client, _socket) = start().await;
    let mut other = app.client().await;
    client.send(r#"42["all"]"#).await;
    client.expect(r#"42["exact:Name",1]"#).await;
    client.expect(r#"42["exact:Name",3]"#).await;
    other.expect(r#"42["exact:Name",2]"#).await;
    other.expect(r#"42["exact:Name",4]"#).await;
    app.handle.of("/").to("room").typed::<Idle>().send(Said::Named(7));
    client.expect(r#"42["exact:Name",7]"#).await;

    client.send(r#"428["confirm"]"#).await;
    let question = crate::app::text(&mut client).await;
    let id = question.trim_start_matches("42").split('[').next().unwrap();
    assert!(question.ends_with(r#"["confirm",5]"#), "{question}");
    client.send(format!("43{id}[true]")).await;
    client.expect("438[true]").await;
    client.send(r#"429["confirm_at_once"]"#).await;
    assert!(crate::app::text(&mut client).await.ends_with(r#"["confirm",6]"#));
    let answer = crate::app::text(&mut client).await;
    assert!(answer.starts_with(r#"439[{"error":{"code":"timeout""#), "{answer}");
}

#[tokio::test]
async fn by_name_a_tuple_is_several_arguments_and_nothing_else_is() {
    let (_app, mut client, socket) = start().await;
    let list = vec![1, 2];
    socket.emit("none", ());
    socket.emit("one", 1);
    socket.emit("one", (1,));
    socket.emit("two", (1, "b"));
    let pair = &(1, "b");
    socket.emit("two", pair);
    socket.emit("list", &list);
    socket.emit("array", [1, 2]);
    socket.emit("null", None::<u8>);
    socket.emit("some", Some((1, 2)));
    socket.emit("nested", ((1, 2), [3]));
    socket.emit("text", "a, b");
    socket.emit("object", Point { x: 1 });
    socket.emit("rest", Rest(vec![Value::from(1), Value::Null]));
    socket.emit("na\"me ü", ());
    for expected in [
        r#"["none"]"#,
        r#"["one",1]"#,
        r#"["one",1]"#,
        r#"["two",1,"b"]"#,
        r#"["two",1,"b"]"#,
        r#"["list",[1,2]]"#,
        r#"["array",[1,2]]"#,
        r#"["null",null]"#,
        r#"["some",[1,2]]"#,
        r#"["nested",[1,2],[3]]"#,
        r#"["text","a, b"]"#,
        r#"["object",{"x":1}]"#,
        r#"["rest",1,null]"#,
        r#"["na\"me ü"]"#,
    ] {
        client.expect(&format!("42{expected}")).await;
    }
}

#[tokio::test]
async fn what_cannot_be_sent_goes_to_nobody_and_harms_nobody() {
    let (app, mut client, socket) = start().await;
    let unwritable = std::collections::BTreeMap::from([(vec![1u8], 1)]);
    socket.emit("bad", &unwritable);
    app.handle.of("/").emit("bad", &unwritable);
    // Names that belong to the protocol.
    for name in ["connect", "disconnect", "connect_error", "disconnecting", "newListener", "removeListener"] {
        socket.emit(name, ());
    }
    // More attachments than a client's parser takes.
    let many: Vec<Bytes> = vec![Bytes::from_static(b"x"); 11];
    socket.emit("many", &many);
    socket.emit("ten", &many[..10]);
    let packet = crate::app::text(&mut client).await;
    assert!(packet.starts_with(r#"4510-["ten","#), "{packet}");
    for _ in 0..10 {
        assert_eq!(client.next().await, Frame::Binary(Bytes::from_static(b"x")));
    }
    assert_eq!(crate::app::ask(&mut client, r#"["ping"]"#).await, "[1]");
}

#[tokio::test]
async fn try_emit_returns_what_emit_logs() {
    let (app, mut client, socket) = start().await;
    let unwritable = std::collections::BTreeMap::from([(vec![1u8], 1)]);
    assert!(matches!(socket.try_emit("bad", &unwritable), Err(WriteError::Serialize(_))));
    let everyone = app.handle.of("/");
    assert!(matches!(everyone.try_emit("disconnect", ()), Err(WriteError::ReservedName(name)) if name == "disconnect"));
    let many: Vec<Bytes> = vec![Bytes::from_static(b"x"); 11];
    let error = everyone.try_emit("many", &many).unwrap_err();
    assert!(matches!(error, WriteError::TooManyAttachments { attachments: 11, limit: 10 }));
    assert_eq!(error.to_string(), "11 attachments, and at most 10 are sent (`Server::max_sent_attachments`)");
    assert_eq!(socket.emit_with_ack::<u8>("many", &many).await, Err(AckError::Unwritable(error.to_string())));
    socket.try_emit("good", 1).unwrap();
    everyone.to("an empty room").try_emit("good", 2).unwrap();
    client.expect(r#"42["good",1]"#).await;
    assert_eq!(crate::app::ask(&mut client, r#"["ping"]"#).await, "[1]");
}

#[tokio::test]
async fn the_limits_on_sent_and_received_attachments_are_two() {
    let app = App::start(Server::empty().mount::<Idle>().max_attachments(12).max_sent_attachments(1)).await;
    let mut client = app.client().await;
    let socket = app.handle.of("/").sockets().remove(0);
    let two = [Bytes::from_static(b"x"), Bytes::from_static(b"y")];
    assert!(matches!(socket.try_emit("two", &two), Err(WriteError::TooManyAttachments { attachments: 2, limit: 1 })));
    socket.emit("one", &two[0]);
    client.expect(&format!(r#"451-["one",{ZERO}]"#)).await;
    client.expect_binary(b"x").await;
    // What clients may send is not what they are sent.
    let twelve = (0..12).map(|n| format!(r#",{{"_placeholder":true,"num":{n}}}"#)).collect::<String>();
    client.send(format!(r#"4512-7["ping"{twelve}]"#)).await;
    for _ in 0..12 {
        client.ws.binary(&b"x"[..]).await;
    }
    client.expect("437[1]").await;
}
