//! Our server inside this process, with clients over in-memory pipes: no kernel, one thread, so that only the server's own work is
//! measured. For micro-benchmarks and the guard; the load generator measures the whole.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use socketio::prelude::*;
use socketio::server::Service;
use socketio::{Handle, Rest, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::Runtime;

/// Longer than any measurement.
const QUIET: Duration = Duration::from_secs(3_600);

/// The events that are measured.
#[derive(Default)]
struct Local;

#[namespace("/")]
impl Local {
    /// Acknowledges whatever comes.
    fn on_echo(&self, args: Rest<Value>) -> Rest<Value> {
        args
    }

    /// Acknowledges a sum: the cheapest arguments and the cheapest answer.
    fn on_add(&self, a: i64, b: i64) -> i64 {
        a.saturating_add(b)
    }

    /// Reads a string and acknowledges nothing: what reading costs.
    fn on_take(&self, text: String) {
        std::hint::black_box(text);
    }

    /// Acknowledges bytes.
    fn on_bin(&self, data: Bytes) -> Bytes {
        data
    }
}

/// A server in this process.
pub struct LocalServer {
    service: Service,
    handle: Handle,
}

/// A client of it, in `/`.
#[derive(Debug)]
pub struct Client {
    stream: DuplexStream,
    input: Vec<u8>,
}

/// A runtime as servers with one thread have.
///
/// # Errors
/// When the system has no resources for it.
pub fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// A WebSocket frame of a client that holds a text, ready to be sent.
///
/// # Panics
/// Never: the length is written in whatever form it needs.
pub fn text(payload: &str) -> Vec<u8> {
    frame(0x81, payload.as_bytes())
}

/// The same for bytes.
pub fn binary(payload: &[u8]) -> Vec<u8> {
    frame(0x82, payload)
}

#[allow(clippy::cast_possible_truncation, reason = "each arm has looked at the length")]
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x5a, 0xc3, 0x17, 0xe8];
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..65_536 => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

impl LocalServer {
    /// A server with this module's events. In a runtime.
    ///
    /// # Errors
    /// None in practice: the namespace is sound.
    pub fn new() -> Result<Self, Error> {
        Self::of(Server::empty().mount::<Local>())
    }

    /// A server with other namespaces, one of which is `/`.
    pub(crate) fn of(server: Server) -> Result<Self, Error> {
        // No ping may come between an event and its answer, however slowly this runs.
        let server = server.ping_interval(QUIET);
        let handle = server.handle();
        Ok(Self { service: server.into_service()?, handle })
    }

    /// The server from outside of its handlers.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Connects a client whose pipe holds `buffer` bytes each way.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn connect(&self, buffer: usize) -> io::Result<Client> {
        let (near, far) = tokio::io::duplex(buffer);
        let service = TowerToHyperService::new(self.service.clone());
        let respond = service_fn(move |request| hyper::service::Service::call(&service, request));
        tokio::spawn(async move {
            let http = hyper::server::conn::http1::Builder::new();
            // Ends with the client; there is nothing to tell anyone.
            let _ = http.serve_connection(TokioIo::new(far), respond).with_upgrades().await;
        });
        let mut client = Client { stream: near, input: Vec::new() };
        client.enter().await?;
        Ok(client)
    }
}

impl Client {
    async fn enter(&mut self) -> io::Result<()> {
        self.send(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: local\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
              Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n",
        )
        .await?;
        self.until(b"\"maxPayload\":").await?;
        self.send(&text("40")).await?;
        self.until(b"40{\"sid\":").await?;
        self.until(b"\"}").await
    }

    /// Sends bytes: frames of [`text`] and [`binary`].
    ///
    /// # Errors
    /// When the server has closed the connection.
    pub async fn send(&mut self, frames: &[u8]) -> io::Result<()> {
        self.stream.write_all(frames).await
    }

    /// Reads so many bytes: frames whose size is known.
    ///
    /// # Errors
    /// When the server has closed the connection.
    pub async fn receive(&mut self, bytes: usize) -> io::Result<&[u8]> {
        self.input.resize(bytes, 0);
        self.stream.read_exact(&mut self.input).await?;
        Ok(&self.input)
    }

