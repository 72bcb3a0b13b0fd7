//! More events than may run: the client is not read meanwhile, and nothing is lost.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::SinkExt as _;
use socketio::prelude::*;
use tests::within;
use tests::ws::{Frame, Message, Ws};

use crate::app::{App, Gate, Heard, Log, log, text};

#[derive(Default)]
struct Slow;

#[namespace("/", manual)]
impl Slow {
    async fn on_look(&self, gate: &State<Gate>, log: &State<Log>, n: u32) {
        log.say(format!("look {n}"));
        gate.pass().await;
    }

    async fn on_change(&mut self, gate: &State<Gate>, log: &State<Log>, n: u32) {
        log.say(format!("change {n}"));
        gate.pass().await;
    }

    fn on_block(&mut self, log: &State<Log>, n: u32, block: String) {
        log.say(format!("block {n} {}", block.len()));
    }

    async fn on_question(&mut self, socket: &Socket) -> Result<u64, Error> {
        Ok(socket.emit_with_ack("question", ()).await?)
    }

    async fn on_inquire(&self, socket: &Socket) -> Result<u64, Error> {
        Ok(socket.emit_with_ack("question", ()).await?)
    }

    fn on_quick(&self) -> u8 {
        1
    }
}

/// Sends events that its client may drop.
#[derive(Default)]
struct Loud;

#[namespace("/loud", manual)]
impl Loud {
    fn on_shout(&self, socket: &Socket, count: &State<Arc<AtomicUsize>>, messages: usize) {
        let target = socket.volatile();
        (0..messages).for_each(|_| target.emit("x", ()));
        count.fetch_add(1, Ordering::Relaxed);
    }
}

async fn start(server: Server) -> (App, Gate, Heard) {
    let (log, heard) = log();
    let gate = Gate::default();
    (App::start(server.mount::<Slow>().mount_at::<Slow>("/other").state(gate.clone()).state(log)).await, gate, heard)
}

