//! Answers that nobody reads: files asked for in a row, large polling answers, WebSocket and htmlfile streams. The memory that they take,
//! here and in the kernel, goes back although the attacker keeps its connections open.

use std::time::Duration;

use tests::session::Polling;
use tests::within;

use crate::bystander::Bystander;
use crate::raw::{self, Raw};
use crate::target::Target;

/// Attackers at once.
const CONNECTIONS: usize = 20;
/// What all of them may keep in the kernel while they do not read: half a megabyte each.
const UNSENT: usize = CONNECTIONS << 19;

/// Waits until the server has let go of all but `open` connections, and the kernel of their bytes.
async fn let_go(target: &Target, bystander: &Bystander, open: usize) {
    within("the end of the attack", async {
        loop {
            let now = target.connections();
            if now.open <= open && now.unsent < 64 * 1024 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    bystander.goes_on().await;
}

#[tokio::test]
async fn files_that_are_asked_for_and_never_read() {
    let target = Target::start(&["--write-timeout", "1500"]);
    let bystander = Bystander::beside(&target).await;
    let (open, before) = (target.connections().open, target.reset_peak());
    let get = b"GET /socket.io/socketio.js HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500);
    let mut attackers = Vec::new();
    for _ in 0..CONNECTIONS {
        let attacker = Raw::connect_narrow(target.addr).await;
        let mut at = 0;
        while let Some(taken @ 1..) = attacker.try_write(&get[at..]) {
            at += taken;
        }
        attackers.push(attacker);
    }
    bystander.goes_on().await;
    assert!(target.connections().unsent < UNSENT, "{:?}", target.connections());
    let_go(&target, &bystander, open).await;
    assert!(target.peak() - before < 8 << 20, "{}", target.peak() - before);
    bystander.finish().await;
}

#[tokio::test]
async fn polling_answers_that_are_never_read() {
    let target = Target::start(&["--write-timeout", "1500"]);
    let bystander = Bystander::beside(&target).await;
    let open = target.connections().open;
    let mut attackers = Vec::new();
    for _ in 0..CONNECTIONS {
        let session = Polling::open(target.addr, "/socket.io/").await;
        session.send("40").await;
        session.receive(1).await;
        session.send(r#"42["flood",4,1000000]"#).await;
        let mut attacker = Raw::connect_narrow(target.addr).await;
        attacker.get(&session.target, &[]).await;
        attackers.push(attacker);
    }
    bystander.goes_on().await;
    let_go(&target, &bystander, open).await;
    // Their sessions are over, because what the answers carried is lost; the bystander's two instances stay.
    target.until("instances", 2).await;
    bystander.finish().await;
}

#[tokio::test]
async fn streams_that_are_never_read() {
    let target = Target::start(&["--write-timeout", "1500", "--legacy", "1"]);
    let bystander = Bystander::beside(&target).await;
    let open = target.connections().open;
    let mut attackers = Vec::new();
    for number in 0..CONNECTIONS {
        let mut attacker = Raw::connect_narrow(target.addr).await;
        if number % 2 == 0 {
            attacker.upgrade("/socket.io/?EIO=4&transport=websocket").await;
            attacker.write(&raw::text("40")).await;
            attacker.write(&raw::text(r#"42["flood",4,1000000]"#)).await;
        } else {
            let handshake = tests::http::get(target.addr, "/socket.io/1/").await;
            let sid = handshake.text().split(':').next().expect("an id").to_owned();
            attacker.get(&format!("/socket.io/1/htmlfile/{sid}"), &[]).await;
            attacker.until(b"1::").await;
            let flood = r#"5:::{"name":"flood","args":[4,1000000]}"#;
            tests::http::post(target.addr, &format!("/socket.io/1/htmlfile/{sid}"), flood).await;
        }
        attackers.push(attacker);
    }
    bystander.goes_on().await;
    let_go(&target, &bystander, open).await;
    target.until("instances", 2).await;
    bystander.finish().await;
}
