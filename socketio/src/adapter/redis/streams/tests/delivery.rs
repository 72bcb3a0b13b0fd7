//! What reaches the other nodes, in which order.

use bytes::Bytes;

use super::super::super::testing::{RedisServer, cluster, until};
use super::*;
use crate::adapter::{AdapterError, Room};

#[tokio::test]
async fn without_recovery_entries_reach_the_other_nodes_only() {
    let Some(redis) = RedisServer::start("streams", &[]) else { return };
    let adapter = || RedisStreams::new(redis.url());
    let (a, b) = (Peer::start(adapter(), false).await, Peer::start(adapter(), false).await);
    for number in 0..500 {
        a.number("a", number);
    }
    b.number("b", 0);
    a.emit(Packet::event("/", None, "binary", &(Bytes::from_static(b"\0\xff"), "x")).unwrap());
    let sockets = Selection { rooms: vec![Room::from("r")], ..Selection::default() };
    let action = Action::Join { namespace: "/".into(), sockets: sockets.clone(), rooms: vec![Room::from("s")] };
    a.adapter.publish(action).unwrap();
    let packet = event("/", "bye", 1);
    a.adapter.publish(Action::DisconnectWith { to: sockets, packet }).unwrap();
    let actions =
        until("actions", || Some(b.node.actions.lock().unwrap().clone()).filter(|all| all.len() == 504)).await;
    assert_eq!(b.node.data()[..500], numbered("a", 0..500));
    assert!(b.node.events().iter().all(|(_, offset)| offset.is_none()));
    let [
        Action::Broadcast { packet, .. },
        Action::Join { rooms, .. },
        Action::Broadcast { .. },
        Action::Disconnect { close, .. },
    ] = &actions[500..]
    else {
        panic!("{:?}", &actions[500..]);
    };
    assert_eq!(
        (packet.attachments(), &**rooms, close),
        (&[Bytes::from_static(b"\0\xff")][..], &[Room::from("s")][..], &false)
    );
    assert_eq!(a.events(1).await, numbered("b", [0]));
}

#[tokio::test]
async fn with_recovery_all_nodes_have_one_order_and_the_same_offsets() {
    let Some(redis) = RedisServer::start("streams", &[]) else { return };
    let adapter = || RedisStreams::new(redis.url());
    let (a, b) = (Peer::start(adapter(), true).await, Peer::start(adapter(), true).await);
    for number in 0..200 {
        a.number("a", number);
        b.number("b", number);
        tokio::task::yield_now().await;
    }
    let all = a.events(400).await;
    b.events(400).await;
    assert_eq!(a.node.events(), b.node.events());
    assert!(a.node.events().iter().all(|(_, offset)| offset.is_some()));
    for name in ["a", "b"] {
        assert_eq!(of(&all, name), numbered(name, 0..200).iter().collect::<Vec<_>>());
    }
    // Volatile events have no place of their own, but keep their order.
    let volatile = Selection { volatile: true, ..Selection::default() };
    a.emit_to(volatile, event("/", "v", 0));
    a.number("a", 200);
    let all = a.events(402).await;
    assert_eq!(all[400..], [numbered("v", [0]), numbered("a", [200])].concat());
    assert!(a.node.events()[400].1.is_none() && a.node.events()[401].1.is_some());
}

#[tokio::test]
async fn several_streams_reach_all_namespaces_also_those_with_negative_numbers() {
    let Some(redis) = RedisServer::start("streams", &[]) else { return };
    let adapter = || RedisStreams::new(redis.url()).stream_count(4).stream_name("s");
    let (a, b) = (Peer::start(adapter(), true).await, Peer::start(adapter(), false).await);
    let paths = ["/", "/admin", "/chat", "/notifications", "/x", "/y"];
    for number in 0..50 {
        for path in paths {
            a.emit(event(path, path, number));
        }
    }
    for peer in [&a, &b] {
        let all = peer.events(300).await;
        for path in paths {
            assert_eq!(of(&all, path), numbered(path, 0..50).iter().collect::<Vec<_>>());
        }
    }
    assert_eq!(redis.command(&["exists", "s--3"]).trim(), "1");
}

