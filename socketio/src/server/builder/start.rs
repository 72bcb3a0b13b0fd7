//! The start of a server: every option is checked here, and the port is taken.

use std::sync::{Arc, OnceLock, Weak};

use tokio::net::ToSocketAddrs;
use tokio::sync::watch;

use super::Server;
use crate::adapter::{BoxFuture, Node};
use crate::connection::Clients;
use crate::engine::{Engine, Id};
use crate::error::Error;
use crate::namespace::{Registry, State};
use crate::server::accept::Port;
use crate::server::core::Phase;
use crate::server::handle::Own;
use crate::server::layer::Layer;
use crate::server::node::local_half;
use crate::server::service::Respond as _;
use crate::server::{Bound, Core, Service};
use crate::socket::{Shared, Watcher};

/// The start of an adapter.
type Connected = BoxFuture<'static, Result<(), Error>>;

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
    /// that is missing.
    pub fn into_service(self) -> Result<Service, Error> {
        let (service, connected) = self.build()?;
        if let Some(connected) = connected {
            // Requests are served meanwhile, because a tower service cannot wait for the start.
            tokio::spawn(async move {
                if let Err(error) = connected.await {
                    tracing::error!(%error, "the adapter has not started: this node is alone");
                }
            });
        }
        Ok(service)
    }

    /// The service, and the start of the adapter if there is one.
    fn build(mut self) -> Result<(Service, Option<Connected>), Error> {
        if let Some(mistake) = self.mistake.take() {
            return Err(mistake);
        }
        self.settings.check()?;
        // For `&Handle`: nothing else has this type.
        self.states.insert(State::new(Own(self.handle.clone())));
        self.middlewares.check()?;
        let middlewares = (!self.middlewares.is_empty()).then(|| Arc::new(self.middlewares));
        let watcher = middlewares.clone().map(|middlewares| -> Arc<dyn Watcher> { middlewares });
        let shared = Shared::new(self.states, self.settings, self.adapter.clone(), watcher);
        let shared = Arc::new(shared.with_presence(self.on_presence));
        let registry = Arc::new(Registry::new(self.mounts, shared, middlewares)?);
        if let Some(missing) = self.expected.iter().find(|path| !registry.knows(path)) {
            return Err(Error::start(format!(
                "the namespace \"{missing}\" is expected and not there\nhelp: a crate that nothing mentions is not linked: `use that_crate as _;`"
            )));
        }
        let engine = Engine::new(Clients { registry: registry.clone(), server: OnceLock::new() }, self.options)?;
        #[cfg(feature = "browser-client")]
        self.pages.add_client(&engine.options().path);
        let core = Arc::new(Core { engine, registry, pages: self.pages, phase: watch::Sender::new(Phase::Serving) });
        let server: Weak<Core> = Arc::downgrade(&core);
        // Set here and nowhere else.
        let _ = core.engine.handler().server.set(server);
        self.handle.start(&core);
        let connected = match self.adapter {
            Some(adapter) => {
                let id = Id::random().map_err(|error| Error::start(format!("no random node id: {error}")))?;
                let local = local_half(&core.registry, self.server_events, self.handle.clone());
                Some(adapter.start(Node::new(id, local)))
            }
            None => None,
        };
        Ok((Service::new(core), connected))
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
    /// As [`into_service`](Self::into_service), and when the address cannot be listened on.
    pub async fn bind(self, address: impl ToSocketAddrs) -> Result<Bound, Error> {
        let handle = self.handle();
        let (service, connected) = self.build()?;
        if let Some(connected) = connected {
            connected.await?;
        }
        let port = Port::open(address, service.engine_options()).await?;
        Ok(Bound::new(port, service, handle))
    }

    /// Checks everything, takes the port and serves until [`Handle::shutdown`](crate::Handle::shutdown) has done its work, as [`Bound::serve`] does.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub async fn listen(self, address: impl ToSocketAddrs) -> Result<(), Error> {
        self.bind(address).await?.serve().await
    }
}
