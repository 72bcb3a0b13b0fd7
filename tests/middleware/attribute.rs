//! `#[limit]`: how many events of one client a handler takes, or a namespace.

use std::time::Duration;

use socketio::prelude::*;
use socketio::{RateLimit, Rest, Value};
use tests::session::Client;

use crate::app::{App, ask, text};

#[derive(Default)]
struct Limited;

#[namespace("/", manual)]
impl Limited {
    #[limit("3/h")]
    #[event("said", "shouted")]
    fn on_said(&self) -> u8 {
        1
    }

    #[limit("2/24h", burst = 5)]
    async fn on_burst(&self) -> u8 {
        2
    }

    fn on_free(&self) -> u8 {
        3
    }

    #[limit("1/h")]
    #[fallback]
    fn other(&self, _args: Rest<Value>) -> u8 {
        4
    }
}

#[derive(Default)]
struct All;

#[namespace("/all", manual)]
#[limit("4/h")]
impl All {
    fn on_a(&self) -> u8 {
        1
    }

    fn on_b(&self) -> u8 {
        2
    }

    #[limit("6/h")]
    fn on_own(&self) -> u8 {
        3
    }
}

async fn app() -> App {
    App::start(Server::empty().mount::<Limited>().mount::<All>().ping_interval(Duration::from_secs(24 * 3600))).await
}

/// How many of these events, asked in turn, come through before one is refused.
async fn through(client: &mut Client, events: &[&str]) -> usize {
    for (count, event) in events.iter().cycle().take(1000).enumerate() {
        let (namespace, event) = event.split_once(' ').unwrap_or(("", event));
        client.send(format!(r#"42{namespace}7["{event}"]"#)).await;
        let reply = text(client).await;
        if reply.contains("error") {
            assert!(
                reply.contains(r#""code":"rate_limited","message":"too many events","data":{"retry_after":"#),
                "{reply}"
            );
            return count;
        }
    }
    1000
}

#[tokio::test]
async fn a_handler_has_a_bucket_for_all_its_names() {
    let app = app().await;
    let mut client = app.client().await;
    assert_eq!(through(&mut client, &["said", "shouted"]).await, 3);
    assert_eq!(through(&mut client, &["burst"]).await, 5);
    assert_eq!(through(&mut client, &["nobody", "else"]).await, 1);
    assert_eq!(through(&mut client, &["free"]).await, 1000);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(20 * 60)).await;
    tokio::time::resume();
    assert_eq!(through(&mut client, &["shouted"]).await, 1);
    assert_eq!(through(&mut app.client().await, &["said"]).await, 3);
}

#[tokio::test]
async fn a_namespace_has_one_for_all_handlers_without_their_own() {
    let app = app().await;
    let mut client = app.client_of("/all").await;
    assert_eq!(through(&mut client, &["/all, a", "/all, b"]).await, 4);
    assert_eq!(through(&mut client, &["/all, own"]).await, 6);
    // Unknown events count as well.
    let mut client = app.client_of("/all").await;
    client.send(r#"42/all,1["nobody"]"#).await;
    client.send(r#"42/all,2["nobody"]"#).await;
    assert!(text(&mut client).await.contains("not_found") && text(&mut client).await.contains("not_found"));
    assert_eq!(through(&mut client, &["/all, a"]).await, 2);
}

#[tokio::test]
async fn an_event_that_a_middleware_refuses_takes_no_token() {
    let limit = RateLimit::per_socket(2, Duration::from_secs(24 * 3600));
    let server = Server::empty().mount::<Limited>().middleware(limit);
    let app = App::start(server).await;
    let mut client = app.client().await;
    assert_eq!(ask(&mut client, r#"["said"]"#).await, "[1]");
    assert_eq!(ask(&mut client, r#"["said"]"#).await, "[1]");
    assert!(ask(&mut client, r#"["said"]"#).await.contains("rate_limited"));
}
