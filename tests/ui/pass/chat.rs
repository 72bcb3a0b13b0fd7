//! The program that the README shows.

use std::collections::HashSet;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use socketio::prelude::*;

/// Shared by every connection: the nicknames in use.
#[derive(Default)]
struct Lobby(Mutex<HashSet<String>>);

/// What a client sends to come in (the CONNECT auth payload).
#[derive(Deserialize)]
struct Login {
    nick: String,
    secret: Option<String>,
}

/// What the server says.
#[derive(Serialize, Event)]
#[event(rename_all = "snake_case")]
enum Said {
    Joined(String),
    Left(String),
    Line { from: String, text: String },
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
        if !lobby.0.lock().unwrap().insert(login.nick.clone()) {
            return Err(Refuse::new("taken", "that nickname is in use"));
        }
        if login.secret.as_deref() == Some("xyzzy") {
            socket.grant("moderator");
        }
        socket.join(format!("@{}", login.nick));
        socket.broadcast().send(Said::Joined(login.nick.clone()));
        Ok(Chat { nick: login.nick, room: None, said: 0 })
    }

    /// Move to a room.
    fn on_join(&mut self, socket: &Socket, room: String) {
        if let Some(old) = self.room.replace(room.clone()) {
            socket.leave(old);
        }
        socket.join(room);
    }

    /// Say something to the room; the acknowledgement is the line's number.
    fn on_message(&mut self, socket: &Socket, text: String) -> Result<u64, Error> {
        let room = self.room.as_deref().ok_or(Error::new("no_room", "join a room first"))?;
        socket.to(room).send(Said::Line { from: self.nick.clone(), text });
        self.said += 1;
        Ok(self.said)
    }

    /// Show someone the door, but never yourself.
    #[acl("moderator", if nick != self.nick)]
    async fn on_kick(&self, socket: &Socket, nick: String) {
        socket.to(format!("@{nick}")).disconnect();
    }

    async fn on_disconnect(self, socket: &Socket, lobby: &State<Lobby>) {
        lobby.0.lock().unwrap().remove(&self.nick);
        socket.broadcast().send(Said::Left(self.nick));
    }
}

fn main() {
    drop(Server::new().state(Lobby::default()).listen("127.0.0.1:3000"));
}
