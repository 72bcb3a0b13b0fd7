//! The matrix: every adapter, every way between two servers, every operation, as a table. What fails only where Node itself fails is marked
//! `node` and named below the table; anything else that fails fails the test.

use serde_json::{Value, json};

use super::clients::{Client, Entry, bytes};
use super::servers::{Kind, Make};
use super::ways::{Plan, Verdict, Way, plans, present, unique, verdicts};

const CHECKS: [&str; 13] = [
    "emit",
    "room",
    "to",
    "except",
    "binary",
    "ack",
    "fetch",
    "count",
    "sse",
    "join",
    "leave",
    "disconnect",
    "recover",
];

/// Whether the adapter can do it at all.
fn applies(check: &str, kind: Kind) -> bool {
    match check {
        "except" | "fetch" | "count" | "sse" => kind != Kind::Python,
        "recover" => kind.is_streams(),
        _ => true,
    }
}

async fn run(check: &str, plan: Plan) {
    if check == "recover" {
        return super::recovery::at_the_other_server(plan).await;
    }
    let way = plan.shared();
    match check {
        "emit" => emit(&way).await,
        "room" => room(&way).await,
        "to" => to(&way).await,
        "except" => except(&way).await,
        "binary" => binary(&way).await,
        "ack" => ack(&way).await,
        "fetch" => fetch(&way).await,
        "count" => count(&way).await,
        "sse" => sse(&way).await,
        "join" => join(&way).await,
        "leave" => leave(&way).await,
        _ => disconnect(&way).await,
    }
}

