//! A server that has started: what its service, its handles and its accept loop share.

use std::sync::Arc;

use tokio::sync::watch;

use super::pages::Pages;
use crate::client::Clients;
use crate::engine::Engine;
use crate::namespace::Registry;

pub(crate) struct Core {
    pub(super) engine: Engine<Clients>,
    pub(super) registry: Arc<Registry>,
    pub(super) pages: Pages,
    /// How far the way down is gone.
    pub(super) phase: watch::Sender<Phase>,
}

/// From serving to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Connections are accepted.
    Serving,
    /// No more connections; those there are come to their end.
    Stopping,
    /// Every client is gone, or the deadline is past.
    Stopped,
}

/// Waits for a phase, or until the server is gone.
pub(super) async fn reached(phase: &mut watch::Receiver<Phase>, wanted: Phase) {
    // What `wait_for` gives is a lock on the value, which is of no use here and must not be held.
    let _ = phase.wait_for(|phase| *phase >= wanted).await.is_ok();
}
