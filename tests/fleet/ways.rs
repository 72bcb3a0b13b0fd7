//! Which servers are tested with which: pairs of servers on shared brokers, the ways between the two, and what is known of Node.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use tests::tools;

use super::brokers::{Broke, Broker};
use super::clients::Client;
use super::known;
use super::servers::{Kind, LANDED, Make, Server, Setup, new_key};

/// From one server of a cluster to another one.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) kind: Kind,
    pub(crate) from: Arc<Server>,
    pub(crate) to: Arc<Server>,
    pub(crate) broker: Arc<Broker>,
    pub(crate) key: String,
}

/// A way that is to be tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    pub(crate) from: Make,
    pub(crate) to: Make,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}→{}", self.kind.name(), self.from.name(), self.to.name())
    }
}

/// The variable that chooses pairs.
const PAIRS: &str = "SOCKETIO_FLEET_PAIRS";

/// The ways on these adapters: between two servers of ours, and both ways between one of ours and the peer. `SOCKETIO_FLEET_KINDS=classic,nats`
/// leaves out the other adapters, `SOCKETIO_FLEET_PAIRS=node-node,rust-node` the other pairs.
pub(crate) fn plans(kinds: &[Kind]) -> Vec<Plan> {
    let chosen = |name: &str, value: &str| match std::env::var(name) {
        Ok(list) => list.split(',').any(|entry| entry == value),
        Err(_) => true,
    };
    let asked = std::env::var(PAIRS).is_ok();
    let mut plans = Vec::new();
    for &kind in kinds.iter().filter(|kind| chosen("SOCKETIO_FLEET_KINDS", kind.name())) {
        let mut pairs = vec![(Make::Rust, Make::Rust)];
        if let Some(peer) = kind.peer() {
            pairs.extend([(Make::Rust, peer), (peer, Make::Rust)]);
            if asked {
                pairs.push((peer, peer));
            }
        }
        pairs.retain(|(from, to)| LANDED.contains(&kind) || (*from != Make::Rust && *to != Make::Rust));
        // A server alone.
        pairs.retain(|(from, to)| kind != Kind::Memory || from == to);
        pairs.retain(|(from, to)| chosen(PAIRS, &format!("{}-{}", from.name(), to.name())));
        plans.extend(pairs.into_iter().map(|(from, to)| Plan { kind, from, to }));
    }
    plans
}

/// The same, but one way for each pair of servers: the one from ours to the peer.
pub(crate) fn pairs(kinds: &[Kind]) -> Vec<Plan> {
    let mut plans = plans(kinds);
    plans.retain(|plan| plan.from == Make::Rust || plan.to != Make::Rust);
    plans
}

/// The same, but only pairs of our servers, for what those of others do not promise.
pub(crate) fn ours(kinds: &[Kind]) -> Vec<Plan> {
    let mut plans = plans(kinds);
    plans.retain(|plan| plan.from == Make::Rust && plan.to == Make::Rust);
    plans
}

/// The programs that `plans` need; says which one is missing.
pub(crate) fn present(test: &str, plans: &[Plan]) -> bool {
    let mut programs = vec!["node", "npm", "python3"];
    programs.extend(plans.iter().flat_map(|plan| plan.kind.broke().programs()));
    tools::present(test, &programs)
}

type Slot<T> = Arc<OnceLock<T>>;

fn slot<K: std::hash::Hash + Eq, T>(map: &LazyLock<Mutex<HashMap<K, Slot<T>>>>, key: K) -> Slot<T> {
    map.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone()
}

/// The broker that tests share which do not hurt it.
pub(crate) fn shared_broker(kind: Broke) -> Arc<Broker> {
    static BROKERS: LazyLock<Mutex<HashMap<Broke, Slot<Arc<Broker>>>>> = LazyLock::new(Mutex::default);
    slot(&BROKERS, kind).get_or_init(|| Arc::new(Broker::start(kind))).clone()
}

impl Plan {
    /// A pair of servers that tests share which do not hurt it.
    pub(crate) fn shared(self) -> Way {
        static PAIRS: LazyLock<Mutex<HashMap<Plan, Slot<Way>>>> = LazyLock::new(Mutex::default);
        // Both ways between two servers use the same ones.
        let turned = (self.from as u8) > (self.to as u8);
        let plan = if turned { Plan { from: self.to, to: self.from, ..self } } else { self };
        let way = slot(&PAIRS, plan).get_or_init(|| plan.on(&shared_broker(plan.kind.broke()), None)).clone();
        if turned { way.turned() } else { way }
    }

    /// A pair of its own on the shared broker, for tests that stop or kill servers.
    pub(crate) fn own(self) -> Way {
        self.on(&shared_broker(self.kind.broke()), None)
    }

