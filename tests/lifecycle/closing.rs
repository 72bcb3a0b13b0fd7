//! The server closes a connection: what the client reads in each of its namespaces, and what becomes of what it sends meanwhile.

use socketio::DisconnectReason;
use socketio::prelude::*;
use tests::session::{Client, Polling, SEPARATOR};

use crate::app::{App, Gate, Heard, Log, log, text};

#[derive(Default)]
struct Room;

#[namespace("/", manual)]
impl Room {
    fn on_close(&self, socket: &Socket) -> u8 {
        socket.close();
        socket.disconnect();
        socket.emit("last", 1);
        7
    }
    async fn on_close_later(&self, socket: &Socket) -> u8 {
        // Of the client, although not of the socket whose turn it is.
        socket.sibling("/two").unwrap().close();
        tokio::task::yield_now().await;
        7
    }
    fn on_close_and_panic(&self, socket: &Socket) {
        socket.close();
        panic!("in a handler");
    }
    fn on_said(&self, log: &State<Log>, what: String) {
        log.say(what);
    }
    fn on_disconnect(self, socket: &Socket, reason: &DisconnectReason, log: &State<Log>) {
        log.say(format!("{} {reason}", socket.path()));
    }
}

struct Slow;

#[namespace("/slow", manual)]
impl Slow {
    async fn on_connect(gate: &State<Gate>, log: &State<Log>) -> Self {
        log.say("connecting");
        gate.pass().await;
        Slow
    }
    fn on_disconnect(self, reason: &DisconnectReason, log: &State<Log>) {
        log.say(format!("/slow {reason}"));
    }
}

async fn start() -> (App, Gate, Heard) {
    let ((log, heard), gate) = (log(), Gate::default());
    let server = Server::empty().mount::<Room>().mount_at::<Room>("/two").mount::<Slow>();
    (App::start(server.state(log).state(gate.clone())).await, gate, heard)
}

async fn enter(client: &mut Client, path: &str) {
    client.send(format!("40{path},")).await;
    assert!(text(client).await.starts_with(&format!("40{path},")));
}

#[tokio::test]
async fn every_namespace_is_told_before_the_connection_closes() {
    let (app, _, mut heard) = start().await;
    let mut client = app.client().await;
    enter(&mut client, "/two").await;
    client.send(r#"42/two,5["close"]"#).await;
    client.expect(r#"42/two,["last",1]"#).await;
    client.expect("43/two,5[7]").await;
    client.expect("41").await;
    client.expect("41/two,").await;
    let (rest, _) = client.ws.closed().await;
    assert!(rest.is_empty(), "{rest:?}");
    heard.expect(&["/ server namespace disconnect", "/two server namespace disconnect"]).await;
    heard.silent().await;
    assert_eq!(app.handle.connections(), 0);
}

#[tokio::test]
async fn a_turn_that_closes_the_connection_ends_before() {
    let (app, _, mut heard) = start().await;
    for (event, answer, reason) in [
        ("close_later", "435[7]", "server namespace disconnect"),
        ("close_and_panic", r#"435[{"error":{"code":"internal","message":"internal error"}}]"#, "handler panic"),
    ] {
        let mut client = app.client().await;
        enter(&mut client, "/two").await;
        client.send(format!(r#"425["{event}"]"#)).await;
        client.expect(answer).await;
        client.expect("41").await;
        client.expect("41/two,").await;
        let (rest, _) = client.ws.closed().await;
        assert!(rest.is_empty(), "{rest:?}");
        heard.expect(&[format!("/ {reason}").as_str(), "/two server namespace disconnect"]).await;
    }
    heard.silent().await;
}

#[tokio::test]
async fn what_the_client_sends_behind_is_not_handled() {
    let (app, _, mut heard) = start().await;
    let mut client = app.client().await;
    for packet in [r#"42["close"]"#, r#"42["said","late"]"#, "40/two,", r#"42/two,["said","late"]"#] {
        client.ws.feed(packet).await;
    }
    client.ws.flush().await;
    client.expect(r#"42["last",1]"#).await;
    client.expect("41").await;
    let (rest, _) = client.ws.closed().await;
    assert!(rest.is_empty(), "{rest:?}");
    heard.expect(&["/ server namespace disconnect"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn a_client_that_waits_for_its_connect_reply_is_refused_at_once() {
    let (app, gate, mut heard) = start().await;
    let mut client = app.client().await;
    client.send("40/slow,").await;
    heard.expect(&["connecting"]).await;
    client.send(r#"42["close"]"#).await;
    client.expect(r#"42["last",1]"#).await;
    client.expect("41").await;
    client.expect(r#"44/slow,{"message":"disconnected by the server","data":{"code":"disconnected"}}"#).await;
    let (rest, _) = client.ws.closed().await;
    assert!(rest.is_empty(), "{rest:?}");
    heard.expect(&["/ server namespace disconnect"]).await;
    gate.open(1);
    heard.expect(&["/slow server namespace disconnect"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn a_target_closes_the_connections_of_its_sockets_alone() {
    let (app, _, mut heard) = start().await;
    let (mut one, mut two, mut three) = (app.client().await, app.client().await, app.client().await);
    enter(&mut two, "/two").await;
    // In the target twice, by two namespaces.
    app.handle.of("/").to([&one.sid, &two.sid]).join("out");
    app.handle.of("/").to("out").close();
    app.handle.of("/two").close();
    one.expect("41").await;
    one.ws.closed().await;
    two.expect("41").await;
    two.expect("41/two,").await;
    two.ws.closed().await;
    for _ in 0..3 {
        let line = heard.next().await;
        assert!(line.ends_with(" server namespace disconnect"), "{line}");
    }
    three.send(r#"42["said","still here"]"#).await;
    heard.expect(&["still here"]).await;
    assert_eq!(app.handle.connections(), 1);
}

#[tokio::test]
async fn a_polling_client_is_told_with_its_next_answer() {
    let (app, _, mut heard) = start().await;
    let client = Polling::open(app.addr, "/socket.io/").await;
    client.send(format!("40{SEPARATOR}40/two,")).await;
    client.receive(2).await;
    // Outside of a request, so that no answer carries it away at once.
    app.handle.of("/").close();
    heard.expect(&["/ server namespace disconnect", "/two server namespace disconnect"]).await;
    assert_eq!(client.get().await.text(), format!("41{SEPARATOR}41/two,"));
    // By itself, because the official client handles it before the packets in the same answer, and then comes back.
    assert_eq!(client.get().await.text(), "1");
    client.gone().await;
}
