//! The task that keeps the connections: opens them, subscribes on them what is wanted, pings them, and opens them again.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::join_all;
use redis::{ConnectionAddr, ErrorKind, RedisError};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until};

use super::connection::{self, Pair};
use super::shared::{Routes, Shared};
use super::slots::{Address, Slots};
use super::subscriptions::{Change, Channel, Mode};
use crate::adapter::cluster::Backoff;

/// How many channels are subscribed to with one write.
const BATCH: usize = 500;

/// The state of the task.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    pairs: BTreeMap<Address, Pair>,
    /// `None` without a cluster.
    slots: Option<Arc<Slots>>,
    home: Option<Address>,
    /// The number of the next pair.
    next: u64,
    backoff: Backoff,
}

/// What is missing after a round.
#[derive(Default)]
struct Round {
    error: Option<RedisError>,
}

impl Round {
    fn failed(&mut self, error: RedisError) {
        self.error.get_or_insert(error);
    }
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, pairs: BTreeMap::new(), slots: None, home: None, next: 1, backoff: Backoff::default() }
    }

    /// The first round, whose error ends the start.
    pub(super) async fn begin(&mut self) -> Result<(), RedisError> {
        self.shared.state().stale = true;
        self.round().await.error.map_or(Ok(()), Err)
    }

    /// Keeps the connections until the task is aborted.
    pub(super) async fn run(mut self) {
        let mut pings = interval(self.shared.options.ping_interval);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let round = self.round().await;
            let retry = match round.error {
                None => {
                    self.backoff.reset();
                    None
                }
                Some(error) => {
                    tracing::warn!(%error, "Redis is not connected");
                    {
                        let mut state = self.shared.state();
                        state.last_error = Some(error.to_string());
                        state.stale = true;
                    }
                    Some(Instant::now() + self.backoff.next())
                }
            };
            self.idle(retry, &mut pings).await;
        }
    }

    /// Waits until the connections are to be looked at: when something has happened, or at `retry`. Until then the servers that are connected
    /// are subscribed to and pinged, but no connection is opened.
    async fn idle(&mut self, retry: Option<Instant>, pings: &mut Interval) {
        let wake = self.shared.wake.clone();
        let retried = async {
            match retry {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let mut retried = pin!(retried);
        loop {
            tokio::select! {
                () = &mut retried => return,
                () = wake.notified(), if retry.is_none() => return,
                () = wake.notified(), if retry.is_some() => {
                    self.drop_lost();
                    self.subscribe(&mut Round::default()).await;
                }
                _ = pings.tick() => {
                    self.ping().await;
                    if retry.is_none() {
                        return;
                    }
                }
            }
        }
    }

    /// Opens what is missing, carries out all changes of subscriptions, and then lets messages be published.
    async fn round(&mut self) -> Round {
        let mut round = Round::default();
        self.drop_lost();
        let stale = std::mem::take(&mut self.shared.state().stale);
        let masters = self.masters(stale, &mut round).await;
        if self.open(&masters, &mut round).await {
            self.shared.subscriptions.review();
        }
        let home = self.home.take().filter(|home| self.pairs.contains_key(home));
        self.home = home.or_else(|| self.pairs.keys().next().cloned());
        self.subscribe(&mut round).await;
        // What has broken meanwhile is not published on.
        self.drop_lost();
        let complete = round.error.is_none() && masters.iter().all(|master| self.pairs.contains_key(master));
        let servers = self.pairs.iter().map(|(address, pair)| (address.clone(), (pair.id, pair.publishing.clone())));
        self.shared.routes.send_replace(Routes {
            slots: self.slots.clone(),
            servers: servers.collect(),
            home: self.home.clone(),
            complete,
        });
        round
    }

    /// Forgets connections that have ended, and their subscriptions.
    fn drop_lost(&mut self) {
        let before = self.pairs.len();
        let broken = std::mem::take(&mut self.shared.state().broken);
        self.pairs.retain(|_, pair| !pair.lost() && !broken.contains(&pair.id));
        let lost = before - self.pairs.len();
        if lost > 0 {
            self.forget(lost);
        }
    }

    fn forget(&self, lost: usize) {
        {
            let mut state = self.shared.state();
            state.reconnects += lost as u64;
            state.stale = true;
        }
        self.shared.subscriptions.review();
        // Nothing is published on a connection that has ended, and nothing before the subscriptions are back.
        self.shared.routes.send_modify(|routes| {
            routes.complete = false;
            routes.servers.retain(|address, (id, _)| self.pairs.get(address).is_some_and(|pair| pair.id == *id));
        });
    }

    /// The servers that are to be connected.
    async fn masters(&mut self, stale: bool, round: &mut Round) -> Vec<Address> {
        if !self.shared.options.cluster {
            // The address is that of the URL.
            return vec![("".into(), 0)];
        }
        if stale || self.slots.is_none() {
            match self.read_slots().await {
                Ok(slots) if !slots.masters().is_empty() => {
                    let slots = Arc::new(slots);
                    if self.slots.as_ref() != Some(&slots) {
                        self.slots = Some(slots);
                        self.shared.subscriptions.review();
                    }
                }
                Ok(_) => round.failed(RedisError::from((
                    ErrorKind::InvalidClientConfig,
                    "the server is not part of a cluster, or its cluster has no slots",
                ))),
                Err(error) => round.failed(error),
            }
        }
        self.slots.as_ref().map(|slots| slots.masters()).unwrap_or_default()
    }

    /// Asks a connected server for the slots, or else the ones whose URLs are known.
    async fn read_slots(&self) -> Result<Slots, RedisError> {
        let mut command = redis::cmd("CLUSTER");
        command.arg("SLOTS");
        for ((host, _), pair) in &self.pairs {
            if let Ok(answer) = pair.ask(&command).await {
                return Ok(Slots::read(&answer, host));
            }
        }
        let mut last = None;
        let timeout = self.shared.options.response_timeout;
        for server in &self.shared.servers {
            let asked = async {
                let mut connection = connection::connect(server, timeout, Some(timeout), |_| {}).await?;
                connection.send_packed_command(&command).await?.extract_error()
            };
            match asked.await {
                Ok(answer) => {
                    let host = match server.addr() {
                        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host,
                        _ => "",
                    };
                    return Ok(Slots::read(&answer, host));
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| RedisError::from((ErrorKind::InvalidClientConfig, "no server is known"))))
    }

    /// Connects to the servers that are not connected, and leaves those that are not needed. Whether there is a new connection.
    async fn open(&mut self, masters: &[Address], round: &mut Round) -> bool {
        self.pairs.retain(|address, _| masters.contains(address));
        let Some(first) = self.shared.servers.first().cloned() else { return false };
        let missing = masters.iter().filter(|master| !self.pairs.contains_key(master));
        let opened = missing.zip(self.next..).map(|(address, id)| {
            let server = if self.slots.is_some() { connection::at(&first, address) } else { first.clone() };
            let shared = self.shared.clone();
            async move {
                let (timeout, receiver) = (shared.options.response_timeout, shared.receiver.clone());
                (address.clone(), Pair::open(id, &server, timeout, receiver, shared.wake.clone()).await)
            }
        });
        let opened = join_all(opened).await;
        self.next += opened.len() as u64;
        let mut any = false;
        for (address, pair) in opened {
            match pair {
                Ok(pair) => {
                    self.pairs.insert(address, pair);
                    any = true;
                }
                Err(error) => round.failed(error),
            }
        }
        any
    }

    /// The connection on which a channel is to be subscribed to.
    fn owner(&self, channel: &Channel) -> Option<&Pair> {
        let address = match (&self.slots, channel.mode) {
            (Some(slots), Mode::Sharded) => slots.master(channel.name.as_bytes()),
            _ => self.home.as_ref(),
        };
        self.pairs.get(address?)
    }

    /// Carries out the changes of subscriptions.
    async fn subscribe(&mut self, round: &mut Round) {
        let (changes, last) = self.shared.subscriptions.take();
        let mut left = Vec::new();
        let mut by_pair: BTreeMap<u64, Vec<Change>> = BTreeMap::new();
        for change in changes {
            let current = change.at.filter(|at| self.pairs.values().any(|pair| pair.id == *at));
            let Change { channel, wanted, .. } = &change;
            let owner = self.owner(channel).map(|pair| pair.id);
            match (wanted, owner, current) {
                (true, Some(owner), current) if current == Some(owner) => {}
                (true, Some(owner), _) => by_pair.entry(owner).or_default().push(change),
                (true, None, _) => {
                    round.failed(RedisError::from((ErrorKind::Io, "no server serves the slot of a channel")));
                    left.push(change.channel);
                }
                (false, _, Some(current)) => by_pair.entry(current).or_default().push(change),
                (false, _, None) => self.shared.subscriptions.at(channel, None),
            }
        }
        for (id, changes) in by_pair {
            let Some((address, pair)) = self.pairs.iter().find(|(_, pair)| pair.id == id) else { continue };
            let mut lost = None;
            let mut changes = changes.into_iter();
            while lost.is_none() {
                let batch: Vec<Change> = changes.by_ref().take(BATCH).collect();
                if batch.is_empty() {
                    break;
                }
                let commands: Vec<(&Mode, &str, bool)> =
                    batch.iter().map(|change| (&change.channel.mode, &*change.channel.name, change.wanted)).collect();
                match pair.subscribe(&commands).await {
                    Ok(answers) => {
                        for (change, answer) in batch.into_iter().zip(answers) {
                            if let Err(error) = answer.extract_error() {
                                round.failed(error);
                                left.push(change.channel);
                            } else {
                                self.shared.subscriptions.at(&change.channel, change.wanted.then_some(id));
                            }
                        }
                    }
                    Err(error) => {
                        round.failed(error);
                        left.extend(batch.into_iter().map(|change| change.channel));
                        lost = Some(address.clone());
                    }
                }
            }
            left.extend(changes.map(|change| change.channel));
            if let Some(address) = lost {
                self.pairs.remove(&address);
                self.forget(1);
            }
        }
        if left.is_empty() {
            self.shared.subscriptions.reached(last);
        } else {
            self.shared.subscriptions.put_back(left);
        }
    }

    /// Pings every connection, and drops those that do not answer. In a cluster the slots are read again, because a server that has lost
    /// its slots still answers.
    async fn ping(&mut self) {
        let answers =
            join_all(self.pairs.iter().map(|(address, pair)| async move { (address.clone(), pair.ping().await) }));
        let mut lost = 0;
        for (address, answer) in answers.await {
            if let Err(error) = answer {
                self.shared.state().last_error = Some(error.to_string());
                self.pairs.remove(&address);
                lost += 1;
            }
        }
        if lost > 0 {
            self.forget(lost);
        }
        self.shared.state().stale |= self.shared.options.cluster;
    }
}