#[tokio::test]
async fn a_cluster_of_servers_is_read_and_written() {
    let Some(servers) = cluster("streams", 3, 0) else { return };
    let adapter = || RedisStreams::cluster([servers[0].url(), servers[1].url()]).stream_count(4);
    let (a, b) = (Peer::start(adapter(), true).await, Peer::start(adapter(), true).await);
    let paths = ["/", "/admin", "/chat", "/notifications"];
    for number in 0..50 {
        for path in paths {
            a.emit(event(path, path, number));
        }
    }
    for peer in [&a, &b] {
        let all = peer.events(200).await;
        for path in paths {
            assert_eq!(of(&all, path), numbered(path, 0..50).iter().collect::<Vec<_>>());
        }
    }
    a.adapter.stop().await;
}

#[tokio::test]
async fn what_others_write_by_hand_is_read_or_ignored() {
    let Some(redis) = RedisServer::start("streams", &[]) else { return };
    let peer = Peer::start(RedisStreams::new(redis.url()), true).await;
    let add = |fields: &[&str]| redis.command(&[&["xadd", "socket.io", "*"], fields].concat());
    for data in ["{", "[]", "{}", "AAAA", "%", r#"{"packet":{"type":2,"data":7},"opts":{}}"#] {
        add(&["uid", "x", "nsp", "/", "type", "3", "data", data]);
    }
    add(&["uid", "x", "nsp", "/", "type", "7000", "data", "{}"]);
    add(&["nothing", "here"]);
    add(&["uid", "x", "nsp", "/", "type", "3"]);
    // @socket.io/redis-streams-emitter.
    let emitted =
        r#"{"packet":{"type":2,"data":["hello",1],"nsp":"/chat"},"opts":{"rooms":["r"],"flags":{},"except":[]}}"#;
    add(&["uid", "emitter", "nsp", "/chat", "type", "3", "data", emitted]);
    add(&[
        "uid",
        "emitter",
        "nsp",
        "/chat",
        "type",
        "4",
        "data",
        r#"{"opts":{"rooms":[],"except":[],"flags":{}},"rooms":["a"]}"#,
    ]);
    add(&[
        "uid",
        "emitter",
        "nsp",
        "/",
        "type",
        "6",
        "data",
        r#"{"opts":{"rooms":["q"],"except":[],"flags":{}},"close":true}"#,
    ]);
    add(&["uid", "emitter", "nsp", "/", "type", "9", "data", r#"{"packet":["reload",1]}"#]);
    let actions =
        until("actions", || Some(peer.node.actions.lock().unwrap().clone()).filter(|all| all.len() >= 4)).await;
    let [
        Action::Broadcast { packet, to, offset: Some(_) },
        Action::Join { namespace, .. },
        Action::Disconnect { close: true, .. },
        Action::ServerEvent { packet: event },
    ] = &actions[..]
    else {
        panic!("{actions:?}");
    };
    assert_eq!((packet.namespace(), packet.data(), &*to.rooms), ("/chat", r#"["hello",1]"#, &[Room::from("r")][..]));
    assert_eq!((&**namespace, event.namespace(), event.data()), ("/chat", "/", r#"["reload",1]"#));
}

#[tokio::test]
async fn a_full_queue_refuses_entries_and_counts_them() {
    let Some(redis) = RedisServer::start("streams", &[]) else { return };
    let peer = Peer::start(RedisStreams::new(redis.url()).queue_messages(3), false).await;
    redis.signal("STOP");
    let results: Vec<_> = (0..10)
        .map(|number| {
            let (to, packet) = (Selection::default(), event("/", "a", number));
            peer.adapter.publish(Action::Broadcast { to, packet, offset: None })
        })
        .collect();
    redis.signal("CONT");
    assert!(results[0].is_ok() && results[9] == Err(AdapterError::Full), "{results:?}");
    assert!(peer.adapter.health().dropped > 0);
}
