//! A keep-alive HTTP connection of a long-polling client.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{excerpt, wrong};

pub(crate) struct Http {
    stream: TcpStream,
    output: Vec<u8>,
    input: Vec<u8>,
    body: Vec<u8>,
}

/// How a response's body ends.
#[derive(Debug, PartialEq, Eq)]
enum Length {
    Known(usize),
    Chunked,
}

impl Http {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, output: Vec::new(), input: Vec::new(), body: Vec::new() }
    }

    /// Polls; gives the payload. `query` is what follows `transport=polling`.
    pub(crate) async fn get(&mut self, query: &str) -> io::Result<&[u8]> {
        self.request("GET", query);
        self.output.extend_from_slice(b"\r\n");
        self.answer().await
    }

    /// Posts a payload and waits until it is taken.
    pub(crate) async fn post(&mut self, query: &str, payload: &[u8]) -> io::Result<()> {
        self.request("POST", query);
        let head = format!("Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {}\r\n\r\n", payload.len());
        self.output.extend_from_slice(head.as_bytes());
        self.output.extend_from_slice(payload);
        // Python's server says OK, the others ok.
        if self.answer().await?.eq_ignore_ascii_case(b"ok") { Ok(()) } else { Err(wrong("a POST was not answered ok")) }
    }

    fn request(&mut self, method: &str, query: &str) {
        self.output.clear();
        let parts = [method, " /socket.io/?EIO=4&transport=polling", query, " HTTP/1.1\r\nHost: 127.0.0.1\r\n"];
        parts.iter().for_each(|part| self.output.extend_from_slice(part.as_bytes()));
    }

    async fn answer(&mut self) -> io::Result<&[u8]> {
        self.stream.write_all(&self.output).await?;
        let (head, length) = loop {
            if let Some(end) = find(&self.input, b"\r\n\r\n") {
                break (end + 4, length(&self.input[..end])?);
            }
            self.read().await?;
        };
        self.input.drain(..head);
        self.body.clear();
        match length {
            Length::Known(bytes) => self.take(bytes).await?,
            Length::Chunked => loop {
                let line = loop {
                    match find(&self.input, b"\r\n") {
                        Some(end) => break end,
                        None => self.read().await?,
                    }
                };
                let size =
                    std::str::from_utf8(&self.input[..line]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
                let size = size.ok_or_else(|| wrong("a chunk without a size"))?;
                self.input.drain(..line + 2);
                self.take(size).await?;
                while self.input.len() < 2 {
                    self.read().await?;
                }
                self.input.drain(..2);
                if size == 0 {
                    break;
                }
            },
        }
        Ok(&self.body)
    }

    /// Moves so many bytes of the input to the body.
    async fn take(&mut self, bytes: usize) -> io::Result<()> {
        while self.input.len() < bytes {
            self.read().await?;
        }
        self.body.extend(self.input.drain(..bytes));
        Ok(())
    }

    async fn read(&mut self) -> io::Result<()> {
        self.input.reserve(2_048);
        match self.stream.read_buf(&mut self.input).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Reads the head of a response, without the empty line.
fn length(head: &[u8]) -> io::Result<Length> {
    let text = std::str::from_utf8(head).map_err(|_| wrong("a head that is not text"))?;
    if !text.starts_with("HTTP/1.1 200") {
        return Err(wrong(format!("refused: {}", excerpt(head))));
    }
    for line in text.split("\r\n").skip(1) {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            return value.trim().parse().map(Length::Known).map_err(|_| wrong("a length that is no number"));
        }
        if name.eq_ignore_ascii_case("transfer-encoding") && value.trim().eq_ignore_ascii_case("chunked") {
            return Ok(Length::Chunked);
        }
    }
    Err(wrong(format!("a body without an end: {}", excerpt(head))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        assert_eq!(length(b"HTTP/1.1 200 OK\r\nA: b\r\ncontent-LENGTH: 12").unwrap(), Length::Known(12));
        assert_eq!(length(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked").unwrap(), Length::Chunked);
        assert!(length(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 1").is_err());
        assert!(length(b"HTTP/1.1 200 OK\r\nA: b").is_err());
    }
}
