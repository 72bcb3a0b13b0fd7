//! Recovery while events flow from both servers: nothing is lost, doubled or out of order over many cuts, on Redis Streams.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::clients::Client;
use super::matrix::heard_in;
use super::processes::free_port;
use super::proxy::Proxy;
use super::servers::{Kind, Make};
use super::ways::{Plan, judge, ours, plans, shared_broker, unique};

const CUTS: usize = 20;

/// Emits 0, 1, 2 and so on until `done`, then `end`; gives how many numbers these were.
async fn speak(speaker: &Client, room: &str, event: &str, done: &AtomicBool) -> u64 {
    let mut number = 0;
    while !done.load(Ordering::Acquire) {
        speaker.does("room", json!([room, event, number])).await;
        number += 1;
        // A client that comes back may miss no more meanwhile than `Server::max_held`.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    speaker.does("room", json!([room, event, "end"])).await;
    number
}

/// The client has heard every number once, in order.
async fn heard_all(client: &Client, event: &str, count: u64) {
    let end = json!("end");
    let heard = client
        .until("the end", |entries| {
            let heard: Vec<Value> = entries.iter().filter_map(|entry| entry.argument(event)).cloned().collect();
            heard.contains(&end).then_some(heard)
        })
        .await;
    let expected: Vec<Value> = (0..count).map(|number| json!(number)).chain([end]).collect();
    let lost = expected.iter().filter(|number| !heard.contains(number)).count();
    let doubled = heard.len() + lost - expected.len();
    assert!(heard == expected, "{event}: of {count} events {lost} lost, {doubled} doubled, or out of order");
}

/// A client behind a proxy is cut many times while both servers emit, and comes back to either.
async fn cut_in_traffic(plan: Plan, elsewhere: bool) {
    let way = plan.on(&shared_broker(plan.kind.broke()), Some(60));
    let proxy = Proxy::to(way.from.port()).await;
    let through = json!({ "transports": ["websocket"], "reconnectionDelay": 10, "reconnectionDelayMax": 30 });
    let client = Client::with(&proxy.url(), "/", through).await;
    let (a, b) = way.clients().await;
    let room = unique("room");
    client.does("join", json!([room])).await;
    for speaker in [&a, &b] {
        heard_in(&room, speaker, &client).await;
    }
    let (id, from_a, from_b, done) = (client.id(), unique("a"), unique("b"), AtomicBool::new(false));
    let cuts = async {
        for cut in 0..CUTS {
            proxy.retarget(free_port());
            proxy.cut();
            client.disconnected(cut + 1).await;
            tokio::time::sleep(Duration::from_millis(7 * cut as u64)).await;
            proxy.retarget(if elsewhere && cut % 2 == 0 { way.to.port() } else { way.from.port() });
            assert_eq!(client.connected(cut + 2).await, (id.clone(), true), "cut {cut}");
        }
        done.store(true, Ordering::Release);
    };
    let (at_a, at_b, ()) = tokio::join!(speak(&a, &room, &from_a, &done), speak(&b, &room, &from_b, &done), cuts);
    heard_all(&client, &from_a, at_a).await;
    heard_all(&client, &from_b, at_b).await;
}

#[test]
fn recovery_under_traffic_at_either_server() {
    let plans = ours(&[Kind::Streams, Kind::Streams4]);
    judge("recovery_under_traffic_at_either_server", &plans, async |plan| cut_in_traffic(plan, true).await);
}

/// Events of a Node server are lost by Node itself when a client comes back there, so that it comes back to ours.
#[test]
fn recovery_under_traffic_beside_a_server_of_node() {
    let mut plans = plans(&[Kind::Streams]);
    plans.retain(|plan| plan.from == Make::Rust && plan.to == Make::Node);
    judge("recovery_under_traffic_beside_a_server_of_node", &plans, async |plan| cut_in_traffic(plan, false).await);
}
