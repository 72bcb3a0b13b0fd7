//! The request with which a client has come.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use crate::engine::{self, Transport};

/// The HTTP request that opened the connection, borrowed by handlers as `&Handshake`.
///
/// It is the first request only: headers of later polling requests or of the upgrade are not seen here.
///
/// ```
/// use socketio::prelude::*;
///
/// struct Api;
///
/// #[namespace("/api")]
/// impl Api {
///     fn on_connect(handshake: &Handshake) -> Result<Self, Refuse> {
///         match handshake.cookie("session") {
///             Some(_) => Ok(Api),
///             None => Err(Refuse::new("login", "log in first")),
///         }
///     }
///
///     fn on_agent(&self, handshake: &Handshake) -> Option<String> {
///         handshake.header("user-agent").map(str::to_owned)
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Handshake {
    engine: engine::Socket,
    /// The query of the namespace, see [`query`](Self::query).
    query: Option<Arc<str>>,
}

impl Handshake {
    pub(crate) fn new(engine: engine::Socket, query: Option<Arc<str>>) -> Self {
        Self { engine, query }
    }

    fn request(&self) -> &Arc<engine::Request> {
        self.engine.request()
    }

    /// The value of a header, if the request has it and it is text. Names are compared without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request().header(name)
    }

    /// All headers that are text, in the order in which they came.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.request().headers()
    }

    /// A cookie's value as the client has sent it.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.headers().filter(|(header, _)| header.eq_ignore_ascii_case("cookie"));
        cookies.flat_map(|(_, value)| value.split(';')).find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            (key.trim() == name).then(|| value.trim().trim_matches('"'))
        })
    }

    /// A parameter of the query, decoded. Of several with one name the last counts, as in the Node server.
    ///
    /// Clients up to 2.5 may enter a namespace with a query of its own, `io("/chat?room=1")`; in that namespace, it counts before
    /// the request's.
    pub fn query(&self, name: &str) -> Option<String> {
        self.queries().filter(|(key, _)| key == name).last().map(|(_, value)| value.into_owned())
    }

    /// The parameters of the query, decoded, in the order in which they came; behind them those of the namespace.
    pub fn queries(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.request().query_pairs().chain(engine::query_pairs(self.query.as_deref().unwrap_or_default()))
    }

    /// The client's address. Behind a proxy it is the proxy's, unless `Server::trust_proxies` lists the proxy; then the
    /// port is 0 if the proxy names none. Behind another HTTP server it is `None`, unless the server puts it into the request as
    /// [`RemoteAddr`](crate::engine::RemoteAddr), or is axum with `ConnectInfo<SocketAddr>` and the feature `axum` is on.
    pub fn address(&self) -> Option<SocketAddr> {
        self.engine.remote_addr()
    }

    /// When the request came.
    pub fn time(&self) -> SystemTime {
        self.request().time()
    }

    /// Whether what the request says about the user may be believed. It is `false` for the request of a page of another
    /// origin that is not allowed credentials; then there are no cookies, no `Authorization` and no
    /// [`extensions`](Self::extensions). See [`engine::Request::is_trusted`](crate::engine::Request::is_trusted).
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// struct Account;
    ///
    /// #[namespace("/account")]
    /// impl Account {
    ///     fn on_connect(handshake: &Handshake) -> Result<Self, Refuse> {
    ///         // A header that a proxy has made of a cookie: the server does not know it, and does not remove it.
    ///         match handshake.header("x-forwarded-user") {
    ///             Some(_) if handshake.is_trusted() => Ok(Account),
    ///             _ => Err(Refuse::new("login", "log in first")),
    ///         }
    ///     }
    /// }
    /// ```
    pub fn is_trusted(&self) -> bool {
        self.request().is_trusted()
    }

    /// What layers in front of the server have put into the request, such as a user. Empty if the request is not
    /// [trusted](Self::is_trusted).
    pub fn extensions(&self) -> &http::Extensions {
        self.request().extensions()
    }

    /// The protocol that the client speaks: 4 is that of clients 3.x and 4.x, 3 that of 1.x and 2.x, 1 that of 0.7 to 0.9.
    pub fn protocol(&self) -> u8 {
        self.engine.protocol()
    }

    /// The transport in use now; it changes from polling to WebSocket with an upgrade.
    pub fn transport(&self) -> Transport {
        self.engine.transport()
    }
}
