//! Handshakes: from a TCP connection to a member of the namespace `/`.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;

use super::http::Http;
use super::wire::{Wire, dial};
use super::{excerpt, wrong};

/// Between two packets of a polling payload.
pub(crate) const SEPARATOR: u8 = 0x1e;

/// What the server has told when a session opened.
pub(crate) struct Open {
    pub(crate) sid: String,
    pub(crate) ping_interval_ms: u64,
}

/// Reads an Engine.IO open packet.
fn open_packet(packet: &[u8]) -> io::Result<Open> {
    let json = packet.strip_prefix(b"0").ok_or_else(|| wrong(format!("no open packet: {}", excerpt(packet))))?;
    let open: serde_json::Value = serde_json::from_slice(json)?;
    match (open["sid"].as_str(), open["pingInterval"].as_u64()) {
        (Some(sid), Some(ping_interval_ms)) => Ok(Open { sid: sid.to_owned(), ping_interval_ms }),
        _ => Err(wrong(format!("an open packet without sid or pingInterval: {}", excerpt(packet)))),
    }
}

fn joined(packet: &[u8]) -> io::Result<()> {
    if packet.starts_with(b"40{\"sid\":") {
        return Ok(());
    }
    Err(wrong(format!("not let in: {}", excerpt(packet))))
}

/// Joins `/` over WebSocket alone.
pub(crate) async fn websocket(to: SocketAddr, number: usize) -> io::Result<(Wire, Open)> {
    websocket_on(dial(to, number, None).await?).await
}

/// The same on a TCP connection that is there.
pub(crate) async fn websocket_on(stream: TcpStream) -> io::Result<(Wire, Open)> {
    let mut wire = Wire::upgrade(stream, "").await?;
    let packet = wire.packet().await?;
    let open = open_packet(wire.bytes(&packet))?;
    wire.text(b"40");
    let packet = wire.packet().await?;
    joined(wire.bytes(&packet))?;
    Ok((wire, open))
}

/// Joins `/` by long polling.
pub(crate) async fn polling(to: SocketAddr, number: usize) -> io::Result<(Http, Open)> {
    let mut http = Http::new(dial(to, number, None).await?);
    let open = open_packet(http.get("").await?)?;
    let sid = format!("&sid={}", open.sid);
    http.post(&sid, b"40").await?;
    let answer = next_packet(&mut http, &sid).await?;
    joined(&answer)?;
    Ok((http, open))
}

/// Polls for a packet that comes alone, but for a ping: some servers begin with one.
pub(crate) async fn next_packet(http: &mut Http, sid: &str) -> io::Result<Vec<u8>> {
    loop {
        let payload = http.get(sid).await?.to_vec();
        let mut packets: Vec<_> = payload.split(|byte| *byte == SEPARATOR).collect();
        let all = packets.len();
        packets.retain(|packet| *packet != b"2");
        if packets.len() < all {
            http.post(sid, b"3").await?;
        }
        match packets[..] {
            [] => {}
            [packet] => return Ok(packet.to_owned()),
            _ => return Err(wrong(format!("more than one packet: {}", excerpt(&payload)))),
        }
    }
}

/// Joins `/` as every client does by default: by long polling, then over a WebSocket that takes its place.
pub(crate) async fn upgraded(to: SocketAddr, number: usize) -> io::Result<Wire> {
    let (_http, open) = polling(to, number).await?;
    let mut wire = Wire::upgrade(dial(to, number, None).await?, &format!("&sid={}", open.sid)).await?;
    wire.text(b"2probe");
    let packet = wire.packet().await?;
    if wire.bytes(&packet) != b"3probe" {
        return Err(wrong(format!("the probe was answered with {}", excerpt(wire.bytes(&packet)))));
    }
    wire.text(b"5");
    wire.flush().await?;
    Ok(wire)
}
