//! What arrives: once, in order, unchanged.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::clients::{bytes, emitter, short};
use super::matrix::in_a_room;
use super::servers::Kind;
use super::ways::{each_way, unique};

/// A client that is in two of the rooms, that is the room, or that is the sender, hears an event once.
#[test]
fn events_arrive_once() {
    each_way("events_arrive_once", &Kind::ALL, async |plan| {
        let way = plan.shared();
        let (a, b, room) = in_a_room(&way).await;
        let (second, event) = (unique("second"), unique("event"));
        for client in [&a, &b] {
            client.does("join", json!([second])).await;
            client.does("join", json!([second])).await;
        }
        for target in [&room, &second, &a.id(), &b.id()] {
            a.does("room", json!([target, event, 1])).await;
        }
        a.does("all", json!([event, 2])).await;
        a.does("local", json!([event, 3])).await;
        // Behind everything, from the other side, and from this one.
        b.does("room", json!([room, event, "end of b"])).await;
        a.does("room", json!([room, event, "end of a"])).await;
        let mut heard = [json!(a.hears(&event, 7).await), json!(b.hears(&event, 6).await)];
        let sorted = |heard: &mut Value| heard.as_array_mut().expect("events").sort_by_key(Value::to_string);
        heard.iter_mut().for_each(sorted);
        assert_eq!(heard[0], json!([["end of a"], ["end of b"], [1], [1], [1], [2], [3]]));
        assert_eq!(heard[1], json!([["end of a"], ["end of b"], [1], [1], [1], [2]]));
    });
}

/// Text and binary, to rooms, ids and everyone, in one sequence.
#[test]
fn events_of_one_sender_arrive_in_order() {
    const COUNT: usize = 240;
    each_way("events_of_one_sender_arrive_in_order", &Kind::ALL, async |plan| {
        let way = plan.shared();
        let (a, b, room) = in_a_room(&way).await;
        let event = unique("event");
        let send = |n: usize| {
            let target = if n % 4 == 1 { json!(b.id()) } else { json!(room) };
            let last = match n % 5 {
                0 => bytes(&[n as u8; 700]),
                3 => json!("text".repeat(500)),
                _ => json!(n),
            };
            let args = if n % 7 == 6 { json!([event, n, last]) } else { json!([target, event, n, last]) };
            a.ask(if n % 7 == 6 { "all" } else { "room" }, args)
        };
        join_all((0..COUNT).map(send)).await;
        a.does("burst", json!([room, event, 100])).await;
        let heard = b.hears(&event, COUNT + 100).await;
        let numbers: Vec<_> = heard.iter().filter_map(|args| args[0].as_u64()).collect();
        let expected: Vec<_> = (0..COUNT as u64).chain(0..100).collect();
        assert_eq!(numbers, expected);
        let own: Vec<_> = a.hears(&event, 1).await.iter().filter_map(|args| args[0].as_u64()).collect();
        assert!(own[..own.len() - 100].is_sorted(), "at the sender: {own:?}");
    });
}

fn values() -> Vec<Value> {
    let nested = json!({ "a": [{ "b": { "c": [[], {}, null, true] } }], "": "empty key", "ключ": ["значение"] });
    let mut values = vec![
        json!([]),
        json!([null]),
        json!([true, false, 0, -1, 1.5, -0.25, 1e-7, 9_007_199_254_740_991_i64, -9_007_199_254_740_991_i64]),
        json!([
            255,
            256,
            65_535,
            65_536,
            4_294_967_295_u64,
            4_294_967_296_u64,
            -128,
            -129,
            -32_769,
            -2_147_483_649_i64
        ]),
        json!(["", "text", "quotes \" and \\ and \n\u{0}\u{1f}\u{2028}", "日本語 עברית العربية हिन्दी ไทย 🦀👩‍👩‍👧"]),
        json!([nested]),
        json!([bytes(b""), bytes(&[0]), bytes(&[255; 300]), nested]),
        json!([{ "deep": [[[{ "er": bytes(b"bytes") }], bytes(b"more")], "text"] }, "last"]),
        json!(["x".repeat(100 * 1024)]),
        json!(["é日🦀".repeat(12 * 1024)]),
        json!([bytes(&(0..=255).cycle().take(100 * 1024).collect::<Vec<u8>>())]),
        json!([{ "text": "é".repeat(5000), "bytes": bytes(&[9; 5000]) }]),
    ];
    // Lengths at which msgpack changes its form.
    values
        .extend([31, 32, 255, 256, 65_535, 65_536].map(|length| json!(["y".repeat(length), vec![7; length.min(300)]])));
    values
}

#[test]
fn values_arrive_unchanged() {
    each_way("values_arrive_unchanged", &Kind::ALL, async |plan| {
        let way = plan.shared();
        let (a, b, room) = in_a_room(&way).await;
        // Null is python-socketio's word for no argument.
        for value in values().into_iter().filter(|value| *value != json!([null]) || plan.kind != Kind::Python) {
            let event = unique("value");
            let mut command = vec![json!(room), json!(event)];
            command.extend(value.as_array().expect("arguments").iter().cloned());
            a.does("room", json!(command)).await;
            for client in [&a, &b] {
                let heard = json!(client.hears(&event, 1).await[0]);
                assert!(heard == value, "{} instead of {}", short(&heard), short(&value));
            }
        }
    });
}

/// A number of 2^64, which is a whole number to JavaScript, beside bytes.
#[test]
fn numbers_beyond_64_bits_arrive_unchanged() {
    each_way("numbers_beyond_64_bits_arrive_unchanged", &Kind::ALL, async |plan| {
        let way = plan.shared();
        let (a, b, room) = in_a_room(&way).await;
        let event = unique("value");
        a.does("room", json!([room, event, 18_446_744_073_709_551_616.0, 1e21, bytes(b"bytes")])).await;
        let heard = &b.hears(&event, 1).await[0];
        assert_eq!([heard[0].as_f64(), heard[1].as_f64()], [Some(18_446_744_073_709_551_616.0), Some(1e21)]);
    });
}

/// Every size about the 8,000 bytes that a notification of PostgreSQL may have, as text and as bytes.
#[test]
fn every_size_around_the_limit_of_postgres_arrives() {
    each_way("every_size_around_the_limit_of_postgres_arrives", &[Kind::Postgres], async |plan| {
        let way = plan.shared();
        let (a, b, room) = in_a_room(&way).await;
        let event = unique("size");
        let sizes = || 7_750..8_010_usize;
        join_all(sizes().map(|size| a.ask("room", json!([room, event, "z".repeat(size)])))).await;
        let heard = b.hears(&event, sizes().len()).await;
        let mut lengths: Vec<_> = heard.iter().filter_map(|args| args[0].as_str()).map(str::len).collect();
        lengths.sort_unstable();
        assert_eq!(lengths, sizes().collect::<Vec<_>>());
    });
}

/// A process that runs no server sends with `@socket.io/redis-emitter`.
#[test]
fn events_of_the_published_emitter_arrive() {
    each_way("events_of_the_published_emitter_arrive", &[Kind::Classic], async |plan| {
        let way = plan.shared();
        let (a, b, room) = in_a_room(&way).await;
        let event = unique("event");
        let args = json!([event, "text", { "deep": [bytes(b"bytes")] }, null]);
        emitter(&way.broker.url(), &way.key, "/", &room, &event, args.clone()).await;
        for client in [&a, &b] {
            assert_eq!(json!(client.hears(&event, 1).await), json!([args]));
        }
    });
}
