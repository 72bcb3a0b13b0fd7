//! A namespace that the server has closed: what was on its way, and what comes after.

use socketio::DisconnectReason;
use socketio::prelude::*;
use tests::session::Client;

use crate::app::{App, Gate, Heard, Log, log, text};

#[derive(Default)]
struct Club;

#[namespace("/club", manual)]
impl Club {
    fn on_leave(&self, socket: &Socket) {
        socket.disconnect();
    }
    fn on_said(&self, log: &State<Log>, what: String) {
        log.say(what);
    }
    fn on_disconnect(self, log: &State<Log>) {
        log.say("bye");
    }
}

/// Disconnects its own socket before it answers.
#[derive(Default)]
struct Leaver;

#[namespace("/leaver", manual)]
impl Leaver {
    fn on_now(&self, socket: &Socket) -> u8 {
        socket.disconnect();
        socket.emit("before", 1);
        1
    }
    fn on_now_mut(&mut self, socket: &Socket) -> Result<u8, Error> {
        socket.namespace().disconnect();
        Err(Error::new("refused", "and out"))
    }
    async fn on_later(&self, socket: &Socket, gate: &State<Gate>) -> u8 {
        gate.pass().await;
        socket.disconnect();
        gate.pass().await;
        2
    }
    async fn on_look(&self, log: &State<Log>, gate: &State<Gate>) -> u8 {
        log.say("look");
        gate.pass().await;
        3
    }
    /// The future of another task is no turn.
    async fn on_elsewhere(&self, socket: &Socket) -> u8 {
        let socket = socket.clone();
        let _ = tokio::spawn(async move { socket.disconnect() }).await;
        4
    }
    fn on_disconnect(self, log: &State<Log>, reason: &DisconnectReason) {
        log.say(reason);
    }
}

struct Bouncer;

#[namespace("/bouncer", manual)]
impl Bouncer {
    fn on_connect(socket: &Socket) -> Self {
        socket.disconnect();
        Bouncer
    }
    fn on_said(&self, log: &State<Log>, what: String) {
        log.say(what);
    }
    fn on_disconnect(self, log: &State<Log>) {
        log.say("bye");
    }
}

async fn start() -> (App, Heard) {
    let (log, heard) = log();
    (App::start(Server::empty().mount::<Club>().mount::<Bouncer>().state(log)).await, heard)
}

async fn leaver() -> (App, Client, Gate, Heard) {
    let (log, heard) = log();
    let gate = Gate::default();
    let app = App::start(Server::empty().mount::<Leaver>().state(log).state(gate.clone())).await;
    let client = app.client_of("/leaver").await;
    (app, client, gate, heard)
}

