//! Idle clients of every generation on every transport, with the default timers and a paused clock: when the heartbeats
//! come, and that nobody is disconnected within ten minutes. The clients do what the published ones do when the
//! application says nothing, and give up when those would.

mod http;

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use socketio::prelude::*;
use tokio::io::DuplexStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use http::{Network, Page, get, post};

const IDLE: Duration = Duration::from_secs(600);
const PING_INTERVAL: Duration = Duration::from_secs(25);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// The heartbeat timeout and the close timeout of the 0.9 handshake, after each of which a silent server is given up.
const SILENCE_V1: Duration = Duration::from_secs(60);

struct Main;

#[namespace("/", manual)]
impl Main {
    fn on_connect() -> Self {
        Main
    }

    fn on_echo(&self, text: String) -> String {
        text
    }
}

/// The server in this runtime, whose clock is paused.
fn start() -> Network {
    let server = Server::empty().mount::<Main>().legacy(true);
    Network(server.into_service().expect("a server"))
}

/// When heartbeats came, in seconds after the opening.
#[derive(Debug)]
struct Beats {
    begin: Instant,
    seconds: Vec<u64>,
}

impl Beats {
    fn new() -> Self {
        Self { begin: Instant::now(), seconds: Vec::new() }
    }

    fn note(&mut self) {
        self.seconds.push((self.begin.elapsed().as_millis() as u64 + 500) / 1000);
    }

    fn are_over(&self) -> bool {
        self.begin.elapsed() > IDLE
    }

    /// Every `interval` seconds, the first after one.
    #[track_caller]
    fn check(&self, what: &str, interval: u64) {
        let expected: Vec<u64> = (1..=IDLE.as_secs() / interval).map(|n| n * interval).collect();
        // The last one may be on either side of the end.
        assert_eq!(self.seconds[..expected.len() - 1], expected[..expected.len() - 1], "{what}");
    }
}

/// How a client of Engine.IO reaches its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Polling,
    Jsonp,
    WebSocket,
    Upgraded,
}

const WAYS: [Way; 4] = [Way::Polling, Way::Jsonp, Way::WebSocket, Way::Upgraded];

#[tokio::test(start_paused = true)]
async fn clients_of_engine_io_4() {
    everyone(4).await;
}

#[tokio::test(start_paused = true)]
async fn clients_of_engine_io_3() {
    everyone(3).await;
}

async fn everyone(protocol: u8) {
    let network = &start();
    let clients = WAYS.map(|way| async move {
        let beats = match way {
            Way::Polling | Way::Jsonp => polls(network, protocol, way).await,
            Way::WebSocket | Way::Upgraded => websocket(network, protocol, way).await,
        };
        beats.check(&format!("{way:?} of protocol {protocol}"), 25);
    });
    join_all(clients).await;
}

const ECHO: &str = r#"420["echo","alive"]"#;
const ECHOED: &str = r#"430["alive"]"#;

/// What an Engine.IO client knows of its heartbeat.
struct Heartbeat {
    protocol: u8,
    beats: Beats,
    /// When the client pings (3), or gives up because no ping (4) or no pong (3) has come.
    due: Instant,
    pinged: bool,
}

impl Heartbeat {
    fn new(protocol: u8) -> Self {
        let patience = if protocol == 4 { PING_INTERVAL + PING_TIMEOUT } else { PING_INTERVAL };
        Self { protocol, beats: Beats::new(), due: Instant::now() + patience, pinged: false }
    }

    /// The packet that the client sends now, because time has passed.
    fn elapsed(&mut self) -> &'static str {
        assert!(self.protocol == 3 && !self.pinged, "the server is silent: {:?}", self.beats);
        (self.due, self.pinged) = (Instant::now() + PING_TIMEOUT, true);
        "2"
    }

    /// The packet that the client sends in answer to one of the server's.
    fn packet(&mut self, packet: &str) -> Option<&'static str> {
        assert_ne!(packet, "1", "closed by the server: {:?}", self.beats);
        match (self.protocol, packet) {
            (4, "2") => {
                self.beats.note();
                self.due = Instant::now() + PING_INTERVAL + PING_TIMEOUT;
                Some("3")
            }
            (3, "3") => {
                self.beats.note();
                (self.due, self.pinged) = (Instant::now() + PING_INTERVAL, false);
                None
            }
            _ => None,
        }
    }
}

/// Packets of a session, one by one: those of Engine.IO 3 that poll have a length in front.
fn page(network: &Network, protocol: u8, way: Way, sid: &str) -> Page {
    let callback = if way == Way::Jsonp { "&j=0" } else { "" };
    let target = format!("/socket.io/?EIO={protocol}&transport=polling&b64=1{callback}{sid}");
    Page { network: network.clone(), target, protocol, jsonp: way == Way::Jsonp }
}

async fn open(network: &Network, protocol: u8, way: Way) -> (Page, String) {
    let packets = page(network, protocol, way, "").get().await;
    let sid = packets[0].split('"').nth(3).expect("a sid").to_owned();
    let page = page(network, protocol, way, &format!("&sid={sid}"));
    if protocol == 4 {
        page.post("40").await;
        page.get().await;
    } else if packets.len() == 1 {
        page.get().await;
    }
    (page, sid)
}

async fn polls(network: &Network, protocol: u8, way: Way) -> Beats {
    let (page, _) = open(network, protocol, way).await;
    let mut heartbeat = Heartbeat::new(protocol);
    let mut poll = page.poll();
    while !heartbeat.beats.are_over() {
        tokio::select! {
            packets = &mut poll => {
                for packet in packets {
                    if let Some(answer) = heartbeat.packet(&packet) {
                        page.post(answer).await;
                    }
                }
                poll = page.poll();
            }
            () = sleep_until(heartbeat.due) => page.post(heartbeat.elapsed()).await,
        }
    }
    page.post(ECHO).await;
    let mut packets = poll.await;
    while !packets.iter().any(|packet| packet == ECHOED) {
        assert!(packets.iter().all(|packet| ["2", "3"].contains(&&**packet)), "{packets:?}");
        packets = page.get().await;
    }
    heartbeat.beats
}

