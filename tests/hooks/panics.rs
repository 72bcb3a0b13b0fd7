//! Panics in handlers and hooks: one answer each, and the client leaves the namespace.

use socketio::prelude::*;
use socketio::{Ack, EventName};

use crate::app::{App, Log, log, text};

#[derive(Default)]
struct Panics;

#[namespace("/", manual)]
impl Panics {
    #[before]
    fn may(event: &EventName) {
        assert!(*event != "before", "in #[before]");
    }

    #[event("before", "after")]
    fn on_value(&self) -> u8 {
        1
    }

    fn on_after_fails(&self) -> Result<(), Error> {
        Err(Error::new("first", "the handler's own"))
    }

    fn on_after_sent(&self, ack: Ack<u8>) {
        ack.send(1);
    }

    fn on_handler(&self) {
        panic!("in a handler")
    }

    #[after]
    fn seen(event: &EventName, log: &State<Log>) {
        log.say(format_args!("after {event}"));
        assert!(!event.starts_with("after"), "in #[after]");
    }

    #[on_error]
    fn told(error: &Error, log: &State<Log>) -> Error {
        log.say(error);
        error.clone()
    }
}

/// The same with futures, since those are caught elsewhere.
#[derive(Default)]
struct Waiting;

#[namespace("/waiting", manual)]
impl Waiting {
    #[before]
    async fn may(event: &EventName) {
        tokio::task::yield_now().await;
        assert!(*event != "before", "in #[before]");
    }

    #[event("before", "after")]
    fn on_value(&self) -> u8 {
        1
    }

    async fn on_after_fails(&self) -> Result<(), Error> {
        Err(Error::new("first", "the handler's own"))
    }

    async fn on_after_sent(&self, ack: Ack<u8>) {
        ack.send(1);
    }

    async fn on_handler(&self) {
        tokio::task::yield_now().await;
        panic!("in a handler")
    }

    #[after]
    async fn seen(event: &EventName, log: &State<Log>) {
        tokio::task::yield_now().await;
        log.say(format_args!("after {event}"));
        assert!(!event.starts_with("after"), "in #[after]");
    }

    #[on_error]
    fn told(error: &Error, log: &State<Log>) -> Error {
        log.say(error);
        error.clone()
    }
}

#[tokio::test]
async fn a_panic_is_answered_once() {
    let (log, mut heard) = log();
    let app = App::start(Server::empty().mount::<Panics>().mount::<Waiting>().state(log)).await;
    let internal = r#"[{"error":{"code":"internal","message":"internal error"}}]"#;
    let before = "internal: the handler panicked: in #[before]";
    let after = "internal: `#[after]` panicked: in #[after]";
    let table: [(&str, &str, &[&str]); 5] = [
        ("before", internal, &[before]),
        ("handler", internal, &["internal: the handler panicked: in a handler"]),
        ("after", internal, &["after after", after]),
        ("after_fails", internal, &["after after_fails", after]),
        ("after_sent", "[1]", &["after after_sent", after]),
    ];
    for (event, answer, said) in table {
        for path in ["", "/waiting,"] {
            let mut client = app.client_of(path.strip_suffix(',').unwrap_or("/")).await;
            client.send(format!(r#"42{path}7["{event}"]"#)).await;
            assert_eq!(text(&mut client).await, format!("43{path}7{answer}"), "{path}{event}");
            assert_eq!(text(&mut client).await, format!("41{path}"), "{path}{event}");
            heard.expect(said).await;
        }
    }
    heard.silent().await;
}
