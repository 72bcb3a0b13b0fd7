//! Grants while the program runs: by handlers, by a sibling namespace, from outside.

use serde::Deserialize;
use socketio::prelude::*;
use tests::session::Client;

use crate::app::{App, Gate, text};

#[derive(Deserialize)]
struct Key {
    key: String,
}

struct Door;

#[namespace("/door", manual)]
impl Door {
    fn on_connect(socket: &Socket, key: Option<Key>) -> Self {
        if let Some(Key { key }) = key {
            socket.grant(key);
        }
        Door
    }
    #[acl("open")]
    fn on_enter(&self, socket: &Socket) -> bool {
        socket.has_grant("open")
    }
    fn on_shut(&self, socket: &Socket) -> bool {
        socket.revoke("open");
        socket.revoke("open");
        socket.has_grant("open")
    }
    async fn on_wait(&mut self, gate: &State<Gate>) {
        gate.pass().await;
    }
}

#[derive(Default)]
struct Desk;

#[namespace("/desk", manual)]
impl Desk {
    fn on_let(&self, socket: &Socket, grant: String) -> bool {
        let Some(door) = socket.sibling("/door") else { return false };
        door.grant(grant);
        true
    }
    fn on_stop(&self, socket: &Socket) {
        if let Some(door) = socket.sibling("/door") {
            door.reset_grants();
        }
    }
    fn on_nowhere(&self, socket: &Socket) -> (bool, bool) {
        (socket.sibling("/nowhere").is_none(), socket.sibling("/desk").is_some())
    }
}

async fn start() -> (App, Gate) {
    let gate = Gate::default();
    (App::start(Server::empty().mount::<Door>().mount::<Desk>().state(gate.clone())).await, gate)
}

async fn enters(client: &mut Client) -> bool {
    client.send(r#"42/door,1["enter"]"#).await;
    match text(client).await.as_str() {
        "43/door,1[true]" => true,
        r#"43/door,1[{"error":{"code":"forbidden","message":"`enter` is forbidden"}}]"# => false,
        other => panic!("{other}"),
    }
}

async fn join(client: &mut Client, path: &str) {
    client.send(format!("40{path},")).await;
    assert!(text(client).await.starts_with(&format!("40{path},")));
}

#[tokio::test]
async fn grants_are_given_on_connect_and_taken_by_a_handler() {
    let (app, _) = start().await;
    let mut client = Client::bare(app.addr, r#"40/door,{"key":"open"}"#).await;
    assert!(enters(&mut client).await);
    client.send(r#"42/door,2["shut"]"#).await;
    client.expect("43/door,2[false]").await;
    assert!(!enters(&mut client).await);
}

#[tokio::test]
async fn a_sibling_namespace_of_the_same_client_changes_them() {
    let (app, _) = start().await;
    let mut client = app.client_of("/door").await;
    let mut other = app.client_of("/door").await;
    assert!(!enters(&mut client).await);
    join(&mut client, "/desk").await;
    client.send(r#"42/desk,1["let","open"]"#).await;
    client.expect("43/desk,1[true]").await;
    assert!(enters(&mut client).await);
    assert!(!enters(&mut other).await);
    client.send(r#"42/desk,["stop"]"#).await;
    assert!(!enters(&mut client).await);
    client.send(r#"42/desk,3["nowhere"]"#).await;
    client.expect("43/desk,3[true,true]").await;
    // A sibling that has left is none, even if somebody still has a handle of it.
    let _kept = app.handle.of("/door").sockets();
    client.send("41/door,").await;
    client.send(r#"42/desk,4["let","open"]"#).await;
    client.expect("43/desk,4[false]").await;
}

#[tokio::test]
async fn they_are_asked_when_the_turn_begins() {
    let (app, gate) = start().await;
    let mut client = app.client_of("/door").await;
    join(&mut client, "/desk").await;
    client.send(r#"42/door,["wait"]"#).await;
    client.send(r#"42/door,1["enter"]"#).await;
    client.send(r#"42/desk,2["let","open"]"#).await;
    client.expect("43/desk,2[true]").await;
    gate.open(1);
    client.expect("43/door,1[true]").await;
}

#[tokio::test]
async fn the_program_changes_them_from_outside() {
    let (app, _) = start().await;
    let mut client = app.client_of("/door").await;
    let sockets = app.handle.of("/door").sockets();
    assert_eq!(sockets.len(), 1);
    assert_eq!(sockets[0].id().to_string(), client.sid);
    assert!(!enters(&mut client).await);
    sockets[0].grant("open");
    assert!(enters(&mut client).await);
    sockets[0].revoke("open");
    assert!(!enters(&mut client).await);
    sockets[0].grant_all();
    assert!(enters(&mut client).await);
    sockets[0].reset_grants();
    assert!(!enters(&mut client).await);
}
