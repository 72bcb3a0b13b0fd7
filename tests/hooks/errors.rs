//! `#[on_error]`: which errors it gets, and what a client reads of its result.

use socketio::prelude::*;
use socketio::{Ack, Context, EventName, FromContext, Map};

use crate::app::{App, Heard, Log, ask, capture, log};

struct Mapped;

#[derive(serde::Deserialize)]
struct Auth {
    mode: u8,
}

/// A context that never waits and may fail.
struct Picky;

impl FromContext for Picky {
    const IMMEDIATE: bool = true;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        if *cx.event() == "picky" { Err(Error::new("picky", "not for this event")) } else { Ok(Self) }
    }
}

#[namespace("/", manual)]
impl Mapped {
    fn on_connect(auth: Option<Auth>) -> Result<Self, Refuse> {
        match auth.map(|auth| auth.mode) {
            Some(1) => Err(Refuse::new("taken", "in use").with_data(&[1])),
            Some(2) => panic!("in on_connect"),
            _ => Ok(Self),
        }
    }

    #[on_error]
    fn told(error: &Error, event: &EventName, socket: &Socket, log: &State<Log>, _picky: &Picky) -> Error {
        log.say(format_args!("{event} {error}"));
        match &**event {
            "kept" => error.clone(),
            "worse" => panic!("in on_error"),
            "leaves" => {
                socket.disconnect();
                Error::new("bye", "you are sent away")
            }
            _ => Error::new("mapped", format!("{event} failed")).with_data(&error.code()),
        }
    }

    #[event("fails", "kept", "worse", "leaves", "picky")]
    fn on_fails(&self) -> Result<(), Error> {
        Err(Error::new("odd", "not even"))
    }

    fn on_panics(&self) {
        panic!("in a handler")
    }

    async fn on_panics_later(&self) {
        tokio::task::yield_now().await;
        panic!("in a future")
    }

    fn on_spawns(&self, socket: &Socket) {
        socket.spawn(async { panic!("in a task") });
    }

    fn on_spawn_fails(&self, socket: &Socket) {
        socket.spawn(async { Err(Error::new("odd", "in a task")) });
    }

    fn on_ack_fails(&self, socket: &Socket, ack: Ack<u8>) {
        socket.spawn(async move { ack.fail(Error::new("late", "too late")) });
    }

    fn on_ack_dropped(&self, _ack: Ack<u8>) {}

    #[event(once)]
    fn on_pay(&self, _payment: Map) -> Result<u8, Error> {
        Err(Error::new("broke", "no money"))
    }

    fn on_ping(&self) -> u8 {
        1
    }

    fn on_disconnect(self, _socket: &Socket) {
        panic!("in on_disconnect")
    }
}

async fn start(server: Server) -> (App, Heard) {
    let (log, heard) = log();
    (App::start(server.mount::<Mapped>().state(log)).await, heard)
}

