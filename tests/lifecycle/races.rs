//! What two threads do at the same time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use socketio::prelude::*;
use tests::ws::Frame;

use crate::app::App;

/// What makes accepting take some time: all of it goes out behind the CONNECT reply.
const HELD: usize = 200;

/// A socket that is connecting, on its way to another thread, and that thread's answer that it has it.
type Request = (Socket, Arc<AtomicBool>);

#[derive(Default)]
struct Target;

#[namespace("/", manual)]
impl Target {
    fn on_connect(&self, socket: &Socket, enemy: &State<mpsc::Sender<Request>>) {
        for n in 0..HELD {
            socket.emit("n", n);
        }
        let ready = Arc::new(AtomicBool::new(false));
        enemy.send((socket.clone(), ready.clone())).unwrap();
        let mut spins = 0u32;
        while !ready.load(Ordering::Acquire) {
            spins += 1;
            // Mostly without leaving the processor, which would take longer than all that is to happen at the same time.
            if spins.is_multiple_of(10_000) { thread::yield_now() } else { std::hint::spin_loop() }
        }
    }
    fn on_ping(&self) -> u8 {
        1
    }
}

/// A client that the server disconnects while it lets it in is told one or the other: that it is refused, or that it was in and
/// is not any more. It never believes to be in for good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_disconnected_while_it_is_let_in_is_told() {
    const ROUNDS: u32 = 2000;
    let (enemy, requests) = mpsc::channel::<Request>();
    // In nanoseconds: longer after a refusal and shorter after an acceptance, so that it comes to be what accepting takes.
    let delay = Arc::new(AtomicU64::new(10_000));
    let delayed = delay.clone();
    let enemies = thread::spawn(move || {
        for (round, (socket, ready)) in requests.iter().enumerate() {
            let delay = Duration::from_nanos(delayed.load(Ordering::Relaxed) + (round % 10) as u64 * 500);
            ready.store(true, Ordering::Release);
            let begin = Instant::now();
            while begin.elapsed() < delay {
                std::hint::spin_loop();
            }
            socket.disconnect();
        }
    });
    let app = App::start(Server::empty().mount::<Target>().state(enemy)).await;
    let mut ws = app.engine().await;
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        ws.text("40").await;
        let answer = match ws.next().await {
            Frame::Text(text) => text,
            other => panic!("round {round}, after {accepted} accepted and {refused} refused: {other:?}"),
        };
        if answer.starts_with("44{") {
            refused += 1;
            delay.fetch_add(1000, Ordering::Relaxed);
            continue;
        }
        assert!(answer.starts_with("40{"), "round {round}: {answer}");
        accepted += 1;
        let _ = delay.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |delay| delay.checked_sub(1000));
        loop {
            match tokio::time::timeout(tests::PATIENCE / 2, ws.next()).await {
                Ok(Frame::Text(text)) if text == "41" => break,
                Ok(Frame::Text(text)) => assert!(text.starts_with(r#"42["n","#), "round {round}: {text}"),
                other => panic!("round {round}, after {accepted} accepted and {refused} refused: {other:?}"),
            }
        }
    }
    assert!(accepted > 0 && refused > 0, "{accepted} accepted, {refused} refused: no race");
    assert_eq!(app.handle.of("/").count(), 0);
    drop(app.handle);
    let _detached = enemies;
}
