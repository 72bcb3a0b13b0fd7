//! Strangers on the channels of the broker: those that listen, and those that publish what no server understands.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::brokers::{Broke, Broker};
use super::clients::Entry;
use super::matrix::{heard_in, in_a_room};
use super::requests::ASKING;
use super::servers::Kind;
use super::ways::{Way, each_way, unique};

/// A connection to a broker, spoken by hand.
pub(crate) struct Stranger {
    stream: TcpStream,
    /// What has come and is not yet used.
    rest: Vec<u8>,
}

impl Stranger {
    pub(crate) fn new(broker: &Broker) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", broker.port())).expect("the broker");
        stream.set_read_timeout(Some(tests::PATIENCE)).expect("a timeout");
        Self { stream, rest: Vec::new() }
    }

    /// Sends a command of Redis.
    fn redis(&mut self, words: &[&[u8]]) {
        let mut command = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            command.extend(format!("${}\r\n", word.len()).bytes());
            command.extend_from_slice(word);
            command.extend(b"\r\n");
        }
        self.stream.write_all(&command).expect("the broker");
    }

    /// Reads until `text` has come.
    pub(crate) fn read_until(&mut self, text: &str) -> String {
        let mut buffer = [0; 64 * 1024];
        loop {
            let found = self.rest.windows(text.len()).position(|window| window == text.as_bytes());
            if let Some(at) = found {
                let rest = self.rest.split_off(at + text.len());
                return String::from_utf8_lossy(&std::mem::replace(&mut self.rest, rest)).into_owned();
            }
            let read = self.stream.read(&mut buffer).expect("an answer of the broker");
            assert_ne!(read, 0, "the broker closed the connection");
            self.rest.extend_from_slice(&buffer[..read]);
        }
    }
}

/// The channels on which the servers of this key listen, of Redis's two kinds.
fn channels(way: &Way) -> [Vec<String>; 2] {
    ["channels", "shardchannels"].map(|kind| {
        let list = way.broker.redis(0, &["pubsub", kind, &format!("{}*", way.key)]);
        list.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    })
}

/// Subscribes to everything that the servers use.
fn spy(way: &Way) -> Stranger {
    let mut spy = Stranger::new(&way.broker);
    if way.kind == Kind::Nats {
        spy.stream.write_all(format!("CONNECT {{}}\r\nSUB {}.> 1\r\nPING\r\n", way.key).as_bytes()).expect("NATS");
        spy.read_until("PONG");
        return spy;
    }
    let [channels, sharded] = channels(way);
    let pattern = vec![format!("{}#*", way.key)];
    for (command, channels) in [("subscribe", channels), ("ssubscribe", sharded), ("psubscribe", pattern)] {
        for channel in channels {
            spy.redis(&[command.as_bytes(), channel.as_bytes()]);
            spy.read_until(&channel);
        }
    }
    spy
}

/// A subscriber that is no server costs time at most.
#[test]
fn a_spy_changes_no_result() {
    // The channels of PostgreSQL are not counted.
    let kinds: Vec<Kind> = ASKING.iter().copied().filter(|kind| *kind != Kind::Postgres).collect();
    each_way("a_spy_changes_no_result", &kinds, async |plan| {
        let way = plan.own();
        let (a, b, room) = in_a_room(&way).await;
        let _spy = spy(&way);
        let event = unique("ask");
        a.answers(&event, json!(1)).await;
        b.answers(&event, json!(1)).await;
        let (fetched, counted, asked, events) = tokio::join!(
            a.ask("fetch", json!([room])),
            a.ask("count", json!([room])),
            a.ask("ask", json!([room, event])),
            a.ask("sse_ask", json!(["quiz", 1])),
        );
        let mut ids: Vec<_> =
            fetched.as_array().unwrap_or_else(|| panic!("{fetched}")).iter().map(|one| &one["id"]).collect();
        ids.sort_by_key(|id| id.to_string());
        let mut expected = [json!(a.id()), json!(b.id())];
        expected.sort_by_key(ToString::to_string);
        assert_eq!(ids, expected.iter().collect::<Vec<_>>());
        assert_eq!((counted, &asked["answers"]), (json!(2), &json!([1, 1])));
        assert_eq!(events["answers"], json!([[way.to.name(), 1]]));
    });
}

