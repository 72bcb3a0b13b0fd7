//! Many sessions on several threads at once, moving while both sides talk: nothing lost, doubled or reordered.

use std::time::Duration;

use tokio::{io::AsyncWriteExt as _, task::JoinSet, time::timeout};

use super::{Event, Options, Server, driver::*};
use crate::engine::Socket;

const MESSAGES: usize = 300;
const SESSIONS: usize = 16;

/// Sends numbers, with pauses that differ between sessions.
async fn count(socket: Socket, seed: usize) {
    for i in 0..MESSAGES {
        socket.send_text(&i.to_string()).unwrap();
        if (i * 7 + seed).is_multiple_of(11) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn numbers(got: &mut Vec<usize>, packets: &str) {
    got.extend(packets.split('|').filter_map(|packet| packet.strip_prefix('4')).map(|n| n.parse::<usize>().unwrap()));
}

/// Polls for a while, moves to a WebSocket, and reads to the end; sends its own numbers meanwhile.
async fn client(client: Poller, seed: usize) -> Vec<usize> {
    let mut got = Vec::new();
    let mut sent = 0..MESSAGES;
    for _ in 0..seed {
        if got.len() == MESSAGES {
            break;
        }
        numbers(&mut got, &client.poll().await);
        client.push(&sent.by_ref().take(7).map(|i| format!("4{i}")).collect::<Vec<_>>().join("|")).await;
    }
    let mut websocket = client.probe().await;
    websocket.send("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
    // As the clients do: the last GET comes to its end before the move.
    numbers(&mut got, &client.poll().await);
    websocket.send("5").await;
    for i in sent {
        websocket.send(&format!("4{i}")).await;
    }
    while got.len() < MESSAGES {
        numbers(&mut got, &websocket.text().await);
    }
    got
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sessions_move_while_both_sides_talk() {
    let mut server = Server::start_with(Options::default(), true).await;
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        sessions.push((Poller::open(&server).await, server.opened().await));
    }
    let mut clients = JoinSet::new();
    for (seed, (poller, socket)) in sessions.into_iter().enumerate() {
        clients.spawn(count(socket, seed));
        clients.spawn(async move {
            let got = timeout(Duration::from_secs(30), client(poller, seed)).await.expect("no end");
            assert_eq!(got, (0..MESSAGES).collect::<Vec<_>>(), "session {seed}");
        });
    }
    while let Some(result) = clients.join_next().await {
        result.unwrap();
    }
    // What the clients sent has arrived: of each number one for every session, each session's in its order.
    let mut counts = vec![0; MESSAGES];
    for _ in 0..SESSIONS * MESSAGES {
        loop {
            if let Event::Text(text) = server.event().await {
                let i: usize = text.parse().unwrap();
                assert!(i == 0 || counts[i - 1] > counts[i], "{i} came before {}", i - 1);
                counts[i] += 1;
                break;
            }
        }
    }
    assert_eq!(counts, vec![SESSIONS; MESSAGES]);
}

/// A sequence of numbers that is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..self.roll(40)).map(|_| self.roll(256) as u8).collect()
    }
}

#[tokio::test]
async fn garbage_harms_nobody_else() {
    let mut server = Server::start_with(Options { max_payload: 2000, ..Options::default() }, true).await;
    let bystander = Poller::open(&server).await;
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..200 {
        let mut stream = send(server.address, "GET", WEBSOCKET, HANDSHAKE, b"").await;
        for _ in 0..dice.roll(6) {
            // Half of it looks like the header of a frame, so that more than the first check is reached.
            let mut bytes =
                if round % 2 == 0 { vec![0x80 | dice.roll(16) as u8, 0x80 | dice.roll(128) as u8] } else { vec![] };
            bytes.extend(dice.bytes());
            let _ = stream.write_all(&bytes).await;
        }
        drop(stream);

        let poller = Poller::open(&server).await;
        let mut body = if round % 2 == 0 { b"4a\x1eb".to_vec() } else { vec![] };
        body.extend(dice.bytes());
        assert!(matches!(poller.post(&body).await.brief(), (200, "ok")), "{body:?}");
        let _ = poller.post("1").await;
    }
    bystander.push("4x").await;
    while !matches!(server.event().await, Event::Text(text) if text == "x") {}
    bystander.push("1").await;
    timeout(Duration::from_secs(30), server.engine.closed()).await.expect("sessions are left");
}
