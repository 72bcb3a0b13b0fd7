//! Between the CONNECT packet and its answer: what is emitted is held, what is sent waits.

use socketio::prelude::*;

use crate::app::{App, Gate, Heard, Log, json, log};

#[derive(Default)]
struct Slow {
    seen: u32,
}

#[namespace("/", manual)]
impl Slow {
    async fn on_connect(&mut self, socket: &Socket, gate: &State<Gate>, log: &State<Log>) {
        socket.join("room");
        socket.emit("first", 1);
        log.say("connecting");
        gate.pass().await;
        socket.emit("last", 3);
        assert!(!socket.is_connected());
        log.say("connected");
    }
    fn on_next(&mut self, log: &State<Log>, n: u32) -> u32 {
        log.say(format!("next {n}"));
        self.seen += 1;
        self.seen
    }
}

struct Quiet;

#[namespace("/", manual)]
impl Quiet {
    async fn on_connect(gate: &State<Gate>, log: &State<Log>) -> Self {
        log.say("connecting");
        gate.pass().await;
        Quiet
    }
}

struct Hasty;

#[namespace("/hasty", manual)]
impl Hasty {
    fn on_connect(socket: &Socket) -> Self {
        socket.emit("welcome", ());
        socket.namespace().emit("arrived", socket.id());
        Hasty
    }
    fn on_next(&self, n: u32) -> u32 {
        n
    }
}

struct Waits;

#[namespace("/waits", manual)]
impl Waits {
    async fn on_connect(gate: &State<Gate>) -> Result<Self, Refuse> {
        gate.pass().await;
        Err(Refuse::new("no", "after all"))
    }
    fn on_next(&self) {}
}

async fn start() -> (App, Gate, Heard) {
    let (log, heard) = log();
    let gate = Gate::default();
    let server = Server::empty().mount::<Slow>().mount::<Hasty>().mount::<Waits>();
    (App::start(server.state(gate.clone()).state(log)).await, gate, heard)
}

