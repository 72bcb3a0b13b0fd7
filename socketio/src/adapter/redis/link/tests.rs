//! The link against real Redis servers.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

use super::super::testing::{RedisServer, cluster, until};
use super::{Channel, Link, LinkOptions, Mode, Outgoing, Received};
use crate::adapter::cluster::{Failed, Queue, QueueLimits, Transport};
use crate::adapter::{AdapterError, BoxFuture, Health};

/// What a link has received.
type Log = Arc<Mutex<Vec<(String, Bytes)>>>;

fn options(urls: Vec<String>, cluster: bool) -> LinkOptions {
    LinkOptions { urls, cluster, response_timeout: Duration::from_secs(5), ping_interval: Duration::from_millis(200) }
}

/// A link behind a queue, as adapters have it.
struct Node {
    link: Arc<Link>,
    queue: Arc<Queue<Queued>>,
    log: Log,
}

struct Queued(Arc<Link>);

impl Transport for Queued {
    type Item = Outgoing;

    fn connect(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(self.0.connect())
    }

    fn lost(&self) -> BoxFuture<'_, String> {
        Box::pin(self.0.lost())
    }

    fn publish<'a>(&'a self, items: &'a [Outgoing]) -> BoxFuture<'a, Result<(), Failed>> {
        Box::pin(self.0.publish(items))
    }
}

impl Node {
    async fn start(options: LinkOptions, messages: usize) -> Self {
        let log = Log::default();
        let received = log.clone();
        let receiver = move |message: Received| received.lock().unwrap().push((message.channel, message.payload));
        let link = Arc::new(Link::new(options, Arc::new(receiver)));
        let queue = Queue::new(Arc::new(Queued(link.clone())), QueueLimits { messages, ..QueueLimits::default() });
        let queue = Arc::new(queue);
        queue.connect().await.unwrap();
        let running = queue.clone();
        tokio::spawn(async move { running.run(|| ()).await });
        Self { link, queue, log }
    }

    fn publish(&self, mode: Mode, channel: &str, text: &str) -> Result<(), AdapterError> {
        let payload = Bytes::copy_from_slice(text.as_bytes());
        self.queue.push(Outgoing { mode, channel: channel.into(), payload }, text.len(), false)
    }

    fn health(&self) -> Health {
        self.link.health(self.queue.health())
    }

    async fn subscribe(&self, channels: impl IntoIterator<Item = Channel>) {
        channels.into_iter().for_each(|channel| self.link.subscribe(channel));
        if let Some(settled) = self.link.settled() {
            settled.await;
        }
    }

    async fn texts(&self, count: usize) -> Vec<String> {
        until("messages", || {
            let log = self.log.lock().unwrap();
            (log.len() >= count)
                .then(|| log.iter().map(|(_, payload)| String::from_utf8_lossy(payload).into_owned()).collect())
        })
        .await
    }
}

#[tokio::test]
async fn messages_of_all_kinds_arrive_in_order() {
    let Some(redis) = RedisServer::start("messages_of_all_kinds_arrive_in_order", &[]) else { return };
    let a = Node::start(options(vec![redis.url()], false), 10_000).await;
    let b = Node::start(options(vec![redis.url()], false), 10_000).await;
    let (plain, sharded) = (Channel::new(Mode::Plain, "p"), Channel::new(Mode::Sharded, "s"));
    b.subscribe([plain.clone(), sharded.clone(), Channel::prefix("glob*[x]#")]).await;
    b.subscribe((0..1200).map(|n| Channel::new(Mode::Plain, format!("many {n}")))).await;
    // Sizes differ, and the queue is filled faster than it is emptied.
    let text = |n: usize| format!("{n}:{}", "x".repeat([0, 10, 40_000][n % 3]));
    for n in 0..600 {
        let (mode, channel) =
            [(Mode::Plain, "p"), (Mode::Sharded, "s"), (Mode::Plain, "glob*[x]#room"), (Mode::Plain, "globxx#")][n % 4];
        a.publish(mode, channel, &text(n)).unwrap();
    }
    let expected: Vec<String> = (0..600).filter(|n| n % 4 != 3).map(text).collect();
    assert_eq!(b.texts(expected.len()).await, expected);
    assert_eq!(a.link.subscribers(vec![plain.clone(), Channel::new(Mode::Plain, "nobody")]).await, Ok(vec![1, 0]));
    assert_eq!(a.link.subscribers(vec![sharded.clone()]).await, Ok(vec![1]));
    // Unsubscribed, and the connection is still whole.
    b.link.unsubscribe(plain.clone());
    b.link.unsubscribe(sharded.clone());
    b.link.settled().unwrap().await;
    assert_eq!(a.link.subscribers(vec![plain]).await, Ok(vec![0]));
    assert_eq!(a.link.subscribers(vec![sharded]).await, Ok(vec![0]));
    assert!(b.health().connected && b.health().reconnects == 0);
}

