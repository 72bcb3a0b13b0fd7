//! The handle of one client in one namespace.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::{AckFuture, Data, Event, FromAck, Grant, Handshake, Inner, Session, SocketId, SocketState, Target, acks};
use crate::adapter::{self, JoinError, Room, Rooms};
use crate::packet::{Generation, WriteError};

/// One client in one namespace: cheap to clone, usable from any thread, and safe to keep after the client has left.
///
/// Handlers borrow it as `&Socket`. Events to a socket that has left are dropped; see [`is_connected`](Self::is_connected).
#[derive(Clone)]
pub struct Socket(Arc<Inner>);

impl Socket {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self(inner)
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    /// The public id; also the name of a room with this socket in it.
    pub fn id(&self) -> SocketId {
        self.0.id
    }

    /// The client's own `socket.id`: the same as [`id`](Self::id) with clients of 3.0 and newer.
    ///
    /// Older clients do not receive a public id: they use the secret id of their connection, and 2.x in all namespaces but `/` put the path
    /// before it, `/chat#id`. It names a room with this socket in it, as [`id`](Self::id) does. Do not show it to other clients, because a
    /// client that has this id can send requests in the name of this one.
    pub fn client_id(&self) -> String {
        let (id, path) = (self.0.link.engine.id(), self.path());
        match self.0.link.generation {
            Generation::V4 => self.id().to_string(),
            Generation::V3 if path != "/" => format!("{path}#{id}"),
            Generation::V3 | Generation::V1 => id.to_owned(),
        }
    }

    fn patience(&self) -> Duration {
        self.0.nsp.shared.settings.ack_timeout
    }

    /// The path of the namespace, such as `/chat`.
    pub fn path(&self) -> &str {
        &self.0.nsp.path
    }

    /// The state of the socket, from its CONNECT packet to the end of `on_disconnect`.
    ///
    /// A socket that its own handler disconnects is [`Connected`](SocketState::Connected) until the handler has ended. The returned state
    /// may be outdated already, because other threads and the client change it.
    ///
    /// ```
    /// use socketio::prelude::*;
    /// use socketio::SocketState;
    ///
    /// async fn while_connected(socket: Socket) {
    ///     while socket.state() < SocketState::Leaving {
    ///         socket.ready().await;
    ///         socket.emit("chunk", "some data");
    ///     }
    /// }
    /// ```
    pub fn state(&self) -> SocketState {
        self.0.state()
    }

    /// Whether the CONNECT reply is sent and the socket has not left: [`state`](Self::state) is `Connected`.
    pub fn is_connected(&self) -> bool {
        self.0.is_connected()
    }

    /// Sends a typed event to this client. An event that cannot be written is logged; see [`emit`](Self::emit).
    pub fn send(&self, event: impl Event) {
        Target::one(self.0.clone()).send(event);
    }

    /// Sends an event by name to this client. A tuple is several arguments, `()` none, anything else one.
    ///
    /// It never waits. An event that cannot be written is logged, and not sent: [`try_emit`](Self::try_emit) returns that error. A client
    /// that does not read is disconnected when its outbox is full ([`Server::outbox`](crate::Server::outbox)).
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// fn welcome(socket: &Socket) {
    ///     socket.emit("ready", ());
    ///     socket.emit("moved", (3, 4));
    ///     socket.emit("names", [["ada", "bob"]]); // an array is one argument
    /// }
    /// ```
    pub fn emit(&self, event: &str, args: impl Serialize) {
        Target::one(self.0.clone()).emit(event, args);
    }

