//! What a handler returns, and what the client reads: every row of the table of acknowledgements.

use std::sync::Mutex;
use std::time::Duration;

use serde::Serialize;
use socketio::Ack;
use socketio::prelude::*;

use crate::app::{App, Gate, ask, ask_error};

#[derive(Serialize)]
struct Point {
    x: i8,
    y: i8,
}

#[derive(Serialize)]
struct Pair(u8, u8);

/// Panics when it is written.
struct Bomb;

impl Serialize for Bomb {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("in a serialiser")
    }
}

struct Own;

impl From<Own> for Error {
    fn from(_: Own) -> Self {
        Error::new("own", "one of ours").with_data(&[1, 2])
    }
}

type Answer<T> = Result<T, Error>;
type Boxed<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Default)]
struct Replies {
    kept: Mutex<Vec<Ack<u8>>>,
}

#[namespace("/", manual)]
impl Replies {
    fn on_nothing(&self) {}
    async fn on_nothing_later(&self) {}
    fn on_one(&self) -> u8 {
        1
    }
    async fn on_one_later(&self) -> u8 {
        tokio::time::sleep(Duration::from_millis(1)).await;
        1
    }
    fn on_text(&self) -> &'static str {
        "te\"xt"
    }
    fn on_none(&self) -> Option<u8> {
        None
    }
    fn on_some(&self) -> Option<u8> {
        Some(3)
    }
    fn on_tuple(&self) -> (u8, &'static str) {
        (1, "b")
    }
    fn on_one_tuple(&self) -> ((u8, u8),) {
        ((1, 2),)
    }
    fn on_array(&self) -> [u8; 2] {
        [1, 2]
    }
    fn on_list(&self) -> Vec<(u8, u8)> {
        vec![(1, 2)]
    }
    fn on_object(&self) -> Point {
        Point { x: 1, y: -1 }
    }
    fn on_pair(&self) -> Pair {
        Pair(1, 2)
    }
    fn on_optional_tuple(&self) -> Option<(u8, u8)> {
        Some((1, 2))
    }
    fn on_ok(&self) -> Result<u8, Error> {
        Ok(1)
    }
    fn on_ok_unit(&self) -> Result<(), Error> {
        Ok(())
    }
    fn on_ok_tuple(&self) -> Result<(u8, u8), Error> {
        Ok((1, 2))
    }
    fn on_ok_none(&self) -> Result<Option<u8>, Error> {
        Ok(None)
    }
    fn on_alias(&self) -> Answer<u8> {
        Ok(4)
    }
    async fn on_alias_fails(&self) -> Answer<u8> {
        Err(Error::new("odd", "no \"number\""))
    }
    fn on_boxed(&self) -> Boxed<u8> {
        Ok("5".parse()?)
    }
    fn on_boxed_fails(&self) -> Boxed<u8> {
        Ok("secret".parse()?)
    }
    fn on_own(&self) -> Result<u8, Own> {
        Err(Own)
    }
    fn on_std(&self) -> std::result::Result<u8, Refuse> {
        Err(Refuse::new("taken", "in use"))
    }

    fn on_ack(&self, ack: Ack<(u8, u8)>) {
        ack.send((1, 2));
    }
    fn on_ack_unit(&self, ack: Ack<()>) {
        ack.send(());
    }
    fn on_ack_between(&self, a: u8, ack: Ack<u8>, b: u8) {
        ack.send(a + b);
    }
    fn on_ack_later(&self, socket: &Socket, ack: Ack<u8>, gate: &State<Gate>) {
        let gate = Gate::clone(gate);
        socket.spawn(async move {
            gate.pass().await;
            ack.send(6);
        });
    }
    fn on_ack_elsewhere(&self, ack: Ack<u8>) {
        std::thread::spawn(move || ack.send(7));
    }
    fn on_ack_dropped(&self, _ack: Ack<u8>) {}
    fn on_ack_kept(&self, ack: Ack<u8>) {
        self.kept.lock().unwrap().push(ack);
    }
    fn on_ack_release(&self) {
        self.kept.lock().unwrap().clear();
    }
    fn on_ack_fails(&self, ack: Ack<u8>) {
        ack.fail(Error::new("late", "too late"));
    }
    fn on_ack_wanted(&self, socket: &Socket, ack: Ack<u8>) {
        socket.emit("wanted", ack.is_wanted());
        ack.send(8);
    }
    fn on_ack_panics(&self, ack: Ack<u8>) {
        if ack.is_wanted() {
            panic!("with an acknowledgement in hand");
        }
    }
    fn on_ack_sent_then_panics(&self, ack: Ack<u8>) {
        ack.send(9);
        panic!("after the acknowledgement");
    }
    fn on_panics(&self) -> u8 {
        panic!("secret")
    }
    async fn on_panics_later(&self) -> u8 {
        tokio::task::yield_now().await;
        panic!("secret")
    }
    #[acl("never")]
    fn on_ack_denied(&self, ack: Ack<u8>) {
        ack.send(1);
    }
    #[acl(if a == 1)]
    fn on_ack_guarded(&self, ack: Ack<u8>, a: u8) {
        ack.send(a);
    }
    fn on_bomb(&self) -> Bomb {
        Bomb
    }
    fn on_last(&self) -> &'static str {
        "last"
    }
}

async fn start() -> (App, Gate) {
    let gate = Gate::default();
    (App::start(Server::empty().mount::<Replies>().state(gate.clone())).await, gate)
}

