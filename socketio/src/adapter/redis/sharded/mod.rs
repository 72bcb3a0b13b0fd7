//! The wire format of `createShardedAdapter` of `@socket.io/redis-adapter`: the cluster protocol over sharded publish and subscribe.

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use bytes::Bytes;

use super::link::{Channel, Link, LinkOptions, Mode, Outgoing, Received};
use crate::adapter::cluster::{self, Body, Engine, Failed, Message, Options, Subscribers, Transport, new_uid};
use crate::adapter::room::Name;
use crate::adapter::{Action, Adapter, AdapterError, Answer, BoxFuture, BoxStream, Health, Node, Question, Room};
use crate::error::Error;

/// Which rooms have a channel of their own: the option `subscriptionMode` of Node's adapter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscriptionMode {
    /// None: every server receives every message of its namespaces. Order holds for all messages of a sender.
    Static,
    /// Each room that has members on the server, but not the sockets' own rooms. The default.
    ///
    /// In a Redis Cluster the channels are on different servers, so that order holds only among messages to the same single room, and among
    /// all other messages.
    #[default]
    Dynamic,
    /// Each room that has members on the server, the sockets' own rooms as well. Order as with [`Dynamic`](Self::Dynamic).
    DynamicPrivate,
}

/// Connects servers through sharded publish and subscribe of Redis, as `createShardedAdapter` of `@socket.io/redis-adapter` does; made by
/// [`Redis::sharded`](super::Redis::sharded). Needs Redis 7 or newer, a single server or a cluster.
///
/// ```no_run
/// use socketio::prelude::*;
/// use socketio::adapter::{Redis, SubscriptionMode};
///
/// # async fn run() -> Result<(), socketio::Error> {
/// let adapter = Redis::new("redis://127.0.0.1:6379").sharded().subscription_mode(SubscriptionMode::Static);
/// # Server::new().adapter(adapter).bind("0.0.0.0:3000").await?;
/// # Ok(())
/// # }
/// ```
pub struct ShardedRedis {
    options: Options,
    link: LinkOptions,
    prefix: String,
    mode: SubscriptionMode,
    running: OnceLock<Arc<Running>>,
}

impl ShardedRedis {
    pub(super) fn new(options: Options, link: LinkOptions) -> Self {
        let (prefix, mode) = ("socket.io".to_owned(), SubscriptionMode::default());
        Self { options, link, prefix, mode, running: OnceLock::new() }
    }

    /// Which rooms have a channel of their own. Default: [`SubscriptionMode::Dynamic`]. The same on all servers of the cluster: otherwise
    /// some do not receive what is for rooms.
    #[must_use]
    pub fn subscription_mode(mut self, mode: SubscriptionMode) -> Self {
        self.mode = mode;
        self
    }

    /// The prefix of all channels. Default: `socket.io`. The same on all servers of the cluster, and on no others of the same Redis.
    #[must_use]
    pub fn channel_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

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
                let link = Link::new(self.link.clone(), Arc::new(receiver));
                let wire = Wire { link, prefix: self.prefix.as_str().into(), uid: uid.clone(), mode: self.mode };
                Running { engine: Engine::new(Arc::new(wire), uid, self.options.clone()) }
            })
        })
    }

    fn wire(&self) -> &Wire {
        self.running().engine.link()
    }
}

impl fmt::Debug for ShardedRedis {
    // URLs may have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ShardedRedis");
        debug.field("prefix", &self.prefix).field("mode", &self.mode).field("options", &self.options);
        debug.finish_non_exhaustive()
    }
}

struct Running {
    engine: Engine<Wire>,
}

impl Running {
    fn receive(&self, received: &Received) {
        let namespace = self.engine.link().namespace(&received.channel);
        self.engine.receive_bytes(&received.payload, namespace);
    }
}

/// The engine's way to Redis.
struct Wire {
    link: Link,
    prefix: Arc<str>,
    uid: Arc<str>,
    mode: SubscriptionMode,
}

impl Wire {
    /// The channel of a namespace, or of one of its rooms or nodes.
    fn name(&self, namespace: &str, part: Option<&str>) -> String {
        match part {
            Some(part) => format!("{}#{namespace}#{part}#", self.prefix),
            None => format!("{}#{namespace}#", self.prefix),
        }
    }

    fn channel(&self, namespace: &str, part: Option<&str>) -> Channel {
        Channel::new(Mode::Sharded, self.name(namespace, part))
    }