#[test]
fn matrix() {
    let plans = plans(&Kind::ALL);
    if !present("matrix", &plans) {
        return;
    }
    let mut rows: Vec<Vec<&str>> = plans.iter().map(|_| Vec::new()).collect();
    let (mut known, mut bad) = (Vec::new(), Vec::new());
    for check in CHECKS {
        let able: Vec<Plan> = plans.iter().copied().filter(|plan| applies(check, plan.kind)).collect();
        let mut ended = able.iter().zip(verdicts(check, &able, async |plan| run(check, plan).await)).peekable();
        for (plan, row) in plans.iter().zip(&mut rows) {
            row.push(match ended.next_if(|(able, _)| *able == plan) {
                None => "–",
                Some((_, Verdict::Good)) => "ok",
                Some((_, Verdict::Known(reason))) => {
                    known.push(format!("{plan}, {check}: fails in Node itself: {reason}"));
                    "node"
                }
                Some((_, Verdict::Bad(message))) => {
                    bad.push(format!("{plan}, {check}: {message}"));
                    "RED"
                }
            });
        }
    }
    println!("{}", table(&plans, &rows));
    println!("{}", known.join("\n"));
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

fn table(plans: &[Plan], rows: &[Vec<&str>]) -> String {
    let mut table = format!("{:28}  {}\n", "", CHECKS.join("  "));
    for (plan, row) in plans.iter().zip(rows) {
        table.push_str(&format!("{:28}", plan.to_string()));
        for (check, cell) in CHECKS.iter().zip(row) {
            table.push_str(&format!("  {cell:width$}", width = check.len()));
        }
        table.push('\n');
    }
    table
}

/// Compares events in any order, which is another check's concern.
pub(crate) fn same(heard: Vec<Vec<Value>>, expected: Value) {
    let mut sides = [json!(heard), expected];
    for side in &mut sides {
        side.as_array_mut().expect("events").sort_by_key(Value::to_string);
    }
    assert_eq!(sides[0], sides[1]);
}

/// Both in a room of their own.
pub(crate) async fn in_a_room(way: &Way) -> (Client, Client, String) {
    let (a, b) = way.clients().await;
    let room = unique("room");
    a.does("join", json!([room])).await;
    b.does("join", json!([room])).await;
    // Node acknowledges the join of a sharded room before it has subscribed.
    heard_in(&room, &a, &b).await;
    (a, b, room)
}

async fn emit(way: &Way) {
    let (a, b) = way.clients().await;
    let event = unique("emit");
    a.does("all", json!([event, 1, "two"])).await;
    a.does("all", json!([event, "end"])).await;
    for client in [&a, &b] {
        same(client.hears(&event, 2).await, json!([[1, "two"], ["end"]]));
    }
}

async fn room(way: &Way) {
    let (a, b, room) = in_a_room(way).await;
    let outside = way.to.client().await;
    let event = unique("event");
    a.does("room", json!([room, event, { "one": [1] }])).await;
    a.does("all", json!([event, "end"])).await;
    for client in [&a, &b] {
        same(client.hears(&event, 2).await, json!([[{ "one": [1] }], ["end"]]));
    }
    same(outside.hears(&event, 1).await, json!([["end"]]));
}

async fn to(way: &Way) {
    let (a, b, room) = in_a_room(way).await;
    let event = unique("event");
    a.does("to", json!([room, event, 1])).await;
    a.does("room", json!([room, event, "end"])).await;
    same(b.hears(&event, 2).await, json!([[1], ["end"]]));
    same(a.hears(&event, 1).await, json!([["end"]]));
}

async fn except(way: &Way) {
    let (a, b) = way.clients().await;
    let third = way.to.client().await;
    let (room, event) = (unique("room"), unique("event"));
    b.does("join", json!([room])).await;
    a.does("except", json!([room, event, 1])).await;
    a.does("all", json!([event, "end"])).await;
    for client in [&a, &third] {
        same(client.hears(&event, 2).await, json!([[1], ["end"]]));
    }
    same(b.hears(&event, 1).await, json!([["end"]]));
}

async fn binary(way: &Way) {
    let (a, b, room) = in_a_room(way).await;
    let event = unique("event");
    let args = json!([bytes(b"\x00\xff data"), { "deep": [{ "er": bytes(&[7; 3000]) }], "text": "é" }, bytes(b"")]);
    let mut command = vec![json!(room), json!(event)];
    command.extend(args.as_array().expect("arguments").iter().cloned());
    a.does("room", json!(command)).await;
    for client in [&a, &b] {
        same(client.hears(&event, 1).await, json!([args]));
    }
}

async fn ack(way: &Way) {
    let (a, b, room) = in_a_room(way).await;
    let event = unique("ask");
    a.answers(&event, json!("from a")).await;
    b.answers(&event, json!({ "from": ["b"] })).await;
    if way.kind == Kind::Python {
        let reply = a.ask("ask", json!([b.id(), event, 7])).await;
        assert_eq!(reply, json!({ "answers": [{ "from": ["b"] }], "missing": 0 }));
        return;
    }
    let reply = a.ask("ask", json!([room, event, 7])).await;
    let mut answers = reply["answers"].as_array().expect("answers").clone();
    answers.sort_by_key(|answer| !answer.is_string());
    assert_eq!((json!(answers), &reply["missing"]), (json!(["from a", { "from": ["b"] }]), &json!(0)));
    assert_eq!(json!(b.heard(&event)), json!([[7]]));
}

async fn fetch(way: &Way) {
    let (a, b, room) = in_a_room(way).await;
    let other = unique("other");
    b.does("join", json!([other])).await;
    b.does("set", json!(["name", { "first": "Ada" }])).await;
    let mut fetched = a.ask("fetch", json!([room])).await;
    let mut expected = json!([
        { "id": a.id(), "rooms": [a.id(), room], "data": {} },
        { "id": b.id(), "rooms": [b.id(), room, other], "data": { "name": { "first": "Ada" } } },
    ]);
    for list in [&mut fetched, &mut expected] {
        super::requests::sort(list);
    }
    assert_eq!(fetched, expected);
}

async fn count(way: &Way) {
    let (a, b, room) = in_a_room(way).await;
    assert_eq!(a.ask("count", json!([room])).await, 2);
    assert_eq!(a.ask("count", json!([b.id()])).await, 1);
    assert_eq!(a.ask("count", json!([unique("empty")])).await, 0);
}

async fn sse(way: &Way) {
    let (a, b) = way.clients().await;
    let tag = unique("tag");
    a.does("sse", json!(["news", tag, { "n": 1 }])).await;
    let expected = Entry::Event("sse".to_owned(), vec![json!("news"), json!(tag), json!({ "n": 1 })]);
    b.until("the server-side event", |entries| entries.contains(&expected).then_some(())).await;
    let reply = a.ask("sse_ask", json!(["quiz", tag, 2])).await;
    assert_eq!(reply, json!({ "answers": [[way.to.name(), tag, 2]] }));
    let quiz = Entry::Event("sse".to_owned(), vec![json!("quiz"), json!(tag), json!(2)]);
    b.until("the second server-side event", |entries| entries.contains(&quiz).then_some(())).await;
    let own = |client: &Client| client.heard("sse").iter().filter(|args| args.get(1) == Some(&json!(tag))).count();
    // The answer may overtake the event to the client.
    let of_tag =
        |entry: &&Entry| matches!(entry, Entry::Event(name, args) if name == "sse" && args.get(1) == Some(&json!(tag)));
    b.until("both events", |entries| (entries.iter().filter(of_tag).count() >= 2).then_some(())).await;
    assert_eq!((own(&a), own(&b)), (0, 2));
}

/// Emits to `room` until `client` hears it.
pub(crate) async fn heard_in(room: &str, from: &Client, client: &Client) {
    let event = unique("heard");
    let arrived = async {
        while client.heard(&event).is_empty() {
            from.does("room", json!([room, event])).await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tests::within("an event in the room", arrived).await;
}

async fn join(way: &Way) {
    let (a, b, room) = in_a_room(way).await;
    let other = unique("other");
    if way.kind == Kind::Python {
        a.does("joinall", json!([b.id(), other])).await;
        return heard_in(&other, &a, &b).await;
    }
    a.does("joinall", json!([room, other])).await;
    heard_in(&other, &a, &b).await;
    heard_in(&other, &b, &a).await;
}

async fn leave(way: &Way) {
    let (a, b, room) = in_a_room(way).await;
    let python = way.kind == Kind::Python;
    let third = way.to.client().await;
    third.does("join", json!([room])).await;
    heard_in(&room, &a, &third).await;
    a.does("leaveall", json!([if python { third.id() } else { room.clone() }, room])).await;
    let gone = async {
        loop {
            let rooms = third.ask("whoami", json!([])).await["rooms"].clone();
            if rooms == json!([third.id()]) {
                return;
            }
        }
    };
    tests::within("the client out of the room", gone).await;
    if python {
        // The others are still in it, until it is closed.
        heard_in(&room, &a, &b).await;
        a.does("leaveall", json!([room, room])).await;
        let closed = async { while b.ask("whoami", json!([])).await["rooms"] != json!([b.id()]) {} };
        tests::within("the room closed", closed).await;
    } else {
        assert_eq!(a.ask("whoami", json!([])).await["rooms"], json!([a.id()]));
    }
    let event = unique("event");
    a.does("room", json!([room, event, "nobody"])).await;
    a.does("all", json!([event, "end"])).await;
    for client in [&a, &b, &third] {
        if !(python && std::ptr::eq(client, &a)) {
            same(client.hears(&event, 1).await, json!([["end"]]));
        }
    }
}

async fn disconnect(way: &Way) {
    let (a, b) = way.clients().await;
    let beside = b.beside("/chat").await;
    a.does("kick", json!([b.id(), false])).await;
    assert_eq!(b.disconnected(1).await, "io server disconnect");
    assert_eq!(beside.ask("whoami", json!([])).await["id"], json!(beside.id()));
    if way.from.make() == Make::Python || way.kind == Kind::Python {
        return;
    }
    let (room, (c, d)) = (unique("room"), way.clients().await);
    let beside = d.beside("/chat").await;
    for client in [&c, &d] {
        client.does("join", json!([room])).await;
    }
    a.does("kick", json!([room, true])).await;
    for client in [&c, &d] {
        assert_eq!(client.disconnected(1).await, "io server disconnect");
    }
    beside.disconnected(1).await;
}
