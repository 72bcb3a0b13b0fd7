//! Two engines and a channel in memory between them: requests, heartbeats and what a node does when another is silent.

use std::sync::atomic::AtomicBool;

use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use super::super::link::Subscribers;
use super::super::queue::{Failed, Transport};
use super::*;
use crate::adapter::remote::{BoxFuture, LocalNode, Reply, Selection, SocketInfo};
use crate::adapter::{AckFailure, Room};
use crate::engine::Id;
use crate::packet::Packet;

/// What is published, for everybody.
type Hub = Arc<Mutex<Vec<Engine<Wire>>>>;

/// A connection to the hub.
struct Wire {
    hub: Hub,
    /// Neither publishes nor hears.
    frozen: AtomicBool,
    counts: Option<usize>,
    sent: Mutex<Vec<String>>,
}

impl Transport for Wire {
    type Item = Bytes;

    fn connect(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn lost(&self) -> BoxFuture<'_, String> {
        Box::pin(std::future::pending())
    }

    fn publish<'a>(&'a self, items: &'a [Bytes]) -> BoxFuture<'a, Result<(), Failed>> {
        let engines: Vec<_> = self.hub.lock().unwrap().clone();
        for item in items.iter().filter(|_| !self.frozen.load(Ordering::Relaxed)) {
            self.sent.lock().unwrap().push(String::from_utf8(item.to_vec()).unwrap());
            let heard = engines.iter().filter(|engine| !engine.link().frozen.load(Ordering::Relaxed));
            heard.for_each(|engine| engine.receive_bytes(item, None));
        }
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Link for Wire {
    const HEARTBEATS: bool = false;

    fn encode(&self, message: &Message, _asker: Option<&str>) -> Result<(Bytes, usize), String> {
        let bytes = message.encode()?;
        let length = bytes.len();
        Ok((bytes, length))
    }

    fn subscribers(&self, _: Arc<str>, _: Vec<Arc<str>>) -> BoxFuture<'static, Option<Subscribers>> {
        let others = self.counts.or(Some(self.hub.lock().unwrap().len() - 1));
        Box::pin(std::future::ready(Some(Subscribers { others, gone: Vec::new() })))
    }
}

/// A node with one socket, which acknowledges with its two arguments.
#[derive(Default)]
struct Program {
    applied: Mutex<Vec<String>>,
    nodes: Mutex<Vec<String>>,
}

impl LocalNode for Program {
    fn apply(&self, action: Action) {
        let text = match action {
            Action::Broadcast { packet, .. } => packet.data().to_owned(),
            Action::Join { rooms, .. } => format!("join {rooms:?}"),
            Action::Disconnect { sockets, .. } => format!("disconnect {:?}", sockets.rooms),
            other => format!("{other:?}"),
        };
        self.applied.lock().unwrap().push(text);
    }

    fn answer(&self, question: Question) -> BoxStream<'static, Answer> {
        let id = Id::parse("ABCDEFGHIJKLMNOPQRST").unwrap();
        let answers = match question {
            Question::Sockets { .. } => vec![Answer::Sockets(vec![SocketInfo::new(id, vec![Room::from("r")])])],
            Question::Count { .. } => vec![Answer::Count(1)],
            Question::Call { .. } => vec![
                Answer::Asked(2),
                Answer::Acknowledged { socket: Some(id), reply: Ok(Reply::new("[1,2]".to_owned(), Vec::new())) },
                Answer::Acknowledged { socket: Some(id), reply: Err(AckFailure::TooMany) },
            ],
            Question::ServerEvent { .. } => Vec::new(),
        };
        Box::pin(stream::iter(answers))
    }

    fn has_members(&self, _: &str, _: Option<&str>) -> bool {
        true
    }

    fn recovery(&self) -> Option<Duration> {
        None
    }

    fn joined(&self, node: &str) {
        self.nodes.lock().unwrap().push(format!("+{}", &node[..1]));
    }

    fn left(&self, node: &str) {
        self.nodes.lock().unwrap().push(format!("-{}", &node[..1]));
    }
}