#[tokio::test]
async fn every_row_of_the_table() {
    let (app, _) = start().await;
    let mut client = app.client().await;
    let table = [
        ("nothing", "[]"),
        ("nothing_later", "[]"),
        ("one", "[1]"),
        ("one_later", "[1]"),
        ("text", r#"["te\"xt"]"#),
        ("none", "[null]"),
        ("some", "[3]"),
        ("tuple", r#"[1,"b"]"#),
        ("one_tuple", "[[1,2]]"),
        ("array", "[[1,2]]"),
        ("list", "[[[1,2]]]"),
        ("object", r#"[{"x":1,"y":-1}]"#),
        ("pair", "[[1,2]]"),
        ("optional_tuple", "[[1,2]]"),
        ("ok", "[1]"),
        ("ok_unit", "[]"),
        ("ok_tuple", "[1,2]"),
        ("ok_none", "[null]"),
        ("alias", "[4]"),
        ("alias_fails", r#"[{"error":{"code":"odd","message":"no \"number\""}}]"#),
        ("boxed", "[5]"),
        ("boxed_fails", r#"[{"error":{"code":"internal","message":"internal error"}}]"#),
        ("own", r#"[{"error":{"code":"own","message":"one of ours","data":[1,2]}}]"#),
        ("std", r#"[{"error":{"code":"taken","message":"in use"}}]"#),
        ("ack", "[1,2]"),
        ("ack_unit", "[]"),
        ("ack_elsewhere", "[7]"),
        ("ack_dropped", r#"[{"error":{"code":"internal","message":"internal error"}}]"#),
        ("ack_fails", r#"[{"error":{"code":"late","message":"too late"}}]"#),
        ("ack_denied", r#"[{"error":{"code":"forbidden","message":"`ack_denied` is forbidden"}}]"#),
        ("unknown", r#"[{"error":{"code":"not_found","message":"no handler for `unknown`"}}]"#),
        // Had any of them answered twice, this one would not be the next packet.
        ("last", r#"["last"]"#),
    ];
    for (event, expected) in table {
        assert_eq!(ask(&mut client, &format!(r#"["{event}"]"#)).await, expected, "{event}");
    }
}

#[tokio::test]
async fn nobody_who_has_not_asked_is_answered() {
    let (app, _) = start().await;
    let mut client = app.client().await;
    for event in ["one", "tuple", "ok", "ack", "ack_dropped", "ack_unit", "ack_elsewhere"] {
        client.send(format!(r#"42["{event}"]"#)).await;
    }
    client.send(r#"42["ack_wanted"]"#).await;
    client.expect(r#"42["wanted",false]"#).await;
    assert_eq!(ask(&mut client, r#"["last"]"#).await, r#"["last"]"#);
    client.ws.silent().await;
}

#[tokio::test]
async fn an_ack_outlives_its_handler_and_its_turn() {
    let (app, gate) = start().await;
    let mut client = app.client().await;
    client.send(r#"421["ack_later"]"#).await;
    assert_eq!(ask(&mut client, r#"["last"]"#).await, r#"["last"]"#);
    gate.open(1);
    client.expect("431[6]").await;
}

#[tokio::test]
async fn an_ack_that_is_kept_and_then_dropped_answers_internal() {
    let (app, _) = start().await;
    let mut client = app.client().await;
    client.send(r#"421["ack_kept"]"#).await;
    client.send(r#"42["ack_release"]"#).await;
    client.expect(r#"431[{"error":{"code":"internal","message":"internal error"}}]"#).await;
    assert_eq!(ask(&mut client, r#"["last"]"#).await, r#"["last"]"#);
}

#[tokio::test]
async fn an_ack_whose_arguments_do_not_fit_is_answered_once() {
    let (app, _) = start().await;
    let mut client = app.client().await;
    assert_eq!(ask(&mut client, r#"["ack_between",1,2]"#).await, "[3]");
    let (code, message) = ask_error(&mut client, r#"["ack_between",1,"2"]"#).await;
    assert_eq!(code, "bad_request");
    assert!(message.starts_with("argument 1 `b`: invalid type: string \"2\", expected u8"), "{message}");
    assert_eq!(ask_error(&mut client, r#"["ack_between",null,1]"#).await.0, "bad_request");
    assert_eq!(ask_error(&mut client, r#"["ack_guarded",2]"#).await.0, "forbidden");
    assert_eq!(ask(&mut client, r#"["ack_guarded",1]"#).await, "[1]");
    assert_eq!(ask(&mut client, r#"["last"]"#).await, r#"["last"]"#);
}

#[tokio::test]
async fn a_panic_answers_internal_once_and_ends_the_namespace_only() {
    let internal = r#"[{"error":{"code":"internal","message":"internal error"}}]"#;
    let cases = [
        ("panics", internal),
        ("panics_later", internal),
        ("bomb", internal),
        ("ack_panics", internal),
        ("ack_sent_then_panics", "[9]"),
    ];
    for (event, expected) in cases {
        let (app, _) = start().await;
        let mut client = app.client().await;
        assert_eq!(ask(&mut client, &format!(r#"["{event}"]"#)).await, expected, "{event}");
        client.expect("41").await;
        // The connection is alive: another stay in the namespace begins with nothing in between.
        client.send("40").await;
        assert!(crate::app::text(&mut client).await.starts_with("40"), "{event}");
        assert_eq!(ask(&mut client, r#"["last"]"#).await, r#"["last"]"#);
    }
}
