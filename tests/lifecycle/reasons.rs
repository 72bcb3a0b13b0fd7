//! Why a client has left, as `on_disconnect` is told: the words of the Node server.

use std::time::{Duration, Instant};

use socketio::prelude::*;
use socketio::{DisconnectReason, engine};
use tests::session::Polling;
use tests::ws::Frame;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::app::{App, Heard, Log, log};

#[derive(Default)]
struct Why;

#[namespace("/", manual)]
impl Why {
    fn on_leave(&self, socket: &Socket) {
        socket.disconnect();
        socket.disconnect();
    }
    fn on_close(&self, socket: &Socket) {
        socket.close();
    }
    fn on_much(&self, socket: &Socket) {
        socket.emit("much", "x".repeat(16 << 20));
    }
    fn on_panic(&self) {
        panic!("in a handler");
    }
    async fn on_panic_later(&mut self) {
        tokio::task::yield_now().await;
        panic!("in a handler");
    }
    fn on_task(&self, socket: &Socket) {
        socket.spawn(async { panic!("in a task") });
    }
    async fn on_disconnect(self, reason: &DisconnectReason, log: &State<Log>) {
        log.say(reason);
    }
}

async fn start(server: Server) -> (App, Heard) {
    let (log, heard) = log();
    (App::start(server.mount::<Why>().mount_at::<Why>("/two").state(log).emit_errors(false)).await, heard)
}

#[tokio::test]
async fn the_client_leaves_the_namespace() {
    let (app, mut heard) = start(Server::empty()).await;
    let mut client = app.client().await;
    client.send("41").await;
    heard.expect(&["client namespace disconnect"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn the_connection_ends() {
    let (app, mut heard) = start(Server::empty()).await;
    // With the engine's close packet, with WebSocket's, and without a word.
    let mut client = app.client().await;
    client.send("1").await;
    heard.expect(&["transport close"]).await;
    let mut client = app.client().await;
    client.ws.try_send(&Frame::Closed(None)).await;
    heard.expect(&["transport close"]).await;
    let client = app.client().await;
    drop(client);
    let reason = heard.next().await;
    assert!(reason == "transport close" || reason == "transport error", "{reason}");
    heard.silent().await;
}

#[tokio::test]
async fn every_namespace_of_the_connection_is_told() {
    let (app, mut heard) = start(Server::empty()).await;
    let mut client = app.client().await;
    client.send("40/two,").await;
    assert!(crate::app::text(&mut client).await.starts_with("40/two,"));
    client.send("1").await;
    heard.expect(&["transport close", "transport close"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn the_server_disconnects() {
    let (app, mut heard) = start(Server::empty()).await;
    let mut client = app.client().await;
    client.send(r#"42["leave"]"#).await;
    client.expect("41").await;
    heard.expect(&["server namespace disconnect"]).await;
    heard.silent().await;
    client.ws.silent().await;
}

#[tokio::test]
async fn the_server_closes_the_connection() {
    let (app, mut heard) = start(Server::empty()).await;
    let mut client = app.client().await;
    client.send(r#"42["close"]"#).await;
    client.expect("41").await;
    client.ws.closed().await;
    heard.expect(&["server namespace disconnect"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn a_handler_or_a_task_panics() {
    let (app, mut heard) = start(Server::empty()).await;
    for event in ["panic", "panic_later", "task"] {
        let mut client = app.client().await;
        client.send("40/two,").await;
        assert!(crate::app::text(&mut client).await.starts_with("40/two,"));
        client.send(format!(r#"42["{event}"]"#)).await;
        client.expect("41").await;
        heard.expect(&["handler panic"]).await;
        heard.silent().await;
        // The other namespace goes on.
        client.send(r#"42/two,1["nothing"]"#).await;
        assert!(crate::app::text(&mut client).await.contains("not_found"));
        client.send("41/two,").await;
        heard.expect(&["client namespace disconnect"]).await;
    }
}

#[tokio::test]
async fn the_client_does_not_answer_a_ping() {
    let beat = Duration::from_millis(100);
    let (app, mut heard) = start(Server::empty().ping_interval(beat).ping_timeout(beat)).await;
    let mut client = app.client().await;
    client.ws.expect("2").await;
    heard.expect(&["ping timeout"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn the_client_breaks_the_protocol() {
    let (app, mut heard) = start(Server::empty()).await;
    for packet in ["4garbage", r#"42["x""#, "44{}", "4", r#"42["connect"]"#, "42/two,[\"x\"]"] {
        let mut client = app.client().await;
        client.send(packet).await;
        let reason = heard.next().await;
        assert_eq!(reason, "parse error", "{packet}");
        client.ws.closed().await;
    }
    heard.silent().await;
}

#[tokio::test]
async fn the_server_shuts_down() {
    let (app, mut heard) = start(Server::empty()).await;
    let mut client = app.client().await;
    let begin = Instant::now();
    let polite = async {
        let (frames, _) = client.ws.closed().await;
        // Reading on is what sends the answer to the close frame.
        assert_eq!((frames, client.ws.next().await), (Vec::new(), Frame::Closed(None)));
    };
    let (done, ()) = tokio::join!(app.handle.shutdown(Duration::from_secs(5)), polite);
    assert!(done && begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    heard.expect(&["server shutting down"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn the_client_joins_no_namespace() {
    let (app, mut heard) = start(Server::empty().connect_timeout(Duration::from_millis(200))).await;
    let mut ws = app.engine().await;
    let mut client = app.client().await;
    let (frames, _) = ws.closed().await;
    assert!(frames.iter().all(|frame| *frame != Frame::Text("41".to_owned())), "{frames:?}");
    // Only those who have not joined.
    heard.silent().await;
    client.send("41").await;
    heard.expect(&["client namespace disconnect"]).await;
}

#[test]
fn the_words_are_those_of_node() {
    let table = [
        (DisconnectReason::ClientLeft, "client namespace disconnect"),
        (DisconnectReason::ServerDisconnected, "server namespace disconnect"),
        (engine::CloseReason::TransportClose.into(), "transport close"),
        (engine::CloseReason::TransportError.into(), "transport error"),
        (engine::CloseReason::PingTimeout.into(), "ping timeout"),
        (engine::CloseReason::ParseError.into(), "parse error"),
        (engine::CloseReason::ForcedClose.into(), "forced close"),
        (engine::CloseReason::ServerShutdown.into(), "server shutting down"),
        (engine::CloseReason::SlowConsumer.into(), "slow consumer"),
    ];
    for (reason, words) in table {
        assert_eq!(reason.to_string(), words);
    }
}

#[tokio::test]
async fn a_polling_answer_is_cut_off() {
    let (app, mut heard) = start(Server::empty()).await;
    let client = Polling::open(app.addr, "/socket.io/").await;
    client.send("40").await;
    client.receive(1).await;
    client.send(r#"42["much"]"#).await;
    let mut stream = tokio::net::TcpStream::connect(app.addr).await.expect("a connection");
    let target = format!("/socket.io/?EIO=4&transport=polling&sid={}", client.sid);
    let head = tests::http::head(app.addr, "GET", &target, &[], 0);
    stream.write_all(head.as_bytes()).await.expect("to write");
    // The answer has begun, and the client goes before the end.
    stream.read_exact(&mut [0; 1000]).await.expect("a part of the answer");
    drop(stream);
    heard.expect(&["transport error"]).await;
    heard.silent().await;
}
