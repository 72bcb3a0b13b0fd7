//! One broadcast to members in memory, until the last of them has read it, with its allocations: those of one delivery are the
//! difference of two sizes, divided by the difference of their members.

#![allow(clippy::expect_used, reason = "a benchmark that cannot run has nothing to measure")]

use benches::local::{Client, LocalServer, from_server, runtime};
use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 100, 10_000], sample_count = 30)]
fn broadcast(bencher: Bencher<'_, '_>, members: usize) {
    let runtime = runtime().expect("a runtime");
    let payload = "x".repeat(128);
    let delivery = from_server(0x81, format!("42[\"news\",\"{payload}\"]").as_bytes());
    let (server, mut clients) = runtime.block_on(async {
        let server = LocalServer::new().expect("a server");
        let mut clients = Vec::with_capacity(members);
        for _ in 0..members {
            clients.push(server.connect(1_024).await.expect("a client"));
        }
        (server, clients)
    });
    bencher.counter(ItemsCount::new(members)).bench_local(|| {
        runtime.block_on(async {
            server.handle().of("/").emit("news", payload.as_str());
            receive(&mut clients, &delivery).await;
        });
    });
}

async fn receive(clients: &mut [Client], delivery: &[u8]) {
    for client in clients {
        assert_eq!(client.receive(delivery.len()).await.expect("the delivery"), delivery);
    }
}
