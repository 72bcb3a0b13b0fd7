//! Bytes inside typed arguments, both ways.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use socketio::prelude::*;
use socketio::{Rest, Value};
use tests::session::Client;
use tests::ws::Frame;

use crate::app::{App, text};

#[derive(Deserialize, Serialize)]
struct File {
    name: String,
    data: Bytes,
    parts: Vec<Bytes>,
    seal: Option<Bytes>,
}

#[derive(Deserialize, Serialize)]
enum Either {
    Text(String),
    Data(Bytes),
    Named { data: Bytes },
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Data(Bytes),
    Named { data: Bytes },
}

#[derive(Deserialize, Serialize)]
struct Inner {
    data: Bytes,
}

#[derive(Deserialize, Serialize)]
struct Outer {
    id: u8,
    #[serde(flatten)]
    inner: Inner,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "kind")]
enum Tagged {
    Data { data: Bytes },
}

#[derive(Default)]
struct Blobs;

#[namespace("/", manual)]
impl Blobs {
    fn on_bytes(&self, data: Bytes) -> Bytes {
        data
    }
    async fn on_length(&mut self, a: Bytes, b: Bytes) -> (usize, usize) {
        (a.len(), b.len())
    }
    fn on_file(&self, file: File) -> File {
        file
    }
    fn on_either(&self, either: Either) -> Either {
        either
    }
    fn on_untagged(&self, untagged: Untagged) -> Untagged {
        untagged
    }
    fn on_flatten(&self, outer: Outer) -> Outer {
        outer
    }
    fn on_tagged(&self, tagged: Tagged) -> Tagged {
        tagged
    }
    fn on_value(&self, value: Value) -> Value {
        value
    }
    fn on_rest(&self, args: Rest<Value>) -> Rest<Value> {
        args
    }
    fn on_optional(&self, data: Option<Bytes>) -> Option<Bytes> {
        data
    }
    fn on_push(&self, socket: &Socket, data: Bytes) {
        socket.emit("pushed", (1, &data, [&data]));
    }
    fn on_fails(&self, _data: Bytes) -> Result<Bytes, Error> {
        Err(Error::new("no", "not that"))
    }
    fn on_ping(&self) -> u8 {
        1
    }
}

async fn start() -> Client {
    let app = App::start(Server::empty().mount::<Blobs>()).await;
    app.client().await
}

fn bytes(data: &'static [u8]) -> Frame {
    Frame::Binary(Bytes::from_static(data))
}

const ZERO: &str = r#"{"_placeholder":true,"num":0}"#;
const ONE: &str = r#"{"_placeholder":true,"num":1}"#;
const TWO: &str = r#"{"_placeholder":true,"num":2}"#;

