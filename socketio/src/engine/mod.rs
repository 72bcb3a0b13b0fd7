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
//! Reading order: [`Handler`] and [`Session`], then [`Options`]; `http` is a request's way in, `session` the task of one connection,
//! `transport` what carries its packets, `protocol` how they are written for each generation of clients.
//!
//! # Cancel safety
//! A request future that the HTTP server drops is taken as the client having gone: a dropped long-polling request
//! closes its session with [`CloseReason::TransportError`].
//
// Inner floors, each of which uses only those before it: `error`, `id`, `budget` and `worker`; `request`; `options`; `protocol`; `transport`;
// `session`; `http`.

mod budget;
mod error;
mod http;
pub(crate) mod id;
mod options;
mod protocol;
mod request;
mod session;
mod transport;
pub(crate) mod worker;

#[cfg(test)]
mod tests;

pub use crate::packet::Text;
#[cfg(feature = "legacy")]
pub use crate::packet::v1::LegacyBinary;
pub use crate::packet::websocket::CloseStatus;

#[cfg(feature = "legacy")]
pub use self::options::legacy::{LegacyOptions, LegacyTransport};
pub(crate) use self::{
    budget::is_enough,
    http::{body::Delivery, service::no_sniff},
    id::{ById, Id},
    request::addresses::{Addresses, Share},
    request::hosts::are_several,
    request::proxy::address_key,
    request::query_pairs,
    session::heartbeat::earliest,
    session::outbox::Priority,
    transport::tcp::{Doing, HttpStream, Monitor},
};
pub use self::{
    error::{CloseReason, SendError},
    http::body::Body,
    http::service::{Engine, ResponseFuture},
    options::Options,
    options::choices::{Overflow, Transport},
    request::Request,
    request::cors::{Cors, Origins},
    request::hosts::Hosts,
    request::proxy::{Proxies, RemoteAddr},
    session::socket::Socket,
    session::{Handler, Session},
};
