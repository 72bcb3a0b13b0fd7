//! Names for the answers of Node's servers, which do not say who they are: the table of requests tells nodes apart by name.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::adapter::cluster::Body;

/// How long after its timeout a request is kept here.
const LATE: Duration = Duration::from_secs(1);

/// The answers to one request for acknowledgements.
struct Calls {
    until: Instant,
    /// The nodes that have said how many sockets they ask, and how many acknowledgements they still owe.
    nodes: Vec<(Arc<str>, usize)>,
}

/// The answers without a name.
#[derive(Default)]
pub(super) struct Strangers {
    count: AtomicU64,
    calls: Mutex<HashMap<Arc<str>, Calls>>,
}

impl Strangers {
    /// This node is about to ask for acknowledgements.
    pub(super) fn called(&self, request: &Arc<str>, timeout: Duration) {
        let now = Instant::now();
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.retain(|_, call| call.until > now);
        calls.insert(request.clone(), Calls { until: now + timeout + LATE, nodes: Vec::new() });
    }

    /// The name of the node that has sent an answer without one. `None` if the answer is to no request of this node.
    pub(super) fn name(&self, body: &Body) -> Option<Arc<str>> {
        let (request, asked) = match body {
            Body::ClientCount { request, count } => (request, Some(*count)),
            Body::Ack { request, .. } => (request, None),
            // Each node answers once.
            _ => return Some(self.next()),
        };
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let call = calls.get_mut(request)?;
        match asked {
            Some(count) => {
                let name = self.next();
                call.nodes.push((name.clone(), count));
                Some(name)
            }
            // It does not matter which of them it is, because nothing is told of them but the number.
            None => {
                let (name, owed) = call.nodes.iter_mut().find(|(_, owed)| *owed > 0)?;
                *owed -= 1;
                Some(name.clone())
            }
        }
    }

    fn next(&self) -> Arc<str> {
        format!("node {}", self.count.fetch_add(1, Ordering::Relaxed)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::Reply;

    #[tokio::test(start_paused = true)]
    async fn acknowledgements_are_those_of_nodes_that_owe_some() {
        let strangers = Strangers::default();
        let request: Arc<str> = "r".into();
        let count = |count| Body::ClientCount { request: "r".into(), count };
        let ack = || Body::Ack { request: "r".into(), socket: None, reply: Reply::new("[]".into(), Vec::new()) };
        assert_eq!(strangers.name(&count(1)), None);
        strangers.called(&request, Duration::from_secs(2));
        assert_eq!(strangers.name(&ack()), None);
        let names = [0, 2, 1].map(|n| strangers.name(&count(n)).unwrap());
        assert!(names[0] != names[1] && names[1] != names[2]);
        let owners = [(); 3].map(|()| strangers.name(&ack()).unwrap());
        assert_eq!(owners, [names[1].clone(), names[1].clone(), names[2].clone()]);
        assert_eq!(strangers.name(&ack()), None);
        // Nothing is left of requests that are over.
        tokio::time::advance(Duration::from_secs(4)).await;
        strangers.called(&"s".into(), Duration::from_secs(2));
        assert_eq!(strangers.calls.lock().unwrap().len(), 1);
    }
}
