//! `Middleware::incoming`: every event and acknowledgement of a client, before anything else sees it.

use socketio::packet::Packet;
use socketio::prelude::*;
use socketio::{Context, Middleware};
use tests::ws::Frame;

use crate::app::{App, a_moment, ask, ask_error, log, text};
use crate::{Recorder, recorded, server};

/// Refuses what is named `refused`, panics at `panics`, and drops acknowledgements.
struct Strict;

impl Middleware for Strict {
    fn incoming(&self, cx: &Context, _: &Packet) -> Result<(), Error> {
        match cx.event().as_str() {
            "refused" | "ack" => Err(Error::new("strict", "not here").with_data(&7)),
            "panics" => panic!("a secret"),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn it_sees_the_whole_packet_of_events_and_acknowledgements() {
    let (log, mut heard) = log();
    let app = recorded(&log).await;
    let mut client = app.client().await;
    heard.expect(&["m: connect /", "on_connect"]).await;
    client.send(r#"42["echo",1]"#).await;
    heard.expect(&[r#"m: in Event echo ["echo",1] +0"#, "on_echo"]).await;
    // An event that nobody handles is an event.
    client.send(r#"42["nobody",{"a":[]}]"#).await;
    heard.expect(&[r#"m: in Event nobody ["nobody",{"a":[]}] +0"#]).await;
    heard.expect(&[r#"m: out Event ["error",{"code":"not_found","message":"no handler for `nobody`","event":"nobody"}] false to one"#]).await;
    client.send(r#"451-7["echo",{"_placeholder":true,"num":0}]"#).await;
    client.ws.binary(vec![1, 2]).await;
    heard.expect(&[r#"m: in BinaryEvent echo ack ["echo",{"_placeholder":true,"num":0}] +1"#, "on_echo"]).await;
    heard.expect(&[r#"m: out BinaryAck [{"_placeholder":true,"num":0}] true to one"#]).await;
    client.send(r#"428["ask","why"]"#).await;
    heard.expect(&[r#"m: in Event ask ack ["ask","why"] +0"#, r#"m: out Event ["question","why"] true to one"#]).await;
    client.send(r#"430["because"]"#).await;
    heard.expect(&[r#"m: in Ack ack ["because"] +0"#, r#"m: out Ack ["because"] true to one"#]).await;
}

#[tokio::test]
async fn its_error_answers_the_client_and_nothing_else_runs() {
    let (log, mut heard) = log();
    let server = server(&log).middleware(Strict).middleware(Recorder("later", log.clone()));
    let app = App::start(server).await;
    let mut client = app.client().await;
    heard.expect(&["later: connect /", "on_connect"]).await;
    let reply = ask(&mut client, r#"["refused"]"#).await;
    assert_eq!(reply, r#"[{"error":{"code":"strict","message":"not here","data":7}}]"#);
    client.send(r#"42["refused"]"#).await;
    client.expect(r#"42["error",{"code":"strict","message":"not here","event":"refused"}]"#).await;
    // Only the answers.
    let error = r#"later: out Ack [{"error":{"code":"strict","message":"not here","data":7}}] true to one"#;
    heard.expect(&[error]).await;
    assert!(heard.next().await.starts_with("later: out Event [\"error\""));
    heard.silent().await;
}

#[tokio::test]
async fn its_panic_fails_that_packet_only() {
    let (log, _heard) = log();
    let logged = crate::app::capture();
    let app = App::start(server(&log).middleware(Strict)).await;
    let mut client = app.client().await;
    let error = ask_error(&mut client, r#"["panics"]"#).await;
    assert_eq!(error, ("internal".to_owned(), "internal error".to_owned()));
    assert_eq!(ask(&mut client, r#"["echo","still here"]"#).await, r#"["still here"]"#);
    let lines = logged.lines();
    assert!(lines.iter().any(|line| line.contains("ERROR") && line.contains("a secret")), "{lines:?}");
}

#[tokio::test]
async fn an_acknowledgement_that_it_refuses_never_comes() {
    let (log, _heard) = log();
    let app = App::start(server(&log).middleware(Strict)).await;
    let mut client = app.client().await;
    client.send(r#"429["ask","why"]"#).await;
    assert!(text(&mut client).await.ends_with(r#"["question","why"]"#));
    client.send(r#"430["because"]"#).await;
    let answer = text(&mut client).await;
    assert!(answer.starts_with(r#"439[{"error":{"code":"timeout""#), "{answer}");
}

#[tokio::test]
async fn what_clients_of_0_9_send_looks_the_same_and_their_errors_come_too() {
    let (log, mut heard) = log();
    let app = App::start(server(&log).legacy(true).middleware(Recorder("m", log.clone()))).await;
    let answer = tests::http::get(app.addr, "/socket.io/1/").await;
    let sid = answer.text().split(':').next().unwrap().to_owned();
    let mut ws = tests::ws::Ws::connect(app.addr, &format!("/socket.io/1/websocket/{sid}")).await;
    heard.expect(&["m: connect /", "on_connect"]).await;
    ws.text(r#"5:3+::{"name":"echo","args":["é",1]}"#).await;
    heard.expect(&[r#"m: in Event echo ack ["echo","é",1] +0"#, "on_echo"]).await;
    heard.expect(&[r#"m: out Ack ["é",1] true to one"#]).await;
    ws.text("3:::a \"text\"").await;
    assert_eq!(heard.next().await, r#"m: in Event message ["message","a \"text\""] +0"#);
    assert!(heard.next().await.starts_with("m: out Event [\"error\""));
    ws.text(r#"5:4+::{"name":"ask","args":["why"]}"#).await;
    heard.expect(&[r#"m: in Event ask ack ["ask","why"] +0"#, r#"m: out Event ["question","why"] true to one"#]).await;
    ws.text(r#"6:::1+["because"]"#).await;
    heard.expect(&[r#"m: in Ack ack ["because"] +0"#, r#"m: out Ack ["because"] true to one"#]).await;
    for (packet, data) in [
        ("7:::1+0", r#"{"message":"client not handshaken","data":{"reason":1,"advice":0}}"#),
        ("7:::2", r#"{"message":"unauthorized","data":{"reason":2}}"#),
        ("7:::nonsense+", r#"{"message":"error","data":{}}"#),
    ] {
        ws.text(packet).await;
        heard.expect(&[&format!("m: in ConnectError error {data} +0")]).await;
    }
    // For a namespace that the client is not in.
    ws.text("7::/x:2").await;
    a_moment().await;
    ws.text(r#"5:9+::{"name":"echo"}"#).await;
    heard.expect(&[r#"m: in Event echo ack ["echo"] +0"#]).await;
    while !matches!(ws.next().await, Frame::Text(text) if text.starts_with("6:::9")) {}
}
