//! Presence while many threads join, leave and disconnect, and when clients are killed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde::Deserialize;
use socketio::prelude::*;
use socketio::{Handle, PresenceChange};
use tests::session::Client;
use tests::{npm, tools, within};
use tokio::sync::watch;

use crate::app::App;

/// Users per room (empty: the namespace), as they were reported.
#[derive(Clone)]
struct Reported(Arc<Mutex<BTreeMap<String, BTreeSet<String>>>>, watch::Sender<()>);

impl Reported {
    fn new() -> Self {
        Self(Arc::default(), watch::Sender::new(()))
    }

    fn take(&self) -> impl Fn(&Handle, &PresenceChange) + Send + Sync + 'static {
        let Self(users, changed) = self.clone();
        move |_, change| {
            let mut users = users.lock().unwrap();
            let room = change.room().map(ToString::to_string).unwrap_or_default();
            let users_of_room = users.entry(room.clone()).or_default();
            let user = change.user().to_owned();
            let alternates = if change.is_present() { users_of_room.insert(user) } else { users_of_room.remove(&user) };
            // A panic here would be caught and logged only.
            if !alternates {
                users_of_room.insert(format!("{change:?} is reported twice"));
            }
            changed.send_replace(());
        }
    }

    fn of(&self, room: &str) -> Vec<String> {
        self.0.lock().unwrap().get(room).map(|users| users.iter().cloned().collect()).unwrap_or_default()
    }

    /// Waits until nobody is anywhere.
    async fn empty(&self) {
        let mut changed = self.1.subscribe();
        within("everyone gone", async {
            while !self.0.lock().unwrap().values().all(BTreeSet::is_empty) {
                changed.changed().await.unwrap();
            }
        })
        .await;
    }
}

/// Who comes.
#[derive(Deserialize)]
struct Login {
    user: String,
}

#[derive(Default)]
struct People;

#[namespace("/", manual)]
impl People {
    fn on_connect(&mut self, socket: &Socket, login: Login) {
        socket.identify(login.user);
        socket.join("hall");
    }
}

const ROOMS: [&str; 4] = ["hall", "red", "green", "blue"];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_that_join_leave_and_disconnect_at_once() {
    let reported = Reported::new();
    let app = App::start(Server::empty().mount::<People>().on_presence(reported.take())).await;
    for round in 0..10_u64 {
        let mut clients = Vec::new();
        for at in 0..16 {
            clients.push(Client::bare(app.addr, &format!(r#"40{{"user":"user {}"}}"#, at % 4)).await);
        }
        let sockets = app.handle.of("/").sockets();
        assert_eq!(sockets.len(), 16);
        let threads: Vec<_> = (1..=4_u64)
            .map(|thread| {
                let sockets = sockets.clone();
                thread::spawn(move || {
                    let mut seed = 0x2545_F491_4F6C_DD1D ^ (thread << 32) ^ (round << 40);
                    for _ in 0..2_000 {
                        seed ^= seed << 13;
                        seed ^= seed >> 7;
                        seed ^= seed << 17;
                        let [socket, room, what, ..] = seed.to_be_bytes().map(usize::from);
                        let (socket, room) = (&sockets[socket % 16], ROOMS[room % 4]);
                        match what {
                            0 => socket.disconnect(),
                            1..=8 => socket.identify(format!("user {}", room.len())),
                            9..=128 => socket.leave(room),
                            _ => socket.join(room),
                        }
                    }
                })
            })
            .collect();
        // Meanwhile a quarter of them vanish.
        clients.drain(..4);
        tokio::task::spawn_blocking(move || threads.into_iter().for_each(|thread| thread.join().unwrap()))
            .await
            .unwrap();
        drop(sockets);
        // One change more of each: whatever was reported before it is in the lists.
        let seen = within("the vanished gone", async {
            loop {
                let connected = app.handle.of("/").sockets();
                connected.iter().for_each(|socket| socket.join("hall"));
                let seen: Vec<_> =
                    ROOMS.iter().map(|room| (app.handle.of("/").presence(*room), reported.of(room))).collect();
                if connected.len() <= 12 && seen.iter().all(|(is, said)| is == said) {
                    return seen;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert!(seen.iter().all(|(is, _)| is.iter().all(|user| user.starts_with("user "))), "{seen:?}");
        drop(clients);
        reported.empty().await;
        assert!(ROOMS.iter().all(|room| app.handle.of("/").presence(*room).is_empty()));
    }
}

/// A program of its own with sockets of some users, each on a connection of its own.
fn client(url: &str, users: &[&str]) -> Child {
    let script = "import { io } from 'socket.io-client';\n\
        const [url, ...users] = process.argv.slice(1);\n\
        let open = 0;\n\
        for (const user of users) {\n\
          const socket = io(url, { auth: { user }, forceNew: true, transports: ['websocket'] });\n\
          socket.on('connect', () => (open += 1) === users.length && console.log('all open'));\n\
          socket.on('connect_error', () => process.exit(1));\n\
        }";
    let mut command = Command::new("node");
    command.current_dir(npm::installed()).args(["--input-type=module", "-e", script, "--", url]).args(users);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "all open\n");
    child
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_of_killed_clients_are_gone() {
    if !tools::present("users_of_killed_clients_are_gone", &["node", "npm"]) {
        return;
    }
    let reported = Reported::new();
    let app = App::start(Server::empty().mount::<People>().on_presence(reported.take())).await;
    let url = format!("http://{}", app.addr);
    let (first, second) =
        tokio::task::spawn_blocking(move || (client(&url, &["ada", "ada", "bob"]), client(&url, &["bob", "cyd"])))
            .await
            .unwrap();
    let hall = || app.handle.of("/").presence("hall");
    assert_eq!((hall(), reported.of("hall"), reported.of("")), {
        let all: Vec<String> = ["ada", "bob", "cyd"].map(str::to_owned).to_vec();
        (all.clone(), all.clone(), all)
    });
    for (mut child, left) in [(first, vec!["bob", "cyd"]), (second, vec![])] {
        // SIGKILL: the client says nothing.
        child.kill().unwrap();
        child.wait().unwrap();
        let mut changed = reported.1.subscribe();
        within("the killed gone", async {
            while reported.of("hall") != left || reported.of("") != left {
                changed.changed().await.unwrap();
            }
        })
        .await;
        assert_eq!(hall(), left);
    }
    let rooms: HashSet<_> = reported.0.lock().unwrap().keys().cloned().collect();
    assert_eq!(rooms.len(), 2);
}
