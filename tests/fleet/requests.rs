//! Requests to all servers: `fetch`, `count`, `ask`, `sse_ask`.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::matrix::in_a_room;
use super::servers::{Kind, Make};
use super::ways::{each_way, unique};

/// The adapters with requests.
pub(crate) const ASKING: &[Kind] =
    &[Kind::Classic, Kind::Sharded, Kind::ShardedStatic, Kind::Streams, Kind::Streams4, Kind::Postgres, Kind::Nats];

/// Brings the answer of `fetch` into an order: clients by their ids, and the rooms of each.
pub(crate) fn sort(fetched: &mut Value) {
    let text = fetched.to_string();
    let clients = fetched.as_array_mut().unwrap_or_else(|| panic!("no list of clients: {text}"));
    for client in clients.iter_mut() {
        client["rooms"].as_array_mut().expect("rooms").sort_by_key(Value::to_string);
    }
    clients.sort_by_key(|client| client["id"].to_string());
}

#[test]
fn thirty_fetches_at_a_time_are_not_mixed_up() {
    each_way("thirty_fetches_at_a_time_are_not_mixed_up", ASKING, async |plan| {
        let way = plan.shared();
        let (a, b) = way.clients().await;
        let c = way.to.client().await;
        let prefix = unique("room");
        // Room n has b if n is even, and c if n is a multiple of three.
        for n in 0..30 {
            for (client, step) in [(&b, 2), (&c, 3)] {
                if n % step == 0 {
                    client.does("join", json!([format!("{prefix}-{n}")])).await;
                }
            }
        }
        let fetch = async |n: usize| (n, a.ask("fetch", json!([format!("{prefix}-{n}")])).await);
        for (n, fetched) in join_all((0..30).map(fetch)).await {
            let mut expected = Vec::new();
            expected.extend((n % 2 == 0).then(|| b.id()));
            expected.extend((n % 3 == 0).then(|| c.id()));
            let ids = fetched.as_array().unwrap_or_else(|| panic!("room {n}: {fetched}")).iter();
            let mut ids: Vec<_> = ids.filter_map(|client| client["id"].as_str()).map(str::to_owned).collect();
            ids.sort();
            expected.sort();
            assert_eq!(ids, expected, "room {n}");
        }
    });
}

#[test]
fn a_fetch_of_nobody_is_empty() {
    each_way("a_fetch_of_nobody_is_empty", ASKING, async |plan| {
        let (a, _b) = plan.shared().clients().await;
        assert_eq!(a.ask("fetch", json!([unique("empty")])).await, json!([]));
        let reply = a.ask("ask", json!([unique("empty"), "event"])).await;
        assert_eq!(reply, json!({ "answers": [], "missing": 0 }));
    });
}

/// A client that does not answer is missing; the answers of the others come all the same.
#[test]
fn a_question_gives_the_answers_that_came() {
    each_way("a_question_gives_the_answers_that_came", ASKING, async |plan| {
        let way = plan.shared();
        let (a, b, room) = in_a_room(&way).await;
        let silent = way.to.client().await;
        silent.does("join", json!([room])).await;
        super::matrix::heard_in(&room, &a, &silent).await;
        let event = unique("ask");
        a.answers(&event, json!(1)).await;
        b.answers(&event, json!([2])).await;
        let reply = a.ask("ask", json!([room, event])).await;
        let mut answers = reply["answers"].as_array().expect("answers").clone();
        answers.sort_by_key(Value::to_string);
        assert_eq!(json!(answers), json!([1, [2]]));
        let missing = if plan.from == Make::Node { Value::Null } else { json!(1) };
        assert_eq!(reply["missing"], missing);
        assert_eq!(silent.heard(&event).len(), 1);
    });
}

/// An answer with bytes, from the other server.
#[test]
fn answers_with_bytes_cross_servers() {
    each_way("answers_with_bytes_cross_servers", ASKING, async |plan| {
        let (a, b) = plan.shared().clients().await;
        let event = unique("ask");
        let answer = json!({ "deep": [super::clients::bytes(b"\x00\xff")] });
        b.answers(&event, answer.clone()).await;
        let reply = a.ask("ask", json!([b.id(), event, super::clients::bytes(b"question")])).await;
        assert_eq!(reply, json!({ "answers": [answer], "missing": 0 }));
    });
}

/// Requests do not hold up what the same client asks for behind them.
#[test]
fn requests_do_not_delay_other_commands() {
    each_way("requests_do_not_delay_other_commands", ASKING, async |plan| {
        let way = plan.shared();
        let (a, b, room) = in_a_room(&way).await;
        let event = unique("ask");
        // Nobody answers, so that the question takes its two seconds.
        let question = a.ask("ask", json!([room, event]));
        let behind = async {
            b.hears(&event, 1).await;
            a.does("room", json!([room, event, "behind"])).await;
            b.answers(&event, json!("late")).await;
            b.hears(&event, 2).await
        };
        let (reply, heard) = tokio::join!(question, behind);
        assert_eq!(json!(heard), json!([[], ["behind"]]));
        assert_eq!(reply["answers"], json!([]));
    });
}
