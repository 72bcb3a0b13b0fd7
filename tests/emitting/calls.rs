//! Acknowledgements that the server asks one client for.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Deserialize;
use socketio::AckError;
use socketio::prelude::*;
use tests::session::Client;

use crate::app::{App, ask, text};

#[derive(Event)]
#[event("confirm", ack = bool)]
struct Confirm(String);

#[derive(Event)]
#[event("where", ack = (f64, Place))]
struct Where {
    precise: bool,
}

#[derive(Event)]
struct Plain(u8);

#[derive(Debug, Deserialize, PartialEq)]
struct Place {
    name: String,
}

#[derive(Default)]
struct Idle;

#[namespace("/", manual)]
impl Idle {
    fn on_ping(&self) -> u8 {
        1
    }
    async fn on_confirm(&mut self, socket: &Socket, what: String) -> Result<bool, Error> {
        Ok(socket.call(Confirm(what)).await?)
    }
    async fn on_ask_twice(&self, socket: &Socket) -> Result<(u8, u8), Error> {
        let first = socket.emit_with_ack("q", 1);
        let second = socket.emit_with_ack("q", 2);
        // Both are out before either is waited for.
        Ok((first.await?, second.await?))
    }
    async fn on_briefly(&self, socket: &Socket) -> Result<u8, Error> {
        Ok(socket.timeout(Duration::from_millis(50)).emit_with_ack("q", ()).await?)
    }
}

async fn start(server: Server) -> (App, Client, Socket) {
    let app = App::start(server.mount::<Idle>()).await;
    let client = app.client().await;
    let socket = app.handle.of("/").sockets().remove(0);
    (app, client, socket)
}

