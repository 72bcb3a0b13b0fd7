//! The forms of `on_connect`, what it is sent, and how it refuses.

use serde::Deserialize;
use socketio::prelude::*;
use socketio::{Context, FromContext};

use crate::app::{App, ask};

#[derive(Deserialize)]
struct Login {
    nick: String,
    age: Option<u8>,
}

#[derive(Deserialize)]
struct Number {
    n: u8,
}

struct TooYoung(u8);

impl From<TooYoung> for Refuse {
    fn from(TooYoung(age): TooYoung) -> Self {
        Refuse::new("too_young", format!("come back in {} years", 18 - age)).with_data(&age)
    }
}

/// No `on_connect`: the default instance.
#[derive(Default)]
struct Absent(u8);

#[namespace("/absent", manual)]
impl Absent {
    fn on_get(&self) -> u8 {
        self.0
    }
}

struct Plain(String);

#[namespace("/plain", manual)]
impl Plain {
    fn on_connect(login: Login) -> Self {
        Plain(login.nick)
    }
    fn on_get(&self) -> String {
        self.0.clone()
    }
}

struct Fallible(u8);

#[namespace("/fallible", manual)]
impl Fallible {
    async fn on_connect(socket: &Socket, login: Login) -> Result<Self, TooYoung> {
        tokio::task::yield_now().await;
        assert_eq!(socket.path(), "/fallible");
        match login.age.unwrap_or(0) {
            age if age < 18 => Err(TooYoung(age)),
            age => Ok(Fallible(age)),
        }
    }
    fn on_get(&self) -> u8 {
        self.0
    }
}

#[derive(Default)]
struct Method(String);

#[namespace("/method", manual)]
impl Method {
    async fn on_connect(&mut self, login: Option<Login>) {
        tokio::task::yield_now().await;
        self.0 = login.map_or_else(|| "nobody".to_owned(), |login| login.nick);
    }
    fn on_get(&self) -> String {
        self.0.clone()
    }
}

#[derive(Default)]
struct MethodFallible(u8);

#[namespace("/method_fallible", manual)]
impl MethodFallible {
    fn on_connect(&mut self, Number { n }: Number) -> Result<(), Error> {
        if n == 0 {
            return Err(Error::new("zero", "not zero"));
        }
        self.0 = n;
        Ok(())
    }
    fn on_get(&self) -> u8 {
        self.0
    }
}

struct Panics;

#[namespace("/panics", manual)]
impl Panics {
    fn on_connect() -> Self {
        panic!("secret")
    }
    fn on_get(&self) {}
}

#[derive(Default)]
struct PanicsLater;

#[namespace("/panics_later", manual)]
impl PanicsLater {
    async fn on_connect(&self) -> Result<(), Refuse> {
        tokio::task::yield_now().await;
        panic!("secret")
    }
    fn on_get(&self) {}
}

struct Fails;

#[namespace("/internal", manual)]
impl Fails {
    fn on_connect() -> Result<Self, Error> {
        Err(Error::internal("secret"))
    }
    fn on_get(&self) {}
}

struct User;

impl FromContext for User {
    async fn from_context(cx: &Context) -> Result<Self, Error> {
        tokio::task::yield_now().await;
        Err(Error::new("who", format!("in `{}`", cx.event())))
    }
}

struct NeedsUser;

#[namespace("/user", manual)]
impl NeedsUser {
    fn on_connect(_user: &User) -> Self {
        NeedsUser
    }
    fn on_get(&self) {}
}

async fn start() -> App {
    let server = Server::empty().mount::<Absent>().mount::<Plain>().mount::<Fallible>().mount::<Method>();
    let server = server.mount::<MethodFallible>().mount::<Panics>().mount::<PanicsLater>().mount::<Fails>();
    App::start(server.mount::<NeedsUser>()).await
}

