//! How messages of the cluster protocol travel through PostgreSQL: as the payload of a notification, or as a row that a notification names.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio_postgres::Config;
use tokio_postgres::types::Type;

use super::connection::{Connections, Inbox, Parameter, reason};
use super::settings::{Settings, quoted};
use crate::adapter::cluster::{Engine, Failed, Link, Message, Subscribers, Transport};
use crate::adapter::remote::BoxFuture;

/// How long the server may take to publish, or to say who is connected.
const PATIENCE: Duration = Duration::from_secs(10);

/// What stands before the uid in the name of the connection that listens. Nodes see from it who is connected.
const APPLICATION: &str = "socketio:";

/// A message as it is published.
pub(super) struct Outgoing {
    channel: String,
    content: Content,
}

enum Content {
    /// The payload of the notification.
    Text(String),
    /// A row, and what its notification has before and after the number of the row.
    Row { payload: Vec<u8>, before: String, after: String },
}

/// The connections to PostgreSQL, and what they are to listen to.
pub(super) struct PostgresLink {
    config: Config,
    settings: Settings,
    uid: Arc<str>,
    /// The namespaces that the node has.
    namespaces: Mutex<BTreeSet<Arc<str>>>,
    connections: Mutex<Option<Arc<Connections>>>,
    inbox: OnceLock<Inbox>,
    /// Why the connections are lost.
    lost: Arc<watch::Sender<Option<String>>>,
    /// How many changes of `namespaces` are not yet in effect.
    pending: Arc<watch::Sender<usize>>,
    /// What is listened to. Statements are carried out one after another.
    listening: Arc<tokio::sync::Mutex<BTreeSet<Arc<str>>>>,
}

impl PostgresLink {
    pub(super) fn new(mut config: Config, settings: Settings, uid: Arc<str>) -> Self {
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        config
            .keepalives_idle(Duration::from_secs(10))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(2);
        Self {
            config,
            settings,
            uid,
            namespaces: Mutex::default(),
            connections: Mutex::default(),
            inbox: OnceLock::new(),
            lost: Arc::new(watch::Sender::new(None)),
            pending: Arc::new(watch::Sender::new(0)),
            listening: Arc::default(),
        }
    }

    /// What arrives goes to the engine from now on, as long as it is there.
    pub(super) fn deliver_to(&self, engine: &Engine<Self>) {
        let (engine, prefix) = (engine.weak(), format!("{}#", self.settings.prefix));
        let _ = self.inbox.set(Arc::new(move |channel: &str, payload: &Bytes| {
            if let Some(engine) = engine.upgrade() {
                engine.receive_bytes(payload, channel.strip_prefix(&prefix));
            }
        }));
    }

    fn connections(&self) -> Option<Arc<Connections>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn namespaces(&self) -> BTreeSet<Arc<str>> {
        self.namespaces.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The node has a namespace from now on.
    pub(super) fn open(self: &Arc<Self>, namespace: &Arc<str>) {
        self.namespaces.lock().unwrap_or_else(PoisonError::into_inner).insert(namespace.clone());
        self.changed();
    }

    /// The node has the namespace no more.
    pub(super) fn shut(self: &Arc<Self>, namespace: &Arc<str>) {
        self.namespaces.lock().unwrap_or_else(PoisonError::into_inner).remove(namespace);
        self.changed();
    }

    /// Carries out a change of the namespaces. Before the start there is nothing to do.
    fn changed(self: &Arc<Self>) {
        let Some(connections) = self.connections() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        self.pending.send_modify(|pending| *pending += 1);
        let link = self.clone();
        runtime.spawn(async move {
            // A failure means that the connection is lost: the next one listens to everything.
            let _ = link.listen(&connections).await;
            link.pending.send_modify(|pending| *pending -= 1);
        });
    }

    /// Listens to the channels of all namespaces of the node, and to no others.
    async fn listen(&self, connections: &Connections) -> Result<(), String> {
        let mut listening = self.listening.lock().await;
        let wanted = self.namespaces();
        let mut statements = String::new();
        for namespace in wanted.symmetric_difference(&listening) {
            match self.settings.channel(namespace) {
                Ok(channel) => {
                    let verb = if wanted.contains(namespace) { "LISTEN" } else { "UNLISTEN" };
                    statements.push_str(&format!("{verb} {};", quoted(&channel)));
                }
                Err(error) => tracing::error!(%namespace, %error, "the namespace is not connected with other nodes"),
            }
        }
        if !statements.is_empty() {
            connections.listener.batch_execute(&statements).await.map_err(|error| reason(&error))?;
        }
        *listening = wanted;
        Ok(())
    }

    /// A future that is done when all namespaces are listened to; `None` if they are.
    pub(super) fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        let mut pending = self.pending.subscribe();
        if *pending.borrow() == 0 {
            return None;
        }
        Some(Box::pin(async move { drop(pending.wait_for(|pending| *pending == 0).await) }))
    }

    /// Removes old rows from now on, as long as the link is there.
    pub(super) fn clean_up(&self, link: Weak<Self>) {
        let Settings { cleanup_interval, .. } = self.settings;
        let table = self.settings.quoted_table();
        let statement = format!("DELETE FROM {table} WHERE created_at < now() - $1::bigint * interval '1 millisecond'");
        tokio::spawn(async move {
            let age = i64::try_from(cleanup_interval.as_millis()).unwrap_or(i64::MAX);
            loop {
                tokio::time::sleep(cleanup_interval).await;
                let Some(link) = link.upgrade() else { return };
                let Some(connections) = link.connections() else { continue };
                if let Err(error) = connections.notifier.execute_typed(&statement, &[(&age, Type::INT8)]).await {
                    tracing::debug!(error = reason(&error), "old rows are not removed");
                }
            }
        });
    }

