//! Accepts connections: one task for each TCP connection.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::admission::{Admission, Admitted};
use super::connection::connection;
use super::core::{Phase, reached};
use super::service::Respond;
use crate::engine::worker;
use crate::log::warn_rarely;

/// Between two attempts to accept when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Keeps a timer registered that is due within this time. tokio wakes its driver with a system call when a new timer is the earliest one;
/// because of this timer, the timers of a new connection are not the earliest.
const TICK: Duration = Duration::from_secs(1);

/// Whether an accepted connection inherits the listener's options, as on Linux. On other systems they are set again.
const INHERITS: bool = cfg!(target_os = "linux");

/// Accepts connections for one server. Clones count their connections together.
#[derive(Clone)]
pub(super) struct Acceptor<S> {
    pub(super) service: S,
    pub(super) phase: watch::Receiver<Phase>,
    admission: Admission,
}

impl<S: Respond> Acceptor<S> {
    pub(super) fn new(service: S, phase: watch::Receiver<Phase>) -> Self {
        Self { service, phase, admission: Admission::default() }
    }

    /// Accepts connections until `phase` is draining, and returns when it is stopped. `serve` is called with each connection.
    pub(super) async fn run(mut self, listener: TcpListener, mut serve: impl FnMut(TcpStream, SocketAddr, Admitted)) {
        let mut tick = tokio::time::interval(TICK);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = tick.tick() => continue,
                () = reached(&mut self.phase, Phase::Draining) => break,
            };
            match accepted {
                Ok((stream, address)) => {
                    if !INHERITS && let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%address, %error, "cannot set TCP_NODELAY");
                    }
                    let Some(admitted) = self.admission.admit(address, self.service.engine_options()) else {
                        // A reset frees the connection at once, in the system too.
                        if let Err(error) = stream.set_zero_linger() {
                            tracing::debug!(%address, %error, "cannot set SO_LINGER");
                        }
                        continue;
                    };
                    serve(stream, address, admitted);
                }
                // Too many open files, or a connection that was closed before it was accepted: the listener can go on.
                Err(error) => {
                    warn_rarely!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        // Another process can take the port while clients are disconnected.
        drop(listener);
        reached(&mut self.phase, Phase::Stopped).await;
    }

    /// Accepts as [`run`](Self::run) does, and serves the connections in the current runtime.
    pub(super) async fn run_here(self, listener: TcpListener) {
        let serving = self.clone();
        self.run(listener, |stream, address, admitted| serving.serve(stream, address, admitted)).await;
    }

    /// Serves a connection in a task of the current runtime.
    pub(super) fn serve(&self, stream: TcpStream, address: SocketAddr, admitted: Admitted) {
        // Boxed, because the runtime moves a future several times before the first poll and at the end.
        worker::spawn(Box::pin(connection(stream, address, self.service.clone(), self.phase.clone(), admitted)));
    }
}
