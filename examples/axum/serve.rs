//! Serves an axum router with limits on TCP connections and on the HTTP/1 parser, for which `axum::serve` has no options.
//! `docs/embedding.md` says which limits `Server::listen` has and this has not.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower_service::Service as _;

/// What a client may take before a handler sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// TCP connections that serve HTTP at once; one that has become a WebSocket does not count. Past it new ones wait.
    pub(crate) connections: usize,
    /// For the head of a request. hyper counts the time between two requests as well, so this is longer than the 25 s
    /// between two pings: the connection that a polling client uses for POST is to last.
    pub(crate) head_timeout: Duration,
    /// Bytes of a request's head: past it hyper answers 431. Its default is 400 KiB.
    pub(crate) head_size: usize,
    /// How long a client may take nothing of what is written to it, in the kernel (Linux).
    pub(crate) write_timeout: Duration,
    /// Bytes that the kernel keeps unsent for one connection (Linux). Its default is 4 MiB.
    pub(crate) unsent: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            head_timeout: Duration::from_secs(30),
            head_size: 16 * 1024,
            write_timeout: Duration::from_secs(30),
            unsent: 128 * 1024,
        }
    }
}

impl Limits {
    /// Sets the options of an accepted connection.
    fn apply(&self, stream: &TcpStream) -> io::Result<()> {
        // Small messages are not to be held back.
        stream.set_nodelay(true)?;
        #[cfg(target_os = "linux")]
        {
            let socket = socket2::SockRef::from(stream);
            socket.set_tcp_user_timeout(Some(self.write_timeout))?;
            socket.set_tcp_notsent_lowat(self.unsent)?;
        }
        Ok(())
    }
}

/// Accepts connections for ever.
pub(crate) async fn serve(listener: TcpListener, app: Router, limits: Limits) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return Ok(()) };
        match listener.accept().await {
            Ok((stream, address)) => {
                let serving = connection(stream, address, app.clone(), limits);
                tokio::spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
            // Too many open files, as a rule.
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Serves the requests of one connection, until it ends or has become a WebSocket.
async fn connection(stream: TcpStream, address: SocketAddr, app: Router, limits: Limits) {
    if let Err(error) = limits.apply(&stream) {
        return tracing::debug!(%address, %error, "the connection's options cannot be set");
    }
    let service = service_fn(move |mut request: Request<Incoming>| {
        // The crate's feature `axum` makes the client's address known to `Handshake::address` this way.
        request.extensions_mut().insert(ConnectInfo(address));
        app.clone().call(request)
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(limits.head_size)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = serving.await {
        tracing::debug!(%address, %error, "connection ended with an error");
    }
}
