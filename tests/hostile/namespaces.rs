//! Clients that join and leave as many namespaces as they may, again and again.

use tests::session::Client;
use tests::ws::Frame;

use crate::bystander::Bystander;
use crate::target::Target;

/// The default of `Server::max_namespaces`.
const NAMESPACES: usize = 64;
const ROUNDS: usize = 40;
/// What 2,560 instances, one after another, may leave behind.
const BOUND: usize = 4 << 20;

#[tokio::test]
async fn namespaces_that_come_and_go_leave_nothing() {
    let target = Target::start(&[]);
    let bystander = Bystander::beside(&target).await;
    let mut attacker = Client::bare(target.addr, "40/many/first,").await;
    attacker.send("41/many/first,").await;
    let mut before = 0;
    for round in 0..ROUNDS {
        if round == 4 {
            before = target.reset_peak();
        }
        for n in 0..NAMESPACES {
            attacker.send(format!("40/many/{round}-{n},")).await;
        }
        for n in 0..NAMESPACES {
            let Frame::Text(reply) = attacker.next().await else { panic!("closed in round {round}") };
            assert!(reply.starts_with(&format!("40/many/{round}-{n},{{")), "{reply}");
        }
        attacker.send(format!("40/many/{round}-beyond,")).await;
        let Frame::Text(reply) = attacker.next().await else { panic!("closed in round {round}") };
        assert!(
            reply.starts_with(&format!("44/many/{round}-beyond,")) && reply.contains("too_many_namespaces"),
            "{reply}"
        );
        for n in 0..NAMESPACES {
            attacker.send(format!("41/many/{round}-{n},")).await;
        }
    }
    // The bystander's own two stay.
    target.until("instances", 2).await;
    assert!(target.peak() - before < BOUND, "{} bytes", target.peak() - before);
    bystander.finish().await;
}
