//! Sockets of any node of a cluster, as `Target::fetch_sockets` returns them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{Event, Fetched, Socket, SocketId, Target};
use crate::adapter::{self, Answer, Question, Room, Rooms, SocketInfo};
use crate::error::Error;

/// A socket of any node, as it was when it was fetched: its id, rooms, data and handshake. What is sent to it reaches it on its node.
///
/// ```
/// use socketio::Handle;
///
/// async fn kick(handle: &Handle, name: &str) {
///     for socket in handle.of("/chat").fetch_sockets().await.value {
///         if socket.data_of::<String>("name").as_deref() == Some(name) {
///             socket.disconnect();
///         }
///     }
/// }
/// ```
#[derive(Clone)]
pub struct RemoteSocket {
    info: SocketInfo,
    target: Target,
}

impl RemoteSocket {
    /// A socket, and a target of that socket alone.
    pub(super) fn new(info: SocketInfo, target: Target) -> Self {
        Self { info, target }
    }

    /// The socket's id.
    #[must_use]
    pub fn id(&self) -> SocketId {
        self.info.id
    }

    /// The rooms that the socket was in when it was fetched, that of its own id first.
    #[must_use]
    pub fn rooms(&self) -> &[Room] {
        &self.info.rooms
    }

    /// What its node has stored in [`Socket::data`](super::Socket::data), or in `socket.data` of Node, as a whole.
    ///
    /// # Errors
    /// `bad_request` if it is not a `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.info.data).map_err(|error| Error::bad_request(format!("data: {error}")))
    }

    /// One value of [`data`](Self::data). `None` if there is none, or if it is not a `T`.
    #[must_use]
    pub fn data_of<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let Ok(Json::Object(mut data)) = serde_json::from_str(&self.info.data) else { return None };
        serde_json::from_value(data.remove(name)?).ok()
    }

    /// The request that opened the connection, as its node describes it.
    #[must_use]
    pub fn handshake(&self) -> RemoteHandshake {
        RemoteHandshake(serde_json::from_str(&self.info.handshake).unwrap_or(Json::Null))
    }

    /// The socket as a target, on this node or another.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// As [`Target::emit`].
    pub fn emit(&self, event: &str, args: impl Serialize) {
        self.target.emit(event, args);
    }

    /// As [`Target::send`].
    pub fn send(&self, event: impl Event) {
        self.target.send(event);
    }

    /// As [`Target::join`].
    pub fn join(&self, rooms: impl Rooms) {
        self.target.join(rooms);
    }

    /// As [`Target::leave`].
    pub fn leave(&self, rooms: impl Rooms) {
        self.target.leave(rooms);
    }

    /// As [`Target::disconnect`].
    pub fn disconnect(&self) {
        self.target.disconnect();
    }

    /// As [`Target::close`].
    pub fn close(&self) {
        self.target.close();
    }
}

impl fmt::Debug for RemoteSocket {
    /// Data and handshake are left out, because they may carry secrets of the user.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSocket").field("id", &self.id()).field("rooms", &self.rooms()).finish_non_exhaustive()
    }
}

impl Target {
    /// The sockets of all nodes, with their rooms, data and handshakes. A node that does not answer has an error in [`Fetched::missing`].
    /// The adapter sets the timeout, unless [`timeout`](Self::timeout) does.
    pub async fn fetch_sockets(&self) -> Fetched<Vec<RemoteSocket>> {
        let fetched = |info: SocketInfo, local| {
            let target = adapter::Target { rooms: vec![Room::from(info.id)], local, ..adapter::Target::default() };
            RemoteSocket::new(info, Target::many(self.nsp().clone(), target))
        };
        let own = self.sockets().iter().map(|socket| fetched(info(socket), true)).collect();
        let (path, timeout) = (self.nsp().path.clone(), self.own_timeout());
        let ask = |sockets| Question::Sockets { namespace: path, sockets, timeout };
        self.gather(own, ask, |mut all: Vec<RemoteSocket>, answer| {
            if let Answer::Sockets(sockets) = answer {
                all.extend(sockets.into_iter().map(|info| fetched(info, false)));
            }
            all
        })
        .await
    }

    /// How many sockets there are on all nodes; see [`fetch_sockets`](Self::fetch_sockets).
    pub async fn fetch_count(&self) -> Fetched<usize> {
        let (path, timeout) = (self.nsp().path.clone(), self.own_timeout());
        let ask = |sockets| Question::Count { namespace: path, sockets, timeout };
        self.gather(self.count(), ask, |sum, answer| match answer {
            Answer::Count(count) => sum + count,
            _ => sum,
        })
        .await
    }
}

/// What other nodes learn of a socket.
pub(crate) fn info(socket: &Socket) -> SocketInfo {
    let mut info = SocketInfo::new(socket.id(), socket.rooms());
    info.data = socket.data().to_json().into();
    info.handshake = socket.handshake().for_nodes().into();
    info
}

/// The handshake of a [`RemoteSocket`], as its node describes it; that of a Node server has the same keys. What a node does not tell, or
/// tells in another form, is missing.
///
/// The nodes of this crate tell no `Cookie`, `Authorization` and `Proxy-Authorization` headers, because a reader could act as the user.
#[derive(Clone)]
pub struct RemoteHandshake(Json);

impl RemoteHandshake {
    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }

    /// The value of a header. Names are compared without regard to case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.0.get("headers")?.as_object()?;
        headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name))?.1.as_str()
    }

    /// A parameter of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.0.get("query")?.get(name)?.as_str()
    }

    /// Path and query of the request.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.text("url")
    }

    /// The client's address, without the port.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.text("address")
    }

    /// When the request was received.
    #[must_use]
    pub fn time(&self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::from_millis(self.0.get("issued")?.as_u64()?))
    }

    /// Whether the request came over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.get("secure") == Some(&Json::Bool(true))
    }

    /// The client's `auth` payload.
    ///
    /// # Errors
    /// `bad_request` if it is not a `T`. A missing payload is read as `null`.
    pub fn auth<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(self.0.get("auth").unwrap_or(&Json::Null))
            .map_err(|error| Error::bad_request(format!("auth: {error}")))
    }

    /// The whole as another type.
    ///
    /// # Errors
    /// `bad_request` if it is not a `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(&self.0).map_err(|error| Error::bad_request(format!("handshake: {error}")))
    }
}

impl fmt::Debug for RemoteHandshake {
    /// Headers and `auth` are left out, because they carry tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteHandshake").field("url", &self.url()).finish_non_exhaustive()
    }
}
