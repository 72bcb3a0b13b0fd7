//! An adapter that keeps an ordered log and sessions, for the servers of one process: the proof of what the trait's recovery needs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use futures_util::stream;
use socketio::adapter::{
    Action, Adapter, AdapterError, Answer, BoxFuture, BoxStream, Missed, Node, Question, Saved, Selection,
};
use socketio::packet::Packet;
use socketio::{Error, Room};
use tokio::sync::{Semaphore, mpsc};

/// What a broker keeps.
#[derive(Clone, Default)]
pub(crate) struct Broker(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    log: Vec<(Selection, Packet)>,
    /// By path and secret.
    sessions: HashMap<(String, String), Saved>,
    nodes: Vec<mpsc::UnboundedSender<Action>>,
    /// How many times sessions were persisted and forgotten.
    persisted: usize,
    forgotten: usize,
}

/// The adapter of one node.
pub(crate) struct Keeping {
    broker: Broker,
    /// Where this node is in `nodes`.
    own: Arc<OnceLock<usize>>,
    /// A permit for each action that this node may read.
    reads: Arc<Semaphore>,
    /// What `missed` waits for.
    looks_up: Arc<Semaphore>,
}

impl Broker {
    pub(crate) fn adapter(&self) -> Keeping {
        self.slow(usize::MAX >> 3, usize::MAX >> 3).0
    }

    /// A node that reads so many actions and looks up missed events so many times, until its semaphores get more permits.
    pub(crate) fn slow(&self, reads: usize, looks_up: usize) -> (Keeping, Arc<Semaphore>, Arc<Semaphore>) {
        let (reads, looks_up) = (Arc::new(Semaphore::new(reads)), Arc::new(Semaphore::new(looks_up)));
        let adapter =
            Keeping { broker: self.clone(), own: Arc::default(), reads: reads.clone(), looks_up: looks_up.clone() };
        (adapter, reads, looks_up)
    }

    /// The number of sessions, and how many times one was persisted and forgotten.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        let kept = self.0.lock().unwrap();
        (kept.sessions.len(), kept.persisted, kept.forgotten)
    }

    pub(crate) fn sessions(&self) -> Vec<Saved> {
        self.0.lock().unwrap().sessions.values().cloned().collect()
    }
}

/// The offset of the event at an index of the log.
fn offset(index: usize) -> Arc<str> {
    format!("{}-0", index + 1).into()
}

fn index(offset: &str) -> Option<usize> {
    offset.strip_suffix("-0")?.parse().ok()
}

impl Adapter for Keeping {
    fn start(&self, node: Node) -> BoxFuture<'static, Result<(), Error>> {
        assert!(node.recovery().is_some());
        let (sender, mut actions) = mpsc::unbounded_channel();
        {
            let mut kept = self.broker.0.lock().unwrap();
            let _ = self.own.set(kept.nodes.len());
            kept.nodes.push(sender);
        }
        let reads = self.reads.clone();
        tokio::spawn(async move {
            while let Some(action) = actions.recv().await {
                reads.acquire().await.unwrap().forget();
                node.apply(action);
            }
        });
        Box::pin(std::future::ready(Ok(())))
    }

    fn publish(&self, action: Action) -> Result<(), AdapterError> {
        let mut kept = self.broker.0.lock().unwrap();
        match action {
            Action::Broadcast { to, packet, .. } => {
                let at = Some(offset(kept.log.len()));
                kept.log.push((to.clone(), packet.clone()));
                for node in &kept.nodes {
                    let _ = node.send(Action::Broadcast { to: to.clone(), packet: packet.clone(), offset: at.clone() });
                }
            }
            other => {
                for (at, node) in kept.nodes.iter().enumerate() {
                    if Some(&at) != self.own.get() {
                        let _ = node.send(other.clone());
                    }
                }
            }
        }
        Ok(())
    }

    fn ask(&self, _: Question) -> BoxStream<'static, Result<Answer, AdapterError>> {
        Box::pin(stream::empty())
    }

    fn keeps_sessions(&self) -> bool {
        true
    }

    fn position(&self, _: &Arc<str>) -> Option<Arc<str>> {
        Some("0-0".into())
    }

    fn persist(&self, session: Saved) {
        let mut kept = self.broker.0.lock().unwrap();
        kept.persisted += 1;
        kept.sessions.insert((session.namespace.to_string(), session.secret.to_string()), session);
    }

    fn forget(&self, path: &Arc<str>, secret: &str) {
        let mut kept = self.broker.0.lock().unwrap();
        kept.forgotten += 1;
        kept.sessions.remove(&(path.to_string(), secret.to_owned()));
    }

    fn restore(&self, path: &Arc<str>, secret: &str, offset: &str) -> BoxFuture<'static, Option<Saved>> {
        let session = self.broker.0.lock().unwrap().sessions.remove(&(path.to_string(), secret.to_owned()));
        Box::pin(std::future::ready(session.filter(|_| index(offset).is_some())))
    }

    fn missed(&self, path: &Arc<str>, after: &str, rooms: &[Room]) -> BoxFuture<'static, Option<Vec<Missed>>> {
        let (broker, path, rooms, after) = (self.broker.clone(), path.clone(), rooms.to_vec(), index(after));
        let looks_up = self.looks_up.clone();
        Box::pin(async move {
            looks_up.acquire().await.unwrap().forget();
            let kept = broker.0.lock().unwrap();
            let is_for = |(to, packet): &(Selection, Packet)| {
                *packet.namespace() == *path
                    && !to.volatile
                    && (to.rooms.is_empty() || to.rooms.iter().any(|room| rooms.contains(room)))
                    && !to.except.iter().any(|room| rooms.contains(room))
                    && to.skip.is_none_or(|skip| *rooms[0] != *skip.as_str())
            };
            let numbered = kept.log.iter().enumerate().skip(after?).filter(|(_, event)| is_for(event));
            Some(numbered.map(|(at, (_, packet))| Missed::new(packet.clone(), offset(at))).collect())
        })
    }
}
