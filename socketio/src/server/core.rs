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
    /// True once the accept loop is to end.
    pub(super) stopping: watch::Sender<bool>,
}
