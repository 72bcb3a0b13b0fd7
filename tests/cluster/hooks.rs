//! What the server tells its adapter: namespaces and rooms that open and close, the wait for rooms that are not heard yet, the end, and the
//! health that it passes on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream;
use socketio::adapter::{Action, Adapter, AdapterError, Answer, BoxFuture, BoxStream, Health, Node, Question};
use socketio::prelude::*;
use socketio::{Error, Room};
use tests::within;
use tokio::sync::watch;

use crate::app::eventually;
use crate::app::{App, text};

/// What an adapter was told, and what it says of itself.
#[derive(Clone)]
struct Told {
    lines: Arc<Mutex<Vec<String>>>,
    /// Whether everything that was opened is heard.
    settled: watch::Sender<bool>,
    waiting: Arc<AtomicUsize>,
    follows: bool,
}

impl Told {
    fn new(follows: bool, settled: bool) -> Self {
        let settled = watch::Sender::new(settled);
        Self { lines: Arc::default(), settled, waiting: Arc::default(), follows }
    }

    fn say(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }

    /// What was told since the last call.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }
}

impl Adapter for Told {
    fn start(&self, _: Node) -> BoxFuture<'static, Result<(), Error>> {
        self.say("start".to_owned());
        Box::pin(std::future::ready(Ok(())))
    }
    fn publish(&self, _: Action) -> Result<(), AdapterError> {
        Ok(())
    }
    fn ask(&self, _: Question) -> BoxStream<'static, Result<Answer, AdapterError>> {
        Box::pin(stream::empty())
    }
    fn stop(&self) -> BoxFuture<'static, ()> {
        self.say("stop".to_owned());
        Box::pin(std::future::ready(()))
    }
    fn health(&self) -> Health {
        let mut health = Health::default();
        health.nodes = 7;
        health
    }
    fn open_namespace(&self, path: &Arc<str>) {
        self.say(format!("open {path}"));
    }
    fn close_namespace(&self, path: &Arc<str>) {
        self.say(format!("close {path}"));
    }
    fn follows_rooms(&self) -> bool {
        self.follows
    }
    fn open_room(&self, path: &Arc<str>, room: &Room) {
        self.say(format!("open {path} {room}"));
    }
    fn close_room(&self, path: &Arc<str>, room: &Room) {
        self.say(format!("close {path} {room}"));
    }
    fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        if *self.settled.borrow() {
            return None;
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut settled = self.settled.subscribe();
        Some(Box::pin(async move {
            let _ = settled.wait_for(|settled| *settled).await;
        }))
    }
}

#[derive(Default)]
struct Root;

#[namespace("/", manual)]
impl Root {
    fn on_join(&self, socket: &Socket, room: String) -> bool {
        socket.try_join(room).is_ok()
    }
    async fn on_join_later(&self, socket: &Socket, room: String) -> bool {
        socket.join(room);
        tokio::task::yield_now().await;
        true
    }
    fn on_leave(&self, socket: &Socket, room: String) {
        socket.leave(room);
    }
    fn on_join_and_go(&self, socket: &Socket, room: String) -> bool {
        socket.join(room);
        socket.disconnect();
        true
    }
    fn on_ping(&self) -> u8 {
        1
    }
}

struct Org;

#[namespace("/org/{id}", manual)]
impl Org {
    fn on_connect(socket: &Socket) -> Self {
        socket.join("all");
        Self
    }
}

async fn app(told: &Told) -> App {
    App::start(Server::empty().mount::<Root>().mount::<Org>().adapter(told.clone())).await
}

/// The acknowledgement `id` of an event.
async fn ask(client: &mut tests::session::Client, id: u8, event: &str) {
    client.send(format!("42{id}{event}")).await;
}

