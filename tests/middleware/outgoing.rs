//! `Middleware::outgoing`: every event and acknowledgement of the program, once.

use std::sync::{Arc, OnceLock, Weak};

use socketio::packet::Packet;
use socketio::{Handle, Middleware, Target};

use crate::app::{App, log};
use crate::{recorded, server};

#[tokio::test]
async fn a_broadcast_to_many_is_one_call() {
    let (log, mut heard) = log();
    let app = recorded(&log).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(app.client().await);
        heard.expect(&["m: connect /", "on_connect"]).await;
    }
    app.handle.of("/").emit("said", 1);
    heard.expect(&[r#"m: out Event ["said",1] false to []"#]).await;
    for client in &mut clients {
        client.expect(r#"42["said",1]"#).await;
    }
    app.handle.of("/").to(["red", "blue"]).emit("said", 2);
    heard.expect(&[r#"m: out Event ["said",2] false to ["red", "blue"]"#]).await;
    let acks = app.handle.of("/").emit_with_ack::<u8>("count", ());
    heard.expect(&[r#"m: out Event ["count"] true to []"#]).await;
    drop(acks);
    heard.silent().await;
}

#[tokio::test]
async fn acknowledgements_and_errors_are_shown_and_refusals_are_not() {
    let (log, mut heard) = log();
    let app = recorded(&log).await;
    let mut client = app.client().await;
    heard.expect(&["m: connect /", "on_connect"]).await;
    client.send(r#"427["fail"]"#).await;
    heard.expect(&[r#"m: in Event fail ack ["fail"] +0"#]).await;
    heard.expect(&[r#"m: out Ack [{"error":{"code":"broken","message":"it is broken"}}] true to one"#]).await;
    client.send(r#"42["fail"]"#).await;
    heard.expect(&[r#"m: in Event fail ["fail"] +0"#]).await;
    let error = r#"["error",{"code":"broken","message":"it is broken","event":"fail"}]"#;
    heard.expect(&[&format!("m: out Event {error} false to one")]).await;
    client.send("41").await;
    heard.silent().await;
}

/// Answers every event with another one; panics at the event `said` with `"panic"`.
#[derive(Default)]
struct Echo(OnceLock<Handle>);

impl Middleware for Arced {
    fn outgoing(&self, path: &str, packet: &Packet, _: &Target) {
        if let Some(handle) = self.0.0.get() {
            handle.of(path).emit("copy", packet.data());
        }
        assert!(!packet.data().contains("panic"), "as asked");
    }
}

struct Arced(Arc<Echo>);

#[tokio::test]
async fn what_it_sends_itself_is_not_shown_to_it_and_its_panic_loses_nothing() {
    let (log, _heard) = log();
    let echo = Arc::new(Echo::default());
    let app = App::start(server(&log).middleware(Arced(echo.clone()))).await;
    echo.0.set(app.handle.clone()).unwrap();
    let mut client = app.client().await;
    for text in ["hello", "panic"] {
        app.handle.of("/").emit("said", text);
        client.expect(&format!(r#"42["copy","[\"said\",\"{text}\"]"]"#)).await;
        client.expect(&format!(r#"42["said","{text}"]"#)).await;
    }
}

#[tokio::test]
async fn a_middleware_with_a_handle_is_freed_with_its_server() {
    let (log, _heard) = log();
    let echo = Arc::new(Echo::default());
    let freed: Weak<Echo> = Arc::downgrade(&echo);
    let app = App::start(server(&log).middleware(Arced(echo.clone()))).await;
    echo.0.set(app.handle.clone()).unwrap();
    drop(echo);
    let mut client = app.client().await;
    app.handle.of("/").emit("said", "hello");
    client.expect(r#"42["copy","[\"said\",\"hello\"]"]"#).await;
    assert!(freed.upgrade().is_some());
    assert!(app.handle.shutdown(tests::PATIENCE).await);
    let gone = async {
        while freed.upgrade().is_some() {
            tokio::task::yield_now().await;
        }
    };
    tests::within("the end of the middleware", gone).await;
}
