//! Events without end from one client, past a rate limit: its handlers run as often as the limit says, and the answers to the rest stay
//! within the outbox.

use tokio::time::{Duration, timeout};

use crate::bystander::Bystander;
use crate::raw::{Raw, text};
use crate::target::Target;

/// Events at once, and in a day.
const LIMIT: i64 = 10;
/// Events of the attack, many in one write.
const WRITES: usize = 200;
const EVENTS: usize = 1000;
/// What the flood may take: an outbox that is full, and the buffers that such traffic needs.
const BOUND: usize = 24 << 20;
/// After this long without progress the server is taken not to read.
const STALLED: Duration = Duration::from_secs(1);

async fn joined(target: &Target) -> Raw {
    let mut raw = Raw::websocket(target.addr).await;
    raw.write(&text("40/many/flood,")).await;
    raw.until(b"40/many/flood,{\"sid\"").await;
    raw
}

/// Floods until all is written, the server has closed the connection, or it reads no more.
async fn flood(raw: &mut Raw, event: &str) {
    let events = text(event).repeat(EVENTS);
    for _ in 0..WRITES {
        match timeout(STALLED, raw.write(&events)).await {
            Ok(true) => {}
            Ok(false) | Err(_) => break,
        }
    }
}

#[tokio::test]
async fn a_flood_whose_answers_are_read_harms_nobody() {
    let target = Target::start(&["--limit-many", &format!("{LIMIT},86400000")]);
    let bystander = Bystander::beside(&target).await;
    let mut raw = joined(&target).await;
    let before = target.reset_peak();
    let (mut read, mut write) = raw.stream.split();
    let reading = async { tokio::io::copy(&mut read, &mut tokio::io::sink()).await };
    let writing = async {
        let events = text(r#"42/many/flood,["hold",1]"#).repeat(EVENTS);
        for _ in 0..WRITES {
            tokio::io::AsyncWriteExt::write_all(&mut write, &events).await.expect("a connection that stays");
        }
    };
    tokio::select! {
        ended = reading => panic!("closed: {ended:?}"),
        () = writing => {}
    }
    bystander.finish().await;
    assert_eq!(target.number("calls_of hold"), LIMIT);
    let cost = target.peak().saturating_sub(before);
    assert!(cost < BOUND, "{cost} bytes");
}

#[tokio::test]
async fn a_flood_whose_answers_are_not_read_harms_nobody() {
    let target = Target::start(&["--limit-many", &format!("{LIMIT},86400000"), "--outbox", "1000,1000000"]);
    let bystander = Bystander::beside(&target).await;
    let mut raw = joined(&target).await;
    let before = target.reset_peak();
    flood(&mut raw, r#"42/many/flood,["hold",1]"#).await;
    bystander.finish().await;
    assert_eq!(target.number("calls_of hold"), LIMIT);
    let cost = target.peak().saturating_sub(before);
    assert!(cost < BOUND, "{cost} bytes");
}