    /// The namespace of a channel.
    fn namespace<'a>(&self, channel: &'a str) -> Option<&'a str> {
        let rest = channel.strip_prefix(&*self.prefix)?.strip_prefix('#')?;
        rest.split_once('#').map(|(namespace, _)| namespace)
    }

    /// Whether the members of a room on this node are reached through a channel of the room.
    fn follows(&self, room: &Room) -> bool {
        match self.mode {
            SubscriptionMode::Static => false,
            SubscriptionMode::Dynamic => matches!(room.name(), Name::Text(_)),
            SubscriptionMode::DynamicPrivate => true,
        }
    }

    /// The room on whose channel an event is published, by the rules of Node: it takes names of 20 characters for the ids of sockets.
    fn room_of<'a>(&self, body: &'a Body) -> Option<&'a str> {
        let Body::Broadcast { opts, request: None, .. } = body else { return None };
        let [room] = &opts.rooms[..] else { return None };
        let own = match self.mode {
            SubscriptionMode::Static => false,
            SubscriptionMode::Dynamic => room.encode_utf16().count() != 20,
            SubscriptionMode::DynamicPrivate => true,
        };
        own.then_some(&**room)
    }
}

impl Transport for Wire {
    type Item = Outgoing;

    fn connect(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(self.link.connect())
    }

    fn lost(&self) -> BoxFuture<'_, String> {
        Box::pin(self.link.lost())
    }

    fn publish<'a>(&'a self, items: &'a [Outgoing]) -> BoxFuture<'a, Result<(), Failed>> {
        Box::pin(self.link.publish(items))
    }
}

impl cluster::Link for Wire {
    const HEARTBEATS: bool = false;

    fn encode(&self, message: &Message, asker: Option<&str>) -> Result<(Outgoing, usize), String> {
        let part = if message.body.answers().is_some() { asker } else { self.room_of(&message.body) };
        let channel: Arc<str> = self.name(&message.namespace, part).into();
        let payload: Bytes = message.encode()?;
        let bytes = channel.len() + payload.len();
        Ok((Outgoing { mode: Mode::Sharded, channel, payload }, bytes))
    }

    fn subscribers(&self, namespace: Arc<str>, nodes: Vec<Arc<str>>) -> BoxFuture<'static, Option<Subscribers>> {
        let private = |node: &Arc<str>| self.name(&namespace, Some(node));
        self.link.others(Mode::Sharded, self.name(&namespace, None), nodes, private)
    }
}

impl Adapter for ShardedRedis {
    fn start(&self, node: Node) -> BoxFuture<'static, Result<(), Error>> {
        let checked = self.options.check().and_then(|()| self.link.check());
        let running = self.running().clone();
        Box::pin(async move {
            checked?;
            running.engine.start(node).await.map_err(Error::start)
        })
    }

    fn publish(&self, action: Action) -> Result<(), AdapterError> {
        self.running().engine.publish(action)
    }

    fn ask(&self, question: Question) -> BoxStream<'static, Result<Answer, AdapterError>> {
        self.running().engine.ask(question)
    }

    fn stop(&self) -> BoxFuture<'static, ()> {
        let running = self.running().clone();
        Box::pin(async move {
            running.engine.stop().await;
            running.engine.link().link.close();
        })
    }

    fn health(&self) -> Health {
        self.wire().link.health(self.running().engine.health())
    }

    fn open_namespace(&self, path: &Arc<str>) {
        let wire = self.wire();
        wire.link.subscribe(wire.channel(path, None));
        wire.link.subscribe(wire.channel(path, Some(&wire.uid)));
        self.running().engine.open_namespace(path);
    }

    fn close_namespace(&self, path: &Arc<str>) {
        self.running().engine.close_namespace(path);
        let wire = self.wire();
        wire.link.unsubscribe(wire.channel(path, None));
        wire.link.unsubscribe(wire.channel(path, Some(&wire.uid)));
    }

    fn follows_rooms(&self) -> bool {
        self.mode != SubscriptionMode::Static
    }

    fn open_room(&self, path: &Arc<str>, room: &Room) {
        if self.wire().follows(room) {
            self.wire().link.subscribe(self.wire().channel(path, Some(room)));
        }
    }

    fn close_room(&self, path: &Arc<str>, room: &Room) {
        if self.wire().follows(room) {
            self.wire().link.unsubscribe(self.wire().channel(path, Some(room)));
        }
    }

    fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        self.wire().link.settled()
    }
}
