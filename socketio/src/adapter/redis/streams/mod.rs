//! Redis Streams, as Node's `@socket.io/redis-streams-adapter` speaks them, with sessions that are recovered on any node.
//!
//! | file | has |
//! |---|---|
//! | `names`, `id`, `entry`, `codec` | the wire: streams, entries, messages |
//! | `stream`, `writer`, `ledger` | what is added to a stream, and the own broadcasts that wait for it |
//! | `reader` | what is read |
//! | `shared`, `started`, `channels` | the state and the tasks of a started adapter |
//! | `sessions`, `keeper`, `record`, `replay`, `arrivals` | recovery |
//! | `pool` | connections for commands that do not block |

mod arrivals;
mod channels;
mod codec;
mod entry;
mod id;
mod keeper;
mod ledger;
mod names;
mod options;
mod pool;
mod reader;
mod record;
mod replay;
mod sessions;
mod shared;
mod started;
mod stream;
mod writer;

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use super::link::{Link, LinkOptions, Mode, Received};
use crate::adapter::cluster::{Engine, Options, cluster_options, new_uid};
use crate::adapter::{
    Action, Adapter, AdapterError, Answer, BoxFuture, BoxStream, Health, Missed, Node, Question, Room, Saved,
};
use crate::error::Error;

use channels::Channels;
use options::Settings;
use shared::Shared;
use started::Started;

/// How long the end of the server waits for what is queued.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a client that comes back waits for Redis. Past it the client gets a new session.
const RECOVERY: Duration = Duration::from_secs(5);

/// Connects servers through [Redis Streams](https://redis.io/docs/latest/develop/data-types/streams/), as the Node server's
/// `@socket.io/redis-streams-adapter` 0.3 does; servers of both kinds may be mixed. Feature `redis`.
///
/// Broadcasts, joins, leaves and disconnects of sockets are entries of a stream, in one order for all nodes. A node that has lost its
/// connection to Redis reads on where it was, so that nothing is lost while Redis restarts with its data, and nothing arrives twice: before
/// entries are added again, a node looks whether they are in the stream already. Events for the programs of other nodes, and questions such as
/// [`Target::fetch_sockets`](crate::Target::fetch_sockets), go through publish/subscribe.
///
/// # Recovery
/// With [`Server::recovery`](crate::Server::recovery) sessions are kept in Redis too, and clients recover them on any node: also when the first
/// node was killed, and between Node's servers and these. All nodes then need the same [`stream_name`](Self::stream_name),
/// [`stream_count`](Self::stream_count) and [`session_key_prefix`](Self::session_key_prefix).
///
/// * Own clients then get events in the order of the stream, with its position, for which they wait until Redis has the entry: for 1 s at
///   most. When Redis does not answer in that time, they get events without a position. Their sessions are deleted, and are kept again as soon
///   as the entries are in the stream: a client recovers if it has received one event after that.
/// * A session is restored once. Volatile events, and events that ask for an acknowledgement, are not replayed.
/// * A client whose last event is not in the stream any more ([`max_len`](Self::max_len)) gets a new session.
///
/// Without recovery own clients never wait for Redis.
///
/// ```
/// use std::time::Duration;
///
/// use socketio::adapter::RedisStreams;
/// use socketio::prelude::*;
///
/// let adapter = RedisStreams::new("redis://127.0.0.1:6379").stream_count(4).max_len(50_000);
/// let server = Server::new().adapter(adapter);
/// ```
///
/// # Errors
/// The server does not start if Redis cannot be reached, or an option is out of its bounds.
pub struct RedisStreams {
    options: Options,
    link: LinkOptions,
    settings: Settings,
    running: OnceLock<Arc<Running>>,
}

struct Running {
    engine: Engine<Channels>,
    started: OnceLock<Started>,
}

impl Running {
    fn receive(&self, received: &Received) {
        let namespace = self.engine.link().namespace(&received.channel);
        self.engine.receive_bytes(&received.payload, namespace);
    }

    fn shared(&self) -> Option<&Shared> {
        self.started.get().map(|started| &*started.shared)
    }
}