#[tokio::test]
async fn namespaces_open_before_the_start_and_those_of_patterns_with_their_first_client() {
    let told = Told::new(false, true);
    let app = app(&told).await;
    assert_eq!(told.take(), ["open /", "start"]);
    let (one, two) = (app.client_of("/org/7").await, app.client_of("/org/7").await);
    assert_eq!(told.take(), ["open /org/7"]);
    drop(one);
    eventually(|| app.handle.of("/org/7").count() == 1).await;
    assert_eq!(told.take(), [""; 0]);
    drop(two);
    within("the end of /org/7", async {
        while told.lines.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(told.take(), ["close /org/7"]);
    // A path that only a handle names, for an emit to other nodes.
    app.handle.of("/org/8").emit("news", 1);
    assert_eq!(told.take(), ["open /org/8", "close /org/8"]);
    assert_eq!(app.handle.cluster().health().nodes, 7);
    assert!(app.handle.shutdown(Duration::from_secs(5)).await);
    assert_eq!(told.take(), ["stop"]);
}

#[tokio::test]
async fn rooms_open_with_their_first_member_and_close_with_their_last() {
    let told = Told::new(true, true);
    let app = app(&told).await;
    let (mut one, mut two) = (app.client().await, app.client().await);
    let own = |what: &str, client: &tests::session::Client| format!("{what} / {}", client.sid);
    assert_eq!(told.take(), ["open /".to_owned(), "start".to_owned(), own("open", &one), own("open", &two)]);
    for client in [&mut one, &mut two] {
        ask(client, 1, r#"["join","red"]"#).await;
        client.expect("431[true]").await;
        // A second time, and a room that is refused.
        ask(client, 2, r#"["join","red"]"#).await;
        client.expect("432[true]").await;
    }
    let refused = format!(r#"["join","{}"]"#, two.sid);
    ask(&mut one, 3, &refused).await;
    one.expect("433[false]").await;
    assert_eq!(told.take(), ["open / red"]);
    ask(&mut one, 4, r#"["leave","red"]"#).await;
    one.expect("434[]").await;
    assert_eq!(told.take(), [""; 0]);
    let gone = [own("close", &two), "close / red".to_owned()];
    drop(two);
    eventually(|| told.lines.lock().unwrap().len() == 2).await;
    assert_eq!(told.take(), gone);
}

#[tokio::test]
async fn an_adapter_that_follows_no_rooms_is_not_told_of_any_and_not_waited_for() {
    let told = Told::new(false, false);
    let app = app(&told).await;
    let mut client = app.client().await;
    ask(&mut client, 1, r#"["join","red"]"#).await;
    client.expect("431[true]").await;
    assert_eq!(told.take(), ["open /", "start"]);
    assert_eq!(told.waiting.load(Ordering::SeqCst), 0);
}

/// Sockets that join and leave one room from several threads: the adapter hears an alternation, and its last word is the truth.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_one_room_are_told_in_their_order() {
    let told = Told::new(true, true);
    let app = app(&told).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(app.client().await);
    }
    let threads: Vec<_> = (app.handle.of("/").sockets().into_iter())
        .map(|socket| {
            std::thread::spawn(move || {
                for _ in 0..2000 {
                    socket.join("red");
                    socket.leave("red");
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let lines: Vec<_> = told.take().into_iter().filter(|line| line.ends_with("red")).collect();
    assert!(lines.len() >= 2 && lines.len() % 2 == 0);
    for pair in lines.chunks(2) {
        assert_eq!(pair, ["open / red", "close / red"]);
    }
}

#[tokio::test]
async fn the_acknowledgement_of_a_join_waits_and_holds_up_nothing_behind_it() {
    let told = Told::new(true, false);
    let app = app(&told).await;
    let mut client = app.client().await;
    ask(&mut client, 1, r#"["join","red"]"#).await;
    ask(&mut client, 2, r#"["join_later","blue"]"#).await;
    ask(&mut client, 3, r#"["ping"]"#).await;
    client.expect("433[1]").await;
    assert_eq!(told.waiting.load(Ordering::SeqCst), 2);
    told.settled.send_replace(true);
    let mut acks = [text(&mut client).await, text(&mut client).await];
    acks.sort();
    assert_eq!(acks, ["431[true]", "432[true]"]);
    // A handler that disconnects its client answers at once, because nothing can be sent behind the disconnect.
    told.settled.send_replace(false);
    ask(&mut client, 4, r#"["join_and_go","green"]"#).await;
    client.expect("434[true]").await;
    client.expect("41").await;
}

#[tokio::test]
async fn a_connect_reply_waits_for_the_rooms_of_on_connect() {
    let told = Told::new(true, false);
    let app = app(&told).await;
    let mut ws = app.engine().await;
    ws.text("40/org/7,").await;
    eventually(|| told.waiting.load(Ordering::SeqCst) == 1).await;
    // Nothing is joined in `/`: its reply comes first.
    ws.text("40").await;
    assert!(ws.next_text().await.starts_with("40{"));
    told.settled.send_replace(true);
    assert!(ws.next_text().await.starts_with("40/org/7,{"));
}

#[tokio::test]
async fn an_adapter_that_never_settles_is_waited_for_one_second() {
    let told = Told::new(true, false);
    let app = app(&told).await;
    let mut client = app.client().await;
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    ask(&mut client, 1, r#"["join","red"]"#).await;
    client.expect("431[true]").await;
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(told.waiting.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_client_that_leaves_while_its_acknowledgement_waits_is_let_go() {
    let told = Told::new(true, false);
    let app = app(&told).await;
    let mut client = app.client().await;
    ask(&mut client, 1, r#"["join","red"]"#).await;
    eventually(|| told.waiting.load(Ordering::SeqCst) == 1).await;
    client.send("41").await;
    eventually(|| app.handle.of("/").count() == 0).await;
    let open: HashMap<String, i32> =
        told.take().iter().filter_map(|line| line.split_once(' ')).fold(HashMap::new(), |mut open, (what, room)| {
            *open.entry(room.to_owned()).or_default() += if what == "open" { 1 } else { -1 };
            open
        });
    assert_eq!(open.values().filter(|open| **open != 0).count(), 1, "only the namespace is open: {open:?}");
}

#[tokio::test]
async fn without_an_adapter_a_server_is_a_healthy_cluster_of_one() {
    let app = App::start(Server::empty().mount::<Root>()).await;
    let health = app.handle.cluster().health();
    assert!(health.connected && health.nodes == 0 && health.last_error.is_none());
}
