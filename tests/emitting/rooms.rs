//! Joining and leaving, by the socket itself and by targets.

use std::sync::Arc;

use socketio::prelude::*;
use socketio::{Room, SocketId};
use tests::session::Client;

use crate::app::{App, Heard, Log, ask, json, log, text};

#[derive(Default)]
struct Rooms;

/// The rooms that a socket has joined; its own, which comes first, is left out.
fn sorted(rooms: Vec<Room>) -> Vec<String> {
    let mut rooms: Vec<String> = rooms.iter().skip(1).map(ToString::to_string).collect();
    rooms.sort_unstable();
    rooms
}

#[namespace("/", manual)]
impl Rooms {
    fn on_join(&self, socket: &Socket, rooms: Vec<String>) -> Vec<String> {
        socket.join(&rooms);
        sorted(socket.rooms())
    }
    fn on_leave(&self, socket: &Socket, rooms: Vec<String>) -> Vec<String> {
        socket.leave(rooms);
        sorted(socket.rooms())
    }
    fn on_leave_all(&self, socket: &Socket) -> Vec<String> {
        socket.leave_all();
        sorted(socket.rooms())
    }
    fn on_quit(&self, socket: &Socket, room: Room) {
        socket.leave(&room);
        socket.to(&room).emit("left", &room);
    }
    fn on_whisper(&self, socket: &Socket, to: SocketId, text: String) {
        socket.to(to).emit("whisper", (socket.id(), text));
    }
    fn on_own(&self, socket: &Socket) -> usize {
        socket.within(socket.id()).count()
    }
    fn on_disconnect(self, socket: &Socket, log: &State<Log>) {
        log.say(socket.rooms().len());
        socket.join("too late");
    }
}

async fn start() -> (App, Heard) {
    let (log, heard) = log();
    (App::start(Server::empty().mount::<Rooms>().state(log)).await, heard)
}