impl RedisStreams {
    /// One Redis server, such as `redis://127.0.0.1:6379`. An invalid URL is an error at start.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self::on(LinkOptions::new(vec![url.into()], false))
    }

    /// A Redis Cluster: the URLs of some of its servers, from which the others are found. User name, password and TLS are those of the first
    /// URL.
    ///
    /// ```
    /// use socketio::adapter::RedisStreams;
    ///
    /// let adapter = RedisStreams::cluster(["redis://10.0.0.1:7000", "redis://10.0.0.2:7000"]).stream_count(3);
    /// ```
    #[must_use]
    pub fn cluster(urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::on(LinkOptions::new(urls.into_iter().map(Into::into).collect(), true))
    }

    fn on(link: LinkOptions) -> Self {
        Self { options: Options::default(), link, settings: Settings::default(), running: OnceLock::new() }
    }

    /// The name of the stream: Node's `streamName`. Default `socket.io`.
    #[must_use]
    pub fn stream_name(mut self, name: &str) -> Self {
        self.settings.stream_name = name.into();
        self
    }

    /// How many streams there are: Node's `streamCount`. Default 1; from 1 to 64. Each namespace has one of them, `NAME-0` and so on; all
    /// nodes must have the same number. In a cluster the streams are spread over the servers.
    ///
    /// Node's adapter writes some namespaces to streams with negative numbers, such as `NAME--3`, which it does not read: those namespaces
    /// reach only nodes of this kind, which read them.
    #[must_use]
    pub fn stream_count(mut self, count: u32) -> Self {
        self.settings.stream_count = count;
        self
    }

    /// What the names of channels begin with: Node's `channelPrefix`. Default `socket.io`. Adapters of different kinds on one Redis need
    /// different prefixes.
    #[must_use]
    pub fn channel_prefix(mut self, prefix: &str) -> Self {
        self.settings.channel_prefix = prefix.into();
        self
    }

    /// Whether channels are sharded, which needs Redis 7: Node's `useShardedPubSub`. Default `false`.
    #[must_use]
    pub fn use_sharded_pub_sub(mut self, sharded: bool) -> Self {
        self.settings.sharded = sharded;
        self
    }

    /// How many entries a stream keeps, approximately: Node's `maxLen`. Default 10,000; at least 1. Older entries are removed by Redis: a node
    /// that was away for longer has lost them, and a client that comes back after them gets a new session.
    #[must_use]
    pub fn max_len(mut self, entries: usize) -> Self {
        self.settings.max_len = entries;
        self
    }

    /// How many entries of a stream are read at once: Node's `readCount`. Default 100; from 1 to 10,000.
    #[must_use]
    pub fn read_count(mut self, entries: usize) -> Self {
        self.settings.read_count = entries;
        self
    }

    /// How long Redis lets a reader wait for an entry before it answers that there is none: Node's `blockTimeInMs`. Default 5 s; from 1 ms to
    /// 1 hour. A connection whose answer is 5 s late is given up.
    #[must_use]
    pub fn block_time(mut self, time: Duration) -> Self {
        self.settings.block_time = time;
        self
    }

    /// What the keys of sessions begin with: Node's `sessionKeyPrefix`. Default `sio:session:`.
    #[must_use]
    pub fn session_key_prefix(mut self, prefix: &str) -> Self {
        self.settings.session_key_prefix = prefix.into();
        self
    }

    /// Whether binary values are written as JSON objects with a list of numbers instead of Base64: Node's `onlyPlaintext`. Default `false`. The
    /// other nodes receive objects then; it is for programs that send no binary values.
    #[must_use]
    pub fn only_plaintext(mut self, only: bool) -> Self {
        self.settings.only_plaintext = only;
        self
    }

    /// How many bytes of missed events a session may have. Default 16 MiB; at least 1. Past it the client gets a new session.
    #[must_use]
    pub fn max_replay_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_replay_bytes = bytes;
        self
    }

    /// How long a Redis server may take to accept a connection and to answer a command. Default: 5 s. From 1 ms to 1 day. After it, the
    /// connection is closed and opened again. Entries and commands that block have times of their own.
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

    fn running(&self) -> &Arc<Running> {
        self.running.get_or_init(|| {
            let uid = new_uid();
            Arc::new_cyclic(|running: &Weak<Running>| {
                let running = running.clone();
                let receiver = move |received: Received| {
                    if let Some(running) = running.upgrade() {
                        running.receive(&received);
                    }
                };
                let link = Arc::new(Link::new(self.link.clone(), Arc::new(receiver)));
                let mode = if self.settings.sharded { Mode::Sharded } else { Mode::Plain };
                let channels = Channels { link, prefix: self.settings.channel_prefix.clone(), mode, uid: uid.clone() };
                let engine = Engine::new(Arc::new(channels), uid, self.options.clone());
                Running { engine, started: OnceLock::new() }
            })
        })
    }

    fn shared(&self) -> Option<&Shared> {
        self.running().shared()
    }

    fn check(&self) -> Result<(), Error> {
        self.options.check()?;
        self.link.check()?;
        self.settings.check()
    }
}

