//! `Middleware::connect`: who may come in, and when.

use serde_json::Value;
use socketio::prelude::*;
use socketio::{BoxFuture, Context, Middleware};
use tests::session::Client;

use crate::app::{App, Gate, Log, json, log, text};
use crate::{Lobby, Recorder, server};

/// Does as the field `as` of the CONNECT payload says: refuses, panics, or waits at its gate.
struct Door(Gate);

impl Middleware for Door {
    fn connect<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<(), Refuse>> {
        Box::pin(async move {
            let auth = cx.socket().handshake().auth::<Value>().unwrap_or_default();
            match auth["as"].as_str().unwrap_or_default() {
                "expired" => Err(Refuse::new("expired", "log in again").with_data(&serde_json::json!({ "since": 7 }))),
                "panic" => panic!("a secret"),
                "slow" => {
                    self.0.pass().await;
                    Ok(())
                }
                _ => Ok(()),
            }
        })
    }
}

async fn guarded(gate: &Gate, log: &Log) -> App {
    App::start(server(log).mount_at::<Lobby>("/other").middleware(Door(gate.clone()))).await
}

#[tokio::test]
async fn a_refusal_is_a_connect_error_and_on_connect_does_not_run() {
    let (log, mut heard) = log();
    let app = guarded(&Gate::default(), &log).await;
    let answer = app.answer(r#"40{"as":"expired"}"#).await;
    assert_eq!(answer, r#"44{"message":"log in again","data":{"code":"expired","since":7}}"#);
    heard.silent().await;
    assert_eq!(app.handle.of("/").count(), 0);
}

#[tokio::test]
async fn a_panic_refuses_that_client_only_and_says_nothing() {
    let (log, mut heard) = log();
    let app = guarded(&Gate::default(), &log).await;
    let answer = app.answer(r#"40{"as":"panic"}"#).await;
    assert_eq!(answer, r#"44{"message":"internal error","data":{"code":"internal"}}"#);
    app.client().await;
    heard.expect(&["on_connect"]).await;
}

#[tokio::test]
async fn a_slow_one_holds_up_its_namespace_only() {
    let (log, mut heard) = log();
    let gate = Gate::default();
    let app = guarded(&gate, &log).await;
    let mut client = Client::bare(app.addr, "40/other,").await;
    heard.expect(&["on_connect"]).await;
    client.send(r#"40{"as":"slow"}"#).await;
    client.send(r#"42/other,1["echo","meanwhile"]"#).await;
    client.expect(r#"43/other,1["meanwhile"]"#).await;
    heard.expect(&["on_echo"]).await;
    heard.silent().await;
    gate.open(1);
    assert!(text(&mut client).await.starts_with("40{"));
    heard.expect(&["on_connect"]).await;
}

#[tokio::test]
async fn a_client_that_leaves_meanwhile_leaves_nothing_behind() {
    let (log, mut heard) = log();
    let gate = Gate::default();
    let app = guarded(&gate, &log).await;
    let mut client = Client::bare(app.addr, "40/other,").await;
    heard.expect(&["on_connect"]).await;
    client.send(r#"40{"as":"slow"}"#).await;
    client.send("41").await;
    client.send(r#"42/other,1["echo"]"#).await;
    client.expect("43/other,1[]").await;
    drop(client);
    while app.handle.of("/other").count() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.handle.of("/").count(), 0);
}

#[tokio::test]
async fn several_run_in_the_order_of_registration_and_the_first_refusal_counts() {
    let (log, mut heard) = log();
    let (first, last) = (Recorder("first", log.clone()), Recorder("last", log.clone()));
    let server = server(&log).middleware(first).middleware(Door(Gate::default())).middleware(last);
    let app = App::start(server).await;
    app.client().await;
    heard.expect(&["first: connect /", "last: connect /", "on_connect"]).await;
    let answer = app.answer(r#"40{"as":"expired"}"#).await;
    assert_eq!(json(&answer)["data"]["code"], "expired");
    heard.expect(&["first: connect /"]).await;
    // A namespace that does not exist is none of their business.
    assert_eq!(app.answer("40/nowhere,").await, r#"44/nowhere,{"message":"Invalid namespace"}"#);
    heard.silent().await;
}