async fn send(client: &mut Client, packet: &str, attachments: &[&'static [u8]]) {
    client.send(packet).await;
    for data in attachments {
        client.ws.binary(*data).await;
    }
}

/// What goes in with attachments comes back as the same JSON with the same attachments.
async fn comes_back(client: &mut Client, event: &str, json: &str, attachments: &[&'static [u8]]) {
    let count = attachments.len();
    send(client, &format!(r#"45{count}-7["{event}",{json}]"#), attachments).await;
    client.expect(&format!("46{count}-7[{json}]")).await;
    for data in attachments {
        assert_eq!(client.next().await, bytes(data), "{event}");
    }
}

#[tokio::test]
async fn bytes_anywhere_in_a_type_both_ways() {
    let mut client = start().await;
    let c = &mut client;
    comes_back(c, "bytes", ZERO, &[b"\x00\xff"]).await;
    comes_back(c, "bytes", ZERO, &[b""]).await;
    let file = format!(r#"{{"name":"a","data":{ZERO},"parts":[{ONE}],"seal":{TWO}}}"#);
    comes_back(c, "file", &file, &[b"one", b"two", b"three"]).await;
    let unsealed = format!(r#"{{"name":"a","data":{ZERO},"parts":[],"seal":null}}"#);
    comes_back(c, "file", &unsealed, &[b"one"]).await;
    comes_back(c, "either", &format!(r#"{{"Data":{ZERO}}}"#), &[b"x"]).await;
    comes_back(c, "either", &format!(r#"{{"Named":{{"data":{ZERO}}}}}"#), &[b"x"]).await;
    comes_back(c, "untagged", ZERO, &[b"x"]).await;
    comes_back(c, "untagged", &format!(r#"{{"data":{ZERO}}}"#), &[b"x"]).await;
    comes_back(c, "flatten", &format!(r#"{{"id":1,"data":{ZERO}}}"#), &[b"x"]).await;
    comes_back(c, "tagged", &format!(r#"{{"kind":"Data","data":{ZERO}}}"#), &[b"x"]).await;
    comes_back(c, "value", &format!(r#"{{"b":[{ZERO},null,{{"c":{ONE}}}],"a":1}}"#), &[b"x", b"y"]).await;
    comes_back(c, "rest", &format!(r#"1,{ZERO},"c",[{ONE}]"#), &[b"x", b"y"]).await;
    comes_back(c, "optional", ZERO, &[b"x"]).await;
}

#[tokio::test]
async fn types_with_bytes_take_packets_without() {
    let mut client = start().await;
    let table = [
        (r#"["either",{"Text":"a"}]"#, r#"[{"Text":"a"}]"#),
        (r#"["untagged",5]"#, "[5]"),
        (r#"["optional"]"#, "[null]"),
        (r#"["optional",null]"#, "[null]"),
    ];
    for (event, expected) in table {
        assert_eq!(crate::app::ask(&mut client, event).await, expected, "{event}");
    }
}

#[tokio::test]
async fn placeholders_are_matched_by_number_in_any_order() {
    let mut client = start().await;
    send(&mut client, &format!(r#"452-7["length",{ONE},{ZERO}]"#), &[b"a", b"bb"]).await;
    client.expect("437[2,1]").await;
    // The reply numbers them in its own order.
    send(&mut client, &format!(r#"452-7["rest",{ONE},{ZERO}]"#), &[b"a", b"bb"]).await;
    client.expect(&format!("462-7[{ZERO},{ONE}]")).await;
    assert_eq!(client.next().await, bytes(b"bb"));
    assert_eq!(client.next().await, bytes(b"a"));
}

#[tokio::test]
async fn extra_attachments_and_arguments_are_ignored() {
    let mut client = start().await;
    send(
        &mut client,
        &format!(r#"452-7["length",{ZERO},{ONE},5,{{"a":[{TWO}]}}]"#).replace("452-", "453-"),
        &[b"a", b"bb", b"c"],
    )
    .await;
    client.expect("437[1,2]").await;
    send(&mut client, &format!(r#"451-7["ping",{ZERO}]"#), &[b"a"]).await;
    client.expect("437[1]").await;
}

#[tokio::test]
async fn the_server_emits_bytes() {
    let mut client = start().await;
    send(&mut client, &format!(r#"451-["push",{ZERO}]"#), &[b"abc"]).await;
    client.expect(&format!(r#"452-["pushed",1,{ZERO},[{ONE}]]"#)).await;
    assert_eq!(client.next().await, bytes(b"abc"));
    assert_eq!(client.next().await, bytes(b"abc"));
}

#[tokio::test]
async fn bytes_that_do_not_fit_are_a_bad_request() {
    let mut client = start().await;
    let table = [
        (r#"427["bytes",5]"#.to_owned(), &[][..], "argument 0 `data`: invalid type: integer `5`, expected"),
        (format!(r#"451-7["either",{ZERO}]"#), &[&b"x"[..]][..], "argument 0 `either`:"),
        (format!(r#"451-7["length",{ZERO}]"#), &[&b"x"[..]][..], "argument 1 `b`: missing"),
        (
            format!(r#"451-7["fails",1,{ZERO}]"#),
            &[&b"x"[..]][..],
            "argument 0 `data`: invalid type: integer `1`, expected byte array",
        ),
    ];
    for (packet, attachments, expected) in &table {
        send(&mut client, packet, attachments).await;
        let reply = text(&mut client).await;
        assert!(reply.starts_with("437["), "{reply}");
        let reply = crate::app::json(&reply);
        let error = &reply[0]["error"];
        assert_eq!(error["code"], "bad_request", "{packet}");
        assert!(error["message"].as_str().unwrap().starts_with(expected), "{packet}: {error}");
    }
    send(&mut client, &format!(r#"451-7["fails",{ZERO}]"#), &[b"x"]).await;
    client.expect(r#"437[{"error":{"code":"no","message":"not that"}}]"#).await;
}

#[tokio::test]
async fn a_large_attachment_travels_whole() {
    let mut client = start().await;
    let data: Bytes = (0..900_000u32).map(|n| n as u8).collect::<Vec<_>>().into();
    client.send(format!(r#"451-7["bytes",{ZERO}]"#)).await;
    client.ws.binary(data.clone()).await;
    client.expect(&format!("461-7[{ZERO}]")).await;
    assert_eq!(client.next().await, Frame::Binary(data));
}
