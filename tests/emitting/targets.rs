//! Who hears an event: every form of target.

use serde::Deserialize;
use socketio::prelude::*;
use socketio::{SocketId, Target};
use tests::session::Client;

use crate::app::{App, ask, text};

#[derive(Default)]
struct Room;

#[derive(Deserialize)]
struct Rooms {
    rooms: Vec<String>,
}

impl Room {
    /// The target that a client names.
    fn target(socket: &Socket, name: &str, id: Option<String>) -> Option<Target> {
        Some(match name {
            "to red" => socket.to("red"),
            "to both" => socket.to(["red", "blue"]),
            "to chain" => socket.to("red").to("blue"),
            "to owned" => socket.to(vec!["red".to_owned(), "green".to_owned()]),
            "to nobody" => socket.to("nobody"),
            "to id" => socket.to(SocketId::parse(&id?)?),
            "to id text" => socket.to(id?),
            "within red" => socket.within("red"),
            "within both" => socket.within(["red", "blue"]),
            "within own" => socket.within(socket.id()),
            "broadcast" => socket.broadcast(),
            "broadcast within" => socket.broadcast().within("red"),
            "namespace" => socket.namespace(),
            "namespace to" => socket.namespace().to("red"),
            "except" => socket.except("red"),
            "to except" => socket.to("blue").except("red"),
            "to except both" => socket.to(["blue", "green"]).except(["red", "nobody"]),
            "namespace except" => socket.namespace().except(["red", "green"]),
            "except id" => socket.namespace().except(id?),
            "local" => socket.local(),
            "local to" => socket.to("red").local(),
            "volatile" => socket.volatile(),
            "volatile to" => socket.to("red").volatile(),
            "compress" => socket.compress(true),
            "all" => socket.within(["red", "blue"]).except("green").local().volatile().compress(false),
            "one to" => socket.volatile().to("red"),
            _ => return None,
        })
    }
}

#[namespace("/", manual)]
impl Room {
    fn on_connect(&self, socket: &Socket, rooms: Rooms) {
        socket.join(rooms.rooms);
    }
    fn on_emit(&self, socket: &Socket, name: String, id: Option<String>) -> Option<usize> {
        let target = Self::target(socket, &name, id)?;
        target.emit("heard", &name);
        Some(target.count())
    }
    fn on_me(&self, socket: &Socket) {
        socket.emit("heard", "me");
    }
}

