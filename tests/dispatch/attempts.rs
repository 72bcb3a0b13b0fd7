//! `Try<T>`: arguments that do not fit, and the handler is called all the same.

use bytes::Bytes;
use serde::Deserialize;
use socketio::prelude::*;
use socketio::{Rest, Try, Value};

use crate::app::{App, ask, ask_error};

#[derive(Deserialize)]
struct File {
    name: String,
    data: Bytes,
}

#[derive(Deserialize)]
struct Login {
    token: String,
}

/// What was read, or the message of the error.
fn text<T: ToString>(result: &Result<T, Error>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(error) => format!("{}: {}", error.code(), error.message()),
    }
}

struct Tried {
    login: String,
}

#[namespace("/", manual)]
impl Tried {
    fn on_connect(login: Try<Login>) -> Self {
        Self { login: text(&login.0.map(|login| login.token)) }
    }

    fn on_login(&self) -> String {
        self.login.clone()
    }

    fn on_number(&self, Try(number): Try<u8>, next: String) -> (String, String) {
        (text(&number), next)
    }

    async fn on_two_later(&mut self, first: Try<u8>, second: Try<String>) -> (String, String) {
        tokio::task::yield_now().await;
        (text(&first.0), text(&second.0))
    }

    fn on_optional(&self, first: Option<u8>, second: Try<Option<u8>>, third: Try<u8>) -> (Option<u8>, String, String) {
        (first, text(&second.0.map(|second| format!("{second:?}"))), text(&third.0))
    }

    fn on_file(&self, file: Try<File>, rest: Rest<Value>) -> (String, usize) {
        (text(&file.0.map(|file| format!("{} {}", file.name, file.data.len()))), rest.0.len())
    }
}

async fn start() -> App {
    App::start(Server::empty().mount::<Tried>().mount_at::<Tried>("/two")).await
}

#[tokio::test]
async fn a_handler_is_called_with_what_does_not_fit() {
    let app = start().await;
    let mut client = app.client().await;
    for (event, expected) in [
        (r#"["number",7,"next"]"#, r#"["7","next"]"#),
        (
            r#"["number","x","next"]"#,
            r#"["bad_request: argument 0 `number`: invalid type: string \"x\", expected u8","next"]"#,
        ),
        (
            r#"["number",256,"next"]"#,
            r#"["bad_request: argument 0 `number`: invalid value: integer `256`, expected u8","next"]"#,
        ),
        (
            r#"["number",{"a":[1,{"b":2}]},"next"]"#,
            r#"["bad_request: argument 0 `number`: invalid type: map, expected u8","next"]"#,
        ),
        (
            r#"["two_later",null]"#,
            r#"["bad_request: argument 0 `first`: invalid type: null, expected u8","bad_request: argument 1 `second`: missing"]"#,
        ),
        (r#"["two_later",1,"two","three"]"#, r#"["1","two"]"#),
        (r#"["optional"]"#, r#"[null,"None","bad_request: argument 2 `third`: missing"]"#),
        (r#"["optional",1,null,3]"#, r#"[1,"None","3"]"#),
    ] {
        assert_eq!(ask(&mut client, event).await, expected, "{event}");
    }
}

/// The other arguments are what they are without it.
#[tokio::test]
async fn the_arguments_beside_it_must_fit() {
    let app = start().await;
    let mut client = app.client().await;
    for (event, message) in [
        (r#"["number","x",1]"#, "argument 1 `next`: invalid type: integer `1`, expected a string"),
        (r#"["number","x"]"#, "argument 1 `next`: missing"),
        (r#"["number","\ud800","next"]"#, "argument 0 `number`: unexpected end of hex escape"),
        (r#"["number",1e999,"next"]"#, "argument 0 `number`: number out of range"),
    ] {
        assert_eq!(ask_error(&mut client, event).await, ("bad_request".to_owned(), message.to_owned()), "{event}");
    }
}

#[tokio::test]
async fn attachments_are_read_through_it() {
    let app = start().await;
    let mut client = app.client().await;
    let file = r#"{"name":"a","data":{"_placeholder":true,"num":0}}"#;
    client.send(format!(r#"451-7["file",{file},1]"#)).await;
    client.ws.binary("1234").await;
    client.expect(r#"437["a 4",1]"#).await;
    client.send(r#"452-7["file",{"data":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]"#).await;
    client.ws.binary("1234").await;
    client.ws.binary("5").await;
    client.expect(r#"437["bad_request: argument 0 `file`: missing field `name`",1]"#).await;
}

#[tokio::test]
async fn the_payload_of_a_connect_is_tried() {
    let app = start().await;
    for (connect, expected) in [
        (r#"40{"token":"abc"}"#, r#"["abc"]"#),
        (r#"40{"token":1}"#, r#"["bad_request: argument 0 `login`: invalid type: integer `1`, expected a string"]"#),
        ("40", r#"["bad_request: argument 0 `login`: missing"]"#),
    ] {
        let mut client = tests::session::Client::bare(app.addr, connect).await;
        assert_eq!(ask(&mut client, r#"["login"]"#).await, expected, "{connect}");
    }
    // What is no JSON breaks the protocol, as everywhere.
    let mut ws = app.engine().await;
    ws.text(r#"40/two,{"token":}"#).await;
    ws.closed().await;
}
