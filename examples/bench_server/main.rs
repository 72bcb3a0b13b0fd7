//! What load generators talk to: the echo, broadcast and room events that Socket.IO benchmarks measure, on `/`.
//!
//! `PORT=4100 cargo run --release --example bench_server`. `RT=current` runs it on a single thread, `-- --workers 2` on two workers
//! (0: one for each core). Nothing is sent unasked.
//!
//! The allocator is jemalloc, as in many servers in production, unless it is built with `--package bench_server
//! --no-default-features`; the library itself chooses none. Beside glibc's: as much memory while connections are open, and
//! most of it goes back some seconds after they have closed, where glibc keeps nearly all of it for good; and fewer
//! instructions per message.

use bytes::Bytes;
use socketio::Value;
use socketio::prelude::*;

#[cfg(all(feature = "jemalloc", unix, not(target_env = "musl")))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// One connection; there is nothing to remember.
#[derive(Default)]
struct Bench;

#[namespace("/")]
impl Bench {
    /// Acknowledges its arguments.
    fn on_echo(&self, args: Rest<Value>) -> Rest<Value> {
        args
    }

    /// Acknowledges the sum.
    fn on_add(&self, a: i64, b: i64) -> i64 {
        a.saturating_add(b)
    }

    /// Acknowledges the same bytes.
    fn on_bin(&self, data: Bytes) -> Bytes {
        data
    }

    /// Tells everyone.
    fn on_bcast(&self, socket: &Socket, payload: Value) {
        socket.namespace().emit("news", payload);
    }

    /// Joins a room.
    fn on_join(&self, socket: &Socket, room: String) {
        socket.join(room);
    }

    /// Tells a room, the sender included.
    fn on_say(&self, socket: &Socket, room: String, payload: Value) {
        socket.within(room).emit("said", payload);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let port: u16 = std::env::var("PORT").map_or(Ok(4100), |port| port.parse())?;
    let workers = workers()?;
    let mut runtime = match std::env::var("RT").as_deref() {
        _ if workers.is_some() => tokio::runtime::Builder::new_current_thread(),
        Ok("current") => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    runtime.enable_all().build()?.block_on(async {
        // The load generator opens more connections from its one address than the default allows.
        let mut server = Server::new().max_connections_per_address(20_000);
        if let Some(workers) = workers {
            server = server.workers(workers);
        }
        let server = server.bind(("127.0.0.1", port)).await?;
        println!("listening on http://{}", server.local_addr()?);
        server.serve().await?;
        Ok(())
    })
}

/// The value of `--workers`.
fn workers() -> Result<Option<usize>, Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut workers = None;
    while let Some(arg) = args.next() {
        match (arg.as_str(), args.next()) {
            ("--workers", Some(count)) => workers = Some(count.parse()?),
            _ => return Err(format!("{arg:?} is not `--workers N`").into()),
        }
    }
    Ok(workers)
}
