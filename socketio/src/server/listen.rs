//! The accept loop: HTTP/1 on hyper, one task per TCP connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower_service::Service as _;

use super::core::{Phase, reached};
#[cfg(feature = "legacy")]
use super::flash;
use super::{Handle, Service};
use crate::engine::RemoteAddr;
use crate::error::Error;

/// How long a client may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two attempts to accept when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// What a request's head may be: hyper's own bound on the number of headers is 100.
const HEAD_BYTES: usize = 16 * 1024;

/// A server that has its port and has not begun to serve; made by [`Server::bind`](super::Server::bind).
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    service: Service,
    handle: Handle,
    /// Where Flash asks for its policy before it connects.
    #[cfg(feature = "legacy")]
    policy: Option<TcpListener>,
}

impl Bound {
    pub(super) fn new(listener: TcpListener, service: Service, handle: Handle) -> Self {
        Self {
            listener,
            service,
            handle,
            #[cfg(feature = "legacy")]
            policy: None,
        }
    }

    #[cfg(feature = "legacy")]
    pub(super) fn with_policy(mut self, policy: Option<TcpListener>) -> Self {
        self.policy = policy;
        self
    }

    /// The address it listens on, with the port that the system has chosen if 0 was asked for.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The server from outside of its handlers.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Serves until [`Handle::shutdown`] has done its work: it returns when every client is gone and every `on_disconnect` has run, or
    /// when the shutdown's deadline is past.
    ///
    /// # Errors
    /// None at present: a connection that fails ends alone, and a listener that cannot accept tries again.
    pub async fn serve(self) -> Result<(), Error> {
        let Some(core) = self.handle.core().cloned() else { return Ok(()) };
        let mut phase = core.phase.subscribe();
        #[cfg(feature = "legacy")]
        if let Some(policy) = self.policy {
            let mut phase = phase.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = flash::serve(policy) => {}
                    () = reached(&mut phase, Phase::Stopping) => {}
                }
            });
        }
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = reached(&mut phase, Phase::Stopping) => break,
            };
            match accepted {
                Ok((stream, address)) => {
                    tokio::spawn(connection(stream, address, self.service.clone(), phase.clone()));
                }
                // Too many open files, or a connection that was gone before it was accepted: the listener itself is sound.
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        // The port is free for a successor while the clients say goodbye.
        drop(self.listener);
        reached(&mut phase, Phase::Stopped).await;
        Ok(())
    }
}

/// Serves the requests of one TCP connection.
async fn connection(stream: TcpStream, address: SocketAddr, service: Service, mut phase: watch::Receiver<Phase>) {
    // Small messages are what this server is for: they are not held back to be joined with later ones.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%address, %error, "cannot set TCP_NODELAY");
    }
    #[cfg(feature = "legacy")]
    if service.engine_options().legacy {
        let asked = tokio::select! {
            asked = flash::asks_for_policy(&stream) => asked,
            () = reached(&mut phase, Phase::Stopping) => return,
        };
        if asked {
            return flash::answer(stream).await;
        }
    }
    let respond = service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(RemoteAddr(address));
        service.clone().call(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(HEAD_BYTES);
    let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(stream), respond).with_upgrades());
    let served = tokio::select! {
        served = serving.as_mut() => served,
        () = reached(&mut phase, Phase::Stopping) => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%address, %error, "connection ended with an error");
    }
}
