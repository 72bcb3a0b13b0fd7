//! Methods with `#[server_event]`, which other servers call over the adapter.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use socketio::prelude::*;
use socketio::{Handle, Target};

use crate::app::{App, capture, eventually};
use crate::bus::{Bus, Fault};

/// How many causes a server has heard, and its name.
struct Heard {
    name: &'static str,
    causes: AtomicU64,
}

#[derive(Default)]
struct Cache;

#[namespace("/cache", manual)]
impl Cache {
    #[server_event("reload")]
    fn reload(server: &Handle, heard: &State<Heard>, cause: String) -> (String, u64) {
        server.of("/cache").local().emit("reloaded", &cause);
        (format!("{}: {cause}", heard.name), heard.causes.fetch_add(1, Ordering::Relaxed) + 1)
    }

    #[server_event]
    fn on_size(data: Bytes, factor: Option<usize>) -> Result<usize, Error> {
        let size = data.len() * factor.unwrap_or(1);
        if size > 0 { Ok(size) } else { Err(Error::new("empty", "there is nothing")) }
    }

    #[server_event]
    fn crash() {
        panic!("the cache is broken");
    }
}

fn server(bus: &Bus, name: &'static str) -> Server {
    let heard = Heard { name, causes: AtomicU64::new(0) };
    Server::empty().mount::<Cache>().state(heard).adapter(bus.adapter(Fault::None))
}

async fn pair() -> (App, App) {
    let bus = Bus::default();
    (App::start(server(&bus, "left")).await, App::start(server(&bus, "right")).await)
}

async fn answers(target: Target, event: &str, args: impl Serialize) -> Vec<Value> {
    target.server_side_emit_with_ack::<Value>(event, args).await.value
}

#[tokio::test]
async fn a_server_event_is_answered_in_both_directions() {
    let (left, right) = pair().await;
    let ask = async |app: &App, cause| {
        app.handle.of("/cache").server_side_emit_with_ack::<(String, u64)>("reload", cause).await.value
    };
    assert_eq!(ask(&left, "full").await, [("right: full".to_owned(), 1)]);
    assert_eq!(ask(&right, "old").await, [("left: old".to_owned(), 1)]);
    // A server does not hear its own events.
    assert_eq!(ask(&left, "again").await, [("right: again".to_owned(), 2)]);
}

#[tokio::test]
async fn a_server_event_borrows_the_handle_and_reaches_clients() {
    let (left, right) = pair().await;
    let mut client = right.client_of("/cache").await;
    eventually(|| right.handle.of("/cache").count() == 1).await;
    left.handle.of("/cache").server_side_emit("reload", "full");
    client.expect(r#"42/cache,["reloaded","full"]"#).await;
}

#[tokio::test]
async fn a_server_event_is_read_as_the_arguments_of_a_handler() {
    let (left, _right) = pair().await;
    let ask = async |args: (Bytes, Option<usize>)| {
        let cache = left.handle.of("/cache");
        let fetched = match args {
            (data, Some(factor)) => cache.server_side_emit_with_ack::<usize>("size", (data, factor)).await,
            (data, None) => cache.server_side_emit_with_ack::<usize>("size", data).await,
        };
        fetched.value
    };
    assert_eq!(ask((Bytes::from_static(b"abc"), None)).await, [3]);
    assert_eq!(ask((Bytes::from_static(b"abc"), Some(2))).await, [6]);
}

#[tokio::test]
async fn a_server_event_that_fails_is_logged_and_not_answered() {
    let log = capture();
    let (left, _right) = pair().await;
    let cache = || left.handle.of("/cache");
    // An argument of another type, an error of the method, its panic, an event that nobody handles.
    assert_eq!(answers(cache(), "reload", 5).await, [Value::Null; 0]);
    assert_eq!(cache().server_side_emit_with_ack::<usize>("size", Bytes::new()).await.value, [0; 0]);
    assert_eq!(answers(cache(), "crash", ()).await, [Value::Null; 0]);
    assert_eq!(answers(cache(), "nobody handles this", 1).await, [Value::Null; 0]);
    for part in ["cause", "there is nothing", "the cache is broken"] {
        let about = |line: &&str| line.contains("server event failed") && line.contains(part);
        assert!(log.lines().iter().any(|line| about(&line.as_str())), "{part}: {:?}", log.lines());
    }
    // The server goes on.
    assert_eq!(answers(cache(), "reload", "end").await, [json!("right: end")]);
}

#[derive(Default)]
struct Room;

#[namespace("/room/{id}", manual)]
impl Room {
    #[server_event]
    fn close(heard: &State<Heard>) -> &'static str {
        heard.name
    }
}

#[tokio::test]
async fn a_server_event_reaches_namespaces_of_a_pattern_without_clients() {
    let bus = Bus::default();
    let left = App::start(server(&bus, "left").mount::<Room>()).await;
    let _right = App::start(server(&bus, "right").mount::<Room>()).await;
    assert_eq!(answers(left.handle.of("/room/7"), "close", ()).await, [json!("right")]);
    assert_eq!(answers(left.handle.of("/hall/7"), "close", ()).await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_server_event_with_two_handlers_or_without_its_state_is_an_error_at_start() {
    let bus = Bus::default();
    let twice = server(&bus, "a").server_event("/cache", "reload", |_: &Handle, cause: String| cause);
    let error = twice.into_service().unwrap_err();
    assert_eq!(error.code(), "start");
    assert!(error.to_string().contains("two handlers of the server event `reload` of \"/cache\""), "{error}");
    let child = server(&bus, "b").mount::<Room>().server_event("/room/7", "close", |_: &Handle, cause: String| cause);
    assert_eq!(child.into_service().unwrap_err().code(), "start");
    let stateless = Server::empty().mount::<Cache>().into_service().unwrap_err();
    assert!(stateless.to_string().contains("`reload` borrows `heard: &State<"), "{stateless}");
}
