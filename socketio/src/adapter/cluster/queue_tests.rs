//! Tests of the queue, with a broker in memory.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::time::Instant;

use super::*;

/// A broker that keeps what is published; it can be away and refuse.
#[derive(Default)]
struct Broker {
    published: Mutex<Vec<u32>>,
    /// Messages that are still accepted until the connection breaks.
    accepts: AtomicUsize,
    away: AtomicBool,
    lost: Notify,
    attempts: Mutex<Vec<Instant>>,
}

/// The message that the broker refuses.
const REFUSED: u32 = 666;

impl Transport for Broker {
    type Item = u32;

    fn connect(&self) -> BoxFuture<'_, Result<(), String>> {
        self.attempts.lock().unwrap().push(Instant::now());
        let away = self.away.load(Ordering::Relaxed);
        Box::pin(std::future::ready(if away { Err("away".to_owned()) } else { Ok(()) }))
    }

    fn lost(&self) -> BoxFuture<'_, String> {
        Box::pin(async {
            self.lost.notified().await;
            "gone".to_owned()
        })
    }

    fn publish<'a>(&'a self, items: &'a [u32]) -> BoxFuture<'a, Result<(), Failed>> {
        Box::pin(async move {
            for (at, &item) in items.iter().enumerate() {
                if item == REFUSED {
                    return Err(Failed { done: at + 1, dropped: 1, lost: false, reason: "too large".to_owned() });
                }
                if self.accepts.load(Ordering::Relaxed) == 0 {
                    return Err(Failed { done: at, dropped: 0, lost: true, reason: "broken".to_owned() });
                }
                self.accepts.fetch_sub(1, Ordering::Relaxed);
                self.published.lock().unwrap().push(item);
            }
            Ok(())
        })
    }
}

fn queue(messages: usize, bytes: usize) -> Arc<Queue<Broker>> {
    let broker = Broker { accepts: AtomicUsize::new(usize::MAX), ..Broker::default() };
    Arc::new(Queue::new(Arc::new(broker), QueueLimits { messages, bytes }))
}

fn published(queue: &Queue<Broker>) -> Vec<u32> {
    queue.transport().published.lock().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn messages_are_published_in_order_and_the_last_ones_before_it_closes() {
    let queue = queue(10_000, 1 << 20);
    queue.connect().await.unwrap();
    for number in 0..300 {
        queue.push(number, 4, false).unwrap();
    }
    assert_eq!((queue.health().queued, queue.health().queued_bytes), (300, 1200));
    let running = tokio::spawn({
        let queue = queue.clone();
        async move { queue.run(|| ()).await }
    });
    queue.close(Duration::from_secs(1)).await;
    running.await.unwrap();
    assert_eq!(published(&queue), (0..300).collect::<Vec<_>>());
    assert_eq!((queue.health().queued, queue.health().queued_bytes), (0, 0));
    assert_eq!(queue.push(1, 1, false), Err(AdapterError::Disconnected));
}

#[test]
fn past_the_bounds_the_oldest_volatile_messages_go_first_and_then_new_ones_are_refused() {
    let queue = queue(4, 100);
    for (number, volatile) in [(0, false), (1, true), (2, false), (3, true)] {
        queue.push(number, 10, volatile).unwrap();
    }
    queue.push(4, 10, false).unwrap();
    queue.push(5, 70, true).unwrap();
    assert_eq!(queue.push(6, 71, false), Err(AdapterError::Full), "0, 2 and 4 have 30 bytes");
    queue.push(7, 70, false).unwrap();
    let waiting: Vec<_> = queue.take().into_iter().map(|entry| entry.item).collect();
    assert_eq!(waiting, [0, 2, 4, 7]);
    let health = queue.health();
    assert_eq!((health.queued, health.queued_bytes, health.dropped), (4, 100, 4));
}

#[test]
fn a_message_above_the_bound_costs_no_other_its_place() {
    let queue = queue(4, 100);
    queue.push(1, 10, true).unwrap();
    assert_eq!(queue.push(2, 101, false), Err(AdapterError::Full));
    assert_eq!((queue.health().queued, queue.health().dropped), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn messages_wait_while_the_broker_is_away_and_keep_their_order() {
    let queue = queue(10_000, 1 << 20);
    let broker = queue.transport().clone();
    queue.connect().await.unwrap();
    broker.accepts.store(3, Ordering::Relaxed);
    broker.away.store(true, Ordering::Relaxed);
    for number in 0..10 {
        queue.push(number, 4, false).unwrap();
    }
    let connects = Arc::new(AtomicUsize::new(0));
    let running = tokio::spawn({
        let (queue, connects) = (queue.clone(), connects.clone());
        async move {
            let count = move || _ = connects.fetch_add(1, Ordering::Relaxed);
            queue.run(count).await;
        }
    });
    tokio::time::sleep(Duration::from_secs(60)).await;
    let health = queue.health();
    assert_eq!((health.connected, health.queued, health.reconnects), (false, 7, 1));
    assert_eq!(health.last_error.as_deref(), Some("away"));
    // 50 ms, 100 ms … 5 s, each at least halved: no faster, and no slower.
    let pauses = broker.attempts.lock().unwrap().windows(2).skip(1).map(|two| two[1] - two[0]).collect::<Vec<_>>();
    assert!(pauses.iter().all(|pause| *pause <= Duration::from_millis(5001)), "{pauses:?}");
    assert!(pauses[7..].iter().all(|pause| *pause >= Duration::from_millis(2500)), "{pauses:?}");
    broker.accepts.store(usize::MAX, Ordering::Relaxed);
    broker.away.store(false, Ordering::Relaxed);
    queue.push(10, 4, false).unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(published(&queue), (0..=10).collect::<Vec<_>>());
    assert_eq!((connects.load(Ordering::Relaxed), queue.health().connected), (1, true));
    // An idle connection that breaks is noticed too.
    broker.lost.notify_one();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((queue.health().reconnects, queue.health().last_error.as_deref()), (2, Some("gone")));
    queue.close(Duration::from_secs(1)).await;
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_message_that_the_broker_refuses_does_not_hold_up_the_others() {
    let queue = queue(10_000, 1 << 20);
    queue.connect().await.unwrap();
    for number in [1, REFUSED, 2] {
        queue.push(number, 4, number == 2).unwrap();
    }
    let running = tokio::spawn({
        let queue = queue.clone();
        async move { queue.run(|| ()).await }
    });
    queue.close(Duration::from_secs(1)).await;
    running.await.unwrap();
    assert_eq!(published(&queue), [1, 2]);
    assert_eq!((queue.health().dropped, queue.health().queued), (1, 0));
}