    /// Closes the connections.
    pub(super) fn close(&self) {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    async fn reconnect(&self) -> Result<(), String> {
        self.close();
        let _ = self.lost.send_replace(None);
        let application = format!("{APPLICATION}{}", self.uid);
        let inbox = self.inbox.get().cloned();
        let connections =
            Connections::open(&self.config, &application, &self.settings, inbox, self.lost.clone(), self.uid.clone())
                .await?;
        self.listening.lock().await.clear();
        self.listen(&connections).await?;
        *self.connections.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(connections));
        // A namespace that was opened meanwhile.
        match self.connections() {
            Some(connections) => self.listen(&connections).await,
            None => Ok(()),
        }
    }

    async fn publish_one(&self, connections: &Connections, item: &Outgoing) -> Result<(), tokio_postgres::Error> {
        let Outgoing { channel, content } = item;
        match content {
            Content::Text(payload) => {
                let parameters: [Parameter<'_>; 2] = [(channel, Type::TEXT), (payload, Type::TEXT)];
                connections.notifier.execute_typed("SELECT pg_notify($1, $2)", &parameters).await?;
            }
            Content::Row { payload, before, after } => {
                let table = self.settings.quoted_table();
                let statement = format!(
                    "WITH row AS (INSERT INTO {table} (payload) VALUES ($1) RETURNING id) SELECT pg_notify($2, $3 || id || $4) FROM row"
                );
                let parameters: [Parameter<'_>; 4] =
                    [(payload, Type::BYTEA), (channel, Type::TEXT), (before, Type::TEXT), (after, Type::TEXT)];
                connections.notifier.execute_typed(&statement, &parameters).await?;
            }
        }
        Ok(())
    }
}

impl Transport for PostgresLink {
    type Item = Outgoing;

    fn connect(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(self.reconnect())
    }

    fn lost(&self) -> BoxFuture<'_, String> {
        let mut lost = self.lost.subscribe();
        Box::pin(async move {
            let reason = lost.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
            reason.unwrap_or_else(|| "closed".to_owned())
        })
    }

    fn publish<'a>(&'a self, items: &'a [Outgoing]) -> BoxFuture<'a, Result<(), Failed>> {
        Box::pin(async move {
            let connections = self.connections().filter(|connections| !connections.notifier.is_closed());
            let Some(connections) = connections else {
                return Err(Failed { done: 0, dropped: 0, lost: true, reason: "not connected".to_owned() });
            };
            // They are sent in this order at once, on one connection: the answers are awaited afterwards.
            let all = join_all(items.iter().map(|item| self.publish_one(&connections, item)));
            let Ok(results) = tokio::time::timeout(PATIENCE, all).await else {
                let reason = "PostgreSQL does not answer".to_owned();
                return Err(Failed { done: items.len(), dropped: items.len(), lost: true, reason });
            };
            let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
            let Some(first) = errors.first() else { return Ok(()) };
            // What was on its way when the connection broke may have arrived, and must not arrive twice.
            Err(Failed {
                done: items.len(),
                dropped: errors.len(),
                lost: connections.notifier.is_closed(),
                reason: reason(first),
            })
        })
    }
}

impl Link for PostgresLink {
    const HEARTBEATS: bool = true;

    fn encode(&self, message: &Message, _asker: Option<&str>) -> Result<(Outgoing, usize), String> {
        let channel = self.settings.channel(&message.namespace)?;
        if !message.body.is_binary() {
            let json = message.json();
            if json.len() < self.settings.payload_threshold {
                let bytes = json.len();
                return Ok((Outgoing { channel, content: Content::Text(json) }, bytes));
            }
        }
        let payload = Vec::from(message.msgpack()?);
        let bytes = payload.len();
        let before = format!("{{\"uid\":\"{}\",\"type\":{},\"attachmentId\":\"", message.uid, message.body.kind());
        let content = Content::Row { payload, before, after: "\"}".to_owned() };
        Ok((Outgoing { channel, content }, bytes))
    }

    /// PostgreSQL knows who is connected: nodes of ours name their connections.
    fn subscribers(&self, _: Arc<str>, nodes: Vec<Arc<str>>) -> BoxFuture<'static, Option<Subscribers>> {
        let connections = self.connections().filter(|_| !nodes.is_empty());
        let uid = self.uid.clone();
        Box::pin(async move {
            let Some(connections) = connections else { return Some(Subscribers::default()) };
            let statement = "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE $1";
            let pattern = format!("{APPLICATION}%");
            let parameters: [Parameter<'_>; 1] = [(&pattern, Type::TEXT)];
            let rows = connections.notifier.query_typed(statement, &parameters);
            let Ok(Ok(rows)) = tokio::time::timeout(PATIENCE, rows).await else { return Some(Subscribers::default()) };
            let names: BTreeSet<String> = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
            let is_there = |uid: &str| names.contains(&format!("{APPLICATION}{uid}"));
            // Behind a pooler the names may be others: then this node is missing too.
            let gone =
                if is_there(&uid) { nodes.into_iter().filter(|node| !is_there(node)).collect() } else { Vec::new() };
            Some(Subscribers { others: None, gone })
        })
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
