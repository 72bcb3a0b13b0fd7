//! A chat with rooms, nicknames and moderators, and the page that uses it: <http://127.0.0.1:3000>.
//!
//! `PORT` sets another port. Whoever comes in with the secret `xyzzy` is a moderator.
//! It keeps nothing: lines live on the pages that saw them, names as long as their connection.
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use socketio::prelude::*;

mod names;

/// Shared by every connection: who is in the chat, and in which room.
#[derive(Default)]
struct Lobby(Mutex<BTreeMap<String, Option<String>>>);

impl Lobby {
    /// No handler keeps the lock while it waits, or leaves the map half changed: a panic elsewhere is no reason to stop.
    fn people(&self) -> MutexGuard<'_, BTreeMap<String, Option<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_room(&self, room: &str) -> Vec<String> {
        let people = self.people();
        people.iter().filter(|(_, at)| at.as_deref() == Some(room)).map(|(nick, _)| nick.clone()).collect()
    }

    /// The rooms with somebody in them, and how many; `general` is always there.
    fn rooms(&self) -> BTreeMap<String, usize> {
        let mut rooms = BTreeMap::from([("general".to_owned(), 0)]);
        for room in self.people().values().flatten() {
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
        {
            let mut people = lobby.people();
            if people.keys().any(|taken| names::same(taken, &nick)) {
                return Err(Refuse::new("taken", "that nickname is in use"));
            }
            people.insert(nick.clone(), None);
        }
        let moderator = login.secret.as_deref() == Some("xyzzy");
        if moderator {
            socket.grant("moderator");
        }
        socket.join(format!("@{nick}"));
        socket.send(Said::You { nick: nick.clone(), moderator });
        socket.send(Said::Rooms(lobby.rooms()));
        Ok(Chat { nick, room: None, said: 0 })
    }

    /// Move to a room; it exists as long as somebody is in it. The acknowledgement is its name.
    fn on_join(&mut self, socket: &Socket, lobby: &State<Lobby>, room: String) -> Result<String, Error> {
        let room = names::checked("room", &room)?;
        self.leave_room(socket, lobby);
        socket.join(format!("#{room}"));
        lobby.people().insert(self.nick.clone(), Some(room.clone()));
        self.room = Some(room.clone());
        socket.to(format!("#{room}")).send(Said::Joined(self.nick.clone()));
        socket.within(format!("#{room}")).send(Said::Who(lobby.in_room(&room)));
        socket.namespace().send(Said::Rooms(lobby.rooms()));
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
    fn on_kick(&self, socket: &Socket, lobby: &State<Lobby>, nick: String) -> Result<(), Error> {
        if !lobby.people().contains_key(&nick) {
            return Err(Error::new("not_here", "nobody here has that nickname"));
        }
        let door = socket.to(format!("@{nick}"));
        door.send(Said::Kicked { by: self.nick.clone() });
        door.disconnect();
        Ok(())
    }

    async fn on_disconnect(mut self, socket: &Socket, lobby: &State<Lobby>) {
        self.leave_room(socket, lobby);
        lobby.people().remove(&self.nick);
        tracing::info!(nick = self.nick, "left");
        socket.broadcast().send(Said::Rooms(lobby.rooms()));
    }

    fn leave_room(&mut self, socket: &Socket, lobby: &Lobby) {
        let Some(room) = self.room.take() else { return };
        lobby.people().insert(self.nick.clone(), None);
        socket.leave(format!("#{room}"));
        let others = socket.to(format!("#{room}"));
        others.send(Said::Left(self.nick.clone()));
        others.send(Said::Who(lobby.in_room(&room)));
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
    let bound = Server::new()
        .state(Lobby::default())
        // Notice within 15 seconds that somebody's connection is lost: so long the nickname stays taken.
        .ping_interval(Duration::from_secs(10))
        .ping_timeout(Duration::from_secs(5))
        // Ctrl-C and SIGTERM run every `on_disconnect`, within ten seconds.
        .shutdown_on(asked_to_stop(), Duration::from_secs(10))
        .on_stop(|| async { println!("the chat is closed") })
        .page("/", "text/html; charset=utf-8", include_str!("page.html"))
        .bind(format!("127.0.0.1:{port}"))
        .await?;
    println!("the chat is at http://{}", bound.local_addr()?);
    bound.serve().await
}
