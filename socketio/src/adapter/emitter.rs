//! Sending to the clients of a cluster from a program that is no server.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::remote::{Action, Adapter, Health, Node, Selection};
use super::room::{Rooms, listed};
use crate::engine::Id;
use crate::error::Error;
use crate::packet::{Packet, WriteError, write};

/// Emits to the clients of a cluster, and changes their rooms, from a program that serves no clients itself: a job, a script, another service. It
/// is what `@socket.io/redis-emitter` is for Node, and a write-only manager for python-socketio.
///
/// It takes any adapter that the servers of the cluster have, with the same options: [`Redis`](super::Redis) (the servers may be Node's),
/// its `sharded()`, [`RedisStreams`](super::RedisStreams), [`PythonRedis`](super::PythonRedis), [`Postgres`](super::Postgres) or
/// [`Nats`](super::Nats). The servers do not wait for answers of an emitter, and do not count it as one of them.
///
/// ```no_run
/// use socketio::Emitter;
/// use socketio::adapter::Redis;
///
/// # async fn run() -> Result<(), socketio::Error> {
/// let emitter = Emitter::connect(Redis::new("redis://127.0.0.1:6379")).await?;
/// emitter.of("/chat").to("lobby").emit("news", ("hello", 1))?;
/// emitter.close().await;
/// # Ok(())
/// # }
/// ```
///
/// Sending never waits: messages are put into the adapter's bounded queue, and a task of the runtime publishes them.
/// [`close`](Self::close) waits until they are published.
#[derive(Clone)]
pub struct Emitter {
    adapter: Arc<dyn Adapter>,
}

impl Emitter {
    /// Connects to the broker. Needs a tokio runtime.
    ///
    /// # Errors
    /// Code `start`: an option of the adapter is out of its bounds, or the broker cannot be reached.
    pub async fn connect(adapter: impl Adapter) -> Result<Self, Error> {
        let id = Id::random().map_err(|error| Error::start(format!("no random node id: {error}")))?;
        adapter.start(Node::write_only(id)).await?;
        Ok(Self { adapter: Arc::new(adapter) })
    }

    /// The clients of a namespace, such as `/chat`; a missing slash is added.
    #[must_use]
    pub fn of(&self, path: &str) -> EmitterTarget {
        let path = if path.starts_with('/') { path.into() } else { format!("/{path}").into() };
        EmitterTarget { adapter: self.adapter.clone(), path, selection: Selection::default() }
    }

    /// How the connection to the broker is doing.
    #[must_use]
    pub fn health(&self) -> Health {
        self.adapter.health()
    }

    /// Waits until everything is published, for 1 s at most, and closes the connection. Later messages are refused.
    pub async fn close(&self) {
        self.adapter.stop().await;
    }
}

impl fmt::Debug for Emitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter").field("health", &self.health()).finish()
    }
}

/// Some sockets of one namespace, on all servers of a cluster; from [`Emitter::of`].
#[derive(Clone)]
pub struct EmitterTarget {
    adapter: Arc<dyn Adapter>,
    path: Arc<str>,
    selection: Selection,
}

impl EmitterTarget {
    /// Adds the members of a room, or of several. A socket's id is a room of its own.
    #[must_use]
    pub fn to(mut self, rooms: impl Rooms) -> Self {
        rooms.for_each(&mut |room| self.selection.rooms.push(room));
        self
    }

    /// Leaves out the members of a room, or of several.
    #[must_use]
    pub fn except(mut self, rooms: impl Rooms) -> Self {
        rooms.for_each(&mut |room| self.selection.except.push(room));
        self
    }

    /// The message may be lost: a server drops it for a client whose connection cannot take more at the moment.
    #[must_use]
    pub fn volatile(mut self) -> Self {
        self.selection.volatile = true;
        self
    }

    /// Sends an event by name. A tuple is several arguments, `()` none, anything else one. `Ok` means that the event is in the queue.
    ///
    /// # Errors
    /// Code `emit`: the value cannot be written as JSON, or the name is reserved. Code `cluster`: the queue of the adapter is full.
    pub fn emit(&self, event: &str, args: impl Serialize) -> Result<(), Error> {
        let packet = self.event(event, &args)?;
        self.publish(Action::Broadcast { to: self.selection.clone(), packet, offset: None })
    }

    /// Makes the sockets join a room, or several.
    ///
    /// # Errors
    /// Code `cluster`: the queue of the adapter is full.
    pub fn join(&self, rooms: impl Rooms) -> Result<(), Error> {
        let (namespace, sockets) = (self.path.clone(), self.selection.clone());
        self.publish(Action::Join { namespace, sockets, rooms: listed(rooms) })
    }

    /// Makes the sockets leave a room, or several.
    ///
    /// # Errors
    /// Code `cluster`: the queue of the adapter is full.
    pub fn leave(&self, rooms: impl Rooms) -> Result<(), Error> {
        let (namespace, sockets) = (self.path.clone(), self.selection.clone());
        self.publish(Action::Leave { namespace, sockets, rooms: listed(rooms) })
    }

    /// Disconnects the sockets from the namespace; their other namespaces stay.
    ///
    /// # Errors
    /// Code `cluster`: the queue of the adapter is full.
    pub fn disconnect(&self) -> Result<(), Error> {
        self.end(false)
    }

    /// Closes the connections of the sockets, which ends all namespaces on them.
    ///
    /// # Errors
    /// Code `cluster`: the queue of the adapter is full.
    pub fn close(&self) -> Result<(), Error> {
        self.end(true)
    }

    /// Hands an event to the programs of all servers: `Server::server_event`, `serverSideEmit` in Node. The selection of sockets is ignored.
    ///
    /// # Errors
    /// As [`emit`](Self::emit).
    pub fn server_side_emit(&self, event: &str, args: impl Serialize) -> Result<(), Error> {
        let packet = self.event(event, &args)?;
        self.publish(Action::ServerEvent { packet })
    }

    fn end(&self, close: bool) -> Result<(), Error> {
        let (namespace, sockets) = (self.path.clone(), self.selection.clone());
        self.publish(Action::Disconnect { namespace, sockets, close })
    }

    fn event(&self, event: &str, args: &impl Serialize) -> Result<Packet, Error> {
        let written = write::event(&self.path, None, event, args);
        written.map(Packet::from).map_err(|error: WriteError| Error::new("emit", error.to_string()))
    }

    fn publish(&self, action: Action) -> Result<(), Error> {
        self.adapter.publish(action).map_err(Error::from)
    }
}

impl fmt::Debug for EmitterTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmitterTarget").field("path", &self.path).field("selection", &self.selection).finish()
    }
}
