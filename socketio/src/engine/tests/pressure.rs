//! Clients that read slowly or not at all, and applications that take nothing.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    io::AsyncWriteExt as _,
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::Message as WsMessage;

use super::{Event, Options, PATIENCE, Server, driver::*};
use crate::{
    engine::{CloseReason, Overflow, Priority, SendError},
    packet::{Frame, Message},
};

const MOMENT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn ten_thousand_pipelined_messages_are_answered() {
    let mut server = Server::start(Options::default()).await;
    let client = Frames::open(&server).await;
    server.opened().await;
    let (mut to, mut from) = client.0.split();
    let writer = tokio::spawn(async move {
        for i in 0..10_000 {
            to.feed(WsMessage::text(format!("4{i}{}", "x".repeat(300)))).await.unwrap();
        }
        to.flush().await.unwrap();
        to
    });
    // Long enough for the replies to fill every buffer on the way.
    sleep(Duration::from_millis(500)).await;
    for i in 0..10_000 {
        let message = timeout(PATIENCE, from.next()).await.unwrap().unwrap().unwrap();
        assert!(message.to_text().unwrap().starts_with(&format!("4{i}x")), "{i}: {message}");
    }
    drop(writer.await.unwrap());
}

#[tokio::test]
async fn ten_thousand_messages_in_one_body_are_answered() {
    let options = Options { outbox_packets: 100, ..Options::default() };
    let mut server = Server::start(options).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let body = (0..10_000).map(|i| format!("4{i}")).collect::<Vec<_>>();
    client.push(&body.join("|")).await;
    let mut got = Vec::new();
    while got.len() < 10_000 {
        got.extend(client.poll().await.split('|').map(str::to_owned));
    }
    assert!(got == body);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_at_once_when_its_outbox_is_full() {
    let options = Options { outbox_bytes: 1 << 20, ..Options::default() };
    let mut server = Server::start(options).await;
    let _client = send(server.address, "GET", WEBSOCKET, HANDSHAKE, b"").await;
    let socket = server.opened().await;
    let text = "x".repeat(10_000);
    let mut sent = 0;
    let error = loop {
        match socket.send_text(&text) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
        assert!(sent < 100_000, "nothing stops the sender");
        if sent % 50 == 0 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    assert_eq!(error, SendError::Full);
    let begin = Instant::now();
    assert_eq!(server.closed().await, CloseReason::SlowConsumer);
    assert!(begin.elapsed() < Duration::from_secs(1), "the writer was waited for");
    assert_eq!(socket.send_text("x"), Err(SendError::Closed));
    timeout(PATIENCE, server.engine.closed()).await.unwrap();
}

#[tokio::test]
async fn messages_past_the_bound_are_dropped_where_that_is_the_policy() {
    let mut server = Server::start(Options::default().outbox(16, 1 << 20).overflow(Overflow::DropNewest)).await;
    let client = Poller::open(&server).await;
    let socket = server.opened().await;
    let results: Vec<_> = (0..20).map(|n| socket.send_text(&n.to_string())).collect();
    assert_eq!(results[..16], [Ok(()); 16]);
    assert_eq!(results[16..], [Err(SendError::Dropped); 4]);
    // What the client waits for has room of its own, which has an end.
    let reply = || socket.push(Message::One(Frame::message("reply")), Priority::Reply);
    assert_eq!([(); 16].map(|()| reply()), [Ok(()); 16]);
    let got = client.poll().await;
    let numbers = (0..16).map(|n| format!("4{n}|")).collect::<String>();
    assert_eq!(got, numbers + &["4reply"; 16].join("|"));
    assert_eq!(socket.send_text("again"), Ok(()));
    assert_eq!(client.poll().await, "4again");
    assert_eq!([(); 33].map(|()| reply())[31..], [Ok(()), Err(SendError::Full)]);
    assert_eq!(server.closed().await, CloseReason::SlowConsumer);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_caught_by_the_heartbeat() {
    let (ping_interval, ping_timeout) = (Duration::from_millis(300), Duration::from_millis(200));
    let mut server = Server::start(Options { ping_interval, ping_timeout, ..Options::default() }).await;
    let mut client = send(server.address, "GET", WEBSOCKET, HANDSHAKE, b"").await;
    let socket = server.opened().await;
    let text = "x".repeat(100_000);
    for _ in 0..100 {
        socket.send_text(&text).unwrap();
    }
    // It goes on writing, which shows nothing if it never reads.
    let _ = client.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'4', b'a']).await;
    assert_eq!(server.closed().await, CloseReason::PingTimeout);
    timeout(PATIENCE, server.engine.closed()).await.unwrap();
}

#[tokio::test]
async fn volatile_messages_are_dropped_when_they_would_wait() {
    let mut server = Server::start(Options::default()).await;
    let message = Message::One(Frame::message("v"));
    let client = Poller::open(&server).await;
    let socket = server.opened().await;
    assert_eq!(socket.push(message.clone(), Priority::Volatile), Err(SendError::Dropped), "no GET is held");
    let held = client.start_get().await;
    sleep(MOMENT).await;
    assert_eq!(socket.push(message.clone(), Priority::Volatile), Ok(()));
    assert_eq!(receive(held).await.body, "4v");

    let mut client = Frames::open(&server).await;
    let socket = server.opened().await;
    sleep(MOMENT).await;
    assert_eq!(socket.push(message.clone(), Priority::Volatile), Ok(()));
    assert_eq!(client.text().await, "4v");
    let large = "x".repeat(1_000_000);
    for _ in 0..10 {
        socket.send_text(&large).unwrap();
    }
    sleep(MOMENT).await;
    assert_eq!(socket.push(message.clone(), Priority::Volatile), Err(SendError::Dropped), "the client does not read");
    for _ in 0..10 {
        assert_eq!(client.text().await.len(), 1_000_001);
    }
    sleep(MOMENT).await;
    assert_eq!(socket.push(message.clone(), Priority::Volatile), Ok(()));
    assert_eq!(client.text().await, "4v");
}

#[tokio::test]
async fn groups_stay_together_among_many_senders() {
    let mut server = Server::start(Options::default()).await;
    let mut client = Frames::open(&server).await;
    let socket = server.opened().await;
    let senders = (0..4).map(|_| {
        let socket = socket.clone();
        tokio::spawn(async move {
            for _ in 0..500 {
                let group =
                    Message::Many(Arc::new([Frame::message("a"), Frame::binary(vec![1]), Frame::binary(vec![2])]));
                socket.push(group.clone(), Priority::Event).unwrap();
                socket.ready().await;
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
    for _ in 0..2000 {
        assert_eq!(client.text().await, "4a");
        assert_eq!(client.next().await, Some(WsMessage::binary(vec![1])));
        assert_eq!(client.next().await, Some(WsMessage::binary(vec![2])));
    }
}

#[tokio::test]
async fn ready_waits_for_room() {
    let options = Options { outbox_packets: 16, ..Options::default() };
    let mut server = Server::start(options).await;
    let client = Poller::open(&server).await;
    let socket = server.opened().await;
    for _ in 0..16 {
        socket.send_text("x").unwrap();
    }
    assert_eq!(socket.buffered(), (16, 32));
    assert!(timeout(MOMENT, socket.ready()).await.is_err());
    let (_, _) = tokio::join!(client.poll(), async { timeout(PATIENCE, socket.ready()).await.unwrap() });
    assert_eq!(socket.buffered(), (0, 0));
}

#[tokio::test]
async fn a_body_is_held_back_while_the_application_is_busy() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    let socket = server.opened().await;
    server.busy.store(true, Ordering::SeqCst);
    // One body is being read, one waits in the slot, and the third has to wait outside.
    client.push("4a").await;
    sleep(MOMENT).await;
    client.push("4b").await;
    let mut third = Box::pin(client.post("4c"));
    assert!(timeout(4 * MOMENT, &mut third).await.is_err());
    server.busy.store(false, Ordering::SeqCst);
    socket.wake();
    assert_eq!(third.await.brief(), (200, "ok"));
    for expected in ["a", "b", "c"] {
        assert_eq!(server.text().await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_websocket_that_takes_nothing_is_reset_after_the_write_timeout() {
    let day = Duration::from_secs(24 * 60 * 60);
    let options = Options { ping_interval: day, write_timeout: Duration::from_secs(12), ..Options::default() };
    let mut server = Server::start(options).await;
    let mut client = Frames::open(&server).await;
    let socket = server.opened().await;
    // More than the system buffers for one connection; a part of it is read first, which is progress.
    let block = "x".repeat(1 << 20);
    for _ in 0..12 {
        socket.send_text(&block).unwrap();
    }
    for _ in 0..2 {
        client.text().await;
    }
    let begun = tokio::time::Instant::now();
    let Event::Close(reason) = server.events.recv().await.unwrap() else { panic!("only an end was expected") };
    assert_eq!(reason, CloseReason::TransportError);
    let after = begun.elapsed();
    assert!((Duration::from_secs(8)..=Duration::from_secs(20)).contains(&after), "{after:?}");
    // What was written is not waited for: the connection was reset.
    let mut error = None;
    while let Some(message) = client.0.next().await {
        error = message.err().or(error);
    }
    let error = error.expect("a reset").to_string();
    assert!(error.to_lowercase().contains("reset"), "{error}");
}
