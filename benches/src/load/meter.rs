//! The phases of a run and what is counted in them.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Outcome, Plan};
use crate::machine::{Cpu, resident_kib};

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Connecting,
    Warming,
    Measuring,
    /// Nothing new is sent; what is under way has to arrive.
    Draining,
    Over,
}

/// How long all connections together may take to open.
const OPENING: Duration = Duration::from_secs(120);
/// How long the last answers may take.
const DRAINING: Duration = Duration::from_secs(10);
/// How long a run waits for what must not come any more.
pub(crate) const AFTER: Duration = Duration::from_millis(60);

/// What one window of time has cost.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) count: u64,
    pub(crate) seconds: f64,
    pub(crate) server_ns: u64,
    pub(crate) kernel_share: f64,
    pub(crate) own_ns: u64,
    pub(crate) kib_before: u64,
    pub(crate) kib_most: u64,
}

/// Shared by the tasks of a run, which are on one thread.
pub(crate) struct Meter {
    pub(crate) plan: Plan,
    phase: watch::Sender<Phase>,
    /// The same, for the hot path.
    current: Cell<Phase>,
    ready: Cell<usize>,
    done: Cell<u64>,
    reordered: Cell<u64>,
    latencies: RefCell<Vec<u32>>,
    outcome: RefCell<Outcome>,
}

impl Meter {
    pub(crate) fn new(plan: Plan) -> Rc<Self> {
        Rc::new(Self {
            plan,
            phase: watch::Sender::new(Phase::Connecting),
            current: Cell::new(Phase::Connecting),
            ready: Cell::new(0),
            done: Cell::new(0),
            reordered: Cell::new(0),
            latencies: RefCell::default(),
            outcome: RefCell::default(),
        })
    }

    pub(crate) fn phase(&self) -> Phase {
        self.current.get()
    }

    pub(crate) fn set(&self, phase: Phase) {
        self.current.set(phase);
        self.phase.send_replace(phase);
    }

    /// Waits until the run has come to `phase`.
    pub(crate) async fn reached(&self, phase: Phase) {
        // An error means that the meter is gone, and then so is the run.
        let _ = self.phase.subscribe().wait_for(|current| *current >= phase).await.is_ok();
    }

    /// One more connection is open.
    pub(crate) fn ready(&self) {
        self.ready.set(self.ready.get() + 1);
    }

    /// One more message, delivery or connection has come to its end, `began` ago.
    pub(crate) fn done(&self, began: Option<Instant>) {
        self.done.set(self.done.get() + 1);
        if let Some(began) = began {
            self.time(began);
        }
    }

    /// Notes a latency, if this is the time to.
    pub(crate) fn time(&self, began: Instant) {
        if self.phase() == Phase::Measuring {
            let nanoseconds = u32::try_from(began.elapsed().as_nanos()).unwrap_or(u32::MAX);
            self.latencies.borrow_mut().push(nanoseconds);
        }
    }

    pub(crate) fn reordered(&self) {
        self.reordered.set(self.reordered.get() + 1);
    }

    pub(crate) fn fault(&self, text: String) {
        self.outcome.borrow_mut().faults.push(text);
    }

    pub(crate) fn failed(&self) -> bool {
        !self.outcome.borrow().faults.is_empty()
    }

    pub(crate) fn figure(&self, name: &'static str, value: f64) {
        self.outcome.borrow_mut().figures.insert(name.to_owned(), value);
    }

