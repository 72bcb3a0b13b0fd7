//! The instance of a recovered session: what is held while its `on_connect` runs, middlewares, namespaces of patterns, and the end of the
//! server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use serde_json::json;
use socketio::prelude::*;
use socketio::{Context, Middleware, Recovery};
use tokio::sync::Semaphore;

use crate::app::{self, App, Log};
use crate::back::{Guest, server};

/// Lets each `on_connect` go on.
#[derive(Clone)]
struct Gate(Arc<Semaphore>);

struct Slow;

#[namespace("/slow", manual)]
impl Slow {
    async fn on_connect(socket: &Socket, gate: &State<Gate>, log: &State<Log>) -> Self {
        socket.emit("own", socket.recovered());
        log.say(if socket.recovered() { "back" } else { "new" });
        gate.0.acquire().await.unwrap().forget();
        Slow
    }
    fn on_disconnect(self, log: &State<Log>) {
        log.say("gone");
    }
}

#[tokio::test]
async fn events_during_on_connect_are_held_once_and_in_order() {
    let (log, mut heard) = app::log();
    let gate = Gate(Arc::new(Semaphore::new(1)));
    let server = Server::empty().mount::<Slow>().state(log).state(gate.clone()).recovery(Recovery::default());
    let app = App::start(server).await;
    let emit = |n: u8| app.handle.of("/slow").emit("n", n);
    let mut guest = Guest::with(&app, "/slow", "").await;
    guest.expect(&[r#"42/slow,["own",false]"#]).await;
    emit(1);
    guest.expect(&[r#"42/slow,["n",1]"#]).await;
    let lost = guest.cut();
    heard.expect(&["new", "gone"]).await;
    emit(2);
    let coming = tokio::spawn({
        let (addr, auth) = (app.addr, lost.auth.clone());
        async move { Guest::at(addr, "/slow", &auth).await }
    });
    heard.expect(&["back"]).await;
    // It is missed by nobody: the socket is there, and its CONNECT reply is not sent.
    emit(3);
    app.handle.of("/slow").volatile().emit("tick", ());
    gate.0.add_permits(1);
    let mut guest = coming.await.unwrap();
    assert_eq!((guest.id, guest.missed()), (lost.id, vec![r#"42/slow,["n",2]"#.to_owned()]));
    emit(4);
    let then = [r#"42/slow,["own",true]"#, r#"42/slow,["n",3]"#, r#"42/slow,["tick"]"#, r#"42/slow,["n",4]"#];
    guest.expect(&then).await;
    // What was held has moved the offset on.
    let lost = guest.cut();
    heard.expect(&["gone"]).await;
    gate.0.add_permits(1);
    assert_eq!(lost.back(&app).await.missed(), [""; 0]);
}

#[tokio::test]
async fn a_client_that_is_cut_again_before_its_reply_recovers_nevertheless() {
    let (log, mut heard) = app::log();
    let gate = Gate(Arc::new(Semaphore::new(1)));
    let server = Server::empty().mount::<Slow>().state(log).state(gate.clone()).recovery(Recovery::default());
    let app = App::start(server).await;
    let mut guest = Guest::with(&app, "/slow", "").await;
    guest.expect(&[r#"42/slow,["own",false]"#]).await;
    let lost = guest.cut();
    heard.expect(&["new", "gone"]).await;
    app.handle.of("/slow").emit("n", 1);
    // Its connection is cut while `on_connect` runs, which goes on.
    let mut again = app.engine().await;
    again.text(format!("40/slow,{}", lost.auth)).await;
    heard.expect(&["back"]).await;
    drop(again);
    gate.0.add_permits(1);
    heard.expect(&["gone"]).await;
    gate.0.add_permits(1);
    let guest = lost.back(&app).await;
    assert_eq!((guest.id, guest.missed().first().map(String::as_str)), (lost.id, Some(r#"42/slow,["n",1]"#)));
}

/// Counts the connections that it lets pass.
struct Counting(Arc<AtomicUsize>);

impl Middleware for Counting {
    fn connect<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<(), Refuse>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(Ok(())))
    }
}

#[tokio::test]
async fn a_middleware_is_asked_again_if_the_program_wants_it() {
    for (skip, asked) in [(true, 1), (false, 2)] {
        let (log, mut heard) = app::log();
        let count = Arc::new(AtomicUsize::new(0));
        let server = server(log, Recovery::default().skip_middleware(skip)).middleware(Counting(count.clone()));
        let app = App::start(server).await;
        let lost = Guest::new(&app).await.cut();
        heard.expect(&["new", "transport close"]).await;
        assert_eq!(lost.back(&app).await.id, lost.id);
        assert_eq!(count.load(Ordering::SeqCst), asked);
    }
}

#[derive(Default)]
struct Org;

#[namespace("/org/{id}", manual)]
impl Org {
    fn on_disconnect(&self, log: &State<Log>) {
        log.say("gone");
    }
}

#[tokio::test]
async fn a_namespace_of_a_pattern_waits_for_its_only_client() {
    let (log, mut heard) = app::log();
    let app = App::start(Server::empty().mount::<Org>().state(log).recovery(Recovery::default())).await;
    let lost = Guest::with(&app, "/org/7", "").await.cut();
    heard.expect(&["gone"]).await;
    app.handle.of("/org/7").emit("missed", ());
    app.handle.of("/org/8").emit("elsewhere", ());
    let guest = lost.back(&app).await;
    assert_eq!((guest.id, guest.missed()), (lost.id, vec![r#"42/org/7,["missed"]"#.to_owned()]));
    // The secret is that of one namespace.
    let other = Guest::with(&app, "/org/8", &lost.auth).await;
    assert_ne!(other.id, lost.id);
}

#[tokio::test]
async fn a_socket_that_was_in_many_rooms_is_in_them_again() {
    let (log, mut heard) = app::log();
    let app = App::start(server(log, Recovery::default())).await;
    let mut guest = Guest::new(&app).await;
    for n in 0..600 {
        guest.send(&format!(r#"42["join","room {n}"]"#)).await;
    }
    guest.whoami().await;
    // It comes back while it is still being removed from its rooms.
    let again = Guest::with(&app, "/", &guest.auth()).await;
    assert_eq!(again.id, guest.id);
    heard.expect(&["new", "transport close", "back"]).await;
    assert_eq!(app.handle.of("/").to("room 599").count(), 1);
    assert_eq!(app.handle.socket(again.id).unwrap().rooms().len(), 601);
}

#[tokio::test]
async fn sessions_that_are_kept_do_not_keep_their_server() {
    let (log, mut heard) = app::log();
    let state = Arc::new(json!(1));
    let freed = Arc::downgrade(&state);
    let bound = server(log, Recovery::default()).state(state).bind("127.0.0.1:0").await.unwrap();
    let (addr, handle) = (bound.local_addr().unwrap(), bound.handle());
    let serving = tokio::spawn(bound.serve());
    let guest = Guest::at(addr, "/", "").await;
    drop(guest.cut());
    heard.expect(&["new", "transport close"]).await;
    assert!(handle.shutdown(std::time::Duration::from_secs(5)).await);
    serving.await.unwrap().unwrap();
    drop(handle);
    app::eventually(|| freed.upgrade().is_none()).await;
}
