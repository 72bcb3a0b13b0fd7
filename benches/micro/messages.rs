//! One message through the whole server, in memory: reading the packet, reading its arguments, calling the handler, writing the
//! acknowledgement. With the allocations of each, the client's included, which make none once its buffers have grown.

#![allow(clippy::expect_used, reason = "a benchmark that cannot run has nothing to measure")]

use benches::local::{Client, Exchange, LocalServer, runtime};
use divan::{AllocProfiler, Bencher};
use tokio::runtime::Runtime;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A server, one client, and the thread they share.
fn connected() -> (Runtime, LocalServer, Client) {
    let runtime = runtime().expect("a runtime");
    let (server, client) = runtime.block_on(async {
        let server = LocalServer::new().expect("a server");
        let client = server.connect(1 << 18).await.expect("a client");
        (server, client)
    });
    (runtime, server, client)
}

fn measure(bencher: Bencher<'_, '_>, exchange: &Exchange) {
    let (runtime, _server, mut client) = connected();
    bencher.bench_local(|| runtime.block_on(exchange.run(&mut client)).expect("the answer"));
}

/// Two integers in, one out: the least there is.
#[divan::bench]
fn add(bencher: Bencher<'_, '_>) {
    measure(bencher, &Exchange::add());
}

/// A string in and out, as a value of any type.
#[divan::bench(args = [0, 64, 1_024, 16_384])]
fn echo_text(bencher: Bencher<'_, '_>, bytes: usize) {
    measure(bencher, &Exchange::echo(bytes));
}

/// An object in and out, as a value of any type.
#[divan::bench(args = [512, 4_096])]
fn echo_object(bencher: Bencher<'_, '_>, bytes: usize) {
    measure(bencher, &Exchange::object(bytes));
}

/// Bytes in and out.
#[divan::bench(args = [1_024, 65_536])]
fn echo_binary(bencher: Bencher<'_, '_>, bytes: usize) {
    measure(bencher, &Exchange::binary(bytes));
}

/// A hundred strings that ask for no acknowledgement, in one read: what packets and arguments cost alone, times a hundred.
#[divan::bench]
fn take_100(bencher: Bencher<'_, '_>) {
    measure(bencher, &Exchange::take(100));
}