async fn join(client: &mut Client, rooms: &str) -> String {
    ask(client, &format!(r#"["join",{rooms}]"#)).await
}

#[tokio::test]
async fn a_socket_joins_and_leaves() {
    let (app, mut heard) = start().await;
    let mut client = app.client().await;
    assert_eq!(join(&mut client, r#"["a"]"#).await, r#"[["a"]]"#);
    assert_eq!(join(&mut client, r#"["a","b","c","b"]"#).await, r#"[["a","b","c"]]"#);
    assert_eq!(join(&mut client, "[]").await, r#"[["a","b","c"]]"#);
    assert_eq!(ask(&mut client, r#"["leave",["b","nowhere"]]"#).await, r#"[["a","c"]]"#);
    assert_eq!(app.handle.of("/").to("b").count(), 0);
    assert_eq!(ask(&mut client, r#"["leave_all"]"#).await, "[[]]");
    assert_eq!(ask(&mut client, r#"["own"]"#).await, "[1]");
    join(&mut client, r#"["x"]"#).await;
    let socket = app.handle.of("/").sockets().remove(0);
    drop(client);
    heard.expect(&["2"]).await;
    crate::app::a_moment().await;
    assert_eq!(app.handle.of("/").to(["x", "too late"]).count(), 0);
    socket.join("far too late");
    assert_eq!(socket.rooms().len(), 0);
}

#[tokio::test]
async fn a_target_joins_leaves_and_disconnects() {
    let (app, mut heard) = start().await;
    let (mut one, mut two, mut three) = (app.client().await, app.client().await, app.client().await);
    join(&mut one, r#"["a"]"#).await;
    join(&mut two, r#"["a"]"#).await;
    let everyone = app.handle.of("/");
    everyone.clone().to("a").join(["b", "c"]);
    assert_eq!(everyone.clone().to("b").count(), 2);
    assert_eq!(join(&mut one, "[]").await, r#"[["a","b","c"]]"#);
    everyone.clone().except("a").join("rest");
    assert_eq!(join(&mut three, "[]").await, r#"[["rest"]]"#);
    everyone.clone().to("a").leave(["b", "rest", "nowhere"]);
    assert_eq!(join(&mut two, "[]").await, r#"[["a","c"]]"#);
    assert_eq!(join(&mut three, "[]").await, r#"[["rest"]]"#);
    everyone.clone().to("a").disconnect();
    one.expect("41").await;
    two.expect("41").await;
    heard.expect(&["3", "3"]).await;
    assert_eq!(everyone.count(), 1);
    assert_eq!(join(&mut three, "[]").await, r#"[["rest"]]"#);
}

#[tokio::test]
async fn sockets_are_fetched_and_used() {
    let (app, _heard) = start().await;
    let (mut one, mut two) = (app.client().await, app.client().await);
    join(&mut one, r#"["a","b"]"#).await;
    join(&mut two, r#"["b"]"#).await;
    let everyone = app.handle.of("/");
    let mut ids: Vec<String> = everyone.clone().to(["a", "b"]).sockets().iter().map(|s| s.id().to_string()).collect();
    ids.sort_unstable();
    let mut expected = vec![one.sid.clone(), two.sid.clone()];
    expected.sort_unstable();
    assert_eq!(ids, expected);
    let sockets = everyone.clone().to("a").sockets();
    assert_eq!(sockets.len(), 1);
    assert_eq!(sorted(sockets[0].rooms()), ["a", "b"]);
    assert!(sockets[0].is_connected());
    sockets[0].emit("you", 1);
    one.expect(r#"42["you",1]"#).await;
    sockets[0].to("b").emit("others", 2);
    two.expect(r#"42["others",2]"#).await;
    sockets[0].disconnect();
    one.expect("41").await;
    assert!(!sockets[0].is_connected());
    // A handle may be kept and used: nothing happens.
    sockets[0].emit("gone", ());
    sockets[0].join("z");
    sockets[0].disconnect();
    one.ws.silent().await;
    assert_eq!(everyone.to("z").count(), 0);
}

#[tokio::test]
async fn room_names_are_any_kind_of_text() {
    let (app, _heard) = start().await;
    let mut client = app.client().await;
    let reply = join(&mut client, r#"["","ä ö","a,b","\u0000"]"#).await;
    assert_eq!(json(&reply)[0].as_array().unwrap().len(), 4);
    let everyone = app.handle.of("/");
    let shared: Arc<str> = "ä ö".into();
    assert_eq!(everyone.clone().to(shared).count(), 1);
    assert_eq!(everyone.clone().to(String::new()).count(), 1);
    assert_eq!(everyone.clone().to(&["a,b".to_owned()][..]).count(), 1);
    everyone.to("\0").emit("x", ());
    assert_eq!(text(&mut client).await, r#"42["x"]"#);
}

#[tokio::test]
async fn a_room_from_the_client_is_left_and_named_in_the_event() {
    let (app, _heard) = start().await;
    let (mut one, mut two) = (app.client().await, app.client().await);
    join(&mut one, r#"["a"]"#).await;
    join(&mut two, r#"["a"]"#).await;
    one.send(r#"42["quit","a"]"#).await;
    two.expect(r#"42["left","a"]"#).await;
    assert_eq!(join(&mut one, "[]").await, "[[]]");
}

#[tokio::test]
async fn a_socket_id_from_the_client_names_no_room_but_that_of_a_socket() {
    let (app, _heard) = start().await;
    let (mut one, mut two) = (app.client().await, app.client().await);
    join(&mut two, r#"["admins"]"#).await;
    one.send(format!(r#"42["whisper",{:?},"hi"]"#, two.sid)).await;
    two.expect(&format!(r#"42["whisper",{:?},"hi"]"#, one.sid)).await;
    let reply = ask(&mut one, r#"["whisper","admins","hi"]"#).await;
    let error = &json(&reply)[0]["error"];
    assert_eq!(error["code"], "bad_request");
    assert_eq!(error["message"], "argument 0 `to`: not an id: expected 20 characters of `A-Za-z0-9-_`");
    two.ws.silent().await;
}
