//! `on_start`, `on_stop` and `shutdown_on`: in which order they run, beside what, and what happens when they fail.

use std::time::Duration;

use socketio::Handle;
use socketio::prelude::*;
use tests::session::Client;
use tests::{http, within};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::app::{App, Gate, Heard, Log, a_moment, capture, log};

#[derive(Default)]
struct Chat;

#[namespace("/", manual)]
impl Chat {
    async fn on_disconnect(self, log: &State<Log>) {
        tokio::task::yield_now().await;
        log.say("bye");
    }
}

fn server() -> (Server, Log, Heard) {
    let (log, heard) = log();
    (Server::empty().mount::<Chat>().state(log.clone()), log, heard)
}

#[tokio::test]
async fn they_run_once_in_order_and_around_all_clients() {
    let (server, log, mut heard) = server();
    let say = |line: &'static str| {
        let log = log.clone();
        move || async move {
            tokio::task::yield_now().await;
            log.say(line);
        }
    };
    let (first, second) = (say("start 1"), say("start 2"));
    let server = server.on_start(|_: Handle| first()).on_start(|_: Handle| second());
    let server = server.on_stop(say("stop 1")).on_stop(say("stop 2"));
    let bound = server.bind("127.0.0.1:0").await.unwrap();
    heard.expect(&["start 1", "start 2"]).await;
    let (addr, handle) = (bound.local_addr().unwrap(), bound.handle());
    let serving = tokio::spawn(bound.serve());
    let _clients = [Client::bare(addr, "40").await, Client::bare(addr, "40").await];
    // Two at once are one end.
    let (one, other) = tokio::join!(handle.shutdown(Duration::from_secs(60)), handle.shutdown(Duration::from_secs(60)));
    assert!(one && other);
    heard.expect(&["bye", "bye", "stop 1", "stop 2"]).await;
    within("the end", serving).await.unwrap().unwrap();
    heard.silent().await;
}

#[tokio::test]
async fn on_start_has_the_handle_and_its_error_keeps_the_server_from_starting() {
    let (server, log, mut heard) = server();
    let addr = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (started, stopped) = (log.clone(), log.clone());
    let server = server.on_start(move |handle: Handle| async move {
        // The port is not taken yet.
        assert!(TcpListener::bind(addr).await.is_ok());
        started.say(format!("{} clients", handle.connections()));
        Err(Error::new("no_database", "the database is away"))
    });
    let server = server.on_start(|_: Handle| async { panic!("not reached") });
    let server = server.on_stop(move || async move { stopped.say("stop") });
    let error = server.listen(addr).await.unwrap_err();
    assert_eq!(error.code(), "no_database");
    heard.expect(&["0 clients"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn a_panic_is_an_error_and_a_port_that_is_taken_ends_what_has_begun() {
    let (server, ..) = server();
    let error = server.on_start(|_: Handle| async { panic!("no config") }).bind("127.0.0.1:0").await.unwrap_err();
    assert_eq!(error.message(), "`on_start` panicked: no config");
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (server, log, mut heard) = self::server();
    let server = server.on_stop(move || async move { log.say("stop") });
    assert_eq!(server.bind(taken.local_addr().unwrap()).await.unwrap_err().code(), "start");
    heard.expect(&["stop"]).await;
}

#[tokio::test]
async fn on_stop_that_fails_or_never_ends_does_not_keep_the_server() {
    let logged = capture();
    let (server, log, mut heard) = server();
    let server = server.on_stop(|| async { Err(Error::internal("disk is full")) });
    let server = server.on_stop(|| async { panic!("while stopping") });
    let server = server.on_stop(move || async move { log.say("stop") }).on_stop(std::future::pending::<()>);
    let bound = server.bind("127.0.0.1:0").await.unwrap();
    let handle = bound.handle();
    let serving = tokio::spawn(bound.serve());
    tokio::time::pause();
    assert!(handle.shutdown(Duration::from_secs(5)).await);
    serving.await.unwrap().unwrap();
    heard.expect(&["stop"]).await;
    for text in ["disk is full", "while stopping", "has not ended in time"] {
        assert!(logged.lines().iter().any(|line| line.contains(text)), "{text} is not in {:?}", logged.lines());
    }
}

#[tokio::test]
async fn a_signal_shuts_the_server_down() {
    let (server, log, mut heard) = server();
    let (signal, asked) = oneshot::channel::<()>();
    let server =
        server.shutdown_on(asked, Duration::from_secs(60)).shutdown_on(std::future::pending::<()>(), Duration::ZERO);
    let bound = server.on_stop(move || async move { log.say("stop") }).bind("127.0.0.1:0").await.unwrap();
    let addr = bound.local_addr().unwrap();
    let serving = tokio::spawn(bound.serve());
    let mut client = Client::bare(addr, "40").await;
    assert!(!serving.is_finished());
    signal.send(()).unwrap();
    client.ws.closed().await;
    within("the end", serving).await.unwrap().unwrap();
    heard.expect(&["bye", "stop"]).await;
}

#[tokio::test]
async fn a_service_starts_behind_and_stops_as_well() {
    let (server, log, mut heard) = server();
    let ((signal, asked), gate) = (oneshot::channel::<()>(), Gate::default());
    let (starting, pass) = (log.clone(), gate.clone());
    let server = server.on_start(move |handle: Handle| async move {
        pass.pass().await;
        starting.say(format!("{} clients", handle.connections()));
        Ok(())
    });
    let server = server.on_stop(move || async move { log.say("stop") }).shutdown_on(asked, Duration::from_secs(60));
    let handle = server.handle();
    let app = App::embedded(server.into_service().unwrap(), handle, 1 << 16).await;
    // Clients are served meanwhile.
    let mut client = app.client().await;
    gate.open(1);
    heard.expect(&["1 clients"]).await;
    signal.send(()).unwrap();
    client.ws.closed().await;
    heard.expect(&["bye", "stop"]).await;
}

#[tokio::test]
async fn a_service_that_cannot_start_is_shut_down() {
    let (server, log, mut heard) = server();
    let server = server.on_start(|_: Handle| async { Err(Error::new("no_database", "away")) });
    let server = server.on_stop(move || async move { log.say("stop") });
    let handle = server.handle();
    let app = App::embedded(server.into_service().unwrap(), handle, 1 << 16).await;
    a_moment().await;
    let refused = http::get(app.addr, "/socket.io/?EIO=4&transport=polling").await;
    assert_eq!((refused.status, refused.text()), (503, r#"{"code":4,"message":"Server shutting down"}"#));
    heard.silent().await;
}

#[test]
fn a_service_with_hooks_needs_a_runtime() {
    let error = Server::empty().on_start(|_: Handle| async {}).into_service().unwrap_err();
    assert!(error.message().contains("need a tokio runtime"), "{error}");
    assert!(Server::empty().into_service().is_ok());
}
