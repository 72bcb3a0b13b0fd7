//! How messages of the cluster protocol travel through NATS: a subject for each namespace, and one for each node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, PublishErrorKind, RequestErrorKind, ServerAddr, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::adapter::cluster::{Backoff, Engine, Failed, Link, Message, Subscribers, Transport};
use crate::adapter::remote::BoxFuture;
use crate::log::warn_rarely;

/// How long a server may take to connect, and to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a node may take to say that it is there.
const PROBE: Duration = Duration::from_secs(1);

/// Takes what arrives.
type Inbox = Arc<dyn Fn(&Bytes) + Send + Sync>;

/// The servers of a list of URLs.
pub(super) fn servers(urls: &str) -> Result<Vec<ServerAddr>, String> {
    let parsed = urls.split(',').map(|url| url.trim().parse::<ServerAddr>());
    // The text of the error may repeat the URL, which may have a password.
    parsed.collect::<Result<_, _>>().map_err(|_| "not a URL such as \"nats://localhost:4222\"".to_owned())
}

/// A namespace's path as a part of a subject. Different paths stay different.
fn part(path: &str) -> String {
    let mut part = String::with_capacity(path.len() + 2);
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => part.push(byte.into()),
            _ => part.push_str(&format!("%{byte:02X}")),
        }
    }
    part
}

/// The connection to NATS. It reconnects by itself, and subscribes again.
pub(super) struct NatsLink {
    urls: String,
    prefix: String,
    uid: Arc<str>,
    state: Arc<Mutex<State>>,
    inbox: OnceLock<Inbox>,
    connected: Arc<watch::Sender<bool>>,
    /// How many subscriptions are not known to be in effect.
    pending: Arc<watch::Sender<usize>>,
}

#[derive(Default)]
struct State {
    client: Option<Client>,
    /// The namespaces of the node, with the task that receives for each while there is a client.
    namespaces: HashMap<Arc<str>, Option<JoinHandle<()>>>,
    own: Option<JoinHandle<()>>,
}

impl Drop for State {
    fn drop(&mut self) {
        self.own.iter().chain(self.namespaces.values().flatten()).for_each(JoinHandle::abort);
    }
}

/// A message as it is published.
pub(super) struct Outgoing {
    subject: String,
    payload: Bytes,
}

impl NatsLink {
    pub(super) fn new(urls: String, prefix: String, uid: Arc<str>) -> Self {
        Self {
            urls,
            prefix,
            uid,
            state: Arc::default(),
            inbox: OnceLock::new(),
            connected: Arc::new(watch::Sender::new(false)),
            pending: Arc::new(watch::Sender::new(0)),
        }
    }

    /// What arrives goes to the engine from now on, as long as it is there.
    pub(super) fn deliver_to(&self, engine: &Engine<Self>) {
        let engine = engine.weak();
        let _ = self.inbox.set(Arc::new(move |payload: &Bytes| {
            if let Some(engine) = engine.upgrade() {
                engine.receive_bytes(payload, None);
            }
        }));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn client(&self) -> Option<Client> {
        self.state().client.clone()
    }

    fn subject(&self, namespace: &str) -> String {
        format!("{}.nsp.{}", self.prefix, part(namespace))
    }

    fn own_subject(&self, uid: &str) -> String {
        format!("{}.node.{uid}", self.prefix)
    }

    /// The node has a namespace from now on. Before the start there is nothing else to do.
    pub(super) fn open(&self, namespace: &Arc<str>) {
        let mut state = self.state();
        let client = state.client.clone();
        let task = client.and_then(|client| self.listen(client, namespace));
        if let Some(Some(old)) = state.namespaces.insert(namespace.clone(), task) {
            old.abort();
        }
    }

    /// The node has the namespace no more.
    pub(super) fn shut(&self, namespace: &Arc<str>) {
        if let Some(Some(task)) = self.state().namespaces.remove(namespace) {
            // Dropping the subscription ends it.
            task.abort();
        }
    }

    /// Subscribes in a task, which receives from then on.
    fn listen(&self, client: Client, namespace: &str) -> Option<JoinHandle<()>> {
        let runtime = tokio::runtime::Handle::try_current().ok()?;
        let (subject, inbox) = (self.subject(namespace), self.inbox.get().cloned()?);
        let pending = Pending::new(self.pending.clone());
        let nobody = self.nobody();
        Some(runtime.spawn(async move {
            match client.subscribe(subject).await {
                Ok(subscription) => {
                    let _ = round_trip(&client, nobody).await;
                    drop(pending);
                    receive(subscription, inbox, client).await;
                }
                Err(error) => tracing::error!(%error, "the namespace is not connected with other nodes"),
            }
        }))
    }

    /// A subject that nobody subscribes to.
    fn nobody(&self) -> String {
        format!("{}.nobody.{}", self.prefix, self.uid)
    }

    /// A future that is done when all subscriptions are in effect; `None` if they are.
    pub(super) fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        let mut pending = self.pending.subscribe();
        if *pending.borrow() == 0 {
            return None;
        }
        Some(Box::pin(async move { drop(pending.wait_for(|pending| *pending == 0).await) }))
    }