    /// A pair of its own on `broker`.
    pub(crate) fn on(self, broker: &Arc<Broker>, recovery: Option<u32>) -> Way {
        self.pair(broker, &broker.url(), recovery)
    }

    /// The same with a proxy at `port` between the first server and its broker.
    pub(crate) fn behind(self, broker: &Arc<Broker>, port: u16) -> Way {
        self.pair(broker, &broker.url_at(port), None)
    }

    fn pair(self, broker: &Arc<Broker>, from_url: &str, recovery: Option<u32>) -> Way {
        let key = new_key();
        let start = |make, name, url: &str| {
            let setup = Setup { make, kind: self.kind, url: url.to_owned(), key: key.clone(), recovery };
            Arc::new(Server::start(&setup, name))
        };
        let (from, to) = std::thread::scope(|scope| {
            let from = scope.spawn(|| start(self.from, "A", from_url));
            let to = (self.kind != Kind::Memory).then(|| start(self.to, "B", &broker.url()));
            let from = from.join().expect("the server A");
            (from.clone(), to.unwrap_or(from))
        });
        Way { kind: self.kind, from, to, broker: broker.clone(), key }
    }
}

impl Way {
    /// The other way.
    pub(crate) fn turned(&self) -> Self {
        Self { from: self.to.clone(), to: self.from.clone(), ..self.clone() }
    }

    /// A client of each server. They have found each other: what one emits reaches the other.
    pub(crate) async fn clients(&self) -> (Client, Client) {
        let (a, b) = (self.from.client().await, self.to.client().await);
        meet(&a, &b).await;
        meet(&b, &a).await;
        (a, b)
    }
}

/// Waits until what `a` emits reaches `b`: servers that have just started have not subscribed yet.
pub(crate) async fn meet(a: &Client, b: &Client) {
    let (event, to) = (unique("meet"), b.id());
    let arrived = async {
        while b.heard(&event).is_empty() {
            a.does("room", serde_json::json!([to, event])).await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tests::within("a message from one server to the other", arrived).await;
}

/// A name that nothing else uses, for rooms and events.
pub(crate) fn unique(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// How a check has ended on one way.
#[derive(Debug)]
pub(crate) enum Verdict {
    Good,
    /// It fails, as it does between servers of Node, for this reason.
    Known(&'static str),
    /// It fails with this message.
    Bad(String),
}

/// Runs `check` on each of `plans` at the same time, each in a thread and a runtime of its own. What is known to fail is run only when
/// `SOCKETIO_FLEET_PAIRS` asks for the pair, because most of it fails by waiting in vain.
pub(crate) fn verdicts<C>(name: &str, plans: &[Plan], check: C) -> Vec<Verdict>
where
    C: AsyncFn(Plan) + Sync,
{
    let asked = std::env::var(PAIRS).is_ok();
    std::thread::scope(|scope| {
        let run = |plan: Plan| {
            if !asked && known::reason(name, plan).is_some() {
                return (plan, None);
            }
            let check = &check;
            let thread = std::thread::Builder::new().name(format!("{name}, {plan}"));
            let spawned = thread.spawn_scoped(scope, move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(check(plan));
            });
            (plan, Some(spawned.expect("a thread")))
        };
        let running: Vec<_> = plans.iter().copied().map(run).collect();
        let ended = running.into_iter().map(|(plan, thread)| {
            let ended = thread.map(std::thread::ScopedJoinHandle::join);
            match (ended, known::reason(name, plan)) {
                (Some(Ok(())), _) => Verdict::Good,
                (_, Some(reason)) => Verdict::Known(reason),
                (Some(Err(panic)), None) => Verdict::Bad(message(&*panic)),
                (None, None) => Verdict::Bad("was not run".to_owned()),
            }
        });
        ended.collect()
    })
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic").chars().take(1500).collect()
}

/// A test of one check: on all ways between the servers of `kinds`; fails with the ways on which it fails but where Node itself does.
pub(crate) fn each_way<C>(name: &str, kinds: &[Kind], check: C)
where
    C: AsyncFn(Plan) + Sync,
{
    judge(name, &plans(kinds), check);
}

/// The same on these ways.
pub(crate) fn judge<C>(name: &str, plans: &[Plan], check: C)
where
    C: AsyncFn(Plan) + Sync,
{
    if !present(name, plans) {
        return;
    }
    let mut bad = Vec::new();
    for (plan, verdict) in plans.iter().zip(verdicts(name, plans, check)) {
        match verdict {
            Verdict::Good => println!("{name}: {plan}: ok"),
            Verdict::Known(reason) => println!("{name}: {plan}: fails in Node itself: {reason}"),
            Verdict::Bad(message) => bad.push(format!("{plan}: {message}")),
        }
    }
    assert!(bad.is_empty(), "{name}:\n{}", bad.join("\n"));
}
