//! The clients of npm against a server with workers.

use tests::{npm, rich, tools};
use tokio::runtime::Runtime;

const NEEDS: &[&str] = &["node", "npm"];

/// Rooms, acknowledgements in both directions, broadcasts and disconnects between clients on all workers, over every transport.
#[test]
fn clients_of_4_8_on_all_workers() {
    if !tools::present("clients_of_4_8_on_all_workers", NEEDS) {
        return;
    }
    let runtime = Runtime::new().unwrap();
    let served = runtime.block_on(crate::serve(|server| server));
    npm::run("workers.test.mjs", &format!("http://{}", served.addr), &[]);
    assert!(runtime.block_on(served.handle.shutdown(tests::PATIENCE)));
    runtime.block_on(served.serving).unwrap().unwrap();
}

/// The suite that a server without workers has to pass as well.
#[test]
fn rooms_refusals_and_errors() {
    if tools::present("rooms_refusals_and_errors", NEEDS) {
        let server = rich::Running::start_with(|server| server.workers(crate::WORKERS));
        npm::run("rooms.test.mjs", &server.url(), &[]);
    }
}
