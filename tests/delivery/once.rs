//! `#[event(once)]`: ids, answers, and who may have them. The client's own retries are in `retries`.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use socketio::prelude::*;
use tests::session::Client;

use crate::app::{App, Gate, Heard, Log, ask, ask_error, log, text};

#[derive(Deserialize)]
struct Order {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    n: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keyed {
    key: String,
}

/// Who comes.
#[derive(Deserialize)]
struct Login {
    user: String,
}

#[derive(Default)]
struct Shop {
    count: u32,
}

#[namespace("/", manual)]
impl Shop {
    fn on_connect(&mut self, socket: &Socket, login: Option<Login>) {
        if let Some(login) = login {
            socket.identify(login.user);
        }
    }
    /// Without waiting, and alone.
    #[event(once)]
    fn on_buy(&mut self, log: &State<Log>, order: Order) -> (u32, u32) {
        log.say(format!("buy {}", order.id));
        self.count += 1;
        (self.count, order.n)
    }
    /// Waits for the test.
    #[event("pay", "pay:now", once = "key")]
    async fn on_pay(&self, gate: &State<Gate>, log: &State<Log>, order: Keyed) -> String {
        log.say(format!("pay {}", order.key));
        gate.pass().await;
        format!("paid {}", order.key)
    }
    /// The same alone, and its arguments do not have the id.
    #[event(once)]
    async fn on_alone(&mut self, gate: &State<Gate>, log: &State<Log>) -> u32 {
        log.say("alone");
        gate.pass().await;
        self.count += 1;
        self.count
    }
    #[event(once)]
    fn on_fail(&self, log: &State<Log>, order: Order) -> Result<u32, Error> {
        log.say(format!("fail {}", order.id));
        Err(Error::new("sold_out", "none left").with_data(&order.n))
    }
    #[event(once)]
    fn on_panic(&self, log: &State<Log>, order: Order) {
        log.say(format!("panic {}", order.id));
        panic!("on purpose");
    }
    #[event(once)]
    #[acl("buyer", if order.n > 0)]
    fn on_guarded(&self, log: &State<Log>, order: Order) -> u32 {
        log.say(format!("guarded {}", order.n));
        order.n
    }
    fn on_allow(&self, socket: &Socket) {
        socket.grant("buyer");
    }
    #[event(once)]
    fn on_picture(&self, _: Order) -> (Bytes, &'static str, Bytes) {
        (Bytes::from_static(b"left"), "and", Bytes::from_static(b"right"))
    }
    /// Sent often, and handled each time.
    fn on_plain(&self, log: &State<Log>, order: Order) {
        log.say(format!("plain {}", order.id));
    }
}

async fn start_with(server: impl FnOnce(Server) -> Server) -> (App, Heard, Gate) {
    let ((log, heard), gate) = (log(), Gate::default());
    let server = server(Server::empty().mount::<Shop>().state(log).state(gate.clone()));
    (App::start(server).await, heard, gate)
}

async fn start() -> (App, Heard, Gate) {
    start_with(|server| server).await
}

async fn enter(app: &App, user: &str) -> Client {
    Client::bare(app.addr, &format!(r#"40{{"user":"{user}"}}"#)).await
}

#[tokio::test]
async fn a_repeat_has_the_first_answer_and_is_not_handled() {
    let (app, mut heard, _) = start().await;
    let mut ada = enter(&app, "ada").await;
    let buy = r#"["buy",{"_id":"x","n":5}]"#;
    assert_eq!(ask(&mut ada, buy).await, "[1,5]");
    assert_eq!(ask(&mut ada, buy).await, "[1,5]");
    // The answer belongs to the id, not to the arguments.
    assert_eq!(ask(&mut ada, r#"["buy",{"n":6,"_id":"y","_id":"x"}]"#).await, "[1,5]");
    drop(ada);
    // Under another socket id, on another connection.
    let mut again = enter(&app, "ada").await;
    assert_eq!(ask(&mut again, buy).await, "[1,5]");
    assert_eq!(ask(&mut again, r#"["buy",{"_id":"y"}]"#).await, "[1,0]");
    heard.expect(&["buy x", "buy y"]).await;
    for _ in 0..2 {
        ask(&mut again, r#"["plain",{"_id":"x"}]"#).await;
    }
    heard.expect(&["plain x", "plain x"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn an_id_belongs_to_who_has_sent_it() {
    let (app, mut heard, _) = start().await;
    let (mut ada, mut bob) = (enter(&app, "ada").await, enter(&app, "bob").await);
    assert_eq!(ask(&mut ada, r#"["buy",{"_id":"x","n":1}]"#).await, "[1,1]");
    assert_eq!(ask(&mut bob, r#"["buy",{"_id":"x","n":2}]"#).await, "[1,2]");
    assert_eq!(ask(&mut bob, r#"["buy",{"_id":"x","n":3}]"#).await, "[1,2]");
    // Without a user it is the connection, which nobody else has.
    let (mut one, mut two) = (app.client().await, app.client().await);
    for n in [4, 5] {
        assert_eq!(ask(&mut one, &format!(r#"["buy",{{"_id":"x","n":{n}}}]"#)).await, "[1,4]");
        assert_eq!(ask(&mut two, &format!(r#"["buy",{{"_id":"x","n":{}}}]"#, n + 2)).await, "[1,6]");
    }
    heard.expect(&["buy x"; 4]).await;
    heard.silent().await;
}

#[tokio::test]
async fn ids_belong_to_a_handler_and_its_namespace() {
    let ((log, mut heard), gate) = (log(), Gate::default());
    let server = Server::empty().mount::<Shop>().mount_at::<Shop>("/shop/{id}").state(log).state(gate);
    let app = App::start(server).await;
    let mut ada = enter(&app, "ada").await;
    ask(&mut ada, r#"["buy",{"_id":"x"}]"#).await;
    assert_eq!(ask_error(&mut ada, r#"["fail",{"_id":"x"}]"#).await.0, "sold_out");
    for shop in ["/shop/1", "/shop/2", "/shop/1"] {
        // The namespace of a pattern is freed when its last client has left, and its ids are kept.
        let mut client = Client::bare(app.addr, &format!(r#"40{shop},{{"user":"ada"}}"#)).await;
        client.send(format!(r#"42{shop},7["buy",{{"_id":"x"}}]"#)).await;
        assert_eq!(text(&mut client).await, format!("43{shop},7[1,0]"));
    }
    heard.expect(&["buy x", "fail x", "buy x", "buy x"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn one_that_comes_while_the_first_runs_waits_for_it() {
    let (app, mut heard, gate) = start().await;
    let mut clients = [enter(&app, "ada").await, enter(&app, "ada").await, enter(&app, "ada").await];
    for handler in ["pay", "alone"] {
        let event =
            format!(r#"427["{handler}",{{"key":"x"}}]"#).replace("key", if handler == "pay" { "key" } else { "_id" });
        for client in &mut clients {
            client.send(&event).await;
        }
        // The same connection may say it twice as well.
        clients[1].send(event.replace("427", "428")).await;
        heard.expect(&[if handler == "pay" { "pay x" } else { "alone" }]).await;
        for client in &mut clients {
            // Its other handlers go on, if they may run beside this one.
            if handler == "pay" {
                client.send(r#"42["plain",{"_id":"p"}]"#).await;
                heard.expect(&["plain p"]).await;
            }
        }
        gate.open(1);
        let answer = if handler == "pay" { r#"["paid x"]"# } else { "[1]" };
        let mut answers = Vec::new();
        for (client, count) in clients.iter_mut().zip([1, 2, 1]) {
            for _ in 0..count {
                answers.push(text(client).await);
            }
        }
        // The two of one connection have no order.
        answers.sort();
        assert_eq!(answers, ["437", "437", "437", "438"].map(|header| format!("{header}{answer}")));
    }
    heard.silent().await;
}

#[tokio::test]
async fn the_first_may_lose_its_client_and_go_on() {
    let (app, mut heard, gate) = start().await;
    let mut first = enter(&app, "ada").await;
    first.send(r#"421["pay",{"key":"x"}]"#).await;
    heard.expect(&["pay x"]).await;
    drop(first);
    let mut second = enter(&app, "ada").await;
    second.send(r#"427["pay",{"key":"x"}]"#).await;
    second.ws.silent().await;
    gate.open(1);
    assert_eq!(text(&mut second).await, r#"437["paid x"]"#);
    heard.silent().await;
}

#[tokio::test]
async fn a_handler_that_was_dropped_has_lost_its_answer_and_is_not_run_again() {
    let (app, mut heard, _gate) = start_with(|server| server.disconnect_grace(Duration::ZERO)).await;
    let mut first = enter(&app, "ada").await;
    first.send(r#"421["pay",{"key":"x"}]"#).await;
    heard.expect(&["pay x"]).await;
    let mut second = enter(&app, "ada").await;
    second.send(r#"427["pay",{"key":"x"}]"#).await;
    drop(first);
    assert!(text(&mut second).await.starts_with(r#"437[{"error":{"code":"answer_lost","#));
    assert_eq!(ask_error(&mut second, r#"["pay",{"key":"x"}]"#).await.0, "answer_lost");
    heard.silent().await;
}

#[tokio::test]
async fn errors_and_panics_of_a_handler_are_answers() {
    let (app, mut heard, _) = start().await;
    let mut ada = enter(&app, "ada").await;
    let first = ask(&mut ada, r#"["fail",{"_id":"x","n":1}]"#).await;
    assert_eq!(first, r#"[{"error":{"code":"sold_out","message":"none left","data":1}}]"#);
    assert_eq!(ask(&mut ada, r#"["fail",{"_id":"x","n":2}]"#).await, first);
    let panicked = ("internal".to_owned(), "internal error".to_owned());
    assert_eq!(ask_error(&mut ada, r#"["panic",{"_id":"x"}]"#).await, panicked);
    // A panic ends the client's stay; it comes back and asks again.
    let mut again = enter(&app, "ada").await;
    assert_eq!(ask_error(&mut again, r#"["panic",{"_id":"x"}]"#).await, panicked);
    // The repeat has not panicked: its client is still in.
    assert_eq!(ask(&mut again, r#"["buy",{"_id":"y"}]"#).await, "[1,0]");
    heard.expect(&["fail x", "panic x", "buy y"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn what_was_not_handled_is_not_remembered() {
    let (app, mut heard, _) = start().await;
    let mut ada = enter(&app, "ada").await;
    let code = async |client: &mut Client, event: &str| ask_error(client, event).await.0;
    // No grant, then a guard that says no, then an argument that does not fit.
    assert_eq!(code(&mut ada, r#"["guarded",{"_id":"x","n":1}]"#).await, "forbidden");
    ask(&mut ada, r#"["allow"]"#).await;
    assert_eq!(code(&mut ada, r#"["guarded",{"_id":"x","n":0}]"#).await, "forbidden");
    assert_eq!(code(&mut ada, r#"["guarded",{"_id":"x","n":"one"}]"#).await, "bad_request");
    assert_eq!(ask(&mut ada, r#"["guarded",{"_id":"x","n":3}]"#).await, "[3]");
    assert_eq!(ask(&mut ada, r#"["guarded",{"_id":"x","n":0}]"#).await, "[3]");
    // Rights are asked before an earlier answer is given.
    let mut without = enter(&app, "ada").await;
    assert_eq!(code(&mut without, r#"["guarded",{"_id":"x","n":3}]"#).await, "forbidden");
    heard.expect(&["guarded 3"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn an_event_without_an_id_is_a_bad_request() {
    let (app, mut heard, _) = start().await;
    let mut ada = enter(&app, "ada").await;
    let long = format!(r#"{{"_id":"{}"}}"#, "x".repeat(129));
    let others = ["", ",5", ",null", r#","x""#, r#",["_id","x"]"#, ",{}", r#",{"id":"x"}"#, r#",{"_id":7}"#];
    let more =
        [r#",{"_id":null}"#, r#",{"_id":""}"#, r#",{"_id":["x"]}"#, r#",{"_id":{"$oid":"x"}}"#, r#",{},{"_id":"x"}"#];
    for args in others.into_iter().chain(more).chain([&*format!(",{long}")]) {
        let (code, message) = ask_error(&mut ada, &format!(r#"["buy"{args}]"#)).await;
        assert_eq!(code, "bad_request", "{args}");
        assert!(message.contains("`_id` must be a text of 1 to 128 bytes"), "{args}: {message}");
    }
    assert!(ask_error(&mut ada, r#"["pay",{"_id":"x"}]"#).await.1.contains("`key` must be a text"));
    let longest = format!(r#"["buy",{{"_id":"{}"}}]"#, "x".repeat(128));
    assert_eq!(ask(&mut ada, &longest).await, "[1,0]");
    heard.next().await;
    heard.silent().await;
    // Text that is no JSON is the connection's fault, as everywhere.
    ada.send(r#"427["buy",{"_id":"x"]"#).await;
    assert_eq!(ada.ws.closed().await.0, Vec::<tests::ws::Frame>::new());
}

#[tokio::test]
async fn a_repeat_may_ask_for_an_answer_that_the_first_did_not_want() {
    let (app, mut heard, _) = start().await;
    let mut ada = enter(&app, "ada").await;
    ada.send(r#"42["buy",{"_id":"x","n":5}]"#).await;
    ada.send(r#"42["buy",{"_id":"x","n":5}]"#).await;
    assert_eq!(ask(&mut ada, r#"["buy",{"_id":"x","n":5}]"#).await, "[1,5]");
    heard.expect(&["buy x"]).await;
    heard.silent().await;
}

#[tokio::test]
async fn binary_answers_are_repeated_whole() {
    let (app, _, _) = start().await;
    for id in [1, 2] {
        let mut ada = enter(&app, "ada").await;
        ada.send(format!(r#"42{id}["picture",{{"_id":"x"}}]"#)).await;
        let placeholder = |num| format!(r#"{{"_placeholder":true,"num":{num}}}"#);
        ada.expect(&format!(r#"462-{id}[{},"and",{}]"#, placeholder(0), placeholder(1))).await;
        ada.expect_binary(b"left").await;
        ada.expect_binary(b"right").await;
    }
}

#[tokio::test]
async fn the_bounds_are_options() {
    let (app, mut heard, _) = start_with(|server| server.once_ids(16).once_bytes(64 * 1024)).await;
    let mut ada = enter(&app, "ada").await;
    // A sixteenth of 16 is one: the newest.
    for id in ["a", "a", "b", "b", "a"] {
        ask(&mut ada, &format!(r#"["buy",{{"_id":"{id}"}}]"#)).await;
    }
    heard.expect(&["buy a", "buy b", "buy a"]).await;
    heard.silent().await;
    for (server, option) in [
        (Server::empty().once_ids(0), "once_ids"),
        (Server::empty().once_bytes(1000), "once_bytes"),
        (Server::empty().once_window(Duration::ZERO), "once_window"),
    ] {
        let message = App::refused(server).await;
        assert!(message.contains(option), "{message}");
    }
}
