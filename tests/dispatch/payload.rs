//! What handlers are sent: arguments by value, their absence, and what is said of those that do not fit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use socketio::prelude::*;
use socketio::{FromPayload, ReadError, Reader, Rest, Source, Value};

use crate::app::{App, ask, ask_error};

#[derive(Deserialize, Serialize)]
struct User {
    name: String,
    #[serde(default)]
    age: Option<u8>,
    #[serde(flatten)]
    other: BTreeMap<String, i64>,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shape {
    Circle { radius: f64 },
    Point,
}

/// Two arguments that belong together.
struct At {
    x: i32,
    y: i32,
}

impl FromPayload for At {
    fn from_payload<S: Source>(args: &mut Reader<'_, S>, _: &'static str) -> Result<Self, ReadError> {
        Ok(At { x: args.next("x")?, y: args.next("y")? })
    }
}

type Maybe<T> = Option<T>;

#[derive(Default)]
struct Sent;

#[namespace("/", manual)]
impl Sent {
    fn on_nothing(&self) -> u8 {
        0
    }
    fn on_small(&self, n: u8) -> u8 {
        n
    }
    fn on_two(&self, a: String, b: i64) -> (String, i64) {
        (a, b)
    }
    async fn on_two_later(&mut self, a: String, b: i64) -> (String, i64) {
        (a, b)
    }
    fn on_optional(&self, a: u8, b: Option<u8>, c: Maybe<String>) -> (u8, Option<u8>, Option<String>) {
        (a, b, c)
    }
    fn on_user(&self, user: User) -> User {
        user
    }
    fn on_shape(&self, shape: Shape) -> Shape {
        shape
    }
    fn on_tuple(&self, (a, b): (u8, u8)) -> u8 {
        a + b
    }
    fn on_unused(&self, _: u8, _name: String) -> u8 {
        2
    }
    fn on_rest(&self, first: u8, rest: Rest<i8>) -> (u8, Vec<i8>) {
        (first, rest.0)
    }
    fn on_back(&self, args: Rest<Value>) -> Rest<Value> {
        args
    }
    fn on_any(&self, value: Value) -> Value {
        value
    }
    fn on_at(&self, before: u8, at: At, after: u8) -> i32 {
        i32::from(before) + at.x * 10 + at.y * 100 + i32::from(after) * 1000
    }
    fn on_float(&self, n: f64) -> f64 {
        n
    }
    fn on_big(&self, n: u64) -> u64 {
        n
    }
}

async fn start() -> App {
    App::start(Server::empty().mount::<Sent>()).await
}

async fn table(rows: &[(&str, &str)]) {
    let app = start().await;
    let mut client = app.client().await;
    for (event, expected) in rows {
        assert_eq!(ask(&mut client, event).await, *expected, "{event}");
    }
}

#[tokio::test]
async fn arguments_are_read_into_their_types() {
    table(&[
        (r#"["two","a",-5]"#, r#"["a",-5]"#),
        (r#"["two_later","ä\u00e4\n",0]"#, r#"["ää\n",0]"#),
        (r#"[ "two" , "a" , 1 ]"#, r#"["a",1]"#),
        (r#"["user",{"age":7,"name":"ann","x":1,"y":-2}]"#, r#"[{"name":"ann","age":7,"x":1,"y":-2}]"#),
        (r#"["shape",{"radius":1.5,"kind":"circle"}]"#, r#"[{"kind":"circle","radius":1.5}]"#),
        (r#"["shape",{"kind":"point"}]"#, r#"[{"kind":"point"}]"#),
        (r#"["tuple",[1,2]]"#, "[3]"),
        (r#"["unused",1,"x"]"#, "[2]"),
        (r#"["float",1]"#, "[1.0]"),
        (r#"["float",1e-7]"#, "[1e-7]"),
        (r#"["big",18446744073709551615]"#, "[18446744073709551615]"),
        (r#"["at",1,2,3,4]"#, "[4321]"),
    ])
    .await;
}

#[tokio::test]
async fn what_is_optional_may_be_missing_or_null() {
    table(&[
        (r#"["optional",1]"#, "[1,null,null]"),
        (r#"["optional",1,null]"#, "[1,null,null]"),
        (r#"["optional",1,2]"#, "[1,2,null]"),
        (r#"["optional",1,null,"c"]"#, r#"[1,null,"c"]"#),
        (r#"["optional",1,2,"c"]"#, r#"[1,2,"c"]"#),
        (r#"["user",{"name":"ann"}]"#, r#"[{"name":"ann","age":null}]"#),
    ])
    .await;
}

#[tokio::test]
async fn extra_arguments_are_ignored() {
    table(&[
        (r#"["nothing",1,{"a":[2]},"x"]"#, "[0]"),
        (r#"["small",1,2,3]"#, "[1]"),
        (r#"["optional",1,2,"c",{"d":null}]"#, r#"[1,2,"c"]"#),
    ])
    .await;
}

#[tokio::test]
async fn rest_takes_what_remains() {
    table(&[
        (r#"["rest",1]"#, "[1,[]]"),
        (r#"["rest",1,-1,-2,-3]"#, "[1,[-1,-2,-3]]"),
        (r#"["back"]"#, "[]"),
        (r#"["back",1]"#, "[1]"),
        (r#"["back",1,"b",[null,{"c":2.5,"a":true}]]"#, r#"[1,"b",[null,{"c":2.5,"a":true}]]"#),
        (r#"["any",{"z":1,"a":[]}]"#, r#"[{"z":1,"a":[]}]"#),
    ])
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_named_with_its_position() {
    let app = start().await;
    let mut client = app.client().await;
    let table = [
        (r#"["small",null]"#, "argument 0 `n`: invalid type: null, expected u8"),
        (r#"["small"]"#, "argument 0 `n`: missing"),
        (r#"["small",256]"#, "argument 0 `n`: invalid value: integer `256`, expected u8"),
        (r#"["small","1"]"#, "argument 0 `n`: invalid type: string \"1\", expected u8"),
        (r#"["two","a"]"#, "argument 1 `b`: missing"),
        (r#"["two",1,1]"#, "argument 0 `a`: invalid type: integer `1`, expected a string"),
        (r#"["two_later","a",1.5]"#, "argument 1 `b`: invalid type: floating point `1.5`, expected i64"),
        (r#"["optional",1,"x"]"#, "argument 1 `b`: invalid type: string \"x\", expected u8"),
        (r#"["rest",1,2,"x",4]"#, "argument 2 `rest`: invalid type: string \"x\", expected i8"),
        (r#"["user",{"age":1}]"#, "argument 0 `user`: missing field `name`"),
        (r#"["at",1,2,"y",4]"#, "argument 2 `y`: invalid type: string \"y\", expected i32"),
        (r#"["at",1,2]"#, "argument 2 `y`: missing"),
        (r#"["at",1,2,3]"#, "argument 3 `after`: missing"),
        (r#"["shape",{"kind":"cube"}]"#, "argument 0 `shape`: unknown variant `cube`, expected `circle` or `point`"),
    ];
    for (event, expected) in table {
        let (code, message) = ask_error(&mut client, event).await;
        assert_eq!(code, "bad_request", "{event}");
        assert_eq!(message, expected, "{event}");
    }
}
