//! The task that sends the heartbeats of this node, and finds the nodes that send none.

use std::sync::{PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::inner::Inner;
use super::link::Link;

/// Sends heartbeats and finds nodes that send none, until the engine stops or is dropped.
pub(super) async fn heartbeats<L: Link>(
    engine: Weak<Inner<L>>,
    mut stopped: watch::Receiver<bool>,
    interval: Duration,
) {
    // Silence is noticed within a second, as in Node.
    let step = (interval / 4).clamp(Duration::from_millis(1), Duration::from_secs(1));
    let mut beaten = Instant::now();
    loop {
        tokio::select! {
            () = tokio::time::sleep(step) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
        let Some(engine) = engine.upgrade() else { return };
        let now = Instant::now();
        let lost = engine.peers().sweep(now, engine.options.heartbeat_timeout, !L::HEARTBEATS);
        for lost in lost {
            engine.requests.gone(&lost.namespace, &lost.uid, false);
            if let Some((left, node)) = lost.left.zip(engine.node.get()) {
                tracing::warn!(node = %left, "a node of the cluster is silent");
                node.left(&left);
            }
        }
        if now.saturating_duration_since(beaten) >= interval {
            beaten = now;
            let namespaces: Vec<_> =
                engine.namespaces.read().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
            namespaces.into_iter().for_each(|namespace| engine.beat(namespace, false));
        }
    }
}
