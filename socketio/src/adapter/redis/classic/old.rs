//! Answers requests of servers older than version 7 of Node's adapter, and of `allRooms()`, which every version has.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;

use super::codec::OldRequest;
use super::wire::Wire;
use crate::adapter::cluster::Engine;
use crate::adapter::redis::link::{Mode, Outgoing};
use crate::adapter::{Action, Answer, Node, Question, Room, Selection};
use crate::engine::Id;
use crate::packet::quoted;

/// Carries out a request, and publishes the answer.
pub(super) async fn answer(
    engine: Engine<Wire>,
    namespace: Arc<str>,
    request: Arc<str>,
    asker: Arc<str>,
    kind: OldRequest,
) {
    let Some(node) = engine.node().cloned() else { return };
    let mut fields = format!(r#""requestId":{}"#, quoted(&request));
    let one = |socket| Selection { rooms: vec![Room::from(socket)], ..Selection::default() };
    match kind {
        OldRequest::Sockets(rooms) => {
            let sockets = Selection { rooms, ..Selection::default() };
            let ids = sockets_of(&node, &namespace, sockets).await.map(|(id, _)| quoted(id.as_str()));
            fields.push_str(&format!(r#","sockets":[{}]"#, ids.collect::<Vec<_>>().join(",")));
        }
        OldRequest::Rooms => {
            let all = sockets_of(&node, &namespace, Selection::default()).await.flat_map(|(_, rooms)| rooms);
            let rooms: BTreeSet<Room> = all.collect();
            let rooms: Vec<String> = rooms.iter().map(|room| quoted(room)).collect();
            fields.push_str(&format!(r#","rooms":[{}]"#, rooms.join(",")));
        }
        OldRequest::Move { socket, room, join } if node.has_members(&namespace, Some(socket.as_str())) => {
            let (namespace, sockets, rooms) = (namespace.clone(), one(socket), vec![room]);
            node.apply(if join {
                Action::Join { namespace, sockets, rooms }
            } else {
                Action::Leave { namespace, sockets, rooms }
            });
        }
        OldRequest::Disconnect { socket, close } if node.has_members(&namespace, Some(socket.as_str())) => {
            node.apply(Action::Disconnect { namespace: namespace.clone(), sockets: one(socket), close });
        }
        // Its node answers.
        OldRequest::Move { .. } | OldRequest::Disconnect { .. } => return,
    }
    let channels = &engine.link().channels;
    let channel = channels.response(&namespace, Some(&*asker).filter(|_| channels.specific));
    let payload = Bytes::from(format!("{{{fields}}}"));
    let bytes = channel.len() + payload.len();
    let answer = Outgoing { mode: Mode::Plain, channel: channel.into(), payload };
    if let Err(error) = engine.queue().push(answer, bytes, false) {
        tracing::debug!(%error, "a request of another node is not answered");
    }
}

async fn sockets_of(
    node: &Node,
    namespace: &Arc<str>,
    sockets: Selection,
) -> impl Iterator<Item = (Id, Vec<Room>)> + use<> {
    let question = Question::Sockets { namespace: namespace.clone(), sockets, timeout: None };
    let answers: Vec<Answer> = node.answer(question).collect().await;
    let lists =
        answers.into_iter().filter_map(|answer| if let Answer::Sockets(list) = answer { Some(list) } else { None });
    lists.flatten().map(|socket| (socket.id, socket.rooms))
}
