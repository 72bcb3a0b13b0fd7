//! Options for several servers that act as one.

use std::sync::Arc;

use serde::Serialize;

use super::Server;
use crate::adapter::Adapter;
use crate::server::Handle;
use crate::server::node::two_handlers;
use crate::socket::{FromAck, Recovery};

impl Server {
    /// Connects this server with others: rooms, targets, acknowledgements and `fetch_sockets` then span all of them. Default: none, the
    /// server is alone. Clients of this process never wait for the adapter.
    pub fn adapter(mut self, adapter: impl Adapter) -> Self {
        self.adapter = Some(Arc::new(adapter));
        self
    }

    /// Lets clients whose connection was cut come back to their session: with the same id, in their rooms, with their grants and the values
    /// of [`Session`](crate::Session), and with the events that they have missed, once and in order. Default: off.
    ///
    /// As `connectionStateRecovery` of the Node server; official clients of 4.6 and newer do it without being told. `on_disconnect` runs when
    /// the connection is lost, and `on_connect` when the client comes back, where [`Socket::recovered`](crate::Socket::recovered) is `true`.
    /// A session is kept when the connection was lost, and not when the client or the server has disconnected it. See `docs/recovery.md`.
    ///
    /// With an adapter that keeps sessions, such as Redis Streams, the client may come back to any node. With other adapters and without one
    /// it must come back to this process, and the events of other nodes are kept here too.
    ///
    /// ```
    /// use socketio::prelude::*;
    /// use socketio::Recovery;
    ///
    /// let server = Server::new().recovery(Recovery::default());
    /// ```
    pub fn recovery(mut self, recovery: Recovery) -> Self {
        self.recovery = Some(recovery);
        self
    }

    /// Handles an event that other nodes emit to this one with
    /// [`Target::server_side_emit`](crate::Target::server_side_emit). `A` is the arguments, a tuple for several; what the handler returns
    /// is the answer. Arguments of another type are logged and not answered. One handler for each namespace and event; a second one is
    /// an error at start, also if it is a method with [`#[server_event]`](crate::namespace#events-of-other-servers).
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
            self.mistake.get_or_insert_with(|| two_handlers(&path, &event));
        }
        self
    }
}
