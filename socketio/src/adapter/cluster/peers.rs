//! The other nodes of each namespace, known by what they send.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

/// How many nodes are known at most, each counted for every namespace that it has. Others are as good as unnamed.
const MOST: usize = 16_384;

/// How long a node that was too long silent is remembered.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);

/// A namespace and the uid of a node.
type Key = (Arc<str>, Arc<str>);

struct Peer {
    seen: Instant,
    /// Its `Node::id`, if it is one of ours.
    node: Option<Arc<str>>,
    /// Whether it was heard within the timeout of heartbeats.
    alive: bool,
}

/// The other nodes of each namespace.
#[derive(Default)]
pub(super) struct Peers(HashMap<Key, Peer>);

/// A node whose heartbeats are missed.
pub(super) struct Lost {
    pub(super) namespace: Arc<str>,
    pub(super) uid: Arc<str>,
    /// Its `Node::id`, if it is alive in no namespace.
    pub(super) left: Option<Arc<str>>,
}

impl Peers {
    /// A node has sent something. `node` is its `Node::id`, where the message tells; `all`: nodes of others are kept as well. Returns its
    /// `Node::id` if it has joined the cluster with this.
    pub(super) fn seen(
        &mut self,
        namespace: &Arc<str>,
        uid: &Arc<str>,
        node: Option<&Arc<str>>,
        all: bool,
        now: Instant,
    ) -> Option<Arc<str>> {
        let key = (namespace.clone(), uid.clone());
        let full = self.0.len() >= MOST;
        let before = self.0.get(&key).is_some_and(|peer| peer.alive && peer.node.is_some());
        match self.0.get_mut(&key) {
            Some(peer) => {
                (peer.seen, peer.alive) = (now, true);
                if peer.node.is_none() {
                    peer.node = node.cloned();
                }
            }
            None if (all || node.is_some()) && !full => {
                self.0.insert(key.clone(), Peer { seen: now, node: node.cloned(), alive: true });
            }
            None => return None,
        }
        let node = self.0.get(&key)?.node.clone()?;
        let elsewhere =
            || self.0.iter().any(|(other, peer)| *other != key && peer.alive && peer.node.as_ref() == Some(&node));
        (!before && !elsewhere()).then_some(node)
    }

    /// A node has closed, or is certainly not connected. Returns its `Node::id` if it has left the cluster with this.
    pub(super) fn remove(&mut self, namespace: &Arc<str>, uid: &Arc<str>) -> Option<Arc<str>> {
        let peer = self.0.remove(&(namespace.clone(), uid.clone()))?;
        if peer.alive { self.left(peer.node?) } else { None }
    }

    /// This node has the namespace no more. Returns the nodes that it has no other namespace in common with.
    pub(super) fn remove_namespace(&mut self, namespace: &str) -> Vec<Arc<str>> {
        let uids: Vec<Key> = self.0.keys().filter(|(known, _)| **known == *namespace).cloned().collect();
        uids.into_iter().filter_map(|(namespace, uid)| self.remove(&namespace, &uid)).collect()
    }

    fn left(&self, node: Arc<str>) -> Option<Arc<str>> {
        let alive = self.0.values().any(|peer| peer.alive && peer.node.as_ref() == Some(&node));
        (!alive).then_some(node)
    }

    /// Finds the nodes that were silent for longer than `timeout`. `remember`: they may still be connected, and are kept as silent.
    pub(super) fn sweep(&mut self, now: Instant, timeout: Duration, remember: bool) -> Vec<Lost> {
        let silent = |peer: &Peer| now.saturating_duration_since(peer.seen);
        let overdue: Vec<Key> = self
            .0
            .iter()
            .filter(|(_, peer)| peer.alive && silent(peer) > timeout)
            .map(|(key, _)| key.clone())
            .collect();
        self.0.retain(|_, peer| peer.alive || silent(peer) <= FORGOTTEN);
        let mut lost = Vec::new();
        for key in overdue {
            let Some(peer) = self.0.get_mut(&key) else { continue };
            peer.alive = false;
            let node = peer.node.clone();
            if !remember || node.is_none() {
                self.0.remove(&key);
            }
            let (namespace, uid) = key;
            lost.push(Lost { namespace, uid, left: node.and_then(|node| self.left(node)) });
        }
        lost
    }

