//! A full peer of python-socketio's Redis managers: the same messages on the same channel.
//!
//! `codec` is the format, `calls` the acknowledgements that this node waits for.

mod calls;
mod codec;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;

use super::link::{Channel, Link, LinkOptions, Mode, Outgoing, Received};
use crate::adapter::cluster::{
    Engine, Failed, Link as ClusterLink, Message, Options, Opts, Transport, cluster_options, new_uid,
};
use crate::adapter::{Action, Adapter, AdapterError, Answer, BoxFuture, BoxStream, Health, Node, Question, Selection};
use crate::engine::Id;
use crate::error::Error;
use crate::log::warn_rarely;
use crate::packet::Packet;
use calls::Calls;
use codec::{Callback, Incoming};

/// How long the sockets of this node may take to answer an event of another node, which does not say how long it waits. Python's `call` waits
/// 60 s unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many such events may be unanswered at once. Past it, events are delivered, and their acknowledgements are not passed on.
const ANSWERING: usize = 10_000;

/// Connects servers with those of python-socketio, through Redis: a full peer of its `RedisManager` and `AsyncRedisManager` 5.14 or newer, also
/// of write-only ones. Needs Redis 6 or newer and the feature `redis`.
///
/// ```no_run
/// use socketio::prelude::*;
/// use socketio::adapter::PythonRedis;
///
/// # async fn run() -> Result<(), socketio::Error> {
/// let server = Server::new().adapter(PythonRedis::new("redis://127.0.0.1:6379").channel("socketio"));
/// # server.bind("0.0.0.0:3000").await?;
/// # Ok(())
/// # }
/// ```
///
/// What python-socketio has no message for works between servers in Rust only, because servers in Python ignore it: `fetch_sockets`,
/// `fetch_count`, server-side events, presence, `except` with rooms other than those of single sockets, and join, leave and disconnect for
/// other targets than a single socket. `Target::leave` of a room that the target consists of is `close_room`.
///
/// Acknowledgements: an event to one socket ends with its answer. An event to a room that has members elsewhere waits for the whole timeout, because nodes in Python do not
/// tell how many of their clients were asked. Acknowledgements with bytes do not reach servers in Python.
///
/// Python's `None` as the only argument is no argument. python-socketio up to 5.13 writes pickled messages, which are ignored and logged;
/// 5.14 and 5.15.0 do not tell a list from several arguments.
pub struct PythonRedis {
    options: Options,
    link: LinkOptions,
    channel: String,
    running: OnceLock<Arc<Running>>,
}

impl PythonRedis {
    /// One Redis server, such as `redis://127.0.0.1:6379/0`. An invalid URL is an error at start.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        let link = LinkOptions::new(vec![url.into()], false);
        Self { options: Options::default(), link, channel: "socketio".to_owned(), running: OnceLock::new() }
    }

    /// The channel of all messages. Default: `socketio`. The same on all servers of the cluster, and on no others of the same Redis.
    #[must_use]
    pub fn channel(mut self, channel: impl Into<String>) -> Self {
        self.channel = channel.into();
        self
    }

    cluster_options!();

    fn running(&self) -> &Arc<Running> {
        self.running.get_or_init(|| Running::new(self.options.clone(), self.link.clone(), &self.channel))
    }
}

