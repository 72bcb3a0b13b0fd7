//! WebSocket pings in a flood whose pongs are never read, and heartbeats that are never answered.

use tests::ws::Ws;

use crate::bystander::Bystander;
use crate::raw::{self, Raw};
use crate::target::Target;

/// Pings written: several times what the kernel buffers for one connection.
const PINGS: usize = 200_000;
/// What all of it may cost: the pongs of one connection, once.
const BOUND: usize = 8 << 20;

#[tokio::test]
async fn pongs_that_nobody_reads_are_not_collected() {
    let target = Target::start(&[]);
    let bystander = Bystander::beside(&target).await;
    let attacker = Raw::websocket(target.addr).await;
    let before = target.reset_peak();
    let pings = raw::ping(&[7; 125]).repeat(100);
    let mut written = 0;
    let mut refused = 0;
    // The server may stop reading, and then nothing more is taken.
    while written < PINGS * 131 && refused < 50 {
        match attacker.try_write(&pings[written % pings.len()..]) {
            Some(bytes) => (written, refused) = (written + bytes, 0),
            None => {
                refused += 1;
                bystander.goes_on().await;
            }
        }
    }
    bystander.goes_on().await;
    assert!(target.peak() - before < BOUND, "{} bytes after {written} of pings", target.peak() - before);
    bystander.finish().await;
}

#[tokio::test]
async fn a_client_that_answers_no_heartbeat_is_closed_and_leaves_nothing() {
    let target = Target::start(&["--ping-interval", "100", "--ping-timeout", "2000"]);
    let bystander = Bystander::beside(&target).await;
    let open = target.connections().open;
    let mut silent = Vec::new();
    for _ in 0..50 {
        let mut ws = Ws::connect(target.addr, "/socket.io/?EIO=4&transport=websocket").await;
        ws.text("40").await;
        silent.push(ws);
    }
    for mut ws in silent {
        ws.closed().await;
    }
    // The bystander's own two stay.
    target.until("instances", 2).await;
    assert!(target.connections().open <= open + 1, "{:?}", target.connections());
    bystander.finish().await;
}
