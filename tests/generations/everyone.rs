//! One room with clients of every generation at once, from 0.7.11 to 4.8.4 and the one that the server carries: each says
//! something, each hears each other exactly once. The clients do as they are asked; everything is judged here.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use socketio::engine::Cors;
use socketio::{Handle, Target};
use tests::tools;
use tokio::runtime::Runtime;

use crate::matrix::{Heard, Matrix};
use crate::{NEEDS, app, members};

/// Far beyond what it takes: whoever needs longer is stuck.
const STUCK: Duration = Duration::from_secs(120);

/// Every character that is read differently somewhere.
const TEXT: &str = "é€😀 \u{2028}\u{fffd} </script> \n 42[] 4:4";

/// What a member says of itself and of what it has heard since it was last asked.
#[derive(Debug, Deserialize)]
struct Report {
    name: String,
    transport: String,
    heard: Vec<(String, Value)>,
}

/// The room from outside.
struct Room {
    chat: Target,
    everyone: usize,
}

impl Room {
    /// Waits until all have come in.
    async fn filled(handle: &Handle, everyone: usize) -> Self {
        let room = Self { chat: handle.of("/chat"), everyone };
        let start = Instant::now();
        while room.count() < everyone {
            assert!(start.elapsed() < STUCK, "{} of {everyone} have come", room.count());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        room
    }

    /// How many are in it.
    fn count(&self) -> usize {
        self.chat.clone().within("mixed").count()
    }

    /// Has everybody do something, and waits until all have done it.
    async fn ask<T: serde::de::DeserializeOwned>(&self, event: &str, arg: impl serde::Serialize) -> Vec<T> {
        let mut acks = self.chat.clone().timeout(STUCK).emit_with_ack::<Value>(event, arg);
        let mut answers = Vec::new();
        while let Some((id, answer)) = acks.next().await {
            let answer = answer.unwrap_or_else(|error| panic!("{event}: {id}: {error}"));
            answers.push(serde_json::from_value(answer).expect("an answer of that type"));
        }
        assert_eq!(answers.len(), self.everyone, "answers to {event}");
        answers
    }

    /// Asks what has been heard. What was sent before this question has arrived before it.
    async fn heard(&self) -> Heard {
        let reports: Vec<Report> = self.ask("report", "").await;
        for Report { name, transport, .. } in &reports {
            let (version, wanted) = name.split_once(' ').expect("a version and a transport");
            let wanted = match wanted {
                // They move while the others talk.
                "upgrade" => continue,
                "jsonp" | "xhr" => "polling",
                other => other,
            };
            assert_eq!(transport, wanted, "the transport of {version}");
        }
        reports.into_iter().map(|report| (report.name, report.heard)).collect()
    }
}

/// What a member hears when all of `speakers` say the same once; itself it does not hear.
fn once(name: &str, speakers: &[&str]) -> Vec<(String, Value)> {
    let others = speakers.iter().filter(|other| **other != name);
    others.map(|other| ((*other).to_owned(), TEXT.into())).collect()
}

async fn judged(handle: &Handle, names: &[&str]) {
    let room = Room::filled(handle, names.len()).await;
    let mut matrix = Matrix::of(names);

    let _: Vec<String> = room.ask("speak", TEXT).await;
    matrix.check("hears each other once", room.heard().await, |name| once(name, names));

    // Every second one leaves. All of them speak, and only who has stayed hears it.
    let leavers: Vec<&str> = names.iter().copied().step_by(2).collect();
    let _: Vec<String> = room.ask("leave", &leavers).await;
    assert_eq!(room.count(), names.len() - leavers.len());
    let _: Vec<String> = room.ask("speak", TEXT).await;
    matrix.check("nothing after leaving", room.heard().await, |name| {
        if leavers.contains(&name) { Vec::new() } else { once(name, names) }
    });

    // The server speaks: to the room, and to all.
    room.chat.clone().within("mixed").emit("said", json!({ "from": "to the room", "text": TEXT }));
    room.chat.emit("said", json!({ "from": "to all", "text": TEXT }));
    matrix.check("the server once", room.heard().await, |name| {
        let speakers: &[&str] = if leavers.contains(&name) { &["to all"] } else { &["to the room", "to all"] };
        once(name, speakers)
    });

    // Bytes, in what each generation has for them.
    room.chat.emit("said", WithBytes { from: "bytes", text: Bytes::from_static(&[0, 128, 255]) });
    matrix.check("bytes", room.heard().await, |name| {
        let text = if name.starts_with("0.") { json!("AID/") } else { json!({ "bytes": [0, 128, 255] }) };
        vec![("bytes".to_owned(), text)]
    });
    matrix.finish();
}

/// As the members say it, with bytes.
#[derive(serde::Serialize)]
struct WithBytes {
    from: &'static str,
    text: Bytes,
}

#[test]
fn one_room_with_every_client() {
    if !tools::present("one_room_with_every_client", NEEDS) {
        return;
    }
    let runtime = Runtime::new().expect("a runtime");
    // The WebSockets of 0.7 and 0.8 in Node call themselves pages of another origin.
    let server = app::server().legacy(true).cors(Cors::any());
    let bound = runtime.block_on(server.bind(("127.0.0.1", 0))).expect("a server");
    let (url, handle) = (format!("http://{}", bound.local_addr().expect("its address")), bound.handle());
    runtime.spawn(bound.serve());

    let (companies, names) = members::start(&url);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    runtime.block_on(judged(&handle, &names));
    drop(companies);
}
