//! `disconnect_with`: the event and the DISCONNECT packet behind it, wherever the call comes from; and the states of a socket meanwhile.

use serde::Deserialize;
use socketio::prelude::*;
use socketio::{DisconnectReason, Handle, Overflow, SocketState};
use tests::ws::Ws;

use crate::app::{App, Gate, Heard, Log, log, text};

#[derive(Event)]
#[event("banned")]
struct Banned {
    until: u32,
}

#[derive(Event)]
#[event("unwritable")]
struct Unwritable(std::collections::BTreeMap<(u8, u8), u8>);

#[derive(Deserialize)]
struct Auth {
    how: String,
}

struct Club;

#[namespace("/club", manual, emits = Banned)]
impl Club {
    async fn on_connect(socket: &Socket, gate: &State<Gate>, log: &State<Log>, auth: Option<Auth>) -> Self {
        log.say(format!("{:?}", socket.state()));
        socket.emit("lost", ());
        match auth.as_ref().map(|auth| auth.how.as_str()) {
            Some("at once") => socket.disconnect_with(Banned { until: 1 }),
            Some("wait") => gate.pass().await,
            _ => {}
        }
        Club
    }
    fn on_leave(&self, socket: &Socket) -> u8 {
        socket.disconnect_with(Banned { until: 2 });
        socket.emit("still", format!("{:?}", socket.state()));
        7
    }
    async fn on_leave_later(&self, socket: &socketio::TypedSocket<Self>) -> Result<u8, Error> {
        tokio::task::yield_now().await;
        socket.namespace().disconnect_with(Banned { until: 3 });
        tokio::task::yield_now().await;
        Ok(8)
    }
    fn on_unwritable(&self, socket: &Socket) {
        socket.disconnect_with(Unwritable([((1, 2), 3)].into()));
    }
    async fn on_disconnect(self, socket: &Socket, reason: &DisconnectReason, gate: &State<Gate>, log: &State<Log>) {
        log.say(format!("{reason}, {:?}", socket.state()));
        gate.pass().await;
    }
}

async fn start() -> (App, Gate, Heard) {
    let ((log, heard), gate) = (log(), Gate::default());
    let app = App::start(Server::empty().mount::<Club>().state(log).state(gate.clone())).await;
    (app, gate, heard)
}

async fn enter(app: &App, connect: &str) -> Ws {
    let mut ws = app.engine().await;
    ws.text(connect).await;
    ws
}

