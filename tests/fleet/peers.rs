//! Servers that are killed, frozen or ended, and come back.

use serde_json::{Value, json};

use super::matrix::{heard_in, in_a_room};
use super::requests::ASKING;
use super::servers::Kind;
use super::ways::{each_way, meet, unique};

/// The ids of the clients in the answer of `fetch`.
fn ids(fetched: &Value) -> Vec<String> {
    let clients = fetched.as_array().unwrap_or_else(|| panic!("no list of clients: {fetched}")).iter();
    let mut ids: Vec<_> = clients.filter_map(|client| client["id"].as_str()).map(str::to_owned).collect();
    ids.sort();
    ids
}

/// SIGKILL: the next `fetch` answers without the server's clients, and when it is back everything is whole.
#[test]
fn a_killed_peer_is_missing_and_comes_back() {
    each_way("a_killed_peer_is_missing_and_comes_back", &Kind::ALL, async |plan| {
        let way = plan.own();
        let (a, b, room) = in_a_room(&way).await;
        way.to.process().kill();
        b.disconnected(1).await;
        if plan.kind != Kind::Python {
            let fetched = a.ask("fetch", json!([room])).await;
            assert_eq!(ids(&fetched), [a.id()]);
        }
        let event = unique("event");
        a.does("room", json!([room, event, 1])).await;
        assert_eq!(json!(a.hears(&event, 1).await), json!([[1]]));
        way.to.restart();
        // The JavaScript client comes back by itself, in no room.
        b.connected(2).await;
        b.does("join", json!([room])).await;
        meet(&a, &b).await;
        heard_in(&room, &a, &b).await;
        heard_in(&room, &b, &a).await;
        if plan.kind != Kind::Python {
            let fetched = a.ask("fetch", json!([room])).await;
            let mut expected = [a.id(), b.id()];
            expected.sort();
            assert_eq!(ids(&fetched), expected);
        }
    });
}

/// SIGSTOP: own clients are served, requests give what there is, and afterwards the peer delivers what was sent meanwhile.
#[test]
fn a_frozen_peer_delays_no_own_client_and_delivers_afterwards() {
    each_way("a_frozen_peer_delays_no_own_client_and_delivers_afterwards", &Kind::ALL, async |plan| {
        let way = plan.own();
        let (a, b, room) = in_a_room(&way).await;
        let event = unique("event");
        way.to.process().freeze();
        for n in 0..100 {
            a.does("room", json!([room, event, n])).await;
        }
        let own: Vec<_> = (0..100).map(|n| json!([n])).collect();
        assert_eq!(json!(a.hears(&event, 100).await), json!(own));
        way.to.process().thaw();
        assert_eq!(json!(b.hears(&event, 100).await), json!(own));
        a.does("room", json!([room, event, "end"])).await;
        assert_eq!(b.hears(&event, 101).await[100], [json!("end")]);
    });
}

#[test]
fn requests_give_what_they_have_while_a_peer_is_frozen() {
    each_way("requests_give_what_they_have_while_a_peer_is_frozen", ASKING, async |plan| {
        let way = plan.own();
        let (a, _b, room) = in_a_room(&way).await;
        let event = unique("event");
        a.answers(&event, json!("here")).await;
        way.to.process().freeze();
        let (fetched, counted, asked) = tokio::join!(
            a.ask("fetch", json!([room])),
            a.ask("count", json!([room])),
            a.ask("ask", json!([room, event]))
        );
        way.to.process().thaw();
        assert_eq!(ids(&fetched), [a.id()]);
        assert_eq!(counted, 1);
        assert_eq!(asked["answers"], json!(["here"]));
    });
}

/// SIGTERM: connections are closed, the process ends with status 0, and the next `fetch` is whole at once.
#[test]
fn an_ended_peer_leaves_the_cluster() {
    each_way("an_ended_peer_leaves_the_cluster", &Kind::ALL, async |plan| {
        let way = plan.own();
        let (a, b, room) = in_a_room(&way).await;
        let ended = way.to.clone();
        let ended = tokio::task::spawn_blocking(move || ended.process().end());
        assert!(ended.await.expect("the end of a server"), "{}", way.to.process().log());
        b.disconnected(1).await;
        if plan.kind != Kind::Python {
            assert_eq!(ids(&a.ask("fetch", json!([room])).await), [a.id()]);
        }
    });
}
