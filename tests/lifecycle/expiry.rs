//! `expires_at`: when the client is told, when it is disconnected, and what prolongs its stay. The clock is paused once the client is there.

use std::time::{Duration, SystemTime};

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use socketio::prelude::*;
use tests::ws::Message;
use tokio::time::Instant;

use crate::app::App;

const HOUR: u64 = 3600;
const DAY: Duration = Duration::from_secs(24 * HOUR);

#[derive(Deserialize)]
struct Token {
    seconds: u64,
}

struct Chat;

fn after(seconds: u64) -> SystemTime {
    SystemTime::now() + Duration::from_secs(seconds)
}

#[namespace("/", manual)]
impl Chat {
    fn on_connect(socket: &Socket, token: Option<Token>) -> Self {
        if let Some(Token { seconds }) = token {
            socket.expires_at(after(seconds));
        }
        Chat
    }
    fn on_renew(&self, socket: &Socket, seconds: u64) -> u8 {
        socket.expires_at(after(seconds));
        1
    }
    fn on_forget(&self, socket: &Socket) {
        socket.expires_at(None);
    }
    fn on_far(&self, socket: &Socket) {
        socket.expires_at(SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(i64::MAX as u64)));
    }
}

/// A client whose packets are read with the virtual time at which they come.
struct Clocked {
    write: Box<dyn futures_util::Sink<Message, Error = tokio_tungstenite::tungstenite::Error> + Unpin>,
    read: Box<dyn futures_util::Stream<Item = Result<Message, tokio_tungstenite::tungstenite::Error>> + Unpin>,
    begun: Instant,
}

impl Clocked {
    async fn enter(server: Server, connect: &str) -> (App, Self) {
        // No ping comes in between.
        let app = App::start(server.mount::<Chat>().ping_interval(DAY).ping_timeout(DAY)).await;
        let mut ws = app.engine().await;
        ws.text(connect).await;
        assert!(ws.next_text().await.starts_with("40{"));
        let (write, read) = ws.split();
        tokio::time::pause();
        (app, Self { write: Box::new(write), read: Box::new(read), begun: Instant::now() })
    }

    async fn send(&mut self, packet: &str) {
        self.write.send(Message::text(packet.to_owned())).await.unwrap();
    }

    /// The next packet, and after how many seconds it has come.
    async fn next(&mut self) -> (String, u64) {
        let packet = self.read.next().await.unwrap().unwrap().into_text().unwrap().to_string();
        (packet, self.begun.elapsed().as_secs())
    }

    async fn expect(&mut self, packet: &str, at: u64) {
        let (next, time) = self.next().await;
        assert_eq!(next, packet);
        self.is_about(time, at);
    }

    /// The time in which the machine has connected the client, before the clock was paused, is part of what was asked for.
    fn is_about(&self, time: u64, at: u64) {
        assert!((at.saturating_sub(30)..=at + 1).contains(&time), "{time} instead of {at}");
    }

    async fn expiring(&mut self, at: u64) {
        let (packet, time) = self.next().await;
        let left = packet.strip_prefix(r#"42["auth_expiring","#).and_then(|rest| rest.strip_suffix(']')).unwrap();
        assert!((59_900..=60_000).contains(&left.parse::<u32>().unwrap()), "{packet}");
        self.is_about(time, at);
    }
}

#[tokio::test]
async fn the_client_is_told_a_minute_before_and_disconnected_at_the_time() {
    let (app, mut client) = Clocked::enter(Server::empty(), r#"40{"seconds":3600}"#).await;
    client.expiring(HOUR - 60).await;
    client.expect(r#"42["auth_expired"]"#, HOUR).await;
    client.expect("41", HOUR).await;
    assert_eq!((app.handle.of("/").count(), app.handle.connections()), (0, 1));
}

#[tokio::test]
async fn a_later_time_prolongs_and_none_takes_it_back() {
    let (app, mut client) = Clocked::enter(Server::empty(), r#"40{"seconds":3600}"#).await;
    client.expiring(HOUR - 60).await;
    client.send(r#"421["renew",7200]"#).await;
    client.expect("431[1]", HOUR - 60).await;
    client.expiring(HOUR - 60 + 2 * HOUR - 60).await;
    client.send(r#"422["forget"]"#).await;
    client.expect("432[]", HOUR - 60 + 2 * HOUR - 60).await;
    for event in ["far", "forget"] {
        client.send(&format!(r#"423["{event}"]"#)).await;
        client.expect("433[]", HOUR - 60 + 2 * HOUR - 60).await;
    }
    tokio::time::sleep(Duration::from_secs(12 * HOUR)).await;
    assert_eq!(app.handle.of("/").count(), 1);
    // A sooner time is as good as a later one.
    client.send(r#"424["renew",120]"#).await;
    assert_eq!(client.next().await.0, "434[1]");
    let now = client.begun.elapsed();
    client.begun += now;
    client.expiring(60).await;
    client.expect(r#"42["auth_expired"]"#, 120).await;
}

#[tokio::test]
async fn a_time_that_is_past_expires_at_once() {
    let (app, mut client) = Clocked::enter(Server::empty(), "40").await;
    client.send(r#"425["renew",0]"#).await;
    client.expect(r#"42["auth_expired"]"#, 0).await;
    client.expect("435[1]", 0).await;
    client.expect("41", 0).await;
    tokio::time::resume();
    let refused = app.answer(r#"40{"seconds":0}"#).await;
    assert_eq!(refused, r#"44{"message":"disconnected by the server","data":{"code":"auth_expired"}}"#);
}

#[tokio::test]
async fn the_notice_is_an_option_and_never_late() {
    let (_app, mut client) = Clocked::enter(Server::empty().expiry_notice(Duration::ZERO), r#"40{"seconds":90}"#).await;
    client.expect(r#"42["auth_expired"]"#, 90).await;
    tokio::time::resume();
    // Longer than what is left: the client is told at once how much that is.
    let (_app, mut client) = Clocked::enter(Server::empty().expiry_notice(DAY), r#"40{"seconds":90}"#).await;
    let (packet, at) = client.next().await;
    assert!(packet.starts_with(r#"42["auth_expiring","#) && at == 0, "{packet} at {at}");
    client.expect(r#"42["auth_expired"]"#, 90).await;
}

#[tokio::test]
async fn a_socket_that_has_left_has_no_timer() {
    let (app, mut client) = Clocked::enter(Server::empty(), r#"40{"seconds":3600}"#).await;
    let socket = app.handle.of("/").sockets().remove(0);
    client.send("41").await;
    while app.handle.of("/").count() > 0 {
        tokio::task::yield_now().await;
    }
    socket.expires_at(after(10));
    socket.expires_at(after(0));
    client.send("40").await;
    assert!(client.next().await.0.starts_with("40{"));
    tokio::time::sleep(Duration::from_secs(2 * HOUR)).await;
    assert_eq!(app.handle.of("/").count(), 1);
}
