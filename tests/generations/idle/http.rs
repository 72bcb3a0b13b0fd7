//! HTTP over connections in memory, one for each request. Nothing here is waited for but other tasks, so that a paused
//! clock moves only when all of them wait for a timer; with sockets of the system it moves while bytes are on their way.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use socketio::server::Service;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tower_service::Service as _;

/// The way to the server.
#[derive(Clone)]
pub(super) struct Network(pub(super) Service);

impl Network {
    pub(super) fn connect(&self) -> DuplexStream {
        let (client, server) = duplex(64 * 1024);
        let service = self.0.clone();
        let respond = hyper::service::service_fn(move |request: Request<Incoming>| service.clone().call(request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(server), respond).with_upgrades());
        client
    }
}

async fn request(network: &Network, method: &str, target: &str, kind: &str, body: &str) -> String {
    let mut stream = network.connect();
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(head.as_bytes()).await.expect("a connection");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{method} {target}: {answer}");
    answer.split_once("\r\n\r\n").expect("a head").1.to_owned()
}

pub(super) async fn get(network: &Network, target: &str) -> String {
    request(network, "GET", target, "text/plain", "").await
}

pub(super) async fn post(network: &Network, target: &str, body: &str) -> String {
    request(network, "POST", target, "text/plain", body).await
}

/// As browsers post a form with the one field `d`.
pub(super) async fn post_form(network: &Network, target: &str, data: &str) -> String {
    let escaped: String = data.bytes().map(|byte| format!("%{byte:02X}")).collect();
    request(network, "POST", target, "application/x-www-form-urlencoded", &format!("d={escaped}")).await
}

/// A polling session of Engine.IO 3 or 4.
pub(super) struct Page {
    pub(super) network: Network,
    pub(super) target: String,
    pub(super) protocol: u8,
    pub(super) jsonp: bool,
}

impl Page {
    /// A GET that goes on beside other things.
    pub(super) fn poll(&self) -> BoxFuture<'_, Vec<String>> {
        self.get().boxed()
    }

    /// The packets of one answer.
    pub(super) async fn get(&self) -> Vec<String> {
        let mut body = get(&self.network, &self.target).await;
        if self.jsonp {
            let script = body.strip_prefix("___eio[0](").and_then(|rest| rest.strip_suffix(");"));
            body = serde_json::from_str(script.expect("a script")).expect("a string");
        }
        if self.protocol == 4 {
            return body.split('\u{1e}').map(str::to_owned).collect();
        }
        let (mut packets, mut rest) = (Vec::new(), body.as_str());
        while let Some((length, packet)) = rest.split_once(':') {
            let (packet, next) = packet.split_at(length.parse().expect("a length of ASCII"));
            packets.push(packet.to_owned());
            rest = next;
        }
        packets
    }

    /// Sends one packet.
    pub(super) async fn post(&self, packet: &str) {
        let body = if self.protocol == 4 { packet.to_owned() } else { format!("{}:{packet}", packet.len()) };
        let answer = match self.jsonp {
            true => post_form(&self.network, &self.target, &body).await,
            false => post(&self.network, &self.target, &body).await,
        };
        assert_eq!(answer, "ok");
    }
}

/// An answer without an end.
pub(super) struct Endless {
    stream: DuplexStream,
    text: String,
}

impl Endless {
    pub(super) async fn open(network: &Network, target: &str) -> Self {
        let mut stream = network.connect();
        let head = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("a connection");
        Self { stream, text: String::new() }
    }

    /// Reads up to and with `end`.
    pub(super) async fn until(&mut self, end: &str) {
        loop {
            if let Some(at) = self.text.find(end) {
                self.text.drain(..at + end.len());
                return;
            }
            let mut buffer = [0; 4096];
            let read = self.stream.read(&mut buffer).await.expect("a connection");
            assert!(read > 0, "the page has ended: {:?}", self.text);
            self.text += std::str::from_utf8(&buffer[..read]).expect("text");
        }
    }
}
