//! An Engine.IO server, of protocols 2, 3 and 4: sessions over long polling and WebSocket, and nothing above them.
//!
//! This floor knows packets that open, ping, carry a message and close; what a message means is the business of a
//! [`Handler`]. The Socket.IO part of this crate is one such handler, and another program may bring its own:
//!
//! ```no_run
//! use socketio::engine::{CloseReason, Engine, Handler, Options, Session, Socket, Text};
//!
//! struct Echo;
//! struct Client(Socket);
//!
//! impl Handler for Echo {
//!     type Session = Client;
//!     fn open(&self, socket: Socket) -> Client {
//!         Client(socket)
//!     }
//! }
//!
//! impl Session for Client {
//!     fn text(&mut self, text: Text) {
//!         let _ = self.0.send_text(&text); // refused only when the client is gone or does not read
//!     }
//!     fn binary(&mut self, data: bytes::Bytes) {
//!         let _ = self.0.send_binary(data);
//!     }
//!     fn close(&mut self, _reason: CloseReason) {}
//! }
//!
//! # async fn serve() -> Result<(), socketio::Error> {
//! // It is a `tower::Service` over HTTP requests as well, for hyper, axum or anything else that serves them.
//! Engine::new(Echo, Options::new())?.listen("127.0.0.1:3000").await
//! # }
//! ```
//!
//! Reading order: [`Handler`] and [`Session`] here, then [`Options`], `service` and `answer` (a request's way in), `shared` (what
//! the parts of a session have in common), `session` (the one task of a session), `wire` (how its packets look), `polling`, `websocket`, `upgrade`.
//!
//! # Cancel safety
//! A request future that the HTTP server drops is taken as the client having gone: a dropped long-polling request
//! closes its session with [`CloseReason::TransportError`].

mod addresses;
mod answer;
mod body;
mod cors;
mod error;
mod handshake;
mod hosts;
pub(crate) mod id;
#[cfg(feature = "legacy")]
mod legacy;
mod options;
mod outbox;
mod page;
mod polling;
mod proxy;
mod query;
mod refusal;
mod request;
mod service;
mod session;
mod shared;
mod socket;
mod stall;
mod stream;
mod table;
mod upgrade;
mod websocket;
mod wire;
mod work;

#[cfg(test)]
mod tests;

use std::task::{Context, Poll};

pub use crate::packet::Text;

use bytes::Bytes;
use tokio::time::Instant;

#[cfg(feature = "legacy")]
pub use self::legacy::{LegacyBinary, LegacyOptions, LegacyTransport};
pub(crate) use self::{
    addresses::{Addresses, Share},
    body::Delivery,
    hosts::are_several,
    id::Id,
    outbox::Priority,
    request::query_pairs,
    service::no_sniff,
    stream::{Doing, Monitor, Stream},
    work::is_enough,
};
pub use self::{
    body::Body,
    cors::{Cors, Origins},
    error::{CloseReason, SendError},
    hosts::Hosts,
    options::{Options, Transport},
    outbox::Overflow,
    proxy::{Proxies, RemoteAddr},
    request::Request,
    service::{Engine, ResponseFuture},
    socket::Socket,
    websocket::CloseStatus,
};

/// Decides what an engine's sessions do.
///
/// One value serves all sessions of an [`Engine`]; each session gets its own [`Session`] from [`open`](Handler::open).
pub trait Handler: Send + Sync + 'static {
    /// What one session keeps.
    type Session: Session;

    /// A client has opened a session: its handshake has been answered, and messages sent to `socket` from now on reach
    /// it. Called in the task that will own the session.
    fn open(&self, socket: Socket) -> Self::Session;
}

/// One session's side of the application.
///
/// All methods are called from the one task that owns the session, one after the other, and none may block: what takes
/// time is kept as a future and driven by [`poll`](Session::poll).
pub trait Session: Send + 'static {
    /// The client has sent a text message.
    fn text(&mut self, text: Text);

    /// The client has sent a binary message.
    fn binary(&mut self, data: Bytes);

    /// Drives work that messages have started. Called whenever the session's task runs: after each batch of messages,
    /// after [`close`](Session::close), and whenever the waker in `cx` was used. `Ready` = nothing is running.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let _ = cx;
        Poll::Ready(())
    }

    /// When [`poll`](Session::poll) is to be called at the latest, so that a session needs no timer of its own. Asked
    /// after each `poll`, until [`close`](Session::close). The `poll` at or after that time must leave a later deadline,
    /// or none.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// `false` = do not read more messages now. Asked before each message and after each [`poll`](Session::poll). While
    /// it is `false` the client's packets stay where they are (TCP pushes back), and no pong is missed. Pings are sent
    /// all the same, and a client that has gone meanwhile is noticed, within a second where TCP tells of it and by a ping
    /// otherwise: what it had sent is then not read any more.
    fn ready(&self) -> bool {
        true
    }

    /// The engine is being drained ([`Engine::drain`]): the session is closed as soon as [`poll`](Session::poll) returns `Ready`. Messages still
    /// arrive, so that what runs can come to its end; they should start nothing new. May be called more than once.
    fn drain(&mut self) {}

    /// The session is over; called exactly once, as soon as that is known, whatever the state of the transport. No
    /// message follows, only [`poll`](Session::poll) until it returns `Ready`.
    fn close(&mut self, reason: CloseReason);
}
