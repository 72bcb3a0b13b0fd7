//! Which thread runs what.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use socketio::prelude::*;
use tests::session::{Client, Polling, SEPARATOR};
use tests::within;
use tokio::sync::oneshot;

use crate::{MANY, Served, here, serve};

/// The threads that `where` names, of one client.
fn places(packet: &str) -> BTreeSet<String> {
    let start = packet.find('[').unwrap();
    let [places]: [[String; 4]; 1] = serde_json::from_str(&packet[start..]).unwrap();
    places.into()
}

#[tokio::test]
async fn a_polling_session_stays_on_its_worker_whichever_takes_its_requests() {
    let Served { addr, .. } = serve(|server| server).await;
    let mut seen = BTreeSet::new();
    for _ in 0..MANY {
        // Each request has a TCP connection of its own.
        let polling = Polling::open(addr, "/socket.io/").await;
        polling.send("40").await;
        polling.receive(1).await;
        let mut of_one = BTreeSet::new();
        for id in 0..5 {
            polling.send(format!(r#"42{id}["where"]"#)).await;
            of_one.extend(places(&polling.receive(1).await[0]));
        }
        assert_eq!(of_one.len(), 1, "{of_one:?}");
        seen.extend(of_one);
    }
    assert_eq!(Vec::from_iter(seen), ["socketio-0", "socketio-1", "socketio-2"]);
}

#[tokio::test]
async fn a_stream_that_another_worker_has_accepted_carries_the_session_on() {
    let Served { addr, .. } = serve(|server| server).await;
    for _ in 0..MANY / 2 {
        let polling = Polling::open(addr, "/socket.io/").await;
        polling.send("40").await;
        polling.receive(1).await;
        polling.send(r#"421["where"]"#).await;
        let before = places(&polling.receive(1).await[0]);
        let mut ws = polling.probe().await;
        ws.text("2probe").await;
        ws.expect("3probe").await;
        // What is sent behind the upgrade packet is read where the session runs.
        ws.text("5").await;
        ws.text(r#"422["where"]"#).await;
        let after = ws.next_text().await;
        assert_eq!(places(&after), before);
        let large = "x".repeat(200_000);
        ws.text(format!(r#"423["echo","{large}"]"#)).await;
        ws.expect(&format!(r#"433["{large}"]"#)).await;
    }
}

#[tokio::test(flavor = "current_thread")]
async fn hooks_of_the_server_run_where_it_was_started() {
    let ran = Arc::new(Mutex::new(Vec::new()));
    let ((end, ended), (started, stopped)) = (oneshot::channel::<()>(), (Arc::clone(&ran), Arc::clone(&ran)));
    let Served { addr, serving, left, .. } = serve(|server| {
        let server = server.on_start(move |_| async move { started.lock().unwrap().push(here()) });
        let server = server.on_stop(move || async move { stopped.lock().unwrap().push(here()) });
        server.shutdown_on(ended, tests::PATIENCE)
    })
    .await;
    let mut client = Client::bare(addr, "40").await;
    client.send(r#"421["where"]"#).await;
    assert!(places(&client.ws.next_text().await).iter().all(|place| place.starts_with("socketio-")));
    drop(end);
    client.ws.closed().await;
    within("the end", serving).await.unwrap().unwrap();
    assert_eq!(*ran.lock().unwrap(), [here(), here()]);
    assert_eq!(left.all(), ["server shutting down"]);
}

#[tokio::test]
async fn messages_from_outside_reach_the_clients_of_all_workers() {
    let Served { addr, handle, .. } = serve(|server| server).await;
    let mut clients = Vec::new();
    for _ in 0..MANY {
        clients.push(Client::bare(addr, "40").await);
    }
    assert_eq!(handle.connections(), MANY);
    for n in 0..50 {
        handle.of("/").emit("tick", n);
    }
    for client in &mut clients {
        for n in 0..50 {
            client.expect(&format!(r#"42["tick",{n}]"#)).await;
        }
    }
    let polling = Polling::open(addr, "/socket.io/").await;
    polling.send("40").await;
    polling.receive(1).await;
    let get = tokio::spawn(async move { polling.get().await.text().to_owned() });
    let ticks = tokio::spawn(async move {
        loop {
            handle.of("/").to("nobody").emit("tick", ());
            handle.of("/").emit("tock", ());
            tokio::task::yield_now().await;
        }
    });
    let answer = within("the GET", get).await.unwrap();
    ticks.abort();
    assert!(answer.split(SEPARATOR).all(|packet| packet == r#"42["tock"]"#), "{answer}");
}

#[tokio::test]
async fn zero_is_one_worker_for_each_core_and_other_values_are_errors() {
    let cores = std::thread::available_parallelism().unwrap().get();
    let bound = Server::empty().mount::<crate::Hall>().state(crate::Left::default()).workers(0);
    let bound = bound.bind(("127.0.0.1", 0)).await.unwrap();
    let (addr, handle) = (bound.local_addr().unwrap(), bound.handle());
    let serving = tokio::spawn(bound.serve());
    let mut seen = BTreeSet::new();
    for _ in 0..cores * 20 {
        let mut client = Client::bare(addr, "40").await;
        client.send(r#"421["where"]"#).await;
        seen.extend(places(&client.ws.next_text().await));
    }
    assert_eq!(seen.len(), cores, "{seen:?}");
    assert!(handle.shutdown(tests::PATIENCE).await);
    serving.await.unwrap().unwrap();

    let too_many = Server::empty().workers(1025).bind(("127.0.0.1", 0)).await.unwrap_err();
    assert_eq!((too_many.code(), too_many.message()), ("start", "`Server::workers` must be at most 1,024"));
    for error in
        [Server::empty().workers(2).into_service().unwrap_err(), Server::empty().workers(0).into_layer().unwrap_err()]
    {
        let text = "`Server::workers` is for `bind` and `listen`: a service runs in the threads of the HTTP server that calls it\nhelp: leave it out";
        assert_eq!((error.code(), error.message()), ("start", text));
    }
}
