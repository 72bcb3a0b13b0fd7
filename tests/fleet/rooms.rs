//! Rooms: their names, their namespaces, and when joining takes effect.

use serde_json::json;

use super::clients::{Client, Entry};
use super::matrix::same;
use super::servers::Kind;
use super::ways::{each_way, unique};

/// Names that brokers or adapters could take for something else.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "a*b",
        "?",
        "[ab]",
        "a\\b",
        "^x",
        "*",
        ">",
        "a.b",
        "a.*",
        ".",
        "two words",
        "a#b",
        "#",
        "42",
        "-1",
        "null",
        "12345678901234567890",
        "exactly20characters!",
        "äöü 日本語",
        "🦀",
        "'quote\"",
        "{tag}",
        "%00",
        "$SYS",
        "/chat",
        "line\nbreak",
    ]
    .map(str::to_owned)
    .into();
    names.push("r".repeat(300));
    names.push("é".repeat(150));
    names
}

#[test]
fn any_text_is_a_rooms_name() {
    each_way("any_text_is_a_rooms_name", &Kind::ALL, async |plan| {
        let way = plan.shared();
        let (a, b) = way.clients().await;
        let event = unique("event");
        let outside = way.to.client().await;
        for name in names() {
            b.does("join", json!([name])).await;
        }
        for (n, name) in names().iter().enumerate() {
            heard(&a, &b, name, &event, n).await;
        }
        a.does("all", json!([event, "end"])).await;
        let expected: Vec<_> = (0..names().len()).map(|n| json!([n])).chain([json!(["end"])]).collect();
        let mut heard = b.hears(&event, expected.len()).await;
        // Sharded rooms have channels of their own.
        if plan.kind == Kind::Sharded {
            heard.sort_by_key(|args| args[0].as_u64().unwrap_or(u64::MAX));
        }
        assert_eq!(json!(heard), json!(expected));
        assert_eq!(json!(outside.hears(&event, 1).await), json!([["end"]]));
    });
}

/// Emits `n` to the room and waits until it has arrived.
async fn heard(a: &Client, b: &Client, name: &str, event: &str, n: usize) {
    a.does("room", json!([name, event, n])).await;
    let wanted = json!(n);
    let arrived = |entries: &[Entry]| entries.iter().any(|entry| entry.argument(event) == Some(&wanted)).then_some(());
    b.until(&format!("an event in the room {name:?}"), arrived).await;
}

#[test]
fn rooms_of_one_name_differ_between_namespaces() {
    each_way("rooms_of_one_name_differ_between_namespaces", &Kind::ALL, async |plan| {
        let way = plan.shared();
        let (a, b) = way.clients().await;
        let (a_chat, b_chat) = (a.beside("/chat").await, b.beside("/chat").await);
        super::ways::meet(&a_chat, &b_chat).await;
        let (room, event) = (unique("room"), unique("event"));
        for client in [&b, &b_chat] {
            client.does("join", json!([room])).await;
        }
        super::matrix::heard_in(&room, &a, &b).await;
        super::matrix::heard_in(&room, &a_chat, &b_chat).await;
        a.does("room", json!([room, event, "/"])).await;
        a_chat.does("room", json!([room, event, "/chat"])).await;
        a.does("room", json!([room, event, "end"])).await;
        a_chat.does("room", json!([room, event, "end"])).await;
        same(b.hears(&event, 2).await, json!([["/"], ["end"]]));
        same(b_chat.hears(&event, 2).await, json!([["/chat"], ["end"]]));
    });
}

/// A new room each time: the first event that another server emits after the acknowledgement arrives.
#[test]
fn a_room_is_heard_once_its_join_is_acknowledged() {
    each_way("a_room_is_heard_once_its_join_is_acknowledged", &Kind::ALL, async |plan| {
        let way = plan.shared();
        let (a, b) = way.clients().await;
        let event = unique("event");
        for n in 0..50 {
            let room = unique("room");
            b.does("join", json!([room])).await;
            a.does("room", json!([room, event, n])).await;
        }
        a.does("room", json!([b.id(), event, "end"])).await;
        let heard = b.hears(&event, 51).await;
        let mut numbers: Vec<_> = heard.iter().filter_map(|args| args[0].as_u64()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..50).collect::<Vec<_>>());
    });
}

#[test]
fn leaving_and_joining_again_leaves_no_room_deaf() {
    each_way("leaving_and_joining_again_leaves_no_room_deaf", &Kind::ALL, async |plan| {
        let way = plan.shared();
        let (a, b) = way.clients().await;
        let room = unique("room");
        for n in 0..30 {
            let event = unique("event");
            // Three commands at once, which take effect in this order.
            let (joined, left, again) =
                tokio::join!(b.ask("join", json!([room])), b.ask("leave", json!([room])), b.ask("join", json!([room])));
            assert_eq!([joined, left, again], [true, true, true]);
            heard(&a, &b, &room, &event, n).await;
            b.does("leave", json!([room])).await;
        }
    });
}