impl fmt::Debug for PythonRedis {
    // URLs may have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PythonRedis")
            .field("channel", &self.channel)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The way to Redis.
struct Wire {
    link: Link,
    channel: Arc<str>,
}

impl Wire {
    fn item(&self, text: String) -> (Outgoing, usize) {
        let bytes = self.channel.len() + text.len();
        (Outgoing { mode: Mode::Plain, channel: self.channel.clone(), payload: Bytes::from(text) }, bytes)
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

impl ClusterLink for Wire {
    const HEARTBEATS: bool = false;

    fn encode(&self, message: &Message, _asker: Option<&str>) -> Result<(Outgoing, usize), String> {
        codec::message(message).map(|text| self.item(text)).ok_or_else(|| "the packet is no event".to_owned())
    }
}

/// The adapter of one server.
struct Running {
    engine: Engine<Wire>,
    uid: Arc<str>,
    calls: Arc<Calls>,
    answering: AtomicUsize,
}

impl Running {
    fn new(options: Options, link: LinkOptions, channel: &str) -> Arc<Self> {
        let uid: Arc<str> = format!("{}{}", new_uid(), new_uid()).into();
        Arc::new_cyclic(|running: &Weak<Self>| {
            let running = running.clone();
            let receiver = move |received: Received| {
                if let Some(running) = running.upgrade() {
                    running.receive(&received.payload);
                }
            };
            let wire = Wire { link: Link::new(link, Arc::new(receiver)), channel: channel.into() };
            wire.link.subscribe(Channel::new(Mode::Plain, channel));
            let engine = Engine::new(Arc::new(wire), uid.clone(), options);
            Self { engine, uid, calls: Arc::default(), answering: AtomicUsize::new(0) }
        })
    }

    fn receive(self: &Arc<Self>, payload: &Bytes) {
        match codec::decode(payload, &self.uid) {
            Ok(Some(Incoming::Message(message))) => self.engine.receive(message, None),
            Ok(Some(Incoming::Call { packet, opts, callback })) => self.answer(packet, opts, callback),
            Ok(Some(Incoming::Answer { request, reply })) => self.calls.answer(&request, reply),
            Ok(None) => {}
            Err(error) => {
                let bytes = payload.len();
                warn_rarely!(%error, bytes, "a message on the channel of the cluster cannot be read");
            }
        }
    }

    /// Delivers an event of another node, and sends it the acknowledgements.
    fn answer(self: &Arc<Self>, packet: Packet, opts: Opts, callback: Callback) {
        let Some(node) = self.engine.node().filter(|_| self.engine.has_namespace(packet.namespace())) else { return };
        if self.answering.fetch_add(1, Ordering::Relaxed) >= ANSWERING {
            warn_rarely!(
                limit = ANSWERING,
                "too many events of other nodes wait for acknowledgements: one was delivered without"
            );
            self.answering.fetch_sub(1, Ordering::Relaxed);
            node.apply(Action::Broadcast { to: opts.into(), packet, offset: None });
            return;
        }
        // The event is delivered here, in order with those that follow; only the acknowledgements are waited for.
        let mut answers = node.answer(Question::Call { to: opts.into(), packet, timeout: PATIENCE });
        let running = self.clone();
        tokio::spawn(async move {
            while let Some(answer) = answers.next().await {
                if let Answer::Acknowledged { reply: Ok(reply), .. } = answer {
                    running.reply(&callback, &reply);
                }
            }
            running.answering.fetch_sub(1, Ordering::Relaxed);
        });
    }

    fn reply(&self, callback: &Callback, reply: &crate::adapter::Reply) {
        match codec::answer(callback, reply) {
            // A full queue is logged there.
            Some(text) => drop(self.send(text, false)),
            None => warn_rarely!("an acknowledgement with bytes cannot be passed on to a server in Python"),
        }
    }

    fn send(&self, text: String, volatile: bool) -> Result<(), AdapterError> {
        let (item, bytes) = self.engine.link().item(text);
        self.engine.queue().push(item, bytes, volatile)
    }

    /// Asks sockets of other nodes for acknowledgements.
    fn call(
        &self,
        to: Selection,
        packet: &Packet,
        timeout: Duration,
    ) -> BoxStream<'static, Result<Answer, AdapterError>> {
        let opts = Opts::from(to);
        let socket = codec::socket(&opts);
        let is_here = |id: &str| self.engine.node().is_some_and(|node| node.has_members(packet.namespace(), Some(id)));
        if socket.is_some_and(is_here) {
            return Box::pin(futures_util::stream::empty());
        }
        let failed = |error| -> BoxStream<'static, _> { Box::pin(futures_util::stream::iter([Err(error)])) };
        let (request, answers) = match self.calls.begin(socket.and_then(Id::parse), timeout) {
            Ok(begun) => begun,
            Err(error) => return failed(error),
        };
        let Some(text) = codec::emit(&self.uid, packet, &opts, Some(&request)) else {
            return failed(AdapterError::Other("the packet is no event".to_owned()));
        };
        match self.send(text, false) {
            Ok(()) => answers,
            Err(error) => failed(error),
        }
    }
}

/// An action as those that Python has messages for: one for each socket and room.
fn split(action: Action) -> Vec<Action> {
    let only_sockets = |sockets: &Selection| {
        let ids = sockets.rooms.iter().all(|room| Id::parse(room).is_some());
        ids && !sockets.rooms.is_empty() && sockets.except.is_empty() && sockets.skip.is_none()
    };
    let each = |sockets: &Selection| -> Vec<Selection> {
        if !only_sockets(sockets) {
            return vec![sockets.clone()];
        }
        sockets.rooms.iter().map(|room| Selection { rooms: vec![room.clone()], ..sockets.clone() }).collect()
    };
    match action {
        Action::Join { namespace, sockets, rooms } if only_sockets(&sockets) => each(&sockets)
            .into_iter()
            .flat_map(|sockets| rooms.iter().map(move |room| (sockets.clone(), vec![room.clone()])))
            .map(|(sockets, rooms)| Action::Join { namespace: namespace.clone(), sockets, rooms })
            .collect(),
        Action::Leave { namespace, sockets, rooms } if only_sockets(&sockets) => each(&sockets)
            .into_iter()
            .flat_map(|sockets| rooms.iter().map(move |room| (sockets.clone(), vec![room.clone()])))
            .map(|(sockets, rooms)| Action::Leave { namespace: namespace.clone(), sockets, rooms })
            .collect(),
        Action::Disconnect { namespace, sockets, close } => each(&sockets)
            .into_iter()
            .map(|sockets| Action::Disconnect { namespace: namespace.clone(), sockets, close })
            .collect(),
        action => vec![action],
    }
}

impl Adapter for PythonRedis {
    fn start(&self, node: Node) -> BoxFuture<'static, Result<(), Error>> {
        let checked = self.options.check().and_then(|()| self.link.check());
        let running = self.running().clone();
        Box::pin(async move {
            checked?;
            running.engine.start(node).await.map_err(Error::start)
        })
    }

    fn publish(&self, action: Action) -> Result<(), AdapterError> {
        split(action).into_iter().try_for_each(|action| self.running().engine.publish(action))
    }

    fn ask(&self, question: Question) -> BoxStream<'static, Result<Answer, AdapterError>> {
        match question {
            Question::Call { to, packet, timeout } => self.running().call(to, &packet, timeout),
            question => self.running().engine.ask(question),
        }
    }

    fn stop(&self) -> BoxFuture<'static, ()> {
        let running = self.running().clone();
        Box::pin(async move {
            running.engine.stop().await;
            running.engine.link().link.close();
        })
    }

    fn health(&self) -> Health {
        self.running().engine.link().link.health(self.running().engine.health())
    }

    fn open_namespace(&self, path: &Arc<str>) {
        self.running().engine.open_namespace(path);
    }

    fn close_namespace(&self, path: &Arc<str>) {
        self.running().engine.close_namespace(path);
    }

    fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        self.running().engine.link().link.settled()
    }
}
