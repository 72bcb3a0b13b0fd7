//! What is due, and when, for each kind of pings.

use std::future::poll_fn;

use tokio::time::advance;

use super::*;

const INTERVAL: Duration = Duration::from_secs(25);
const TIMEOUT: Duration = Duration::from_secs(20);
const SERVER: Pings = Pings::Server { interval: INTERVAL, timeout: TIMEOUT };
const SECOND: Duration = Duration::from_secs(1);

/// What comes next, and after how many seconds.
async fn next(heartbeat: &mut Heartbeat) -> (Due, u64) {
    let begin = Instant::now();
    let beat = poll_fn(|cx| heartbeat.poll(cx, None)).await;
    (beat, (begin.elapsed().as_millis() as u64 + 500) / 1000)
}

#[tokio::test(start_paused = true)]
async fn the_first_ping_comes_after_the_interval_and_the_timeout_after_it() {
    let mut heartbeat = Heartbeat::new(SERVER);
    assert_eq!(next(&mut heartbeat).await, (Due::Ping, 25));
    assert_eq!(next(&mut heartbeat).await, (Due::Timeout, 20));
}

#[tokio::test(start_paused = true)]
async fn a_pong_starts_the_next_interval() {
    let mut heartbeat = Heartbeat::new(SERVER);
    next(&mut heartbeat).await;
    advance(5 * SECOND).await;
    heartbeat.pong();
    assert_eq!(next(&mut heartbeat).await, (Due::Ping, 25));
}

#[tokio::test(start_paused = true)]
async fn a_pong_that_nobody_waits_for_is_ignored() {
    let mut heartbeat = Heartbeat::new(SERVER);
    advance(20 * SECOND).await;
    heartbeat.pong();
    assert_eq!(next(&mut heartbeat).await, (Due::Ping, 5));
}

#[tokio::test(start_paused = true)]
async fn other_packets_prolong_the_wait_once_for_each_ping() {
    let mut heartbeat = Heartbeat::new(SERVER);
    heartbeat.packet();
    assert_eq!(next(&mut heartbeat).await, (Due::Ping, 25));
    advance(15 * SECOND).await;
    heartbeat.packet();
    advance(15 * SECOND).await;
    heartbeat.packet();
    assert_eq!(next(&mut heartbeat).await, (Due::Timeout, 5));
}

#[tokio::test(start_paused = true)]
async fn who_pings_may_be_silent_for_a_while() {
    let mut heartbeat = Heartbeat::new(Pings::Client { timeout: INTERVAL + TIMEOUT });
    advance(30 * SECOND).await;
    heartbeat.packet();
    advance(30 * SECOND).await;
    heartbeat.pong();
    assert_eq!(next(&mut heartbeat).await, (Due::Timeout, 45));
}

