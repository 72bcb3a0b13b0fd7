//! The HTTP request that opened a client's connection, and the data with which the client entered a namespace.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::engine::{self, Transport};
use crate::error::Error;
use crate::utc::Utc;

/// The data of the CONNECT packet with which a client has entered a namespace.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The query behind the namespace's name, which clients up to 2.5 may send.
    pub(crate) query: Option<Arc<str>>,
    /// The JSON of the `auth` payload.
    pub(crate) auth: Option<Arc<str>>,
}

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
#[derive(Clone)]
pub struct Handshake {
    engine: engine::Socket,
    entry: Entry,
}

impl Handshake {
    pub(crate) fn new(engine: engine::Socket, entry: Entry) -> Self {
        Self { engine, entry }
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

    /// The `auth` payload of the CONNECT packet, `io({ auth: … })` in the official client; as with the by-value argument
    /// of `on_connect`. Clients up to 2.5 send none: for them it is an object of the query's parameters.
    ///
    /// Use it in code that several namespaces or handlers share, such as a [`FromContext`](crate::FromContext) of your own.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use socketio::prelude::*;
    ///
    /// #[derive(Deserialize)]
    /// struct Login { token: String }
    ///
    /// fn token(socket: &Socket) -> Result<String, Error> {
    ///     Ok(socket.handshake().auth::<Login>()?.token)
    /// }
    /// ```
    ///
    /// # Errors
    /// `bad_request` if the payload is not a `T`. A missing payload is read as `null`.
    pub fn auth<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let json = self.entry.auth.as_deref().unwrap_or("null");
        serde_json::from_str(json).map_err(|error| Error::bad_request(format!("auth: {error}")))
    }

    /// Path and query of the request as they were sent, such as `/socket.io/?EIO=4&transport=polling`.
    pub fn url(&self) -> &str {
        self.request().url()
    }

    /// The path of the request, without the query: `/socket.io/`, or the value of [`Server::path`](crate::Server::path). The path of the
    /// namespace is [`Socket::path`](crate::Socket::path).
    pub fn path(&self) -> &str {
        self.request().path()
    }

    /// The origin of the page that has made the request, as the browser sends it. Clients other than browsers usually send none.
    pub fn origin(&self) -> Option<&str> {
        self.header("origin")
    }

    /// Whether the request is known to have come over TLS: from the request itself, or from a proxy in
    /// `Server::trust_proxies`.
    pub fn is_secure(&self) -> bool {
        self.request().is_secure()
    }

    /// A parameter of the query, decoded. Of several with one name the last counts, as in the Node server.
    ///
    /// Clients up to 2.5 may enter a namespace with a query of its own, `io("/chat?room=1")`; in that namespace, its parameters take
    /// precedence over the request's.
    pub fn query(&self, name: &str) -> Option<String> {
        self.queries().filter(|(key, _)| key == name).last().map(|(_, value)| value.into_owned())
    }

    /// The parameters of the query, decoded, in the order in which they came; behind them those of the namespace.
    pub fn queries(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.request().query_pairs().chain(engine::query_pairs(self.entry.query.as_deref().unwrap_or_default()))
    }

    /// The client's address. Behind a proxy it is the proxy's, unless `Server::trust_proxies` lists the proxy; then the
    /// port is 0 if the proxy names none. Behind another HTTP server it is `None`, unless the server puts it into the request as
    /// [`RemoteAddr`](crate::engine::RemoteAddr), or is axum with `ConnectInfo<SocketAddr>` and the feature `axum` is on.
    pub fn address(&self) -> Option<SocketAddr> {
        self.engine.remote_addr()
    }

    /// When the request was received.
    pub fn time(&self) -> SystemTime {
        self.request().time()
    }

    /// Whether the request may be used to identify the user. It is `false` for the request of a page of another origin that is not allowed
    /// credentials; then there are no cookies, no `Authorization` and no [`extensions`](Self::extensions). See
    /// [`engine::Request::is_trusted`](crate::engine::Request::is_trusted).
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

    /// The extensions that layers in front of the server have put into the request, such as a user. Empty if the request is not
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

/// Headers that are secrets of the user.
const SECRETS: [&str; 3] = ["cookie", "authorization", "proxy-authorization"];

/// Writes what Node calls `socket.handshake`: `headers`, `query`, `url`, `address` (without the port), `secure`, `xdomain`
/// (whether there is an `Origin`) and `issued` (milliseconds since 1970), and besides `protocol`, `transport` and `trusted`.
///
/// Left out are the headers `Cookie`, `Authorization` and `Proxy-Authorization`, and the `auth` payload, because a reader of the result
/// could act as the user with them. The query is not left out, even if it contains tokens.
impl Serialize for Handshake {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Handshake", 10)?;
        self.serialize_request(&mut out)?;
        out.serialize_field("protocol", &self.protocol())?;
        out.serialize_field("transport", self.transport().name())?;
        out.serialize_field("trusted", &self.is_trusted())?;
        out.end()
    }
}

impl Handshake {
    /// Writes what both forms have in common.
    fn serialize_request<S: SerializeStruct>(&self, out: &mut S) -> Result<(), S::Error> {
        let mut headers = BTreeMap::<&str, String>::new();
        for (name, value) in self.headers().filter(|(name, _)| !SECRETS.contains(name)) {
            // Several headers of one name are one list.
            let list = headers.entry(name).or_default();
            list.push_str(if list.is_empty() { "" } else { ", " });
            list.push_str(value);
        }
        let issued = self.time().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        out.serialize_field("headers", &headers)?;
        out.serialize_field("query", &self.queries().collect::<BTreeMap<_, _>>())?;
        out.serialize_field("url", self.url())?;
        out.serialize_field("address", &self.address().map(|address| address.ip().to_canonical()))?;
        out.serialize_field("secure", &self.is_secure())?;
        out.serialize_field("xdomain", &self.origin().is_some())?;
        out.serialize_field("issued", &u64::try_from(issued).unwrap_or(u64::MAX))
    }

    /// The JSON object that other nodes read: the keys of Node's `socket.handshake`, `time` and `auth` included.
    pub(super) fn for_nodes(&self) -> String {
        serde_json::to_string(&ForNodes(self)).unwrap_or_else(|_| "{}".to_owned())
    }
}

struct ForNodes<'h>(&'h Handshake);

impl Serialize for ForNodes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let auth = self.0.entry.auth.as_deref().map(serde_json::from_str::<serde_json::Value>);
        let mut out = serializer.serialize_struct("Handshake", 9)?;
        self.0.serialize_request(&mut out)?;
        out.serialize_field("time", &Utc(self.0.time()).to_string())?;
        out.serialize_field("auth", &auth.and_then(Result::ok).unwrap_or_else(|| serde_json::json!({})))?;
        out.end()
    }
}

impl fmt::Debug for Handshake {
    /// Headers and `auth` are left out: they carry cookies and tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake").field("request", self.request()).finish_non_exhaustive()
    }
}
