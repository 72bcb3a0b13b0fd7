//! The link to Redis: publishes in order, subscribes, and comes back when the connection is lost. It knows nothing of namespaces and rooms.
//!
//! | file | has |
//! |---|---|
//! | `connection` | the two connections to one server |
//! | `keeper` | the task that opens connections, carries out subscriptions and pings |
//! | `publish` | publishes in order |
//! | `shared` | what the tasks share |
//! | `slots` | which server of a cluster has a channel |
//! | `subscriptions` | which channels are wanted, and where they are in effect |

mod connection;
mod keeper;
mod publish;
mod shared;
mod slots;
mod subscriptions;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{IntoConnectionInfo as _, RedisError, Value};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::adapter::cluster::{Failed, Subscribers};
use crate::adapter::{AdapterError, BoxFuture, Health};

pub(super) use connection::{Received, Receiver};
pub(super) use shared::{LinkOptions, Outgoing};
pub(super) use slots::Address;
pub(super) use subscriptions::{Channel, Mode};

use keeper::Keeper;
use shared::{Routes, Shared};
use subscriptions::Subscriptions;

/// A link to a Redis server or to a cluster. Ends when it is dropped.
pub(super) struct Link {
    shared: Arc<Shared>,
    /// Why the URLs cannot be used.
    mistake: Option<String>,
    keeper: Mutex<Option<JoinHandle<()>>>,
}

impl Link {
    /// A link that is not yet connected. `receiver` takes all messages.
    pub(super) fn new(options: LinkOptions, receiver: Receiver) -> Self {
        let (mut servers, mut mistake) = (Vec::new(), None);
        for url in &options.urls {
            match url.as_str().into_connection_info() {
                Ok(server) => servers.push(server),
                // The URL itself is not repeated, because it may have a password.
                Err(error) => mistake = Some(format!("not a URL such as \"redis://127.0.0.1:6379\": {error}")),
            }
        }
        if servers.is_empty() {
            mistake.get_or_insert_with(|| "a Redis Cluster needs the URL of at least one of its servers".to_owned());
        }
        let wake = Arc::new(Notify::new());
        let shared = Shared {
            servers,
            options,
            receiver,
            subscriptions: Subscriptions::new(wake.clone()),
            routes: watch::Sender::new(Routes::default()),
            wake,
            state: Mutex::default(),
        };
        Self { shared: Arc::new(shared), mistake, keeper: Mutex::default() }
    }

