//! Published clients that say nothing, in real time and with short timers: nobody is disconnected. When the heartbeats come
//! is the matter of `idle`, which has a paused clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use socketio::DisconnectReason;
use socketio::engine::LegacyOptions;
use socketio::prelude::*;
use tests::tools;
use tokio::runtime::Runtime;

use crate::{NEEDS, members, started};

const SECOND: Duration = Duration::from_secs(1);
/// Three times as long as the clients wait for the server.
const IDLE: Duration = Duration::from_secs(12);
/// Far beyond what it takes to connect.
const STUCK: Duration = Duration::from_secs(120);

/// How many times a client has come, and gone.
#[derive(Debug, Default)]
struct Counts {
    connected: AtomicUsize,
    disconnected: AtomicUsize,
}

struct Counted;

#[namespace("/", manual)]
impl Counted {
    fn on_connect(counts: &State<Arc<Counts>>) -> Self {
        counts.connected.fetch_add(1, Ordering::SeqCst);
        Counted
    }

    fn on_disconnect(&self, counts: &State<Arc<Counts>>, handshake: &Handshake, reason: &DisconnectReason) {
        println!("protocol {}, {}: {reason}", handshake.protocol(), handshake.transport().name());
        counts.disconnected.fetch_add(1, Ordering::SeqCst);
    }
}

/// A server with short timers, and what its clients do.
fn server(counts: &Arc<Counts>) -> Server {
    let legacy = LegacyOptions::new()
        .heartbeat_interval(SECOND)
        .heartbeat_timeout(4 * SECOND)
        .close_timeout(4 * SECOND)
        .polling_duration(SECOND);
    let server = Server::empty().state(Arc::clone(counts)).mount::<Counted>().legacy(true).legacy_options(legacy);
    server.ping_interval(SECOND).ping_timeout(3 * SECOND)
}

/// So many of 0.9.17 over each transport, and as many of 2.5.0 and 4.8.4 over each of theirs.
fn names(old: usize, new: usize) -> Vec<String> {
    let names = |versions: &[&str], transports: &[&str], count| -> Vec<String> {
        let each = versions.iter().flat_map(|version| transports.iter().map(move |over| format!("{version} {over}")));
        each.flat_map(|name| vec![name; count]).collect()
    };
    let mut all = names(&["0.9.17"], &["websocket", "xhr-polling"], old);
    all.extend(names(&["2.5.0", "4.8.4"], &["polling", "websocket", "upgrade"], new));
    all
}

/// Waits until a count has come to what it must be.
fn reach(what: &str, wanted: usize, mut count: impl FnMut() -> usize) {
    let begun = Instant::now();
    while count() != wanted {
        assert!(begun.elapsed() < STUCK, "{what}: {} instead of {wanted}", count());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn idle_clients_stay_connected() {
    if !tools::present("idle_clients_stay_connected", NEEDS) {
        return;
    }
    let counts = Arc::new(Counts::default());
    let server = server(&counts);
    let handle = server.handle();
    let (_runtime, addr) = started(server);
    let names = names(10, 1);
    let clients = members::idle(&names, &format!("http://{addr}"), false);
    reach("connected", names.len(), || counts.connected.load(Ordering::SeqCst));
    std::thread::sleep(IDLE);
    assert_eq!(handle.connections(), names.len(), "{counts:?}");
    assert_eq!(counts.disconnected.load(Ordering::SeqCst), 0, "{counts:?}");
    drop(clients);
}

#[test]
fn clients_come_back_when_the_server_is_replaced_and_not_when_they_are_disconnected() {
    if !tools::present("clients_come_back_when_the_server_is_replaced", NEEDS) {
        return;
    }
    let names = names(3, 2);
    let all = names.len();
    let [first, second] = [(); 2].map(|()| Arc::new(Counts::default()));

    let server_a = server(&first);
    let old = server_a.handle();
    let (runtime, addr) = started(server_a);
    let clients = members::idle(&names, &format!("http://{addr}"), true);
    reach("connected", all, || first.connected.load(Ordering::SeqCst));
    // Those that poll have no connection at times: what they are told waits for their next poll, for which the port is
    // closed. They notice when it is refused.
    runtime.block_on(old.shutdown(10 * SECOND));
    assert_eq!(first.disconnected.load(Ordering::SeqCst), all, "{first:?}");
    drop(runtime);

    let runtime = Runtime::new().expect("a runtime");
    let server_b = server(&second);
    let handle = server_b.handle();
    let bound = runtime.block_on(server_b.bind(addr)).expect("the port again");
    runtime.spawn(bound.serve());
    reach("back", all, || handle.of("/").count());

    // One half leaves, the other is sent away. Nobody comes back.
    let came = second.connected.load(Ordering::SeqCst);
    let sockets = handle.of("/").sockets();
    for (at, socket) in sockets.iter().enumerate() {
        if at % 2 == 0 {
            socket.emit("leave", ());
        } else {
            socket.disconnect();
        }
    }
    reach("disconnected", came, || second.disconnected.load(Ordering::SeqCst));
    reach("connections", 0, || handle.connections());
    std::thread::sleep(3 * SECOND);
    assert_eq!((handle.connections(), second.connected.load(Ordering::SeqCst)), (0, came), "somebody has come back");
    drop(clients);
}
