//! Failures that nobody has asked to be told of: the event `error`. And what follows a failure on the same connection.

use anyhow::Context as _;
use socketio::prelude::*;
use socketio::{Ack, Unknown};

use crate::app::{App, Heard, Log, ask, capture, json, log, text};

#[derive(Default)]
struct Faulty;

#[namespace("/", manual)]
impl Faulty {
    fn on_number(&self, _n: u8) {}
    fn on_fails(&self) -> Result<(), Error> {
        Err(Error::new("odd", "not even").with_data(&1))
    }
    fn on_internal(&self) -> Result<(), Error> {
        Err(Error::internal("secret"))
    }
    #[acl("never")]
    fn on_denied(&self) {}
    fn on_panics(&self) {
        panic!("secret")
    }
    fn on_kick(&self, socket: &Socket) {
        socket.disconnect();
    }
    fn on_said(&self, log: &State<Log>, what: String) {
        log.say(what);
    }
    fn on_ping(&self) -> u8 {
        1
    }
    fn on_anyhow(&self, n: u8) -> anyhow::Result<u8> {
        anyhow::ensure!(n > 0, "the secret is zero");
        Ok(n)
    }
    async fn on_anyhow_later(&mut self, n: String) -> anyhow::Result<u8> {
        tokio::task::yield_now().await;
        n.parse().context("the secret is no number")
    }
    fn on_answers_and_panics(&self, ack: Ack<u8>) {
        ack.send(1);
        panic!("too late")
    }
    fn on_panics_with_ack(&self, _ack: Ack<u8>) {
        panic!("with an ack")
    }
    fn on_fails_later(&self, ack: Ack<u8>) {
        ack.fail(Error::internal("said to fail"));
    }
    fn on_drops(&self, _ack: Ack<u8>) {}
    fn on_unwritable(&self) -> std::collections::HashMap<Vec<u8>, u8> {
        std::collections::HashMap::from([(vec![1], 1)])
    }
}

async fn start(server: Server) -> (App, Heard) {
    let (log, heard) = log();
    (App::start(server.mount::<Faulty>().state(log)).await, heard)
}

