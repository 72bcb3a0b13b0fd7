//! The builder of a server. Every option has a default, its unit and its bounds; the options are in the files beside this one.

mod cluster;
mod hooks;
mod http;
mod limits;
mod start;
mod workers;

use ::http::header::HeaderValue;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::Handle;
use super::hooks::Hooks;
use super::node::ServerEvents;
use super::pages::Pages;
use crate::adapter::Adapter;
use crate::engine::Options;
use crate::error::Error;
use crate::namespace::{Chain, Entry, HasPath, Middleware, Mount, Namespace, OnNamespace, State};
use crate::socket::{OnPresence, PresenceChange, Recovery, Settings, States};

/// The builder of a Socket.IO server: options, state and namespaces, then [`listen`](Self::listen). A value that is out of an option's
/// bounds is an error at start that names the option.
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
pub struct Server {
    options: Options,
    settings: Settings,
    states: States,
    mounts: Vec<(String, Mount)>,
    expected: Vec<String>,
    pages: Pages,
    /// The first mistake, which is the error of the start.
    mistake: Option<Error>,
    handle: Handle,
    adapter: Option<Arc<dyn Adapter>>,
    server_events: ServerEvents,
    middlewares: Chain,
    on_presence: Option<OnPresence>,
    recovery: Option<Recovery>,
    on_namespace: Option<OnNamespace>,
    hooks: Hooks,
    workers: Option<usize>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Server");
        out.field("options", &self.options).field("settings", &self.settings).field("mounts", &self.mounts);
        out.field("adapter", &self.adapter.is_some()).finish_non_exhaustive()
    }
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
            adapter: None,
            server_events: ServerEvents::default(),
            middlewares: Chain::default(),
            on_presence: None,
            recovery: None,
            on_namespace: None,
            hooks: Hooks::default(),
            workers: None,
        }
    }

    /// Adds a namespace, such as one with `#[namespace("/x", manual)]`.
    pub fn mount<N: Namespace + HasPath>(self) -> Self {
        self.mount_at::<N>(N::PATH)
    }

    /// Adds a namespace at a path of your choice, also when its type has one already. A type may be mounted at several paths.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// #[derive(Default)]
    /// struct Echo;
    ///
    /// #[namespace(manual)]
    /// impl Echo {
    ///     fn on_say(&self, text: String) -> String {
    ///         text
    ///     }
    /// }
    ///
    /// let server = Server::empty().mount_at::<Echo>("/echo").mount_at::<Echo>("/room/{id}");
    /// ```
    pub fn mount_at<N: Namespace>(mut self, path: impl Into<String>) -> Self {
        self.mounts.push((path.into(), Mount::of::<N>()));
        self
    }

    /// Opens namespaces without handlers: clients may connect, and receive what [`Handle::of`](crate::Handle::of) sends there. Their
    /// own events are answered with the error `not_found`. A pattern such as `/ticker/{symbol}` opens every path that it matches.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use socketio::prelude::*;
    ///
    /// # async fn serve() -> Result<(), Error> {
    /// let server = Server::new().open(["/ticker"]);
    /// let handle = server.handle();
    /// tokio::spawn(async move {
    ///     let mut seconds = tokio::time::interval(Duration::from_secs(1));
    ///     for n in 0.. {
    ///         seconds.tick().await;
    ///         handle.of("/ticker").emit("tick", n);
    ///     }
    /// });
    /// server.listen("127.0.0.1:3000").await
    /// # }
    /// ```
    ///
    /// A path that has a namespace already, that does not begin with `/`, or that has a `,` or `?` is an error at start.
    #[track_caller]
    pub fn open<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        let place = std::panic::Location::caller();
        self.mounts.extend(paths.into_iter().map(|path| (path.into(), Mount::open(place))));
        self
    }

    /// Lists namespaces that must exist: without them the server does not start. Use it for namespaces of other crates, which are missing
    /// when nothing refers to their crate.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().expect(["/chat", "/org/{id}"]);
    /// ```
    pub fn expect<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.expected.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Gives a value to all handlers, which borrow it as `&State<T>`. One value per type; a second one is an error at start.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        if !self.states.insert(State::new(value)) {
            self.mistake.get_or_insert_with(|| {
                let name = std::any::type_name::<T>();
                Error::start(format!("two values of `{name}` were given to `Server::state`"))
            });
        }
        self
    }

    /// Adds a middleware, which is called for every connection, event and acknowledgement, in all namespaces. Several middlewares run in
    /// the order in which they were added. None by default; see [`Middleware`] for one of your own, and [`RateLimit`](crate::RateLimit).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use socketio::prelude::*;
    /// use socketio::RateLimit;
    ///
    /// let server = Server::new().middleware(RateLimit::per_socket(20, Duration::from_secs(1)));
    /// ```
    pub fn middleware(mut self, middleware: impl Middleware) -> Self {
        self.middlewares.push(middleware);
        self
    }

    /// Calls a function when the first socket of a user has entered a namespace or one of its rooms, and when the last one has left. Users
    /// are those of [`Socket::identify`](crate::Socket::identify). Called several times, it adds functions that run one after the other.
    ///
    /// For one user and room the changes alternate, and they are reported in the order in which they happen, one at a time for each
    /// namespace. A user who enters and leaves again before the change is reported is not reported. A socket leaves its rooms after its
    /// `on_disconnect`.
    ///
    /// The function must not block, because it runs inside of the operation that made the change, such as `join` or the end of a
    /// connection, on that task's thread. It may use the handle, emit, join and leave; what changes by that is reported after it has
    /// returned. A panic in it is logged. A server without such a function and without an adapter counts nothing. With an adapter
    /// the users of all nodes count: see [`Target::users`](crate::Target::users).
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().on_presence(|handle, change| {
    ///     if change.namespace() == "/chat" && change.room().is_none() {
    ///         let event = if change.is_present() { "online" } else { "offline" };
    ///         handle.of("/chat").emit(event, change.user());
    ///     }
    /// });
    /// ```
    pub fn on_presence(mut self, report: impl Fn(&Handle, &PresenceChange) + Send + Sync + 'static) -> Self {
        let (handle, before) = (self.handle.clone(), self.on_presence.take());
        self.on_presence = Some(Arc::new(move |change| {
            if let Some(before) = &before {
                before(change);
            }
            report(&handle, change);
        }));
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

    /// Keeps the server from starting. Of several mistakes the first is reported.
    fn refuse(&mut self, mistake: &'static str) {
        self.mistake.get_or_insert_with(|| Error::start(mistake));
    }

    /// A handle of the server, for code outside of its handlers; also before it has started.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}
