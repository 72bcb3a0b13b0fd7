//! Sockets of other nodes: their data, rooms and handshakes, operations on them, and the time that a node waits for another.

use std::time::Duration;

use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use socketio::adapter::{
    Action, Adapter, AdapterError, Answer, BoxFuture, BoxStream, Node as OwnNode, Question, SocketInfo,
};
use socketio::prelude::*;
use socketio::{Recovery, RemoteSocket, Room, SocketId};
use tests::session::Client;

use crate::app::eventually;
use crate::app::{App, ask, ask_error};
use crate::back;
use crate::bus::{Bus, Fault};

#[derive(Default)]
struct Chat;

#[namespace("/", manual)]
impl Chat {
    fn on_set(&self, socket: &Socket, name: String, value: Value) -> Result<(), Error> {
        Ok(socket.data().set(&name, &value)?)
    }
    fn on_get(&self, socket: &Socket, name: String) -> Option<Value> {
        socket.data().get(&name)
    }
    fn on_remove(&self, socket: &Socket, name: String) -> bool {
        socket.data().remove(&name)
    }
}

async fn node(bus: &Bus, fault: Fault) -> App {
    App::start(Server::empty().mount::<Chat>().max_data(100).adapter(bus.adapter(fault))).await
}

async fn fetched(app: &App, client: &Client) -> RemoteSocket {
    let all = app.handle.of("/").fetch_sockets().await.all().unwrap();
    all.into_iter().find(|socket| socket.id().as_str() == client.sid).unwrap()
}

#[derive(Debug, Deserialize, PartialEq)]
struct Profile {
    name: String,
    level: u8,
}

