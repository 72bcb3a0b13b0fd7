//! The handle of a server: emitting to namespaces, finding sockets, shutting down.

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use super::Core;
use crate::adapter;
use crate::error::Error;
use crate::namespace::{Context, FromContext, FromServer, Program, State};
use crate::socket::{NoSocket, Nsp, Shared, Socket, SocketId, Target, Targets, is_polled};

/// The server from outside of its handlers: cheap to clone, usable from any task or thread, and before the server has started.
///
/// It does not keep the server alive; `listen` and [`Bound::serve`](crate::server::Bound::serve), a [`Service`](crate::server::Service) or
/// layer, and every connected client do. Handlers borrow it as `&Handle`:
///
/// ```
/// use socketio::Handle;
/// use socketio::prelude::*;
///
/// #[derive(Default)]
/// struct Admin;
///
/// #[namespace("/admin")]
/// impl Admin {
///     fn on_announce(&self, server: &Handle, text: String) -> usize {
///         server.of("/chat").emit("notice", text);
///         server.connections()
///     }
/// }
/// ```
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
pub struct Handle(Arc<OnceLock<Weak<Core>>>);

impl Handle {
    pub(super) fn start(&self, core: &Arc<Core>) {
        // A server starts once: starting consumes the builder.
        let _ = self.0.set(Arc::downgrade(core));
    }

    pub(super) fn core(&self) -> Option<Arc<Core>> {
        self.0.get().and_then(Weak::upgrade)
    }

    /// All sockets in a namespace; none if the namespace does not exist or the server has not started.
    pub fn of(&self, path: &str) -> Target {
        // A path of a pattern namespace may be requested before it has a socket; its namespace lives as long as the target.
        let nsp = self.core().and_then(|core| core.registry.resolve(path)).map(|resolved| resolved.nsp);
        let nsp = nsp.unwrap_or_else(|| {
            tracing::debug!(namespace = path, "nobody is in a namespace that does not exist");
            Nsp::new(path, Arc::new(Shared::default()), None)
        });
        Target::many(nsp, adapter::Target::default())
    }

    /// All namespaces of a pattern that exist in this process, as one target: `handle.all("/org/{id}").emit("notice", text)`. The names in
    /// braces do not matter. Without a pattern it is the namespace of that path; none if it does not exist.
    ///
    /// In a cluster a namespace of a pattern is reached if it has a client on this node, wherever its other clients are; see
    /// [`Targets`]. To reach those of other nodes too, let each node do it: [`Target::server_side_emit`] and `#[server_event]`.
    pub fn all(&self, pattern: &str) -> Targets {
        let nsps = self.core().map_or_else(Vec::new, |core| core.registry.all(pattern));
        Targets::new(nsps.into_iter().map(|nsp| Target::many(nsp, adapter::Target::default())).collect())
    }

    /// The paths of all namespaces that exist in this process, in alphabetical order, with the number of their connected sockets. A namespace
    /// of a pattern exists as long as a client is in it.
    ///
    /// ```
    /// use socketio::Handle;
    ///
    /// fn print_namespaces(handle: &Handle) {
    ///     for (path, sockets) in handle.namespaces() {
    ///         println!("{path}: {sockets}");
    ///     }
    /// }
    /// ```
    pub fn namespaces(&self) -> Vec<(String, usize)> {
        let nsps = self.core().map_or_else(Vec::new, |core| core.registry.nsps());
        let counted = |nsp: Arc<Nsp>| (nsp.path.to_string(), Target::many(nsp, adapter::Target::default()).count());
        let mut all: Vec<_> = nsps.into_iter().map(counted).collect();
        all.sort();
        all
    }

    /// A socket by its id, whatever its namespace.
    ///
    /// # Errors
    /// [`NoSocket`] if it is not connected.
    pub fn socket(&self, id: SocketId) -> Result<Socket, NoSocket> {
        let inner = self.core().and_then(|core| core.registry.socket(id)).ok_or(NoSocket::with_id(id))?;
        if inner.is_connected() { Ok(Socket::new(inner)) } else { Err(NoSocket::with_id(id)) }
    }