#[tokio::test]
async fn a_handler_that_disconnects_its_own_socket_is_acknowledged_first() {
    let (app, mut client, _, mut heard) = leaver().await;
    client.send(r#"42/leaver,5["now"]"#).await;
    client.expect(r#"42/leaver,["before",1]"#).await;
    client.expect("43/leaver,5[1]").await;
    client.expect("41/leaver,").await;
    heard.expect(&["server namespace disconnect"]).await;
    let (mut other, mut client) = (app.client_of("/leaver").await, app.client_of("/leaver").await);
    client.send(r#"42/leaver,5["now_mut"]"#).await;
    // Everybody else leaves at once.
    other.expect("41/leaver,").await;
    client.expect(r#"43/leaver,5[{"error":{"code":"refused","message":"and out"}}]"#).await;
    client.expect("41/leaver,").await;
}

#[tokio::test]
async fn a_handler_that_waits_leaves_when_it_has_ended() {
    let (_app, mut client, gate, mut heard) = leaver().await;
    client.send(r#"42/leaver,5["later"]"#).await;
    gate.open(1);
    // Served as long as the handler runs.
    client.send(r#"42/leaver,6["look"]"#).await;
    heard.expect(&["look"]).await;
    gate.open(1);
    client.expect("43/leaver,5[2]").await;
    client.expect("41/leaver,").await;
    heard.silent().await;
    // The other turn has its time, and its acknowledgement comes too late.
    gate.open(1);
    heard.expect(&["server namespace disconnect"]).await;
}

#[tokio::test]
async fn from_elsewhere_it_takes_effect_at_once() {
    let (_app, mut client, _, mut heard) = leaver().await;
    client.send(r#"42/leaver,5["elsewhere"]"#).await;
    client.expect("41/leaver,").await;
    heard.expect(&["server namespace disconnect"]).await;
    client.ws.silent().await;
}

#[tokio::test]
async fn packets_on_their_way_do_not_close_the_connection() {
    let (app, mut heard) = start().await;
    let mut client = app.client_of("/club").await;
    client.send("40").await;
    assert!(text(&mut client).await.starts_with("40{"));
    app.handle.of("/club").disconnect();
    client.expect("41/club,").await;
    heard.expect(&["bye"]).await;
    for packet in [
        r#"42/club,["said","late"]"#,
        r#"42/club,1["said","late"]"#,
        "43/club,0[]",
        r#"451-/club,["said",{"_placeholder":true,"num":0}]"#,
    ] {
        client.send(packet).await;
    }
    client.ws.binary("late").await;
    // It may have left by itself at the same time.
    client.send("41/club,").await;
    client.send(r#"421["alive"]"#).await;
    client.expect(r#"431[{"error":{"code":"not_found","message":"no handler for `alive`"}}]"#).await;
    heard.silent().await;
}

#[tokio::test]
async fn packets_behind_the_one_that_led_to_it_do_not_either() {
    let (app, mut heard) = start().await;
    let mut client = app.client_of("/club").await;
    for packet in [r#"42/club,["leave"]"#, r#"42/club,["said","late"]"#, "43/club,0[]", "41/club,"] {
        client.ws.feed(packet).await;
    }
    client.ws.flush().await;
    client.expect("41/club,").await;
    heard.expect(&["bye"]).await;
    client.send("40").await;
    assert!(text(&mut client).await.starts_with("40{"));
    heard.silent().await;
}

#[tokio::test]
async fn the_client_may_come_back() {
    let (app, mut heard) = start().await;
    let mut client = app.client_of("/club").await;
    for _ in 0..100 {
        client.send(r#"42/club,["leave"]"#).await;
        client.expect("41/club,").await;
        client.send("40/club,").await;
        assert!(text(&mut client).await.starts_with("40/club,"));
        heard.expect(&["bye"]).await;
    }
    client.send(r#"42/club,["said","again"]"#).await;
    heard.expect(&["again"]).await;
}

#[tokio::test]
async fn the_client_may_come_back_at_once_when_another_thread_has_closed_it() {
    let (app, mut heard) = start().await;
    let mut client = app.client_of("/club").await;
    for _ in 0..200 {
        let target = app.handle.of("/club");
        let thread = std::thread::spawn(move || target.disconnect());
        client.expect("41/club,").await;
        client.send("40/club,").await;
        assert!(text(&mut client).await.starts_with("40/club,"));
        thread.join().unwrap();
        heard.expect(&["bye"]).await;
    }
}

#[tokio::test]
async fn even_before_it_has_been_told() {
    let (app, mut heard) = start().await;
    let mut client = app.client_of("/club").await;
    client.ws.feed(r#"42/club,["leave"]"#).await;
    client.ws.feed("40/club,").await;
    client.ws.feed(r#"42/club,["said","again"]"#).await;
    client.ws.flush().await;
    client.expect("41/club,").await;
    assert!(text(&mut client).await.starts_with("40/club,"));
    heard.expect(&["bye", "again"]).await;
}

#[tokio::test]
async fn a_client_that_never_was_there_is_told_so_as_ever() {
    let (app, _) = start().await;
    let mut client = app.client().await;
    client.send(r#"42/club,["said","x"]"#).await;
    client.ws.closed().await;
}

#[tokio::test]
async fn on_connect_itself_may_close_the_socket() {
    let (app, mut heard) = start().await;
    let mut ws = app.engine().await;
    ws.feed("40/bouncer,").await;
    ws.feed(r#"42/bouncer,["said","late"]"#).await;
    ws.flush().await;
    let reply = ws.next_text().await;
    assert!(reply.starts_with("44/bouncer,{"), "{reply}");
    heard.expect(&["bye"]).await;
    ws.text("40").await;
    assert!(ws.next_text().await.starts_with("40{"));
    heard.silent().await;
}
