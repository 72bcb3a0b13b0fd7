//! What is refused when a socket joins a room, and what a client that tries gains by it.

use socketio::prelude::*;
use socketio::{JoinError, Room, SocketId};
use tests::session::Client;

use crate::app::{App, ask, json};

#[derive(Default)]
struct Rooms;

#[namespace("/", manual)]
impl Rooms {
    fn on_try(&self, socket: &Socket, rooms: Vec<Room>) -> Result<(), Error> {
        Ok(socket.try_join(rooms)?)
    }
    fn on_join(&self, socket: &Socket, rooms: Vec<Room>) -> Vec<Room> {
        socket.join(rooms);
        socket.rooms()
    }
    fn on_leave(&self, socket: &Socket, rooms: Vec<Room>) -> Vec<Room> {
        socket.leave(rooms);
        socket.rooms()
    }
}

async fn start(server: Server) -> App {
    App::start(server.mount::<Rooms>()).await
}

/// The rooms after one of the events, `Err` with the code of the answer.
async fn rooms(client: &mut Client, event: &str) -> Result<Vec<String>, String> {
    let reply = json(&ask(client, event).await);
    match reply.get(0) {
        Some(failed) if failed.is_object() => Err(failed["error"]["code"].as_str().unwrap().to_owned()),
        Some(rooms) => Ok(rooms.as_array().unwrap().iter().map(|room| room.as_str().unwrap().to_owned()).collect()),
        None => Ok(Vec::new()),
    }
}

#[tokio::test]
async fn the_own_room_comes_first_and_stays() {
    let app = start(Server::empty()).await;
    let mut client = app.client().await;
    let own = client.sid.clone();
    assert_eq!(rooms(&mut client, r#"["join",[]]"#).await.unwrap(), [own.as_str()]);
    assert_eq!(rooms(&mut client, r#"["join",["b","a"]]"#).await.unwrap(), [own.as_str(), "b", "a"]);
    let event = format!(r#"["leave",["b",{own:?}]]"#);
    assert_eq!(rooms(&mut client, &event).await.unwrap(), [own.as_str(), "a"]);
    let event = format!(r#"["join",[{own:?}]]"#);
    assert_eq!(rooms(&mut client, &event).await.unwrap(), [own.as_str(), "a"]);
    assert_eq!(app.handle.of("/").to(&own).count(), 1);
}

#[tokio::test]
async fn rooms_past_the_bound_are_refused() {
    let app = start(Server::empty().max_rooms(2).max_room_name(5)).await;
    let (mut client, mut other) = (app.client().await, app.client().await);
    let own = client.sid.clone();
    assert_eq!(rooms(&mut client, r#"["try",["a","b"]]"#).await, Ok(Vec::new()));
    let reply = ask(&mut client, r#"["try",["c"]]"#).await;
    assert_eq!(reply, r#"[{"error":{"code":"too_many_rooms","message":"a socket may be in at most 2 rooms"}}]"#);
    // `join` leaves out what is refused.
    assert_eq!(rooms(&mut client, r#"["join",["c","a"]]"#).await.unwrap(), [own.as_str(), "a", "b"]);
    assert_eq!(app.handle.of("/").to("c").count(), 0);
    rooms(&mut client, r#"["leave",["a"]]"#).await.unwrap();
    let reply = ask(&mut client, r#"["try",["sixsix"]]"#).await;
    let message = "the name of a room has at most 5 bytes";
    assert_eq!(reply, format!(r#"[{{"error":{{"code":"room_name_too_long","message":"{message}"}}}}]"#));
    assert_eq!(rooms(&mut client, r#"["try",["éfive","fifth"]]"#).await, Err("room_name_too_long".to_owned()));
    assert_eq!(rooms(&mut client, r#"["join",[]]"#).await.unwrap(), [own.as_str(), "b", "fifth"]);
    // Everyone has a bound of their own, and targets meet it as well.
    assert_eq!(rooms(&mut other, r#"["try",["c"]]"#).await, Ok(Vec::new()));
    app.handle.of("/").join(["x", "y"]);
    assert_eq!(app.handle.of("/").to("x").count(), 1);
    assert_eq!(app.handle.of("/").to("y").count(), 0);
}

#[tokio::test]
async fn the_default_allows_1024_rooms() {
    let app = start(Server::empty()).await;
    let mut client = app.client().await;
    let names: Vec<String> = (0..2000).map(|n| format!("{n:?}")).collect();
    let event = format!(r#"["join",[{}]]"#, names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(","));
    assert_eq!(rooms(&mut client, &event).await.unwrap().len(), 1 + 1024);
    let long = "x".repeat(1025);
    assert_eq!(rooms(&mut client, &format!(r#"["try",[{long:?}]]"#)).await, Err("room_name_too_long".to_owned()));
}

#[tokio::test]
async fn nobody_joins_the_room_of_another_socket() {
    let app = start(Server::empty()).await;
    let (mut eve, mut ann) = (app.client().await, app.client().await);
    let id = ann.sid.clone();
    assert_eq!(rooms(&mut eve, &format!(r#"["try",[{id:?}]]"#)).await, Err("own_room".to_owned()));
    assert_eq!(rooms(&mut eve, &format!(r#"["join",[{id:?}]]"#)).await.unwrap(), [eve.sid.as_str()]);
    app.handle.of("/").except("nobody").join(&id);
    app.handle.of("/").to(&id).emit("secret", 1);
    ann.expect(r#"42["secret",1]"#).await;
    // What she hears next is the answer to what she says next.
    assert_eq!(rooms(&mut eve, r#"["join",[]]"#).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_id_whose_owner_has_left_reaches_nobody() {
    let app = start(Server::empty()).await;
    let (mut eve, ann) = (app.client().await, app.client().await);
    let socket = app.handle.socket(SocketId::parse(&ann.sid).unwrap()).unwrap();
    let id = socket.id();
    socket.disconnect();
    while !socket.rooms().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(socket.try_join("late"), Err(JoinError::Disconnected));
    // A name like any other now, for those who write it as text.
    assert_eq!(rooms(&mut eve, &format!(r#"["try",[{:?}]]"#, ann.sid)).await, Ok(Vec::new()));
    app.handle.of("/").to(id).emit("secret", 1);
    app.handle.of("/").to(ann.sid).emit("public", 2);
    eve.expect(r#"42["public",2]"#).await;
}