    /// How many connections there are, whatever their namespaces.
    pub fn connections(&self) -> usize {
        self.core().map_or(0, |core| core.engine.sessions())
    }

    /// Shuts down: no new connections, every client disconnected with "server shutting down", every `on_disconnect` run.
    ///
    /// 1. New connections and handshakes are refused, and no new events are handled. Running handlers go on: what they send, and their
    ///    acknowledgements, still reach the client, and a client may still acknowledge. A client is disconnected when none of its handlers
    ///    runs.
    /// 2. Handlers that still run after `Server::disconnect_grace`, or shortly before `deadline` if that is sooner, are dropped. "Shortly" is a
    ///    quarter of the deadline, at most a second; it is left to `on_disconnect`.
    /// 3. Returns when all of that is done, or after `deadline`: then what still runs is left to the runtime. True if all was done.
    ///
    /// The shutdown goes on when this future is dropped. Awaited in a handler, in `on_connect` or in `on_disconnect` it returns `false` at
    /// once and goes on, because it waits for all of them. If the server has been dropped already, it returns `true`.
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
        let shutdown = tokio::spawn(core.shut_down(deadline));
        if is_polled() {
            return false;
        }
        shutdown.await.unwrap_or(false)
    }
}

impl Handle {
    /// Empties the server before it is shut down, so that its clients do not connect to other servers all at once.
    ///
    /// 1. No new connections: handshakes are answered with 503, code 4 `Server shutting down`. A load balancer sends them elsewhere. Clients
    ///    that are connected go on, and may connect to further namespaces.
    /// 2. The clients are disconnected in slices that are spread evenly over the time `over`, ten slices a second at most, each client when
    ///    none of its handlers runs. They read "transport close", as at a shutdown, and official clients connect again by themselves.
    /// 3. At the end of that time, or as soon as no client is left, [`shutdown`](Self::shutdown), with a deadline of
    ///    `Server::disconnect_grace` and one second.
    ///
    /// `over` is at most a day. Official clients reconnect one to five seconds after they were disconnected, whatever their number, so that
    /// the server has to spread them. Choose `over` by what the other servers can take, and longer than the load balancer needs to notice.
    /// True if every `on_disconnect` has ended.
    ///
    /// The drain goes on when this future is dropped; awaited in a handler it returns `false` at once and goes on, as `shutdown`. A
    /// `shutdown` meanwhile, as by `Server::shutdown_on`, ends it at once.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use socketio::Handle;
    ///
    /// async fn before_an_update(handle: &Handle) {
    ///     handle.drain(Duration::from_secs(60)).await;
    /// }
    /// ```
    pub async fn drain(&self, over: Duration) -> bool {
        let Some(core) = self.core() else { return true };
        let drain = tokio::spawn(core.drain(over));
        if is_polled() {
            return false;
        }
        drain.await.unwrap_or(false)
    }
}

/// The handle of a running server as one of its state values, in a type of its own, so that it does not collide with `Server::state`.
pub(super) struct Own(pub(super) Handle);

impl FromContext for Handle {
    const IMMEDIATE: bool = true;
    const FALLIBLE: bool = false;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        Self::lend(cx).cloned().ok_or_else(|| Error::internal("the server has no handle"))
    }

    fn lend(cx: &Context) -> Option<&Self> {
        cx.state::<Own>().map(|own| &own.0)
    }
}

impl FromServer for Handle {
    fn from_server<'a>(program: &'a Program<'_>) -> Result<&'a Self, Error> {
        let own = program.get::<State<Own>>();
        own.map(|own| &own.0).ok_or_else(|| Error::internal("the server has no handle"))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("started", &self.core().is_some()).finish()
    }
}