#[tokio::test]
async fn the_mapped_error_is_answered() {
    let (app, mut heard) = start(Server::empty()).await;
    let mut client = app.client().await;
    let mapped = r#"[{"error":{"code":"mapped","message":"fails failed","data":"odd"}}]"#;
    assert_eq!(ask(&mut client, r#"["fails"]"#).await, mapped);
    let odd = r#"[{"error":{"code":"odd","message":"not even"}}]"#;
    assert_eq!(ask(&mut client, r#"["kept"]"#).await, odd);
    heard.expect(&["fails odd: not even", "kept odd: not even"]).await;
    // A context of the hook that fails leaves the error as it is.
    assert_eq!(ask(&mut client, r#"["picky"]"#).await, odd);
    // So does a panic in the hook.
    assert_eq!(ask(&mut client, r#"["worse"]"#).await, odd);
    heard.expect(&["worse odd: not even"]).await;
    assert_eq!(ask(&mut client, r#"["ping"]"#).await, "[1]");
    // Without an acknowledgement it is the event `error`.
    client.send(r#"42["fails"]"#).await;
    client.expect(r#"42["error",{"code":"mapped","message":"fails failed","event":"fails"}]"#).await;
    // What the hook does to its own client happens behind the answer.
    client.send(r#"428["leaves"]"#).await;
    client.expect(r#"438[{"error":{"code":"bye","message":"you are sent away"}}]"#).await;
    client.expect("41").await;
}

#[tokio::test]
async fn every_kind_of_failure_is_mapped() {
    let (app, mut heard) = start(Server::empty()).await;
    let acks = [
        ("nobody", "not_found", "nobody not_found: no handler for `nobody`"),
        ("ack_fails", "late", "ack_fails late: too late"),
        ("ack_dropped", "internal", "ack_dropped internal: an acknowledgement was dropped unsent"),
    ];
    let mut client = app.client().await;
    for (event, code, said) in acks {
        let mapped = format!(r#"[{{"error":{{"code":"mapped","message":"{event} failed","data":"{code}"}}}}]"#);
        assert_eq!(ask(&mut client, &format!(r#"["{event}"]"#)).await, mapped);
        heard.expect(&[said]).await;
    }
    drop(client);
    let left = "disconnect internal: `on_disconnect` panicked: in on_disconnect";
    heard.expect(&[left]).await;
    for (event, text) in [("panics", "in a handler"), ("panics_later", "in a future")] {
        let mut client = app.client().await;
        client.send(format!(r#"427["{event}"]"#)).await;
        let mapped = format!(r#"437[{{"error":{{"code":"mapped","message":"{event} failed","data":"internal"}}}}]"#);
        client.expect(&mapped).await;
        client.expect("41").await;
        heard.expect(&[&format!("{event} internal: the handler panicked: {text}"), left]).await;
    }
    // Nobody waits for the answer of a task.
    let mut client = app.client().await;
    // The client of a task that fails stays.
    client.send(r#"42["spawn_fails"]"#).await;
    heard.expect(&["spawn odd: in a task"]).await;
    client.send(r#"42["spawns"]"#).await;
    client.expect("41").await;
    heard.expect(&["spawn internal: a spawned task panicked: in a task", left]).await;
}

/// A repeat reads what the first event was answered, and is no failure of its own.
#[tokio::test]
async fn the_mapped_error_is_kept_for_repeats() {
    let (app, mut heard) = start(Server::empty()).await;
    let mut client = app.client().await;
    for _ in 0..2 {
        let mapped = r#"[{"error":{"code":"mapped","message":"pay failed","data":"broke"}}]"#;
        assert_eq!(ask(&mut client, r#"["pay",{"_id":"1"}]"#).await, mapped);
    }
    heard.expect(&["pay broke: no money"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn a_refused_connect_is_the_event_connect() {
    let (app, mut heard) = start(Server::empty()).await;
    let refused =
        |code: &str| format!(r#"44{{"message":"connect failed","data":{{"code":"mapped","data":"{code}"}}}}"#);
    assert_eq!(app.answer(r#"40{"mode":1}"#).await, refused("taken"));
    assert_eq!(app.answer(r#"40{"mode":2}"#).await, refused("internal"));
    assert_eq!(app.answer(r#"40{"mode":"x"}"#).await, refused("bad_request"));
    heard.expect(&["connect taken: in use", "connect internal: `on_connect` panicked: in on_connect"]).await;
    assert!(heard.next().await.starts_with("connect bad_request: argument 0 `auth`: "));
}

/// The log has both errors; where no event `error` is sent, it is all that there is.
#[tokio::test]
async fn both_errors_are_logged() {
    let logged = capture();
    let (app, mut heard) = start(Server::empty().emit_errors(false)).await;
    let mut client = app.client().await;
    client.send(r#"42["panics"]"#).await;
    client.expect("41").await;
    heard.expect(&["panics internal: the handler panicked: in a handler"]).await;
    let lines = logged.lines();
    let (own, mapped) = ("the handler panicked: in a handler", "mapped=mapped: panics failed");
    let told = |line: &&String| line.contains(own) && line.contains(mapped) && line.contains(r#"event="panics""#);
    assert_eq!(lines.iter().filter(told).count(), 1, "{lines:#?}");
}

mod misplaced {
    use socketio::Outcome;

    use super::*;

    #[derive(Default)]
    struct InHandler;

    #[namespace("/", manual)]
    impl InHandler {
        fn on_a(&self, _outcome: &Outcome) {}
    }

    #[derive(Default)]
    struct InBefore;

    #[namespace("/", manual)]
    impl InBefore {
        #[before]
        fn may(_error: &Error) {}
    }

    #[derive(Default)]
    struct Needy;

    #[namespace("/", manual)]
    impl Needy {
        #[after]
        fn seen(_count: &State<u64>) {}
    }

    #[tokio::test]
    async fn what_only_one_hook_is_lent_keeps_the_server_from_starting_elsewhere() {
        for (server, why) in [
            (Server::empty().mount::<InHandler>(), "`a` borrows `outcome: &Outcome`, which only `#[after]` can"),
            (Server::empty().mount::<InBefore>(), "`may` borrows `error: &Error`, which only `#[on_error]` can"),
            (Server::empty().mount::<Needy>(), "`seen` borrows `count: &State<u64>`, and no `u64` was given"),
        ] {
            let refused = App::refused(server).await;
            assert!(refused.contains(why), "{refused}");
        }
    }
}
