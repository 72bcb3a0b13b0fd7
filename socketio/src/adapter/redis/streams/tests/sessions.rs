//! Sessions in Redis: written, restored once, and what they have missed.

use super::super::super::testing::{RedisServer, until};
use super::*;
use crate::adapter::{Room, Saved};

const SECRET: &str = "sssssssssssssssssss1.1-0";

fn session(path: &str, rooms: &[&str]) -> Saved {
    let mut saved = Saved::new(path.into(), Id::random().unwrap(), SECRET.into());
    saved.rooms.extend(rooms.iter().map(|room| Room::from(*room)));
    saved.data = r#"{"name":"é"}"#.into();
    saved.time_to_live = Duration::from_secs(60);
    saved
}

fn room(name: &str) -> Selection {
    Selection { rooms: vec![Room::from(name)], ..Selection::default() }
}

async fn persisted(redis: &RedisServer, peer: &Peer, saved: &Saved) {
    peer.adapter.persist(saved.clone());
    let key = format!("sio:session:{}", saved.secret);
    until("the session", || redis.command(&["exists", &key]).starts_with('1').then_some(())).await;
}

#[tokio::test]
async fn a_session_is_restored_once_with_what_it_has_missed() {
    let Some(redis) = RedisServer::start("streams", &[]) else { return };
    let adapter = || RedisStreams::new(redis.url());
    let (a, b) = (Peer::start(adapter(), true).await, Peer::start(adapter(), true).await);
    let path: Arc<str> = "/".into();
    let saved = session("/", &["r", "s"]);
    a.number("a", 0);
    a.events(1).await;
    let offset = a.node.events()[0].1.clone().unwrap();
    persisted(&redis, &a, &saved).await;

    a.emit(event("/other", "namespace", 1));
    a.emit_to(room("r"), event("/", "room", 1));
    a.emit_to(room("t"), event("/", "not", 1));
    a.emit_to(Selection { except: vec![Room::from("s")], ..Selection::default() }, event("/", "not", 2));
    a.emit_to(Selection { skip: Some(saved.id), ..Selection::default() }, event("/", "not", 3));
    a.emit_to(Selection { volatile: true, ..Selection::default() }, event("/", "not", 4));
    a.emit_to(Selection { rooms: vec![Room::from(saved.id)], ..Selection::default() }, event("/", "own", 1));
    b.number("b", 1);
    b.events(9).await;

    let wrong =
        [(&*path, "nobody", &*offset), ("/other", SECRET, "7-7"), (&*path, "a/b", &*offset), (&*path, "", &*offset)];
    for (path, secret, offset) in &wrong[..1] {
        assert!(b.adapter.restore(&(*path).into(), secret, offset).await.is_none());
    }
    for offset in ["", "$", "-", "0", "1-1-1", "x"] {
        assert!(b.adapter.restore(&path, SECRET, offset).await.is_none(), "{offset}");
    }
    let restored = b.adapter.restore(&path, SECRET, &offset).await.unwrap();
    assert_eq!((restored.id, &restored.rooms, &restored.data), (saved.id, &saved.rooms, &saved.data));
    assert!(a.adapter.restore(&path, SECRET, &offset).await.is_none(), "a session is restored once");
    let missed = b.adapter.missed(&path, &offset, &restored.rooms).await.unwrap();
    let names: Vec<_> = missed.iter().filter_map(|missed| missed.packet.event_name()).collect();
    assert_eq!(names, ["room", "own", "b"]);
    assert!(
        missed.iter().all(|missed| b.node.events().iter().any(|(_, offset)| offset.as_ref() == Some(&missed.offset)))
    );

    // Another namespace, and an offset that is not there: the session is spent.
    for (other, offset) in [("/other", &*offset), ("/", "7-7")] {
        persisted(&redis, &a, &saved).await;
        assert!(b.adapter.restore(&other.into(), SECRET, offset).await.is_none());
        assert!(b.adapter.restore(&path, SECRET, offset).await.is_none());
    }
    // A session that has ended.
    persisted(&redis, &a, &saved).await;
    a.adapter.forget(&path, SECRET);
    until("the end of the session", || {
        redis.command(&["exists", &format!("sio:session:{SECRET}")]).starts_with('0').then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_last_state_of_a_session_is_restored() {
    let Some(redis) = RedisServer::start("streams", &[]) else { return };
    let peer = Peer::start(RedisStreams::new(redis.url()), true).await;
    let path: Arc<str> = "/".into();
    let position = peer.adapter.position(&path).unwrap();
    for number in 0..200 {
        let mut saved = session("/", &[]);
        saved.data = format!("{{\"n\":{number}}}").into();
        peer.adapter.persist(saved.clone());
        // While the first is written, or before.
        for _ in 0..number % 7 {
            tokio::task::yield_now().await;
        }
        saved.data = format!("{{\"n\":{number},\"last\":true}}").into();
        peer.adapter.persist(saved.clone());
        let restored = peer.adapter.restore(&path, SECRET, &position).await.unwrap();
        assert_eq!(restored.data, saved.data);
    }
}

#[tokio::test]
async fn a_trimmed_stream_and_too_much_to_replay_are_no_recovery() {
    let Some(redis) = RedisServer::start("streams", &[]) else { return };
    let adapter = RedisStreams::new(redis.url()).max_replay_bytes(100);
    let peer = Peer::start(adapter, true).await;
    let path: Arc<str> = "/".into();
    for number in 0..20 {
        peer.number("a", number);
    }
    peer.events(20).await;
    let offset = |at: usize| peer.node.events()[at].1.clone().unwrap();
    assert_eq!(peer.adapter.missed(&path, &offset(17), &[]).await.unwrap().len(), 2);
    assert!(peer.adapter.missed(&path, &offset(0), &[]).await.is_none());
    assert!(peer.adapter.missed(&path, &offset(19), &[]).await.unwrap().is_empty());
    redis.command(&["xtrim", "socket.io", "maxlen", "2"]);
    let saved = session("/", &[]);
    persisted(&redis, &peer, &saved).await;
    assert!(peer.adapter.missed(&path, &offset(17), &[]).await.is_none());
    assert!(peer.adapter.restore(&path, SECRET, &offset(17)).await.is_none());
}

#[tokio::test]
async fn a_new_client_has_a_position_also_in_an_empty_stream() {
    let Some(redis) = RedisServer::start("streams", &[]) else { return };
    let peer = Peer::start(RedisStreams::new(redis.url()).stream_count(3), true).await;
    for path in ["/", "/chat", "/notifications"] {
        let path: Arc<str> = path.into();
        let position = peer.adapter.position(&path).unwrap();
        persisted(&redis, &peer, &session(&path, &[])).await;
        assert!(peer.adapter.restore(&path, SECRET, &position).await.is_some());
        peer.emit(event(&path, "a", 1));
        let missed =
            until("the event", || (peer.adapter.position(&path) != Some(position.clone())).then_some(())).await;
        assert_eq!(missed, ());
        assert_eq!(peer.adapter.missed(&path, &position, &[]).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn events_without_an_offset_are_not_replayed_to_those_who_have_them() {
    let Some(redis) = RedisServer::start("streams", &[]) else { return };
    let peer = Peer::start(RedisStreams::new(redis.url()), true).await;
    let path: Arc<str> = "/".into();
    peer.number("a", 0);
    peer.events(1).await;
    let before = peer.node.events()[0].1.clone().unwrap();
    persisted(&redis, &peer, &session("/", &[])).await;
    redis.signal("STOP");
    peer.number("a", 1);
    peer.events(2).await;
    redis.signal("CONT");
    // The client has `a(1)`, but knows only the offset of `a(0)`.
    until("the event in the stream", || {
        redis.command(&["xlen", "socket.io"]).trim().parse().ok().filter(|n: &u32| *n == 3)
    })
    .await;
    until("the session", || {
        redis.command(&["exists", &format!("sio:session:{SECRET}")]).starts_with('1').then_some(())
    })
    .await;
    assert!(peer.adapter.restore(&path, SECRET, &before).await.is_none());
    // It has had a later event.
    peer.number("a", 2);
    let after = until("an offset", || peer.node.events().last().and_then(|(_, offset)| offset.clone())).await;
    persisted(&redis, &peer, &session("/", &[])).await;
    assert!(peer.adapter.restore(&path, SECRET, &after).await.is_some());
}
