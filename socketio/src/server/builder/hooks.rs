//! Options for functions that run when the server starts and stops.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::Server;
use crate::server::Handle;
use crate::socket::TaskOutput;

impl Server {
    /// Runs a future when the server starts: for what must be there before the first client, such as a connection to a database, or for
    /// tasks of the whole server. Several run one after the other, in the order of these calls. As `on_startup` of python-socketio.
    ///
    /// [`bind`](Self::bind) and [`listen`](Self::listen) run it before they take the port, so that a probe finds no port until the program
    /// is ready. If it ends with an error, or panics, the server does not start: they return the error.
    /// [`into_service`](Self::into_service) and [`into_layer`](Self::into_layer), which cannot wait, spawn it in the runtime and serve
    /// meanwhile; then an error is logged and the server is shut down.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use socketio::prelude::*;
    ///
    /// # async fn serve() -> Result<(), Error> {
    /// let server = Server::new().on_start(|handle| async move {
    ///     let _config = std::fs::read_to_string("chat.toml")?;
    ///     tokio::spawn(async move {
    ///         loop {
    ///             tokio::time::sleep(Duration::from_secs(1)).await;
    ///             handle.of("/clock").emit("tick", ());
    ///         }
    ///     });
    ///     Ok(())
    /// });
    /// server.listen("127.0.0.1:3000").await
    /// # }
    /// ```
    pub fn on_start<F: Future<Output: TaskOutput> + Send + 'static>(
        mut self,
        hook: impl FnOnce(Handle) -> F + Send + 'static,
    ) -> Self {
        self.hooks.on_start(hook);
        self
    }

    /// Runs a future when the server stops: at a shutdown, after the last `on_disconnect` and before [`listen`](Self::listen) returns.
    /// Several run one after the other, in the order of these calls. As `on_shutdown` of python-socketio.
    ///
    /// Together they have what is left of the shutdown's deadline, and one second at least; then they are dropped. An error and a panic are
    /// logged. It also runs when the port cannot be opened, so that what [`on_start`](Self::on_start) has begun is ended; it does not run
    /// when `on_start` has failed, or when the program drops the server without a shutdown.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().on_stop(|| async { println!("every client is gone") });
    /// ```
    pub fn on_stop<F: Future<Output: TaskOutput> + Send + 'static>(
        mut self,
        hook: impl FnOnce() -> F + Send + 'static,
    ) -> Self {
        self.hooks.on_stop(hook);
        self
    }

    /// Calls a function with the path of each namespace of a pattern that begins to exist: when a client enters it and no other client of
    /// this process is in it, before `on_connect`, and when [`Handle::of`](crate::Handle::of) names it. As the event `new_namespace` of Node.
    /// Called several times, it adds functions that run one after the other.
    ///
    /// A namespace ends with its last client and begins to exist anew with the next, so that one path may be reported again. The function
    /// must not block, because the client's task waits for it. A panic in it is logged.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().on_namespace(|_handle, path| println!("{path} has a client"));
    /// ```
    pub fn on_namespace(mut self, report: impl Fn(&Handle, &str) + Send + Sync + 'static) -> Self {
        let (handle, before) = (self.handle.clone(), self.on_namespace.take());
        self.on_namespace = Some(Arc::new(move |path| {
            if let Some(before) = &before {
                before(path);
            }
            report(&handle, path);
        }));
        self
    }

    /// Shuts the server down when a future ends, as [`Handle::shutdown`](crate::Handle::shutdown) with this deadline does: every
    /// `on_disconnect` runs, and then [`listen`](Self::listen) returns. What the future ends with does not matter.
    ///
    /// The future is polled once the server has started, in a task of its own. Without this, a signal such as Ctrl-C ends the process at
    /// once. Choose a deadline shorter than what the process is given: `TimeoutStopSec` of systemd (90 s),
    /// `terminationGracePeriodSeconds` of Kubernetes (30 s).
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use socketio::prelude::*;
    ///
    /// # async fn serve() -> Result<(), Error> {
    /// // With tokio's feature `signal`; `examples/chat` waits for SIGTERM too.
    /// let server = Server::new().shutdown_on(tokio::signal::ctrl_c(), Duration::from_secs(10));
    /// server.listen("127.0.0.1:3000").await
    /// # }
    /// ```
    pub fn shutdown_on(mut self, signal: impl Future<Output: Send> + Send + 'static, deadline: Duration) -> Self {
        self.hooks.shutdown_on(signal, deadline);
        self
    }
}
