//! The broker stops, restarts with its data, and restarts without: nothing is delivered twice or out of order, and nothing is lost that the
//! stream still has.

use super::super::super::testing::{RedisServer, until};
use super::*;

const DURABLE: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "no"];

/// Emits `name(number)` at each node until the task ends.
async fn traffic(peers: [&Peer; 2], numbers: std::ops::Range<usize>, pause: Duration) {
    for number in numbers {
        peers[0].number("a", number);
        peers[1].number("b", number);
        tokio::time::sleep(pause).await;
    }
}

#[tokio::test]
async fn a_restarted_broker_loses_and_doubles_nothing() {
    for recovery in [false, true] {
        let Some(mut redis) = RedisServer::start("streams", &DURABLE) else { return };
        let adapter = || RedisStreams::new(redis.url());
        let (a, b) = (Peer::start(adapter(), recovery).await, Peer::start(adapter(), recovery).await);
        let mut sent = 0;
        for _ in 0..5 {
            // The server is killed among entries that it has taken and not confirmed, and is away for a while.
            traffic([&a, &b], sent..sent + 30, Duration::from_millis(1)).await;
            redis.kill();
            traffic([&a, &b], sent + 30..sent + 60, Duration::from_millis(5)).await;
            redis.restart();
            traffic([&a, &b], sent + 60..sent + 70, Duration::from_millis(5)).await;
            sent += 70;
        }
        let total = if recovery { 2 * sent } else { sent };
        let (at_a, at_b) = (a.events(total).await, b.events(total).await);
        assert_eq!(of(&at_b, "a"), numbered("a", 0..sent).iter().collect::<Vec<_>>());
        assert_eq!(of(&at_a, "b"), numbered("b", 0..sent).iter().collect::<Vec<_>>());
        if recovery {
            assert_eq!(of(&at_a, "a"), numbered("a", 0..sent).iter().collect::<Vec<_>>());
            assert_eq!(of(&at_b, "b"), numbered("b", 0..sent).iter().collect::<Vec<_>>());
        }
        assert!(a.adapter.health().reconnects > 0 && a.adapter.health().dropped == 0);
    }
}

#[tokio::test]
async fn a_frozen_broker_does_not_hold_up_own_clients() {
    let Some(redis) = RedisServer::start("streams", &[]) else { return };
    let adapter = || RedisStreams::new(redis.url());
    let (a, b) = (Peer::start(adapter(), true).await, Peer::start(adapter(), true).await);
    a.number("a", 0);
    a.events(1).await;
    redis.signal("STOP");
    for number in 1..20 {
        a.number("a", number);
    }
    a.events(20).await;
    assert!(a.node.events()[1..].iter().all(|(_, offset)| offset.is_none()));
    assert_eq!(b.node.data().len(), 1);
    redis.signal("CONT");
    assert_eq!(b.events(20).await, numbered("a", 0..20));
    // The entries are met, and are not delivered again; what follows has its place in the stream.
    until("an event with an offset", || {
        a.number("a", a.node.data().len());
        a.node.events().last().filter(|(_, offset)| offset.is_some()).map(drop)
    })
    .await;
    let data = a.node.data();
    assert_eq!(data, numbered("a", 0..data.len()));
}

#[tokio::test]
async fn a_broker_that_restarts_empty_is_used_again() {
    let Some(mut redis) = RedisServer::start("streams", &[]) else { return };
    let adapter = || RedisStreams::new(redis.url());
    let (a, b) = (Peer::start(adapter(), true).await, Peer::start(adapter(), true).await);
    a.number("a", 0);
    b.events(1).await;
    redis.kill();
    for number in 1..10 {
        a.number("a", number);
    }
    redis.restart();
    assert_eq!(b.events(10).await, numbered("a", 0..10));
    assert_eq!(a.events(10).await, numbered("a", 0..10));
    assert!(a.adapter.position(&"/".into()).is_some());
}

#[tokio::test]
async fn a_connection_that_is_cut_is_opened_again() {
    let Some(redis) = RedisServer::start("streams", &[]) else { return };
    let adapter = || RedisStreams::new(redis.url());
    let (a, b) = (Peer::start(adapter(), true).await, Peer::start(adapter(), true).await);
    for round in 0..20 {
        for number in round * 50..(round + 1) * 50 {
            a.number("a", number);
            b.number("b", number);
        }
        // Sometimes before, sometimes after the entries were added.
        tokio::time::sleep(Duration::from_micros(200 * round as u64)).await;
        redis.command(&["client", "kill", "type", "normal"]);
    }
    for peer in [&a, &b] {
        let all = peer.events(2000).await;
        for name in ["a", "b"] {
            assert_eq!(of(&all, name), numbered(name, 0..1000).iter().collect::<Vec<_>>());
        }
    }
}
