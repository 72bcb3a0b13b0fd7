//! `Handle::cluster`: this server as a node of its cluster.

use std::fmt;
use std::sync::Arc;

use super::Handle;
use crate::adapter::{Adapter, Health};

/// This server as a node of its cluster; made by [`Handle::cluster`].
pub struct Cluster(Option<Arc<dyn Adapter>>);

impl Cluster {
    /// How the connection to the other nodes is doing: whether it is there, how many other nodes are known, and what waits to be sent, was
    /// dropped or failed. Cheap: nothing is asked of other nodes. Without an adapter, and before the start: connected, no other nodes.
    ///
    /// ```
    /// use socketio::Handle;
    ///
    /// /// For a probe of a load balancer, or for metrics.
    /// fn is_ready(handle: &Handle) -> bool {
    ///     let health = handle.cluster().health();
    ///     health.connected && health.dropped == 0
    /// }
    /// ```
    #[must_use]
    pub fn health(&self) -> Health {
        let alone = || Health { connected: true, ..Health::default() };
        self.0.as_ref().map_or_else(alone, |adapter| adapter.health())
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("health", &self.health()).finish()
    }
}

impl Handle {
    /// This server as a node of its cluster.
    #[must_use]
    pub fn cluster(&self) -> Cluster {
        Cluster(self.core().and_then(|core| core.registry.shared().adapter.clone()))
    }
}