    /// Sends an event by name to this client, and returns the error that [`emit`](Self::emit) logs; see [`Target::try_emit`].
    ///
    /// ```
    /// use socketio::prelude::*;
    /// use socketio::WriteError;
    ///
    /// fn announce(socket: &Socket, value: &impl serde::Serialize) -> Result<(), WriteError> {
    ///     socket.try_emit("value", value)
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`Target::try_emit`].
    pub fn try_emit(&self, event: &str, args: impl Serialize) -> Result<(), WriteError> {
        Target::one(self.0.clone()).try_emit(event, args)
    }

    /// Sends a typed event and waits for the client's acknowledgement, whose type the event names: `#[event(ack = bool)]`.
    ///
    /// The event is sent by the call, not by the first poll. In a handler this cannot deadlock: acknowledgements do not wait for a turn. An
    /// acknowledgement that the client has sent behind more events than [`Server::max_turn_bytes`](crate::Server::max_turn_bytes) allows is
    /// not read in time.
    ///
    /// # Errors
    /// [`AckError`](crate::AckError): no answer within `Server::ack_timeout` (10 s; [`timeout`](Self::timeout) changes it), the client leaves, or it
    /// answers with another type.
    pub fn call<E: Event>(&self, event: E) -> AckFuture<E::Ack> {
        let asked = self.0.ask(|id| acks::write_event(&self.0.nsp, Some(id), &event));
        AckFuture::new(asked, self.patience())
    }

    /// Sends an event by name and waits for the client's acknowledgement.
    ///
    /// `R` is what the client answers with: a tuple for several arguments, `()` for none, else the first.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// #[derive(Default)]
    /// struct Files;
    ///
    /// #[namespace("/files")]
    /// impl Files {
    ///     async fn on_delete(&self, socket: &Socket, name: String) -> Result<bool, Error> {
    ///         // `socket.on("sure?", (name, answer) => answer(true))`
    ///         let sure: bool = socket.emit_with_ack("sure?", name).await?;
    ///         Ok(sure)
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn emit_with_ack<R: FromAck>(&self, event: &str, args: impl Serialize) -> AckFuture<R> {
        let asked = self.0.ask(|id| acks::write_named(&self.0.nsp, Some(id), event, &args));
        AckFuture::new(asked, self.patience())
    }

    /// This socket with another time limit for acknowledgements: `socket.timeout(limit).emit_with_ack::<bool>("sure?", name).await`.
    #[must_use]
    pub fn timeout(&self, timeout: Duration) -> WithTimeout<'_> {
        WithTimeout { socket: self, timeout }
    }

    /// The members of a room, or of several, without this socket.
    pub fn to(&self, rooms: impl Rooms) -> Target {
        self.broadcast().to(rooms)
    }

    /// The members of a room, or of several, with this socket if it is one of them.
    pub fn within(&self, rooms: impl Rooms) -> Target {
        self.namespace().to(rooms)
    }

    /// All other sockets in the namespace.
    pub fn broadcast(&self) -> Target {
        Target::many(self.0.nsp.clone(), self.0.others())
    }

    /// All sockets in the namespace, including this one.
    pub fn namespace(&self) -> Target {
        Target::many(self.0.nsp.clone(), adapter::Target::default())
    }

    /// All other sockets in the namespace, without the members of a room, or of several.
    pub fn except(&self, rooms: impl Rooms) -> Target {
        self.broadcast().except(rooms)
    }

    /// All other sockets in the namespace that are connected to this process.
    pub fn local(&self) -> Target {
        self.broadcast().local()
    }

    /// This client, with volatile messages: they are dropped when its connection cannot take more at the moment.
    pub fn volatile(&self) -> Target {
        Target::one(self.0.clone()).volatile()
    }

    /// This client, with the hint of [`Target::compress`].
    pub fn compress(&self, compress: bool) -> Target {
        Target::one(self.0.clone()).compress(compress)
    }

    /// Joins a room, or several. A room that is refused is logged, and the others are joined; [`try_join`](Self::try_join) returns the
    /// error instead.
    ///
    /// Refused are rooms past `Server::max_rooms`, names longer than `Server::max_room_name`, every room once the socket has left, and the
    /// id of another socket. What is sent to a [`SocketId`] reaches that socket and no other one. What is sent to the same characters as a
    /// `&str` or `String` reaches that socket too, and no other one while it is connected; afterwards, or before, they are a room like any
    /// other. A program whose clients choose room names gives them a prefix, `format!("room:{name}")`, so that they name nothing else.
    pub fn join(&self, rooms: impl Rooms) {
        // The refusal is logged.
        let _ = self.try_join(rooms);
    }

    /// Joins a room, or several, and returns the error of the first refused room. The other rooms are joined all the same.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// #[derive(Default)]
    /// struct Chat;
    ///
    /// #[namespace("/chat")]
    /// impl Chat {
    ///     fn on_join(&self, socket: &Socket, room: String) -> Result<(), Error> {
    ///         // The client reads the code: `too_many_rooms`, `room_name_too_long`.
    ///         Ok(socket.try_join(format!("room:{room}"))?)
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`JoinError`]; see [`join`](Self::join).
    pub fn try_join(&self, rooms: impl Rooms) -> Result<(), JoinError> {
        let mut result = Ok(());
        rooms.for_each(&mut |room| result = result.and(self.0.join(room)));
        result
    }

    /// Leaves a room, or several; it is no error if the socket is not in it. The room of its own id cannot be left.
    pub fn leave(&self, rooms: impl Rooms) {
        rooms.for_each(&mut |room| self.0.leave_room(&room));
    }

    /// Leaves every room but that of its own id.
    pub fn leave_all(&self) {
        for room in self.rooms().iter().skip(1) {
            self.0.leave_room(room);
        }
    }

    /// The rooms that the socket is in: that of its own id first, as in Node and Python, then those it has joined. In `on_disconnect` it is
    /// still in all of them, afterwards in none.
    pub fn rooms(&self) -> Vec<Room> {
        self.0.rooms()
    }

    /// Whether a grant was given by its name; [`grant_all`](Self::grant_all) does not count.
    pub(crate) fn has_named_grant(&self, grant: impl Grant) -> bool {
        let name = grant.name();
        self.0.grants(|grants| grants.has_named(&name))
    }

    /// Gives a grant, which `#[acl]` checks.
    pub fn grant(&self, grant: impl Grant) {
        // `name` is called before the lock is taken, because it may be user code.
        let name = grant.name();
        self.0.grants(|grants| grants.add(&name));
    }

    /// Takes a grant back; it need not have been given. After [`grant_all`](Self::grant_all) the socket has all grants except the revoked
    /// ones, until they are given by name or `grant_all` is called again.
    pub fn revoke(&self, grant: impl Grant) {
        let name = grant.name();
        self.0.grants(|grants| grants.remove(&name));
    }

    /// Whether a grant was given, by its name or by [`grant_all`](Self::grant_all), and not revoked since.
    pub fn has_grant(&self, grant: impl Grant) -> bool {
        let name = grant.name();
        self.0.grants(|grants| grants.has(&name))
    }

    /// The names of the grants that were given by name and not revoked since, in the order in which they were given.
    /// [`grant_all`](Self::grant_all) adds none: the names of all grants are not known.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// #[derive(Default)]
    /// struct Account;
    ///
    /// #[namespace("/account")]
    /// impl Account {
    ///     fn on_rights(&self, socket: &Socket) -> Vec<String> {
    ///         socket.grants()
    ///     }
    /// }
    /// ```
    pub fn grants(&self) -> Vec<String> {
        self.0.grants(|grants| grants.names())
    }

    /// Gives every grant, also those that were revoked before. A later [`revoke`](Self::revoke) excludes a grant.
    ///
    /// `#[acl(!"muted")]` checks the grant itself: it passes after `grant_all`, unless `muted` was given by its name.
    pub fn grant_all(&self) {
        self.0.grants(super::grants::Grants::add_all);
    }

    /// Takes every grant back, those that `on_connect` gave too: afterwards the socket has none.
    ///
    /// `reset_acl` of gevent-socketio, its ancestor, restores what `get_initial_acl` returns instead. For the same result, call a function
    /// of your own in `on_connect` and after `reset_grants`.
    pub fn reset_grants(&self) {
        self.0.grants(super::grants::Grants::reset);
    }

    /// The same client in another namespace, if it is connected there.
    pub fn sibling(&self, path: &str) -> Option<Socket> {
        self.0.link.socket(path).map(Self)
    }

    /// The values of this socket that all nodes of a cluster can see, as `socket.data` of Node: JSON by name. Of other nodes' sockets,
    /// [`RemoteSocket::data`](crate::RemoteSocket::data) reads them. They end with the socket, except that a client which recovers its
    /// session has them again. For values of this process, [`session`](Self::session) takes any type.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// #[derive(Default)]
    /// struct Chat;
    ///
    /// #[namespace("/chat")]
    /// impl Chat {
    ///     fn on_rename(&self, socket: &Socket, name: String) -> Result<(), Error> {
    ///         Ok(socket.data().set("name", &name)?)
    ///     }
    ///
    ///     async fn on_names(&self, socket: &Socket) -> Vec<String> {
    ///         let sockets = socket.namespace().fetch_sockets().await.value;
    ///         sockets.iter().filter_map(|socket| socket.data_of("name")).collect()
    ///     }
    /// }
    /// ```
    pub fn data(&self) -> Data<'_> {
        self.0.data()
    }

    /// The values and tasks that all namespaces of the client share.
    pub fn session(&self) -> &Session {
        &self.0.link.session
    }

    /// The HTTP request that opened the connection, and the client's `auth` payload.
    pub fn handshake(&self) -> Handshake {
        Handshake::new(self.0.link.engine.clone(), self.0.entry.clone())
    }

    /// Waits until the connection can take more: its outbox is at most half full, or it is closed.
    ///
    /// Call it between messages when many are sent to one client, so that they do not fill the outbox.
    pub async fn ready(&self) {
        self.0.link.engine.ready().await;
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("namespace", &self.path()).field("id", &self.0.id).finish()
    }
}

/// A socket with a time limit of its own; made by [`Socket::timeout`].
#[derive(Clone, Debug)]
pub struct WithTimeout<'a> {
    socket: &'a Socket,
    timeout: Duration,
}

impl WithTimeout<'_> {
    /// As [`Socket::call`].
    pub fn call<E: Event>(&self, event: E) -> AckFuture<E::Ack> {
        let asked = self.socket.0.ask(|id| acks::write_event(&self.socket.0.nsp, Some(id), &event));
        AckFuture::new(asked, self.timeout)
    }

    /// As [`Socket::emit_with_ack`].
    pub fn emit_with_ack<R: FromAck>(&self, event: &str, args: impl Serialize) -> AckFuture<R> {
        let asked = self.socket.0.ask(|id| acks::write_named(&self.socket.0.nsp, Some(id), event, &args));
        AckFuture::new(asked, self.timeout)
    }
}
