//! Namespaces with placeholders.

use serde::Deserialize;
use socketio::Path;
use socketio::prelude::*;

use crate::app::{App, text};

#[derive(Deserialize)]
struct Place {
    room: String,
    org: u32,
}

#[derive(Default)]
struct Org;

#[namespace("/org/{id}", manual)]
impl Org {
    fn on_which(&self, id: &Path<u16>) -> u16 {
        id.0
    }
    async fn on_text(&self, id: &Path<String>) -> String {
        id.to_string()
    }
    fn on_everyone(&self, socket: &Socket) {
        socket.namespace().emit("hello", socket.path());
    }
}

struct Room {
    place: (u32, String),
}

#[namespace("/org/{org}/room/{room}", manual)]
impl Room {
    fn on_connect(path: &Path<(u32, String)>) -> Self {
        Room { place: path.0.clone() }
    }
    fn on_which(&self, path: &Path<Place>) -> (u32, String, bool) {
        (path.org, path.room.clone(), self.place == (path.org, path.room.clone()))
    }
}

#[derive(Default)]
struct Lobby;

#[namespace("/org/lobby", manual)]
impl Lobby {
    fn on_which(&self) -> &'static str {
        "lobby"
    }
}

/// Fewer literal segments than [`Room`], so it comes after it whatever the order of mounting.
#[derive(Default)]
struct Any;

#[namespace("/{a}/{b}/room/{c}", manual)]
impl Any {
    fn on_which(&self, path: &Path<Vec<String>>) -> Vec<String> {
        path.0.clone()
    }
}

async fn start() -> App {
    let server = Server::empty().mount::<Any>().mount::<Org>().mount::<Room>().mount::<Lobby>();
    App::start(server).await
}

