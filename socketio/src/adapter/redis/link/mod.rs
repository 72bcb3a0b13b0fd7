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

use crate::adapter::cluster::Failed;
use crate::adapter::{AdapterError, BoxFuture, Health};
use crate::error::Error;

pub(super) use connection::{Received, Receiver};
pub(super) use shared::{LinkOptions, Outgoing};
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

    /// Connects, carries out the subscriptions that are wanted by now, and keeps all that from then on.
    ///
    /// # Errors
    /// If the server, or a master of the cluster, cannot be reached, or if a URL is none of Redis.
    pub(super) async fn start(&self) -> Result<(), Error> {
        if let Some(mistake) = &self.mistake {
            return Err(Error::start(mistake.clone()));
        }
        let mut keeper = Keeper::new(self.shared.clone());
        keeper.begin().await.map_err(|error| Error::start(format!("Redis cannot be reached: {error}")))?;
        *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(tokio::spawn(keeper.run()));
        Ok(())
    }

    /// Publishes messages: those of one server in this order, and those of several servers at once. Waits as long as a server is away, until
    /// all subscriptions are in effect again. One task calls this.
    ///
    /// # Errors
    /// If messages were lost: the connection broke before they were confirmed, or Redis does not accept them. The others are published.
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

    /// How many connections subscribe to a channel, this one included: the sum over all masters.
    ///
    /// # Errors
    /// If a server is not connected, or does not answer.
    pub(super) fn subscribers(&self, channel: &Channel) -> BoxFuture<'static, Result<usize, AdapterError>> {
        let routes = self.shared.routes.borrow().clone();
        let count = if channel.mode == Mode::Sharded { "SHARDNUMSUB" } else { "NUMSUB" };
        let mut command = redis::cmd("PUBSUB");
        command.arg(count).arg(&*channel.name);
        Box::pin(async move {
            if !routes.complete {
                return Err(AdapterError::Disconnected);
            }
            let command = &command;
            let counts = routes.servers.into_values().map(|(_, mut connection)| async move {
                match connection.send_packed_command(command).await?.extract_error()? {
                    Value::Array(answer) => Ok(answer.into_iter().nth(1)),
                    // RESP3 may have a map.
                    Value::Map(answer) => Ok(answer.into_iter().next().map(|(_, count)| count)),
                    _ => Ok(None),
                }
            });
            let counts = futures_util::future::try_join_all(counts).await;
            let counts = counts.map_err(|error: RedisError| AdapterError::Other(error.to_string()))?;
            Ok(counts
                .into_iter()
                .map(|count| if let Some(Value::Int(n)) = count { n.max(0) as usize } else { 0 })
                .sum())
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
