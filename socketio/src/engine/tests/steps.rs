//! A client that sends much at once is read in steps: the session's task lets others run in between, however the bytes are framed.

use std::sync::atomic::AtomicUsize;

use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::*;
use driver::Frames;

/// Counts how often a session's task runs, and tells of each message.
struct Counting(Arc<AtomicUsize>, UnboundedSender<usize>);

struct CountingSession(Arc<AtomicUsize>, UnboundedSender<usize>);

impl Handler for Counting {
    type Session = CountingSession;

    fn open(&self, _: Socket) -> CountingSession {
        CountingSession(Arc::clone(&self.0), self.1.clone())
    }
}

impl Session for CountingSession {
    fn text(&mut self, text: Text) {
        let _ = self.1.send(text.len());
    }

    fn binary(&mut self, data: Bytes) {
        let _ = self.1.send(data.len());
    }

    fn poll(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        self.0.fetch_add(1, Ordering::SeqCst);
        std::task::Poll::Ready(())
    }

    fn close(&mut self, _: CloseReason) {}
}

/// A client, how often its session has run, and the lengths of the messages that have come.
async fn start() -> (Frames, Arc<AtomicUsize>, UnboundedReceiver<usize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let (sender, messages) = unbounded_channel();
    let engine = Engine::new(Counting(Arc::clone(&runs), sender), Options::default()).unwrap();
    let address = serve(engine, Duration::ZERO).await;
    let mut client = Frames::connect(address, driver::WEBSOCKET).await;
    client.text().await;
    (client, runs, messages)
}

/// A frame of a client whose mask is zero.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = match payload.len() {
        length @ 0..=125 => vec![first, 0x80 | length as u8],
        length @ 126..=0xffff => [&[first, 0x80 | 126][..], &(length as u16).to_be_bytes()].concat(),
        length => [&[first, 0x80 | 127][..], &(length as u64).to_be_bytes()].concat(),
    };
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// Sends `bytes`, and waits for messages of these lengths; how often the session has run for them.
async fn runs_for(bytes: Vec<u8>, lengths: &[usize]) -> usize {
    let (mut client, runs, mut messages) = start().await;
    let before = runs.load(Ordering::SeqCst);
    let writing = tokio::spawn(async move {
        client.0.get_mut().write_all(&bytes).await.unwrap();
        client
    });
    for length in lengths {
        assert_eq!(timeout(PATIENCE, messages.recv()).await.unwrap(), Some(*length));
    }
    drop(writing.await.unwrap());
    runs.load(Ordering::SeqCst) - before
}

/// What one run takes at most: a step, and what is read from the network at once.
const RUN: usize = 256 * 1024 + 64 * 1024;

#[tokio::test]
async fn fragments_without_content() {
    let empty = frame(0x00, b"").repeat(4 << 20);
    let length = empty.len();
    let runs = runs_for([frame(0x01, b"4"), empty, frame(0x80, b"x")].concat(), &[1]).await;
    assert!(runs >= length / RUN, "{runs} runs for {length} bytes");
}

#[tokio::test]
async fn large_messages() {
    let message = frame(0x82, &[7; 900_000]);
    let runs = runs_for(message.repeat(20), &[900_000; 20]).await;
    assert!(runs >= 20 * 900_000 / RUN, "{runs} runs");
}

#[tokio::test]
async fn messages_of_middling_size() {
    let message = frame(0x82, &[7; 30_000]);
    let runs = runs_for(message.repeat(600), &[30_000; 600]).await;
    assert!(runs >= 600 * 30_000 / RUN, "{runs} runs");
}