/// A client that is in the namespace, and its socket.
async fn member(app: &App) -> (Ws, Socket) {
    let mut ws = enter(app, "40/club,").await;
    assert!(ws.next_text().await.starts_with("40/club,{"));
    ws.expect(r#"42/club,["lost"]"#).await;
    (ws, app.handle.of("/club").sockets().pop().unwrap())
}

#[tokio::test]
async fn from_elsewhere_the_event_is_followed_by_the_disconnect() {
    let (app, gate, mut heard) = start().await;
    let (mut ws, socket) = member(&app).await;
    heard.expect(&["Connecting"]).await;
    assert_eq!(socket.state(), SocketState::Connected);
    socket.disconnect_with(Banned { until: 9 });
    // Nothing goes out any more, whoever sends it.
    app.handle.of("/club").emit("late", ());
    socket.disconnect_with(Banned { until: 10 });
    ws.expect(r#"42/club,["banned",{"until":9}]"#).await;
    ws.expect("41/club,").await;
    heard.expect(&["server namespace disconnect, Leaving"]).await;
    assert_eq!(socket.state(), SocketState::Leaving);
    gate.open(1);
    while socket.state() != SocketState::Gone {
        tokio::task::yield_now().await;
    }
    // A handle that is kept changes nothing.
    socket.disconnect();
    assert_eq!(socket.state(), SocketState::Gone);
    // The connection stays, and so may the client.
    ws.text("40/club,").await;
    assert!(ws.next_text().await.starts_with("40/club,{"));
}

#[tokio::test]
async fn in_a_handler_the_acknowledgement_comes_between() {
    let (app, gate, mut heard) = start().await;
    gate.open(2);
    let (mut ws, _) = member(&app).await;
    ws.text(r#"42/club,5["leave"]"#).await;
    ws.expect(r#"42/club,["banned",{"until":2}]"#).await;
    ws.expect(r#"42/club,["still","Connected"]"#).await;
    ws.expect("43/club,5[7]").await;
    ws.expect("41/club,").await;
    heard.expect(&["Connecting", "server namespace disconnect, Leaving"]).await;
    let ((mut one, _), (mut other, _)) = (member(&app).await, member(&app).await);
    one.text(r#"42/club,6["leave_later"]"#).await;
    // The others leave at once.
    other.expect(r#"42/club,["banned",{"until":3}]"#).await;
    other.expect("41/club,").await;
    one.expect(r#"42/club,["banned",{"until":3}]"#).await;
    one.expect("43/club,6[8]").await;
    one.expect("41/club,").await;
}

#[tokio::test]
async fn before_the_connect_reply_it_is_a_refusal_with_the_events_name() {
    let (app, gate, mut heard) = start().await;
    let refused = r#"44/club,{"message":"disconnected by the server","data":{"code":"banned"}}"#;
    let mut ws = enter(&app, r#"40/club,{"how":"at once"}"#).await;
    ws.expect(refused).await;
    heard.expect(&["Connecting", "server namespace disconnect, Leaving"]).await;
    // While `on_connect` waits, from elsewhere.
    let mut ws = enter(&app, r#"40/club,{"how":"wait"}"#).await;
    heard.expect(&["Connecting"]).await;
    app.handle.of("/club").disconnect_with(Banned { until: 4 });
    ws.silent().await;
    gate.open(2);
    ws.expect(refused).await;
    heard.expect(&["server namespace disconnect, Leaving"]).await;
    ws.silent().await;
}

#[tokio::test]
async fn an_event_that_cannot_be_written_does_not_keep_the_client() {
    let (app, gate, _) = start().await;
    gate.open(1);
    let (mut ws, _) = member(&app).await;
    ws.text(r#"42/club,["unwritable"]"#).await;
    ws.expect("41/club,").await;
}

#[tokio::test]
async fn a_full_outbox_does_not_lose_the_event() {
    let ((log, _heard), gate) = (log(), Gate::default());
    let server = Server::empty().mount::<Club>().state(log).state(gate.clone());
    let server = server.outbox(16, 64 * 1024).overflow(Overflow::DropNewest);
    let app = App::start(server).await;
    let (mut ws, socket) = member(&app).await;
    let handle: Handle = app.handle.clone();
    // In one go, so that the connection's task sends nothing in between.
    let dropped = 100;
    for n in 0..dropped {
        handle.of("/club").emit("flood", n);
    }
    socket.disconnect_with(Banned { until: 5 });
    let mut floods = 0;
    loop {
        let packet = ws.next_text().await;
        if packet.contains("banned") {
            break;
        }
        floods += 1;
    }
    assert!(floods < dropped, "nothing was dropped: the outbox was not full");
    ws.expect("41/club,").await;
}

#[tokio::test]
async fn a_target_of_everyone_and_the_last_packet_of_each() {
    let (app, gate, _) = start().await;
    gate.open(10);
    let mut clients = [app.client_of("/club").await, app.client_of("/club").await];
    app.handle.of("/club").except(&clients[1].sid).disconnect_with(Banned { until: 6 });
    for packet in [r#"42/club,["lost"]"#, r#"42/club,["banned",{"until":6}]"#, "41/club,"] {
        assert_eq!(text(&mut clients[0]).await, packet);
    }
    clients[1].send(r#"421["alive"]"#).await;
    clients[1].expect(r#"42/club,["lost"]"#).await;
}
