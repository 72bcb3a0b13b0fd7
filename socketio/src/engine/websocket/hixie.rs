//! WebSockets as they were before the standard (hixie-76): another handshake, and texts between two marks. Spoken by the
//! Node builds of 0.7 and 0.8, by Flash, Safari 5 and Chrome up to 13.

use std::{
    io,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, Response, StatusCode, Version, header, request::Parts};
use hyper::{ext::ReasonPhrase, upgrade::Upgraded};
use md5::{Digest as _, Md5};

use super::{Input, io::Io, write::Outgoing};
use crate::{
    engine::{body::Body, proxy::Client, refusal::Refusal},
    packet::{Frame, Text},
};

/// What begins and ends a text.
const BEGIN: u8 = 0x00;
const END: u8 = 0xff;

/// Nothing follows.
const CLOSE: [u8; 2] = [0xff, 0x00];

/// What is read at once.
const CHUNK: usize = 4 * 1024;

/// What the two keys of a handshake say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Challenge(u32, u32);

/// The `101` for a request with two keys. The third comes behind the head of the request, but maybe only after this
/// answer has left: proxies hold it back.
pub(in crate::engine) fn accept(head: &Parts, client: &Client<'_>) -> Result<(Response<Body>, Challenge), Refusal> {
    if head.method != Method::GET || head.version != Version::HTTP_11 {
        return Err(Refusal::BadRequest("a WebSocket begins with a GET over HTTP/1.1"));
    }
    let headers = &head.headers;
    // The third key comes behind the head without being announced.
    if super::accept::has_body(headers) {
        return Err(Refusal::BadRequest("a WebSocket request with a body"));
    }
    let keys = ["sec-websocket-key1", "sec-websocket-key2"].map(|name| headers.get(name).and_then(number));
    let [Some(first), Some(second)] = keys else {
        return Err(Refusal::BadRequest("no proper sec-websocket-key1, -key2"));
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.extensions_mut().insert(ReasonPhrase::from_static(b"WebSocket Protocol Handshake"));
    let answer = response.headers_mut();
    answer.insert(header::UPGRADE, HeaderValue::from_static("WebSocket"));
    answer.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Some(origin) = headers.get(header::ORIGIN) {
        answer.insert("sec-websocket-origin", origin.clone());
    }
    if let Some(location) = location(head, client) {
        answer.insert("sec-websocket-location", location);
    }
    if let Some(protocol) = super::accept::first_protocol(headers) {
        answer.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok((response, Challenge(first, second)))
}

/// The number that a key hides: its digits, divided by how many spaces it has.
fn number(key: &HeaderValue) -> Option<u32> {
    let mut digits = 0u64;
    let mut spaces = 0u64;
    for byte in key.as_bytes() {
        match byte {
            b'0'..=b'9' => digits = digits.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?,
            b' ' => spaces += 1,
            _ => {}
        }
    }
    if spaces == 0 || !digits.is_multiple_of(spaces) {
        return None;
    }
    u32::try_from(digits / spaces).ok()
}

/// The address that the client has asked for; it compares.
fn location(head: &Parts, client: &Client<'_>) -> Option<HeaderValue> {
    let host = client.host?;
    // Behind a proxy that ends TLS and is not trusted, only the page knows.
    let page = || head.headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
    let scheme = if client.secure.unwrap_or_else(page) { "wss" } else { "ws" };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    HeaderValue::from_str(&format!("{scheme}://{host}{path}")).ok()
}

/// A WebSocket of the old kind.
pub(in crate::engine) struct Hixie {
    io: Io,
    incoming: BytesMut,
    /// How much of `incoming` holds no end of a text.
    scanned: usize,
    out: Outgoing,
    max: usize,
    closing: bool,
}

impl Hixie {
    /// Takes over an upgraded connection: waits for the third key and answers the challenge.
    pub(in crate::engine) async fn open(upgraded: Upgraded, challenge: Challenge, max: usize) -> io::Result<Self> {
        let (io, early) = Io::new(upgraded);
        let incoming = BytesMut::from(&early[..]);
        let mut hixie = Self { io, incoming, scanned: 0, out: Outgoing::default(), max, closing: false };
        while hixie.incoming.len() < 8 {
            if std::future::poll_fn(|cx| hixie.poll_read(cx)).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let key = hixie.incoming.split_to(8);
        hixie.out.raw(&challenge.answer(&key));
        Ok(hixie)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut chunk = [0; CHUNK];
        let n = ready!(self.io.poll_read(cx, &mut chunk))?;
        self.incoming.extend_from_slice(&chunk[..n]);
        Poll::Ready(Ok(n))
    }

    /// The next thing the client says.
    pub(in crate::engine) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        loop {
            match self.take() {
                Some(input) => return Poll::Ready(input),
                None => match ready!(self.poll_read(cx)) {
                    Ok(0) => return Poll::Ready(Input::Closed),
                    Ok(_) => {}
                    Err(error) => {
                        tracing::debug!(%error, "old WebSocket broke");
                        return Poll::Ready(Input::Broken);
                    }
                },
            }
        }
    }

    /// What has been received completely.
    fn take(&mut self) -> Option<Input> {
        match (self.incoming.first()?, self.incoming.get(1)) {
            (&BEGIN, _) => {
                let Some(length) = memchr::memchr(END, &self.incoming[self.scanned..]) else {
                    self.scanned = self.incoming.len();
                    return (self.scanned > self.max.saturating_add(1)).then(|| self.violation("a text is too large"));
                };
                let frame = self.incoming.split_to(self.scanned + length + 1).freeze();
                self.scanned = 0;
                if frame.len() > self.max.saturating_add(2) {
                    return Some(self.violation("a text is too large"));
                }
                match Text::from_utf8(frame.slice(1..frame.len() - 1)) {
                    Ok(text) => Some(Input::Text(text)),
                    Err(_) => Some(self.violation("a text is not UTF-8")),
                }
            }
            (&END, None) => None,
            (&END, Some(&0)) => {
                self.push_close();
                Some(Input::Closed)
            }
            _ => Some(self.violation("neither a text nor the end")),
        }
    }

    fn violation(&mut self, what: &str) -> Input {
        tracing::debug!("old WebSocket's rules broken: {what}");
        self.push_close();
        Input::Violation
    }

    /// Queues a text. There is no other kind of frame; the byte that ends one never occurs in UTF-8.
    pub(in crate::engine) fn push(&mut self, frame: &Frame) {
        let text: &Bytes = frame.bytes();
        self.out.raw(&[BEGIN]);
        self.out.raw(text);
        self.out.raw(&[END]);
    }

    /// Queues the end, once.
    pub(in crate::engine) fn push_close(&mut self) {
        if !std::mem::replace(&mut self.closing, true) {
            self.out.raw(&CLOSE);
        }
    }

    /// Writes what waits. `Ready` when the operating system has all of it.
    pub(in crate::engine) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.out.poll_write(&mut self.io, cx))?;
        self.io.poll_flush(cx)
    }

    /// Makes dropping this a reset of the TCP connection: what the client has not taken is not kept for it.
    pub(in crate::engine) fn reset(&self) {
        self.io.reset();
    }

    /// Bytes that wait to be written.
    pub(in crate::engine) fn waiting(&self) -> usize {
        self.out.len()
    }

    /// Bytes that have been written so far.
    pub(in crate::engine) fn written(&self) -> u64 {
        self.out.written()
    }
}

impl Challenge {
    fn answer(self, key: &[u8]) -> [u8; 16] {
        let (first, second) = (self.0.to_be_bytes(), self.1.to_be_bytes());
        Md5::new().chain_update(first).chain_update(second).chain_update(key).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: &'static str) -> Option<u32> {
        number(&HeaderValue::from_static(key))
    }

    #[test]
    fn keys_hide_numbers() {
        // Recorded from a real client and a real server.
        let challenge = Challenge(of("3<\"4n k4  k310 27X-_b2Ia4f").unwrap(), of("17s5  38    897 9     6*+").unwrap());
        let answer = challenge.answer(b"\xd4\x00\xd0D\xe9\xde\x93%");
        let hex: String = answer.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "b8b601ebf8a4287e5e1f1fa9e4306e3e");
    }

    #[test]
    fn keys_that_hide_none() {
        for key in ["123", "1 2 4 ", "", "99999999999999999999999 ", "9999999999 "] {
            assert_eq!(of(key), None, "{key}");
        }
    }
}