#[tokio::test]
async fn what_is_emitted_meanwhile_goes_out_behind_the_answer() {
    let (app, gate, mut heard) = start().await;
    let mut ws = app.engine().await;
    ws.text("40").await;
    heard.expect(&["connecting"]).await;
    app.handle.of("/").to("room").emit("second", 2);
    // Nobody counts a client that has not been let in.
    assert_eq!(app.handle.of("/").count(), 0);
    assert_eq!(app.handle.of("/").sockets().len(), 0);
    ws.silent().await;
    gate.open(1);
    let sid = json(&ws.next_text().await)["sid"].as_str().map(str::to_owned);
    assert!(sid.is_some());
    ws.expect(r#"42["first",1]"#).await;
    ws.expect(r#"42["second",2]"#).await;
    ws.expect(r#"42["last",3]"#).await;
    assert_eq!(app.handle.of("/").count(), 1);
}

#[tokio::test]
async fn the_answer_comes_first_without_waiting_too() {
    let (app, ..) = start().await;
    let mut ws = app.engine().await;
    ws.text("40/hasty,").await;
    let reply = ws.next_text().await;
    assert!(reply.starts_with("40/hasty,"), "{reply}");
    ws.expect(r#"42/hasty,["welcome"]"#).await;
    ws.expect(&format!(r#"42/hasty,["arrived",{}]"#, json(&reply)["sid"])).await;
}

#[tokio::test]
async fn events_behind_connect_are_handled_in_order_after_it() {
    let (app, gate, mut heard) = start().await;
    let mut ws = app.engine().await;
    ws.feed("40").await;
    for n in 0..20 {
        ws.feed(format!(r#"42{n}["next",{n}]"#)).await;
    }
    ws.flush().await;
    heard.expect(&["connecting"]).await;
    heard.silent().await;
    gate.open(1);
    heard.expect(&["connected"]).await;
    for n in 0..20 {
        heard.expect(&[&format!("next {n}")]).await;
    }
    assert!(ws.next_text().await.starts_with("40{"));
    ws.expect(r#"42["first",1]"#).await;
    ws.expect(r#"42["last",3]"#).await;
    for n in 0..20 {
        ws.expect(&format!("43{n}[{}]", n + 1)).await;
    }
}

#[tokio::test]
async fn events_behind_connect_are_handled_when_it_does_not_wait() {
    let (app, ..) = start().await;
    let mut ws = app.engine().await;
    ws.feed("40/hasty,").await;
    ws.feed(r#"42/hasty,1["next",5]"#).await;
    ws.flush().await;
    assert!(ws.next_text().await.starts_with("40/hasty,"));
    ws.next_text().await;
    ws.next_text().await;
    ws.expect("43/hasty,1[5]").await;
}

#[tokio::test]
async fn a_refusal_drops_what_was_held_and_what_was_sent_behind_connect() {
    let (app, gate, _) = start().await;
    // Before the refusal, and, with the gate open from the beginning, behind it: the client cannot know.
    for late in [true, false] {
        if !late {
            gate.open(1);
        }
        let mut ws = app.engine().await;
        ws.feed("40/waits,").await;
        ws.feed(r#"42/waits,1["next"]"#).await;
        ws.flush().await;
        crate::app::a_moment().await;
        app.handle.of("/waits").emit("lost", ());
        if late {
            gate.open(1);
        }
        refused(&mut ws).await;
    }
}

async fn refused(ws: &mut tests::ws::Ws) {
    ws.expect(r#"44/waits,{"message":"after all","data":{"code":"no"}}"#).await;
    ws.silent().await;
}

#[tokio::test]
async fn what_is_held_is_bounded_and_too_much_fails_this_connect_alone() {
    let (app, gate, mut heard) = start().await;
    let mut ws = app.engine().await;
    ws.text("40/hasty,").await;
    for start in ["40/hasty,", r#"42/hasty,["welcome"]"#, r#"42/hasty,["arrived""#] {
        assert!(ws.next_text().await.starts_with(start));
    }
    ws.text("40").await;
    heard.expect(&["connecting"]).await;
    for _ in 0..5000 {
        app.handle.of("/").volatile().emit("volatile", ());
    }
    ws.silent().await;
    for _ in 0..5000 {
        app.handle.of("/").emit("flood", ());
    }
    // The client's other namespaces go on, before the slow `on_connect` is over and after it.
    ws.text(r#"42/hasty,1["next",1]"#).await;
    ws.expect("43/hasty,1[1]").await;
    gate.open(1);
    heard.expect(&["connected"]).await;
    ws.expect(r#"44{"message":"disconnected by the server","data":{"code":"disconnected"}}"#).await;
    ws.text(r#"42/hasty,2["next",2]"#).await;
    ws.expect("43/hasty,2[2]").await;
    assert_eq!((app.handle.of("/").count(), app.handle.of("/hasty").count()), (0, 1));
    // And it may try again.
    ws.text("40").await;
    heard.expect(&["connecting"]).await;
    gate.open(1);
    assert!(ws.next_text().await.starts_with("40{"));
}

#[tokio::test]
async fn what_is_held_is_bounded_in_bytes_and_in_packets_by_an_option() {
    const REFUSED: &str = r#"44{"message":"disconnected by the server","data":{"code":"disconnected"}}"#;
    let half = "x".repeat(40 * 1024);
    let large = half.repeat(2);
    for (packets, texts, taken) in [
        (100, vec![half.as_str()], true),
        (100, vec![half.as_str(); 2], false),
        // One that is larger than the bound by itself, alone and not.
        (100, vec![&large], true),
        (100, vec!["", &large], false),
        (2, vec![""; 2], true),
        (2, vec![""; 3], false),
    ] {
        let (log, mut heard) = log();
        let gate = Gate::default();
        let server = Server::empty().mount::<Quiet>().max_held(packets, 64 * 1024);
        let app = App::start(server.state(gate.clone()).state(log)).await;
        let mut ws = app.engine().await;
        ws.text("40").await;
        heard.expect(&["connecting"]).await;
        for text in &texts {
            app.handle.of("/").emit("held", text);
        }
        // Dropped, if there is no room for it.
        app.handle.of("/").volatile().emit("volatile", &half);
        gate.open(1);
        if taken {
            assert!(ws.next_text().await.starts_with("40{"));
            for text in &texts {
                ws.expect(&format!(r#"42["held","{text}"]"#)).await;
            }
        } else {
            ws.expect(REFUSED).await;
        }
    }
}

#[tokio::test]
async fn a_second_connect_meanwhile_breaks_the_protocol() {
    let (app, _, mut heard) = start().await;
    let mut ws = app.engine().await;
    ws.text("40").await;
    heard.expect(&["connecting"]).await;
    ws.text("40").await;
    ws.closed().await;
}
