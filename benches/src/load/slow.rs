//! Paced fan-out of 16 KiB, first to those who read, then with one more who does not: what the server keeps for it, what becomes of
//! it, and whether the others feel it.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::fanout::Fan;
use super::meter::{Meter, Phase};
use super::session;
use super::wire::{Wire, dial};

const PAYLOAD: usize = 16_384;
/// Publications that may be under way: so many that the pace is never held up.
const WINDOW: usize = 4_096;
/// The slow one's receive buffer, small, so that the server soon has to keep what is not read.
const BUFFER: u32 = 4_096;
/// The slow one sleeps at least so long: what it does not read must be more than any server's bound, or nothing is learnt.
const SLEEP: Duration = Duration::from_secs(5);
const MIB: f64 = 1024.0 * 1024.0;

pub(crate) async fn run(meter: &Rc<Meter>, subscribers: usize, rate: u32) {
    let fan = Fan::new(meter, subscribers, WINDOW, false, PAYLOAD, Some(rate));
    let mut tasks = fan.start();
    if !meter.opened(subscribers).await {
        return;
    }
    meter.warm().await;
    meter.window(meter.plan.measure).await;
    meter.set(Phase::Warming);
    meter.figure("p99_without_us", meter.take_quantile(0.99));

    let sleeper = async { session::websocket_on(dial(meter.plan.address, 0, Some(BUFFER)).await?).await };
    let (mut sleeper, _) = match sleeper.await {
        Ok(sleeper) => sleeper,
        Err(error) => return meter.fault(format!("the slow subscriber: {error}")),
    };
    let published = fan.published();
    let window = meter.window(meter.plan.measure.max(SLEEP)).await;
    let missed = fan.published() - published;
    meter.set(Phase::Draining);
    meter.finish(&mut tasks).await;
    meter.report(window);

    let unread = missed as f64 * fan.delivery_bytes() as f64 / MIB;
    let grown = window.kib_most.saturating_sub(window.kib_before) as f64 / 1024.0;
    meter.figure("unread_mib", unread);
    meter.figure("grown_mib", grown);
    meter.figure("kept", grown / unread.max(1.0));
    let (received, closed) = awake(&mut sleeper).await;
    meter.figure("slow_received", received as f64 / missed.max(1) as f64);
    meter.figure("slow_closed", f64::from(u8::from(closed)));
}

/// What the slow one finds when it reads after all: how many deliveries, and whether it has been closed.
async fn awake(wire: &mut Wire) -> (u64, bool) {
    const QUIET: Duration = Duration::from_millis(700);
    const MOST: Duration = Duration::from_secs(10);
    let (began, mut received) = (Instant::now(), 0);
    while began.elapsed() < MOST {
        match tokio::time::timeout(QUIET, wire.packet()).await {
            Ok(Ok(packet)) => received += u64::from(wire.bytes(&packet).starts_with(b"42")),
            Ok(Err(_)) => return (received, true),
            Err(_) => break,
        }
    }
    (received, false)
}
