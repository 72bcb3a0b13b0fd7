//! The option `workers`: one server on every core.

use super::Server;
use crate::server::workers::MOST;

impl Server {
    /// Serves in so many threads, each with a tokio runtime of one thread and a listener of its own; 0 means one for each core. At most
    /// 1,024. Default: none, then [`listen`](Self::listen) serves in the runtime that it is called in.
    ///
    /// A connection stays on the worker that accepted it, so that its messages are never handed from thread to thread, as those of a
    /// thread pool are. Everything else is one server: namespaces, rooms, broadcasts, states, limits and shutdown span the workers.
    ///
    /// * A session's task, with its handlers and what they give to `tokio::spawn`, runs on the worker that has accepted its WebSocket, or
    ///   that took its handshake if it began with polling; a WebSocket that replaces polling is moved there. Requests of a polling client
    ///   may come to any worker.
    /// * `on_start`, `on_stop`, `shutdown_on`, adapters and what is spawned outside of handlers run in the caller's runtime, as before. For
    ///   this one `#[tokio::main(flavor = "current_thread")]` is enough.
    /// * A handler that blocks its thread delays the clients of its worker and no others; connections that the system has given to that
    ///   worker wait too. `tokio::task::block_in_place` panics on a worker; use `spawn_blocking`, of which every worker has its own threads.
    /// * When the server has stopped, what still runs in the runtimes of the workers is dropped.
    ///
    /// On Linux the system divides connections between the workers (`SO_REUSEPORT`), at random; a server of another process cannot take the
    /// port meanwhile, unless it sets that option too after this one has started. On other systems, one task accepts and deals
    /// out the connections in turns.
    ///
    /// ```no_run
    /// use socketio::prelude::*;
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> Result<(), Error> {
    ///     Server::new().workers(0).listen("127.0.0.1:3000").await
    /// }
    /// ```
    ///
    /// More workers than the bound are an error at start, and so are any in [`into_service`](Self::into_service) and
    /// [`into_layer`](Self::into_layer): there the HTTP server decides about threads.
    pub fn workers(mut self, workers: usize) -> Self {
        if workers > MOST {
            self.refuse("`Server::workers` must be at most 1,024");
        }
        self.workers = Some(workers);
        self
    }
}
