//! In which order the handlers of one client run, and what runs beside what.

use socketio::prelude::*;

use crate::app::{App, Gate, Heard, Log, ask, log};

#[derive(Default)]
struct Turns {
    count: u64,
}

#[namespace("/", manual)]
impl Turns {
    async fn on_look(&self, gate: &State<Gate>, log: &State<Log>, n: u32) {
        log.say(format!("look {n}"));
        gate.pass().await;
        log.say(format!("looked {n}"));
    }

    async fn on_change(&mut self, gate: &State<Gate>, log: &State<Log>, n: u32) {
        log.say(format!("change {n}"));
        gate.pass().await;
        log.say(format!("changed {n}"));
    }

    fn on_peek(&self, log: &State<Log>, n: u32) {
        log.say(format!("peek {n}"));
    }

    fn on_poke(&mut self, log: &State<Log>, n: u32) {
        log.say(format!("poke {n}"));
    }

    fn on_count(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    async fn on_count_later(&mut self) -> u64 {
        let before = self.count;
        tokio::task::yield_now().await;
        assert_eq!(self.count, before, "something ran beside `&mut self`");
        self.count += 1;
        self.count
    }

    async fn on_read(&self) -> u64 {
        self.count
    }

    async fn on_question(&mut self, socket: &Socket) -> Result<u64, Error> {
        self.count += 1;
        let answer: u64 = socket.emit_with_ack("question", self.count).await?;
        Ok(answer)
    }

    fn on_path(&self, socket: &Socket) -> String {
        socket.path().to_owned()
    }
}

async fn start() -> (App, Gate, Heard) {
    let (log, heard) = log();
    let gate = Gate::default();
    let server = Server::empty().mount::<Turns>().mount_at::<Turns>("/other").state(gate.clone()).state(log);
    (App::start(server).await, gate, heard)
}

#[tokio::test]
async fn shared_turns_overlap() {
    let (app, gate, mut heard) = start().await;
    let mut client = app.client().await;
    for n in 1..=3 {
        client.send(format!(r#"42["look",{n}]"#)).await;
    }
    heard.expect(&["look 1", "look 2", "look 3"]).await;
    heard.silent().await;
    gate.open(1);
    assert!(heard.next().await.starts_with("looked"));
    heard.silent().await;
}

#[tokio::test]
async fn an_exclusive_turn_runs_alone() {
    let (app, gate, mut heard) = start().await;
    let mut client = app.client().await;
    for event in ["change", "look", "change", "peek"] {
        client.send(format!(r#"42["{event}",1]"#)).await;
    }
    heard.expect(&["change 1"]).await;
    heard.silent().await;
    gate.open(1);
    heard.expect(&["changed 1", "look 1"]).await;
    heard.silent().await;
    gate.open(1);
    heard.expect(&["looked 1", "change 1"]).await;
    heard.silent().await;
    gate.open(1);
    heard.expect(&["changed 1", "peek 1"]).await;
}

#[tokio::test]
async fn turns_begin_in_the_order_of_arrival_whatever_they_are() {
    let (app, gate, mut heard) = start().await;
    let mut client = app.client().await;
    let events = ["look", "peek", "poke", "peek", "look", "change", "peek"];
    for (n, event) in events.iter().enumerate() {
        client.send(format!(r#"42["{event}",{n}]"#)).await;
    }
    // A `&self` turn that could run beside the first one still does not overtake the `&mut self` turn in front of it.
    heard.expect(&["look 0", "peek 1"]).await;
    heard.silent().await;
    gate.open(1);
    heard.expect(&["looked 0", "poke 2", "peek 3", "look 4"]).await;
    heard.silent().await;
    gate.open(1);
    heard.expect(&["looked 4", "change 5"]).await;
    heard.silent().await;
    gate.open(1);
    heard.expect(&["changed 5", "peek 6"]).await;
}

#[tokio::test]
async fn namespaces_and_clients_do_not_wait_for_each_other() {
    let (app, gate, mut heard) = start().await;
    let mut client = app.client().await;
    let mut other = app.client().await;
    client.send(r#"42["change",1]"#).await;
    heard.expect(&["change 1"]).await;
    client.send("40/other,").await;
    assert!(crate::app::text(&mut client).await.starts_with("40/other,"));
    client.send(r#"42/other,["poke",2]"#).await;
    heard.expect(&["poke 2"]).await;
    client.send(r#"42/other,3["path"]"#).await;
    client.expect(r#"43/other,3["/other"]"#).await;
    other.send(r#"42["poke",3]"#).await;
    heard.expect(&["poke 3"]).await;
    gate.open(1);
    heard.expect(&["changed 1"]).await;
}

#[tokio::test]
async fn each_client_has_an_instance_of_its_own() {
    let (app, ..) = start().await;
    let (mut one, mut two) = (app.client().await, app.client().await);
    assert_eq!(ask(&mut one, r#"["count"]"#).await, "[1]");
    assert_eq!(ask(&mut one, r#"["count"]"#).await, "[2]");
    assert_eq!(ask(&mut two, r#"["count"]"#).await, "[1]");
    one.send("40/other,").await;
    assert!(crate::app::text(&mut one).await.starts_with("40/other,"));
    one.send(r#"42/other,1["count"]"#).await;
    one.expect(r#"43/other,1[1]"#).await;
}

/// Ten thousand events in one go, answered in order, whatever their kinds.
async fn pipelined(kinds: &[&str]) {
    const EVENTS: u64 = 10_000;
    let (app, ..) = start().await;
    let mut client = app.client().await;
    for n in 0..EVENTS {
        let kind = kinds[usize::try_from(n).unwrap() % kinds.len()];
        client.ws.feed(format!(r#"42{n}["{kind}"]"#)).await;
    }
    client.ws.flush().await;
    for n in 0..EVENTS {
        client.expect(&format!("43{n}[{}]", n + 1)).await;
    }
}

#[tokio::test]
async fn pipelined_events_are_answered_in_order() {
    pipelined(&["count"]).await;
}

#[tokio::test]
async fn pipelined_events_of_all_kinds_are_answered_in_order() {
    pipelined(&["count", "count_later", "count_later", "count"]).await;
}

#[tokio::test]
async fn a_reader_behind_a_writer_sees_what_it_wrote() {
    let (app, ..) = start().await;
    let mut client = app.client().await;
    for n in 0..100 {
        client.ws.feed(r#"42["count_later"]"#).await;
        client.ws.feed(format!(r#"42{n}["read"]"#)).await;
    }
    client.ws.flush().await;
    // Readers may end in any order, so each is looked up by its id.
    for _ in 0..100 {
        let reply = crate::app::text(&mut client).await;
        let (id, value) = reply.strip_prefix("43").unwrap().split_once('[').unwrap();
        let id: u64 = id.parse().unwrap();
        assert_eq!(value, format!("{}]", id + 1));
    }
}

#[tokio::test]
async fn an_acknowledgement_does_not_wait_for_a_turn() {
    let (app, _, mut heard) = start().await;
    let mut client = app.client().await;
    client.send(r#"425["question"]"#).await;
    // Queued behind the turn that waits for the client.
    client.send(r#"42["poke",1]"#).await;
    client.expect(r#"420["question",1]"#).await;
    heard.silent().await;
    client.send("430[77]").await;
    client.expect("435[77]").await;
    heard.expect(&["poke 1"]).await;
}

#[tokio::test]
async fn order_is_the_same_over_polling() {
    let (app, ..) = start().await;
    let polling = tests::session::Polling::open(app.addr, "/socket.io/").await;
    let events: Vec<String> = (0..200).map(|n| format!(r#"42{n}["count_later"]"#)).collect();
    // The CONNECT and everything behind it in one body.
    polling.send(format!("40\u{1e}{}", events.join("\u{1e}"))).await;
    let replies = polling.receive(201).await;
    assert!(replies[0].starts_with("40{"), "{}", replies[0]);
    for (n, reply) in replies[1..].iter().enumerate() {
        assert_eq!(*reply, format!("43{n}[{}]", n + 1));
    }
}
