//! `Socket::identify`, `Target::users`, `Target::presence` and `Server::on_presence`.

use serde::Deserialize;
use socketio::Handle;
use socketio::prelude::*;
use tests::session::Client;

use crate::app::{App, Gate, Heard, Log, ask, capture, log};

/// Who comes.
#[derive(Deserialize)]
struct Login {
    user: String,
}

#[derive(Default)]
struct People;

#[namespace("/", manual)]
impl People {
    async fn on_connect(
        &mut self,
        socket: &Socket,
        gate: &Option<State<Gate>>,
        login: Option<Login>,
    ) -> Result<(), Refuse> {
        if let Some(Login { user }) = login {
            socket.identify(&user);
            if let Some(gate) = gate {
                gate.pass().await;
            }
            if user == "mallory" {
                return Err(Refuse::new("banned", "not you"));
            }
        }
        Ok(())
    }
    fn on_become(&self, socket: &Socket, user: String) -> Option<String> {
        socket.identify(user);
        socket.user()
    }
    fn on_join(&self, socket: &Socket, rooms: Vec<String>) {
        socket.join(rooms);
    }
    fn on_leave(&self, socket: &Socket, rooms: Vec<String>) {
        socket.leave(rooms);
    }
    fn on_leave_all(&self, socket: &Socket) {
        socket.leave_all();
    }
    fn on_who(&self, socket: &Socket, room: Option<String>) -> Vec<String> {
        match room {
            Some(room) => socket.namespace().presence(room),
            None => socket.namespace().users(),
        }
    }
    fn on_disconnect(self, socket: &Socket, log: &State<Log>) {
        if socket.rooms().len() < 10 {
            log.say(format!("left, still {:?}", socket.namespace().users()));
        }
    }
}

/// Says each change: `+ada` and `-ada` for the namespace, `lobby +ada` for a room.
fn say(log: &Log) -> impl Fn(&Handle, &socketio::PresenceChange) + Send + Sync + 'static {
    let log = log.clone();
    move |_, change| {
        assert_eq!(change.namespace(), "/");
        let sign = if change.is_present() { '+' } else { '-' };
        let room = change.room().map_or_else(String::new, |room| format!("{room} "));
        log.say(format!("{room}{sign}{}", change.user()));
    }
}

async fn start() -> (App, Heard) {
    let (log, heard) = log();
    let server = Server::empty().mount::<People>().on_presence(say(&log)).max_rooms(2000).state(log);
    (App::start(server).await, heard)
}

