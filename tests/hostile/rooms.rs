//! Clients that join rooms without end, under names of any length, and then leave them one by one or all at once.

use tests::session::Client;

use crate::bystander::Bystander;
use crate::target::Target;

/// The default of `Server::max_rooms`.
const ROOMS: usize = 1024;
const NAMES: usize = 100_000;
/// What the rooms of one socket may take, with the buffers that such traffic needs. Without a bound, the names below took 40 MB.
const BOUND: usize = 6 << 20;

/// Sends an event for each name, and waits until the last was handled.
async fn each(client: &mut Client, event: &str, names: impl Iterator<Item = String>) {
    for (n, name) in names.enumerate() {
        client.ws.feed(format!(r#"42["{event}","{name}"]"#)).await;
        if n % 1000 == 999 {
            settled(client).await;
        }
    }
    settled(client).await;
}

async fn settled(client: &mut Client) {
    client.send(r#"421["echo"]"#).await;
    client.expect("431[]").await;
}

/// A server whose allocator has seen such traffic, so that what grows afterwards is kept for rooms.
async fn warmed_up(options: &[&str]) -> (Target, Bystander) {
    let target = Target::start(options);
    let bystander = Bystander::beside(&target).await;
    let mut client = Client::bare(target.addr, "40").await;
    each(&mut client, "leave", (0..NAMES / 10).map(|n| format!("room {n}"))).await;
    (target, bystander)
}

#[tokio::test]
async fn rooms_without_end_take_no_more_than_the_bound_allows() {
    let (target, bystander) = warmed_up(&[]).await;
    let mut attacker = Client::bare(target.addr, "40").await;
    let before = target.reset_peak();
    each(&mut attacker, "join", (0..NAMES).map(|n| format!("room {n}"))).await;
    assert_eq!(target.number("rooms"), ROOMS as i64 + 1);
    bystander.goes_on().await;
    each(&mut attacker, "leave", (0..NAMES).map(|n| format!("room {n}"))).await;
    assert_eq!(target.number("rooms"), 1);
    let grown = target.peak().saturating_sub(before);
    assert!(grown < BOUND, "{grown} bytes");
    bystander.finish().await;
}

#[tokio::test]
async fn long_names_are_not_kept() {
    let (target, bystander) = warmed_up(&[]).await;
    let mut attacker = Client::bare(target.addr, "40").await;
    let name = |n: usize| format!("{n}{}", "x".repeat(100_000));
    // The buffers for messages of this size are no rooms.
    each(&mut attacker, "leave", (0..20).map(name)).await;
    let before = target.reset_peak();
    each(&mut attacker, "join", (0..500).map(name)).await;
    assert_eq!(target.number("rooms"), 1);
    let grown = target.peak().saturating_sub(before);
    assert!(grown < BOUND, "{grown} bytes");
    bystander.finish().await;
}

#[tokio::test]
async fn a_client_in_very_many_rooms_leaves_beside_others() {
    let (target, bystander) = warmed_up(&["--max-rooms", "100000"]).await;
    let mut attacker = Client::bare(target.addr, "40").await;
    each(&mut attacker, "join", (0..NAMES).map(|n| format!("room {n}"))).await;
    assert_eq!(target.number("rooms"), NAMES as i64 + 1);
    // One by one, the first ones first, which took the longest when a leave searched a list.
    each(&mut attacker, "leave", (0..NAMES / 2).map(|n| format!("room {n}"))).await;
    assert_eq!(target.number("rooms"), NAMES as i64 / 2 + 1);
    bystander.goes_on().await;
    // The others at once.
    drop(attacker);
    target.until("instances", 2).await;
    assert_eq!(target.number("rooms"), 1);
    bystander.finish().await;
}
