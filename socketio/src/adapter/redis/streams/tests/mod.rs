//! Adapters over a real Redis server, each with a node that records what is applied to it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod delivery;
mod outages;
mod sessions;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::testing::until;
use super::RedisStreams;
use crate::adapter::remote::LocalNode;
use crate::adapter::{Action, Adapter as _, Answer, BoxStream, Node, Question, Selection};
use crate::engine::Id;
use crate::packet::Packet;

/// What was applied to a node.
#[derive(Default)]
struct Recorder {
    actions: Mutex<Vec<Action>>,
    recovery: Option<Duration>,
}

impl LocalNode for Recorder {
    fn apply(&self, action: Action) {
        self.actions.lock().unwrap().push(action);
    }

    fn answer(&self, _: Question) -> BoxStream<'static, Answer> {
        Box::pin(futures_util::stream::empty())
    }

    fn has_members(&self, _: &str, _: Option<&str>) -> bool {
        true
    }

    fn recovery(&self) -> Option<Duration> {
        self.recovery
    }

    fn joined(&self, _: &str) {}

    fn left(&self, _: &str) {}
}

impl Recorder {
    /// The broadcasts so far: their data and offsets.
    fn events(&self) -> Vec<(String, Option<Arc<str>>)> {
        let actions = self.actions.lock().unwrap();
        let events = actions.iter().filter_map(|action| match action {
            Action::Broadcast { packet, offset, .. } => Some((packet.data().to_owned(), offset.clone())),
            _ => None,
        });
        events.collect()
    }

    fn data(&self) -> Vec<String> {
        self.events().into_iter().map(|(data, _)| data).collect()
    }
}

/// A started adapter.
struct Peer {
    adapter: RedisStreams,
    node: Arc<Recorder>,
}

impl Peer {
    async fn start(adapter: RedisStreams, recovery: bool) -> Self {
        let recovery = recovery.then(|| Duration::from_secs(60));
        let node = Arc::new(Recorder { recovery, ..Recorder::default() });
        for path in ["/", "/admin", "/chat", "/notifications", "/x", "/y", "/other"] {
            adapter.open_namespace(&path.into());
        }
        adapter.start(Node::new(Id::random().unwrap(), node.clone())).await.unwrap();
        Self { adapter, node }
    }

    fn emit(&self, packet: Packet) {
        self.emit_to(Selection::default(), packet);
    }

    fn emit_to(&self, to: Selection, packet: Packet) {
        self.adapter.publish(Action::Broadcast { to, packet, offset: None }).unwrap();
    }

    fn number(&self, name: &str, number: usize) {
        self.emit(event("/", name, number));
    }

    /// Waits until so many events were applied.
    async fn events(&self, count: usize) -> Vec<String> {
        until("events", || Some(self.node.data()).filter(|data| data.len() >= count)).await
    }
}

fn event(path: &str, name: &str, number: usize) -> Packet {
    Packet::event(path, None, name, &number).unwrap()
}

/// What `name(0)`, `name(1)` and so on are.
fn numbered(name: &str, numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("[{name:?},{number}]")).collect()
}

fn of<'a>(events: &'a [String], name: &str) -> Vec<&'a String> {
    let begin = format!("[{name:?},");
    events.iter().filter(|event| event.starts_with(&begin)).collect()
}
