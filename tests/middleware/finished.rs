//! `Middleware::finished`: the end of every event.

use socketio::packet::Packet;
use socketio::prelude::*;
use socketio::{Context, Middleware, Outcome, Unknown};
use tokio::time::Duration;

use crate::app::{App, Gate, Log, log};

#[derive(Default)]
struct Ends;

#[namespace("/", manual)]
impl Ends {
    fn on_now(&self) -> u8 {
        1
    }

    async fn on_wait(&self, gate: &State<Gate>) {
        gate.pass().await;
    }

    fn on_fail(&self) -> Result<(), Error> {
        Err(Error::new("broken", "it is broken"))
    }

    fn on_number(&self, _n: u8) {}

    #[acl("admin")]
    fn on_guarded(&self) {}

    fn on_keep(&self, ack: Ack<u8>) {
        std::mem::forget(ack);
    }

    fn on_panic(&self) {
        panic!("a secret");
    }
}

/// Logs how events end, and refuses the event `refused`.
struct Ended(Log);

impl Middleware for Ended {
    fn incoming(&self, cx: &Context, _: &Packet) -> Result<(), Error> {
        if cx.event() == "refused" { Err(Error::new("strict", "not here")) } else { Ok(()) }
    }

    fn finished(&self, cx: &Context, outcome: &Outcome) {
        let error = outcome.error().map_or("ok", |error| error.code()).to_owned();
        let deferred = if outcome.is_deferred() { " deferred" } else { "" };
        // A clock that stands still unless the handler waits.
        let elapsed = outcome.elapsed().as_secs();
        self.0.say(format!("{} {error}{deferred} after {elapsed} s, ack {}", cx.event(), cx.wants_ack()));
    }
}

async fn app(log: &Log, gate: &Gate, unknown: Unknown) -> App {
    let server = Server::empty().mount::<Ends>().state(gate.clone()).unknown_events(unknown);
    App::start(server.middleware(Ended(log.clone()))).await
}

#[tokio::test]
async fn every_event_ends_once_whatever_has_become_of_it() {
    let (log, mut heard) = log();
    let app = app(&log, &Gate::default(), Unknown::Answer).await;
    let mut client = app.client().await;
    for (packet, end) in [
        (r#"421["now"]"#, "now ok after 0 s, ack true"),
        (r#"42["now"]"#, "now ok after 0 s, ack false"),
        (r#"42["fail"]"#, "fail broken after 0 s, ack false"),
        (r#"422["number","x"]"#, "number bad_request after 0 s, ack true"),
        (r#"42["guarded"]"#, "guarded forbidden after 0 s, ack false"),
        (r#"42["nobody"]"#, "nobody not_found after 0 s, ack false"),
        (r#"42["refused"]"#, "refused strict after 0 s, ack false"),
        (r#"423["keep"]"#, "keep ok deferred after 0 s, ack true"),
        (r#"42["panic"]"#, "panic internal after 0 s, ack false"),
    ] {
        client.send(packet).await;
        heard.expect(&[end]).await;
    }
    heard.silent().await;
}

#[tokio::test]
async fn an_ignored_event_ends_too() {
    let (log, mut heard) = log();
    let app = app(&log, &Gate::default(), Unknown::Ignore).await;
    app.client().await.send(r#"42["nobody"]"#).await;
    heard.expect(&["nobody ok after 0 s, ack false"]).await;
}

#[tokio::test]
async fn it_knows_how_long_a_handler_has_waited() {
    let (log, mut heard) = log();
    let gate = Gate::default();
    let app = app(&log, &gate, Unknown::Answer).await;
    let mut client = app.client().await;
    client.send(r#"427["wait"]"#).await;
    client.send(r#"428["now"]"#).await;
    heard.expect(&["now ok after 0 s, ack true"]).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(5)).await;
    tokio::time::resume();
    gate.open(1);
    heard.expect(&["wait ok after 5 s, ack true"]).await;
}