#[tokio::test(start_paused = true)]
async fn who_pings_gets_no_more_time_than_it_was_told() {
    let timeout = Duration::from_millis(500);
    let mut heartbeat = Heartbeat::new(Pings::Client { timeout });
    let begin = Instant::now();
    assert_eq!(next(&mut heartbeat).await.0, Due::Timeout);
    let late = begin.elapsed();
    assert!((timeout - 2 * TICK..timeout).contains(&late), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn time_in_which_we_do_not_read_does_not_count() {
    let mut heartbeat = Heartbeat::new(SERVER);
    next(&mut heartbeat).await;
    advance(15 * SECOND).await;
    heartbeat.pause();
    advance(1000 * SECOND).await;
    heartbeat.pause();
    heartbeat.resume();
    assert_eq!(next(&mut heartbeat).await, (Due::Timeout, 5));
}

#[tokio::test(start_paused = true)]
async fn while_we_do_not_read_the_client_is_pinged_and_looked_at() {
    let mut heartbeat = Heartbeat::new(SERVER);
    heartbeat.pause();
    let (mut pings, mut looks) = (0, 0);
    for _ in 0..1000 {
        match next(&mut heartbeat).await {
            (Due::Ping, _) => pings += 1,
            (Due::ConnectionCheck, seconds) => {
                assert!(seconds <= 1);
                looks += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(looks > 900 && pings > 900 / 25, "{pings} {looks}");
    heartbeat.resume();
    // The last ping that was sent before counts, in full.
    let begin = Instant::now();
    assert_eq!(next(&mut heartbeat).await.0, Due::Timeout);
    assert!(begin.elapsed() > TIMEOUT - SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_application_is_called_at_its_deadline() {
    let mut heartbeat = Heartbeat::new(SERVER);
    let begin = Instant::now();
    let mut call = async |after: u64| {
        let call = (after > 0).then(|| begin + after as u32 * SECOND);
        let beat = poll_fn(|cx| heartbeat.poll(cx, call)).await;
        (beat, (begin.elapsed().as_millis() as u64 + 500) / 1000)
    };
    assert_eq!(call(7).await, (Due::Deadline, 7));
    assert_eq!(call(9).await, (Due::Deadline, 9));
    assert_eq!(call(40).await, (Due::Ping, 25));
    // An application that leaves its deadline in the past does not stop the clock.
    assert_eq!(call(9).await, (Due::Deadline, 25));
    assert_eq!(call(0).await, (Due::Timeout, 45));
}

/// What comes next, and how many seconds after `begin`.
async fn since(begin: Instant, heartbeat: &mut Heartbeat) -> (Due, u64) {
    let (beat, _) = next(heartbeat).await;
    (beat, (begin.elapsed().as_millis() as u64 + 500) / 1000)
}

const V1: Pings = Pings::Heartbeats { interval: INTERVAL, timeout: Duration::from_secs(60) };

#[tokio::test(start_paused = true)]
async fn heartbeats_come_every_interval_if_each_is_answered() {
    let (begin, mut heartbeat) = (Instant::now(), Heartbeat::new(V1));
    for seconds in [25, 50, 75, 100] {
        assert_eq!(since(begin, &mut heartbeat).await, (Due::Ping, seconds));
        advance(5 * SECOND).await;
        heartbeat.pong();
    }
    assert_eq!(since(begin, &mut heartbeat).await, (Due::Ping, 125));
    advance(55 * SECOND).await;
    heartbeat.packet();
    assert_eq!(since(begin, &mut heartbeat).await, (Due::Ping, 200));
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_without_an_answer_is_the_last_one() {
    let (begin, mut heartbeat) = (Instant::now(), Heartbeat::new(V1));
    assert_eq!(since(begin, &mut heartbeat).await, (Due::Ping, 25));
    assert_eq!(since(begin, &mut heartbeat).await, (Due::Timeout, 85));
    heartbeat.prolong();
    heartbeat.packet();
    assert_eq!(since(begin, &mut heartbeat).await, (Due::Ping, 100));
}

#[tokio::test(start_paused = true)]
async fn heartbeats_go_on_while_answers_are_not_read() {
    let (begin, mut heartbeat) = (Instant::now(), Heartbeat::new(V1));
    heartbeat.pause();
    let mut pings = Vec::new();
    while pings.len() < 4 {
        if let (Due::Ping, seconds) = since(begin, &mut heartbeat).await {
            pings.push(seconds);
        }
    }
    assert_eq!(pings, [25, 50, 75, 100]);
    heartbeat.resume();
    assert_eq!(since(begin, &mut heartbeat).await, (Due::Timeout, 160));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_polls_must_come_back() {
    let (begin, mut heartbeat) = (Instant::now(), Heartbeat::new(V1));
    heartbeat.change(Pings::Polls { timeout: TIMEOUT });
    assert_eq!(since(begin, &mut heartbeat).await, (Due::Absent, 20));
    assert!(!heartbeat.is_too_long(5 * SECOND));
    heartbeat.packet();
    assert_eq!(since(begin, &mut heartbeat).await, (Due::Absent, 35));
    assert!(heartbeat.is_too_long(20 * SECOND));
    heartbeat.change(V1);
    assert_eq!(since(begin, &mut heartbeat).await, (Due::Ping, 60));
}
