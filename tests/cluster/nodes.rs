//! What passes between nodes, in both directions, and that a node whose adapter is broken or slow serves its own clients all the same.

use std::collections::HashSet;

use bytes::Bytes;
use futures_util::StreamExt as _;
use socketio::adapter::AdapterError;
use socketio::prelude::*;
use socketio::{AckError, SocketId};
use tests::session::Client;

use crate::app::{App, eventually, text};
use crate::bus::{Bus, Fault};

#[derive(Default)]
struct Node;

#[namespace("/", manual)]
impl Node {
    fn on_join(&self, socket: &Socket, room: String) {
        socket.join(room);
    }
    fn on_say(&self, socket: &Socket, room: String, text: String) {
        socket.to(room).emit("said", text);
    }
}

async fn node(bus: &Bus, fault: Fault) -> App {
    let server = Server::empty().mount::<Node>().adapter(bus.adapter(fault));
    let server = server.server_event("/", "add", |_: &socketio::Handle, (a, b): (u32, u32)| a + b);
    App::start(server).await
}

/// Two nodes with one client each.
pub(crate) async fn pair() -> ((App, Client, SocketId), (App, Client, SocketId)) {
    let bus = Bus::default();
    let (left, right) = (node(&bus, Fault::None).await, node(&bus, Fault::None).await);
    let (l, r) = (left.client().await, right.client().await);
    let id = |app: &App| app.handle.of("/").sockets()[0].id();
    let ids = (id(&left), id(&right));
    ((left, l, ids.0), (right, r, ids.1))
}

