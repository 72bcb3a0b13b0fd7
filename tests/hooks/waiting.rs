//! Hooks that wait: every handler of the namespace is a future, and the turns stay in their order.

use std::time::Duration;

use socketio::prelude::*;
use socketio::{Context, EventName, FromContext, Outcome};

use crate::app::{App, Gate, Heard, Log, ask, log, text};

/// A context that may wait, as it does for one event.
struct Slow(u8);

impl FromContext for Slow {
    async fn from_context(cx: &Context) -> Result<Self, Error> {
        if *cx.event() == "gated" {
            cx.state::<Gate>().unwrap().pass().await;
        }
        Ok(Self(7))
    }
}

#[derive(Default)]
struct Waits {
    total: u8,
}

#[namespace("/", manual)]
impl Waits {
    /// A `fn` whose context waits.
    #[before]
    fn first(&self, slow: &Slow, event: &EventName, log: &State<Log>) {
        log.say(format_args!("first {event} {} {}", slow.0, self.total));
    }

    #[before]
    async fn second(&self, event: &EventName) -> Result<(), Error> {
        tokio::task::yield_now().await;
        if *event == "stopped" { Err(Error::new("stopped", "not now")) } else { Ok(()) }
    }

    fn on_get(&self) -> u8 {
        self.total
    }

    fn on_gated(&self) -> u8 {
        self.total
    }

    fn on_add(&mut self, n: u8) {
        self.total += n;
    }

    async fn on_add_later(&mut self, n: u8) -> u8 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.total += n;
        self.total
    }

    fn on_stopped(&mut self) {
        self.total = 99;
    }

    #[after]
    async fn seen(&self, event: &EventName, outcome: &Outcome, log: &State<Log>) {
        tokio::task::yield_now().await;
        let code = outcome.error().map_or("ok", Error::code);
        // A timer never ends early.
        let slept = outcome.elapsed() >= Duration::from_millis(20);
        log.say(format_args!("after {event} {code} {} {}", self.total, slept || *event != "add_later"));
    }
}

async fn start() -> (App, Heard, Gate) {
    let ((log, heard), gate) = (log(), Gate::default());
    (App::start(Server::empty().mount::<Waits>().state(log).state(gate.clone())).await, heard, gate)
}

#[tokio::test]
async fn hooks_that_wait_run_around_every_form_of_handler() {
    let (app, mut heard, _) = start().await;
    let mut client = app.client().await;
    assert_eq!(ask(&mut client, r#"["get"]"#).await, "[0]");
    assert_eq!(ask(&mut client, r#"["add",2]"#).await, "[]");
    assert_eq!(ask(&mut client, r#"["add_later",3]"#).await, "[5]");
    assert!(ask(&mut client, r#"["stopped"]"#).await.contains(r#""stopped""#));
    assert!(ask(&mut client, r#"["nobody"]"#).await.contains("not_found"));
    heard
        .expect(&[
            "first get 7 0",
            "after get ok 0 true",
            "first add 7 0",
            "after add ok 2 true",
            "first add_later 7 2",
            "after add_later ok 5 true",
            "first stopped 7 5",
            "after stopped stopped 5 true",
            "first nobody 7 5",
            "after nobody not_found 5 true",
        ])
        .await;
}

/// A hook is a part of its turn: `&self` turns overlap while it waits, and a `&mut self` turn waits for its end.
#[tokio::test]
async fn a_hook_that_waits_is_a_part_of_its_turn() {
    let (app, mut heard, gate) = start().await;
    let mut client = app.client().await;
    client.send(r#"421["gated"]"#).await;
    client.send(r#"422["get"]"#).await;
    client.send(r#"423["add",4]"#).await;
    client.send(r#"424["nobody"]"#).await;
    client.send(r#"425["get"]"#).await;
    client.expect("432[0]").await;
    heard.expect(&["first get 7 0", "after get ok 0 true"]).await;
    heard.silent().await;
    gate.open(1);
    client.expect("431[0]").await;
    client.expect("433[]").await;
    // An event without a handler has a turn too, because a hook sees it.
    // Both are `&self` turns, so either may end first.
    let mut rest = [text(&mut client).await, text(&mut client).await];
    rest.sort();
    assert!(rest[0].starts_with("434[{") && rest[1] == "435[4]", "{rest:?}");
}