    /// The nodes that are alive, with their names for errors: that of the `Node`, or else the uid.
    pub(super) fn alive(&self, namespace: &str) -> HashMap<Arc<str>, Arc<str>> {
        let alive = self.0.iter().filter(|((known, _), peer)| **known == *namespace && peer.alive);
        alive.map(|((_, uid), peer)| (uid.clone(), peer.node.clone().unwrap_or_else(|| uid.clone()))).collect()
    }

    /// The uids of the nodes of ours, alive or silent.
    pub(super) fn ours(&self, namespace: &str) -> Vec<Arc<str>> {
        let ours = self.0.iter().filter(|((known, _), peer)| **known == *namespace && peer.node.is_some());
        ours.map(|((_, uid), _)| uid.clone()).collect()
    }

    /// The uids of the nodes that were silent for too long, and may still be connected.
    pub(super) fn silent(&self, namespace: &str) -> HashSet<Arc<str>> {
        let silent = self.0.iter().filter(|((known, _), peer)| **known == *namespace && !peer.alive);
        silent.map(|((_, uid), _)| uid.clone()).collect()
    }

    /// How many nodes are alive in any namespace.
    pub(super) fn count(&self) -> usize {
        let alive = self.0.iter().filter(|(_, peer)| peer.alive);
        alive.map(|((_, uid), peer)| peer.node.as_ref().unwrap_or(uid)).collect::<HashSet<_>>().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(10);

    fn text(text: &str) -> Arc<str> {
        Arc::from(text)
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_joins_with_its_first_namespace_and_leaves_with_its_last() {
        let mut peers = Peers::default();
        let (a, b, uid, node) = (text("/a"), text("/b"), text("u"), text("n"));
        let now = Instant::now();
        assert_eq!(peers.seen(&a, &uid, Some(&node), false, now), Some(node.clone()));
        assert_eq!(peers.seen(&a, &uid, None, false, now), None);
        assert_eq!(peers.seen(&b, &uid, Some(&node), false, now), None);
        assert_eq!((peers.count(), peers.alive("/a").get(&uid)), (1, Some(&node)));
        assert_eq!(peers.remove(&a, &uid), None);
        assert_eq!(peers.remove(&b, &uid), Some(node.clone()));
        assert_eq!(peers.remove(&b, &uid), None);
        peers.seen(&a, &uid, Some(&node), false, now);
        assert_eq!(peers.remove_namespace("/a"), [node]);
    }

    #[tokio::test(start_paused = true)]
    async fn silent_nodes_are_lost_once_and_come_back() {
        let mut peers = Peers::default();
        let (a, ours, theirs, node) = (text("/a"), text("o"), text("t"), text("n"));
        let now = Instant::now();
        peers.seen(&a, &ours, Some(&node), true, now);
        peers.seen(&a, &theirs, None, true, now);
        assert!(peers.sweep(now + TIMEOUT, TIMEOUT, true).is_empty());
        let late = now + TIMEOUT + Duration::from_millis(1);
        let mut lost: Vec<_> = peers.sweep(late, TIMEOUT, true).into_iter().map(|lost| (lost.uid, lost.left)).collect();
        lost.sort();
        assert_eq!(lost, [(ours.clone(), Some(node.clone())), (theirs, None)]);
        assert!(peers.sweep(late, TIMEOUT, true).is_empty());
        assert_eq!((peers.alive("/a").len(), peers.count()), (0, 0));
        assert_eq!((peers.silent("/a").len(), peers.ours("/a")), (1, vec![ours.clone()]));
        // Any message brings it back.
        assert_eq!(peers.seen(&a, &ours, None, false, late), Some(node));
        assert!(peers.silent("/a").is_empty());
        let forgotten = late + FORGOTTEN + Duration::from_secs(1);
        peers.sweep(forgotten, TIMEOUT, true);
        peers.sweep(forgotten, TIMEOUT, true);
        assert!(peers.ours("/a").is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_are_not_kept_where_only_our_nodes_have_heartbeats_and_never_more_than_so_many() {
        let mut peers = Peers::default();
        let (a, now) = (text("/a"), Instant::now());
        assert_eq!(peers.seen(&a, &text("u"), None, false, now), None);
        assert_eq!(peers.count(), 0);
        for number in 0..MOST + 10 {
            peers.seen(&a, &text(&number.to_string()), None, true, now);
        }
        assert_eq!(peers.count(), MOST);
    }
}
