//! The published clients: 4.8 comes back through a proxy that cuts; 2.5 and 0.9 in the same rooms are as without recovery.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use socketio::prelude::*;
use socketio::{Recovery, Rest, Target, Value};
use tests::{npm, tools};
use tokio::runtime::Runtime;

use crate::app;
use crate::back::server;

/// Makes the server say things in its namespace, for a client of another connection.
#[derive(Default)]
struct Other;

/// The members of a room in the namespace of a socket.
fn room(socket: &Socket, room: &str) -> Target {
    socket.namespace().within(room)
}

#[namespace("/other", manual)]
impl Other {
    fn on_join(&self, socket: &Socket, room: String) {
        socket.join(room);
    }
    fn on_say(&self, socket: &Socket, to: String, event: String, args: Rest<Value>) {
        room(socket, &to).emit(&event, args);
    }
}

fn start(recovery: Recovery) -> (Runtime, SocketAddr) {
    let serve = || {
        let runtime = Runtime::new().unwrap();
        let server = server(app::log().0, recovery).mount::<Other>().legacy(true);
        let bound = runtime.block_on(server.bind(("127.0.0.1", 0))).unwrap();
        let addr = bound.local_addr().unwrap();
        runtime.spawn(bound.serve());
        (runtime, addr)
    };
    thread::spawn(serve).join().unwrap()
}

#[test]
fn client_of_4_8() {
    if !tools::present("client_of_4_8", &["node", "npm"]) {
        return;
    }
    let servers = [
        start(Recovery::default()),
        start(Recovery::default().max_disconnection(Duration::from_millis(1))),
        start(Recovery::default().max_events(20)),
    ];
    let [url, short, small] = servers.each_ref().map(|(_, addr)| format!("http://{addr}"));
    npm::run("recovery.test.mjs", &url, &[("SHORT_URL", &short), ("SMALL_URL", &small)]);
    servers.into_iter().for_each(|(runtime, _)| runtime.shutdown_background());
}

fn old(test: &str, folder: &str) {
    if !tools::present(test, &["node", "npm"]) {
        return;
    }
    let (runtime, addr) = start(Recovery::default());
    npm::run_in(folder, "recovery.test.mjs", "spec", &format!("http://{addr}"), &[]);
    runtime.shutdown_background();
}

#[test]
fn client_of_2_5() {
    old("client_of_2_5", "js/generations");
}

#[test]
fn client_of_0_9() {
    old("client_of_0_9", "js/legacy");
}
