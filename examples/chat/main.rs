//! A chat with rooms, nicknames and moderators, and the page that uses it: <http://127.0.0.1:3000>.
//!
//! `PORT` sets another port; with `CHAT_REDIS=redis://127.0.0.1:6379` several servers are one chat.
//! Whoever comes in with the secret `xyzzy` is a moderator.
//! It keeps nothing: lines live on the pages that saw them, names as long as their connection.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use socketio::adapter::Redis;
use socketio::prelude::*;

mod names;

/// The nicknames of this server's people, so that nobody takes one twice. What other servers see of somebody is in `socket.data()`.
#[derive(Default)]
struct Lobby(Mutex<BTreeSet<String>>);

impl Lobby {
    /// No handler keeps the lock while it waits, or leaves the set half changed: a panic elsewhere is no reason to stop.
    fn nicks(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is in the chat, and in which room, on all servers.
struct People(BTreeMap<String, Option<String>>);

impl People {
    /// Those of servers that have answered within a second.
    async fn fetch(socket: &Socket) -> Self {
        let sockets = socket.namespace().timeout(Duration::from_secs(1)).fetch_sockets().await.value;
        Self(sockets.iter().filter_map(|person| Some((person.data_of("nick")?, person.data_of("room")))).collect())
    }

    fn in_room(&self, room: &str) -> Vec<String> {
        self.0.iter().filter(|(_, at)| at.as_deref() == Some(room)).map(|(nick, _)| nick.clone()).collect()
    }

    /// The rooms with somebody in them, and how many; `general` is always there.
    fn rooms(&self) -> BTreeMap<String, usize> {
        let mut rooms = BTreeMap::from([("general".to_owned(), 0)]);
        for room in self.0.values().flatten() {
            *rooms.entry(room.clone()).or_default() += 1;
        }
        rooms
    }
}

/// What a client sends to come in (the CONNECT auth payload).
#[derive(Deserialize)]
struct Login {
    nick: String,
    secret: Option<String>,
}

/// What the server says; in TypeScript, `ServerToClientEvents`.
#[derive(Serialize, Event)]
#[event(rename_all = "snake_case")]
enum Said {
    /// Who you are, right after you came in.
    You {
        nick: String,
        moderator: bool,
    },
    /// Every room and how many are in it.
    Rooms(BTreeMap<String, usize>),
    /// Who is in your room.
    Who(Vec<String>),
    Joined(String),
    Left(String),
    Line {
        from: String,
        text: String,
    },
    Typing {
        nick: String,
        on: bool,
    },
    /// You are being shown the door.
    Kicked {
        by: String,
    },
}

/// One connection to `/chat`: built on connect, consumed on disconnect.
struct Chat {
    nick: String,
    room: Option<String>,
    said: u64,
}

#[namespace("/chat", emits = Said)]
impl Chat {
    async fn on_connect(socket: &Socket, lobby: &State<Lobby>, login: Login) -> Result<Self, Refuse> {
        let nick = names::checked("nickname", &login.nick)?;
        let people = People::fetch(socket).await;
        let is_taken = |taken: &String| names::same(taken, &nick);
        {
            let mut nicks = lobby.nicks();
            if nicks.iter().chain(people.0.keys()).any(is_taken) {
                return Err(Refuse::new("taken", "that nickname is in use"));
            }
            nicks.insert(nick.clone());
        }
        show(socket, "nick", &nick);
        let moderator = login.secret.as_deref() == Some("xyzzy");
        if moderator {
            socket.grant("moderator");
        }
        socket.join(format!("@{nick}"));
        socket.send(Said::You { nick: nick.clone(), moderator });
        socket.send(Said::Rooms(people.rooms()));
        Ok(Chat { nick, room: None, said: 0 })
    }

    /// Move to a room; it exists as long as somebody is in it. The acknowledgement is its name.
    async fn on_join(&mut self, socket: &Socket, room: String) -> Result<String, Error> {
        let room = names::checked("room", &room)?;
        self.leave_room(socket).await;
        socket.join(format!("#{room}"));
        show(socket, "room", &room);
        self.room = Some(room.clone());
        let people = People::fetch(socket).await;
        socket.to(format!("#{room}")).send(Said::Joined(self.nick.clone()));
        socket.within(format!("#{room}")).send(Said::Who(people.in_room(&room)));
        socket.namespace().send(Said::Rooms(people.rooms()));
        Ok(room)
    }

    /// Say something to the room; the acknowledgement is the line's number.
    fn on_message(&mut self, socket: &Socket, text: String) -> Result<u64, Error> {
        let room = self.room.as_deref().ok_or(Error::new("no_room", "join a room first"))?;
        if text.trim().is_empty() || text.chars().count() > 2000 {
            return Err(Error::new("bad_message", "a message has 1 to 2000 characters"));
        }
        socket.to(format!("#{room}")).send(Said::Line { from: self.nick.clone(), text });
        self.said += 1;
        Ok(self.said)
    }

    /// Begin or stop typing. Old news by the next key press, so it may be dropped on the way.
    fn on_typing(&self, socket: &Socket, on: bool) {
        if let Some(room) = &self.room {
            socket.to(format!("#{room}")).volatile().send(Said::Typing { nick: self.nick.clone(), on });
        }
    }

    /// Show someone the door, but never yourself.
    #[acl("moderator", if nick != self.nick)]
    async fn on_kick(&self, socket: &Socket, nick: String) -> Result<(), Error> {
        if !People::fetch(socket).await.0.contains_key(&nick) {
            return Err(Error::new("not_here", "nobody here has that nickname"));
        }
        let door = socket.to(format!("@{nick}"));
        door.send(Said::Kicked { by: self.nick.clone() });
        door.disconnect();
        Ok(())
    }

    async fn on_disconnect(mut self, socket: &Socket, lobby: &State<Lobby>) {
        lobby.nicks().remove(&self.nick);
        socket.data().remove("nick");
        tracing::info!(nick = self.nick, "left");
        self.leave_room(socket).await;
        socket.broadcast().send(Said::Rooms(People::fetch(socket).await.rooms()));
    }

    async fn leave_room(&mut self, socket: &Socket) {
        let Some(room) = self.room.take() else { return };
        socket.data().remove("room");
        socket.leave(format!("#{room}"));
        let others = socket.to(format!("#{room}"));
        others.send(Said::Left(self.nick.clone()));
        others.send(Said::Who(People::fetch(socket).await.in_room(&room)));
    }
}

/// Lets all servers see it.
fn show(socket: &Socket, name: &str, value: &str) {
    if let Err(error) = socket.data().set(name, value) {
        tracing::warn!(%error, name, "not shown to others");
    }
}

/// Ends with Ctrl-C, and with SIGTERM, which systemd and Kubernetes send.
#[cfg(unix)]
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

/// Ends with Ctrl-C.
#[cfg(not(unix))]
async fn asked_to_stop() {
    let _ = tokio::signal::ctrl_c().await;
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().init();
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let mut server = Server::new();
    if let Ok(url) = std::env::var("CHAT_REDIS") {
        server = server.adapter(Redis::new(&url).key("chat"));
    }
    let bound = server
        .state(Lobby::default())
        // Notice within 15 seconds that somebody's connection is lost: so long the nickname stays taken.
        .ping_interval(Duration::from_secs(10))
        .ping_timeout(Duration::from_secs(5))
        // Ctrl-C and SIGTERM run every `on_disconnect`, within ten seconds.
        .shutdown_on(asked_to_stop(), Duration::from_secs(10))
        .on_stop(|| async { println!("the chat is closed") })
        // haproxy or nginx on this machine, with the files in `examples/cluster`.
        .trust_proxies(["127.0.0.1"])
        .page("/", "text/html; charset=utf-8", include_str!("page.html"))
        .bind(format!("127.0.0.1:{port}"))
        .await?;
    println!("the chat is at http://{}", bound.local_addr()?);
    bound.serve().await
}
