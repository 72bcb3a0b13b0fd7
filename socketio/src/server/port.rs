//! Takes the port of a server: one listener, or one for each worker, on the same address.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, ToSocketAddrs, lookup_host};
use tokio::sync::watch;

use super::accept::Acceptor;
use super::core::Phase;
#[cfg(feature = "legacy")]
use super::core::reached;
#[cfg(feature = "legacy")]
use super::flash;
use super::service::Respond;
use crate::engine::Options;
use crate::error::Error;

/// Connections that may wait to be accepted by each listener, if the system allows as many (Linux: `net.core.somaxconn`). After a restart
/// all clients reconnect within a second or two.
const BACKLOG: u32 = 4096;

/// Bytes of one connection that the system holds and has not sent, because the client does not read. Bytes that are sent and not yet
/// confirmed are not counted, so that the speed of a client that reads is not bounded.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;

/// Whether the system spreads connections over the listeners of one port. Elsewhere the option of that name gives all of them to one
/// listener, or does not exist.
const SPREADS: bool = cfg!(target_os = "linux");

/// A port that has been taken, with the connections that wait to be accepted.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) listener: TcpListener,
    /// Listeners on the same address, between which the system divides connections. Empty without workers, and where the system does not.
    pub(super) others: Vec<TcpListener>,
    /// Where Flash asks for its policy before it connects.
    #[cfg(feature = "legacy")]
    policy: Option<TcpListener>,
}

impl Port {
    /// Takes the port for so many workers, and the one for Flash if the options name one.
    pub(super) async fn open(address: impl ToSocketAddrs, options: &Options, workers: usize) -> Result<Self, Error> {
        let write_timeout = options.write_timeout;
        let shared = workers > 1 && SPREADS;
        let listener = listener(address, write_timeout, shared).await;
        let listener = listener.map_err(|error| Error::start(format!("cannot listen: {error}")))?;
        let others = if shared { others(&listener, workers - 1, write_timeout) } else { Vec::new() };
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
            others,
            #[cfg(feature = "legacy")]
            policy,
        })
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Accepts connections until `phase` is draining, and returns when it is stopped.
    pub(super) async fn serve(mut self, service: impl Respond, phase: watch::Receiver<Phase>) {
        self.serve_policy(&service, &phase);
        Acceptor::new(service, phase).run_here(self.listener).await;
    }

    /// Answers what Flash asks, in a task.
    #[cfg(feature = "legacy")]
    pub(super) fn serve_policy(&mut self, service: &impl Respond, phase: &watch::Receiver<Phase>) {
        let Some(policy) = self.policy.take() else { return };
        let mut phase = phase.clone();
        let ports = flash::ports(&service.engine_options().legacy_options, self.listener.local_addr());
        tokio::spawn(async move {
            tokio::select! {
                () = flash::serve(policy, ports) => {}
                () = reached(&mut phase, Phase::Draining) => {}
            }
        });
    }

    /// Without the feature `legacy` there is no such port.
    #[cfg(not(feature = "legacy"))]
    pub(super) fn serve_policy(&mut self, _: &impl Respond, _: &watch::Receiver<Phase>) {}
}

/// How a listener has its port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    /// Alone.
    No,
    /// The first of several. The port must be free, also of listeners of other processes that would share it.
    First,
    /// With the first one.
    Next,
}

/// Listens on the first of these addresses that is free.
async fn listener(address: impl ToSocketAddrs, write_timeout: Duration, shared: bool) -> io::Result<TcpListener> {
    let mut failure = io::Error::new(io::ErrorKind::InvalidInput, "the address names nothing");
    let share = if shared { Share::First } else { Share::No };
    for address in lookup_host(address).await? {
        match open(address, write_timeout, share) {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// So many listeners on the address of the first one; none if the system does not allow it.
fn others(first: &TcpListener, count: usize, write_timeout: Duration) -> Vec<TcpListener> {
    let open = |address| (0..count).map(|_| open(address, write_timeout, Share::Next)).collect::<io::Result<_>>();
    first.local_addr().and_then(open).unwrap_or_else(|error| {
        tracing::warn!(%error, "one listener for all workers, because the port cannot be shared");
        Vec::new()
    })
}

fn open(address: SocketAddr, write_timeout: Duration, share: Share) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // So that a restarted server gets its port at once. On Windows the option would let two servers share a port.
    socket.set_reuseaddr(cfg!(unix))?;
    // Inherited by accepted connections: small messages are sent at once instead of being joined with later ones.
    socket.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    bound_unsent(&socket, write_timeout)?;
    #[cfg(not(target_os = "linux"))]
    let _ = write_timeout;
    if share == Share::Next {
        share_port(&socket)?;
    }
    socket.bind(address)?;
    if share == Share::First {
        // After `bind`, which fails therefore if another server has the port, even one that shares it. Without the option there is one
        // listener, which `others` reports.
        let _ = share_port(&socket);
    }
    socket.listen(BACKLOG)
}

#[cfg(target_os = "linux")]
fn share_port(socket: &TcpSocket) -> io::Result<()> {
    socket.set_reuseport(true)
}

#[cfg(not(target_os = "linux"))]
fn share_port(_: &TcpSocket) -> io::Result<()> {
    Ok(())
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

    const TIMEOUT: Duration = Duration::from_secs(7);

    #[tokio::test]
    async fn what_is_accepted_has_the_listeners_options() {
        let listener = listener("127.0.0.1:0", TIMEOUT, false).await.unwrap();
        let _client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        assert!(accepted.nodelay().unwrap());
        let accepted = socket2::SockRef::from(&accepted);
        assert_eq!(accepted.tcp_user_timeout().unwrap(), Some(TIMEOUT));
        assert_eq!(accepted.tcp_notsent_lowat().unwrap(), UNSENT);
    }

    #[tokio::test]
    async fn more_may_wait_than_the_usual_128() {
        let listener = listener("127.0.0.1:0", TIMEOUT, false).await.unwrap();
        let address = listener.local_addr().unwrap();
        // With a full queue the system lets a client wait until it gives up.
        let clients = (0..300).map(|_| std::net::TcpStream::connect(address)).collect::<io::Result<Vec<_>>>();
        assert_eq!(clients.unwrap().len(), 300);
    }

    #[tokio::test]
    async fn listeners_of_one_server_share_a_port_and_those_of_another_do_not() {
        let first = listener("127.0.0.1:0", TIMEOUT, true).await.unwrap();
        let address = first.local_addr().unwrap();
        let others = others(&first, 2, TIMEOUT);
        assert_eq!(others.iter().filter(|other| other.local_addr().unwrap() == address).count(), 2);
        for shared in [true, false] {
            let error = listener(address, TIMEOUT, shared).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AddrInUse, "{shared}");
        }
    }

    #[tokio::test]
    async fn without_a_port_to_share_there_are_no_other_listeners() {
        let alone = listener("127.0.0.1:0", TIMEOUT, false).await.unwrap();
        assert!(others(&alone, 2, TIMEOUT).is_empty());
    }
}