#[tokio::test]
async fn little_is_quoted_of_an_argument_of_another_type() {
    let (app, _) = start(Server::empty()).await;
    let mut client = app.client().await;
    let reply = ask(&mut client, &format!(r#"["number","{}"]"#, "é".repeat(400_000))).await;
    let message = json(&reply)[0]["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("argument 0 `n`: invalid type: string \"éé"), "{message}");
    assert!(message.ends_with("é…") && message.chars().count() == 200, "{message}");
}

#[tokio::test]
async fn unknown_events_may_be_left_unanswered() {
    let (app, _) = start(Server::empty().unknown_events(Unknown::Ignore)).await;
    let mut client = app.client().await;
    client.send(r#"427["huh"]"#).await;
    client.send(r#"42["huh",1]"#).await;
    client.send(r#"428["denied"]"#).await;
    client.expect(r#"438[{"error":{"code":"forbidden","message":"`denied` is forbidden"}}]"#).await;
    assert_eq!(ask(&mut client, r#"["ping"]"#).await, "[1]");
    // What is not JSON still breaks the protocol.
    client.send(r#"42["huh",]"#).await;
    client.ws.closed().await;
}

#[tokio::test]
async fn the_text_of_a_panic_is_logged_and_not_sent() {
    let logged = capture();
    let (app, _) = start(Server::empty()).await;
    for (event, answer) in [
        (r#"42["panics"]"#, r#"42["error",{"code":"internal","message":"internal error","event":"panics"}]"#),
        (r#"427["panics"]"#, r#"437[{"error":{"code":"internal","message":"internal error"}}]"#),
    ] {
        let mut client = app.client().await;
        client.send(event).await;
        client.expect(answer).await;
        client.expect("41").await;
    }
    let lines = logged.lines();
    let told = lines.iter().filter(|line| line.contains("the handler panicked: secret")).count();
    assert_eq!(told, 2, "{lines:#?}");
}

/// The client reads one acknowledgement, whatever happens to the `Ack`; the log has the event's name and the text.
#[tokio::test]
async fn an_ack_that_is_not_sent_is_logged_with_its_event() {
    let logged = capture();
    let (app, _) = start(Server::empty()).await;
    let internal = r#"437[{"error":{"code":"internal","message":"internal error"}}]"#;
    for (event, text, answer, leaves) in [
        ("answers_and_panics", "the handler panicked: too late", "437[1]", true),
        ("panics_with_ack", "the handler panicked: with an ack", internal, true),
        ("fails_later", "said to fail", internal, false),
        ("drops", "an acknowledgement was dropped unsent", internal, false),
    ] {
        let mut client = app.client().await;
        client.send(format!(r#"427["{event}"]"#)).await;
        client.expect(answer).await;
        if leaves {
            client.expect("41").await;
        } else {
            assert_eq!(ask(&mut client, r#"["ping"]"#).await, "[1]");
        }
        let lines = logged.lines();
        let is_told = |line: &&String| line.contains(text) && line.contains(&format!("event=\"{event}\""));
        assert_eq!(lines.iter().filter(is_told).count(), 1, "{event}: {lines:#?}");
    }
}

#[tokio::test]
async fn a_failure_without_an_acknowledgement_is_the_event_error() {
    let (app, _) = start(Server::empty()).await;
    let mut client = app.client().await;
    let table = [
        (r#"["fails"]"#, r#"["error",{"code":"odd","message":"not even","event":"fails"}]"#),
        (r#"["internal"]"#, r#"["error",{"code":"internal","message":"internal error","event":"internal"}]"#),
        (r#"["denied"]"#, r#"["error",{"code":"forbidden","message":"`denied` is forbidden","event":"denied"}]"#),
        (r#"["huh"]"#, r#"["error",{"code":"not_found","message":"no handler for `huh`","event":"huh"}]"#),
    ];
    for (event, expected) in table {
        client.send(format!("42{event}")).await;
        client.expect(&format!("42{expected}")).await;
    }
    client.send(r#"42["number","x"]"#).await;
    let error = json(&text(&mut client).await);
    assert_eq!(
        (&error[0], &error[1]["code"], &error[1]["event"]),
        (&"error".into(), &"bad_request".into(), &"number".into())
    );
    client.send(r#"42["panics"]"#).await;
    client.expect(r#"42["error",{"code":"internal","message":"internal error","event":"panics"}]"#).await;
    client.expect("41").await;
}

#[tokio::test]
async fn the_event_error_can_be_switched_off() {
    let (app, _) = start(Server::empty().emit_errors(false)).await;
    let mut client = app.client().await;
    for event in ["fails", "internal", "denied", "huh", "number"] {
        client.send(format!(r#"42["{event}"]"#)).await;
    }
    // Whoever asks is still told.
    assert!(ask(&mut client, r#"["fails"]"#).await.contains("odd"));
    assert_eq!(ask(&mut client, r#"["ping"]"#).await, "[1]");
}

#[tokio::test]
async fn a_value_that_cannot_be_written_answers_internal() {
    let (app, _) = start(Server::empty()).await;
    let mut client = app.client().await;
    let reply = ask(&mut client, r#"["unwritable"]"#).await;
    assert_eq!(reply, r#"[{"error":{"code":"internal","message":"internal error"}}]"#);
    assert_eq!(ask(&mut client, r#"["ping"]"#).await, "[1]");
}

/// With the feature `anyhow`: the text may hold anything, so it is for the log alone, and there with its causes.
#[tokio::test]
async fn an_error_of_anyhow_is_internal() {
    let logged = capture();
    let (app, _) = start(Server::empty()).await;
    let mut client = app.client().await;
    assert_eq!(ask(&mut client, r#"["anyhow",1]"#).await, "[1]");
    assert_eq!(ask(&mut client, r#"["anyhow_later","2"]"#).await, "[2]");
    for event in [r#"["anyhow",0]"#, r#"["anyhow_later","x"]"#] {
        let reply = ask(&mut client, event).await;
        assert_eq!(reply, r#"[{"error":{"code":"internal","message":"internal error"}}]"#, "{event}");
    }
    client.send(r#"42["anyhow",0]"#).await;
    client.expect(r#"42["error",{"code":"internal","message":"internal error","event":"anyhow"}]"#).await;
    let lines = logged.lines();
    for text in ["the secret is zero", "the secret is no number: invalid digit found in string"] {
        assert!(lines.iter().any(|line| line.contains(text)), "{text:?} is not in {lines:#?}");
    }
}

#[tokio::test]
async fn nothing_is_handled_behind_a_panic_or_a_kick() {
    for event in ["panics", "kick"] {
        let (app, mut heard) = start(Server::empty().emit_errors(false)).await;
        let mut client = app.client().await;
        client.ws.feed(r#"42["said","before"]"#).await;
        client.ws.feed(format!(r#"42["{event}"]"#)).await;
        client.ws.feed(r#"42["said","behind"]"#).await;
        client.ws.flush().await;
        heard.expect(&["before"]).await;
        client.expect("41").await;
        heard.silent().await;
    }
}

#[tokio::test]
async fn nothing_is_handled_behind_a_broken_packet() {
    let (app, mut heard) = start(Server::empty()).await;
    let mut client = app.client().await;
    client.ws.feed(r#"42["said","before"]"#).await;
    client.ws.feed(r#"42["said",]"#).await;
    client.ws.feed(r#"42["said","behind"]"#).await;
    client.ws.feed("4garbage").await;
    client.ws.feed(r#"42["said","far behind"]"#).await;
    client.ws.flush().await;
    heard.expect(&["before"]).await;
    client.ws.closed().await;
    heard.silent().await;
}
