//! Which event reaches which method.

use socketio::prelude::*;
use socketio::{EventName, Rest, Value};

use crate::app::{App, Log, ask, ask_error, log};

#[derive(Default)]
struct Names;

#[namespace("/", manual)]
impl Names {
    fn on_connect(&self, log: &State<Log>) {
        log.say("connect");
    }
    fn on_user_message(&self) -> &'static str {
        "user_message"
    }
    #[event("user:typing")]
    fn on_exact(&self) -> &'static str {
        "user:typing"
    }
    #[event("one", "Two", "three four")]
    fn on_alias(&self, event: &EventName) -> String {
        event.to_string()
    }
    fn r#on_match(&self) -> &'static str {
        "match"
    }
    #[event("grüße/\"quoted\"")]
    fn on_odd(&self) -> &'static str {
        "odd"
    }
    #[event("7")]
    fn on_number(&self) -> &'static str {
        "number"
    }
    #[cfg(any())]
    fn on_hidden(&self) {}
    /// Not registered: its name does not begin with `on_`.
    fn helper(&self) -> &'static str {
        "helper"
    }
    fn on_help(&self) -> &'static str {
        self.helper()
    }
    fn on_disconnect(&self, log: &State<Log>) {
        log.say("disconnect");
    }
}

#[derive(Default)]
struct Camel;

#[namespace("/camel", rename_all = "camelCase", manual)]
impl Camel {
    fn on_user_message(&self) -> u8 {
        1
    }
    #[event("as_it_is")]
    fn on_named(&self) -> u8 {
        2
    }
    #[fallback]
    fn other(&self, event: &EventName, args: Rest<Value>) -> (String, usize) {
        (event.to_string(), args.0.len())
    }
}

#[derive(Default)]
struct Kebab;

#[namespace("/kebab", rename_all = "kebab-case", manual)]
impl Kebab {
    fn on_user_message(&self) -> u8 {
        3
    }
    #[fallback]
    async fn other(&mut self, socket: &Socket, event: &EventName, args: Rest<Value>) {
        socket.emit(event, args);
    }
}

#[tokio::test]
async fn names_reach_their_methods() {
    let (log, mut heard) = log();
    let app = App::start(Server::empty().mount::<Names>().state(log)).await;
    let mut client = app.client().await;
    heard.expect(&["connect"]).await;
    let found = [
        ("user_message", "user_message"),
        ("user message", "user_message"),
        ("user:typing", "user:typing"),
        ("one", "one"),
        ("Two", "Two"),
        ("three four", "three four"),
        ("match", "match"),
        (r#"gr\u00fc\u00dfe\/\"quoted\""#, "odd"),
        (r#"\u0075ser\u005fmessage"#, "user_message"),
        ("help", "help"),
    ];
    for (name, expected) in found {
        let expected = if name == "help" { "helper" } else { expected };
        assert_eq!(ask(&mut client, &format!(r#"["{name}"]"#)).await, format!(r#"["{expected}"]"#), "{name}");
    }
    assert_eq!(ask(&mut client, "[7]").await, r#"["number"]"#);
    assert_eq!(ask(&mut client, r#"["three_four"]"#).await.replace(' ', "_"), r#"["three_four"]"#);
    let missing = [
        "exact",
        "alias",
        "on_user_message",
        "userMessage",
        "User_message",
        "two",
        "helper",
        "hidden",
        "user_typing",
        "on_connect",
        "on_disconnect",
        "user-message",
        "",
    ];
    for name in missing {
        let (code, message) = ask_error(&mut client, &format!(r#"["{name}"]"#)).await;
        assert_eq!((code.as_str(), message), ("not_found", format!("no handler for `{name}`")));
    }
    heard.silent().await;
}

#[tokio::test]
async fn lifecycle_names_close_the_connection_and_run_nothing() {
    for name in ["connect", "disconnect", "connect_error", "disconnecting", r#"\u0063onnect"#] {
        let (log, mut heard) = log();
        let app = App::start(Server::empty().mount::<Names>().state(log)).await;
        let mut client = app.client().await;
        heard.expect(&["connect"]).await;
        client.send(format!(r#"421["{name}"]"#)).await;
        let (before, _) = client.ws.closed().await;
        assert!(before.is_empty(), "{before:?}");
        // The one that is due, because the connection is gone.
        heard.expect(&["disconnect"]).await;
        heard.silent().await;
    }
}

#[tokio::test]
async fn a_namespace_may_rename_all_and_catch_the_rest() {
    let app = App::start(Server::empty().mount::<Camel>().mount::<Kebab>()).await;
    let mut camel = app.client_of("/camel").await;
    for (event, expected) in [
        (r#"["userMessage"]"#, "[1]"),
        (r#"["as_it_is"]"#, "[2]"),
        (r#"["as it is"]"#, "[2]"),
        (r#"["user_message",1,2]"#, r#"["user_message",2]"#),
        (r#"["an other"]"#, r#"["an other",0]"#),
        (r#"["*"]"#, r#"["*",0]"#),
        (r#"["other"]"#, r#"["other",0]"#),
        (r#"[12,{}]"#, r#"["12",1]"#),
    ] {
        camel.send(format!("42/camel,1{event}")).await;
        camel.expect(&format!("43/camel,1{expected}")).await;
    }
    let mut kebab = app.client_of("/kebab").await;
    kebab.send(r#"42/kebab,1["user-message"]"#).await;
    kebab.expect("43/kebab,1[3]").await;
    kebab.send(r#"42/kebab,["user_message",1,[2]]"#).await;
    kebab.expect(r#"42/kebab,["user_message",1,[2]]"#).await;
}
