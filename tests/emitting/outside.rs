//! The server from outside of its handlers: before it has started, from threads, after clients have gone.

use std::time::Duration;

use socketio::SocketId;
use socketio::prelude::*;
use tests::session::Client;

use crate::app::{App, Log, a_moment, ask, log};

#[derive(Default)]
struct Chat;

#[namespace("/chat", manual)]
impl Chat {
    fn on_join(&self, socket: &Socket, room: String) {
        socket.join(room);
    }
}

#[derive(Default)]
struct Root;

#[namespace("/", manual)]
impl Root {
    fn on_ping(&self) -> u8 {
        1
    }
    fn on_disconnect(self, log: &State<Log>) {
        log.say("bye");
    }
}

async fn start() -> (App, crate::app::Heard) {
    let (log, heard) = log();
    (App::start(Server::empty().mount::<Chat>().mount::<Root>().state(log)).await, heard)
}

async fn chatter(app: &App, room: &str) -> Client {
    let mut client = app.client_of("/chat").await;
    client.send(format!(r#"42/chat,1["join",{room:?}]"#)).await;
    client.expect("43/chat,1[]").await;
    client
}

fn id(client: &Client) -> SocketId {
    SocketId::parse(&client.sid).unwrap()
}

#[tokio::test]
async fn a_handle_emits_to_rooms_of_a_namespace() {
    let (app, _heard) = start().await;
    let handle = app.handle.clone();
    let (mut red, mut blue, mut root) = (chatter(&app, "red").await, chatter(&app, "blue").await, app.client().await);
    handle.of("/chat").to("red").emit("x", 1);
    handle.of("/chat").except("red").emit("x", 2);
    handle.of("/chat").emit("x", 3);
    handle.of("/").emit("x", 4);
    red.expect(r#"42/chat,["x",1]"#).await;
    red.expect(r#"42/chat,["x",3]"#).await;
    blue.expect(r#"42/chat,["x",2]"#).await;
    blue.expect(r#"42/chat,["x",3]"#).await;
    root.expect(r#"42["x",4]"#).await;
    assert_eq!((handle.of("/chat").count(), handle.of("/").count(), handle.connections()), (2, 1, 3));
    // Nobody there is no error.
    handle.of("/chat").to("empty").emit("x", 5);
    handle.of("/nowhere").emit("x", 6);
    handle.of("/nowhere").disconnect();
    assert_eq!(handle.of("/nowhere").count(), 0);
}

#[tokio::test]
async fn a_handle_from_before_the_start_works_after_it() {
    let (log, _heard) = log();
    let server = Server::empty().mount::<Root>().state(log);
    let handle = server.handle();
    handle.of("/").emit("nobody", ());
    assert_eq!((handle.of("/").count(), handle.connections()), (0, 0));
    let nobody = SocketId::parse(&"x".repeat(20)).unwrap();
    assert_eq!(handle.socket(nobody).err().and_then(|error| error.id()), Some(nobody));
    assert!(handle.shutdown(Duration::from_secs(1)).await);
    let app = App::start(server).await;
    let mut client = app.client().await;
    handle.of("/").emit("somebody", 1);
    client.expect(r#"42["somebody",1]"#).await;
}

#[tokio::test]
async fn a_named_socket_that_is_gone_is_an_error() {
    let (app, mut heard) = start().await;
    let mut client = app.client().await;
    let other = app.client_of("/chat").await;
    let id = id(&client);
    let socket = app.handle.socket(id).unwrap();
    assert_eq!((socket.id(), socket.path()), (id, "/"));
    socket.emit("you", ());
    client.expect(r#"42["you"]"#).await;
    assert_eq!(app.handle.socket(self::id(&other)).unwrap().path(), "/chat");
    client.send("41").await;
    heard.expect(&["bye"]).await;
    a_moment().await;
    let error = app.handle.socket(id).unwrap_err();
    assert_eq!(error.id(), Some(id));
    assert!(error.to_string().contains(&client.sid));
    assert_eq!(Error::from(error).code(), "no_socket");
    // The secret id of a connection names no socket.
    let secret = SocketId::parse(&other.engine_sid).unwrap();
    assert_eq!(app.handle.socket(secret).err().and_then(|error| error.id()), Some(secret));
    // The handle that was kept says nothing, and is not connected.
    socket.emit("gone", ());
    assert!(!socket.is_connected());
}

#[tokio::test]
async fn a_plain_thread_emits_joins_grants_and_disconnects() {
    let (app, mut heard) = start().await;
    let mut client = app.client().await;
    let (handle, id) = (app.handle.clone(), id(&client));
    let thread = std::thread::spawn(move || {
        let socket = handle.socket(id).unwrap();
        for n in 0..1000 {
            socket.emit("n", n);
        }
        socket.join("room");
        socket.grant("g");
        handle.of("/").to("room").emit("room", socket.has_grant("g"));
        let _asked = socket.emit_with_ack::<u8>("asked", ());
        socket
    });
    for n in 0..1000 {
        client.expect(&format!(r#"42["n",{n}]"#)).await;
    }
    client.expect(r#"42["room",true]"#).await;
    assert!(crate::app::text(&mut client).await.ends_with(r#"["asked"]"#));
    let socket = thread.join().unwrap();
    std::thread::spawn(move || socket.disconnect()).join().unwrap();
    client.expect("41").await;
    heard.expect(&["bye"]).await;
}

#[tokio::test]
async fn a_thread_wakes_a_client_that_sleeps() {
    let (app, _heard) = start().await;
    let mut client = app.client().await;
    assert_eq!(ask(&mut client, r#"["ping"]"#).await, "[1]");
    for n in 0..20 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        let target = app.handle.of("/");
        std::thread::spawn(move || target.emit("wake", n)).join().unwrap();
        client.expect(&format!(r#"42["wake",{n}]"#)).await;
    }
}

#[tokio::test]
async fn shutdown_disconnects_everyone_and_takes_nobody_new() {
    let (app, mut heard) = start().await;
    let mut clients = vec![app.client().await, app.client().await, app.client().await];
    assert!(app.handle.shutdown(Duration::from_secs(10)).await);
    heard.expect(&["bye", "bye", "bye"]).await;
    heard.silent().await;
    for client in &mut clients {
        client.ws.closed().await;
    }
    assert_eq!((app.handle.connections(), app.handle.of("/").count()), (0, 0));
    assert!(tokio::net::TcpStream::connect(app.addr).await.is_err());
    assert!(app.handle.shutdown(Duration::from_secs(10)).await);
}

#[derive(Event)]
#[event("news")]
struct News(String);

#[derive(Event)]
#[event("unwritable")]
struct Unwritable(std::collections::BTreeMap<(u8, u8), u8>);

#[tokio::test]
async fn try_send_tells_whether_somebody_was_there() {
    let (app, _heard) = start().await;
    let chat = app.handle.of("/chat");
    let news = || News("é".to_owned());
    let nobody = chat.clone().to("red").try_send(news()).unwrap_err();
    assert_eq!((nobody.id(), nobody.to_string().as_str()), (None, "nobody is there"));
    assert_eq!(Error::from(nobody).code(), "no_socket");
    assert!(app.handle.of("/nowhere").try_send(news()).is_err());
    let (mut red, mut both) = (chatter(&app, "red").await, chatter(&app, "red").await);
    both.send(r#"42/chat,1["join","blue"]"#).await;
    both.expect("43/chat,1[]").await;
    assert_eq!(chat.clone().to(["red", "blue"]).try_send(news()), Ok(2));
    assert_eq!(chat.clone().to("blue").typed::<Chat>().volatile().to("red").except("blue").count(), 1);
    assert_eq!(chat.clone().to("red").except("blue").try_send(news()), Ok(1));
    assert!(chat.clone().to("blue").except("blue").try_send(news()).is_err());
    assert!(chat.clone().to("red").try_send(Unwritable([((1, 2), 3)].into())).is_err());
    app.handle.of("/chat").emit("end", ());
    for (client, count) in [(&mut red, 2), (&mut both, 1)] {
        for _ in 0..count {
            client.expect(r#"42/chat,["news","é"]"#).await;
        }
        client.expect(r#"42/chat,["end"]"#).await;
    }
    // One socket, also when it has left.
    let socket = app.handle.socket(id(&red)).unwrap();
    assert_eq!(socket.volatile().try_send(news()), Ok(1));
    red.expect(r#"42/chat,["news","é"]"#).await;
    socket.disconnect();
    assert_eq!(socket.volatile().try_send(news()).unwrap_err().id(), Some(socket.id()));
}
