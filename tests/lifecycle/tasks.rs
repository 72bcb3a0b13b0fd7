//! `socket.spawn`: tasks that live as long as the stay in the namespace.

use std::time::Duration;

use serde::Deserialize;
use socketio::prelude::*;

use crate::app::{App, Gate, Heard, Log, log};

/// Tells when it is dropped.
struct Dropped(Log);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.say("task dropped");
    }
}

#[derive(Deserialize)]
struct Door {
    open: bool,
}

struct Busy;

async fn work(log: Log, gate: Gate) {
    let dropped = Dropped(log);
    gate.pass().await;
    dropped.0.say("task works");
    std::future::pending::<()>().await;
}

#[namespace("/", manual)]
impl Busy {
    fn on_connect(socket: &Socket, log: &State<Log>, gate: &State<Gate>, door: Option<Door>) -> Result<Self, Refuse> {
        if door.is_some_and(|door| !door.open) {
            socket.spawn(work(Log::clone(log), Gate::clone(gate)));
            return Err(Refuse::new("no", "no"));
        }
        Ok(Busy)
    }
    fn on_work(&self, socket: &Socket, log: &State<Log>, gate: &State<Gate>) {
        socket.spawn(work(Log::clone(log), Gate::clone(gate)));
    }
    fn on_many(&self, socket: &Socket, log: &State<Log>) {
        for n in 0..100 {
            let (socket, log) = (socket.clone(), Log::clone(log));
            // A task that knows its socket, and spawns others.
            let inner = socket.clone();
            socket.spawn(async move {
                let log = log.clone();
                inner.spawn(async move { log.say(n % 2) });
            });
        }
    }
    async fn on_disconnect(self, socket: &Socket, log: &State<Log>, gate: &State<Gate>) {
        gate.open(1);
        tokio::time::sleep(Duration::from_millis(100)).await;
        log.say("bye");
        // Nothing is begun for a client that has gone.
        socket.spawn(work(Log::clone(log), Gate::clone(gate)));
    }
}

async fn start() -> (App, Gate, Heard) {
    let (log, heard) = log();
    let gate = Gate::default();
    (App::start(Server::empty().mount::<Busy>().state(gate.clone()).state(log)).await, gate, heard)
}

#[tokio::test]
async fn a_task_is_aborted_after_the_farewell_and_not_before() {
    let (app, _, mut heard) = start().await;
    let mut client = app.client().await;
    client.send(r#"42["work"]"#).await;
    heard.silent().await;
    drop(client);
    // The gate is opened by `on_disconnect`, and the task still works; what is spawned last is dropped unpolled.
    heard.expect(&["task works", "bye"]).await;
    heard.expect(&["task dropped"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn tasks_run_beside_turns() {
    let (app, _, mut heard) = start().await;
    let mut client = app.client().await;
    client.send(r#"42["many"]"#).await;
    let mut sum = 0;
    for _ in 0..100 {
        sum += heard.next().await.parse::<u32>().unwrap();
    }
    assert_eq!(sum, 50);
}

#[tokio::test]
async fn a_refused_client_leaves_no_task_behind() {
    let (app, _, mut heard) = start().await;
    let answer = app.answer(r#"40{"open":false}"#).await;
    assert!(answer.starts_with("44{"), "{answer}");
    // It may have been dropped before it was ever polled, and then has nothing to say.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(app.handle.of("/").count(), 0);
    let said = tokio::time::timeout(Duration::from_millis(50), heard.next()).await;
    assert!(said.is_err() || said == Ok("task dropped".to_owned()), "{said:?}");
}

#[tokio::test]
async fn a_thread_that_is_not_the_runtimes_may_spawn() {
    let (app, gate, mut heard) = start().await;
    let client = app.client().await;
    let socket = app.handle.of("/").sockets().remove(0);
    let (log, mut other) = log();
    let work = work(log, gate.clone());
    std::thread::spawn(move || socket.spawn(work)).join().unwrap();
    gate.open(1);
    other.expect(&["task works"]).await;
    drop(client);
    heard.expect(&["bye"]).await;
    other.expect(&["task dropped"]).await;
}
