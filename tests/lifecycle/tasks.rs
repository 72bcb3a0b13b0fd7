//! `socket.spawn`: tasks that live as long as the stay in the namespace.

use std::time::Duration;

use serde::Deserialize;
use socketio::prelude::*;
use socketio::{Task, TaskError};
use tests::session::Client;

use crate::app::{App, Gate, Heard, Log, capture, log, text};

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

/// Tasks with a handle, those of the connection, and those that fail.
#[derive(Default)]
struct Handles(Option<Task>);

#[namespace("/handles", manual)]
impl Handles {
    fn on_work(&mut self, socket: &Socket, log: &State<Log>, gate: &State<Gate>) {
        self.0 = Some(socket.spawn(work(Log::clone(log), Gate::clone(gate))));
    }
    async fn on_abort(&mut self) -> String {
        let task = self.0.take().unwrap();
        let before = task.is_finished();
        task.abort();
        format!("{before} {:?}", task.join().await)
    }
    fn on_abort_all(&self, socket: &Socket) {
        socket.abort_tasks();
    }
    async fn on_fail(&self, socket: &Socket) -> String {
        let failing = async {
            tokio::task::yield_now().await;
            Err(Error::internal("not today"))?;
            Ok(())
        };
        format!("{:?}", socket.spawn(failing).join().await)
    }
    async fn on_panic(&self, socket: &Socket) -> String {
        format!("{:?}", socket.spawn(async { panic!("in a task") }).join().await)
    }
    fn on_keep(&self, session: &Session, log: &State<Log>, gate: &State<Gate>) -> bool {
        session.spawn(work(Log::clone(log), Gate::clone(gate))).is_finished()
    }
    async fn on_session_panics(&self, session: &Session) -> String {
        format!("{:?}", session.spawn(async { panic!("in a task") }).join().await)
    }
    async fn on_many(&self, socket: &Socket, session: &Session) -> (usize, usize) {
        let sockets: Vec<Task> = (0..5).map(|_| socket.spawn(std::future::pending::<()>())).collect();
        let sessions: Vec<Task> = (0..5).map(|_| session.spawn(std::future::pending::<()>())).collect();
        let count = |tasks: Vec<Task>| tasks.iter().filter(|task| !task.is_finished()).count();
        (count(sockets), count(sessions))
    }
    fn on_disconnect(self, session: &Session, log: &State<Log>) {
        // The connection may go on.
        session.spawn(std::future::pending::<()>());
        log.say("bye");
    }
}

async fn handles() -> (App, Client, Gate, Heard) {
    let (log, heard) = log();
    let gate = Gate::default();
    let server = Server::empty().mount::<Handles>().max_tasks(3).state(gate.clone()).state(log);
    let app = App::start(server).await;
    let client = app.client_of("/handles").await;
    (app, client, gate, heard)
}

async fn call(client: &mut Client, event: &str) -> String {
    client.send(format!(r#"42/handles,7["{event}"]"#)).await;
    text(client).await.replace("43/handles,7", "")
}

#[tokio::test]
async fn a_task_is_aborted_and_joined_by_its_handle() {
    let (_app, mut client, gate, mut heard) = handles().await;
    call(&mut client, "work").await;
    gate.open(1);
    heard.expect(&["task works"]).await;
    assert_eq!(call(&mut client, "abort").await, r#"["false Err(Aborted)"]"#);
    heard.expect(&["task dropped"]).await;
    // And all of them at once.
    gate.open(2);
    call(&mut client, "work").await;
    call(&mut client, "work").await;
    heard.expect(&["task works", "task works"]).await;
    call(&mut client, "abort_all").await;
    heard.expect(&["task dropped", "task dropped"]).await;
    assert_eq!(call(&mut client, "abort").await, r#"["true Err(Aborted)"]"#);
}

#[tokio::test]
async fn the_error_of_a_task_is_logged_and_its_panic_disconnects() {
    let logged = capture();
    let (_app, mut client, _, mut heard) = handles().await;
    assert_eq!(call(&mut client, "fail").await, r#"["Err(Failed(internal: not today))"]"#);
    assert!(logged.lines().iter().any(|line| line.contains("not today")), "{:?}", logged.lines());
    // The namespace is left before the handler has waited for the task's end.
    client.send(r#"42/handles,7["panic"]"#).await;
    client.expect("41/handles,").await;
    heard.expect(&["bye"]).await;
    assert!(logged.lines().iter().any(|line| line.contains("in a task")), "{:?}", logged.lines());
}

#[tokio::test]
async fn tasks_of_the_connection_survive_a_namespace_and_end_with_it() {
    let (app, mut client, gate, mut heard) = handles().await;
    assert_eq!(call(&mut client, "keep").await, "[false]");
    assert!(call(&mut client, "session_panics").await.contains("Panicked"));
    let session = app.handle.of("/handles").sockets()[0].session().clone();
    client.send("41/handles,").await;
    heard.expect(&["bye"]).await;
    gate.open(1);
    heard.expect(&["task works"]).await;
    heard.silent().await;
    drop(client);
    heard.expect(&["task dropped"]).await;
    assert_eq!(session.spawn(async {}).join().await, Err(TaskError::Ended));
    // A session without a connection runs nothing.
    assert_eq!(Session::default().spawn(async {}).join().await, Err(TaskError::Ended));
}

#[tokio::test]
async fn so_many_tasks_run_and_no_more() {
    let logged = capture();
    let (_app, mut client, ..) = handles().await;
    assert_eq!(call(&mut client, "many").await, "[3,3]");
    assert!(logged.lines().iter().any(|line| line.contains("Server::max_tasks")), "{:?}", logged.lines());
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
