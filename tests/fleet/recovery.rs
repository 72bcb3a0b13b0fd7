//! Connection state recovery: a client whose connection is lost comes back within the time, and has its id, its rooms, its data, and what it
//! has missed.

use serde_json::{Value, json};

use super::clients::{Client, Entry};
use super::matrix::in_a_room;
use super::processes::free_port;
use super::proxy::Proxy;
use super::servers::Kind;
use super::ways::{Plan, Way, judge, plans, shared_broker, unique};

/// How long sessions live in most tests, in seconds: longer than they take.
const TIME: u32 = 60;

/// A client behind a proxy, and one that speaks to it.
struct Cut {
    way: Way,
    proxy: Proxy,
    client: Client,
    id: String,
    room: String,
    event: String,
    speaker: Client,
}

impl Cut {
    /// The client is at `from`, the speaker at `to`; both are in a room, and the client has heard an event of it.
    async fn begin(way: Way) -> Self {
        let proxy = Proxy::to(way.from.port()).await;
        let through = json!({ "transports": ["websocket"], "reconnectionDelay": 20, "reconnectionDelayMax": 50 });
        let client = Client::with(&proxy.url(), "/", through).await;
        let (_other, speaker, room) = in_a_room(&way).await;
        client.does("join", json!([room])).await;
        client.does("set", json!(["name", "Ada"])).await;
        let (id, event) = (client.id(), unique("missed"));
        let cut = Self { way, proxy, client, id, room, event, speaker };
        let first = unique("first");
        tests::within("an event before the cut", async {
            while cut.client.heard(&first).is_empty() {
                cut.speaker.does("room", json!([cut.room, first])).await;
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        })
        .await;
        cut
    }

    /// The connection is lost, and the client does not get through until [`Cut::back_at`].
    fn lose(&self) {
        self.proxy.retarget(free_port());
        self.proxy.cut();
    }

    /// Waits until the cluster has noticed that the client is gone.
    async fn noticed(&self) {
        tests::within("the client is gone", async { while self.speaker.ask("count", json!([self.id])).await != 0 {} })
            .await;
    }

    /// Emits what the client is to hear when it comes back, and what it is not to hear; gives how many it is to hear.
    async fn speak(&self) {
        let Self { speaker, room, event, id, .. } = self;
        speaker.does("room", json!([room, event, 1])).await;
        speaker.does("room", json!([unique("other"), event, "for others"])).await;
        speaker.does("all", json!([event, 2, { "some": ["object"] }])).await;
        speaker.does("except", json!([room, event, "for others"])).await;
        speaker.does("room", json!([id, event, 3])).await;
    }

    /// The proxy lets the client through to the server at `port`.
    fn back_at(&self, port: u16) {
        self.proxy.retarget(port);
    }

    /// The client is the one it was, and has heard what it has missed, once and in order.
    async fn recovered(&self) {
        let (id, recovered) = self.client.connected(2).await;
        assert_eq!((&id, recovered), (&self.id, true));
        let me = self.client.ask("whoami", json!([])).await;
        assert_eq!(
            (&me["id"], &me["recovered"], &me["data"]),
            (&json!(self.id), &json!(true), &json!({ "name": "Ada" }))
        );
        let mut rooms = vec![json!(self.id), json!(self.room)];
        rooms.sort_by_key(Value::to_string);
        let mut found = me["rooms"].as_array().cloned().unwrap_or_default();
        found.sort_by_key(Value::to_string);
        assert_eq!(found, rooms);
        self.client.does("room", json!([self.id, self.event, "end"])).await;
        assert_eq!(self.heard_until("end").await, [json!(1), json!(2), json!(3), json!("end")]);
    }

    /// The first arguments of what the client has heard of the event, once `last` is one of them. The server has appended an offset to each.
    async fn heard_until(&self, last: &str) -> Vec<Value> {
        let last = json!(last);
        let ended = |entries: &[Entry]| {
            let heard: Vec<Value> = entries.iter().filter_map(|entry| entry.argument(&self.event)).cloned().collect();
            heard.contains(&last).then_some(heard)
        };
        self.client.until("the end", ended).await
    }

    /// The client is a new one, and hears nothing of what was before.
    async fn is_new(&self) {
        let (id, recovered) = self.client.connected(2).await;
        assert!(id != self.id && !recovered, "{id}, {recovered}");
        let me = self.client.ask("whoami", json!([])).await;
        assert_eq!((&me["rooms"], &me["recovered"], &me["data"]), (&json!([id]), &json!(false), &json!({})));
        self.client.does("room", json!([id, self.event, "end"])).await;
        assert_eq!(self.heard_until("end").await, [json!("end")]);
    }
}

fn with_recovery(plan: Plan) -> Way {
    plan.on(&shared_broker(plan.kind.broke()), Some(TIME))
}

/// The cell of the matrix: the client comes back at the other server.
pub(crate) async fn at_the_other_server(plan: Plan) {
    let cut = Cut::begin(with_recovery(plan)).await;
    cut.lose();
    cut.noticed().await;
    cut.speak().await;
    cut.back_at(cut.way.to.port());
    cut.recovered().await;
}

/// The adapters with recovery, at one server (`memory` is a server alone) and across servers.
fn streams() -> Vec<Plan> {
    plans(&[Kind::Streams])
}

/// A test of recovery at each way on streams, and at a server alone.
fn cases(name: &str, case: impl AsyncFn(Cut) + Sync) {
    let mut plans = streams();
    plans.extend(super::ways::plans(&[Kind::Memory]));
    judge(name, &plans, async |plan| case(Cut::begin(with_recovery(plan)).await).await);
}

#[test]
fn recovery_at_the_same_server() {
    cases("recovery_at_the_same_server", async |cut| {
        cut.lose();
        cut.noticed().await;
        cut.speak().await;
        cut.back_at(cut.way.from.port());
        cut.recovered().await;
    });
}

/// The connection ends within a frame that the server has sent.
#[test]
fn recovery_after_a_cut_in_the_middle_of_a_frame() {
    cases("recovery_after_a_cut_in_the_middle_of_a_frame", async |cut| {
        cut.proxy.cut_after(700);
        cut.proxy.retarget(free_port());
        let large = "x".repeat(2000);
        cut.speaker.does("room", json!([cut.room, cut.event, 0, large])).await;
        cut.client.disconnected(1).await;
        cut.speak().await;
        cut.back_at(cut.way.from.port());
        cut.client.connected(2).await;
        cut.client.does("room", json!([cut.id, cut.event, "end"])).await;
        let heard = cut.heard_until("end").await;
        assert_eq!(heard, [json!(0), json!(1), json!(2), json!(3), json!("end")]);
    });
}

#[test]
fn recovery_leaves_out_volatile_events() {
    cases("recovery_leaves_out_volatile_events", async |cut| {
        cut.lose();
        cut.noticed().await;
        cut.speaker.does("volatile", json!([cut.room, cut.event, "volatile"])).await;
        cut.speak().await;
        cut.back_at(cut.way.from.port());
        cut.recovered().await;
    });
}

/// The last event before the cut was volatile, and ended in a text; or it asked for an acknowledgement.
#[test]
fn recovery_after_volatile_and_acknowledged_events() {
    cases("recovery_after_volatile_and_acknowledged_events", async |cut| {
        let event = unique("before");
        cut.client.answers(&event, json!("answer")).await;
        let reply = cut.speaker.ask("ask", json!([cut.id, event, "text"])).await;
        assert_eq!(reply["answers"], json!(["answer"]));
        cut.speaker.does("volatile", json!([cut.room, event, "text"])).await;
        cut.speaker.does("volatile", json!([cut.room, event])).await;
        cut.client.hears(&event, 3).await;
        cut.lose();
        cut.noticed().await;
        cut.speak().await;
        cut.back_at(cut.way.from.port());
        cut.recovered().await;
    });
}

/// The server still takes the old connection for a live one when the client comes back.
#[test]
fn recovery_before_the_server_has_noticed() {
    cases("recovery_before_the_server_has_noticed", async |cut| {
        cut.proxy.retarget(free_port());
        cut.proxy.cut_unnoticed();
        cut.client.disconnected(1).await;
        cut.speak().await;
        cut.back_at(cut.way.from.port());
        cut.recovered().await;
        // There is one client of that id, not two.
        assert_eq!(cut.speaker.ask("count", json!([cut.id])).await, 1);
    });
}

/// Nothing was sent for 12 s before the cut.
#[test]
fn recovery_after_twelve_seconds_without_events() {
    cases("recovery_after_twelve_seconds_without_events", async |cut| {
        tokio::time::sleep(std::time::Duration::from_secs(12)).await;
        cut.lose();
        cut.noticed().await;
        cut.speak().await;
        cut.back_at(cut.way.from.port());
        cut.recovered().await;
    });
}

/// Three cuts in a row, with events that arrive and events that are missed.
#[test]
fn recovery_again_and_again() {
    cases("recovery_again_and_again", async |cut| {
        for n in 0..4 {
            for part in 0..10 {
                cut.speaker.does("room", json!([cut.room, cut.event, n * 20 + part])).await;
            }
            cut.lose();
            for part in 10..20 {
                cut.speaker.does("room", json!([cut.room, cut.event, n * 20 + part])).await;
            }
            cut.back_at(cut.way.from.port());
            let connected = cut.client.connected(n + 2).await;
            assert_eq!(connected, (cut.id.clone(), true));
        }
        cut.client.does("room", json!([cut.id, cut.event, "end"])).await;
        let expected: Vec<_> = (0..80).map(|n| json!(n)).chain([json!("end")]).collect();
        assert_eq!(cut.heard_until("end").await, expected);
    });
}

/// After `disconnect`, by either side, there is nothing to recover.
#[test]
fn no_recovery_after_a_disconnect() {
    cases("no_recovery_after_a_disconnect", async |cut| {
        cut.client.disconnect().await;
        cut.noticed().await;
        cut.speak().await;
        cut.client.reconnect().await;
        cut.is_new().await;
        cut.speaker.does("kick", json!([cut.client.id(), false])).await;
        assert_eq!(cut.client.disconnected(2).await, "io server disconnect");
        let before = cut.client.id();
        cut.client.reconnect().await;
        let (id, recovered) = cut.client.connected(3).await;
        assert!(id != before && !recovered);
    });
}

/// Two clients present the same session: there are not two of that id afterwards.
#[test]
fn a_session_is_restored_once() {
    cases("a_session_is_restored_once", async |cut| {
        let session = cut.client.session(json!({})).await;
        cut.lose();
        cut.noticed().await;
        let options = json!({ "transports": ["websocket"], "reconnection": false, "session": session });
        let url = cut.way.from.url();
        let (one, other) = tokio::join!(Client::begin(&url, "/", options.clone()), Client::begin(&url, "/", options));
        // One of them may be closed at once, because the other one has taken the session over.
        let recovered = async {
            let is_it = |entry: &Entry| matches!(entry, Entry::Connected { id, .. } if *id == cut.id);
            while !(one.entries().iter().any(is_it) || other.entries().iter().any(is_it)) {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tests::within("one of them recovers the session", recovered).await;
        tests::within("both are done", async {
            while one.entries().is_empty() || other.entries().is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
        .await;
        cut.speaker.does("room", json!([cut.id, cut.event, "once"])).await;
        cut.speaker.does("room", json!([cut.id, cut.event, "end"])).await;
        let heard = async {
            loop {
                let heard = [one.heard(&cut.event), other.heard(&cut.event)].concat();
                if heard.iter().any(|args| args[0] == "end") {
                    return heard.len();
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        assert_eq!(tests::within("the event for the session", heard).await, 2);
        assert_eq!(cut.speaker.ask("count", json!([cut.id])).await, 1);
    });
}

/// Made-up values, too old ones and strange ones: a new session, and no error.
#[test]
fn made_up_sessions_are_new_ones() {
    cases("made_up_sessions_are_new_ones", async |cut| {
        let real = cut.client.session(json!({})).await;
        let pid = &real["pid"];
        let strange = [
            json!({ "pid": "made-up", "offset": real["offset"] }),
            json!({ "pid": "", "offset": "" }),
            json!({ "pid": { "$ne": 1 }, "offset": [1] }),
            json!({ "pid": 7, "offset": 7 }),
            json!({ "pid": "x".repeat(10_000), "offset": "y".repeat(10_000) }),
            json!({ "pid": "*", "offset": "-" }),
            json!({ "pid": format!("{}x", pid.as_str().unwrap_or_default()), "offset": "0-0" }),
        ];
        for (n, session) in strange.into_iter().enumerate() {
            cut.client.session(session.clone()).await;
            let before = cut.client.id();
            cut.proxy.cut();
            let (id, recovered) = cut.client.connected(n + 2).await;
            assert!(id != before && !recovered, "{session}");
            let refused = cut
                .client
                .entries()
                .into_iter()
                .any(|entry| matches!(entry, Entry::Refused(why) if !why.contains("websocket")));
            assert!(!refused, "{session}");
        }
    });
}

/// The session has ended when the client comes back.
#[test]
fn a_session_that_is_too_old_is_a_new_one() {
    let mut plans = streams();
    plans.extend(super::ways::plans(&[Kind::Memory]));
    judge("a_session_that_is_too_old_is_a_new_one", &plans, async |plan| {
        let cut = Cut::begin(plan.on(&shared_broker(plan.kind.broke()), Some(1))).await;
        cut.lose();
        cut.noticed().await;
        cut.speak().await;
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        cut.back_at(cut.way.from.port());
        cut.is_new().await;
    });
}

/// The first server was ended, or killed: the client finds its session at the other.
#[test]
fn recovery_at_the_other_server_after_the_first_has_ended() {
    judge("recovery_at_the_other_server_after_the_first_has_ended", &streams(), async |plan| {
        let cut = Cut::begin(with_recovery(plan)).await;
        cut.proxy.retarget(free_port());
        let from = cut.way.from.clone();
        assert!(tokio::task::spawn_blocking(move || from.process().end()).await.expect("the end of a server"));
        cut.client.disconnected(1).await;
        cut.speak().await;
        cut.back_at(cut.way.to.port());
        cut.recovered().await;
    });
}

#[test]
fn recovery_at_the_other_server_after_the_first_was_killed() {
    judge("recovery_at_the_other_server_after_the_first_was_killed", &streams(), async |plan| {
        let cut = Cut::begin(with_recovery(plan)).await;
        cut.proxy.retarget(free_port());
        cut.way.from.process().kill();
        cut.client.disconnected(1).await;
        cut.speak().await;
        cut.back_at(cut.way.to.port());
        cut.recovered().await;
    });
}