    /// Closes the connection.
    pub(super) fn close(&self) {
        *self.state() = State::default();
    }

    /// Connects for the first time, and subscribes to everything.
    async fn connect_first(&self) -> Result<(), String> {
        let (connected, name) = (self.connected.clone(), format!("socketio {}", self.uid));
        let options = ConnectOptions::new()
            .name(name)
            .no_echo()
            .connection_timeout(PATIENCE)
            .request_timeout(Some(PATIENCE))
            .ping_interval(Duration::from_secs(10))
            .reconnect_delay_callback(|attempts| {
                let mut backoff = Backoff::default();
                (1..attempts.min(10)).for_each(|_| _ = backoff.next());
                backoff.next()
            })
            .event_callback(move |event| {
                match event {
                    Event::Connected => drop(connected.send_replace(true)),
                    Event::Disconnected | Event::Closed => drop(connected.send_replace(false)),
                    Event::SlowConsumer(_) => {
                        warn_rarely!("messages of other nodes are dropped: they come faster than they are delivered");
                    }
                    _ => {}
                }
                std::future::ready(())
            });
        let client = options.connect(servers(&self.urls)?).await.map_err(|error| error.to_string())?;
        let inbox = self.inbox.get().cloned().ok_or_else(|| "not started".to_owned())?;
        let own = client.subscribe(self.own_subject(&self.uid)).await.map_err(|error| error.to_string())?;
        let own = tokio::spawn(receive(own, inbox, client.clone()));
        {
            let mut state = self.state();
            state.client = Some(client.clone());
            state.own = Some(own);
            let namespaces: Vec<Arc<str>> = state.namespaces.keys().cloned().collect();
            for namespace in namespaces {
                let task = self.listen(client.clone(), &namespace);
                state.namespaces.insert(namespace, task);
            }
        }
        if let Some(settled) = self.settled() {
            tokio::time::timeout(PATIENCE, settled).await.map_err(|_| "the server does not answer".to_owned())?;
        }
        self.connected.send_replace(true);
        Ok(())
    }

    /// Waits until the client has connected again by itself; its subscriptions are then in effect.
    async fn reconnect(&self, client: &Client) -> Result<(), String> {
        let mut connected = self.connected.subscribe();
        let waited = tokio::time::timeout(PATIENCE, connected.wait_for(|connected| *connected)).await;
        waited.map_err(|_| "the server is not there".to_owned())?.map_err(|error| error.to_string())?;
        round_trip(client, self.nobody()).await
    }
}

/// A subscription that is not known to be in effect.
struct Pending(Arc<watch::Sender<usize>>);