#[tokio::test]
async fn a_broadcast_reaches_every_node_once() {
    let ((left, mut l, _), (right, mut r, _)) = pair().await;
    left.handle.of("/").emit("news", ("é", 1));
    for client in [&mut l, &mut r] {
        client.expect(r#"42["news","é",1]"#).await;
    }
    right.handle.of("/").emit("file", Bytes::from_static(b"data"));
    for client in [&mut l, &mut r] {
        client.expect(r#"451-["file",{"_placeholder":true,"num":0}]"#).await;
        client.expect_binary(b"data").await;
    }
    left.handle.of("/").local().emit("here", ());
    right.handle.of("/").emit("end", ());
    l.expect(r#"42["here"]"#).await;
    for client in [&mut l, &mut r] {
        client.expect(r#"42["end"]"#).await;
    }
}

#[tokio::test]
async fn rooms_and_exceptions_span_the_nodes() {
    let ((left, mut l, l_id), (right, mut r, r_id)) = pair().await;
    // Node left puts both into a room, wherever they are.
    left.handle.of("/").join("red");
    eventually(|| right.handle.of("/").to("red").count() == 1).await;
    right.handle.of("/").to("red").except(l_id).emit("not left", ());
    left.handle.of("/").to("red").emit("both", ());
    l.expect(r#"42["both"]"#).await;
    r.expect(r#"42["not left"]"#).await;
    r.expect(r#"42["both"]"#).await;
    // A sender is left out on every node.
    l.send(r#"42["say","red","hi"]"#).await;
    r.expect(r#"42["said","hi"]"#).await;
    // A single socket of the other node, by its id.
    left.handle.of("/").to(r_id).emit("you", ());
    r.expect(r#"42["you"]"#).await;
    right.handle.of("/").to("red").leave("red");
    eventually(|| left.handle.of("/").to("red").count() == 0).await;
    left.handle.of("/").emit("end", ());
    l.expect(r#"42["end"]"#).await;
    r.expect(r#"42["end"]"#).await;
}

#[tokio::test]
async fn sockets_are_fetched_counted_and_disconnected() {
    let ((left, mut l, l_id), (right, mut r, r_id)) = pair().await;
    right.handle.of("/").local().join("red");
    let fetched = left.handle.of("/").fetch_sockets().await.all().unwrap();
    let ids: HashSet<_> = fetched.iter().map(|socket| socket.id()).collect();
    assert_eq!(ids, HashSet::from([l_id, r_id]));
    let far = fetched.iter().find(|socket| socket.id() == r_id).unwrap();
    assert_eq!(far.rooms().iter().map(|room| room.to_string()).collect::<Vec<_>>(), [r_id.as_str(), "red"]);
    assert_eq!(left.handle.of("/").fetch_count().await.value, 2);
    assert_eq!(left.handle.of("/").to("red").fetch_count().await.value, 1);
    assert_eq!((left.handle.of("/").count(), left.handle.of("/").local().fetch_count().await.value), (1, 1));
    far.target().emit("found", ());
    r.expect(r#"42["found"]"#).await;
    far.target().disconnect();
    r.expect("41").await;
    eventually(|| right.handle.of("/").count() == 0).await;
    assert_eq!(left.handle.of("/").fetch_count().await.value, 1);
    left.handle.of("/").emit("end", ());
    l.expect(r#"42["end"]"#).await;
}

#[derive(Event)]
#[event("closed")]
struct Closed(Bytes);

#[tokio::test]
async fn an_event_and_the_disconnect_behind_it_reach_every_node() {
    let ((left, mut l, l_id), (right, mut r, _)) = pair().await;
    left.handle.of("/").except(l_id).disconnect_with(Closed(Bytes::from_static(b"why")));
    r.expect(r#"451-["closed",{"_placeholder":true,"num":0}]"#).await;
    r.expect_binary(b"why").await;
    r.expect("41").await;
    eventually(|| right.handle.of("/").count() == 0).await;
    left.handle.of("/").emit("end", ());
    l.expect(r#"42["end"]"#).await;
}

#[tokio::test]
async fn try_send_counts_this_node_and_reaches_the_others() {
    let ((left, mut l, _), (right, mut r, _)) = pair().await;
    let event = || Closed(Bytes::new());
    assert_eq!(left.handle.of("/").try_send(event()), Ok(1));
    right.handle.of("/").local().join("right");
    assert_eq!(left.handle.of("/").to("right").try_send(event()), Ok(0));
    assert!(left.handle.of("/").to("right").local().try_send(event()).is_err());
    for (client, count) in [(&mut l, 1), (&mut r, 2)] {
        for _ in 0..count {
            client.expect(r#"451-["closed",{"_placeholder":true,"num":0}]"#).await;
            client.expect_binary(b"").await;
        }
    }
}

#[tokio::test]
async fn acknowledgements_come_from_all_nodes() {
    let ((left, mut l, l_id), (_right, mut r, r_id)) = pair().await;
    // The other node's counter of ids is elsewhere.
    let _unanswered = _right.handle.of("/").local().emit_with_ack::<()>("skip", ());
    text(&mut r).await;
    let mut answers = left.handle.of("/").emit_with_ack::<(u8, Bytes)>("ask", 7);
    let answer = async |client: &mut Client, number: u8| {
        let packet = text(client).await;
        let id = packet.trim_start_matches("42").split('[').next().unwrap().to_owned();
        assert!(packet.ends_with(r#"["ask",7]"#), "{packet}");
        client.send(format!(r#"461-{id}[{number},{{"_placeholder":true,"num":0}}]"#)).await;
        client.send_binary(vec![number]).await;
    };
    answer(&mut r, 2).await;
    let (id, reply) = answers.next().await.unwrap();
    assert_eq!((id, reply.unwrap()), (r_id, (2, Bytes::from_static(&[2]))));
    answer(&mut l, 1).await;
    let (id, reply) = answers.next().await.unwrap();
    assert_eq!((id, reply.unwrap()), (l_id, (1, Bytes::from_static(&[1]))));
    assert!(answers.next().await.is_none());
}

#[tokio::test]
async fn a_client_that_leaves_another_node_is_told_apart_from_silence() {
    let ((left, l, _), (_right, r, r_id)) = pair().await;
    let answers = left.handle.of("/").to(r_id).emit_with_ack::<u8>("ask", 7);
    drop((l, r));
    let all: Vec<_> = answers.collect().await;
    assert_eq!(all, [(r_id, Err(AckError::Disconnected))]);
}

#[tokio::test]
async fn server_events_reach_the_other_programs_only() {
    let ((left, mut l, _), (right, mut r, _)) = pair().await;
    let sums = left.handle.of("/").server_side_emit_with_ack::<u32>("add", (2, 3)).await;
    assert_eq!(sums.all().unwrap(), [5]);
    assert_eq!(right.handle.of("/").server_side_emit_with_ack::<u32>("nobody handles this", ()).await.value, [0; 0]);
    let wrong = right.handle.of("/").server_side_emit_with_ack::<u32>("add", "text").await;
    assert_eq!(wrong.value, [0; 0]);
    left.handle.of("/").server_side_emit("add", (1, 1));
    left.handle.of("/").emit("end", ());
    l.expect(r#"42["end"]"#).await;
    r.expect(r#"42["end"]"#).await;
}

#[tokio::test]
async fn a_broken_adapter_delays_no_local_client() {
    let bus = Bus::default();
    let (broken, healthy) = (node(&bus, Fault::Broken).await, node(&bus, Fault::None).await);
    let (mut b, mut h) = (broken.client().await, healthy.client().await);
    broken.handle.of("/").emit("news", 1);
    b.expect(r#"42["news",1]"#).await;
    let count = broken.handle.of("/").fetch_count().await;
    assert_eq!((count.value, &count.missing[..]), (1, &[AdapterError::Disconnected][..]));
    assert!(count.all().is_err());
    // It still hears the others.
    healthy.handle.of("/").emit("end", ());
    b.expect(r#"42["end"]"#).await;
    h.expect(r#"42["end"]"#).await;
}

#[tokio::test]
async fn an_adapter_that_never_answers_delays_no_local_client() {
    let bus = Bus::default();
    let app = node(&bus, Fault::Silent).await;
    let mut client = app.client().await;
    let mut answers = app.handle.of("/").emit_with_ack::<u8>("ask", ());
    let packet = text(&mut client).await;
    client.send(packet.replace("42", "43").replace(r#"["ask"]"#, "[9]")).await;
    let (_, reply) = answers.next().await.unwrap();
    assert_eq!(reply, Ok(9));
    app.handle.of("/").emit("end", ());
    client.expect(r#"42["end"]"#).await;
}