/// Five clients: in red and blue, in red, in blue, in green, in none.
async fn people() -> (App, Vec<Client>) {
    let app = App::start(Server::empty().mount::<Room>().mount_at::<Room>("/other")).await;
    let mut clients = Vec::new();
    for rooms in [r#"["red","blue"]"#, r#"["red"]"#, r#"["blue"]"#, r#"["green"]"#, "[]"] {
        clients.push(Client::bare(app.addr, &format!(r#"40{{"rooms":{rooms}}}"#)).await);
    }
    (app, clients)
}

/// Who has heard it: everyone is asked for something else behind it, so that nothing can be late or twice.
async fn heard(clients: &mut [Client], name: &str) -> Vec<usize> {
    let mut who = Vec::new();
    for (n, client) in clients.iter_mut().enumerate() {
        client.send(r#"429["emit","?"]"#).await;
        let mut packets = vec![text(client).await];
        while packets.last().unwrap() != "439[null]" {
            packets.push(text(client).await);
        }
        packets.pop();
        match packets.as_slice() {
            [] => {}
            [one] if *one == format!(r#"42["heard",{name:?}]"#) => who.push(n),
            other => panic!("{n} heard {other:?}"),
        }
    }
    who
}

#[tokio::test]
async fn every_form_of_target() {
    let (_app, mut clients) = people().await;
    // The target, who emits, who hears it.
    let table: &[(&str, usize, &[usize])] = &[
        ("to red", 0, &[1]),
        ("to red", 4, &[0, 1]),
        ("to both", 0, &[1, 2]),
        ("to both", 3, &[0, 1, 2]),
        ("to chain", 3, &[0, 1, 2]),
        ("to owned", 1, &[0, 3]),
        ("to nobody", 0, &[]),
        ("within red", 0, &[0, 1]),
        ("within red", 4, &[0, 1]),
        ("within both", 0, &[0, 1, 2]),
        ("within own", 4, &[4]),
        ("broadcast", 0, &[1, 2, 3, 4]),
        ("broadcast within", 0, &[0, 1]),
        ("namespace", 0, &[0, 1, 2, 3, 4]),
        ("namespace to", 0, &[0, 1]),
        ("except", 4, &[2, 3]),
        ("except", 2, &[3, 4]),
        ("to except", 4, &[2]),
        ("to except both", 4, &[2, 3]),
        ("namespace except", 0, &[2, 4]),
        ("local", 2, &[0, 1, 3, 4]),
        ("local to", 1, &[0]),
        ("volatile", 3, &[3]),
        ("volatile to", 3, &[0, 1]),
        ("compress", 3, &[3]),
        ("all", 0, &[0, 1, 2]),
        ("one to", 0, &[1]),
    ];
    for (name, who, expected) in table {
        clients[*who].send(format!(r#"42["emit",{name:?}]"#)).await;
        // The emitter's own round trip: its event is handled before anyone is asked.
        clients[*who].send(r#"428["emit","?"]"#).await;
        let mut own = Vec::new();
        loop {
            let packet = text(&mut clients[*who]).await;
            if packet == "438[null]" {
                break;
            }
            own.push(packet);
        }
        assert_eq!(own.len(), usize::from(expected.contains(who)), "{name}: {own:?}");
        let mut heard = heard(&mut clients, name).await;
        heard.extend(own.iter().map(|_| *who));
        heard.sort_unstable();
        assert_eq!(heard, *expected, "{name} by {who}");
    }
}

#[tokio::test]
async fn a_target_counts_whom_it_reaches() {
    let (_app, mut clients) = people().await;
    for (name, count) in [("to red", 1), ("to both", 2), ("broadcast", 4), ("to nobody", 0), ("local", 4)] {
        assert_eq!(ask(&mut clients[0], &format!(r#"["emit",{name:?}]"#)).await, format!("[{count}]"), "{name}");
    }
}

#[tokio::test]
async fn every_socket_is_in_the_room_of_its_own_id() {
    let (_app, mut clients) = people().await;
    let id = clients[2].sid.clone();
    for name in ["to id", "to id text"] {
        assert_eq!(ask(&mut clients[4], &format!(r#"["emit",{name:?},{id:?}]"#)).await, "[1]");
        clients[2].expect(&format!(r#"42["heard",{name:?}]"#)).await;
    }
    assert_eq!(ask(&mut clients[4], &format!(r#"["emit","to id","{}"]"#, "x".repeat(20))).await, "[0]");
    // `to` leaves the sender out, also by its own name.
    let own = clients[4].sid.clone();
    assert_eq!(ask(&mut clients[4], &format!(r#"["emit","to id",{own:?}]"#)).await, "[0]");
    clients[4].send(format!(r#"42["emit","except id",{id:?}]"#)).await;
    assert_eq!(text(&mut clients[4]).await, r#"42["heard","except id"]"#);
    assert_eq!(heard(&mut clients[..4], "except id").await, [0, 1, 3]);
}

#[tokio::test]
async fn rooms_belong_to_one_namespace() {
    let (app, mut clients) = people().await;
    let mut other = Client::bare(app.addr, r#"40/other,{"rooms":["red"]}"#).await;
    clients[4].send(r#"42["emit","to red"]"#).await;
    clients[0].expect(r#"42["heard","to red"]"#).await;
    other.ws.silent().await;
    other.send(r#"42/other,["emit","within red"]"#).await;
    other.expect(r#"42/other,["heard","within red"]"#).await;
    clients[0].ws.silent().await;
}

#[tokio::test]
async fn what_one_client_is_told_comes_in_the_order_of_telling() {
    let (app, mut clients) = people().await;
    let socket = app.handle.of("/").to("green").sockets().remove(0);
    for n in 0..500 {
        match n % 3 {
            0 => socket.emit("n", n),
            1 => app.handle.of("/").to("green").emit("n", n),
            _ => app.handle.of("/").emit("n", n),
        }
    }
    for n in 0..500 {
        clients[3].expect(&format!(r#"42["n",{n}]"#)).await;
    }
}