/// Connects with a payload and asks for what the instance has.
async fn get(path: &str, payload: &str) -> String {
    let app = start().await;
    let mut client = tests::session::Client::bare(app.addr, &format!("40{path},{payload}")).await;
    client.send(format!(r#"42{path},1["get"]"#)).await;
    let reply = crate::app::text(&mut client).await;
    reply.strip_prefix(&format!("43{path},1")).unwrap_or_else(|| panic!("{reply}")).to_owned()
}

#[tokio::test]
async fn all_forms_of_on_connect() {
    let table = [
        ("/absent", "", "[0]"),
        ("/absent", r#"{"ignored":1}"#, "[0]"),
        ("/plain", r#"{"nick":"ann"}"#, r#"["ann"]"#),
        ("/fallible", r#"{"nick":"ann","age":18}"#, "[18]"),
        ("/method", r#"{"nick":"bob"}"#, r#"["bob"]"#),
        ("/method", "", r#"["nobody"]"#),
        ("/method_fallible", r#"{"n":7}"#, "[7]"),
    ];
    for (path, payload, expected) in table {
        assert_eq!(get(path, payload).await, expected, "{path} {payload}");
    }
}

#[tokio::test]
async fn refusals_say_why() {
    let app = start().await;
    let internal = r#"{"message":"internal error","data":{"code":"internal"}}"#;
    let table = [
        (
            "/fallible",
            r#"{"nick":"x","age":16}"#,
            r#"{"message":"come back in 2 years","data":{"code":"too_young","data":16}}"#,
        ),
        ("/method_fallible", r#"{"n":0}"#, r#"{"message":"not zero","data":{"code":"zero"}}"#),
        ("/internal", "", internal),
        ("/panics", "", internal),
        ("/panics_later", "", internal),
        ("/user", "", r#"{"message":"in `connect`","data":{"code":"who"}}"#),
        ("/unknown", "", r#"{"message":"Invalid namespace"}"#),
    ];
    for (path, payload, expected) in table {
        assert_eq!(app.answer(&format!("40{path},{payload}")).await, format!("44{path},{expected}"));
        assert_eq!(app.handle.of(path).count(), 0, "{path}");
    }
}

#[tokio::test]
async fn a_payload_of_another_type_is_a_bad_request() {
    let app = start().await;
    let table = [
        ("/plain", "", "argument 0 `login`: missing"),
        ("/plain", "{}", "argument 0 `login`: missing field `nick`"),
        ("/plain", r#"{"nick":5}"#, "argument 0 `login`: invalid type: integer `5`, expected a string"),
        ("/method", r#"{"age":1}"#, "argument 0 `login`: missing field `nick`"),
        ("/method_fallible", r#"{"n":-1}"#, "argument 0 `Number`: invalid value: integer `-1`, expected u8"),
    ];
    for (path, payload, expected) in table {
        let answer = app.answer(&format!("40{path},{payload}")).await;
        assert!(answer.starts_with(&format!("44{path},")), "{answer}");
        let json = crate::app::json(&answer);
        assert_eq!(json["data"]["code"], "bad_request", "{answer}");
        let message = json["message"].as_str().unwrap();
        assert!(message.starts_with(expected), "{path} {payload}: {message}");
    }
}

#[tokio::test]
async fn how_many_namespaces_one_client_may_be_in_is_bounded() {
    let server = Server::empty().mount::<Absent>().mount_at::<Absent>("/two").mount_at::<Absent>("/{any}");
    let app = App::start(server.max_namespaces(2)).await;
    let mut client = app.client_of("/absent").await;
    client.send("40/two,").await;
    assert!(crate::app::text(&mut client).await.starts_with("40/two,"));
    for path in ["/three", "/four"] {
        client.send(format!("40{path},")).await;
        let refusal = r#"{"message":"Too many namespaces","data":{"code":"too_many_namespaces"}}"#;
        client.expect(&format!("44{path},{refusal}")).await;
    }
    client.send("41/two,").await;
    client.send("40/three,").await;
    assert!(crate::app::text(&mut client).await.starts_with("40/three,"));
}

#[tokio::test]
async fn a_refusal_leaves_the_connection_to_other_namespaces_and_other_tries() {
    let app = start().await;
    let mut client = app.client_of("/absent").await;
    client.send(r#"40/method_fallible,{"n":0}"#).await;
    assert!(crate::app::text(&mut client).await.starts_with("44/method_fallible,"));
    client.send("40/panics,").await;
    assert!(crate::app::text(&mut client).await.starts_with("44/panics,"));
    client.send(r#"40/method_fallible,{"n":3}"#).await;
    assert!(crate::app::text(&mut client).await.starts_with("40/method_fallible,"));
    client.send(r#"42/method_fallible,1["get"]"#).await;
    client.expect("43/method_fallible,1[3]").await;
    client.send(r#"42/absent,1["get"]"#).await;
    client.expect("43/absent,1[0]").await;
    // `/` is there although nobody mounted it.
    client.send("40").await;
    assert!(crate::app::text(&mut client).await.starts_with("40{"));
    assert!(ask(&mut client, r#"["x"]"#).await.contains("not_found"));
}
