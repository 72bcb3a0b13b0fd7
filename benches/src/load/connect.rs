//! Connections that come and go: each joins the namespace, leaves it and closes, and the next one begins.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::meter::{Meter, Phase};
use super::wire::{PER_ADDRESS, Wire};
use super::{session, wrong};

/// Ports stay taken for a minute after use, so the connections come from so many addresses.
const ADDRESSES: usize = 200;
/// How long a server may take to answer the close.
const CLOSING: Duration = Duration::from_secs(5);

pub(crate) async fn run(meter: &Rc<Meter>, workers: usize, upgrade: bool) {
    let next = Rc::new(Cell::new(0));
    let mut tasks = JoinSet::new();
    for worker in 0..workers {
        let (own, next) = (meter.clone(), next.clone());
        let life = async move {
            own.ready();
            own.reached(Phase::Warming).await;
            while own.phase() < Phase::Draining {
                let number = next.replace(next.get() + 1);
                once(&own, (number % ADDRESSES + 1) * PER_ADDRESS, upgrade).await?;
                own.done(None);
            }
            Ok(())
        };
        tasks.spawn_local(meter.clone().connection(worker, life));
    }
    meter.drive(workers, &mut tasks).await;
}

async fn once(meter: &Meter, number: usize, upgrade: bool) -> io::Result<()> {
    let began = Instant::now();
    let address = meter.plan.address;
    let wire =
        if upgrade { session::upgraded(address, number).await? } else { session::websocket(address, number).await?.0 };
    // The latency is that of coming in.
    meter.time(began);
    tokio::time::timeout(CLOSING, leave(wire)).await.map_err(|_| wrong(format!("no close after {CLOSING:?}")))?
}

/// Leaves the namespace, closes the WebSocket and waits until the server lets go.
async fn leave(mut wire: Wire) -> io::Result<()> {
    wire.text(b"41");
    wire.close();
    loop {
        match wire.packet().await {
            Ok(_) => {}
            Err(error) if wire.closed().is_some() || is_end(&error) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

fn is_end(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
}
