//! Users over several nodes: a user counts once, wherever the sockets are, and those of a dead node go.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::json;
use socketio::prelude::*;
use tests::session::Client;

use crate::app::{App, eventually};
use crate::bus::{Bus, Fault};

#[derive(serde::Deserialize)]
struct Login {
    user: String,
}

struct People;

#[namespace("/", manual)]
impl People {
    fn on_connect(socket: &Socket, login: Login) -> Self {
        socket.identify(login.user);
        Self
    }
    fn on_join(&self, socket: &Socket, room: String) {
        socket.join(room);
    }
    fn on_leave(&self, socket: &Socket, room: String) {
        socket.leave(room);
    }
}

struct Team;

#[namespace("/team/{id}", manual)]
impl Team {
    fn on_connect(socket: &Socket, login: Login) -> Self {
        socket.identify(login.user);
        Self
    }
}

/// The changes that a node's program was told of.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// Waits for these changes, in any order, and no others.
    async fn expect(&self, changes: &[&str]) {
        eventually(|| self.0.lock().unwrap().len() >= changes.len()).await;
        let mut told = self.take();
        told.sort();
        assert_eq!(told, changes);
    }
}

async fn node(bus: &Bus) -> (App, Told) {
    let told = Told::default();
    let to = told.clone();
    let server = Server::empty().mount::<People>().mount::<Team>().adapter(bus.adapter(Fault::None));
    let server = server.on_presence(move |_, change| {
        let sign = if change.is_present() { '+' } else { '-' };
        let room = change.room().map_or("", |room| room);
        to.0.lock().unwrap().push(format!("{sign}{}{room} {}", change.namespace(), change.user()));
    });
    (App::start(server).await, told)
}

async fn enter(app: &App, path: &str, user: &str) -> Client {
    let path = if path == "/" { String::new() } else { format!("{path},") };
    Client::bare(app.addr, &format!("40{path}{}", json!({ "user": user }))).await
}

async fn users(app: &App, path: &str, users: &[&str]) {
    eventually(|| app.handle.of(path).users() == users).await;
}

#[tokio::test]
async fn a_user_on_two_nodes_is_one_user() {
    let bus = Bus::default();
    let ((left, l_told), (right, r_told)) = (node(&bus).await, node(&bus).await);
    let mut first = enter(&left, "/", "ada").await;
    l_told.expect(&["+/ ada"]).await;
    r_told.expect(&["+/ ada"]).await;
    let mut second = enter(&right, "/", "ada").await;
    let _other = enter(&right, "/", "bob").await;
    l_told.expect(&["+/ bob"]).await;
    r_told.expect(&["+/ bob"]).await;
    for app in [&left, &right] {
        users(app, "/", &["ada", "bob"]).await;
    }
    assert_eq!(left.handle.of("/").local().users(), ["ada"]);
    for client in [&mut first, &mut second] {
        client.send(r#"421["join","red"]"#).await;
        client.expect("431[]").await;
    }
    l_told.expect(&["+/red ada"]).await;
    r_told.expect(&["+/red ada"]).await;
    // The user is still there with the other socket, in the namespace and in the room.
    drop(first);
    eventually(|| left.handle.of("/").local().users().is_empty()).await;
    second.send(r#"421["leave","red"]"#).await;
    l_told.expect(&["-/red ada"]).await;
    r_told.expect(&["-/red ada"]).await;
    assert_eq!(
        (left.handle.of("/").users(), left.handle.of("/").presence("red")),
        (vec!["ada".into(), "bob".into()], vec![])
    );
    drop(second);
    l_told.expect(&["-/ ada"]).await;
    r_told.expect(&["-/ ada"]).await;
}

#[tokio::test]
async fn the_users_of_a_dead_node_go_and_a_new_node_learns_of_all() {
    let bus = Bus::default();
    let ((left, l_told), (right, _)) = (node(&bus).await, node(&bus).await);
    let _ada = (enter(&left, "/", "ada").await, enter(&right, "/", "ada").await);
    let mut bob = enter(&right, "/", "bob").await;
    bob.send(r#"421["join","red"]"#).await;
    bob.expect("431[]").await;
    l_told.expect(&["+/ ada", "+/ bob", "+/red bob"]).await;
    // A node that starts later knows who was there before.
    let (third, t_told) = node(&bus).await;
    t_told.expect(&["+/ ada", "+/ bob", "+/red bob"]).await;
    assert_eq!((third.handle.of("/").users().len(), third.handle.of("/").presence("red")), (2, vec!["bob".to_owned()]));
    bus.kill(1);
    for (app, told) in [(&left, &l_told), (&third, &t_told)] {
        told.expect(&["-/ bob", "-/red bob"]).await;
        assert_eq!((app.handle.of("/").users(), app.handle.of("/").presence("red")), (vec!["ada".to_owned()], vec![]));
    }
    bus.kill(0);
    t_told.expect(&["-/ ada"]).await;
}

#[tokio::test]
async fn a_namespace_of_a_pattern_asks_for_its_users_when_it_begins_to_exist() {
    let bus = Bus::default();
    let ((left, _), (right, r_told)) = (node(&bus).await, node(&bus).await);
    let _root = enter(&left, "/", "ada").await;
    let _ada = enter(&left, "/team/7", "ada").await;
    let _eve = enter(&left, "/team/8", "eve").await;
    users(&right, "/", &["ada"]).await;
    let bob = enter(&right, "/team/7", "bob").await;
    r_told.expect(&["+/ ada", "+/team/7 ada", "+/team/7 bob"]).await;
    users(&left, "/team/7", &["ada", "bob"]).await;
    drop(bob);
    users(&left, "/team/7", &["ada"]).await;
}

/// Users who come, go and move at random on three nodes: every node ends with the same counts, and every change that was told alternates.
#[tokio::test]
async fn all_nodes_agree_in_the_end() {
    let bus = Bus::default();
    let nodes = [node(&bus).await, node(&bus).await, node(&bus).await];
    let mut clients: Vec<Option<Client>> = (0..9).map(|_| None).collect();
    let mut seed = 0x9E37_79B9_u32;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % below
    };
    for _ in 0..300 {
        let at = random(9);
        let user = format!("user {}", random(4));
        match &mut clients[at] {
            Some(client) if random(3) > 0 => {
                let what = ["join", "leave"][random(2)];
                client.send(format!(r#"421["{what}","room {}"]"#, random(3))).await;
                client.expect("431[]").await;
            }
            client => *client = if client.is_some() { None } else { Some(enter(&nodes[at % 3].0, "/", &user).await) },
        }
    }
    let targets = |app: &App| {
        let root = app.handle.of("/");
        [root.clone(), root.clone().to("room 0"), root.clone().to("room 1"), root.to("room 2")]
    };
    let connected = clients.iter().flatten().count();
    eventually(|| nodes.iter().map(|(app, _)| app.handle.of("/").count()).sum::<usize>() == connected).await;
    for at in 0..4 {
        let mut all: Vec<String> = nodes.iter().flat_map(|(app, _)| targets(app)[at].clone().local().users()).collect();
        all.sort();
        all.dedup();
        for (app, _) in &nodes {
            eventually(|| targets(app)[at].users() == all).await;
        }
    }
    drop(clients);
    for (app, told) in &nodes {
        users(app, "/", &[]).await;
        let mut present: BTreeMap<String, bool> = BTreeMap::new();
        for change in told.take() {
            let (sign, key) = change.split_at(1);
            assert_ne!(present.insert(key.to_owned(), sign == "+").unwrap_or(false), sign == "+", "{change}");
        }
    }
}
