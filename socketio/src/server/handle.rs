//! The server from anywhere: emitting to namespaces, finding sockets, shutting down.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::Core;
use super::core::Phase;
use crate::adapter;
use crate::socket::{Nsp, Shared, Socket, SocketId, Target};

/// There is no socket with this id: it has left, or there never was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSocket(pub SocketId);

impl fmt::Display for NoSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no socket {}", self.0.as_str())
    }
}

impl std::error::Error for NoSocket {}

impl From<NoSocket> for crate::Error {
    fn from(error: NoSocket) -> Self {
        Self::new("no_socket", error.to_string())
    }
}

/// The server from outside of its handlers: cheap to clone, usable from any task or thread, and before the server has started.
///
/// ```
/// use socketio::prelude::*;
///
/// let server = Server::new();
/// let handle = server.handle();
/// // In an HTTP route, a timer, a queue's consumer:
/// handle.of("/chat").to("lobby").emit("notice", "back in five minutes");
/// ```
#[derive(Clone, Default)]
pub struct Handle(Arc<OnceLock<Arc<Core>>>);

impl Handle {
    pub(super) fn start(&self, core: Arc<Core>) -> bool {
        self.0.set(core).is_ok()
    }

    pub(super) fn core(&self) -> Option<&Arc<Core>> {
        self.0.get()
    }

    /// Everyone in a namespace. A namespace that does not exist, or a server that has not started, has nobody in it.
    pub fn of(&self, path: &str) -> Target {
        // One of a pattern may be asked for before somebody is in it; it lives as long as the target.
        let nsp = self.core().and_then(|core| core.registry.resolve(path)).map(|resolved| resolved.nsp);
        let nsp = nsp.unwrap_or_else(|| {
            tracing::debug!(namespace = path, "nobody is in a namespace that does not exist");
            Nsp::new(path, Arc::new(Shared::default()))
        });
        Target::many(nsp, adapter::Target::default())
    }

    /// A socket by its id, whatever its namespace.
    ///
    /// # Errors
    /// [`NoSocket`] if it is not connected.
    pub fn socket(&self, id: SocketId) -> Result<Socket, NoSocket> {
        let nsps = self.core().map_or_else(Vec::new, |core| core.registry.nsps());
        let inner = nsps.iter().find_map(|nsp| nsp.members.member(id)).ok_or(NoSocket(id))?;
        if inner.is_connected() { Ok(Socket::new(inner)) } else { Err(NoSocket(id)) }
    }

    /// How many connections there are, whatever their namespaces.
    pub fn connections(&self) -> usize {
        self.core().map_or(0, |core| core.engine.sessions())
    }

    /// Shuts down: no new connections, every client disconnected with "server shutting down", every `on_disconnect` run.
    ///
    /// Returns when all of that is done, or after `deadline`: then what still runs is left to the runtime. True if all was done.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use socketio::prelude::*;
    ///
    /// # async fn until_asked_to_stop() {}
    /// # async fn serve() -> Result<(), Error> {
    /// let server = Server::new().bind("127.0.0.1:3000").await?;
    /// let handle = server.handle();
    /// tokio::spawn(async move {
    ///     until_asked_to_stop().await; // such as `tokio::signal::ctrl_c()`, with tokio's feature `signal`
    ///     handle.shutdown(Duration::from_secs(10)).await;
    /// });
    /// server.serve().await
    /// # }
    /// ```
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        let Some(core) = self.core() else { return true };
        core.phase.send_if_modified(|phase| {
            *phase < Phase::Stopping && {
                *phase = Phase::Stopping;
                true
            }
        });
        // Also when this future is dropped before its end: then nobody waits for the clients any more.
        let _stopped = Stopped(core);
        core.engine.close();
        let done = tokio::time::timeout(deadline, core.engine.closed()).await.is_ok();
        tracing::info!(connections = core.engine.sessions(), done, "shut down");
        done
    }
}

/// Lets `serve` return when a shutdown is over.
struct Stopped<'a>(&'a Core);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.0.phase.send_replace(Phase::Stopped);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("started", &self.core().is_some()).finish()
    }
}
