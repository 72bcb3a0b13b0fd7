//! The builder [`Redis`].

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::classic::Classic;
use super::link::LinkOptions;
use super::sharded::ShardedRedis;
use crate::adapter::cluster::{Options, cluster_options};
use crate::adapter::{Action, Adapter, AdapterError, Answer, BoxFuture, BoxStream, Health, Node, Question};
use crate::error::Error;

/// Connects servers through Redis, as `@socket.io/redis-adapter` does: servers in Rust and Node work together in one cluster, and
/// `@socket.io/redis-emitter` reaches both. Needs Redis 6 or newer and the feature `redis`.
///
/// ```no_run
/// use socketio::prelude::*;
/// use socketio::adapter::Redis;
///
/// # async fn run() -> Result<(), socketio::Error> {
/// let server = Server::new().adapter(Redis::new("redis://127.0.0.1:6379"));
/// # server.bind("0.0.0.0:3000").await?;
/// # Ok(())
/// # }
/// ```
///
/// Events reach the sockets of other nodes at most once, and in the order in which one task has sent them. While Redis is away they wait in a
/// bounded queue, and are published when all subscriptions are in effect again. Clients of this process never wait for Redis.
///
/// All servers of a cluster have the same kind of adapter and the same [`key`](Self::key). Other users of the same Redis need another one:
/// the adapters of Node have the default `socket.io` in common, and so has that of the crate `socketioxide`, whose messages are not
/// understood here and are counted as nodes that do not answer.
///
/// A URL `rediss://` needs the feature `tokio-rustls-comp` of the crate `redis`, and a user name and password stand in it as
/// `redis://user:password@host`.
pub struct Redis {
    options: Options,
    link: LinkOptions,
    key: String,
    specific: bool,
    running: OnceLock<Classic>,
}

impl Redis {
    /// One Redis server, such as `redis://127.0.0.1:6379`. An invalid URL is an error at start.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self::on(LinkOptions::new(vec![url.into()], false))
    }

    /// A Redis Cluster: the URLs of some of its servers, from which the others are found. User name, password and TLS are those of the first
    /// URL. While a master is away and no replica has taken over, nothing is published.
    ///
    /// ```
    /// use socketio::adapter::Redis;
    ///
    /// let adapter = Redis::cluster(["redis://10.0.0.1:7000", "redis://10.0.0.2:7000"]).sharded();
    /// ```
    #[must_use]
    pub fn cluster(urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::on(LinkOptions::new(urls.into_iter().map(Into::into).collect(), true))
    }

    fn on(link: LinkOptions) -> Self {
        Self {
            options: Options::default(),
            link,
            key: "socket.io".to_owned(),
            specific: false,
            running: OnceLock::new(),
        }
    }

    /// The prefix of all channels. Default: `socket.io`. The same on all servers of the cluster, and on no others of the same Redis.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Whether answers to requests go to a channel of the server that has asked, instead of to all servers. Default: `false`. Servers with and
    /// without it understand each other.
    #[must_use]
    pub fn publish_on_specific_response_channel(mut self, specific: bool) -> Self {
        self.specific = specific;
        self
    }

    /// How long a Redis server may take to accept a connection and to answer a command. Default: 5 s. From 1 ms to 1 day. After it, the
    /// connection is closed and opened again.
    #[must_use]
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.link.response_timeout = timeout;
        self
    }

    /// The time between two pings of each connection to Redis, by which a dead one is noticed. Default: 5 s. From 1 ms to 1 day.
    #[must_use]
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.link.ping_interval = interval;
        self
    }

    cluster_options!();

    /// Sharded publish and subscribe, as `createShardedAdapter` of `@socket.io/redis-adapter` does: messages go only through the Redis server
    /// that has their channel. Needs Redis 7 or newer. [`key`](Self::key) and
    /// [`publish_on_specific_response_channel`](Self::publish_on_specific_response_channel) do not apply to it.
    #[must_use]
    pub fn sharded(self) -> ShardedRedis {
        ShardedRedis::new(self.options, self.link)
    }

    fn running(&self) -> &Classic {
        let new = || Classic::new(self.options.clone(), self.link.clone(), &self.key, self.specific);
        self.running.get_or_init(new)
    }
}

impl fmt::Debug for Redis {
    // URLs may have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("key", &self.key)
            .field("response_timeout", &self.link.response_timeout)
            .field("ping_interval", &self.link.ping_interval)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Adapter for Redis {
    fn start(&self, node: Node) -> BoxFuture<'static, Result<(), Error>> {
        let checked = self.options.check().and_then(|()| self.link.check());
        let running = self.running().clone();
        Box::pin(async move {
            checked?;
            running.start(node).await
        })
    }

    fn publish(&self, action: Action) -> Result<(), AdapterError> {
        self.running().engine().publish(action)
    }

    fn ask(&self, question: Question) -> BoxStream<'static, Result<Answer, AdapterError>> {
        self.running().engine().ask(question)
    }

    fn stop(&self) -> BoxFuture<'static, ()> {
        let running = self.running().clone();
        Box::pin(async move { running.stop().await })
    }

    fn health(&self) -> Health {
        self.running().health()
    }

    fn open_namespace(&self, path: &Arc<str>) {
        self.running().open_namespace(path);
    }

    fn close_namespace(&self, path: &Arc<str>) {
        self.running().close_namespace(path);
    }

    fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        self.running().settled()
    }
}