type Ws = WebSocketStream<DuplexStream>;

async fn connect(network: &Network, target: &str) -> Ws {
    client_async(format!("ws://a{target}"), network.connect()).await.expect("a WebSocket").0
}

async fn send(ws: &mut Ws, text: &str) {
    ws.send(Message::text(text)).await.expect("a connection");
}

async fn receive(ws: &mut Ws) -> String {
    match ws.next().await {
        Some(Ok(Message::Text(text))) => text.to_string(),
        other => panic!("expected a text, got {other:?}"),
    }
}

async fn websocket(network: &Network, protocol: u8, way: Way) -> Beats {
    let target = format!("/socket.io/?EIO={protocol}&transport=websocket");
    let mut ws = if way == Way::Upgraded {
        let (_, sid) = open(network, protocol, way).await;
        let mut ws = connect(network, &format!("{target}&sid={sid}")).await;
        send(&mut ws, "2probe").await;
        assert_eq!(receive(&mut ws).await, "3probe");
        send(&mut ws, "5").await;
        ws
    } else {
        let mut ws = connect(network, &target).await;
        receive(&mut ws).await;
        if protocol == 4 {
            send(&mut ws, "40").await;
        }
        receive(&mut ws).await;
        ws
    };
    let mut heartbeat = Heartbeat::new(protocol);
    while !heartbeat.beats.are_over() {
        let answer = match tokio::time::timeout_at(heartbeat.due, receive(&mut ws)).await {
            Ok(packet) => heartbeat.packet(&packet),
            Err(_) => Some(heartbeat.elapsed()),
        };
        if let Some(answer) = answer {
            send(&mut ws, answer).await;
        }
    }
    send(&mut ws, ECHO).await;
    let mut packet = receive(&mut ws).await;
    while packet != ECHOED {
        assert!(["2", "3"].contains(&&*packet), "{packet}");
        packet = receive(&mut ws).await;
    }
    heartbeat.beats
}

#[tokio::test(start_paused = true)]
async fn clients_of_0_9() {
    let network = &start();
    let streams = ["websocket", "flashsocket"]
        .map(|transport| async move { stream_v1(network, transport).await.check(transport, 25) }.boxed());
    let polls = ["xhr-polling", "jsonp-polling"]
        .map(|transport| async move { polls_v1(network, transport).await.check(transport, 20) }.boxed());
    let htmlfile = async move { htmlfile_v1(network).await.check("htmlfile", 25) }.boxed();
    let clients: Vec<_> = streams.into_iter().chain(polls).chain([htmlfile]).collect();
    join_all(clients).await;
}

const ECHO_V1: &str = r#"5:1+::{"name":"echo","args":["alive"]}"#;
const ECHOED_V1: &str = r#"6:::1+["alive"]"#;

async fn path_v1(network: &Network, transport: &str) -> String {
    let line = get(network, "/socket.io/1/?t=1").await;
    let sid = line.split(':').next().expect("a sid");
    assert!(line[sid.len()..].starts_with(":60:60:"), "{line}");
    format!("/socket.io/1/{transport}/{sid}?t=1&i=0")
}

async fn stream_v1(network: &Network, transport: &str) -> Beats {
    let mut ws = connect(network, &path_v1(network, transport).await).await;
    let mut beats = Beats::new();
    assert_eq!(receive(&mut ws).await, "1::");
    while !beats.are_over() {
        let packet = timeout(SILENCE_V1, receive(&mut ws)).await.expect("a packet before the client gives up");
        assert_eq!(packet, "2::");
        beats.note();
        send(&mut ws, "2::").await;
    }
    send(&mut ws, ECHO_V1).await;
    assert_eq!(receive(&mut ws).await, ECHOED_V1);
    beats
}

async fn htmlfile_v1(network: &Network) -> Beats {
    let path = path_v1(network, "htmlfile").await;
    let mut page = http::Endless::open(network, &path).await;
    let mut beats = Beats::new();
    page.until(r#"_("1::")"#).await;
    while !beats.are_over() {
        timeout(SILENCE_V1, page.until(r#"_("2::")"#)).await.expect("a packet before the client gives up");
        beats.note();
        assert_eq!(post(network, &path, "2::").await, "1");
    }
    post(network, &path, ECHO_V1).await;
    page.until(r#"_("6:::1+[\"alive\"]")"#).await;
    beats
}

async fn polls_v1(network: &Network, transport: &str) -> Beats {
    let path = path_v1(network, transport).await;
    let jsonp = transport == "jsonp-polling";
    let written = |packet: &str| match jsonp {
        true => format!("io.j[0]({});", serde_json::to_string(packet).expect("JSON")),
        false => packet.to_owned(),
    };
    let mut beats = Beats::new();
    assert_eq!(get(network, &path).await, written("1::"));
    while !beats.are_over() {
        let packet = timeout(SILENCE_V1, get(network, &path)).await.expect("an answer before the client gives up");
        assert_eq!(packet, written("8::"));
        beats.note();
    }
    if jsonp {
        http::post_form(network, &path, &serde_json::to_string(ECHO_V1).expect("JSON")).await;
    } else {
        post(network, &path, ECHO_V1).await;
    }
    assert_eq!(get(network, &path).await, written(ECHOED_V1));
    beats
}