async fn enter(app: &App, user: &str) -> Client {
    Client::bare(app.addr, &format!(r#"40{{"user":"{user}"}}"#)).await
}

#[tokio::test]
async fn a_user_comes_with_the_first_socket_and_goes_with_the_last() {
    let (app, mut heard) = start().await;
    let mut phone = enter(&app, "ada").await;
    heard.expect(&["+ada"]).await;
    ask(&mut phone, r#"["join",["lobby"]]"#).await;
    heard.expect(&["lobby +ada"]).await;
    let mut laptop = enter(&app, "ada").await;
    ask(&mut laptop, r#"["join",["lobby","desk"]]"#).await;
    // The second socket is a change in the second room alone.
    heard.expect(&["desk +ada"]).await;
    let mut bob = enter(&app, "bob").await;
    ask(&mut bob, r#"["join",["lobby"]]"#).await;
    heard.expect(&["+bob", "lobby +bob"]).await;
    assert_eq!(ask(&mut bob, r#"["who"]"#).await, r#"[["ada","bob"]]"#);
    assert_eq!(ask(&mut bob, r#"["who","desk"]"#).await, r#"[["ada"]]"#);
    let chat = app.handle.of("/");
    assert_eq!(chat.presence("lobby"), ["ada", "bob"]);
    assert_eq!(chat.presence(["desk", "lobby"]), ["ada", "bob"]);
    assert_eq!((chat.presence("nowhere"), chat.clone().except("lobby").users()), (vec![], vec![]));
    ask(&mut phone, r#"["leave",["lobby","never joined"]]"#).await;
    assert_eq!(chat.presence("lobby"), ["ada", "bob"]);
    // Without a word, as when a cable is pulled.
    drop(laptop);
    heard.expect(&[r#"left, still ["ada", "bob"]"#]).await;
    // The rooms are left in no order.
    let mut left = [heard.next().await, heard.next().await];
    left.sort();
    assert_eq!(left, ["desk -ada", "lobby -ada"]);
    phone.send("41").await;
    heard.expect(&[r#"left, still ["ada", "bob"]"#, "-ada"]).await;
    assert_eq!(chat.users(), ["bob"]);
    ask(&mut bob, r#"["leave_all"]"#).await;
    heard.expect(&["lobby -bob"]).await;
}

#[tokio::test]
async fn a_socket_without_a_user_is_nobody_and_may_become_one() {
    let (app, mut heard) = start().await;
    let mut client = app.client().await;
    ask(&mut client, r#"["join",["lobby"]]"#).await;
    assert_eq!(ask(&mut client, r#"["who","lobby"]"#).await, "[[]]");
    assert_eq!(ask(&mut client, r#"["become","ada"]"#).await, r#"["ada"]"#);
    heard.expect(&["+ada", "lobby +ada"]).await;
    assert_eq!(ask(&mut client, r#"["become","ada"]"#).await, r#"["ada"]"#);
    assert_eq!(ask(&mut client, r#"["become","bob"]"#).await, r#"["bob"]"#);
    heard.expect(&["-ada", "+bob", "lobby -ada", "lobby +bob"]).await;
    assert_eq!(app.handle.of("/").presence("lobby"), ["bob"]);
    // One byte more than `max_room_name`: the user stays who it was.
    let logged = capture();
    assert_eq!(ask(&mut client, &format!(r#"["become","{}"]"#, "x".repeat(1025))).await, r#"["bob"]"#);
    assert!(logged.lines().iter().any(|line| line.contains("user_too_long")), "{:?}", logged.lines());
    assert!(ask(&mut client, &format!(r#"["become","{}"]"#, "x".repeat(1024))).await.len() > 1024);
}

#[tokio::test]
async fn one_that_is_refused_has_come_and_gone() {
    let (app, mut heard) = start().await;
    assert!(app.answer(r#"40{"user":"mallory"}"#).await.starts_with("44"));
    heard.expect(&["+mallory", "-mallory"]).await;
    assert!(app.handle.of("/").users().is_empty());
}

#[tokio::test]
async fn a_user_counts_before_on_connect_has_ended() {
    let (log, mut heard) = log();
    let gate = Gate::default();
    let server = Server::empty().mount::<People>().on_presence(say(&log)).state(log).state(gate.clone());
    let app = App::start(server).await;
    let mut ws = app.engine().await;
    ws.text(r#"40{"user":"ada"}"#).await;
    heard.expect(&["+ada"]).await;
    assert_eq!(app.handle.of("/").users(), ["ada"]);
    gate.open(1);
    assert!(ws.next_text().await.starts_with("40"));
}

/// The rooms of a socket that is in many are left in steps.
#[tokio::test]
async fn a_user_in_many_rooms_goes_from_each_of_them_once() {
    const ROOMS: usize = 700;
    let (app, mut heard) = start().await;
    let mut client = enter(&app, "ada").await;
    let rooms: Vec<String> = (0..ROOMS).map(|room| format!("{room:03}")).collect();
    ask(&mut client, &serde_json::json!(["join", rooms]).to_string()).await;
    heard.expect(&["+ada"]).await;
    for room in &rooms {
        heard.expect(&[&format!("{room} +ada")]).await;
    }
    drop(client);
    let mut left = Vec::new();
    for _ in 0..=ROOMS {
        left.push(heard.next().await);
    }
    left.sort();
    let mut expected: Vec<String> = rooms.iter().map(|room| format!("{room} -ada")).collect();
    expected.push("-ada".to_owned());
    expected.sort();
    assert_eq!(left, expected);
}

#[tokio::test]
async fn what_is_done_with_a_change_may_change_more_or_panic() {
    let (log, mut heard) = log();
    let server = Server::empty().mount::<People>().state(log.clone());
    // Whoever comes is put into a room, which is a change too; afterwards the log hears of it.
    let server = server
        .on_presence(|handle, change| match change.room() {
            None if change.is_present() => handle.of("/").join("hall"),
            None => panic!("as asked"),
            Some(_) => {}
        })
        .on_presence(say(&log));
    let app = App::start(server).await;
    let client = enter(&app, "ada").await;
    heard.expect(&["+ada", "hall +ada"]).await;
    assert_eq!(app.handle.of("/").presence("hall"), ["ada"]);
    drop(client);
    // The panic hides the change from what comes after it, and nothing else.
    heard.expect(&[r#"left, still ["ada"]"#, "hall -ada"]).await;
    let _client = enter(&app, "bob").await;
    heard.expect(&["+bob", "hall +bob"]).await;
}
