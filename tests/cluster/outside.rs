//! What a handle can see and reach: namespaces, rooms, all namespaces of a pattern, a socket by its id; alone and as one of several nodes.

use std::sync::{Arc, Mutex};

use socketio::prelude::*;
use socketio::{Handle, Room, SocketId};
use tests::session::Client;

use crate::app::{App, capture, eventually};
use crate::bus::{Bus, Fault};

#[derive(Default)]
struct Root;

#[namespace("/", manual)]
impl Root {
    fn on_join(&self, socket: &Socket, room: String) {
        socket.join(room);
    }
}

#[derive(Default)]
struct Org;

#[namespace("/org/{id}", manual)]
impl Org {
    fn on_connect(socket: &Socket) -> Self {
        socket.join("all");
        Self
    }
}

#[derive(Default)]
struct Main;

/// Before the pattern, for one of the paths that match it, and the longer pattern.
#[namespace("/org/main", manual)]
impl Main {
    fn on_nothing(&self) {}
}

#[derive(Default)]
struct Team;

#[namespace("/org/{id}/{team}", manual)]
impl Team {
    fn on_nothing(&self) {}
}

#[derive(Event, Clone)]
#[event("typed")]
struct Typed(u8);

fn server() -> Server {
    Server::empty().mount::<Root>().mount::<Org>().mount::<Main>().mount::<Team>()
}

fn counts(all: &[(&str, usize)]) -> Vec<(String, usize)> {
    all.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect()
}

#[tokio::test]
async fn namespaces_and_rooms_are_listed_with_their_sockets() {
    let server = server();
    let handle = server.handle();
    assert_eq!((handle.namespaces(), handle.all("/org/{id}").count()), (vec![], 0));
    let app = App::start(server).await;
    assert_eq!(app.handle.namespaces(), counts(&[("/", 0), ("/org/main", 0)]));
    let (mut one, mut two) = (app.client().await, app.client().await);
    let seven = app.client_of("/org/7").await;
    assert_eq!(app.handle.namespaces(), counts(&[("/", 2), ("/org/7", 1), ("/org/main", 0)]));
    for (first, room) in [(true, "red"), (true, "blue"), (false, "red")] {
        let client = if first { &mut one } else { &mut two };
        client.send(format!(r#"421["join","{room}"]"#)).await;
        client.expect("431[]").await;
    }
    let root = app.handle.of("/");
    assert_eq!(root.room_sizes(), [(Room::from("blue"), 1), (Room::from("red"), 2)]);
    assert_eq!(root.to("blue").room_sizes(), [(Room::from("blue"), 1), (Room::from("red"), 1)]);
    assert_eq!(app.handle.of("/org/7").room_sizes(), [(Room::from("all"), 1)]);
    drop(seven);
    eventually(|| app.handle.namespaces().len() == 2).await;
}

#[tokio::test]
async fn a_socket_is_found_by_its_id_in_any_namespace_until_it_has_left() {
    let app = App::start(server()).await;
    for path in ["/", "/org/main", "/org/7"] {
        let mut client = app.client_of(path).await;
        let id = app.handle.of(path).sockets()[0].id();
        assert_eq!(id.as_str(), client.sid);
        assert_eq!(app.handle.socket(id).unwrap().path(), path);
        client.send(if path == "/" { "41".to_owned() } else { format!("41{path},") }).await;
        eventually(|| app.handle.of(path).count() == 0).await;
        assert_eq!(app.handle.socket(id).unwrap_err().id(), Some(id));
    }
    assert!(app.handle.socket(SocketId::UNKNOWN).is_err());
}

#[tokio::test]
async fn on_namespace_hears_of_each_namespace_of_a_pattern_and_may_panic() {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = capture();
    let (first, second) = (heard.clone(), heard.clone());
    let server = server()
        .on_namespace(move |handle: &Handle, path| {
            // The handle may be used, also for the namespace itself.
            first.lock().unwrap().push(format!("{path} {}", handle.of(path).count()));
            assert!(path != "/org/bad", "no");
        })
        .on_namespace(move |_, path| second.lock().unwrap().push(path.to_owned()));
    let app = App::start(server).await;
    let seven = app.client_of("/org/7").await;
    let _again = app.client_of("/org/7").await;
    let _main = app.client_of("/org/main").await;
    assert_eq!(std::mem::take(&mut *heard.lock().unwrap()), ["/org/7 0", "/org/7"]);
    drop((seven, _again));
    eventually(|| app.handle.namespaces().len() == 2).await;
    let _anew = app.client_of("/org/7").await;
    let _bad = app.client_of("/org/bad").await;
    assert_eq!(*heard.lock().unwrap(), ["/org/7 0", "/org/7", "/org/bad 0"]);
    assert!(log.lines().iter().any(|line| line.contains("Server::on_namespace") && line.contains("/org/bad")));
}

#[tokio::test]
async fn all_reaches_the_namespaces_of_a_pattern_and_their_clients_on_other_nodes() {
    let bus = Bus::default();
    let left = App::start(server().adapter(bus.adapter(Fault::None))).await;
    let right = App::start(server().adapter(bus.adapter(Fault::None))).await;
    let mut l7 = left.client_of("/org/7").await;
    let mut r7 = right.client_of("/org/7").await;
    let mut l8 = left.client_of("/org/8").await;
    let mut r9 = right.client_of("/org/9").await;
    let mut others = [left.client().await, left.client_of("/org/main").await, left.client_of("/org/7/a").await];
    let all = left.handle.all("/org/{any}");
    assert_eq!((all.count(), all.sockets().len(), all.iter().count()), (2, 2, 2));
    all.emit("news", (1, "é"));
    for (client, path) in [(&mut l7, "/org/7"), (&mut r7, "/org/7"), (&mut l8, "/org/8")] {
        client.expect(&format!(r#"42{path},["news",1,"é"]"#)).await;
    }
    all.clone().to("all").except(Room::from(l7.sid.as_str())).send(Typed(3));
    r7.expect(r#"42/org/7,["typed",3]"#).await;
    l8.expect(r#"42/org/8,["typed",3]"#).await;
    all.clone().local().volatile().emit("here", ());
    l7.expect(r#"42/org/7,["here"]"#).await;
    l8.expect(r#"42/org/8,["here"]"#).await;
    // One path, and paths that do not exist.
    left.handle.all("/org/main").emit("main", ());
    others[1].expect(r#"42/org/main,["main"]"#).await;
    assert_eq!((left.handle.all("/none/{id}").count(), left.handle.all("/org/{").count()), (0, 0));
    all.disconnect();
    for (client, path) in [(&mut l7, "/org/7"), (&mut r7, "/org/7"), (&mut l8, "/org/8")] {
        client.expect(&format!("41{path},")).await;
    }
    // Nothing else has come to anybody.
    right.handle.of("/org/9").emit("end", ());
    r9.expect(r#"42/org/9,["end"]"#).await;
    for (client, path) in others.iter_mut().zip(["/", "/org/main", "/org/7/a"]) {
        end(&left, client, path).await;
    }
    left.handle.all("/org/{id}/{team}").close();
    others[2].expect("41/org/7/a,").await;
}

async fn end(app: &App, client: &mut Client, path: &str) {
    app.handle.of(path).emit("end", ());
    let path = if path == "/" { String::new() } else { format!("{path},") };
    client.expect(&format!(r#"42{path}["end"]"#)).await;
}
