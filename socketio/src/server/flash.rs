//! The policy file that a Flash movie requests before it opens a socket. The request is not HTTP, so that the first byte of a connection
//! is checked before hyper reads it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::engine::LegacyOptions;
use crate::error::Error;
use crate::log::warn_rarely;

const REQUEST: &[u8] = b"<policy-file-request/>\0";

/// Allows movies of every site to connect to these ports, and to no other service of this host. Whether a movie may join a namespace is
/// decided in the handshake, as for pages.
fn policy(ports: &[u16]) -> String {
    let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
    format!(
        "<?xml version=\"1.0\"?><!DOCTYPE cross-domain-policy SYSTEM \"http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd\">\
         <cross-domain-policy><allow-access-from domain=\"*\" to-ports=\"{ports}\"/></cross-domain-policy>"
    )
}

/// How long a client may take to request and read the policy.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Between two attempts to accept when the process is out of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes the port for policies, next to the server's own.
pub(super) async fn bind(server: &TcpListener, port: Option<u16>) -> Result<Option<TcpListener>, Error> {
    let Some(port) = port else { return Ok(None) };
    let address = server.local_addr().map_err(|error| Error::start(format!("no address: {error}")))?;
    let listener = TcpListener::bind((address.ip(), port)).await;
    listener.map(Some).map_err(|error| Error::start(format!("cannot listen on port {port} for Flash: {error}")))
}

/// The ports that a policy names, for a server that listens on `address`.
pub(super) fn ports(options: &LegacyOptions, address: io::Result<SocketAddr>) -> Vec<u16> {
    match &options.flash_ports[..] {
        [] => address.ok().map(|address| address.port()).into_iter().collect(),
        ports => ports.to_vec(),
    }
}

/// Answers every connection with the policy.
pub(super) async fn serve(listener: TcpListener, ports: Vec<u16>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(answer(stream, ports.clone()))),
            Err(error) => {
                warn_rarely!(%error, "cannot accept a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Whether a connection begins with the request for a policy: no HTTP request begins with its first byte. Nothing is read.
/// `None` if nothing comes within `head_timeout`.
pub(super) async fn asks_for_policy(stream: &TcpStream, head_timeout: Duration) -> Option<bool> {
    let mut first = [0];
    let peeked = timeout(head_timeout, stream.peek(&mut first)).await.ok()?;
    Some(matches!(peeked, Ok(1) if first == REQUEST[..1]))
}

/// Reads the request, sends the policy and closes.
pub(super) async fn answer(mut stream: TcpStream, ports: Vec<u16>) {
    let exchange = async {
        let mut request = [0; REQUEST.len()];
        stream.read_exact(&mut request).await?;
        if request == REQUEST {
            stream.write_all(policy(&ports).as_bytes()).await?;
            stream.shutdown().await?;
        }
        Ok::<_, io::Error>(())
    };
    match timeout(TIMEOUT, exchange).await {
        Ok(Ok(())) => {}
        other => tracing::debug!(?other, "a request for a policy was not completed"),
    }
}