/// The id under which an event asks.
fn id(packet: &str) -> u64 {
    let digits: String = packet[2..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no id in {packet}"))
}

/// Reads one question and gives its id.
async fn asked(client: &mut Client, event: &str) -> u64 {
    let packet = text(client).await;
    assert!(packet.ends_with(event), "{packet}");
    id(&packet)
}

#[tokio::test]
async fn typed_events_name_the_type_of_their_acknowledgement() {
    let (_app, mut client, socket) = start(Server::empty()).await;
    let answer = socket.call(Confirm("sure?".into()));
    let n = asked(&mut client, r#"["confirm","sure?"]"#).await;
    client.send(format!("43{n}[true]")).await;
    let answer: bool = answer.await.unwrap();
    assert!(answer);
    let answer = socket.call(Where { precise: true });
    let n = asked(&mut client, r#"["where",{"precise":true}]"#).await;
    client.send(format!(r#"43{n}[1.5,{{"name":"x"}},"extra"]"#)).await;
    assert_eq!(answer.await, Ok((1.5, Place { name: "x".to_owned() })));
    let answer = socket.call(Plain(3));
    let n = asked(&mut client, r#"["Plain",3]"#).await;
    client.send(format!("43{n}[]")).await;
    assert_eq!(answer.await, Ok(()));
}

/// One question, what the client sends in reply to it, and the result.
async fn answered<R: socketio::FromAck>(reply: &str, attachments: &[&'static str]) -> Result<R, AckError> {
    let (_app, mut client, socket) = start(Server::empty()).await;
    let answer = socket.emit_with_ack("q", ());
    let n = asked(&mut client, r#"["q"]"#).await;
    client.send(reply.replace('N', &n.to_string())).await;
    for data in attachments {
        client.ws.binary(*data).await;
    }
    answer.await
}

#[tokio::test]
async fn acknowledgement_ids_begin_at_0() {
    let (app, mut client, socket) = start(Server::empty()).await;
    let _first = socket.emit_with_ack::<u8>("q", ());
    client.expect(r#"420["q"]"#).await;
    // They are counted by the namespace, as in Node, so that a broadcast has one id.
    let mut other = app.client().await;
    let _second = app.handle.of("/").emit_with_ack::<u8>("q", ());
    client.expect(r#"421["q"]"#).await;
    other.expect(r#"421["q"]"#).await;
}

#[tokio::test]
async fn by_name_the_caller_says_the_type() {
    assert_eq!(answered("43N[5]", &[]).await, Ok(5u8));
    assert_eq!(answered("43N[5,6]", &[]).await, Ok(5u8));
    assert_eq!(answered("43N[5,6]", &[]).await, Ok((5u8, 6u8)));
    assert_eq!(answered("43N[[5,6]]", &[]).await, Ok(vec![5u8, 6]));
    assert_eq!(answered("43N[1,2]", &[]).await, Ok(()));
    assert_eq!(answered("43N[]", &[]).await, Ok(()));
    assert_eq!(answered("43N[]", &[]).await, Ok(None::<u8>));
    assert_eq!(answered("43N[null]", &[]).await, Ok(None::<u8>));
    let data = r#"461-N[{"_placeholder":true,"num":0}]"#;
    assert_eq!(answered(data, &["abc"]).await, Ok(Bytes::from_static(b"abc")));
}

#[tokio::test]
async fn an_acknowledgement_of_another_type_says_so() {
    for (reply, what) in [(r#"43N["x"]"#, "u8"), ("43N[]", "missing"), ("43N[256]", "u8"), ("43N[null]", "u8")] {
        match answered::<u8>(reply, &[]).await {
            Err(AckError::Mismatch(text)) => assert!(text.contains(what), "{reply}: {text}"),
            other => panic!("{reply}: {other:?}"),
        }
    }
    assert!(matches!(answered::<(u8, u8)>("43N[1]", &[]).await, Err(AckError::Mismatch(_))));
}

#[tokio::test]
async fn a_handler_asks_back() {
    let (_app, mut client, _) = start(Server::empty()).await;
    client.send(r#"421["confirm","x"]"#).await;
    let n = asked(&mut client, r#"["confirm","x"]"#).await;
    client.send(format!("43{n}[false]")).await;
    client.expect("431[false]").await;
    client.send(r#"422["ask_twice"]"#).await;
    let (first, second) = (asked(&mut client, r#"["q",1]"#).await, asked(&mut client, r#"["q",2]"#).await);
    assert_ne!(first, second);
    client.send(format!("43{second}[20]")).await;
    client.send(format!("43{first}[10]")).await;
    client.expect("432[10,20]").await;
}

#[tokio::test]
async fn there_is_always_a_timeout() {
    let (_app, mut client, socket) = start(Server::empty().ack_timeout(Duration::from_millis(150))).await;
    let begin = Instant::now();
    assert_eq!(socket.emit_with_ack::<u8>("q", ()).await, Err(AckError::Timeout));
    assert!(begin.elapsed() >= Duration::from_millis(150));
    let n = asked(&mut client, r#"["q"]"#).await;
    // An answer that comes too late is nobody's.
    client.send(format!("43{n}[5]")).await;
    assert_eq!(ask(&mut client, r#"["ping"]"#).await, "[1]");
    // Of one question.
    let (_app, mut client, socket) = start(Server::empty()).await;
    let begin = Instant::now();
    let brief = socket.timeout(Duration::from_millis(50));
    assert_eq!(brief.call(Confirm("?".into())).await, Err(AckError::Timeout));
    assert!(begin.elapsed() < Duration::from_secs(5));
    asked(&mut client, r#"["confirm","?"]"#).await;
    client.send(r#"421["briefly"]"#).await;
    asked(&mut client, r#"["q"]"#).await;
    let reply = text(&mut client).await;
    assert!(reply.starts_with(r#"431[{"error":{"code":"timeout""#), "{reply}");
}

#[tokio::test]
async fn a_client_that_has_left_fails_it_at_once() {
    let (app, mut client, socket) = start(Server::empty()).await;
    let begin = Instant::now();
    let answers = [socket.emit_with_ack::<u8>("q", ()), socket.emit_with_ack("q", ())];
    client.send("41").await;
    for answer in answers {
        assert_eq!(answer.await, Err(AckError::Disconnected));
    }
    assert_eq!(socket.emit_with_ack::<u8>("q", ()).await, Err(AckError::Disconnected));
    let gone = app.client().await;
    let socket = app.handle.of("/").sockets().remove(0);
    let answer = socket.emit_with_ack::<u8>("q", ());
    drop(gone);
    assert_eq!(answer.await, Err(AckError::Disconnected));
    let _kicked = app.client().await;
    let socket = app.handle.of("/").sockets().remove(0);
    let answer = socket.emit_with_ack::<u8>("q", ());
    socket.disconnect();
    assert_eq!(answer.await, Err(AckError::Disconnected));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn acknowledgements_that_nobody_waits_for_are_ignored() {
    let (_app, mut client, socket) = start(Server::empty()).await;
    client.send("43999[1]").await;
    client.send("43[1]").await;
    let answer = socket.emit_with_ack::<u8>("q", ());
    let n = asked(&mut client, r#"["q"]"#).await;
    client.send(format!("43{n}[1]")).await;
    client.send(format!("43{n}[2]")).await;
    client.send(format!("43{n}[3]")).await;
    assert_eq!(answer.await, Ok(1));
    assert_eq!(ask(&mut client, r#"["ping"]"#).await, "[1]");
}

#[tokio::test]
async fn one_client_cannot_answer_for_another() {
    let (app, mut client, socket) = start(Server::empty()).await;
    let mut other = app.client().await;
    let answer = socket.emit_with_ack::<u8>("q", ());
    let n = asked(&mut client, r#"["q"]"#).await;
    other.send(format!("43{n}[66]")).await;
    assert_eq!(ask(&mut other, r#"["ping"]"#).await, "[1]");
    client.send(format!("43{n}[1]")).await;
    assert_eq!(answer.await, Ok(1));
}

#[tokio::test]
async fn how_many_are_outstanding_is_bounded() {
    let (_app, mut client, socket) = start(Server::empty().max_pending_acks(3)).await;
    let mut answers: Vec<_> = (0..3).map(|n| socket.emit_with_ack::<u8>("q", n)).collect();
    assert_eq!(socket.emit_with_ack::<u8>("q", 3).await, Err(AckError::TooMany));
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(asked(&mut client, &format!(r#"["q",{n}]"#)).await);
    }
    // The one too many was not even sent.
    client.ws.silent().await;
    client.send(format!("43{}[1]", ids[0])).await;
    assert_eq!(answers.remove(0).await, Ok(1));
    // Answered, or given up: there is room again.
    answers.clear();
    let answers: Vec<_> = (0..3).map(|n| socket.emit_with_ack::<u8>("again", n)).collect();
    for n in 0..3 {
        let id = asked(&mut client, &format!(r#"["again",{n}]"#)).await;
        client.send(format!("43{id}[{n}]")).await;
    }
    for (n, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.await.map(usize::from), Ok(n));
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_not_asked() {
    let (_app, mut client, socket) = start(Server::empty()).await;
    let unwritable = std::collections::BTreeMap::from([(vec![1u8], 1)]);
    let answer = socket.emit_with_ack::<u8>("q", &unwritable).await;
    assert!(matches!(answer, Err(AckError::Unwritable(_))), "{answer:?}");
    assert_eq!(ask(&mut client, r#"["ping"]"#).await, "[1]");
}