    /// Leaves the namespace and the server, and waits until it has let go.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn leave(mut self) -> io::Result<()> {
        self.send(&text("41")).await?;
        self.send(&frame(0x88, &1000_u16.to_be_bytes())).await?;
        self.input.clear();
        self.stream.read_to_end(&mut self.input).await?;
        Ok(())
    }

    /// Reads until these bytes have come; what follows them stays.
    async fn until(&mut self, what: &[u8]) -> io::Result<()> {
        loop {
            if let Some(place) = self.input.windows(what.len()).position(|window| window == what) {
                self.input.drain(..place + what.len());
                return Ok(());
            }
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// Something to send, and how long the answer is, with a check that it is the right one.
#[derive(Debug)]
pub struct Exchange {
    frames: Vec<u8>,
    answer: Vec<u8>,
}

impl Exchange {
    /// An event that is acknowledged with its own argument, a string of so many bytes.
    pub fn echo(bytes: usize) -> Self {
        let argument = "x".repeat(bytes);
        Self::of_text(&format!("421[\"echo\",\"{argument}\"]"), &format!("431[\"{argument}\"]"))
    }

    /// The same with an object of about so many bytes.
    pub fn object(bytes: usize) -> Self {
        let filler = "x".repeat(bytes.saturating_sub(96));
        let object = format!(
            "{{\"active\":true,\"body\":\"{filler}\",\"count\":12345,\"list\":[1,2,3],\"nested\":{{\"a\":1.5,\"b\":null,\"c\":[false,\"x\"]}}}}"
        );
        Self::of_text(&format!("421[\"echo\",{object}]"), &format!("431[{object}]"))
    }

    /// Two integers and their sum.
    pub fn add() -> Self {
        Self::of_text("421[\"add\",20,22]", "431[42]")
    }

    /// A binary event that is acknowledged with its own attachment of so many bytes.
    pub fn binary(bytes: usize) -> Self {
        let data = vec![7; bytes];
        let mut frames = text("451-1[\"bin\",{\"_placeholder\":true,\"num\":0}]");
        frames.extend(binary(&data));
        let mut answer = from_server(0x81, b"461-1[{\"_placeholder\":true,\"num\":0}]");
        answer.extend(from_server(0x82, &data));
        Self { frames, answer }
    }

    /// So many strings that are read and not acknowledged, and one sum, so that there is an end to wait for.
    pub fn take(events: usize) -> Self {
        let Self { frames, answer } = Self::add();
        let one = text("42[\"take\",\"The quick brown fox jumps over the lazy dog\"]");
        Self { frames: [one.repeat(events), frames].concat(), answer }
    }

    fn of_text(event: &str, answer: &str) -> Self {
        Self { frames: text(event), answer: from_server(0x81, answer.as_bytes()) }
    }

    /// Sends it and waits for the answer.
    ///
    /// # Errors
    /// When another answer comes.
    pub async fn run(&self, client: &mut Client) -> io::Result<()> {
        client.send(&self.frames).await?;
        if client.receive(self.answer.len()).await? == self.answer {
            return Ok(());
        }
        Err(io::Error::other("another answer came"))
    }
}

/// A frame as a server writes it.
pub fn from_server(first: u8, payload: &[u8]) -> Vec<u8> {
    let masked = frame(first, payload);
    let mut head = masked[..masked.len() - payload.len() - 4].to_vec();
    head[1] &= 0x7f;
    head.extend_from_slice(payload);
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exchange_is_answered() {
        let exchanges = [
            Exchange::echo(64),
            Exchange::object(512),
            Exchange::add(),
            Exchange::take(3),
            Exchange::binary(1_024),
            Exchange::binary(70_000),
        ];
        runtime().unwrap().block_on(async {
            let server = LocalServer::new().unwrap();
            let mut client = server.connect(4_096).await.unwrap();
            for exchange in &exchanges {
                let (mut reader, mut writer) = tokio::io::split(&mut client.stream);
                let mut answer = vec![0; exchange.answer.len()];
                let (sent, read) = tokio::join!(writer.write_all(&exchange.frames), reader.read_exact(&mut answer));
                assert!(sent.is_ok() && read.is_ok() && answer == exchange.answer);
            }
            client.leave().await.unwrap();
        });
    }
}
