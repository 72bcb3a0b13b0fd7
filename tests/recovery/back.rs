//! Clients by hand that come back, and the namespace that the tests of this folder use.

use std::net::SocketAddr;

use futures_util::StreamExt as _;
use serde_json::Value as Json;
use socketio::prelude::*;
use socketio::{DisconnectReason, Recovery, Rest, SocketId, Value};
use tests::session::websocket;
use tests::ws::{Frame, Ws};

use crate::app::{App, Log};

/// A value of the connection, which recovery keeps.
pub(crate) struct Named(String);

/// Recovered, rooms, grants, the value of the connection, the data of the socket.
type Whoami = (bool, Vec<String>, Vec<String>, Option<String>, Option<String>);

#[derive(Default)]
pub(crate) struct Chat;

#[namespace("/", manual)]
impl Chat {
    fn on_connect(&self, socket: &Socket, log: &State<Log>) {
        log.say(if socket.recovered() { "back" } else { "new" });
    }
    fn on_join(&self, socket: &Socket, room: String) {
        socket.join(room);
    }
    fn on_leave(&self, socket: &Socket, room: String) {
        socket.leave(&*room);
    }
    fn on_name(&self, socket: &Socket, session: &Session, name: String) {
        socket.grant(&name);
        socket.data().set("name", &name).unwrap();
        session.insert(Named(name));
    }
    fn on_whoami(&self, socket: &Socket, session: &Session) -> Whoami {
        let mut rooms: Vec<String> = socket.rooms().iter().skip(1).map(|room| room.to_string()).collect();
        rooms.sort_unstable();
        (
            socket.recovered(),
            rooms,
            socket.grants(),
            session.get::<Named>().map(|named| named.0.clone()),
            socket.data().get("name"),
        )
    }
    fn on_say(&self, socket: &Socket, to: String, event: String, args: Rest<Value>) {
        socket.namespace().within(to).emit(&event, args);
    }
    fn on_volatile(&self, socket: &Socket, to: String, event: String, args: Rest<Value>) {
        socket.namespace().within(to).volatile().emit(&event, args);
    }
    async fn on_ask(&self, socket: &Socket, to: String, event: String, args: Rest<Value>) -> Vec<Value> {
        let answers = socket.namespace().within(to).emit_with_ack::<Value>(&event, args);
        answers.filter_map(|(_, answer)| std::future::ready(answer.ok())).collect().await
    }
    fn on_burst(&self, socket: &Socket, to: String, event: String, from: u32, until: u32) {
        let to = socket.namespace().within(to);
        (from..until).for_each(|n| to.emit(&event, n));
    }
    fn on_bye(&self, socket: &Socket) {
        socket.disconnect();
    }
    fn on_disconnect(&self, socket: &Socket, log: &State<Log>, reason: &DisconnectReason) {
        socket.leave_all();
        log.say(reason);
    }
}

pub(crate) fn server(log: Log, recovery: Recovery) -> Server {
    Server::empty().mount::<Chat>().state(log).recovery(recovery)
}

/// A client by hand, which remembers what the official one does.
pub(crate) struct Guest {
    ws: Ws,
    path: &'static str,
    pub(crate) id: SocketId,
    pub(crate) pid: String,
    pub(crate) offset: Option<String>,
    /// What came before the CONNECT reply.
    pub(crate) missed: Vec<String>,
}

impl Guest {
    pub(crate) async fn new(app: &App) -> Self {
        Self::with(app, "/", "").await
    }

    /// A client that sends this payload with its CONNECT.
    pub(crate) async fn with(app: &App, path: &'static str, auth: &str) -> Self {
        Self::at(app.addr, path, auth).await
    }

    pub(crate) async fn at(addr: SocketAddr, path: &'static str, auth: &str) -> Self {
        let (mut ws, _) = websocket(addr, "/socket.io/").await;
        let prefix = if path == "/" { String::new() } else { format!("{path},") };
        ws.text(format!("40{prefix}{auth}")).await;
        let mut missed = Vec::new();
        loop {
            let text = ws.next_text().await;
            let Some(reply) = text.strip_prefix(&format!("40{prefix}")) else {
                missed.push(text);
                continue;
            };
            let reply: Json = serde_json::from_str(reply).unwrap();
            let text = |name: &str| reply[name].as_str().unwrap().to_owned();
            let id = SocketId::parse(&text("sid")).unwrap();
            let mut guest = Self { ws, path, id, pid: text("pid"), offset: None, missed: Vec::new() };
            for text in &missed {
                guest.note(text);
            }
            guest.missed = missed;
            return guest;
        }
    }

    /// What the official client sends when it comes back.
    pub(crate) fn auth(&self) -> String {
        let offset = self.offset.as_ref().map_or_else(String::new, |offset| format!(r#","offset":"{offset}""#));
        format!(r#"{{"pid":"{}"{offset}}}"#, self.pid)
    }

    /// The connection breaks without a word.
    pub(crate) fn cut(self) -> Lost {
        Lost { auth: self.auth(), id: self.id, pid: self.pid, path: self.path }
    }

    fn note(&mut self, text: &str) {
        let args: Vec<Json> = serde_json::from_str(&text[text.find('[').unwrap()..]).unwrap();
        if let Some(Json::String(last)) = args.last() {
            self.offset = Some(last.clone());
        }
    }

    /// The next event without its offset.
    pub(crate) async fn next(&mut self) -> String {
        loop {
            match self.ws.next().await {
                Frame::Text(text) if text == "2" => self.ws.text("3").await,
                Frame::Text(text) => {
                    if has_offset(&text) {
                        self.note(&text);
                    }
                    return plain(&text);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    pub(crate) async fn expect(&mut self, packets: &[&str]) {
        for packet in packets {
            assert_eq!(self.next().await, *packet);
        }
    }

    pub(crate) async fn send(&mut self, packet: &str) {
        self.ws.text(packet).await;
    }

    /// What the server knows of this client.
    pub(crate) async fn whoami(&mut self) -> Json {
        self.ws.text(r#"429["whoami"]"#).await;
        let answer = self.ws.next_text().await;
        serde_json::from_str(answer.strip_prefix("439").unwrap_or_else(|| panic!("{answer}"))).unwrap()
    }

    pub(crate) fn missed(&self) -> Vec<String> {
        self.missed.iter().map(|text| plain(text)).collect()
    }
}

/// A client without a connection.
pub(crate) struct Lost {
    pub(crate) auth: String,
    pub(crate) id: SocketId,
    pub(crate) pid: String,
    path: &'static str,
}

impl Lost {
    pub(crate) async fn back(&self, app: &App) -> Guest {
        Guest::with(app, self.path, &self.auth).await
    }
}

fn has_offset(text: &str) -> bool {
    text.starts_with("42[") || text.starts_with("42/")
}

/// An event without its last argument, which is the offset.
pub(crate) fn plain(text: &str) -> String {
    match text.rfind(",\"").filter(|_| has_offset(text)) {
        Some(at) => format!("{}]", &text[..at]),
        None => text.to_owned(),
    }
}
