//! `RateLimit`: how many events come through. The clock of these tests stands still, or moves as the test says.

use std::time::Duration;

use socketio::RateLimit;
use socketio::prelude::*;
use tests::session::Client;
use tests::ws::Ws;

use crate::app::{App, ask, capture, json, log, text};
use crate::{Lobby, server};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A server with such a limit, whose heartbeat does not come while the clock is moved.
async fn limited(limit: RateLimit, with: impl FnOnce(Server) -> Server) -> App {
    let (log, _) = log();
    let server = server(&log).mount_at::<Lobby>("/other").ping_interval(DAY).middleware(limit);
    App::start(with(server)).await
}

/// Moves the clock.
async fn after(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// How many events in a row come through, until the first that is refused, and how long that one is to wait.
async fn through(client: &mut Client) -> (usize, Duration) {
    for count in 0..1000 {
        let reply = ask(client, r#"["echo"]"#).await;
        if reply != "[]" {
            let reply = json(&reply);
            let error = &reply[0]["error"];
            assert_eq!((&error["code"], &error["message"]), (&"rate_limited".into(), &"too many events".into()));
            return (count, Duration::from_millis(error["data"]["retry_after"].as_u64().unwrap()));
        }
    }
    panic!("no limit");
}

#[tokio::test]
async fn a_client_has_its_burst_then_its_rate() {
    let app = limited(RateLimit::per_socket(10, HOUR).burst(4), |server| server).await;
    let mut client = app.client().await;
    let (count, wait) = through(&mut client).await;
    assert_eq!(count, 4);
    // What the test has taken for this is real time.
    assert!(wait <= HOUR / 10 && wait > HOUR / 20, "{wait:?}");
    after(HOUR / 10 * 3).await;
    assert_eq!(through(&mut client).await.0, 3);
    after(HOUR * 10).await;
    assert_eq!(through(&mut client).await.0, 4);
    // Another client, and the same one in another namespace, have their own.
    assert_eq!(through(&mut app.client().await).await.0, 4);
    client.send("40/other,").await;
    assert!(text(&mut client).await.starts_with("40/other,"));
    for n in 0..5 {
        client.send(format!(r#"42/other,{n}["echo"]"#)).await;
        let reply = text(&mut client).await;
        assert_eq!(reply == format!("43/other,{n}[]"), n < 4, "{reply}");
    }
}

#[tokio::test]
async fn entering_again_does_not_fill_the_bucket() {
    let app = limited(RateLimit::per_socket(4, HOUR), |server| server).await;
    let mut client = app.client().await;
    assert_eq!(through(&mut client).await.0, 4);
    client.send("41").await;
    client.send("40").await;
    assert!(text(&mut client).await.starts_with("40{"));
    assert_eq!(through(&mut client).await.0, 0);
}

#[tokio::test]
async fn two_limits_of_one_server_have_their_own_buckets() {
    let second = RateLimit::per_socket(1, DAY).burst(3);
    let app = limited(RateLimit::per_socket(1, DAY).burst(5), |server| server.middleware(second)).await;
    assert_eq!(through(&mut app.client().await).await.0, 3);
}

#[tokio::test]
async fn an_address_has_one_bucket_for_all_its_connections() {
    let app = limited(RateLimit::per_address(4, HOUR), |server| server).await;
    assert_eq!(through(&mut app.client().await).await.0, 4);
    let mut other = app.client().await;
    assert_eq!(through(&mut other).await.0, 0);
    after(HOUR / 4).await;
    assert_eq!(through(&mut other).await.0, 1);
}

/// A client for which a proxy names this address.
async fn forwarded(app: &App, address: &str) -> Client {
    let target = "/socket.io/?EIO=4&transport=websocket";
    let mut ws = Ws::connect_with(app.addr, target, &[("X-Forwarded-For", address)]).await;
    ws.next_text().await;
    ws.text("40").await;
    ws.next_text().await;
    Client { ws, engine_sid: String::new(), sid: String::new() }
}

#[tokio::test]
async fn the_address_is_the_one_behind_trusted_proxies_and_ipv6_counts_by_network() {
    let app = limited(RateLimit::per_address(2, HOUR), |server| server.trust_proxies(["127.0.0.1"])).await;
    for (address, count) in [
        ("192.0.2.1", 2),
        ("192.0.2.2", 2),
        ("::ffff:192.0.2.1", 0),
        ("2001:db8:0:1::1", 2),
        ("2001:db8:0:1:ffff::2", 0),
        ("2001:db8:0:2::1", 2),
    ] {
        assert_eq!(through(&mut forwarded(&app, address).await).await.0, count, "{address}");
    }
    // From a proxy that nobody trusts it is a word like any other.
    let app = limited(RateLimit::per_address(2, HOUR), |server| server).await;
    assert_eq!(through(&mut forwarded(&app, "192.0.2.1").await).await.0, 2);
    assert_eq!(through(&mut forwarded(&app, "192.0.2.2").await).await.0, 0);
}

#[tokio::test]
async fn acknowledgements_are_counted_only_if_asked() {
    for (acks, answer) in [(false, r#"["because"]"#), (true, r#"[{"error":{"code":"timeout""#)] {
        let app = limited(RateLimit::per_socket(1, DAY).acks(acks), |server| server).await;
        let mut client = app.client().await;
        client.send(r#"429["ask","why"]"#).await;
        let question = text(&mut client).await;
        assert_eq!(question, r#"420["question","why"]"#);
        client.send(r#"430["because"]"#).await;
        let reply = text(&mut client).await;
        assert!(reply.starts_with(&format!("439{answer}")), "{reply}");
    }
}

#[tokio::test]
async fn an_event_that_nobody_waits_for_is_answered_too_and_the_log_has_one_line() {
    let logged = capture();
    let app = limited(RateLimit::per_socket(1, DAY), |server| server).await;
    let mut client = app.client().await;
    for _ in 0..50 {
        client.send(r#"42["nobody"]"#).await;
    }
    client.expect(r#"42["error",{"code":"not_found","message":"no handler for `nobody`","event":"nobody"}]"#).await;
    for _ in 1..50 {
        client.expect(r#"42["error",{"code":"rate_limited","message":"too many events","event":"nobody"}]"#).await;
    }
    let lines = logged.lines();
    let warnings = lines.iter().filter(|line| line.contains("WARN") && line.contains("rate_limited")).count();
    assert_eq!(warnings, 1, "{lines:?}");
}

#[tokio::test]
async fn a_limit_out_of_its_bounds_is_an_error_at_start() {
    let minute = Duration::from_secs(60);
    for (limit, what) in [
        (RateLimit::per_socket(0, minute), "`RateLimit::per_socket: count` is 0; it must be from 1 to 1000000"),
        (
            RateLimit::per_address(1, minute).burst(0),
            "`RateLimit::per_address: burst` is 0; it must be from 1 to 1000000",
        ),
        (
            RateLimit::per_socket(1, Duration::ZERO),
            "`RateLimit::per_socket: per` is 0ns; it must be from 1 ms to 1 day",
        ),
        (
            RateLimit::per_address(1, minute).max_addresses(15),
            "`RateLimit::max_addresses` is 15; it must be at least 16",
        ),
    ] {
        assert_eq!(App::refused(Server::empty().middleware(limit)).await, what);
    }
}
