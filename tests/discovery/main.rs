//! What the linker brings together: namespaces that nobody mounts. A test binary of its own, because every `#[namespace]` in it
//! without `manual` is in every `Server::new()`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../dispatch/app.rs"]
mod app;

use app::{App, text};
use socketio::Path;
use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_which(&self) -> &'static str {
        "chat"
    }
}

/// The path on the struct, the events elsewhere.
#[namespace("/news")]
#[derive(Default)]
struct News;

#[namespace]
impl News {
    fn on_which(&self) -> &'static str {
        "news"
    }
}

#[derive(Default)]
struct Org;

#[namespace("/org/{id}")]
impl Org {
    fn on_which(&self, id: &Path<u32>) -> String {
        format!("org {}", id.0)
    }
}

#[derive(Default)]
struct Lobby;

#[namespace("/org/7")]
impl Lobby {
    fn on_which(&self) -> &'static str {
        "lobby"
    }
}

/// Not discovered.
#[derive(Default)]
struct Manual;

#[namespace("/manual", manual)]
impl Manual {
    fn on_which(&self) -> &'static str {
        "manual"
    }
}

/// Generic, so it can only be mounted.
#[derive(Default)]
struct Generic<T>(T);

#[namespace("/generic", manual)]
impl<T: Default + std::fmt::Display + Send + Sync + 'static> Generic<T> {
    fn on_which(&self) -> String {
        self.0.to_string()
    }
}

mod deep {
    use socketio::prelude::*;

    #[derive(Default)]
    struct Hidden;

    #[namespace("/deep")]
    impl Hidden {
        fn on_which(&self) -> &'static str {
            "deep"
        }
    }
}

async fn which(app: &App, path: &str) -> String {
    let mut client = app.client_of(path).await;
    client.send(format!(r#"42{path},1["which"]"#)).await;
    let reply = text(&mut client).await;
    reply.strip_prefix(&format!("43{path},1")).unwrap().to_owned()
}

#[tokio::test]
async fn a_new_server_has_every_namespace_of_the_program() {
    let app = App::start(Server::new().expect(["/chat", "/news", "/org/{id}", "/org/7", "/deep"])).await;
    for (path, expected) in [
        ("/chat", r#"["chat"]"#),
        ("/news", r#"["news"]"#),
        ("/deep", r#"["deep"]"#),
        ("/org/8", r#"["org 8"]"#),
        ("/org/7", r#"["lobby"]"#),
    ] {
        assert_eq!(which(&app, path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn manual_ones_are_mounted_by_hand() {
    let app = App::start(Server::new()).await;
    assert_eq!(app.answer("40/manual,").await, r#"44/manual,{"message":"Invalid namespace"}"#);
    let server = Server::new().mount::<Manual>().mount::<Generic<u8>>().mount_at::<Generic<String>>("/text");
    let app = App::start(server).await;
    assert_eq!(which(&app, "/manual").await, r#"["manual"]"#);
    assert_eq!(which(&app, "/generic").await, r#"["0"]"#);
    assert_eq!(which(&app, "/text").await, r#"[""]"#);
    assert_eq!(which(&app, "/chat").await, r#"["chat"]"#);
}

#[tokio::test]
async fn an_empty_server_has_none_but_the_root() {
    let app = App::start(Server::empty()).await;
    assert_eq!(app.answer("40/chat,").await, r#"44/chat,{"message":"Invalid namespace"}"#);
    assert!(app.answer("40").await.starts_with("40{"));
    let app = App::start(Server::empty().mount::<Chat>()).await;
    assert_eq!(which(&app, "/chat").await, r#"["chat"]"#);
    assert_eq!(app.answer("40/news,").await, r#"44/news,{"message":"Invalid namespace"}"#);
}

#[tokio::test]
async fn open_namespaces_have_no_handlers() {
    let app = App::start(Server::empty().open(["/ticker", "/prices/{symbol}"]).expect(["/ticker"])).await;
    for path in ["/ticker", "/prices/acme", "/prices/other"] {
        let mut client = app.client_of(path).await;
        app.handle.of(path).emit("tick", 1);
        assert_eq!(text(&mut client).await, format!(r#"42{path},["tick",1]"#));
        client.send(format!(r#"42{path},5["tick"]"#)).await;
        let answer = text(&mut client).await;
        assert!(answer.starts_with(&format!(r#"43{path},5[{{"error":{{"code":"not_found""#)), "{answer}");
    }
    assert_eq!(app.answer("40/prices,").await, r#"44/prices,{"message":"Invalid namespace"}"#);
}

#[tokio::test]
async fn an_open_namespace_conflicts_as_others_do() {
    let message = App::refused(Server::new().open(["/chat"])).await;
    assert!(message.contains("two namespaces for one path"), "{message}");
    assert_eq!(message.matches("main.rs:").count(), 2, "{message}");
    let message = App::refused(Server::empty().open(["ticker"])).await;
    assert!(message.contains("begins with `/`") && message.contains("main.rs:"), "{message}");
    for path in ["/a,b", "/a?b"] {
        for server in [Server::empty().open([path]), Server::empty().mount_at::<Manual>(path)] {
            let message = App::refused(server).await;
            assert!(message.contains("no client can reach") && message.contains("main.rs:"), "{message}");
        }
    }
}

#[tokio::test]
async fn a_discovered_path_cannot_be_mounted_again() {
    let message = App::refused(Server::new().mount_at::<Manual>("/chat")).await;
    assert!(message.contains("two namespaces for one path"), "{message}");
    assert_eq!(message.matches("main.rs:").count(), 2, "{message}");
    let message = App::refused(Server::new().mount_at::<Manual>("/org/{name}")).await;
    assert!(message.contains("/org/{id}") && message.contains("/org/{name}"), "{message}");
}

#[tokio::test]
async fn one_that_is_not_linked_is_missed_by_name() {
    let message = App::refused(Server::new().expect(["/plugin"])).await;
    assert!(message.contains("\"/plugin\"") && message.contains("use that_crate as _"), "{message}");
}
