//! What goes over the wire, and what a session is recovered with.

use serde_json::json;
use socketio::Recovery;
use socketio::prelude::*;

use crate::app::{self, App};
use crate::back::{Guest, server};

#[tokio::test]
async fn missed_events_come_before_the_reply_and_once() {
    let (log, mut heard) = app::log();
    let app = App::start(server(log, Recovery::default())).await;
    let all = || app.handle.of("/");
    let mut guest = Guest::new(&app).await;
    let other = Guest::new(&app).await;
    guest.send(r#"42["join","red"]"#).await;
    guest.send(r#"42["name","ada"]"#).await;
    assert_eq!(guest.whoami().await, json!([false, ["red"], ["ada"], "ada", "ada"]));
    all().emit("one", "text");
    guest.expect(&[r#"42["one","text"]"#]).await;
    let (id, pid) = (guest.id, guest.pid.clone());
    let lost = guest.cut();
    heard.expect(&["new", "new", "transport close"]).await;

    all().to("red").emit("two", ());
    all().to("blue").emit("not for it", ());
    all().except("red").emit("not for it", ());
    all().to(other.id).emit("not for it", ());
    all().volatile().emit("not kept", ());
    all().to(id).emit("three", 3);
    all().emit("four", [4]);
    let mut guest = lost.back(&app).await;
    assert_eq!(guest.missed(), [r#"42["two"]"#, r#"42["three",3]"#, r#"42["four",[4]]"#]);
    assert_eq!((guest.id, &guest.pid), (id, &pid));
    heard.expect(&["back"]).await;
    // What on_disconnect has left is recovered too.
    assert_eq!(guest.whoami().await, json!([true, ["red"], ["ada"], "ada", "ada"]));
    all().to("red").emit("five", ());
    guest.expect(&[r#"42["five"]"#]).await;

    // Once: nothing is missed now, and again only what comes later.
    let lost = guest.cut();
    heard.expect(&["transport close"]).await;
    all().emit("six", ());
    let guest = lost.back(&app).await;
    assert_eq!((guest.missed(), guest.id), (vec![r#"42["six"]"#.to_owned()], id));
}

#[tokio::test]
async fn a_client_that_has_received_nothing_recovers_too() {
    let (log, mut heard) = app::log();
    let app = App::start(server(log, Recovery::default())).await;
    app.handle.of("/").emit("before it came", ());
    let guest = Guest::new(&app).await;
    let lost = guest.cut();
    assert!(!lost.auth.contains("offset"), "{}", lost.auth);
    heard.expect(&["new", "transport close"]).await;
    app.handle.of("/").emit("missed", ());
    let guest = lost.back(&app).await;
    assert_eq!((guest.missed(), guest.id), (vec![r#"42["missed"]"#.to_owned()], lost.id));
}

#[tokio::test]
async fn a_room_brings_only_what_was_sent_since_it_was_joined() {
    let (log, mut heard) = app::log();
    let app = App::start(server(log, Recovery::default())).await;
    let all = || app.handle.of("/");
    let mut guest = Guest::new(&app).await;
    all().to("red").emit("too early", ());
    guest.send(r#"42["join","red"]"#).await;
    guest.send(r#"42["join","left"]"#).await;
    guest.send(r#"42["leave","left"]"#).await;
    guest.whoami().await;
    let lost = guest.cut();
    heard.expect(&["new", "transport close"]).await;
    all().to("red").emit("missed", ());
    all().to("left").emit("left before", ());
    assert_eq!(lost.back(&app).await.missed(), [r#"42["missed"]"#]);
}

#[tokio::test]
async fn volatile_events_carry_the_last_offset_and_calls_none() {
    let (log, mut heard) = app::log();
    let app = App::start(server(log, Recovery::default())).await;
    let all = || app.handle.of("/");
    let mut guest = Guest::new(&app).await;
    all().emit("one", ());
    guest.next().await;
    let offset = guest.offset.clone().unwrap();
    all().volatile().emit("tick", "text");
    guest.expect(&[r#"42["tick","text"]"#]).await;
    assert_eq!(guest.offset.as_ref(), Some(&offset), "the same as before");
    let _answers = all().emit_with_ack::<()>("ask", "text");
    assert_eq!(guest.next().await, r#"420["ask","text"]"#);
    all().emit("two", ());
    guest.next().await;
    assert_ne!(guest.offset, Some(offset));
    let lost = guest.cut();
    heard.expect(&["new", "transport close"]).await;
    assert_eq!(lost.back(&app).await.missed(), [""; 0]);
}

#[tokio::test]
async fn a_connection_that_the_server_believes_in_is_taken_over() {
    let (log, mut heard) = app::log();
    let app = App::start(server(log, Recovery::default())).await;
    let all = || app.handle.of("/");
    let mut guest = Guest::new(&app).await;
    guest.send(r#"42["join","red"]"#).await;
    guest.whoami().await;
    all().to("red").emit("seen", ());
    guest.expect(&[r#"42["seen"]"#]).await;
    all().to("red").emit("lost on the way", ());
    let again = Guest::with(&app, "/", &guest.auth()).await;
    assert_eq!((again.missed(), again.id), (vec![r#"42["lost on the way"]"#.to_owned()], guest.id));
    // The old one has ended before the new one begins.
    heard.expect(&["new", "transport close", "back"]).await;
    all().to("red").emit("end", ());
    let mut again = again;
    again.expect(&[r#"42["end"]"#]).await;
    assert_eq!(all().count(), 1);
}

#[tokio::test]
async fn whoever_is_disconnected_gets_a_new_session() {
    let (log, mut heard) = app::log();
    let app = App::start(server(log, Recovery::default())).await;
    let mut guests = vec![Guest::new(&app).await, Guest::new(&app).await, Guest::new(&app).await];
    let auths: Vec<String> = guests.iter().map(Guest::auth).collect();
    guests[0].send("41").await;
    guests[1].send(r#"42["bye"]"#).await;
    // Breaks the protocol.
    guests[2].send("4nonsense").await;
    heard.expect(&["new", "new", "new"]).await;
    let mut reasons = [heard.next().await, heard.next().await, heard.next().await];
    reasons.sort_unstable();
    assert_eq!(reasons, ["client namespace disconnect", "parse error", "server namespace disconnect"]);
    for (auth, before) in auths.iter().zip(&guests) {
        let mut guest = Guest::with(&app, "/", auth).await;
        assert_ne!((guest.id, &guest.pid), (before.id, &before.pid));
        assert_eq!(guest.whoami().await, json!([false, [], [], null, null]));
    }
}

#[tokio::test]
async fn made_up_values_give_a_new_session_and_cost_nothing() {
    let (log, mut heard) = app::log();
    let app = App::start(server(log, Recovery::default())).await;
    let mut guest = Guest::new(&app).await;
    app.handle.of("/").emit("one", ());
    guest.next().await;
    let lost = guest.cut();
    heard.expect(&["new", "transport close"]).await;
    let long = "x".repeat(10_000);
    for auth in [
        r#"{"pid":"aaaaaaaaaaaaaaaaaaaa","offset":"abcd.1"}"#,
        r#"{"pid":"","offset":""}"#,
        r#"{"pid":null,"offset":7}"#,
        r#"{"pid":["aaaaaaaaaaaaaaaaaaaa"],"offset":{}}"#,
        &format!(r#"{{"pid":"{long}","offset":"{long}"}}"#),
        &format!(r#"{{"pid":"{}","offset":"abcd.1"}}"#, lost.id),
        &format!(r#"{{"pid":"{}x","offset":"abcd.1"}}"#, lost.pid),
    ] {
        let mut guest = Guest::with(&app, "/", auth).await;
        assert_eq!((guest.missed().len(), guest.whoami().await), (0, json!([false, [], [], null, null])), "{auth}");
        assert_ne!(guest.id, lost.id);
    }
    // The session is still there, and its owner may name any offset: then it gets what was sent since it began.
    let auth = format!(r#"{{"pid":"{}","offset":"abcd.99999999999999999999"}}"#, lost.pid);
    let guest = Guest::with(&app, "/", &auth).await;
    assert_eq!((guest.missed(), guest.id), (vec![r#"42["one"]"#.to_owned()], lost.id));
}

/// What a client must send to come in, and nothing else.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    token: u8,
}

struct Locked;

#[namespace("/locked", manual)]
impl Locked {
    fn on_connect(socket: &Socket, login: Login, handshake: &Handshake) -> Result<Self, Refuse> {
        if login.token > 1 && socket.recovered() {
            return Err(Refuse::new("no", "not again"));
        }
        let seen: serde_json::Value = handshake.auth().map_err(Refuse::from)?;
        socket.emit("auth", seen);
        Ok(Self)
    }
}

#[derive(Default)]
struct Optional;

#[namespace("/optional", manual)]
impl Optional {
    fn on_connect(&self, socket: &Socket, login: Option<Login>) {
        socket.emit("login", login.map(|login| login.token));
    }
}

#[tokio::test]
async fn on_connect_reads_its_payload_without_pid_and_offset() {
    let server = Server::empty().mount::<Locked>().mount::<Optional>().recovery(Recovery::default());
    let app = App::start(server).await;
    let mut guest = Guest::with(&app, "/locked", r#"{"token":1}"#).await;
    assert_eq!(guest.next().await, r#"42/locked,["auth",{"token":1}]"#);
    let id = guest.id;
    let auth = guest.auth().replace('}', r#","token":1}"#);
    drop(guest.cut());
    let mut guest = Guest::with(&app, "/locked", &auth).await;
    assert_eq!((guest.id, guest.next().await.as_str()), (id, r#"42/locked,["auth",{"token":1}]"#));

    let mut guest = Guest::with(&app, "/optional", "").await;
    assert_eq!(guest.next().await, r#"42/optional,["login",null]"#);
    let lost = guest.cut();
    let mut guest = lost.back(&app).await;
    assert_eq!((guest.id, guest.next().await.as_str()), (lost.id, r#"42/optional,["login",null]"#));
}

#[tokio::test]
async fn a_session_that_on_connect_refuses_is_spent() {
    let app = App::start(Server::empty().mount::<Locked>().recovery(Recovery::default())).await;
    let guest = Guest::with(&app, "/locked", r#"{"token":1}"#).await;
    let (id, auth) = (guest.id, guest.auth());
    drop(guest.cut());
    let refused = auth.replace('}', r#","token":2}"#);
    let answer = app.answer(&format!("40/locked,{refused}")).await;
    assert_eq!(answer, r#"44/locked,{"message":"not again","data":{"code":"no"}}"#);
    let again = Guest::with(&app, "/locked", &auth.replace('}', r#","token":1}"#)).await;
    assert_ne!(again.id, id);
}
