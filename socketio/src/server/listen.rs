//! The accept loop: one task per TCP connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, ToSocketAddrs, lookup_host};

use super::admission::Admission;
use super::connection::connection;
use super::core::{Phase, reached};
#[cfg(feature = "legacy")]
use super::flash;
use super::{Handle, Service};
use crate::error::Error;
use crate::log::warn_rarely;

/// Between two attempts to accept when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// There is always a timer that is due so soon. For one that is due before all others the runtime wakes itself up with a
/// system call, and without this, the timers of a connection that comes to an idle server are such.
const TICK: Duration = Duration::from_secs(1);

/// Connections that may wait to be accepted, if the system allows as many (Linux: `net.core.somaxconn`). After a restart
/// all clients come back within a second or two.
const BACKLOG: u32 = 4096;

/// Bytes that wait in the system for one connection because the client does not take them. What was sent and is not yet
/// confirmed is not counted, so that this does not bound the speed of a client that reads.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;

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
            let ports = flash::ports(&self.service.engine_options().legacy_options, self.listener.local_addr());
            tokio::spawn(async move {
                tokio::select! {
                    () = flash::serve(policy, ports) => {}
                    () = reached(&mut phase, Phase::Stopping) => {}
                }
            });
        }
        let mut tick = tokio::time::interval(TICK);
        let admission = Admission::default();
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = tick.tick() => continue,
                () = reached(&mut phase, Phase::Stopping) => break,
            };
            match accepted {
                Ok((stream, address)) => {
                    if !INHERITS && let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%address, %error, "cannot set TCP_NODELAY");
                    }
                    let Some(admitted) = admission.admit(address, self.service.engine_options()) else {
                        // A reset leaves nothing behind, neither here nor in the system.
                        if let Err(error) = stream.set_zero_linger() {
                            tracing::debug!(%address, %error, "cannot set SO_LINGER");
                        }
                        continue;
                    };
                    tokio::spawn(connection(stream, address, self.service.clone(), phase.clone(), admitted));
                }
                // Too many open files, or a connection that was gone before it was accepted: the listener itself is sound.
                Err(error) => {
                    warn_rarely!(%error, "cannot accept a connection");
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

/// Whether an accepted connection has the listener's options. Only Linux is known to hand them on.
const INHERITS: bool = cfg!(target_os = "linux");

/// Takes the first port of these that can be had.
pub(super) async fn listener(address: impl ToSocketAddrs, write_timeout: Duration) -> io::Result<TcpListener> {
    let mut failure = io::Error::new(io::ErrorKind::InvalidInput, "the address names nothing");
    for address in lookup_host(address).await? {
        match open(address, write_timeout) {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn open(address: SocketAddr, write_timeout: Duration) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that is started again has its port at once. On Windows the option would mean more than that.
    socket.set_reuseaddr(cfg!(unix))?;
    // For what will be accepted: small messages are what this server is for, and they are not held back to be joined
    // with later ones.
    socket.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    bound_unsent(&socket, write_timeout)?;
    #[cfg(not(target_os = "linux"))]
    let _ = write_timeout;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Bounds what the system keeps for clients that do not read, also after this process has closed the connection. Accepted
/// connections inherit both options.
#[cfg(target_os = "linux")]
fn bound_unsent(socket: &TcpSocket, write_timeout: Duration) -> io::Result<()> {
    let socket = socket2::SockRef::from(socket);
    socket.set_tcp_notsent_lowat(UNSENT)?;
    socket.set_tcp_user_timeout(Some(write_timeout))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_accepted_has_the_listeners_options() {
        let listener = listener("127.0.0.1:0", Duration::from_secs(7)).await.unwrap();
        let _client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        assert!(accepted.nodelay().unwrap());
        let accepted = socket2::SockRef::from(&accepted);
        assert_eq!(accepted.tcp_user_timeout().unwrap(), Some(Duration::from_secs(7)));
        assert_eq!(accepted.tcp_notsent_lowat().unwrap(), UNSENT);
    }

    #[tokio::test]
    async fn more_may_wait_than_the_usual_128() {
        let listener = listener("127.0.0.1:0", Duration::from_secs(7)).await.unwrap();
        let address = listener.local_addr().unwrap();
        // With a full queue the system lets a client wait until it gives up.
        let clients = (0..300).map(|_| std::net::TcpStream::connect(address)).collect::<io::Result<Vec<_>>>();
        assert_eq!(clients.unwrap().len(), 300);
    }
}
