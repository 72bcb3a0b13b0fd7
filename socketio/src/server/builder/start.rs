//! From options to a running server: every option is checked here, and the port is taken.

use std::sync::Arc;

use tokio::net::ToSocketAddrs;
use tokio::sync::watch;

use super::Server;
use crate::client::Clients;
use crate::engine::Engine;
use crate::error::Error;
use crate::namespace::Registry;
use crate::server::core::Phase;
use crate::server::layer::Layer;
use crate::server::port::Port;
use crate::server::service::Respond as _;
use crate::server::{Bound, Core, Service};
use crate::socket::Shared;

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
    /// Code `start`: two namespaces for one path, a `State<T>` that nobody has given, an expected namespace that is missing.
    pub fn into_service(mut self) -> Result<Service, Error> {
        if let Some(mistake) = self.mistake.take() {
            return Err(mistake);
        }
        let shared = Arc::new(Shared { states: self.states, settings: self.settings });
        let registry = Arc::new(Registry::new(self.mounts, shared)?);
        if let Some(missing) = self.expected.iter().find(|path| !registry.knows(path)) {
            return Err(Error::start(format!(
                "the namespace \"{missing}\" is expected and not there\nhelp: a crate that nothing mentions is not linked: `use that_crate as _;`"
            )));
        }
        let engine = Engine::new(Clients { registry: registry.clone() }, self.options);
        #[cfg(feature = "browser-client")]
        self.pages.add_client(&engine.options().path);
        let core = Arc::new(Core { engine, registry, pages: self.pages, phase: watch::Sender::new(Phase::Serving) });
        self.handle.start(core.clone());
        Ok(Service::new(core))
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
    /// As [`into_service`](Self::into_service), and when the address cannot be had.
    pub async fn bind(self, address: impl ToSocketAddrs) -> Result<Bound, Error> {
        let handle = self.handle();
        let service = self.into_service()?;
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
