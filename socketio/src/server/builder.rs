//! What a server can be told before it starts. Every option has a default, its unit and its bounds.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderValue;
use tokio::net::ToSocketAddrs;
use tokio::sync::watch;

use super::core::Phase;
use super::layer::Layer;
use super::listen::listener;
use super::pages::Pages;
use super::{Bound, Core, Handle, Service};
use crate::client::Clients;
use crate::engine::{Cors, Engine, Options, Transport};
use crate::error::Error;
use crate::namespace::{Entry, HasPath, Mount, Namespace, Registry, State};
use crate::socket::{Settings, Shared, States};

/// A Socket.IO server to be: options, state and namespaces, then [`listen`](Self::listen).
///
/// ```no_run
/// use socketio::prelude::*;
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> Result<(), Error> {
///     Server::new().ping_interval(std::time::Duration::from_secs(10)).listen("127.0.0.1:3000").await
/// }
/// ```
#[must_use = "a server does nothing until it listens"]
#[derive(Debug)]
pub struct Server {
    options: Options,
    settings: Settings,
    states: States,
    mounts: Vec<(String, Mount)>,
    expected: Vec<String>,
    pages: Pages,
    /// The first mistake, told when the server starts.
    mistake: Option<Error>,
    handle: Handle,
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl Server {
    /// A server with every namespace that is linked into the program.
    ///
    /// A crate that nothing refers to is not linked, and its namespaces are missing: write `use that_crate as _;`, and see
    /// [`expect`](Self::expect).
    pub fn new() -> Self {
        let mut server = Self::empty();
        server.mounts = inventory::iter::<Entry>().map(|entry| (entry.path.to_owned(), (entry.mount)())).collect();
        server
    }

    /// A server without namespaces: [`mount`](Self::mount) adds them.
    pub fn empty() -> Self {
        Self {
            options: Options { path: "/socket.io".to_owned(), ..Options::default() },
            settings: Settings::default(),
            states: States::default(),
            mounts: Vec::new(),
            expected: Vec::new(),
            pages: Pages::default(),
            mistake: None,
            handle: Handle::default(),
        }
    }

    /// Adds a namespace, such as one with `#[namespace("/x", manual)]`.
    pub fn mount<N: Namespace + HasPath>(self) -> Self {
        self.mount_at::<N>(N::PATH)
    }

    /// Adds a namespace at a path of your choice, also when its type has one already.
    pub fn mount_at<N: Namespace>(mut self, path: impl Into<String>) -> Self {
        self.mounts.push((path.into(), Mount::of::<N>()));
        self
    }

    /// Names namespaces that must be there: without them the server does not start.
    pub fn expect<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.expected.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Gives a value to all handlers, which borrow it as `&State<T>`. One value per type; a second one is an error at start.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        if !self.states.insert(State(value)) {
            self.mistake.get_or_insert_with(|| {
                let name = std::any::type_name::<T>();
                Error::start(format!("two values of `{name}` were given to `Server::state`"))
            });
        }
        self
    }

    /// The path that clients connect to. Default `/socket.io`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.options.path = path.into();
        self
    }

    /// The transports that clients may use. Default: long polling and WebSocket.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.options.transports = transports.into_iter().collect();
        self
    }

    /// The versions of the Engine.IO protocol that clients may speak. Default: 3, which is that of the clients 1.0 to 2.5, and 4, which
    /// is that of 3.0 and newer. Others are refused with code 5, and told what is accepted.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().protocols([4]); // modern clients only
    /// ```
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = u8>) -> Self {
        self.options.protocols = protocols.into_iter().collect();
        self
    }

    /// Whether polling clients may have their packets as scripts, as pages in browsers without CORS need it. Default `true`; see
    /// [`Options::jsonp`](crate::engine::Options::jsonp) for what other sites' pages can do with it.
    pub fn jsonp(mut self, allow: bool) -> Self {
        self.options.jsonp = allow;
        self
    }

    /// Whether clients of 0.7, 0.8 and 0.9 are served too, on the same path and in the same namespaces. Default `false`; such a client is
    /// then refused with code 5 and the name of this option.
    ///
    /// Needs the crate's feature `legacy`; without it, this has no effect and a warning says so. The Node builds of 0.7 and 0.8 claim to
    /// be pages of `http://www.example.com` when they use WebSocket: [`cors`](Self::cors) must allow that for them.
    pub fn legacy(mut self, serve: bool) -> Self {
        self.options.legacy = serve;
        self
    }

    /// How clients of 0.7, 0.8 and 0.9 are served: timers, transports, binary values, the port for Flash. It does not switch them on.
    ///
    /// ```
    /// use socketio::engine::{LegacyBinary, LegacyOptions};
    /// use socketio::prelude::*;
    ///
    /// let mut options = LegacyOptions::default();
    /// options.binary = LegacyBinary::Refuse;
    /// let server = Server::new().legacy(true).legacy_options(options);
    /// ```
    #[cfg(feature = "legacy")]
    pub fn legacy_options(mut self, options: crate::engine::LegacyOptions) -> Self {
        self.options.legacy_options = options;
        self
    }

    /// Whether polling clients may move to WebSocket. Default `true`.
    pub fn allow_upgrades(mut self, allow: bool) -> Self {
        self.options.allow_upgrades = allow;
        self
    }

    /// The time between a pong and the next ping. Default 25 s; at least 1 ms, at most a day.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.options.ping_interval = interval;
        self
    }

    /// How long a client may take to answer a ping before it counts as gone. Default 20 s; at least 1 ms, at most a day.
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.options.ping_timeout = timeout;
        self
    }

    /// How long a move from polling to WebSocket may take. Default 10 s; at least 1 ms, at most a day.
    pub fn upgrade_timeout(mut self, timeout: Duration) -> Self {
        self.options.upgrade_timeout = timeout;
        self
    }

    /// How long a client may be connected without joining a namespace. Default 45 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// The largest message and the largest polling request in bytes, on every transport. Default 1,000,000; at least
    /// 1 KiB, at most 1 GiB.
    pub fn max_payload(mut self, bytes: usize) -> Self {
        self.options.max_payload = bytes;
        self
    }

    /// The origins whose pages may connect. Default: the server's own only.
    ///
    /// ```
    /// use socketio::engine::Cors;
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().cors(["https://app.example", "https://admin.example"]);
    /// ```
    pub fn cors(mut self, cors: impl Into<Cors>) -> Self {
        self.options.cors = Some(cors.into());
        self
    }

    /// How much may wait to be sent to one client: packets and bytes. Past either, volatile messages are dropped, and for any other
    /// the client is disconnected with "slow consumer". Default 16,384 packets and 16 MiB; at least 16 packets and
    /// 64 KiB.
    pub fn outbox(mut self, packets: usize, bytes: usize) -> Self {
        (self.options.outbox_packets, self.options.outbox_bytes) = (packets, bytes);
        self
    }

    /// How many connections there may be at once. Default 1,000,000, at least 1; past it a handshake is answered with 503.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.options.max_sessions = connections;
        self
    }

    /// How many namespaces one client may be in at once. Default 64; past it CONNECT is refused with `too_many_namespaces`.
    pub fn max_namespaces(mut self, namespaces: usize) -> Self {
        self.settings.max_namespaces = namespaces;
        self
    }

    /// How many events of one client may run or wait for their turn. Default 256, at least 1; past it, or with 16 MiB of events waiting,
    /// the client is not read, so that it is TCP that makes it wait. While the server waits for an acknowledgement of the client, it is
    /// read up to 64 times as far in events.
    pub fn max_turns(mut self, turns: usize) -> Self {
        self.settings.max_turns = turns.max(1);
        self
    }

    /// How many attachments a binary packet may have. Default 10, as in Node and its clients.
    pub fn max_attachments(mut self, attachments: usize) -> Self {
        self.settings.max_attachments = attachments;
        self
    }

    /// How many bytes the attachments of one packet may have together. Default 10,000,000.
    pub fn max_attachment_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_attachment_bytes = bytes;
        self
    }

    /// How long the attachments of a packet may take to arrive. Default 60 s.
    pub fn attachments_timeout(mut self, timeout: Duration) -> Self {
        self.settings.attachments_timeout = timeout;
        self
    }

    /// How long `call` and `emit_with_ack` wait for the client. Default 10 s.
    pub fn ack_timeout(mut self, timeout: Duration) -> Self {
        self.settings.ack_timeout = timeout;
        self
    }

    /// How many acknowledgements of one socket may be outstanding. Default 1024; past it `call` fails with
    /// [`AckError::TooMany`](crate::AckError::TooMany).
    pub fn max_pending_acks(mut self, acks: usize) -> Self {
        self.settings.max_pending_acks = acks;
        self
    }

    /// Whether a failed event that asked for no acknowledgement is told to the client as event `error`. Default `true`.
    pub fn emit_errors(mut self, emit: bool) -> Self {
        self.settings.emit_errors = emit;
        self
    }

    /// How long the handlers of a client that has left may go on before they are dropped. Default 10 s.
    pub fn disconnect_grace(mut self, grace: Duration) -> Self {
        self.settings.disconnect_grace = grace;
        self
    }

    /// Serves fixed content at a path, such as the one page of a small program.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().page("/", "text/html; charset=utf-8", "<!doctype html><title>Chat</title>");
    /// ```
    pub fn page(mut self, path: impl Into<String>, content_type: &str, body: impl Into<Bytes>) -> Self {
        match HeaderValue::from_str(content_type) {
            Ok(content_type) => self.pages.add(path.into(), content_type, body.into()),
            Err(_) => {
                self.mistake.get_or_insert_with(|| Error::start(format!("`{content_type}` cannot be a content type")));
            }
        }
        self
    }

    /// The server from outside of its handlers, also before it has started.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

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
        #[cfg(feature = "client")]
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

    /// Checks everything and takes the port, without serving yet.
    ///
    /// # Errors
    /// As [`into_service`](Self::into_service), and when the address cannot be had.
    pub async fn bind(self, address: impl ToSocketAddrs) -> Result<Bound, Error> {
        let handle = self.handle();
        let service = self.into_service()?;
        let listener = listener(address).await.map_err(|error| Error::start(format!("cannot listen: {error}")))?;
        #[cfg(feature = "legacy")]
        let policy = match &service.engine_options() {
            options if !options.legacy => None,
            options => super::flash::bind(&listener, options.legacy_options.flash_policy_port).await?,
        };
        #[cfg(feature = "legacy")]
        let bound = Bound::new(listener, service, handle).with_policy(policy);
        #[cfg(not(feature = "legacy"))]
        let bound = Bound::new(listener, service, handle);
        if let Ok(address) = bound.local_addr() {
            tracing::info!("listening on http://{address}");
        }
        Ok(bound)
    }

    /// Checks everything, takes the port and serves until [`Handle::shutdown`] has done its work, as [`Bound::serve`] does.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub async fn listen(self, address: impl ToSocketAddrs) -> Result<(), Error> {
        self.bind(address).await?.serve().await
    }
}