async fn which(app: &App, path: &str) -> String {
    let mut client = app.client_of(path).await;
    client.send(format!(r#"42{path},1["which"]"#)).await;
    text(&mut client).await
}

#[tokio::test]
async fn captures_are_scalars_tuples_structs_and_lists() {
    let app = start().await;
    assert_eq!(which(&app, "/org/7").await, "43/org/7,1[7]");
    assert_eq!(which(&app, "/org/7/room/red").await, r#"43/org/7/room/red,1[7,"red",true]"#);
    assert_eq!(which(&app, "/a/b/room/c").await, r#"43/a/b/room/c,1[["a","b","c"]]"#);
    let mut client = app.client_of("/org/65535").await;
    client.send(r#"42/org/65535,1["text"]"#).await;
    client.expect(r#"43/org/65535,1["65535"]"#).await;
}

#[tokio::test]
async fn a_static_path_comes_before_a_pattern_and_a_precise_one_before_a_loose_one() {
    let app = start().await;
    assert_eq!(which(&app, "/org/lobby").await, r#"43/org/lobby,1["lobby"]"#);
    assert_eq!(which(&app, "/org/8/room/x").await, r#"43/org/8/room/x,1[8,"x",true]"#);
}

#[tokio::test]
async fn a_capture_that_does_not_parse_is_no_such_namespace() {
    let app = start().await;
    for path in ["/org/65536", "/org/-1", "/org/x", "/org/", "/org", "/org/7/", "/orgs/7", "/nowhere"] {
        let answer = app.answer(&format!("40{path},")).await;
        assert_eq!(answer, format!(r#"44{path},{{"message":"Invalid namespace"}}"#));
    }
    // Where one pattern's captures do not parse, another pattern may still fit.
    assert_eq!(which(&app, "/org/x/room/y").await, r#"43/org/x/room/y,1[["org","x","y"]]"#);
}

#[tokio::test]
async fn a_query_is_no_part_of_a_name() {
    let app = App::start(Server::empty().mount::<Any>().mount_at::<Tail>("/{*path}").open(["/ticker"])).await;
    for path in ["/ticker?a=b", "/tick?a=b", "/a/b/room/c?a=b"] {
        let answer = app.answer(&format!("40{path},")).await;
        assert_eq!(answer, format!(r#"44{path},{{"message":"Invalid namespace"}}"#));
    }
}

#[tokio::test]
async fn each_concrete_path_is_a_namespace_of_its_own() {
    let app = start().await;
    let mut one = app.client_of("/org/1").await;
    let mut same = app.client_of("/org/1").await;
    let mut two = app.client_of("/org/2").await;
    assert_eq!((app.handle.of("/org/1").count(), app.handle.of("/org/2").count()), (2, 1));
    one.send(r#"42/org/1,["everyone"]"#).await;
    one.expect(r#"42/org/1,["hello","/org/1"]"#).await;
    same.expect(r#"42/org/1,["hello","/org/1"]"#).await;
    two.ws.silent().await;
    app.handle.of("/org/2").emit("only", 2);
    two.expect(r#"42/org/2,["only",2]"#).await;
    assert_eq!(app.handle.of("/org/3").count(), 0);
}

#[tokio::test]
async fn a_target_that_is_kept_reaches_those_who_come_later() {
    let app = start().await;
    let target = app.handle.of("/org/9");
    let mut client = app.client_of("/org/9").await;
    target.emit("late", ());
    client.expect(r#"42/org/9,["late"]"#).await;
}

#[tokio::test]
async fn the_root_is_always_there() {
    let app = start().await;
    let mut client = app.client().await;
    client.send(r#"421["anything"]"#).await;
    client.expect(r#"431[{"error":{"code":"not_found","message":"no handler for `anything`"}}]"#).await;
}

#[derive(Default)]
struct Tail;

#[namespace(manual)]
impl Tail {
    fn on_which(&self, path: &Path<String>) -> String {
        path.to_string()
    }
}

/// Says at which path or pattern it is mounted.
macro_rules! mounted {
    ($($name:ident = $path:literal),*) => { $(
        #[derive(Default)]
        struct $name;

        #[namespace($path, manual)]
        impl $name {
            fn on_which(&self) -> &'static str {
                $path
            }
        }
    )* };
}

mounted! {
    Fixed = "/a/b", LastCapture = "/a/{x}", LastTail = "/a/{*x}", FirstCapture = "/{x}/b", Captures = "/{x}/{y}", FirstTail = "/{x}/{*y}", All = "/{*x}"
}

/// The rows of the table in docs/namespaces.md: a path, and the namespaces that match it in the order of preference.
const PRECEDENCE: [(&str, &[&str]); 5] = [
    ("/a/b", &["/a/b", "/a/{x}", "/a/{*x}", "/{x}/b", "/{x}/{y}", "/{x}/{*y}", "/{*x}"]),
    ("/a/c", &["/a/{x}", "/a/{*x}", "/{x}/{y}", "/{x}/{*y}", "/{*x}"]),
    ("/a/b/c", &["/a/{*x}", "/{x}/{*y}", "/{*x}"]),
    ("/c/d", &["/{x}/{y}", "/{x}/{*y}", "/{*x}"]),
    ("/c", &["/{*x}"]),
];

fn mount(server: Server, path: &str) -> Server {
    match path {
        "/a/b" => server.mount::<Fixed>(),
        "/a/{x}" => server.mount::<LastCapture>(),
        "/a/{*x}" => server.mount::<LastTail>(),
        "/{x}/b" => server.mount::<FirstCapture>(),
        "/{x}/{y}" => server.mount::<Captures>(),
        "/{x}/{*y}" => server.mount::<FirstTail>(),
        _ => server.mount::<All>(),
    }
}

#[tokio::test]
async fn the_precedence_of_paths_is_that_of_the_table() {
    let all = PRECEDENCE[0].1;
    for (path, order) in PRECEDENCE {
        // Without those that are preferred, the next one serves the path.
        for (at, expected) in order.iter().enumerate() {
            let kept = all.iter().filter(|candidate| !order[..at].contains(candidate));
            // Mounted from the last to the first, and from the first to the last: the order of mounting does not count.
            let server = kept.clone().rev().fold(Server::empty(), |server, path| mount(server, path));
            let other = kept.fold(Server::empty(), |server, path| mount(server, path));
            for server in [server, other] {
                let app = App::start(server).await;
                assert_eq!(which(&app, path).await, format!(r#"43{path},1["{expected}"]"#));
            }
        }
    }
}

#[tokio::test]
async fn the_table_of_precedence_is_in_the_documents() {
    let text = include_str!("../../docs/namespaces.md");
    for (path, order) in PRECEDENCE {
        let order: Vec<_> = order.iter().map(|path| format!("`{path}`")).collect();
        let row = format!("| `{path}` | {} |", order.join(", "));
        assert!(text.contains(&row), "docs/namespaces.md lacks: {row}");
    }
}

#[tokio::test]
async fn a_tail_opens_the_namespaces_it_matches_and_captures_the_rest() {
    let app = App::start(Server::empty().mount_at::<Tail>("/{*path}")).await;
    for path in ["/a", "/a/b", "/a//b/", "/ü/%2F"] {
        assert_eq!(which(&app, path).await, format!(r#"43{path},1["{}"]"#, &path[1..]));
    }
    // `/` is always there, and no tail of it is.
    let mut client = app.client().await;
    client.send(r#"421["which"]"#).await;
    assert!(text(&mut client).await.contains("not_found"));
    let app = App::start(Server::empty().mount_at::<Tail>("/files/{*path}")).await;
    for path in ["/files", "/files/", "/file/a"] {
        assert_eq!(app.answer(&format!("40{path},")).await, format!(r#"44{path},{{"message":"Invalid namespace"}}"#));
    }
    // Each concrete path is a namespace of its own.
    let mut one = app.client_of("/files/a/b").await;
    let mut two = app.client_of("/files/a/c").await;
    app.handle.of("/files/a/b").emit("changed", 1);
    one.expect(r#"42/files/a/b,["changed",1]"#).await;
    two.ws.silent().await;
}

#[tokio::test]
async fn where_no_capture_parses_the_tail_is_tried() {
    let app = App::start(Server::empty().mount::<Org>().mount_at::<Tail>("/{*path}")).await;
    assert_eq!(which(&app, "/org/7").await, "43/org/7,1[7]");
    assert_eq!(which(&app, "/org/x").await, r#"43/org/x,1["org/x"]"#);
}

#[tokio::test]
async fn mistakes_in_tails_are_start_up_errors() {
    let message = App::refused(Server::empty().mount_at::<Tail>("/x/{*a}").mount_at::<Tail>("/x/{*b}")).await;
    assert!(message.contains("two namespaces for one path") && message.contains("/x/{*b}"), "{message}");
    let message = App::refused(Server::empty().mount_at::<Tail>("/{*a}").open(["/{*b}"])).await;
    assert!(message.contains("two namespaces for one path"), "{message}");
    let message = App::refused(Server::empty().open(["/{*a}/{b}"])).await;
    assert!(message.contains("must be the last segment"), "{message}");
}