    /// Connects, carries out the subscriptions that are wanted by now, and keeps all that from then on. Later calls wait until all servers are
    /// connected and all subscriptions are in effect again.
    ///
    /// # Errors
    /// The first time: if a URL is none of Redis, or the server, or a master of the cluster, cannot be reached.
    pub(super) async fn connect(&self) -> Result<(), String> {
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone());
        }
        let started = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if started {
            // The link keeps the other end.
            let _ = self.shared.routes.subscribe().wait_for(|routes| routes.complete).await;
            return Ok(());
        }
        let mut keeper = Keeper::new(self.shared.clone());
        keeper.begin().await.map_err(|error| format!("Redis cannot be reached: {error}"))?;
        *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(tokio::spawn(keeper.run()));
        Ok(())
    }

    /// Waits until a server is away, and says why.
    pub(super) async fn lost(&self) -> String {
        let _ = self.shared.routes.subscribe().wait_for(|routes| !routes.complete).await;
        self.shared.why()
    }

    /// Publishes messages: those of one server in this order, and those of several servers at once. One task calls this.
    ///
    /// # Errors
    /// Before anything is published if a server is away, or its subscriptions are not all in effect. Afterwards if messages were lost, because
    /// the connection broke before they were confirmed, or because Redis does not accept them; the others are published.
    pub(super) async fn publish(&self, messages: &[Outgoing]) -> Result<(), Failed> {
        publish::publish(&self.shared, messages).await
    }

    /// Subscribes to a channel. In effect when [`settled`](Self::settled) is done.
    pub(super) fn subscribe(&self, channel: Channel) {
        self.shared.subscriptions.set(channel, true);
    }

    /// Ends a subscription.
    pub(super) fn unsubscribe(&self, channel: Channel) {
        self.shared.subscriptions.set(channel, false);
    }

    /// Done when the changes of subscriptions so far are in effect; `None` if they are.
    pub(super) fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        self.shared.subscriptions.settled()
    }

    /// How many connections subscribe to each of these channels, which have one mode: the sums over all masters.
    ///
    /// # Errors
    /// If a server is not connected, or does not answer.
    pub(super) fn subscribers(&self, channels: Vec<Channel>) -> BoxFuture<'static, Result<Vec<usize>, AdapterError>> {
        let routes = self.shared.routes.borrow().clone();
        let sharded = channels.iter().any(|channel| channel.mode == Mode::Sharded);
        let mut command = redis::cmd("PUBSUB");
        command.arg(if sharded { "SHARDNUMSUB" } else { "NUMSUB" });
        for channel in &channels {
            command.arg(&*channel.name);
        }
        Box::pin(async move {
            if !routes.complete {
                return Err(AdapterError::Disconnected);
            }
            let command = &command;
            let answers = routes.servers.into_values().map(|(_, mut connection)| async move {
                connection.send_packed_command(command).await?.extract_error()
            });
            let answers = futures_util::future::try_join_all(answers).await;
            let answers = answers.map_err(|error: RedisError| AdapterError::Other(error.to_string()))?;
            let mut sums = vec![0; channels.len()];
            for answer in answers {
                // Names and numbers alternate; the order is that of the command.
                let Value::Array(answer) = answer else { continue };
                for (sum, count) in sums.iter_mut().zip(answer.into_iter().skip(1).step_by(2)) {
                    if let Value::Int(count) = count {
                        *sum += usize::try_from(count).unwrap_or_default();
                    }
                }
            }
            Ok(sums)
        })
    }

    /// What the numbers of subscribers say of the other nodes: every node subscribes once to the channel `counted`, and each to one of its own,
    /// which `private` names.
    pub(super) fn others(
        &self,
        mode: Mode,
        counted: String,
        nodes: Vec<Arc<str>>,
        private: impl Fn(&Arc<str>) -> String,
    ) -> BoxFuture<'static, Option<Subscribers>> {
        let names = std::iter::once(counted).chain(nodes.iter().map(private));
        let counts = self.subscribers(names.map(|name| Channel::new(mode, name)).collect());
        Box::pin(async move {
            let counts = counts.await.ok()?;
            let (all, private) = counts.split_first()?;
            let gone = nodes.into_iter().zip(private).filter(|(_, count)| **count == 0).map(|(node, _)| node);
            Some(Subscribers { others: Some(all.saturating_sub(1)), gone: gone.collect() })
        })
    }

    /// A connection of its own to the server that has a key, for commands that block or that are many.
    ///
    /// # Errors
    /// If the server cannot be reached.
    pub(super) async fn open(
        &self,
        key: &str,
        response_timeout: Option<Duration>,
    ) -> Result<MultiplexedConnection, AdapterError> {
        let Some(first) = self.shared.servers.first() else { return Err(AdapterError::Disconnected) };
        let server = {
            let routes = self.shared.routes.borrow();
            match &routes.slots {
                Some(slots) => connection::at(first, slots.master(key.as_bytes()).ok_or(AdapterError::Disconnected)?),
                None => first.clone(),
            }
        };
        let opened = connection::connect(&server, self.shared.options.response_timeout, response_timeout, |_| {}).await;
        opened.map_err(|error| AdapterError::Other(error.to_string()))
    }

    /// The server of a cluster that has a key, as far as it is known; `None` without a cluster.
    pub(super) fn server_of(&self, key: &str) -> Option<Address> {
        self.shared.routes.borrow().slots.as_ref()?.master(key.as_bytes()).cloned()
    }

    /// A command has failed on a connection of [`open`](Self::open): the key may be on another server by now.
    pub(super) fn look_again(&self) {
        if self.shared.options.cluster {
            self.shared.look_for_servers();
        }
    }

    /// Adds the state of the connections to that of the queue.
    pub(super) fn health(&self, queue: Health) -> Health {
        let state = self.shared.state();
        Health {
            connected: self.shared.routes.borrow().complete && !self.shared.subscriptions.pending(),
            reconnects: state.reconnects,
            last_error: state.last_error.clone().or(queue.last_error.clone()),
            ..queue
        }
    }

    /// Closes all connections.
    pub(super) fn close(&self) {
        if let Some(keeper) = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take() {
            keeper.abort();
        }
        self.shared.routes.send_replace(Routes::default());
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.close();
    }
}
