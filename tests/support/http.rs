//! HTTP by hand: one request per TCP connection, its head written as given, its response read to the
//! end. No client library stands between a test and the bytes, so requests may be as wrong as a test wants.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::within;

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case, values trimmed, in order of appearance.
    pub headers: Vec<(String, String)>,
    /// The body, with chunks put together.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    ///
    /// # Panics
    /// When it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    pub(crate) fn parse(raw: &[u8]) -> Option<Self> {
        let split = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&raw[..split]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let rest = &raw[split + 4..];
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = if chunked { unchunk(rest)? } else { rest.to_vec() };
        Some(Self { status, headers, body })
    }
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 4 + size..)?;
    }
}

/// Sends `method target` with extra `headers` and a body, and reads the answer.
///
/// # Panics
/// When the server cannot be reached, takes too long or closes without an answer.
pub async fn request(addr: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    try_request(addr, method, target, headers, body)
        .await
        .unwrap_or_else(|| panic!("{method} {target}: the connection was closed without an answer"))
}

/// [`request`], with `None` when the server closes the connection instead of answering.
///
/// # Panics
/// When the server cannot be reached or takes too long.
pub async fn try_request(
    addr: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Response> {
    within(&format!("{method} {target}"), async {
        let mut stream = TcpStream::connect(addr).await.expect("a connection");
        let head = head(addr, method, target, headers, body.len());
        // A server may answer and close before it has read all of a body that it refuses.
        let _ = stream.write_all(&[head.as_bytes(), body].concat()).await;
        let mut raw = Vec::new();
        let mut buffer = vec![0; 16 * 1024];
        // A reset after the answer must not take the answer away, so each part is kept as it comes.
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            raw.extend_from_slice(&buffer[..read]);
        }
        Response::parse(&raw)
    })
    .await
}

/// The head of a request that is the only one on its connection.
pub fn head(addr: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)], length: usize) -> String {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {addr}\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("connection")) {
        head.push_str("Connection: close\r\n");
    }
    let given = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding"));
    if !given && (length > 0 || method == "POST") {
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

/// GET.
///
/// # Panics
/// As [`request`].
pub async fn get(addr: SocketAddr, target: &str) -> Response {
    request(addr, "GET", target, &[], b"").await
}

/// POST of a text body, as clients send it.
///
/// # Panics
/// As [`request`].
pub async fn post(addr: SocketAddr, target: &str, body: impl AsRef<[u8]>) -> Response {
    request(addr, "POST", target, &[("Content-Type", "text/plain;charset=UTF-8")], body.as_ref()).await
}

#[cfg(test)]
mod tests {
    use super::Response;

    #[test]
    fn chunks_are_put_together() {
        let raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A:  b \r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        let response = Response::parse(raw).expect("a response");
        assert_eq!((response.status, response.text()), (200, "abcd"));
        assert_eq!(response.header("x-a"), Some("b"));
    }

    #[test]
    fn half_a_head_is_no_response() {
        assert_eq!(Response::parse(b"HTTP/1.1 200 OK\r\nContent-"), None);
    }
}
