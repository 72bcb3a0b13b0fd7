//! The policy file that a Flash movie asks for before it opens a socket. The request is not HTTP: it must be seen before
//! the HTTP server sees it.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::error::Error;
use crate::log::warn_rarely;

const REQUEST: &[u8] = b"<policy-file-request/>\0";

/// Says that movies of every site may connect, as the old server said: who may do what is decided in the handshake, as for pages.
const POLICY: &[u8] = b"<?xml version=\"1.0\"?><!DOCTYPE cross-domain-policy SYSTEM \"http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd\"><cross-domain-policy><allow-access-from domain=\"*\" to-ports=\"*\"/></cross-domain-policy>";

/// How long a client may take to say the first byte, and to ask for the policy and take it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two attempts to accept when the process is out of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes the port for policies, next to the server's own.
pub(super) async fn bind(server: &TcpListener, port: Option<u16>) -> Result<Option<TcpListener>, Error> {
    let Some(port) = port else { return Ok(None) };
    let address = server.local_addr().map_err(|error| Error::start(format!("no address: {error}")))?;
    let listener = TcpListener::bind((address.ip(), port)).await;
    listener.map(Some).map_err(|error| Error::start(format!("cannot listen on port {port} for Flash: {error}")))
}

/// Answers everyone who asks.
pub(super) async fn serve(listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(answer(stream))),
            Err(error) => {
                warn_rarely!(%error, "cannot accept a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Whether a connection begins with the request for a policy: no HTTP request begins with its first byte. Nothing is read.
pub(super) async fn asks_for_policy(stream: &TcpStream) -> bool {
    let mut first = [0];
    matches!(timeout(PATIENCE, stream.peek(&mut first)).await, Ok(Ok(1)) if first == REQUEST[..1])
}

/// Reads the request, sends the policy and closes.
pub(super) async fn answer(mut stream: TcpStream) {
    let exchange = async {
        let mut request = [0; REQUEST.len()];
        stream.read_exact(&mut request).await?;
        if request == REQUEST {
            stream.write_all(POLICY).await?;
            stream.shutdown().await?;
        }
        Ok::<_, std::io::Error>(())
    };
    match timeout(PATIENCE, exchange).await {
        Ok(Ok(())) => {}
        other => tracing::debug!(?other, "a request for a policy was not completed"),
    }
}
