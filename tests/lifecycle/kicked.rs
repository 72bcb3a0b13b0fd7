//! A namespace that the server has closed: what was on its way, and what comes after.

use socketio::prelude::*;

use crate::app::{App, Heard, Log, log, text};

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
