//! The contract of every server that is measured, checked once before the measurements: a server that answers something else would be
//! measured doing something else.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::Failure;
use crate::load::wire::Wire;
use crate::load::{Outcome, block_on, excerpt, session, wrong};
use crate::peers::Peer;
use crate::server::Server;

const PATIENCE: Duration = Duration::from_secs(10);

/// What is sent, and what has to be answered, on a connection that has joined `/`.
const ANSWERS: [(&str, &str); 5] = [
    (r#"421["echo"]"#, "431[]"),
    (r#"422["echo","a",1,null,[true,{"b":2}]]"#, r#"432["a",1,null,[true,{"b":2}]]"#),
    (r#"423["echo","\u0041\n€"]"#, r#"433["A\n€"]"#),
    (r#"424["add",20,22]"#, "434[42]"),
    (r#"425["bcast","all"]"#, r#"42["news","all"]"#),
];

pub(crate) fn contract(peer: &Peer) -> Result<(), Failure> {
    let server = Server::start(peer, None)?;
    let address = server.address;
    let outcome = block_on(async move {
        let checked = tokio::time::timeout(PATIENCE, all(address)).await;
        let checked = checked.unwrap_or_else(|_| Err(wrong("an answer is missing")));
        checked.map_or_else(|error| Outcome::fault(error.to_string()), |()| Outcome::default())
    });
    match outcome.faults.first() {
        Some(fault) => Err(format!("{} does not keep the contract: {fault}", peer.name).into()),
        None => Ok(()),
    }
}

async fn all(address: SocketAddr) -> io::Result<()> {
    let (mut wire, _) = session::websocket(address, 0).await?;
    answers(&mut wire).await?;
    rooms(address, &mut wire).await?;
    answers(&mut session::upgraded(address, 0).await?).await?;
    let (mut http, open) = session::polling(address, 0).await?;
    let query = format!("&sid={}", open.sid);
    for (event, answer) in &ANSWERS {
        http.post(&query, unnumbered(event).as_bytes()).await?;
        expect(&session::next_packet(&mut http, &query).await?, answer)?;
    }
    Ok(())
}

/// An event that is answered by an event asks for no acknowledgement.
fn unnumbered(event: &str) -> String {
    event.replacen("425", "42", 1)
}

async fn answers(wire: &mut Wire) -> io::Result<()> {
    for (event, answer) in &ANSWERS {
        wire.text(unnumbered(event).as_bytes());
        let packet = wire.packet().await?;
        expect(wire.bytes(&packet), answer)?;
    }
    wire.text(br#"451-6["bin",{"_placeholder":true,"num":0}]"#);
    wire.binary(b"\0\x01\xff");
    let packet = wire.packet().await?;
    expect(wire.bytes(&packet), r#"461-6[{"_placeholder":true,"num":0}]"#)?;
    let packet = wire.packet().await?;
    if packet.binary && wire.bytes(&packet) == b"\0\x01\xff" { Ok(()) } else { Err(wrong("other bytes came back")) }
}

/// What is said in a room reaches its members and nobody else.
async fn rooms(address: SocketAddr, member: &mut Wire) -> io::Result<()> {
    let (mut outsider, _) = session::websocket(address, 0).await?;
    member.text(br#"42["join","here"]"#);
    member.text(br#"427["echo"]"#);
    let packet = member.packet().await?;
    expect(member.bytes(&packet), "437[]")?;
    member.text(br#"42["say","here",{"x":1}]"#);
    let packet = member.packet().await?;
    expect(member.bytes(&packet), r#"42["said",{"x":1}]"#)?;
    outsider.text(br#"428["echo"]"#);
    let packet = outsider.packet().await?;
    expect(outsider.bytes(&packet), "438[]")
}

fn expect(packet: &[u8], answer: &str) -> io::Result<()> {
    // Everyone may escape characters as they like, so the arguments are compared as values.
    let split = |packet: &[u8]| -> Option<(Vec<u8>, serde_json::Value)> {
        let (head, json) = packet.split_at_checked(packet.iter().position(|byte| *byte == b'[')?)?;
        Some((head.to_owned(), serde_json::from_slice(json).ok()?))
    };
    if split(packet).is_some_and(|packet| Some(packet) == split(answer.as_bytes())) {
        return Ok(());
    }
    Err(wrong(format!("{} instead of {answer}", excerpt(packet))))
}
