//! Options for several servers that act as one.

use std::sync::Arc;

use serde::Serialize;

use super::Server;
use crate::adapter::Adapter;
use crate::error::Error;
use crate::server::Handle;
use crate::socket::FromAck;

impl Server {
    /// Connects this server with others: rooms, targets, acknowledgements and `fetch_sockets` then span all of them. Default: none, the
    /// server is alone. Clients of this process never wait for the adapter.
    pub fn adapter(mut self, adapter: impl Adapter) -> Self {
        self.adapter = Some(Arc::new(adapter));
        self
    }

    /// Handles an event that other nodes emit to this one with
    /// [`Target::server_side_emit`](crate::Target::server_side_emit). `A` is the arguments, a tuple for several; what the handler returns
    /// is the answer. Arguments of another type are logged and not answered. One handler for each namespace and event; a second one is
    /// an error at start.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().server_event("/", "reload", |_handle: &socketio::Handle, cause: String| cause.len());
    /// ```
    pub fn server_event<A: FromAck, R: Serialize>(
        mut self,
        path: impl Into<String>,
        event: impl Into<String>,
        handler: impl Fn(&Handle, A) -> R + Send + Sync + 'static,
    ) -> Self {
        let (path, event) = (path.into(), event.into());
        if !self.server_events.add(path.clone(), event.clone(), handler) {
            let mistake = || Error::start(format!("two handlers of the server event `{event}` of \"{path}\""));
            self.mistake.get_or_insert_with(mistake);
        }
        self
    }
}
