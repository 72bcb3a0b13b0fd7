//! What the tasks of a link share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use redis::aio::MultiplexedConnection;
use redis::{ConnectionInfo, RedisError};
use tokio::sync::{Notify, watch};

use super::connection::Receiver;
use super::slots::{Address, Slots};
use super::subscriptions::{Mode, Subscriptions};
use crate::bounds;
use crate::error::Error;

/// Where Redis is, and the bounds of the link.
#[derive(Clone, Debug)]
pub(in crate::adapter::redis) struct LinkOptions {
    /// One server, or some of the servers of a cluster.
    pub(in crate::adapter::redis) urls: Vec<String>,
    pub(in crate::adapter::redis) cluster: bool,
    /// How long a server may take to accept a connection and to answer.
    pub(in crate::adapter::redis) response_timeout: Duration,
    /// The time between two pings of every connection.
    pub(in crate::adapter::redis) ping_interval: Duration,
}

impl LinkOptions {
    /// The defaults: 5 s for both times.
    pub(in crate::adapter::redis) fn new(urls: Vec<String>, cluster: bool) -> Self {
        let time = Duration::from_secs(5);
        Self { urls, cluster, response_timeout: time, ping_interval: time }
    }

    /// # Errors
    /// An option out of its bounds.
    pub(in crate::adapter::redis) fn check(&self) -> Result<(), Error> {
        bounds::time("response_timeout", self.response_timeout)?;
        bounds::time("ping_interval", self.ping_interval)
    }
}

/// A message to be published.
#[derive(Clone, Debug)]
pub(in crate::adapter::redis) struct Outgoing {
    /// [`Mode::Plain`] or [`Mode::Sharded`].
    pub(in crate::adapter::redis) mode: Mode,
    pub(in crate::adapter::redis) channel: Arc<str>,
    pub(in crate::adapter::redis) payload: Bytes,
}

/// The connections on which messages are published. A connection is in here when all subscriptions of its server are in effect.
#[derive(Clone, Default)]
pub(super) struct Routes {
    /// `None` without a cluster.
    pub(super) slots: Option<Arc<Slots>>,
    /// The masters of a cluster, or the only server, with the numbers of the connections.
    pub(super) servers: HashMap<Address, (u64, MultiplexedConnection)>,
    /// The server of messages that are not sharded, and of their subscriptions.
    pub(super) home: Option<Address>,
    /// Whether no server is missing.
    pub(super) complete: bool,
}

impl Routes {
    /// The connection for a channel, and its number.
    pub(super) fn of(&self, message: &Outgoing) -> Option<&(u64, MultiplexedConnection)> {
        let address = match (&self.slots, message.mode) {
            (Some(slots), Mode::Sharded) => slots.master(message.channel.as_bytes()),
            _ => self.home.as_ref(),
        };
        self.servers.get(address?)
    }
}

/// What the tasks of a link share.
pub(super) struct Shared {
    pub(super) servers: Vec<ConnectionInfo>,
    pub(super) options: LinkOptions,
    pub(super) receiver: Receiver,
    pub(super) subscriptions: Subscriptions,
    pub(super) routes: watch::Sender<Routes>,
    /// Wakes the keeper.
    pub(super) wake: Arc<Notify>,
    pub(super) state: Mutex<State>,
}

/// What [`Health`] tells of the connections.
#[derive(Default)]
pub(super) struct State {
    pub(super) reconnects: u64,
    pub(super) last_error: Option<String>,
    /// The slots may have moved.
    pub(super) stale: bool,
    /// Connections that have failed while publishing, by their numbers. The keeper closes them.
    pub(super) broken: Vec<u64>,
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why a server is away, as far as it is known.
    pub(super) fn why(&self) -> String {
        self.state().last_error.clone().unwrap_or_else(|| "the connection to Redis is lost".to_owned())
    }

    /// A message has no server: the keeper looks at them again.
    pub(super) fn look_for_servers(&self) {
        self.state().stale = true;
        self.wake.notify_one();
    }

    /// A connection has failed: nothing is published on it any more.
    pub(super) fn broken(&self, id: u64, error: &RedisError) {
        {
            let mut state = self.state();
            state.broken.push(id);
            state.last_error = Some(error.to_string());
        }
        self.routes.send_modify(|routes| {
            routes.complete = false;
            routes.servers.retain(|_, (server, _)| *server != id);
        });
        self.look_for_servers();
    }
}