#[tokio::test]
async fn a_server_that_comes_back_empty_has_all_subscriptions_before_anything_is_published() {
    let name = "a_server_that_comes_back_empty_has_all_subscriptions_before_anything_is_published";
    let Some(mut redis) = RedisServer::start(name, &[]) else { return };
    let b = Node::start(options(vec![redis.url()], false), 100).await;
    let channels = (0..700).map(|n| Channel::new(Mode::Plain, format!("c{n}")));
    b.subscribe(channels.chain([Channel::new(Mode::Sharded, "s")])).await;
    redis.kill();
    until("the loss", || (!b.health().connected).then_some(())).await;
    b.link.subscribe(Channel::new(Mode::Plain, "late"));
    let mut refused = 0;
    for n in 0..150 {
        let (mode, channel) = [(Mode::Plain, "c699"), (Mode::Sharded, "s"), (Mode::Plain, "late")][n % 3];
        match b.publish(mode, channel, &n.to_string()) {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error, AdapterError::Full);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 50);
    assert_eq!((b.health().queued, b.health().dropped), (100, 50));
    assert_eq!(b.link.subscribers(vec![Channel::new(Mode::Plain, "c1")]).await, Err(AdapterError::Disconnected));
    redis.restart();
    let expected: Vec<String> = (0..100).map(|n: usize| n.to_string()).collect();
    assert_eq!(b.texts(100).await, expected);
    until("health", || {
        let health = b.health();
        (health.connected && health.queued == 0 && health.reconnects == 1 && health.last_error.is_some()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_noticed() {
    let Some(redis) = RedisServer::start("a_server_that_does_not_answer_is_noticed", &[]) else { return };
    let short = Duration::from_millis(300);
    let b = Node::start(LinkOptions { response_timeout: short, ..options(vec![redis.url()], false) }, 100).await;
    b.subscribe([Channel::new(Mode::Plain, "c")]).await;
    redis.signal("STOP");
    until("the loss", || (!b.health().connected).then_some(())).await;
    b.publish(Mode::Plain, "c", "kept").unwrap();
    redis.signal("CONT");
    assert_eq!(b.texts(1).await, ["kept"]);
}

#[tokio::test]
async fn a_cluster_serves_all_channels_also_after_a_failover() {
    let Some(servers) = cluster("a_cluster_serves_all_channels_also_after_a_failover", 3, 1) else { return };
    let urls = vec![servers[0].url(), servers[1].url()];
    let a = Node::start(options(urls.clone(), true), 10_000).await;
    let b = Node::start(options(urls, true), 10_000).await;
    let channels: Vec<Channel> = (0..40).map(|n| Channel::new(Mode::Sharded, format!("room {n}"))).collect();
    let plain = Channel::new(Mode::Plain, "plain");
    b.subscribe(channels.iter().cloned().chain([plain.clone()])).await;
    assert_eq!(a.link.subscribers(vec![plain.clone()]).await, Ok(vec![1]));
    assert_eq!(a.link.subscribers(vec![channels[7].clone()]).await, Ok(vec![1]));
    let send = async |from: usize| {
        for n in 0..40 {
            a.publish(Mode::Sharded, &format!("room {n}"), &format!("{}", from + n)).unwrap();
        }
        a.publish(Mode::Plain, "plain", &(from + 40).to_string()).unwrap();
        let mut numbers: Vec<usize> = b.texts(41).await.iter().map(|text| text.parse().unwrap()).collect();
        b.log.lock().unwrap().clear();
        numbers.sort_unstable();
        assert_eq!(numbers, (from..from + 41).collect::<Vec<_>>());
    };
    send(0).await;
    // A replica of some master takes over.
    let replica = servers.iter().find(|server| server.command(&["role"]).starts_with("slave")).unwrap();
    assert_eq!(replica.command(&["cluster", "failover"]).trim(), "OK");
    until("the failover", || replica.command(&["role"]).starts_with("master").then_some(())).await;
    // Nothing is lost that is sent after the receiver has noticed it.
    until("the new master", || {
        let all = channels.iter().all(|channel| {
            servers.iter().any(|server| {
                server.command(&["pubsub", "shardnumsub", &channel.name]).ends_with("1\n")
                    && server.command(&["role"]).starts_with("master")
            })
        });
        (all && b.health().connected).then_some(())
    })
    .await;
    send(100).await;
}
