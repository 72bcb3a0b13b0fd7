//! `on_disconnect`: its forms, its place behind the last turn, and what is left when it fails.

use std::time::Duration;

use serde::Deserialize;
use socketio::prelude::*;
use socketio::{Context, FromContext};

use crate::app::{App, Gate, Heard, Log, ask, log};

#[derive(Deserialize)]
struct Login {
    nick: String,
}

struct Chat {
    nick: String,
}

#[namespace("/", manual)]
impl Chat {
    fn on_connect(socket: &Socket, login: Login) -> Self {
        socket.join(["all", "some"]);
        Chat { nick: login.nick }
    }
    async fn on_slow(&mut self, gate: &State<Gate>, log: &State<Log>) {
        log.say("begin");
        gate.pass().await;
        self.nick.push('!');
        log.say("end");
    }
    async fn on_look(&self, gate: &State<Gate>, log: &State<Log>) {
        log.say("look");
        gate.pass().await;
        log.say("looked");
    }
    fn on_said(&self, log: &State<Log>, what: String) {
        log.say(what);
    }
    async fn on_disconnect(self, socket: &Socket, log: &State<Log>) {
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(!socket.is_connected());
        socket.broadcast().emit("left", &self.nick);
        socket.emit("nobody hears", ());
        log.say(format!("bye {} {}", self.nick, socket.rooms().len()));
    }
}

#[derive(Default)]
struct Shared;

#[namespace("/shared", manual)]
impl Shared {
    fn on_ping(&self) {}
    fn on_disconnect(&self, log: &State<Log>) {
        log.say("bye shared");
    }
}

#[derive(Default)]
struct Exclusive(u8);

#[namespace("/exclusive", manual)]
impl Exclusive {
    fn on_ping(&mut self) {
        self.0 += 1;
    }
    async fn on_disconnect(&mut self, log: &State<Log>) {
        self.0 += 1;
        log.say(format!("bye exclusive {}", self.0));
    }
}

#[derive(Default)]
struct Rooms;

#[namespace("/rooms", manual)]
impl Rooms {
    fn on_connect(&self, socket: &Socket) {
        socket.join(["red", "blue"]);
    }
    fn on_ping(&self) {}
    fn on_disconnect(&self, socket: &Socket, log: &State<Log>) {
        for room in socket.rooms() {
            socket.to(&room).emit("left", &room);
            socket.within(&room).emit("count", socket.within(&room).count());
        }
        socket.join("late");
        log.say(socket.within("late").sockets().len());
    }
}

#[derive(Default)]
struct Panics;

#[namespace("/panics", manual)]
impl Panics {
    fn on_connect(&self, socket: &Socket) {
        socket.join("room");
    }
    fn on_ping(&self) {}
    fn on_disconnect(&self, log: &State<Log>) {
        log.say("bye panics");
        panic!("in on_disconnect");
    }
}

#[derive(Default)]
struct PanicsLater;

#[namespace("/panics_later", manual)]
impl PanicsLater {
    fn on_connect(&self, socket: &Socket) {
        socket.join("room");
    }
    fn on_ping(&self) {}
    async fn on_disconnect(self, log: &State<Log>) {
        tokio::task::yield_now().await;
        log.say("bye later");
        panic!("in on_disconnect");
    }
}

struct Slowly(u8);

impl FromContext for Slowly {
    const FALLIBLE: bool = false;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        tokio::task::yield_now().await;
        assert_eq!(cx.event(), "disconnect");
        Ok(Slowly(u8::from(cx.reason().is_some())))
    }
}

/// A login that this client does not have.
struct User;

impl FromContext for User {
    async fn from_context(_: &Context) -> Result<Self, Error> {
        Err(Error::new("login", "log in first"))
    }
}

#[derive(Default)]
struct Lent;

#[namespace("/lent", manual)]
impl Lent {
    fn on_ping(&self) {}
    fn on_disconnect(
        &self,
        slowly: &Slowly,
        user: &Option<User>,
        count: &Option<State<u8>>,
        gate: &Option<State<Gate>>,
        log: &State<Log>,
    ) {
        log.say(format!("bye lent {} {} {} {}", slowly.0, user.is_some(), count.is_some(), gate.is_some()));
    }
}

async fn start() -> (App, Gate, Heard) {
    let (log, heard) = log();
    let gate = Gate::default();
    let server = Server::empty().mount::<Chat>().mount::<Shared>().mount::<Exclusive>().mount::<Panics>();
    let server =
        server.mount::<Rooms>().mount::<PanicsLater>().mount::<Lent>().disconnect_grace(Duration::from_secs(60));
    (App::start(server.state(gate.clone()).state(log)).await, gate, heard)
}