#[tokio::test]
async fn data_is_seen_on_every_node_and_bounded() {
    let bus = Bus::default();
    let (left, right) = (node(&bus, Fault::None).await, node(&bus, Fault::None).await);
    let mut client = left.client().await;
    assert_eq!(ask(&mut client, r#"["get","name"]"#).await, "[null]");
    ask(&mut client, r#"["set","name","Ä\"n"]"#).await;
    ask(&mut client, r#"["set","level",7]"#).await;
    assert_eq!(ask(&mut client, r#"["get","level"]"#).await, "[7]");
    for app in [&left, &right] {
        let socket = fetched(app, &client).await;
        assert_eq!(socket.data::<Profile>().unwrap(), Profile { name: "Ä\"n".to_owned(), level: 7 });
        assert_eq!((socket.data_of::<u8>("level"), socket.data_of::<String>("level")), (Some(7), None));
        assert_eq!(socket.data::<u8>().unwrap_err().code(), "bad_request");
    }
    let long = format!(r#"["set","name","{}"]"#, "x".repeat(100));
    let (code, message) = ask_error(&mut client, &long).await;
    assert_eq!((code.as_str(), message.as_str()), ("data_too_large", "the data of a socket has at most 100 bytes"));
    assert_eq!(ask(&mut client, r#"["remove","name"]"#).await, "[true]");
    assert_eq!(ask(&mut client, r#"["remove","name"]"#).await, "[false]");
    assert_eq!(fetched(&right, &client).await.data::<Value>().unwrap(), json!({"level": 7}));
}

#[tokio::test]
async fn a_handshake_has_the_keys_of_node_and_no_secrets() {
    let bus = Bus::default();
    let (left, right) = (node(&bus, Fault::None).await, node(&bus, Fault::None).await);
    let origin = format!("http://{}", left.addr);
    let head = [("origin", &*origin), ("cookie", "sid=secret"), ("authorization", "Bearer secret"), ("x-own", "1")];
    let url = "/socket.io/?EIO=4&transport=websocket&room=a%20b";
    let mut ws = tests::ws::Ws::connect_with(left.addr, url, &head).await;
    ws.next_text().await;
    ws.text(r#"40{"nick":"ada"}"#).await;
    ws.next_text().await;
    let all = right.handle.of("/").fetch_sockets().await.all().unwrap();
    let handshake = all[0].handshake();
    assert_eq!((handshake.url(), handshake.address(), handshake.is_secure()), (Some(url), Some("127.0.0.1"), false));
    assert_eq!((handshake.header("X-Own"), handshake.query("room")), (Some("1"), Some("a b")));
    assert_eq!(handshake.auth::<Value>().unwrap(), json!({"nick": "ada"}));
    assert!(handshake.time().unwrap() <= std::time::SystemTime::now());
    let whole: serde_json::Map<String, Value> = handshake.read().unwrap();
    let keys: Vec<&str> = whole.keys().map(String::as_str).collect();
    assert_eq!(keys, ["address", "auth", "headers", "issued", "query", "secure", "time", "url", "xdomain"]);
    assert_eq!(whole["xdomain"], json!(true));
    assert!(!Value::Object(whole).to_string().contains("secret"));
}

#[tokio::test]
async fn a_fetched_socket_is_sent_to_moved_and_disconnected_on_its_node() {
    let bus = Bus::default();
    let (left, right) = (node(&bus, Fault::None).await, node(&bus, Fault::None).await);
    let (mut l, mut r) = (left.client().await, right.client().await);
    // From the own node and from the other one; a room is any text.
    let name = "日本 *?[a] \u{0}".repeat(9);
    for (app, at_left) in [(&left, false), (&right, true), (&left, true)] {
        let client = if at_left { &mut l } else { &mut r };
        let socket = fetched(app, client).await;
        socket.emit("hello", 1);
        client.expect(r#"42["hello",1]"#).await;
        socket.join(&name);
        let there = app.handle.of("/").to(&name);
        within_cluster(&there, 1).await;
        assert_eq!(fetched(app, client).await.rooms(), [Room::from(client.sid.as_str()), Room::from(&name)]);
        socket.leave(&name);
        within_cluster(&there, 0).await;
    }
    let far = fetched(&left, &r).await;
    far.close();
    r.expect("41").await;
    eventually(|| right.handle.connections() == 0).await;
    fetched(&left, &l).await.disconnect();
    l.expect("41").await;
    assert_eq!(left.handle.connections(), 1);
}

async fn within_cluster(target: &socketio::Target, count: usize) {
    tests::within("the other node", async {
        while target.fetch_count().await.value != count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_adapter_that_never_answers_is_waited_for_as_long_as_the_target_says() {
    let bus = Bus::default();
    let app = node(&bus, Fault::Silent).await;
    let _client = app.client().await;
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let target = app.handle.of("/").timeout(Duration::from_secs(3));
    let count = target.fetch_count().await;
    assert_eq!((count.value, count.missing), (1, vec![AdapterError::Timeout]));
    assert!(begun.elapsed() >= Duration::from_secs(3));
    let sockets = target.fetch_sockets().await;
    assert_eq!((sockets.value.len(), sockets.missing.len()), (1, 1));
    let answers = target.server_side_emit_with_ack::<u8>("anything", ()).await;
    assert_eq!((answers.value.len(), answers.missing), (0, vec![AdapterError::Timeout]));
}

/// A node that answers with what it likes.
struct Strange(SocketId);

impl Adapter for Strange {
    fn start(&self, _: OwnNode) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(std::future::ready(Ok(())))
    }
    fn publish(&self, _: Action) -> Result<(), AdapterError> {
        Ok(())
    }
    fn ask(&self, _: Question) -> BoxStream<'static, Result<Answer, AdapterError>> {
        let mut socket = SocketInfo::new(self.0, vec![Room::from("")]);
        (socket.data, socket.handshake) = ("[1,".into(), r#"{"headers":7,"issued":-1,"query":[]}"#.into());
        Box::pin(stream::iter([Ok(Answer::Count(5)), Ok(Answer::Sockets(vec![socket]))]))
    }
}

#[tokio::test]
async fn what_another_node_says_may_be_anything() {
    let bus = Bus::default();
    let source = node(&bus, Fault::None).await;
    let client = source.client().await;
    let id = source.handle.of("/").sockets()[0].id();
    assert_eq!(id.as_str(), client.sid);
    let app = App::start(Server::empty().mount::<Chat>().adapter(Strange(id))).await;
    let sockets = app.handle.of("/").fetch_sockets().await.all().unwrap();
    let (socket, handshake) = (&sockets[0], sockets[0].handshake());
    assert!(socket.data::<Value>().is_err() && socket.data_of::<Value>("a").is_none());
    assert_eq!(
        (handshake.header("a"), handshake.query("a"), handshake.url(), handshake.time()),
        (None, None, None, None)
    );
    assert_eq!(handshake.auth::<Option<u8>>().unwrap(), None);
}

#[tokio::test]
async fn the_secret_of_a_recovered_session_is_in_no_handshake() {
    let (log, _heard) = crate::app::log();
    let app = App::start(back::server(log, Recovery::default())).await;
    let lost = back::Guest::new(&app).await.cut();
    let guest = lost.back(&app).await;
    assert_eq!(guest.id, lost.id, "it is recovered");
    let sockets = app.handle.of("/").fetch_sockets().await.all().unwrap();
    let handshake: Value = sockets[0].handshake().read().unwrap();
    assert_eq!((sockets[0].id(), &handshake["auth"]), (lost.id, &json!({})));
    assert!(!handshake.to_string().contains(&lost.pid), "{handshake}");
}
