//! The start of a server: every option is checked here, and the port is taken.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use tokio::net::ToSocketAddrs;
use tokio::runtime;
use tokio::sync::watch;

use super::Server;
use crate::adapter::{BoxFuture, Node};
use crate::connection::Clients;
use crate::engine::{Engine, Id};
use crate::error::Error;
use crate::namespace::{Registry, State};
use crate::server::core::Phase;
use crate::server::handle::Own;
use crate::server::hooks::Hooks;
use crate::server::layer::Layer;
use crate::server::node::local_half;
use crate::server::port::Port;
use crate::server::service::Respond as _;
use crate::server::stopping::{Connected, Stopping};
use crate::server::{Bound, Core, Handle, Service, workers};
use crate::socket::{Recovery, Sessions, Shared, Watcher};

/// The start of an adapter.
type Connecting = BoxFuture<'static, Result<(), Error>>;

/// The asynchronous part of the start, which follows the checks of the options: the adapter and the hooks.
struct Start {
    connecting: Option<Connecting>,
    hooks: Hooks,
    handle: Handle,
}

impl Start {
    fn is_empty(&self) -> bool {
        self.connecting.is_none() && self.hooks.is_empty()
    }

    /// Runs `on_start`; from then on the end of the server runs `on_stop`.
    async fn run_hooks(&mut self, core: &Core) -> Result<(), Error> {
        self.hooks.run_start(&self.handle).await?;
        core.stopping.set(self.hooks.take_stop()).await;
        Ok(())
    }

    /// Runs the asynchronous part of the start while clients are served already.
    async fn run_behind(mut self, core: Weak<Core>) {
        if let Some(connecting) = self.connecting.take()
            && let Err(error) = connecting.await
        {
            tracing::error!(%error, "the adapter has not started: this node is alone");
        }
        let Some(core) = core.upgrade() else { return };
        match self.run_hooks(&core).await {
            Ok(()) => self.hooks.watch(&core),
            Err(error) => {
                tracing::error!(%error, "`on_start` has failed: the server is shut down");
                core.shut_down(Duration::ZERO).await;
            }
        }
    }
}

impl Server {
    /// Checks everything and starts, as a service for another HTTP server.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// let service = Server::empty().into_service()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Code `start`: an option out of its bounds, two namespaces for one path, a `State<T>` that was not given, an expected namespace
    /// that is missing; `on_start`, `on_stop`, `shutdown_on` or an adapter without a tokio runtime; [`workers`](Self::workers).
    pub fn into_service(self) -> Result<Service, Error> {
        if self.workers.is_some() {
            return Err(Error::start(
                "`Server::workers` is for `bind` and `listen`: a service runs in the threads of the HTTP server that calls it\nhelp: leave it out",
            ));
        }
        let (service, start) = self.build()?;
        if start.is_empty() {
            return Ok(service);
        }
        let Ok(runtime) = runtime::Handle::try_current() else {
            return Err(Error::start(
                "an adapter, `on_start`, `on_stop` and `shutdown_on` need a tokio runtime\nhelp: call `into_service` or `into_layer` in one",
            ));
        };
        // Requests are served meanwhile, because a tower service cannot wait for the start.
        runtime.spawn(start.run_behind(Arc::downgrade(service.core())));
        Ok(service)
    }

    /// The service, and the asynchronous part of its start.
    fn build(mut self) -> Result<(Service, Start), Error> {
        if let Some(mistake) = self.mistake.take() {
            return Err(mistake);
        }
        self.settings.check()?;
        self.recovery.as_ref().map_or(Ok(()), Recovery::check)?;
        // For handlers with `&Handle`. `Own` is private, so that no value of the program has this type.
        self.states.insert(State::new(Own(self.handle.clone())));
        self.middlewares.check()?;
        let middlewares = (!self.middlewares.is_empty()).then(|| Arc::new(self.middlewares));
        let watcher = middlewares.clone().map(|middlewares| -> Arc<dyn Watcher> { middlewares });
        let node = Id::random().map_err(|error| Error::start(format!("no random node id: {error}")))?;
        let shared = Shared::new(self.states, self.settings, self.adapter.clone(), watcher).with_node(node);
        let recovery = self.recovery.map(|options| Sessions::new(options, self.adapter.clone()));
        let shared = Arc::new(shared.with_presence(self.on_presence).with_recovery(recovery));
        let registry = Arc::new(Registry::new(self.mounts, shared, middlewares, self.on_namespace)?);
        self.server_events.check(&registry)?;
        if let Some(missing) = self.expected.iter().find(|path| !registry.knows(path)) {
            return Err(Error::start(format!(
                "the namespace \"{missing}\" is expected and not there\nhelp: a crate that nothing mentions is not linked: `use that_crate as _;`"
            )));
        }
        let engine = Engine::new(Clients { registry: registry.clone(), server: OnceLock::new() }, self.options)?;
        #[cfg(feature = "browser-client")]
        self.pages.add_client(&engine.options().path);
        let (phase, stopping) = (watch::Sender::new(Phase::Serving), Stopping::default());
        let connected = Connected::new(self.adapter.clone());
        let core = Arc::new(Core { engine, registry, pages: self.pages, phase, stopping, connected });
        let server: Weak<Core> = Arc::downgrade(&core);
        // Does not fail, because it is set nowhere else.
        let _ = core.engine.handler().server.set(server);
        self.handle.start(&core);
        let connecting = match self.adapter {
            Some(adapter) => {
                let local = local_half(&core.registry, self.server_events, self.handle.clone());
                Some(adapter.start(Node::new(node, local)))
            }
            None => None,
        };
        let start = Start { connecting, hooks: self.hooks, handle: self.handle };
        Ok((Service::new(core), start))
    }

    /// Checks everything and starts, as a layer in front of another service, such as an axum router.
    ///
    /// # Errors
    /// As [`into_service`](Self::into_service).
    pub fn into_layer(self) -> Result<Layer, Error> {
        self.into_service().map(Layer::new)
    }

    /// Checks everything and takes the port, without serving yet. Up to 4,096 connections may wait to be accepted, or as many as the
    /// system allows, if that is less (Linux: `net.core.somaxconn`).
    ///
    /// # Errors
    /// As [`into_service`](Self::into_service), which [`workers`](Self::workers) are no error for, and when the address cannot be listened on.
    pub async fn bind(self, address: impl ToSocketAddrs) -> Result<Bound, Error> {
        let (handle, workers) = (self.handle(), self.workers.map(workers::count));
        let (service, mut start) = self.build()?;
        if let Some(connecting) = start.connecting.take() {
            connecting.await?;
        }
        if let Err(error) = start.run_hooks(service.core()).await {
            service.core().stop().await;
            return Err(error);
        }
        let port = match Port::open(address, service.engine_options(), workers.unwrap_or(1)).await {
            Ok(port) => port,
            Err(error) => {
                // Runs `on_stop`, which ends what `on_start` has begun.
                service.core().stop().await;
                return Err(error);
            }
        };
        start.hooks.watch(service.core());
        Ok(Bound::new(port, service, handle, workers))
    }

    /// Checks everything, takes the port and serves until [`Handle::shutdown`](crate::Handle::shutdown) has completed, as [`Bound::serve`]
    /// does.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub async fn listen(self, address: impl ToSocketAddrs) -> Result<(), Error> {
        self.bind(address).await?.serve().await
    }
}
