//! A client that leaves while turns are running: they have a time of grace, then they are dropped, and `on_disconnect` comes all the same.

use std::time::{Duration, Instant};

use socketio::AckError;
use socketio::prelude::*;

use crate::app::{App, Gate, Heard, Log, log};

/// Tells when it is dropped.
struct Dropped(Log, &'static str);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.say(self.1);
    }
}

/// Panics when it is dropped, unless it is so because of a panic.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("in a destructor");
        }
    }
}

#[derive(Default)]
struct Slow;

#[namespace("/", manual)]
impl Slow {
    async fn on_stuck(&mut self, log: &State<Log>) {
        let _dropped = Dropped(Log::clone(log), "dropped");
        log.say("stuck");
        std::future::pending::<()>().await;
    }
    async fn on_stuck_beside(&self, log: &State<Log>) {
        let _dropped = Dropped(Log::clone(log), "dropped");
        log.say("stuck");
        std::future::pending::<()>().await;
    }
    async fn on_bomb(&mut self, socket: &Socket, log: &State<Log>) {
        let _bomb = Bomb;
        socket.join("room");
        log.say("stuck");
        std::future::pending::<()>().await;
    }
    async fn on_bomb_beside(&self, log: &State<Log>) {
        let _bomb = Bomb;
        log.say("stuck");
        std::future::pending::<()>().await;
    }
    async fn on_slow(&self, gate: &State<Gate>, log: &State<Log>) {
        log.say("slow");
        gate.pass().await;
        log.say("done");
    }
    async fn on_question(&self, socket: &Socket, log: &State<Log>) {
        let begin = Instant::now();
        let answer: Result<u8, AckError> = socket.emit_with_ack("question", ()).await;
        log.say(format!("{answer:?} {}", begin.elapsed() < Duration::from_secs(5)));
    }
    fn on_said(&self, log: &State<Log>) {
        log.say("said");
    }
    fn on_disconnect(self, log: &State<Log>) {
        log.say("bye");
    }
}

struct StuckAtTheDoor;

#[namespace("/door", manual)]
impl StuckAtTheDoor {
    async fn on_connect(log: &State<Log>) -> Self {
        let _dropped = Dropped(Log::clone(log), "dropped");
        log.say("stuck");
        std::future::pending::<()>().await;
        Self
    }
    fn on_said(&self) {}
    fn on_disconnect(self, log: &State<Log>) {
        log.say("bye");
    }
}

async fn start(grace: Duration) -> (App, Gate, Heard) {
    let (log, heard) = log();
    let gate = Gate::default();
    let server = Server::empty().mount::<Slow>().mount::<StuckAtTheDoor>().disconnect_grace(grace);
    (App::start(server.state(gate.clone()).state(log)).await, gate, heard)
}

#[tokio::test]
async fn turns_that_end_in_time_end() {
    let (app, gate, mut heard) = start(Duration::from_secs(60)).await;
    let mut client = app.client().await;
    client.send(r#"42["slow"]"#).await;
    heard.expect(&["slow"]).await;
    drop(client);
    heard.silent().await;
    gate.open(1);
    heard.expect(&["done", "bye"]).await;
}

#[tokio::test]
async fn turns_that_do_not_are_dropped_and_the_farewell_comes() {
    let grace = Duration::from_millis(300);
    for event in ["stuck", "stuck_beside"] {
        let (app, _, mut heard) = start(grace).await;
        let mut client = app.client().await;
        client.send(format!(r#"42["{event}"]"#)).await;
        heard.expect(&["stuck"]).await;
        let begin = Instant::now();
        if event == "stuck" {
            // Never begins, since the turn in front of it never ends.
            client.send(r#"42["said"]"#).await;
            client.send("41").await;
        } else {
            drop(client);
        }
        heard.expect(&["dropped", "bye"]).await;
        assert!(begin.elapsed() >= grace, "{:?}", begin.elapsed());
        heard.silent().await;
    }
}

#[tokio::test]
async fn a_turn_that_panics_when_it_is_dropped_does_not_take_the_farewell_with_it() {
    for event in ["bomb", "bomb_beside"] {
        let (app, _, mut heard) = start(Duration::from_millis(100)).await;
        let mut client = app.client().await;
        client.send(format!(r#"42["{event}"]"#)).await;
        heard.expect(&["stuck"]).await;
        // The connection stays, so that it is the namespace alone that ends.
        client.send("41").await;
        heard.expect(&["bye"]).await;
        crate::app::a_moment().await;
        assert_eq!((app.handle.of("/").count(), app.handle.of("/").to("room").count()), (0, 0));
        client.send("40").await;
        assert!(crate::app::text(&mut client).await.starts_with("40{"));
        drop(client);
        heard.expect(&["bye"]).await;
        assert!(app.handle.shutdown(Duration::from_secs(5)).await);
    }
}

#[tokio::test]
async fn a_client_that_leaves_at_the_door_was_never_in() {
    let (app, _, mut heard) = start(Duration::from_millis(200)).await;
    let mut ws = app.engine().await;
    ws.text("40/door,").await;
    heard.expect(&["stuck"]).await;
    drop(ws);
    heard.expect(&["dropped"]).await;
    // No instance was built, so none is bid farewell.
    heard.silent().await;
    assert_eq!(app.handle.connections(), 0);
}

#[tokio::test]
async fn who_waits_for_an_acknowledgement_learns_at_once_that_none_comes() {
    let (app, _, mut heard) = start(Duration::from_secs(60)).await;
    let mut client = app.client().await;
    client.send(r#"42["question"]"#).await;
    client.expect(r#"420["question"]"#).await;
    drop(client);
    heard.expect(&["Err(Disconnected) true", "bye"]).await;
}

#[tokio::test]
async fn shutdown_waits_for_the_farewell_and_not_for_ever() {
    let (app, _, mut heard) = start(Duration::from_millis(200)).await;
    let mut client = app.client().await;
    client.send(r#"42["stuck"]"#).await;
    heard.expect(&["stuck"]).await;
    assert!(app.handle.shutdown(Duration::from_secs(10)).await);
    heard.expect(&["dropped", "bye"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn shutdown_shortens_the_grace_to_its_deadline() {
    let (app, _, mut heard) = start(Duration::from_secs(60)).await;
    let mut client = app.client().await;
    client.send(r#"42["stuck"]"#).await;
    heard.expect(&["stuck"]).await;
    let begin = Instant::now();
    let _ = app.handle.shutdown(Duration::from_millis(200)).await;
    assert!(begin.elapsed() < Duration::from_secs(5));
    heard.expect(&["dropped", "bye"]).await;
}