impl std::fmt::Debug for RedisStreams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the URLs, which may have passwords.
        f.debug_struct("RedisStreams")
            .field("options", &self.options)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Adapter for RedisStreams {
    fn start(&self, node: Node) -> BoxFuture<'static, Result<(), Error>> {
        let checked = self.check();
        let (settings, limits, cluster) = (self.settings.clone(), self.options.queue, self.link.cluster);
        let running = self.running().clone();
        Box::pin(async move {
            checked?;
            running.engine.start(node.clone()).await.map_err(Error::start)?;
            let started = Started::new(settings, limits, cluster, node, running.engine.clone()).await;
            let started = started.map_err(|error| Error::start(format!("Redis cannot be reached: {error}")))?;
            running.started.set(started).map_err(|_| Error::start("an adapter is for one server".to_owned()))
        })
    }

    fn publish(&self, action: Action) -> Result<(), AdapterError> {
        self.running().started.get().ok_or(AdapterError::Disconnected)?.publish(action)
    }

    fn ask(&self, question: Question) -> BoxStream<'static, Result<Answer, AdapterError>> {
        self.running().engine.ask(question)
    }

    fn stop(&self) -> BoxFuture<'static, ()> {
        let running = self.running().clone();
        Box::pin(async move {
            if let Some(started) = running.started.get() {
                started.stop(PATIENCE).await;
            }
            running.engine.stop().await;
            running.engine.link().link.close();
        })
    }

    fn health(&self) -> Health {
        let running = self.running();
        match running.shared() {
            Some(shared) => shared.health(),
            None => running.engine.link().link.health(running.engine.health()),
        }
    }

    fn open_namespace(&self, path: &Arc<str>) {
        let engine = &self.running().engine;
        engine.link().subscribe(path);
        engine.open_namespace(path);
    }

    fn close_namespace(&self, path: &Arc<str>) {
        let engine = &self.running().engine;
        engine.close_namespace(path);
        engine.link().unsubscribe(path);
        if let Some(shared) = self.shared() {
            shared.sessions.close_namespace(path);
        }
    }

    fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        self.running().engine.link().link.settled()
    }

    fn keeps_sessions(&self) -> bool {
        true
    }

    fn position(&self, path: &Arc<str>) -> Option<Arc<str>> {
        self.shared()?.position(path)
    }

    fn persist(&self, session: Saved) {
        if let Some(shared) = self.shared() {
            shared.sessions.keep(session);
        }
    }

    fn forget(&self, _path: &Arc<str>, secret: &str) {
        if let Some(shared) = self.shared() {
            shared.sessions.forget(secret);
        }
    }

    fn restore(&self, path: &Arc<str>, secret: &str, offset: &str) -> BoxFuture<'static, Option<Saved>> {
        let (running, path, secret, offset) =
            (self.running().clone(), path.clone(), secret.to_owned(), offset.to_owned());
        Box::pin(async move {
            let shared = running.shared()?;
            let _permit = tokio::time::timeout(RECOVERY, shared.replays.acquire()).await.ok()?.ok()?;
            recovered(shared.restore(&path, &secret, &offset)).await
        })
    }

    fn missed(&self, path: &Arc<str>, offset: &str, rooms: &[Room]) -> BoxFuture<'static, Option<Vec<Missed>>> {
        let (running, path, offset, rooms) = (self.running().clone(), path.clone(), offset.parse(), rooms.to_vec());
        Box::pin(async move {
            let (shared, offset) = (running.shared()?, offset.ok()?);
            let _permit = tokio::time::timeout(RECOVERY, shared.replays.acquire()).await.ok()?.ok()?;
            recovered(shared.replay(&path, offset, &rooms)).await
        })
    }
}

/// What Redis has answered in time.
async fn recovered<T>(found: impl Future<Output = Result<Option<T>, AdapterError>>) -> Option<T> {
    match tokio::time::timeout(RECOVERY, found).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            tracing::warn!(%error, "a session was not recovered");
            None
        }
        Err(_) => {
            tracing::warn!("a session was not recovered: Redis has not answered in time");
            None
        }
    }
}

#[cfg(test)]
mod tests;
