//! `socketio::Emitter` beside clusters of our servers, Node's and Python's.

use serde_json::json;
use socketio::Emitter;
use socketio::adapter::{Nats, Postgres, PythonRedis, Redis, RedisStreams, SubscriptionMode};

use super::clients::{self, Client};
use super::matrix::in_a_room;
use super::servers::Kind;
use super::ways::{Way, each_way, unique};

const KINDS: &[Kind] = &[
    Kind::Classic,
    Kind::Sharded,
    Kind::ShardedStatic,
    Kind::Streams,
    Kind::Streams4,
    Kind::Postgres,
    Kind::Nats,
    Kind::Python,
];

async fn connect(way: &Way) -> Emitter {
    let (url, key) = (way.broker.url(), &*way.key);
    let sharded = |mode| Redis::new(&url).sharded().channel_prefix(key).subscription_mode(mode);
    let streams = |count| RedisStreams::new(&url).stream_name(key).channel_prefix(key).stream_count(count);
    let connected = match way.kind {
        Kind::Classic | Kind::Memory => Emitter::connect(Redis::new(&url).key(key)).await,
        Kind::Sharded => Emitter::connect(sharded(SubscriptionMode::Dynamic)).await,
        Kind::ShardedStatic => Emitter::connect(sharded(SubscriptionMode::Static)).await,
        Kind::Streams => Emitter::connect(streams(1)).await,
        Kind::Streams4 => Emitter::connect(streams(4)).await,
        Kind::Postgres => Emitter::connect(Postgres::new(&url).channel_prefix(key)).await,
        Kind::Nats => Emitter::connect(Nats::new(&url).subject_prefix(key)).await,
        Kind::Python => Emitter::connect(PythonRedis::new(&url).channel(key)).await,
    };
    connected.expect("the broker")
}

/// Waits until the client is in the room, or is not.
async fn is_in(client: &Client, room: &str, wanted: bool) {
    loop {
        let answer = client.ask("whoami", json!([])).await;
        let rooms = answer["rooms"].as_array().expect("rooms");
        if rooms.iter().any(|name| name == room) == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

/// A program that is no server emits, and makes clients join, leave and disconnect. No server takes it for one of them.
#[test]
fn a_program_without_clients_reaches_those_of_all_servers() {
    each_way("a_program_without_clients_reaches_those_of_all_servers", KINDS, async |plan| {
        let way = plan.shared();
        let (a, b, room) = in_a_room(&way).await;
        let emitter = connect(&way).await;
        let target = emitter.of("/").to(&*room);
        let event = unique("event");
        for n in 0..20 {
            target.emit(&event, (n, "text", serde_json::Value::Null)).expect("a queue");
        }
        target.emit(&event, (20, bytes::Bytes::from_static(b"\x00\xff"))).expect("a queue");
        let sent: Vec<_> =
            (0..20).map(|n| json!([n, "text", null])).chain([json!([20, clients::bytes(b"\x00\xff")])]).collect();
        for client in [&a, &b] {
            let mut heard = client.hears(&event, sent.len()).await;
            // Node's Postgres adapter reads large and binary messages from a table meanwhile.
            heard.sort_by_key(|arguments| arguments[0].as_u64());
            assert_eq!(json!(heard), json!(sent));
        }
        let others = unique("others");
        emitter.of("").to(&*room).except(a.id().as_str()).emit(&others, ()).expect("a queue");
        b.hears(&others, 1).await;
        for client in [&a, &b] {
            let (own, joined) = (client.id(), unique("room"));
            emitter.of("/").to(&*own).join(&*joined).expect("a queue");
            is_in(client, &joined, true).await;
            emitter.of("/").to(&*own).leave(&*joined).expect("a queue");
            is_in(client, &joined, false).await;
        }
        if way.kind != Kind::Python {
            let found = a.ask("fetch", json!([room])).await;
            assert_eq!(found.as_array().map(Vec::len), Some(2), "{found}");
        }
        emitter.of("/").to(&*b.id()).disconnect().expect("a queue");
        assert_eq!(b.disconnected(1).await, "io server disconnect");
        assert!(a.heard(&others).is_empty(), "{others} was not for everybody");
        emitter.close().await;
        assert!(target.emit("late", ()).is_err(), "the emitter is closed");
    });
}