async fn engine(hub: &Hub, name: &str, counts: Option<usize>) -> (Engine<Wire>, Arc<Program>) {
    let link = Wire { hub: hub.clone(), frozen: AtomicBool::new(false), counts, sent: Mutex::default() };
    let engine = Engine::new(Arc::new(link), Arc::from(name), Options::default());
    hub.lock().unwrap().push(engine.clone());
    engine.open_namespace(&Arc::from("/"));
    let program = Arc::new(Program::default());
    let id = Id::parse(&name.repeat(20)).unwrap();
    engine.start(Node::new(id, program.clone())).await.unwrap();
    (engine, program)
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn question(which: &str) -> Question {
    let (namespace, sockets, timeout) = (Arc::from("/"), Selection::default(), None);
    let packet = Packet::event("/", None, "ev", &1).unwrap();
    match which {
        "sockets" => Question::Sockets { namespace, sockets, timeout },
        "count" => Question::Count { namespace, sockets, timeout },
        "call" => Question::Call { to: sockets, packet, timeout: Duration::from_secs(2) },
        _ => Question::ServerEvent { packet, timeout },
    }
}

async fn ask(engine: &Engine<Wire>, which: &str) -> Vec<String> {
    let text = |answer: Result<Answer, AdapterError>| match answer {
        Ok(Answer::Acknowledged { socket, reply }) => {
            format!("{} {:?}", socket.is_some(), reply.map(|reply| reply.json().to_owned()))
        }
        Ok(Answer::Sockets(sockets)) => format!("{} sockets", sockets.len()),
        Ok(answer) => format!("{answer:?}"),
        Err(error) => error.to_string(),
    };
    engine.ask(question(which)).map(text).collect().await
}

#[tokio::test(start_paused = true)]
async fn actions_and_questions_cross_and_each_node_answers() {
    let hub = Hub::default();
    let (a, own) = engine(&hub, "a", None).await;
    let (b, other) = engine(&hub, "b", None).await;
    pass(1).await;
    assert_eq!(
        (own.nodes.lock().unwrap().clone(), other.nodes.lock().unwrap().clone()),
        (vec!["+b".to_owned()], vec!["+a".to_owned()])
    );
    let begun = Instant::now();
    assert_eq!(ask(&a, "sockets").await, ["1 sockets"]);
    assert_eq!(ask(&a, "count").await, ["Count(1)"]);
    let call = ask(&a, "call").await;
    assert_eq!(call, ["Asked(2)", "true Ok(\"[1,2]\")", "true Err(TooMany)"]);
    assert!(ask(&a, "server event").await.is_empty(), "the other node says that it does not handle it");
    assert!(begun.elapsed() < Duration::from_millis(100), "nobody has waited for a timeout");
    let packet = Packet::event("/", None, "bye", &()).unwrap();
    let to = Selection { rooms: vec![Room::from("r")], ..Selection::default() };
    a.publish(Action::DisconnectWith { to, packet }).unwrap();
    pass(1).await;
    assert_eq!(*other.applied.lock().unwrap(), ["[\"bye\"]", "disconnect [\"r\"]"]);
    assert!(own.applied.lock().unwrap().is_empty(), "a node ignores what it has sent");
    assert_eq!((a.health().connected, a.health().nodes), (true, 1));
    b.stop().await;
    pass(1).await;
    assert_eq!((own.nodes.lock().unwrap().last().cloned(), a.health().nodes), (Some("-b".to_owned()), 0));
}

#[tokio::test(start_paused = true)]
async fn a_frozen_node_costs_one_timeout_and_then_nothing() {
    let hub = Hub::default();
    let (a, own) = engine(&hub, "a", None).await;
    let (b, other) = engine(&hub, "b", None).await;
    pass(1).await;
    b.link().frozen.store(true, Ordering::Relaxed);
    let begun = Instant::now();
    assert_eq!(ask(&a, "sockets").await, [format!("node `{}` has not answered", "b".repeat(20))]);
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
    pass(12).await;
    // The broker still counts it, because its connection is open.
    let begun = Instant::now();
    assert!(ask(&a, "sockets").await.is_empty());
    assert!(begun.elapsed() < Duration::from_millis(100));
    assert_eq!(own.nodes.lock().unwrap().join(""), "+b-b");
    b.link().frozen.store(false, Ordering::Relaxed);
    pass(6).await;
    assert_eq!(own.nodes.lock().unwrap().join(""), "+b-b+b");
    assert_eq!(ask(&a, "sockets").await, ["1 sockets"]);
    assert_eq!(other.nodes.lock().unwrap().first().map(String::as_str), Some("+a"));
}

#[tokio::test(start_paused = true)]
async fn subscribers_that_are_no_nodes_cost_time_and_not_the_result() {
    let hub = Hub::default();
    let (a, _) = engine(&hub, "a", Some(2)).await;
    let (_b, _) = engine(&hub, "b", None).await;
    pass(1).await;
    assert_eq!(ask(&a, "sockets").await, ["1 sockets", "node `unknown` has not answered"]);
    // Beside nodes of others, sockets are counted by what those understand.
    assert_eq!(ask(&a, "count").await[0], "Count(1)");
    assert!(!a.link().sent.lock().unwrap().iter().any(|sent| sent.contains("\"type\":101")));
}

#[tokio::test(start_paused = true)]
async fn strangers_and_other_namespaces_change_nothing() {
    let hub = Hub::default();
    let (a, own) = engine(&hub, "a", None).await;
    for message in [
        "garbage",
        r#"{"type":2,"data":{"node":"x"},"uid":"x","nsp":"/other"}"#,
        r#"{"type":3,"data":{"packet":{"type":2,"data":["x"]},"opts":{"rooms":[],"except":[]}},"uid":"x","nsp":"/other"}"#,
        r#"{"type":12,"data":{"requestId":"none"},"uid":"x","nsp":"/"}"#,
        r#"{"type":99,"uid":"x","nsp":"/"}"#,
    ] {
        a.receive_bytes(&Bytes::from(message), None);
    }
    assert!(own.applied.lock().unwrap().is_empty() && own.nodes.lock().unwrap().is_empty());
    assert_eq!(a.health().nodes, 0);
    // An emitter is heard and not counted.
    let emitted = r#"{"type":4,"data":{"opts":{"rooms":[],"except":[]},"rooms":["r"]},"uid":"emitter","nsp":"/"}"#;
    a.receive_bytes(&Bytes::from(emitted), None);
    assert_eq!(*own.applied.lock().unwrap(), ["join [\"r\"]"]);
    assert_eq!(a.health().nodes, 0);
}