async fn chat(app: &App, nick: &str) -> tests::session::Client {
    tests::session::Client::bare(app.addr, &format!(r#"40{{"nick":{nick:?}}}"#)).await
}

#[tokio::test]
async fn all_forms_of_on_disconnect() {
    let (app, _, mut heard) = start().await;
    for (path, bye) in
        [("/shared", "bye shared"), ("/exclusive", "bye exclusive 2"), ("/lent", "bye lent 1 false false true")]
    {
        let mut client = app.client_of(path).await;
        client.send(format!(r#"42{path},["ping"]"#)).await;
        client.send(format!("41{path},")).await;
        heard.expect(&[bye]).await;
        drop(client);
        heard.silent().await;
    }
}

#[tokio::test]
async fn it_comes_after_the_last_turn() {
    let (app, gate, mut heard) = start().await;
    let mut client = chat(&app, "ann").await;
    for event in ["look", "look", "slow"] {
        client.send(format!(r#"42["{event}"]"#)).await;
    }
    // What was sent before leaving is handled before leaving.
    client.send(r#"42["said","last words"]"#).await;
    client.send("41").await;
    heard.expect(&["look", "look"]).await;
    heard.silent().await;
    gate.open(2);
    heard.expect(&["looked", "looked", "begin"]).await;
    heard.silent().await;
    gate.open(1);
    heard.expect(&["end", "last words", "bye ann! 3"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn it_may_emit_to_others_and_still_has_its_rooms() {
    let (app, _, mut heard) = start().await;
    let mut stays = chat(&app, "bob").await;
    let client = chat(&app, "ann").await;
    assert_eq!(app.handle.of("/").to("some").count(), 2);
    drop(client);
    stays.expect(r#"42["left","ann"]"#).await;
    heard.expect(&["bye ann 3"]).await;
    crate::app::a_moment().await;
    assert_eq!(app.handle.of("/").to("some").count(), 1);
}

#[tokio::test]
async fn the_rooms_are_left_after_on_disconnect() {
    let (app, _, mut heard) = start().await;
    let (mut stays, mut leaves) = (app.client_of("/rooms").await, app.client_of("/rooms").await);
    leaves.send("41/rooms,").await;
    // Its own room is among them, and nobody else is in there.
    let mut rooms = Vec::new();
    for _ in 0..2 {
        rooms.push(crate::app::text(&mut stays).await);
        // The socket that leaves is not counted, and is sent nothing.
        stays.expect(r#"42/rooms,["count",1]"#).await;
    }
    rooms.sort_unstable();
    assert_eq!(rooms, [r#"42/rooms,["left","blue"]"#, r#"42/rooms,["left","red"]"#]);
    heard.expect(&["0"]).await;
    leaves.send("40/rooms,").await;
    assert!(crate::app::text(&mut leaves).await.starts_with("40/rooms,{"));
    assert_eq!((app.handle.of("/rooms").to("red").count(), app.handle.of("/rooms").to("late").count()), (2, 0));
}

#[tokio::test]
async fn it_runs_once_although_the_connection_ends_too() {
    let (app, _, mut heard) = start().await;
    let mut client = chat(&app, "ann").await;
    client.send("41").await;
    heard.expect(&["bye ann 3"]).await;
    drop(client);
    heard.silent().await;
    assert!(app.handle.shutdown(Duration::from_secs(5)).await);
    heard.silent().await;
}

#[tokio::test]
async fn coming_back_is_another_instance() {
    let (app, gate, mut heard) = start().await;
    let mut client = chat(&app, "ann").await;
    client.send(r#"42["slow"]"#).await;
    heard.expect(&["begin"]).await;
    client.send("41").await;
    client.send(r#"40{"nick":"eve"}"#).await;
    // While the old one still has a turn running.
    let reply = crate::app::text(&mut client).await;
    assert!(reply.starts_with("40{"), "{reply}");
    assert!(!reply.contains(&client.sid));
    assert_eq!(ask(&mut client, r#"["said","eve is here"]"#).await, "[]");
    heard.expect(&["eve is here"]).await;
    gate.open(1);
    heard.expect(&["end", "bye ann! 3"]).await;
    client.expect(r#"42["left","ann!"]"#).await;
}

#[tokio::test]
async fn one_that_panics_leaves_its_rooms_all_the_same() {
    let (app, _, mut heard) = start().await;
    for (path, bye) in [("/panics", "bye panics"), ("/panics_later", "bye later")] {
        let mut client = app.client_of(path).await;
        let (target, socket) = (app.handle.of(path), app.handle.of(path).sockets().remove(0));
        assert_eq!((target.clone().to("room").count(), socket.rooms().len()), (1, 2));
        client.send(format!("41{path},")).await;
        heard.expect(&[bye]).await;
        crate::app::a_moment().await;
        assert_eq!((target.clone().to("room").count(), target.count(), socket.rooms().len()), (0, 0, 0));
        assert!(app.handle.socket(socket.id()).is_err());
        // And the connection serves on.
        client.send(format!("40{path},")).await;
        assert!(crate::app::text(&mut client).await.starts_with(&format!("40{path},")));
        drop(client);
        heard.expect(&[bye]).await;
    }
}
