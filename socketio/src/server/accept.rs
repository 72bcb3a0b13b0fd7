//! Takes the port and accepts connections: one task for each TCP connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, ToSocketAddrs, lookup_host};
use tokio::sync::watch;

use super::admission::Admission;
use super::connection::connection;
use super::core::{Phase, reached};
#[cfg(feature = "legacy")]
use super::flash;
use super::service::Respond;
use crate::engine::Options;
use crate::error::Error;
use crate::log::warn_rarely;

/// Between two attempts to accept when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Keeps a timer registered that is due within this time. tokio wakes its driver with a system call when a new timer is the earliest one;
/// because of this timer, the timers of a new connection are not the earliest.
const TICK: Duration = Duration::from_secs(1);

/// Connections that may wait to be accepted, if the system allows as many (Linux: `net.core.somaxconn`). After a restart all clients
/// reconnect within a second or two.
const BACKLOG: u32 = 4096;

/// Bytes of one connection that the system holds and has not sent, because the client does not read. Bytes that are sent and not yet
/// confirmed are not counted, so that the speed of a client that reads is not bounded.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;

/// A port that has been taken, with the connections that wait to be accepted.
#[derive(Debug)]
pub(super) struct Port {
    listener: TcpListener,
    /// Where Flash asks for its policy before it connects.
    #[cfg(feature = "legacy")]
    policy: Option<TcpListener>,
}

impl Port {
    /// Takes the port, and the one for Flash if the options name one.
    pub(super) async fn open(address: impl ToSocketAddrs, options: &Options) -> Result<Self, Error> {
        let listener = listener(address, options.write_timeout).await;
        let listener = listener.map_err(|error| Error::start(format!("cannot listen: {error}")))?;
        #[cfg(feature = "legacy")]
        let policy = match options.legacy {
            true => flash::bind(&listener, options.legacy_options.flash_policy_port).await?,
            false => None,
        };
        if let Ok(address) = listener.local_addr() {
            tracing::info!("listening on http://{address}");
        }
        Ok(Self {
            listener,
            #[cfg(feature = "legacy")]
            policy,
        })
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Accepts connections until `phase` is draining, and returns when it is stopped.
    pub(super) async fn serve(self, service: impl Respond, mut phase: watch::Receiver<Phase>) {
        #[cfg(feature = "legacy")]
        if let Some(policy) = self.policy {
            let mut phase = phase.clone();
            let ports = flash::ports(&service.engine_options().legacy_options, self.listener.local_addr());
            tokio::spawn(async move {
                tokio::select! {
                    () = flash::serve(policy, ports) => {}
                    () = reached(&mut phase, Phase::Draining) => {}
                }
            });
        }
        let mut tick = tokio::time::interval(TICK);
        let admission = Admission::default();
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = tick.tick() => continue,
                () = reached(&mut phase, Phase::Draining) => break,
            };
            match accepted {
                Ok((stream, address)) => {
                    if !INHERITS && let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%address, %error, "cannot set TCP_NODELAY");
                    }
                    let Some(admitted) = admission.admit(address, service.engine_options()) else {
                        // A reset frees the connection at once, in the system too.
                        if let Err(error) = stream.set_zero_linger() {
                            tracing::debug!(%address, %error, "cannot set SO_LINGER");
                        }
                        continue;
                    };
                    tokio::spawn(connection(stream, address, service.clone(), phase.clone(), admitted));
                }
                // Too many open files, or a connection that was closed before it was accepted: the listener can go on.
                Err(error) => {
                    warn_rarely!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        // Another process can take the port while clients are disconnected.
        drop(self.listener);
        reached(&mut phase, Phase::Stopped).await;
    }
}

/// Whether an accepted connection inherits the listener's options, as on Linux. On other systems they are set again.
const INHERITS: bool = cfg!(target_os = "linux");

/// Listens on the first of these addresses that is free.
async fn listener(address: impl ToSocketAddrs, write_timeout: Duration) -> io::Result<TcpListener> {
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
    // So that a restarted server gets its port at once. On Windows the option would let two servers share a port.
    socket.set_reuseaddr(cfg!(unix))?;
    // Inherited by accepted connections: small messages are sent at once instead of being joined with later ones.
    socket.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    bound_unsent(&socket, write_timeout)?;
    #[cfg(not(target_os = "linux"))]
    let _ = write_timeout;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Bounds the bytes that the system keeps for clients that do not read, also after this process has closed the connection. Accepted
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
