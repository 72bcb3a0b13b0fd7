//! One room with clients of every generation at once, from 0.7.11 to 4.8.4 and the one that the server carries: each says
//! something, each hears each other exactly once. The clients do as they are asked; everything is judged here.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use socketio::engine::Cors;
use socketio::{Handle, Target};
use tests::{npm, tests_dir, tools};
use tokio::runtime::Runtime;

use crate::{NEEDS, app};

/// The members, as version and transport, by the script below `tests/js/everyone` that they are in.
const MEMBERS: [(&str, &[&str]); 3] = [
    (
        "before_1_0.mjs",
        &[
            "0.7.11 xhr-polling",
            "0.7.11 websocket",
            "0.8.7 xhr-polling",
            "0.8.7 websocket",
            "0.9.17 xhr-polling",
            "0.9.17 websocket",
        ],
    ),
    (
        "since_1_0.mjs",
        &[
            "1.0.6 polling",
            "1.0.6 websocket",
            "1.0.6 upgrade",
            "1.7.4 polling",
            "1.7.4 websocket",
            "1.7.4 upgrade",
            "2.0.4 polling",
            "2.0.4 websocket",
            "2.0.4 upgrade",
            "2.5.0 polling",
            "2.5.0 websocket",
            "2.5.0 upgrade",
            "3.1.3 polling",
            "3.1.3 websocket",
            "3.1.3 upgrade",
            "4.8.4 polling",
            "4.8.4 websocket",
            "4.8.4 upgrade",
        ],
    ),
    ("ours.mjs", &["ours polling", "ours websocket"]),
];

/// Those that Chromium is needed for.
const PAGES: (&str, &[&str]) = (
    "pages.mjs",
    &[
        "0.7.11 jsonp-polling",
        "0.7.11 htmlfile",
        "0.8.7 jsonp-polling",
        "0.8.7 htmlfile",
        "0.9.17 jsonp-polling",
        "0.9.17 htmlfile",
        "1.0.6 jsonp",
        "1.0.6 xhr",
        "1.7.4 jsonp",
        "1.7.4 xhr",
        "2.0.4 jsonp",
        "2.0.4 xhr",
        "2.5.0 jsonp",
        "2.5.0 xhr",
        "3.1.3 jsonp",
        "3.1.3 xhr",
        "4.8.4 xhr",
    ],
);

/// Far beyond what it takes: whoever needs longer is stuck.
const STUCK: Duration = Duration::from_secs(120);

/// Every character that is read differently somewhere.
const TEXT: &str = "é€😀 \u{2028}\u{fffd} </script> \n 42[] 4:4";

/// The members of one script; they leave when this is dropped.
struct Company(Child);

impl Company {
    fn of((script, names): (&str, &[&str]), url: &str) -> Self {
        let mut command = Command::new("node");
        command
            .current_dir(tests_dir().join("js/everyone"))
            .arg(script)
            .env("SOCKETIO_URL", url)
            .env("MEMBERS", json!(names).to_string())
            .env("NODE_NO_WARNINGS", "1")
            .envs(tools::chromium().map(|path| ("CHROMIUM", path)))
            .stdin(Stdio::piped());
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// What a member says of itself and of what it has heard since it was last asked.
#[derive(Debug, Deserialize)]
struct Report {
    name: String,
    transport: String,
    heard: Vec<(String, Value)>,
}

/// What each member has heard, in the order of arrival.
type Heard = BTreeMap<String, Vec<(String, Value)>>;

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
                "upgrade" => "websocket",
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

/// Compares what has been heard, in no order, and prints it.
fn judge(what: &str, names: &[&str], mut heard: Heard, expected: impl Fn(&str) -> Vec<(String, Value)>) {
    let mut red = Vec::new();
    println!("one room: {what}");
    for name in names {
        let mut heard = heard.remove(*name).unwrap_or_default();
        let mut expected = expected(name);
        heard.sort_by(|a, b| a.0.cmp(&b.0));
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        let verdict = if heard == expected { "ok" } else { "RED" };
        println!("{name:20} {verdict:3}  heard {} of {}", heard.len(), expected.len());
        if heard != expected {
            red.push(format!("{name}: {heard:?} instead of {expected:?}"));
        }
    }
    assert!(red.is_empty(), "{what}:\n{}", red.join("\n"));
    assert!(heard.is_empty(), "unexpected members: {heard:?}");
}

async fn judged(handle: &Handle, names: &[&str]) {
    let room = Room::filled(handle, names.len()).await;

    let _: Vec<String> = room.ask("speak", TEXT).await;
    judge("each hears each other exactly once", names, room.heard().await, |name| once(name, names));

    // Every second one leaves. All of them speak, and only who has stayed hears it.
    let leavers: Vec<&str> = names.iter().copied().step_by(2).collect();
    let _: Vec<String> = room.ask("leave", &leavers).await;
    assert_eq!(room.count(), names.len() - leavers.len());
    let _: Vec<String> = room.ask("speak", TEXT).await;
    judge("who has left hears nothing", names, room.heard().await, |name| {
        if leavers.contains(&name) { Vec::new() } else { once(name, names) }
    });

    // The server speaks: to the room, and to all.
    room.chat.clone().within("mixed").emit("said", json!({ "from": "to the room", "text": TEXT }));
    room.chat.emit("said", json!({ "from": "to all", "text": TEXT }));
    judge("the server is heard once", names, room.heard().await, |name| {
        let speakers: &[&str] = if leavers.contains(&name) { &["to all"] } else { &["to the room", "to all"] };
        once(name, speakers)
    });

    // Bytes, in what each generation has for them.
    room.chat.emit("said", Bytesaid { from: "bytes", text: Bytes::from_static(&[0, 128, 255]) });
    judge("bytes arrive", names, room.heard().await, |name| {
        let text = if name.starts_with("0.") { json!("AID/") } else { json!({ "bytes": [0, 128, 255] }) };
        vec![("bytes".to_owned(), text)]
    });
}

/// As the members say it, with bytes.
#[derive(serde::Serialize)]
struct Bytesaid {
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

    for folder in ["js", "js/generations", "js/legacy"] {
        npm::installed_in(folder);
    }
    let mut scripts = MEMBERS.to_vec();
    if tools::present("one_room_with_every_client, its pages", &["chromium"]) {
        scripts.push(PAGES);
    }
    let companies: Vec<Company> = scripts.iter().map(|script| Company::of(*script, &url)).collect();
    let names: Vec<&str> = scripts.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    runtime.block_on(judged(&handle, &names));
    drop(companies);
}
