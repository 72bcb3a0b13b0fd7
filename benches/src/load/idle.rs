//! Connections that do nothing but answer pings: what each keeps in memory, and what is left when they are gone.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::echo::OPENING;
use super::meter::{Meter, Phase};
use super::wire::Wire;
use super::{excerpt, session, wrong};
use crate::machine::{Cpu, kernel_kib, resident_kib};

/// Until what opening has left behind is gone.
const SETTLE: Duration = Duration::from_secs(3);

/// Until what closing has freed is given back, if it is: allocators and runtimes take about ten seconds to be sure.
const RETURN: Duration = Duration::from_secs(15);

/// What the connections of a run have in common.
struct Run {
    meter: Rc<Meter>,
    pings: Cell<u64>,
    ping_interval_ms: Cell<u64>,
    /// Opening, and asking at the end, are not done by all at once.
    turn: Semaphore,
}

pub(crate) async fn run(meter: &Rc<Meter>, connections: usize) {
    let pid = meter.plan.pid;
    let run = Rc::new(Run {
        meter: meter.clone(),
        pings: Cell::new(0),
        ping_interval_ms: Cell::new(0),
        turn: Semaphore::new(OPENING),
    });
    let (before, cpu, began) = (resident_kib(pid), Cpu::of(pid), Instant::now());
    let kernel = kernel_kib();
    let mut tasks = JoinSet::new();
    for number in 0..connections {
        let run = run.clone();
        tasks.spawn_local(meter.clone().connection(number, async move { run.connection(number).await }));
    }
    if !meter.opened(connections).await {
        return;
    }
    let each = connections as f64;
    meter.figure("cpu_us", Cpu::of(pid).since(cpu) as f64 / 1e3 / each);
    meter.figure("per_second", each / began.elapsed().as_secs_f64());
    tokio::time::sleep(SETTLE).await;
    let opened = resident_kib(pid);
    let kernel_opened = kernel_kib();
    meter.figure("ping_interval_s", run.ping_interval_ms.get() as f64 / 1e3);
    let (cpu, began, pings) = (Cpu::of(pid), Instant::now(), run.pings.get());
    tokio::time::sleep(Duration::from_millis(run.ping_interval_ms.get())).await;
    let (idle_ns, pings) = (Cpu::of(pid).since(cpu), run.pings.get() - pings);
    let held = resident_kib(pid);
    meter.figure("idle_ms_per_second", idle_ns as f64 / 1e6 / began.elapsed().as_secs_f64());
    meter.figure("ping_us", idle_ns as f64 / 1e3 / pings.max(1) as f64);
    meter.set(Phase::Draining);
    meter.finish(&mut tasks).await;
    tokio::time::sleep(RETURN).await;
    // What an earlier run has left is still being freed when this one begins, so closing may tell more than opening.
    let kernel = kernel_opened.saturating_sub(kernel.min(kernel_kib()));
    // A connection has two ends on this machine, so half of it is the server's.
    meter.figure("kernel_kib_each", kernel as f64 / 2.0 / each);
    meter.figure("kib_each", opened.max(held).saturating_sub(before) as f64 / each);
    meter.figure("kib_each_after", resident_kib(pid).saturating_sub(before) as f64 / each);
    meter.figure("resident_mib", opened.max(held) as f64 / 1024.0);
}

impl Run {
    async fn connection(&self, number: usize) -> io::Result<()> {
        let permit = self.turn.acquire().await;
        let (mut wire, open) = session::websocket(self.meter.plan.address, number).await?;
        drop(permit);
        self.ping_interval_ms.set(open.ping_interval_ms);
        self.meter.ready();
        self.rest(&mut wire).await?;
        // Still there, and still served?
        let _permit = self.turn.acquire().await;
        wire.text(br#"427["echo","alive"]"#);
        let packet = wire.packet().await?;
        match wire.bytes(&packet) {
            br#"437["alive"]"# => Ok(()),
            other => Err(wrong(format!("after idling: {}", excerpt(other)))),
        }
    }

    /// Answers pings until the run drains; nothing else may come.
    async fn rest(&self, wire: &mut Wire) -> io::Result<()> {
        let end = self.meter.reached(Phase::Draining);
        tokio::pin!(end);
        // What came with the handshake has been read already.
        loop {
            if let Some(packet) = wire.next_packet()? {
                return Err(wrong(format!("not a ping: {}", excerpt(wire.bytes(&packet)))));
            }
            if wire.has_output() {
                self.pings.set(self.pings.get() + 1);
                wire.flush().await?;
            }
            tokio::select! {
                biased;
                read = wire.fill() => read?,
                () = &mut end => return Ok(()),
            }
        }
    }
}