impl Pending {
    fn new(count: Arc<watch::Sender<usize>>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Waits until the server has carried out everything before: it answers at once that nobody is there.
async fn round_trip(client: &Client, nobody: String) -> Result<(), String> {
    match client.request(nobody, Bytes::new()).await {
        Err(error) if error.kind() != RequestErrorKind::NoResponders => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// Hands over what arrives. A message that wants a reply asks whether the node is there.
async fn receive(mut subscription: Subscriber, inbox: Inbox, client: Client) {
    while let Some(message) = subscription.next().await {
        match message.reply {
            Some(reply) => drop(client.publish(reply, Bytes::new()).await),
            None => inbox(&message.payload),
        }
    }
}

impl Transport for NatsLink {
    type Item = Outgoing;

    fn connect(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async {
            match self.client() {
                Some(client) => self.reconnect(&client).await,
                None => self.connect_first().await,
            }
        })
    }

    fn lost(&self) -> BoxFuture<'_, String> {
        let mut connected = self.connected.subscribe();
        Box::pin(async move {
            let _ = connected.wait_for(|connected| !connected).await;
            "the connection is closed".to_owned()
        })
    }

    fn publish<'a>(&'a self, items: &'a [Outgoing]) -> BoxFuture<'a, Result<(), Failed>> {
        Box::pin(async move {
            let Some(client) = self.client().filter(|_| *self.connected.borrow()) else {
                return Err(Failed { done: 0, dropped: 0, lost: true, reason: "not connected".to_owned() });
            };
            for (at, Outgoing { subject, payload }) in items.iter().enumerate() {
                if let Err(error) = client.publish(subject.clone(), payload.clone()).await {
                    let lost = error.kind() == PublishErrorKind::Send;
                    // The message is not sent; one that is too large never will be.
                    let (done, dropped) = if lost { (at, 0) } else { (at + 1, 1) };
                    return Err(Failed { done, dropped, lost, reason: error.to_string() });
                }
            }
            let reason = match tokio::time::timeout(PATIENCE, client.flush()).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "the server takes nothing".to_owned(),
            };
            // The client has the messages, and sends them when it is connected again.
            Err(Failed { done: items.len(), dropped: 0, lost: !*self.connected.borrow(), reason })
        })
    }
}

impl Link for NatsLink {
    const HEARTBEATS: bool = true;

    fn encode(&self, message: &Message, asker: Option<&str>) -> Result<(Outgoing, usize), String> {
        let payload = message.encode()?;
        let bytes = payload.len();
        let subject = match asker {
            Some(uid) => self.own_subject(uid),
            None => self.subject(&message.namespace),
        };
        Ok((Outgoing { subject, payload }, bytes))
    }

    /// The server knows at once whether a node subscribes to its own subject.
    fn subscribers(&self, _: Arc<str>, nodes: Vec<Arc<str>>) -> BoxFuture<'static, Option<Subscribers>> {
        let client = self.client();
        let subjects: Vec<_> = nodes.into_iter().map(|uid| (self.own_subject(&uid), uid)).collect();
        Box::pin(async move {
            let Some(client) = client else { return Some(Subscribers::default()) };
            let probes = subjects.into_iter().map(|(subject, uid)| {
                let request = async_nats::Request::new().timeout(Some(PROBE));
                let client = client.clone();
                async move {
                    let answer = client.send_request(subject, request).await;
                    let absent = answer.is_err_and(|error| error.kind() == RequestErrorKind::NoResponders);
                    absent.then_some(uid)
                }
            });
            let gone = join_all(probes).await.into_iter().flatten().collect();
            Some(Subscribers { others: None, gone })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_become_one_part_of_a_subject() {
        for (path, expected) in
            [("/", "%2F"), ("/chat", "%2Fchat"), ("/a.b *>", "%2Fa%2Eb%20%2A%3E"), ("/é", "%2F%C3%A9")]
        {
            assert_eq!(part(path), expected);
        }
    }

    proptest! {
        #[test]
        fn different_paths_stay_different(a: String, b: String) {
            prop_assert_eq!(a == b, part(&a) == part(&b));
            prop_assert!(part(&a).bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_%".contains(&byte)));
        }
    }
}
