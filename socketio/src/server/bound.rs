//! A server, or an engine alone, that has taken its port and does not serve yet.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use tokio::net::ToSocketAddrs;
use tokio::sync::watch;

use super::core::Phase;
use super::port::Port;
use super::{Handle, Service, workers};
use crate::engine::{Engine, Handler};
use crate::error::Error;

/// A server that has its port and has not begun to serve; made by [`Server::bind`](super::Server::bind).
#[derive(Debug)]
pub struct Bound {
    port: Port,
    service: Service,
    handle: Handle,
    /// How many worker threads serve; none: the caller's runtime does.
    workers: Option<usize>,
}

impl Bound {
    pub(super) fn new(port: Port, service: Service, handle: Handle, workers: Option<usize>) -> Self {
        Self { port, service, handle, workers }
    }

    /// The address it listens on, with the port that the system has chosen if 0 was asked for.
    ///
    /// # Errors
    /// When the system cannot say which address that is.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.port.local_addr()
    }

    /// A handle of the server, for code outside of its handlers.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Serves until [`Handle::shutdown`] has completed: it returns when every client is disconnected and every `on_disconnect` has run, or
    /// when the shutdown's deadline is past.
    ///
    /// With [`Server::workers`](super::Server::workers) it starts the threads, and returns when they have ended. A worker whose thread is still
    /// blocked by a handler three seconds after the shutdown is left behind, which is logged. Dropping the future ends the workers, with all
    /// connections; without workers it only ends accepting.
    ///
    /// # Errors
    /// Without workers none at present: a connection that fails ends alone, and a listener that cannot accept tries again. With workers:
    /// code `start` when a thread cannot be started, `internal` when one has panicked; the others are shut down before.
    pub async fn serve(self) -> Result<(), Error> {
        if let Some(workers) = self.workers {
            return workers::serve(self.port, self.service, workers).await;
        }
        let phase = self.service.core().phase.subscribe();
        self.port.serve(self.service, phase).await;
        Ok(())
    }
}

/// An engine that has its port and has not begun to serve; made by [`Engine::bind`].
pub struct BoundEngine<H> {
    port: Port,
    engine: Engine<H>,
}

impl<H> fmt::Debug for BoundEngine<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundEngine").field("port", &self.port).field("engine", &self.engine).finish()
    }
}

impl<H: Handler> BoundEngine<H> {
    /// The address it listens on, with the port that the system has chosen if 0 was asked for.
    ///
    /// # Errors
    /// When the system cannot say which address that is.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.port.local_addr()
    }

    /// The engine, for [`Engine::close`] and the like.
    #[must_use]
    pub fn engine(&self) -> &Engine<H> {
        &self.engine
    }

    /// Serves until [`Engine::close`] is called and every session is closed. A request whose path is not the engine's is
    /// answered with 404.
    ///
    /// # Errors
    /// None at present: a connection that fails ends alone, and a listener that cannot accept tries again.
    pub async fn serve(self) -> Result<(), Error> {
        let (phase, news) = watch::channel(Phase::Serving);
        let engine = self.engine.clone();
        let closing = async {
            engine.closing().await;
            phase.send_replace(Phase::Stopping);
            engine.closed().await;
            phase.send_replace(Phase::Stopped);
        };
        tokio::join!(self.port.serve(self.engine, news), closing);
        Ok(())
    }
}

/// Serving an engine without another HTTP server.
impl<H: Handler> Engine<H> {
    /// Takes the port, without serving yet. Every option that concerns connections is in force, as for a
    /// [`Server`](super::Server).
    ///
    /// # Errors
    /// Code `start`, when the address cannot be listened on.
    pub async fn bind(self, address: impl ToSocketAddrs) -> Result<BoundEngine<H>, Error> {
        Ok(BoundEngine { port: Port::open(address, self.options(), 1).await?, engine: self })
    }

    /// Takes the port and serves until [`Engine::close`] is called and every session is closed.
    ///
    /// ```no_run
    /// # use socketio::engine::{CloseReason, Engine, Handler, Options, Session, Socket, Text};
    /// # struct Echo;
    /// # struct Client(Socket);
    /// # impl Handler for Echo {
    /// #     type Session = Client;
    /// #     fn open(&self, socket: Socket) -> Client {
    /// #         Client(socket)
    /// #     }
    /// # }
    /// # impl Session for Client {
    /// #     fn text(&mut self, _: Text) {}
    /// #     fn binary(&mut self, _: bytes::Bytes) {}
    /// #     fn close(&mut self, _: CloseReason) {}
    /// # }
    /// # async fn serve() -> Result<(), socketio::Error> {
    /// Engine::new(Echo, Options::new())?.listen("127.0.0.1:3000").await
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub async fn listen(self, address: impl ToSocketAddrs) -> Result<(), Error> {
        self.bind(address).await?.serve().await
    }
}