#[tokio::test]
async fn reading_pauses_at_the_bound_and_nothing_is_lost() {
    let (app, gate, mut heard) = start(Server::empty().max_turns(4)).await;
    let mut client = app.client().await;
    for n in 0..200 {
        client.send(format!(r#"42["look",{n}]"#)).await;
    }
    heard.expect(&["look 0", "look 1", "look 2", "look 3"]).await;
    heard.silent().await;
    gate.open(1);
    heard.expect(&["look 4"]).await;
    heard.silent().await;
    gate.open(200);
    for n in 5..200 {
        heard.expect(&[&format!("look {n}")]).await;
    }
}

#[tokio::test]
async fn turns_that_wait_count_as_well() {
    let (app, gate, mut heard) = start(Server::empty().max_turns(3)).await;
    let mut client = app.client().await;
    for n in 0..3 {
        client.send(format!(r#"42["change",{n}]"#)).await;
    }
    heard.expect(&["change 0"]).await;
    // Not read, hence not answered, although nothing but its place in the stream keeps it waiting.
    client.send("41").await;
    client.send("40").await;
    client.ws.silent().await;
    gate.open(3);
    assert!(text(&mut client).await.starts_with("40"));
    heard.expect(&["change 1", "change 2"]).await;
}

#[tokio::test]
async fn a_client_that_is_not_read_is_not_dead() {
    let beat = Duration::from_millis(100);
    let (app, gate, mut heard) = start(Server::empty().max_turns(1).ping_interval(beat).ping_timeout(beat)).await;
    let mut client = app.client().await;
    client.send(r#"42["look",1]"#).await;
    client.send(r#"421["quick"]"#).await;
    heard.expect(&["look 1"]).await;
    // Longer than interval and timeout together; whatever pings come are not answered.
    tokio::time::sleep(beat * 5).await;
    gate.open(1);
    client.expect("431[1]").await;
    // And then the clock goes on: a client that stays silent is dead after all.
    let begin = Instant::now();
    let (frames, _) = client.ws.closed().await;
    assert!(begin.elapsed() < Duration::from_secs(5), "{frames:?}");
}

#[tokio::test]
async fn a_question_to_the_client_cannot_deadlock_at_the_bound() {
    let (app, _, _) = start(Server::empty().max_turns(1)).await;
    let mut client = app.client().await;
    client.send(r#"425["question"]"#).await;
    client.expect(r#"420["question"]"#).await;
    client.send("430[77]").await;
    client.expect("435[77]").await;
}

#[tokio::test]
async fn a_question_cannot_deadlock_behind_events_that_fill_the_bound() {
    let (app, _, _) = start(Server::empty().max_turns(8)).await;
    let mut client = app.client().await;
    client.send(r#"425["question"]"#).await;
    for n in 10..22 {
        client.send(format!(r#"42{n}["quick"]"#)).await;
    }
    client.expect(r#"420["question"]"#).await;
    client.send("430[77]").await;
    client.expect("435[77]").await;
    for n in 10..22 {
        client.expect(&format!("43{n}[1]")).await;
    }
}

#[tokio::test]
async fn an_acknowledgement_is_reached_behind_many_small_events() {
    let (app, _, _) = start(Server::empty().max_turns(8)).await;
    let mut client = app.client().await;
    client.send(r#"425["question"]"#).await;
    client.expect(r#"420["question"]"#).await;
    // The question is a `&mut self` turn, so that all of them wait.
    for _ in 0..5000 {
        client.send(r#"42["quick"]"#).await;
    }
    client.send(r#"426["quick"]"#).await;
    client.send("430[77]").await;
    client.expect("435[77]").await;
    client.expect("436[1]").await;
}

#[tokio::test]
async fn no_more_handlers_run_while_an_acknowledgement_is_awaited() {
    let (app, gate, mut heard) = start(Server::empty().max_turns(2)).await;
    let mut client = app.client().await;
    client.send(r#"425["inquire"]"#).await;
    client.expect(r#"420["question"]"#).await;
    for n in 0..4 {
        client.send(format!(r#"42["look",{n}]"#)).await;
    }
    heard.expect(&["look 0"]).await;
    heard.silent().await;
    // One that waits in another namespace begins when a turn of the first one ends.
    client.send("40/other,").await;
    assert!(text(&mut client).await.starts_with("40/other,"));
    client.send(r#"42/other,["look",9]"#).await;
    heard.silent().await;
    client.send("430[77]").await;
    client.expect("435[77]").await;
    heard.expect(&["look 1"]).await;
    heard.silent().await;
    gate.open(10);
    let mut rest = [heard.next().await, heard.next().await, heard.next().await];
    rest.sort();
    assert_eq!(rest, ["look 2", "look 3", "look 9"]);
}

#[tokio::test]
async fn an_acknowledgement_behind_more_than_may_wait_comes_too_late_and_nothing_is_lost() {
    const BLOCK: usize = 10_000;
    let server = Server::empty().max_turn_bytes(64 * 1024).ack_timeout(Duration::from_millis(300));
    let (app, _, mut heard) = start(server).await;
    let mut client = app.client().await;
    client.send(r#"425["question"]"#).await;
    client.expect(r#"420["question"]"#).await;
    for n in 0..100 {
        client.send(format!(r#"42["block",{n},"{}"]"#, "x".repeat(BLOCK))).await;
    }
    client.send("430[77]").await;
    client.expect(r#"435[{"error":{"code":"timeout","message":"the client did not acknowledge in time"}}]"#).await;
    for n in 0..100 {
        heard.expect(&[&format!("block {n} {BLOCK}")]).await;
    }
    client.send(r#"426["quick"]"#).await;
    client.expect("436[1]").await;
}

#[tokio::test]
async fn an_event_larger_than_the_bound_may_ask_too() {
    let (app, _, _) = start(Server::empty().max_turn_bytes(1000)).await;
    let mut client = app.client().await;
    client.send(format!(r#"425["question","{}"]"#, "x".repeat(10_000))).await;
    client.expect(r#"420["question"]"#).await;
    client.send("430[77]").await;
    client.expect("435[77]").await;
}

#[tokio::test]
async fn bounds_of_zero_are_refused() {
    assert!(App::refused(Server::empty().max_turns(0)).await.contains("max_turns"));
    assert!(App::refused(Server::empty().max_turn_bytes(0)).await.contains("max_turn_bytes"));
}

/// A handler that sends to many is followed by other tasks, not by the rest of its client's batch.
#[tokio::test]
async fn other_tasks_run_between_handlers_that_send_much() {
    // More than the budget of a run in `engine/budget.rs`.
    const SENT: usize = 8 * 1024 + 50;
    const HANDLERS: usize = 8;
    let count = Arc::new(AtomicUsize::new(0));
    let server = Server::empty().mount::<Loud>().state(count.clone()).outbox(2 * SENT * HANDLERS, 64 << 20);
    let app = App::start(server).await;
    let mut client = app.client_of("/loud").await;
    // All in one write, so that they are one batch.
    for _ in 0..HANDLERS {
        client.ws.feed(format!(r#"42/loud,["shout",{SENT}]"#)).await;
    }
    client.ws.flush().await;
    // A task beside the server's, which is run as often as that one yields.
    let watching = tokio::spawn(async move {
        let (mut most, mut seen) = (0, 0);
        poll_fn(|cx| {
            let now = count.load(Ordering::Relaxed);
            most = most.max(now - seen);
            seen = now;
            cx.waker().wake_by_ref();
            if seen < HANDLERS { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        most
    });
    // The client reads, so that nothing else makes the handlers wait.
    let reading = async { while matches!(client.ws.next().await, Frame::Text(_)) {} };
    let most = tokio::select! {
        most = within("the handlers", watching) => most.unwrap(),
        () = reading => panic!("the client was closed"),
    };
    assert_eq!(most, 1, "handlers that ran without a pause");
}

/// The bound of turns is one of their number; this is the one of their bytes.
#[tokio::test]
async fn reading_pauses_too_when_few_events_wait_that_are_large() {
    const EVENTS: usize = 256;
    const BLOCK: usize = 100_000;
    /// What may wait, and what the kernel and the buffers of the client's library hold beyond it.
    const BOUND: usize = (16 << 20) + (3 << 20);
    const { assert!(EVENTS * BLOCK > BOUND + (4 << 20), "too little to tell") };

    let (log, mut heard) = log();
    let gate = Gate::default();
    let server = Server::empty().mount::<Slow>().state(gate.clone()).state(log);
    let handle = server.handle();
    let app = App::embedded(server.into_service().unwrap(), handle, 64 * 1024).await;
    let mut ws = Ws::connect_small(app.addr, "/socket.io/?EIO=4&transport=websocket", 64 * 1024).await;
    ws.next_text().await;
    ws.text("40").await;
    assert!(ws.next_text().await.starts_with("40{"));
    let (mut sink, _stream) = ws.split();

    let written = Arc::new(AtomicUsize::new(0));
    let count = written.clone();
    let writing = tokio::spawn(async move {
        sink.send(Message::text(r#"42["change",0]"#)).await.unwrap();
        let block = "x".repeat(BLOCK);
        for n in 1..=EVENTS {
            sink.send(Message::text(format!(r#"42["block",{n},"{block}"]"#))).await.unwrap();
            count.store(n, Ordering::Relaxed);
        }
        sink
    });
    heard.expect(&["change 0"]).await;
    let mut stopped_at = 0;
    // Until nothing is taken for a while, or everything is.
    loop {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let now = written.load(Ordering::Relaxed);
        if now == stopped_at && now > 0 {
            break;
        }
        stopped_at = now;
    }
    assert!(stopped_at * BLOCK <= BOUND, "{stopped_at} events of {BLOCK} bytes were taken");
    assert!(stopped_at * BLOCK > 8 << 20, "only {stopped_at} events were taken");

    gate.open(1);
    for n in 1..=EVENTS {
        heard.expect(&[&format!("block {n} {BLOCK}")]).await;
    }
    drop(within("the writer", writing).await.unwrap());
}
