//! Pings, pongs and their absence. The arithmetic is tested with paused time in `session::heartbeat`.

use std::{
    sync::atomic::Ordering,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::{
    io::AsyncWriteExt as _,
    sync::mpsc::{UnboundedSender, unbounded_channel},
    time::{sleep, timeout},
};

use super::{Options, PATIENCE, Server, driver::*, serve};
use crate::engine::{CloseReason, Engine, Handler, Session, Socket, Text};

fn quick() -> Options {
    let (ping_interval, ping_timeout) = (Duration::from_millis(300), Duration::from_millis(200));
    Options { ping_interval, ping_timeout, ..Options::default() }
}

#[tokio::test]
async fn a_websocket_is_pinged_after_the_interval_and_closed_after_the_timeout() {
    let mut server = Server::start(quick()).await;
    let mut client = Frames::open(&server).await;
    server.opened().await;
    let begin = Instant::now();
    assert_eq!(client.text().await, "2");
    assert!(begin.elapsed() > Duration::from_millis(250), "the first ping came at once");
    client.send("3").await;
    let begin = Instant::now();
    assert_eq!(client.text().await, "2");
    assert!(begin.elapsed() > Duration::from_millis(250));
    assert_eq!(server.closed().await, CloseReason::PingTimeout);
    assert!(begin.elapsed() > Duration::from_millis(450));
    assert_eq!(client.close_code().await, 1005);
}

#[tokio::test]
async fn a_polling_client_is_pinged_as_well() {
    let mut server = Server::start(quick()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    assert_eq!(client.poll().await, "2");
    client.push("3").await;
    assert_eq!(client.poll().await, "2");
    assert_eq!(client.poll().await, "1");
    assert_eq!(server.closed().await, CloseReason::PingTimeout);
}

#[tokio::test]
async fn a_client_that_polls_and_never_pongs_is_gone() {
    let mut server = Server::start(quick()).await;
    let _client = Poller::open(&server).await;
    server.opened().await;
    assert_eq!(server.closed().await, CloseReason::PingTimeout);
    assert_eq!(server.engine.sessions(), 0);
}

#[tokio::test]
async fn while_we_do_not_read_nobody_times_out() {
    let mut server = Server::start(quick()).await;
    let mut client = Frames::open(&server).await;
    let socket = server.opened().await;
    server.busy.store(true, Ordering::SeqCst);
    client.send("4later").await;
    sleep(Duration::from_millis(1200)).await;
    server.quiet();
    server.busy.store(false, Ordering::SeqCst);
    socket.wake();
    // Pings go on: the client wants to hear that the server is there.
    for _ in 0..3 {
        assert_eq!(client.text().await, "2");
        client.send("3").await;
    }
    assert_eq!(client.text().await, "4later");
    assert_eq!(client.text().await, "2");
    client.send("3").await;
    assert_eq!(client.text().await, "2");
}

#[tokio::test]
async fn a_ping_that_no_get_has_fetched_moves_with_the_session() {
    let mut server = Server::start(Options { ping_timeout: Duration::from_secs(5), ..quick() }).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let mut websocket = client.probe().await;
    websocket.send("2probe").await;
    websocket.text().await;
    sleep(Duration::from_millis(500)).await;
    websocket.send("5").await;
    assert_eq!(websocket.text().await, "2");
    websocket.send("3").await;
    assert_eq!(websocket.text().await, "2");
}

#[tokio::test]
async fn a_client_that_goes_while_we_do_not_read_is_noticed() {
    // What does not fit the system's buffers keeps the end from us, but not the answer to the next ping.
    for (unread, options) in [(0, Options::default()), (10, Options::default()), (2_000_000, quick())] {
        let mut server = Server::start(options).await;
        let client = Frames::open(&server).await;
        server.opened().await;
        server.busy.store(true, Ordering::SeqCst);
        let mut stream = client.0.into_inner();
        let frame = [0x81, 0x82, 0, 0, 0, 0, b'4', b'a'];
        let _ = timeout(Duration::from_millis(300), stream.write_all(&frame.repeat(unread))).await;
        let begin = Instant::now();
        drop(stream);
        let reason = server.closed().await;
        let broken = unread > 10 && reason == CloseReason::TransportError;
        assert!(broken || reason == CloseReason::TransportClose, "{unread}: {reason}");
        assert!(begin.elapsed() < Duration::from_secs(3), "{unread}");
        timeout(PATIENCE, server.engine.closed()).await.unwrap();
    }
}

#[tokio::test]
async fn a_polling_client_that_stays_away_while_we_do_not_read_is_gone() {
    let mut server = Server::start(quick()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    server.busy.store(true, Ordering::SeqCst);
    client.push("4a").await;
    for _ in 0..4 {
        assert_eq!(client.poll().await, "2");
    }
    server.quiet();
    assert_eq!(server.closed().await, CloseReason::PingTimeout);
}

/// Has a deadline every 200 ms, three times, and reports each call at or after one.
struct Clock(UnboundedSender<()>);

struct Ticks {
    reports: UnboundedSender<()>,
    next: Option<tokio::time::Instant>,
    left: usize,
}

const PERIOD: Duration = Duration::from_millis(200);

impl Handler for Clock {
    type Session = Ticks;

    fn open(&self, _: Socket) -> Ticks {
        Ticks { reports: self.0.clone(), next: Some(tokio::time::Instant::now() + PERIOD), left: 3 }
    }
}

impl Session for Ticks {
    fn text(&mut self, _: Text) {}

    fn binary(&mut self, _: bytes::Bytes) {}

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
        if let Some(next) = self.next.filter(|next| *next <= tokio::time::Instant::now()) {
            let _ = self.reports.send(());
            self.left -= 1;
            self.next = (self.left > 0).then_some(next + PERIOD);
        }
        Poll::Ready(())
    }

    fn deadline(&self) -> Option<tokio::time::Instant> {
        self.next
    }

    fn close(&mut self, _: CloseReason) {}
}

#[tokio::test]
async fn a_session_is_called_at_its_deadlines() {
    let (reports, mut reported) = unbounded_channel();
    let address = serve(Engine::new(Clock(reports), quick()).unwrap(), Duration::ZERO).await;
    let begin = Instant::now();
    let mut client = Frames::connect(address, WEBSOCKET).await;
    client.text().await;
    for i in 1..=3 {
        timeout(PATIENCE, reported.recv()).await.unwrap().unwrap();
        let taken = begin.elapsed();
        assert!(taken >= i * PERIOD && taken < i * PERIOD + Duration::from_millis(150), "{i}: {taken:?}");
        if i == 1 {
            // The heartbeat goes on beside it.
            assert_eq!(client.text().await, "2");
            client.send("3").await;
        }
    }
    assert_eq!(client.text().await, "2");
}
