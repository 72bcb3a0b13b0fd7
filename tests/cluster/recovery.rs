//! Clients that come back to another node than the one that they have lost, or to one that has been killed.

use std::time::Duration;

use socketio::Recovery;

use crate::app::{self, App, Heard};
use crate::back::{Guest, server};
use crate::keeping::{Broker, Keeping};

async fn node(adapter: Keeping) -> (App, Heard) {
    node_with(adapter, Recovery::default()).await
}

async fn node_with(adapter: Keeping, recovery: Recovery) -> (App, Heard) {
    let (log, heard) = app::log();
    (App::start(server(log, recovery).adapter(adapter)).await, heard)
}

#[tokio::test]
async fn events_come_back_from_the_log_in_one_order() {
    let broker = Broker::default();
    let ((left, _l), (right, _r)) = (node(broker.adapter()).await, node(broker.adapter()).await);
    let (mut l, mut r) = (Guest::new(&left).await, Guest::new(&right).await);
    for n in 0..50 {
        left.handle.of("/").emit("left", n);
        right.handle.of("/").emit("right", n);
        left.handle.of("/").to(r.id).emit("to r", n);
    }
    let mut heard = [Vec::new(), Vec::new()];
    for _ in 0..100 {
        heard[0].push(l.next().await);
    }
    for _ in 0..150 {
        heard[1].push(r.next().await);
    }
    heard[1].retain(|event| !event.contains("to r"));
    assert_eq!(heard[0], heard[1], "one order for all");
    let left = heard[0].iter().filter(|event| event.contains("left"));
    assert!(left.eq((0..50).map(|n| format!(r#"42["left",{n}]"#)).collect::<Vec<_>>().iter()));
}

#[tokio::test]
async fn a_session_is_recovered_at_the_other_node() {
    let broker = Broker::default();
    let ((left, mut l), (right, mut r)) = (node(broker.adapter()).await, node(broker.adapter()).await);
    let mut guest = Guest::new(&left).await;
    guest.send(r#"42["join","red"]"#).await;
    guest.send(r#"42["name","ada"]"#).await;
    guest.whoami().await;
    left.handle.of("/").emit("one", ());
    guest.expect(&[r#"42["one"]"#]).await;
    let lost = guest.cut();
    l.expect(&["new", "transport close"]).await;
    left.handle.of("/").to("red").emit("two", ());
    right.handle.of("/").volatile().emit("not kept", "text");
    right.handle.of("/").to("blue").emit("not for it", ());
    right.handle.of("/").to(lost.id).emit("three", 3);
    let mut guest = lost.back(&right).await;
    assert_eq!(guest.missed(), [r#"42["two"]"#, r#"42["three",3]"#]);
    assert_eq!((guest.id, &guest.pid), (lost.id, &lost.pid));
    r.expect(&["back"]).await;
    let whoami = guest.whoami().await;
    // Grants and values of the connection do not leave their process.
    assert_eq!(whoami, serde_json::json!([true, ["red"], [], null, "ada"]));
    left.handle.of("/").to("red").emit("four", ());
    guest.expect(&[r#"42["four"]"#]).await;
    // Once: whoever names the secret again takes the session over from here.
    let again = Guest::with(&left, "/", &guest.auth()).await;
    assert_eq!((again.id, again.missed()), (lost.id, Vec::<String>::new()));
    r.expect(&["server namespace disconnect"]).await;
}

#[tokio::test]
async fn a_session_outlives_its_node() {
    let broker = Broker::default();
    let ((left, _l), (right, _r)) = (node(broker.adapter()).await, node(broker.adapter()).await);
    let guest = Guest::new(&left).await;
    // Nothing is told to the broker when a process is killed: the connection is still open here.
    let sessions = broker.sessions();
    assert_eq!((sessions.len(), sessions[0].id), (1, guest.id));
    left.handle.of("/").emit("lost on the way", ());
    let again = Guest::with(&right, "/", &guest.auth()).await;
    assert_eq!((again.id, again.missed()), (guest.id, vec![r#"42["lost on the way"]"#.to_owned()]));
    // The first node is told that its socket is over.
    app::eventually(|| left.handle.of("/").count() == 0).await;
    assert_eq!(right.handle.of("/").count(), 1);
}

#[tokio::test]
async fn whoever_is_disconnected_is_forgotten() {
    let broker = Broker::default();
    let (app, mut heard) = node(broker.adapter()).await;
    let mut guest = Guest::new(&app).await;
    guest.send("41").await;
    heard.expect(&["new", "client namespace disconnect"]).await;
    app::eventually(|| broker.counts().0 == 0).await;
    assert_eq!(broker.counts().2, 1);
    let again = Guest::with(&app, "/", &guest.auth()).await;
    assert_ne!(again.id, guest.id);
}

/// Live events that arrive while the missed ones are looked up, and missed ones that arrive live later.
#[tokio::test]
async fn what_arrives_during_the_recovery_is_neither_lost_nor_doubled() {
    let broker = Broker::default();
    let (left, mut l) = node(broker.adapter()).await;
    let (adapter, reads, looks_up) = broker.slow(0, 0);
    let (right, _r) = node(adapter).await;
    let lost = Guest::new(&left).await.cut();
    l.expect(&["new", "transport close"]).await;
    let emit = |n: usize| left.handle.of("/").emit("n", n);
    (0..3).for_each(emit);
    // The other node reads none of these before the client comes back.
    let coming = tokio::spawn({
        let (addr, auth) = (right.addr, lost.auth.clone());
        async move { Guest::at(addr, "/", &auth).await }
    });
    app::eventually(|| broker.counts().0 == 0).await;
    // In the log and read while the missed ones are looked up.
    reads.add_permits(2);
    (3..5).for_each(emit);
    reads.add_permits(2);
    looks_up.add_permits(1);
    let mut guest = coming.await.unwrap();
    assert_eq!(guest.id, lost.id);
    // The rest of what was missed is read only now, and what comes later.
    (5..8).for_each(emit);
    reads.add_permits(100);
    left.handle.of("/").emit("end", ());
    let mut all = guest.missed();
    loop {
        let event = guest.next().await;
        if event == r#"42["end"]"# {
            break;
        }
        all.push(event);
    }
    assert!(all.iter().eq(&(0..8).map(|n| format!(r#"42["n",{n}]"#)).collect::<Vec<_>>()), "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn a_session_is_persisted_again_when_it_changes_and_in_time() {
    let broker = Broker::default();
    let recovery = Recovery::default().max_disconnection(Duration::from_secs(20));
    let (app, _heard) = node_with(broker.adapter(), recovery).await;
    let mut guest = Guest::new(&app).await;
    let begun = broker.counts().1;
    for room in 0..10 {
        guest.send(&format!(r#"42["join","room {room}"]"#)).await;
    }
    guest.whoami().await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(broker.counts().1, begun + 1, "ten changes at once");
    assert_eq!(broker.sessions()[0].rooms.len(), 11);
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(broker.counts().1, begun + 2, "before half of the time to live is over");
    drop(guest);
}