    /// Waits until so many connections are open; `false` when they are not.
    pub(crate) async fn opened(&self, connections: usize) -> bool {
        let began = Instant::now();
        while self.ready.get() < connections && !self.failed() {
            if began.elapsed() > OPENING {
                self.fault(format!("{} of {connections} connections are open after {OPENING:?}", self.ready.get()));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        !self.failed()
    }

    /// Warms up.
    pub(crate) async fn warm(&self) {
        self.set(Phase::Warming);
        tokio::time::sleep(self.plan.warmup).await;
    }

    /// Measures for a time; the caller says which phase comes after it.
    pub(crate) async fn window(&self, time: Duration) -> Window {
        const LOOKS: u32 = 20;
        let kib_before = resident_kib(self.plan.pid);
        let mut kib_most = kib_before;
        let own = std::process::id();
        self.set(Phase::Measuring);
        let (began, done) = (Instant::now(), self.done.get());
        let (server_cpu, own_cpu) = (Cpu::of(self.plan.pid), Cpu::of(own));
        for _ in 0..LOOKS {
            tokio::time::sleep(time / LOOKS).await;
            kib_most = kib_most.max(resident_kib(self.plan.pid));
        }
        let (count, seconds) = (self.done.get() - done, began.elapsed().as_secs_f64());
        let (server, own_ns) = (Cpu::of(self.plan.pid), Cpu::of(own).since(own_cpu));
        let (server_ns, kernel_share) = (server.since(server_cpu), server.kernel_share(server_cpu));
        Window { count, seconds, server_ns, kernel_share, own_ns, kib_before, kib_most }
    }

    /// Opens, warms up, measures and drains: what most loads do with their `connections`.
    pub(crate) async fn drive(&self, connections: usize, tasks: &mut JoinSet<()>) {
        if !self.opened(connections).await {
            return;
        }
        self.warm().await;
        let window = self.window(self.plan.measure).await;
        self.set(Phase::Draining);
        self.finish(tasks).await;
        self.report(window);
    }

    /// Waits until every task has ended.
    pub(crate) async fn finish(&self, tasks: &mut JoinSet<()>) {
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAINING, all).await.is_err() {
            self.fault(format!("{} connections still wait for answers after {DRAINING:?}", tasks.len()));
        }
    }

    /// The figures of a window.
    pub(crate) fn report(&self, window: Window) {
        let count = window.count.max(1) as f64;
        self.figure("cpu_us", window.server_ns as f64 / 1e3 / count);
        self.figure("kernel_share", window.kernel_share);
        self.figure("per_second", window.count as f64 / window.seconds);
        self.figure("own_us", window.own_ns as f64 / 1e3 / count);
        self.figure("server_busy", window.server_ns as f64 / 1e9 / window.seconds);
        self.figure("own_busy", window.own_ns as f64 / 1e9 / window.seconds);
        self.figure("resident_mib", window.kib_most as f64 / 1024.0);
        self.figure("reordered", self.reordered.get() as f64);
        let mut latencies = self.latencies.take();
        for (name, share) in [("p50_us", 0.5), ("p99_us", 0.99), ("p999_us", 0.999)] {
            self.figure(name, quantile(&mut latencies, share));
        }
        if window.count == 0 {
            self.fault("nothing came back while measuring".to_owned());
        }
    }

    /// The latencies so far, which are forgotten: a quantile of them in microseconds.
    pub(crate) fn take_quantile(&self, share: f64) -> f64 {
        quantile(&mut self.latencies.take(), share)
    }

    /// Runs the life of one connection; an error ends the run.
    pub(crate) async fn connection(self: Rc<Self>, number: usize, life: impl Future<Output = io::Result<()>>) {
        if let Err(error) = life.await {
            self.fault(format!("connection {number}: {error}"));
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.outcome.take()
    }
}

/// A quantile of nanoseconds, in microseconds.
fn quantile(latencies: &mut [u32], share: f64) -> f64 {
    if latencies.is_empty() {
        return 0.0;
    }
    latencies.sort_unstable();
    let place = ((latencies.len() as f64 * share).ceil() as usize).clamp(1, latencies.len());
    f64::from(latencies[place - 1]) / 1e3
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles() {
        let mut latencies: Vec<u32> = (1..=1_000).rev().map(|microseconds| microseconds * 1_000).collect();
        assert_eq!(quantile(&mut latencies, 0.5), 500.0);
        assert_eq!(quantile(&mut latencies, 0.99), 990.0);
        assert_eq!(quantile(&mut latencies[..1], 0.99), 1.0);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }
}
