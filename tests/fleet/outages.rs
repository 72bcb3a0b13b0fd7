//! The broker goes away and comes back, with its files, without them, or as another node of a cluster.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::brokers::{Broke, Broker};
use super::clients::Client;
use super::matrix::{heard_in, in_a_room};
use super::proxy::Proxy;
use super::servers::{Kind, Make};
use super::ways::{Plan, Way, judge, ours, pairs, shared_broker, unique};

/// A pair with a broker that nobody else uses.
async fn alone(plan: Plan, broke: Broke) -> (Arc<Broker>, Way) {
    let start = move || {
        let broker = Arc::new(Broker::start(broke));
        let way = plan.on(&broker, None);
        (broker, way)
    };
    tokio::task::spawn_blocking(start).await.expect("a broker")
}

async fn blocking(broker: &Arc<Broker>, act: impl FnOnce(&Broker) + Send + 'static) {
    let broker = broker.clone();
    tokio::task::spawn_blocking(move || act(&broker)).await.expect("the broker");
}

/// The numbers that a client has heard.
fn numbers(client: &Client, event: &str) -> Vec<u64> {
    client.heard(event).iter().filter_map(|args| args[0].as_u64()).collect()
}

/// Emits the next numbers, one every 50 ms; gives the first one that is not used.
async fn emit(from: &Client, room: &str, event: &str, numbers: std::ops::Range<u64>) -> u64 {
    let end = numbers.end;
    for n in numbers {
        // Not waited for: with some adapters the acknowledgement waits for the broker.
        from.emit("room", json!([room, event, n])).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    end
}

/// Both directions, rooms and requests work without help.
async fn whole(plan: Plan, a: &Client, b: &Client, room: &str) {
    heard_in(room, a, b).await;
    heard_in(room, b, a).await;
    requests_are_whole(plan, &[a, b], room).await;
}

/// What each of these counts is both.
async fn requests_are_whole(plan: Plan, clients: &[&Client], room: &str) {
    if plan.kind == Kind::Python {
        return;
    }
    for client in clients {
        let complete = async {
            loop {
                let counted = client.ask("count", json!([room])).await;
                if counted == 2 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tests::within("a request that is answered by both servers", complete).await;
    }
}

/// SIGKILL for 3 s while 20 events a second flow in both directions.
#[test]
fn a_broker_that_is_away_for_three_seconds() {
    judge("a_broker_that_is_away_for_three_seconds", &pairs(&Kind::ALL), async |plan| {
        let (broker, way) = alone(plan, plan.kind.broke()).await;
        let (a, b, room) = in_a_room(&way).await;
        let (from_a, from_b, joined) = (unique("a"), unique("b"), unique("joined"));
        let both = async |range: std::ops::Range<u64>| {
            tokio::join!(emit(&a, &room, &from_a, range.clone()), emit(&b, &room, &from_b, range));
        };
        both(0..20).await;
        blocking(&broker, Broker::kill).await;
        both(20..50).await;
        b.emit("join", json!([joined])).await;
        both(50..80).await;
        if plan.from == Make::Rust {
            // Own clients have been served meanwhile.
            a.hears(&from_a, 80).await;
        }
        blocking(&broker, Broker::restart).await;
        both(80..140).await;
        whole(plan, &a, &b, &room).await;
        heard_in(&joined, &a, &b).await;
        both(140..160).await;
        let last = |event: &str| {
            let event = event.to_owned();
            move |entries: &[super::clients::Entry]| {
                entries.iter().any(|entry| entry.argument(&event) == Some(&json!(159))).then_some(())
            }
        };
        for (event, own, other) in [(&from_a, &a, &b), (&from_b, &b, &a)] {
            own.until("the last event at the sender", last(event)).await;
            other.until("the last event at the other", last(event)).await;
            let (at_own, at_other) = (numbers(own, event), numbers(other, event));
            assert_eq!(at_own, (0..160).collect::<Vec<_>>(), "own clients of {event}");
            let increasing = at_other.windows(2).all(|two| two[0] < two[1]);
            assert!(increasing, "{event} at the other: doubled or out of order: {at_other:?}");
            if plan.kind.is_streams() {
                assert_eq!(at_other, at_own, "{event} at the other");
            }
        }
    });
}

/// More is sent than the queue holds: own clients have all of it, and what comes after the queue arrives.
#[test]
fn a_broker_that_is_away_for_longer_than_the_queue() {
    judge("a_broker_that_is_away_for_longer_than_the_queue", &ours(&Kind::ALL), async |plan| {
        const COUNT: usize = 12_000;
        let (broker, way) = alone(plan, plan.kind.broke()).await;
        let (a, b, room) = in_a_room(&way).await;
        let event = unique("event");
        blocking(&broker, Broker::kill).await;
        for _ in 0..12 {
            a.does("burst", json!([room, event, COUNT / 12])).await;
        }
        let own = a.hears(&event, COUNT).await;
        assert_eq!(own.len(), COUNT);
        blocking(&broker, Broker::restart).await;
        whole(plan, &a, &b, &room).await;
        let others = numbers(&b, &event);
        assert!(others.len() <= COUNT, "{} instead of at most {COUNT}", others.len());
    });
}

/// The broker has lost its files.
#[test]
fn a_broker_that_comes_back_empty() {
    judge(
        "a_broker_that_comes_back_empty",
        &pairs(&[Kind::Classic, Kind::Sharded, Kind::Streams, Kind::Python]),
        async |plan| {
            let (broker, way) = alone(plan, plan.kind.broke()).await;
            let (a, b, room) = in_a_room(&way).await;
            blocking(&broker, Broker::kill).await;
            blocking(&broker, Broker::restart_empty).await;
            whole(plan, &a, &b, &room).await;
        },
    );
}

/// A master of a cluster is killed; its replica takes over.
#[test]
fn a_cluster_whose_master_fails() {
    // Six nodes each, which take each other for dead if they get too little time.
    let one_at_a_time = tokio::sync::Mutex::new(());
    judge("a_cluster_whose_master_fails", &pairs(&[Kind::Classic, Kind::Sharded, Kind::Streams]), async |plan| {
        let _turn = one_at_a_time.lock().await;
        let (broker, way) = alone(plan, Broke::RedisCluster).await;
        let (a, b, room) = in_a_room(&way).await;
        whole(plan, &a, &b, &room).await;
        let event = unique("event");
        a.does("room", json!([room, event, 1])).await;
        assert_eq!(json!(b.hears(&event, 1).await), json!([[1]]));
        blocking(&broker, |broker| broker.fail_over(0)).await;
        // A request of Node asks all masters how many servers there are, the dead one too, and waits for it.
        let ends = if plan.to == Make::Node { [&a, &a] } else { [&a, &b] };
        heard_in(&room, &b, &a).await;
        heard_in(&room, &a, &b).await;
        requests_are_whole(plan, &ends, &room).await;
        let other = unique("other");
        b.does("join", json!([other])).await;
        heard_in(&other, &a, &b).await;
    });
}

/// A connection between a server and its broker that is silent and open: own clients are served, and it is given up.
#[test]
fn a_broker_that_is_silent() {
    judge("a_broker_that_is_silent", &ours(&Kind::ALL), async |plan| {
        let (broker, way) = alone(plan, plan.kind.broke()).await;
        let (a, b, room) = in_a_room(&way).await;
        let event = unique("event");
        broker.freeze();
        for n in 0..50 {
            a.does("room", json!([room, event, n])).await;
        }
        assert_eq!(numbers(&a, &event).len(), a.hears(&event, 50).await.len());
        broker.thaw();
        whole(plan, &a, &b, &room).await;
        let others: Vec<Value> = b.heard(&event).into_iter().map(|mut args| args.remove(0)).collect();
        let mut once = others.clone();
        once.dedup();
        assert_eq!(others, once);
    });
}

/// The connection between a server and its broker ends in the middle of what the broker sends, again and again.
#[test]
fn a_connection_to_the_broker_that_is_cut() {
    judge("a_connection_to_the_broker_that_is_cut", &pairs(&Kind::ALL), async |plan| {
        let broker = shared_broker(plan.kind.broke());
        let proxy = Proxy::to(broker.port()).await;
        let port = proxy.port();
        let way = tokio::task::spawn_blocking(move || plan.behind(&broker, port)).await.expect("two servers");
        let (a, b, room) = in_a_room(&way).await;
        let event = unique("event");
        for bytes in [1, 30, 200] {
            proxy.cut_after(bytes);
            // The broker sends these to the first server, in frames that are cut.
            for n in 0..5 {
                b.emit("room", json!([room, event, n, "text".repeat(50)])).await;
            }
            whole(plan, &a, &b, &room).await;
        }
        // In any order, because a peer on PostgreSQL keeps none.
        let mut own = numbers(&b, &event);
        own.sort_unstable();
        assert_eq!(own, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    });
}

/// A network that loses everything between a server and its broker for a while, without an end of the connection.
#[test]
fn a_connection_to_the_broker_that_is_frozen() {
    judge("a_connection_to_the_broker_that_is_frozen", &pairs(&Kind::ALL), async |plan| {
        let broker = shared_broker(plan.kind.broke());
        let proxy = Proxy::to(broker.port()).await;
        let port = proxy.port();
        let way = tokio::task::spawn_blocking(move || plan.behind(&broker, port)).await.expect("two servers");
        let (a, b, room) = in_a_room(&way).await;
        let event = unique("event");
        proxy.freeze();
        for n in 0..20 {
            a.does("room", json!([room, event, n])).await;
        }
        assert_eq!(a.hears(&event, 20).await.len(), 20);
        proxy.thaw();
        whole(plan, &a, &b, &room).await;
        let others = numbers(&b, &event);
        assert!(others.windows(2).all(|two| two[0] < two[1]), "doubled or out of order: {others:?}");
    });
}