/// What no server understands: no message at all, parts of messages, messages of other adapters, and what is nested without end.
fn garbage() -> Vec<Vec<u8>> {
    let mut garbage: Vec<Vec<u8>> = [
        "",
        " ",
        "{",
        "}",
        "{}",
        "[]",
        "null",
        "0",
        "\"text\"",
        "[1,2",
        "{\"type\":3}",
        "{\"uid\":1,\"nsp\":2,\"type\":\"x\"}",
        "{\"uid\":\"stranger\",\"nsp\":\"/\",\"type\":3}",
        "{\"uid\":\"stranger\",\"nsp\":\"/\",\"type\":3,\"data\":null}",
        "{\"uid\":\"stranger\",\"nsp\":\"/\",\"type\":3,\"data\":{\"opts\":7,\"packet\":[]}}",
        "{\"uid\":\"stranger\",\"nsp\":\"/\",\"type\":99,\"data\":{}}",
        "{\"uid\":\"stranger\",\"requestId\":\"r\",\"type\":5,\"opts\":null}",
        "{\"uid\":\"stranger\",\"requestId\":7,\"type\":1}",
        "{\"requestId\":\"r\",\"type\":8,\"clientCount\":\"many\"}",
        "{\"method\":\"emit\"}",
        "{\"method\":\"emit\",\"event\":1,\"data\":1,\"namespace\":\"/\",\"room\":{},\"host_id\":\"stranger\"}",
        "{\"method\":\"callback\",\"host_id\":1,\"sid\":1,\"namespace\":1,\"id\":\"x\",\"args\":1}",
        "{\"method\":\"disconnect\",\"host_id\":\"stranger\"}",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    garbage.extend([
        vec![0x93],
        vec![0x93, 0xa1, b'x', 0xc0, 0xc0],
        vec![0x80],
        vec![0x84, 0xa3],
        vec![0xc1],
        vec![0xff; 40],
    ]);
    garbage.extend([vec![0xdf, 0xff, 0xff, 0xff, 0xff], vec![0xc6, 0xff, 0xff, 0xff, 0xff, 1], vec![0x80, 0x04, 0x95]]);
    garbage.push(vec![0x91; 100_000]);
    garbage.push("[".repeat(100_000).into_bytes());
    garbage.push(vec![
        0x93, 0xa6, b'a', b'b', b'c', b'd', b'e', b'f', 0x81, 0xa4, b't', b'y', b'p', b'e', 0xa1, b'x', 0x80,
    ]);
    garbage
}

/// Publishes all of it on everything that the servers listen to.
fn publish(way: &Way, room: &str) {
    match way.kind.broke() {
        Broke::Nats => publish_nats(way),
        Broke::Postgres => publish_postgres(way),
        Broke::Redis | Broke::RedisCluster => publish_redis(way, room),
    }
}

fn publish_redis(way: &Way, room: &str) {
    let [mut plain, sharded] = channels(way);
    // Those behind the pattern of the classic adapter.
    plain.extend([format!("{}#/#", way.key), format!("{}#/#{room}#", way.key)]);
    let mut stranger = Stranger::new(&way.broker);
    for payload in garbage() {
        for (command, channels) in [("publish", &plain), ("spublish", &sharded)] {
            for channel in channels {
                stranger.redis(&[command.as_bytes(), channel.as_bytes(), &payload]);
            }
        }
        if way.kind.is_streams() {
            let stream = if way.kind == Kind::Streams { way.key.clone() } else { format!("{}-0", way.key) };
            let fields: [&[&[u8]]; 4] = [
                &[b"no", b"message"],
                &[b"uid", b"stranger", b"nsp", b"/", b"type", b"3", b"data", &payload],
                &[b"uid", &payload, b"nsp", &payload, b"type", &payload],
                &[b"nsp", b"/", b"type", b"3"],
            ];
            for fields in fields {
                stranger.redis(&[&[b"xadd".as_slice(), stream.as_bytes(), b"*"], fields].concat());
            }
        }
    }
    stranger.redis(&[b"echo", b"everything is published"]);
    stranger.read_until("everything is published");
}

fn publish_postgres(way: &Way) {
    for payload in garbage() {
        let Ok(text) = String::from_utf8(payload) else { continue };
        if text.len() < 8000 {
            way.broker.psql(&format!("SELECT pg_notify('{}#/', $garbage${text}$garbage$)", way.key));
        }
    }
    for attachment in ["-1", "999999", "\"x\"", "null", "{}"] {
        let text = format!(r#"{{"uid":"stranger","type":3,"attachmentId":{attachment}}}"#);
        way.broker.psql(&format!("SELECT pg_notify('{}#/', '{text}')", way.key));
    }
}

/// On the subjects of the namespaces, once the servers answer there.
fn publish_nats(way: &Way) {
    let mut stranger = Stranger::new(&way.broker);
    let listen = format!("CONNECT {{}}\r\nSUB {}.> 1\r\nPING\r\n", way.key);
    stranger.stream.write_all(listen.as_bytes()).expect("NATS");
    stranger.read_until("PONG");
    // Both servers subscribe: a request is answered at the subject of the node that asks.
    let hello = r#"{"type":7,"data":{"opts":{"rooms":[],"except":[]},"requestId":"r"},"uid":"stranger","nsp":"/"}"#;
    let subject = format!("{}.nsp.%2F", way.key);
    let request = format!("PUB {subject} {}\r\n{hello}\r\n", hello.len());
    stranger.stream.write_all(request.as_bytes()).expect("NATS");
    stranger.read_until(&format!("MSG {}.node.stranger", way.key));
    let subjects = [subject, format!("{}.nsp.%2Fchat", way.key)];
    for payload in garbage() {
        for subject in &subjects {
            let mut message = format!("PUB {subject} {}\r\n", payload.len()).into_bytes();
            message.extend(&payload);
            message.extend(b"\r\n");
            stranger.stream.write_all(&message).expect("NATS");
        }
    }
    stranger.stream.write_all(b"UNSUB 1\r\nPING\r\n").expect("NATS");
    stranger.read_until("PONG");
}

/// Servers outlive anything that is published on their channels, and go on as before.
#[test]
fn garbage_on_the_channels_is_ignored() {
    each_way("garbage_on_the_channels_is_ignored", &Kind::ALL, async |plan| {
        let way = plan.own();
        let (a, b, room) = in_a_room(&way).await;
        let (published, to) = (way.clone(), room.clone());
        let published = tokio::task::spawn_blocking(move || publish(&published, &to));
        // Meanwhile there are messages, which show a stranger on NATS the subjects.
        while !published.is_finished() {
            heard_in(&room, &a, &b).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        published.await.expect("what is published");
        heard_in(&room, &a, &b).await;
        heard_in(&room, &b, &a).await;
        if plan.kind != Kind::Python {
            assert_eq!(a.ask("count", json!([room])).await, 2);
            assert_eq!(b.ask("count", json!([room])).await, 2);
        }
        for client in [&a, &b] {
            let foreign = client.entries().into_iter().find(|entry| match entry {
                Entry::Event(name, _) => !(name.starts_with("meet-") || name.starts_with("heard-")),
                other => !matches!(other, Entry::Connected { .. }),
            });
            assert_eq!(foreign, None);
        }
    });
}
