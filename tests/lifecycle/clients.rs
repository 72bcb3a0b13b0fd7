//! What published clients of three generations see of a server that ends their stay: 4.8, 2.5 and 0.9, in `tests/js`.

use std::thread;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use socketio::prelude::*;
use tests::{npm, tools};
use tokio::runtime::Runtime;

#[derive(Event)]
#[event("banned")]
struct Banned {
    until: u32,
}

#[derive(Deserialize)]
struct Auth {
    how: Option<String>,
}

struct Life;

#[namespace("/life", manual)]
impl Life {
    fn on_connect(socket: &Socket, auth: Option<Auth>) -> Self {
        if auth.and_then(|auth| auth.how).as_deref() == Some("banned") {
            socket.disconnect_with(Banned { until: 1 });
        }
        Life
    }
    fn on_bye(&self, socket: &Socket) -> u8 {
        socket.disconnect();
        1
    }
    fn on_ban(&self, socket: &Socket) -> u8 {
        socket.disconnect_with(Banned { until: 7 });
        2
    }
    fn on_close(&self, socket: &Socket) -> u8 {
        socket.close();
        3
    }
    fn on_state(&self, socket: &Socket) -> String {
        format!("{:?}", socket.state())
    }
    fn on_expire(&self, socket: &Socket, milliseconds: u64) {
        socket.expires_at(SystemTime::now() + Duration::from_millis(milliseconds));
    }
    /// Counts in a task, and is acknowledged behind the last number.
    async fn on_count(&self, socket: &Socket) -> bool {
        let counting = socket.clone();
        let task = socket.spawn(async move {
            for n in 0..3 {
                tokio::task::yield_now().await;
                counting.emit("count", n);
            }
        });
        task.join().await.is_ok()
    }
    /// Goes on when the client has left this namespace.
    fn on_keep(&self, socket: &Socket, session: &Session) {
        let socket = socket.clone();
        session.spawn(async move {
            while socket.is_connected() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            if let Some(root) = socket.sibling("/") {
                root.emit("kept", ());
            }
        });
    }
}

/// A server of its own for each run, on a thread of its own.
fn run(test: &str, folder: &str) {
    if !tools::present(test, &["node", "npm"]) {
        return;
    }
    let serve = || {
        let runtime = Runtime::new().unwrap();
        let server = Server::empty().mount::<Life>().legacy(true);
        let bound = runtime.block_on(server.bind(("127.0.0.1", 0))).unwrap();
        let addr = bound.local_addr().unwrap();
        runtime.spawn(bound.serve());
        (runtime, addr)
    };
    let (runtime, addr) = thread::spawn(serve).join().unwrap();
    npm::run_in(folder, "lifecycle.test.mjs", "spec", &format!("http://{addr}"), &[]);
    runtime.shutdown_background();
}

#[test]
fn clients_of_2_5_and_4_8() {
    run("clients_of_2_5_and_4_8", "js/generations");
}

#[test]
fn client_of_0_9() {
    run("client_of_0_9", "js/legacy");
}
