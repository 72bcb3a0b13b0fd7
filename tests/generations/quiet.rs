//! Published clients that say nothing, in real time and with short timers: nobody is disconnected. When the heartbeats come
//! is the matter of `idle`, which has a paused clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use socketio::DisconnectReason;
use socketio::engine::LegacyOptions;
use socketio::prelude::*;
use tests::tools;

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

#[test]
fn idle_clients_stay_connected() {
    if !tools::present("idle_clients_stay_connected", NEEDS) {
        return;
    }
    let counts = Arc::new(Counts::default());
    let legacy = LegacyOptions::new()
        .heartbeat_interval(SECOND)
        .heartbeat_timeout(4 * SECOND)
        .close_timeout(4 * SECOND)
        .polling_duration(SECOND);
    let server = Server::empty().state(Arc::clone(&counts)).mount::<Counted>().legacy(true).legacy_options(legacy);
    let server = server.ping_interval(SECOND).ping_timeout(3 * SECOND);
    let handle = server.handle();
    let (_runtime, addr) = started(server);

    let names: Vec<_> =
        ["websocket", "xhr-polling"]
            .iter()
            .flat_map(|transport| vec![format!("0.9.17 {transport}"); 10])
            .chain(["2.5.0", "4.8.4"].iter().flat_map(|version| {
                ["polling", "websocket", "upgrade"].map(|transport| format!("{version} {transport}"))
            }))
            .collect();
    let clients = members::idle(&names, &format!("http://{addr}"));
    let begun = Instant::now();
    while counts.connected.load(Ordering::SeqCst) < names.len() {
        assert!(begun.elapsed() < STUCK, "{counts:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(IDLE);
    assert_eq!(handle.connections(), names.len(), "{counts:?}");
    assert_eq!(counts.disconnected.load(Ordering::SeqCst), 0, "{counts:?}");
    drop(clients);
}
