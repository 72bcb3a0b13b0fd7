//! Bad packets, one by one: each has the documented answer, and another client on the same server
//! notices nothing. What is well-formed but unusual is in `events.rs`.

use bytes::Bytes;
use tests::http;
use tests::programs::foreign;
use tests::session::{Client, Polling, websocket};
use tests::ws::Frame;

use crate::server;

/// One of several frames to send.
enum Send {
    Text(&'static str),
    Binary(&'static [u8]),
}
use Send::{Binary, Text};

/// Sent by a client that has joined `/`; each closes the whole connection without a word.
const FATAL: &[(&str, &[Send])] = &[
    ("no packet type", &[Text("4")]),
    ("a letter for a type", &[Text("4abc")]),
    ("type 7", &[Text(r#"47["message"]"#)]),
    ("object for an event", &[Text(r#"42{"0":"message"}"#)]),
    ("string for an event", &[Text(r#"42"message""#)]),
    ("broken JSON", &[Text(r#"42["message",]"#)]),
    ("unfinished JSON", &[Text(r#"42["message""#)]),
    ("bytes behind the JSON", &[Text(r#"42["message",1]x"#)]),
    ("a second JSON", &[Text(r#"42["message"]["message"]"#)]),
    ("letters for an id", &[Text(r#"42abc["message-with-ack",1]"#)]),
    ("negative id", &[Text(r#"42-1["message-with-ack",1]"#)]),
    ("no event name", &[Text("42[]")]),
    ("null for a name", &[Text("42[null]")]),
    ("object for a name", &[Text("42[{}]")]),
    ("array for a name", &[Text(r#"42[["message"]]"#)]),
    ("reserved name connect", &[Text(r#"42["connect"]"#)]),
    ("reserved name connect_error", &[Text(r#"42["connect_error",1]"#)]),
    ("reserved name disconnect", &[Text(r#"42["disconnect"]"#)]),
    ("reserved name disconnecting", &[Text(r#"421["disconnecting"]"#)]),
    ("reserved name newListener", &[Text(r#"42["newListener"]"#)]),
    ("reserved name removeListener", &[Text(r#"42["removeListener"]"#)]),
    ("reserved name in escapes", &[Text(r#"42["\u0064isconnect"]"#)]),
    ("object for an acknowledgement", &[Text(r#"431{}"#)]),
    ("second CONNECT to a namespace", &[Text("40")]),
    ("array for an auth payload", &[Text("40/custom,[1]")]),
    ("string for an auth payload", &[Text(r#"40/custom,"x""#)]),
    ("broken auth payload", &[Text("40/custom,{")]),
    ("DISCONNECT with a payload", &[Text(r#"41{}"#)]),
    ("CONNECT_ERROR from a client", &[Text(r#"44{"message":"no"}"#)]),
    ("event for a namespace not joined", &[Text(r#"42/custom,["message"]"#)]),
    ("event for a namespace that is not", &[Text(r#"42/nowhere,["message"]"#)]),
    ("ack for a namespace not joined", &[Text(r#"43/custom,1[]"#)]),
    ("DISCONNECT from a namespace not joined", &[Text("41/custom,")]),
    ("namespace without its comma", &[Text(r#"42/custom["message"]"#)]),
    ("bytes that nobody announced", &[Binary(b"\x01")]),
    (
        "text instead of attachments",
        &[Text(r#"451-["message",{"_placeholder":true,"num":0}]"#), Text(r#"42["message"]"#)],
    ),
    ("CONNECT instead of attachments", &[Text(r#"451-["message",{"_placeholder":true,"num":0}]"#), Text("40/custom,")]),
    ("placeholder out of range", &[Text(r#"451-["message",{"_placeholder":true,"num":1}]"#), Binary(b"1")]),
    ("negative placeholder", &[Text(r#"451-["message",{"_placeholder":true,"num":-1}]"#), Binary(b"1")]),
    ("placeholder without a number", &[Text(r#"451-["message",{"_placeholder":true}]"#), Binary(b"1")]),
    ("placeholder with a string", &[Text(r#"451-["message",{"_placeholder":true,"num":"0"}]"#), Binary(b"1")]),
    ("count without a dash", &[Text(r#"451["message",{"_placeholder":true,"num":0}]"#), Binary(b"1")]),
    ("dash without a count", &[Text(r#"45-["message"]"#)]),
    ("no attachments in a binary event", &[Text(r#"450-["message"]"#)]),
    ("eleven attachments", &[Text(r#"4511-["message"]"#)]),
    ("attachments past all numbers", &[Text(r#"4599999999999999999999-["message"]"#)]),
    ("ping by the client", &[Text("2")]),
    ("unknown engine packet", &[Text("9")]),
    ("empty engine packet", &[Text("")]),
];

/// The same for what Node lets through by accident of its language.
const FATAL_HERE: &[(&str, &[Send])] = &[
    ("count in scientific notation", &[Text(r#"451e0-["message",{"_placeholder":true,"num":0}]"#), Binary(b"1")]),
    ("placeholder with a fraction", &[Text(r#"451-["message",{"_placeholder":true,"num":0.5}]"#), Binary(b"1")]),
];

/// Sent before any CONNECT; each closes the connection.
const TOO_EARLY: &[&str] = &[
    r#"42["message",1]"#,
    r#"42/custom,["message",1]"#,
    r#"421["message-with-ack",1]"#,
    "431[1]",
    "41",
    r#"451-["message",{"_placeholder":true,"num":0}]"#,
    "40[]",
    r#"40"auth""#,
    "4hello",
    "bAQID",
];

async fn send(client: &mut Client, frames: &[Send]) {
    for frame in frames {
        let frame = match frame {
            Text(text) => Frame::Text((*text).to_owned()),
            Binary(data) => Frame::Binary(Bytes::from_static(data)),
        };
        client.ws.try_send(&frame).await;
    }
}

#[tokio::test]
async fn a_broken_packet_closes_its_connection_and_no_other() {
    let mut witness = Client::connect(server()).await;
    let here = if foreign() { &[][..] } else { FATAL_HERE };
    for (name, frames) in FATAL.iter().chain(here) {
        println!("{name}");
        let mut client = Client::connect(server()).await;
        send(&mut client, frames).await;
        let (before, _) = client.ws.closed().await;
        assert_eq!(before, [], "{name}");
        witness.alive(name).await;
    }
}

#[tokio::test]
async fn one_attachment_too_many_closes_the_connection_behind_the_event() {
    let mut witness = Client::connect(server()).await;
    let mut client = Client::connect(server()).await;
    send(&mut client, &[Text(r#"451-["message",{"_placeholder":true,"num":0}]"#), Binary(b"1"), Binary(b"2")]).await;
    let (before, _) = client.ws.closed().await;
    // The event was whole; whether its answer still gets out before the end is a matter of time.
    assert!(before.len() <= 2, "{before:?}");
    witness.alive("unharmed").await;
}

#[tokio::test]
async fn a_broken_packet_closes_a_polling_session_too() {
    let mut witness = Client::connect(server()).await;
    for (name, frames) in FATAL {
        // An empty engine packet is a matter of `polling.rs`.
        let [Text(text)] = frames else { continue };
        let session = Polling::open(server(), "/socket.io/").await;
        session.send("40").await;
        session.receive(2).await;
        let answer = session.post(text).await;
        assert!(matches!(answer.status, 200 | 400), "{name}: {answer:?}");
        session.ended().await;
        witness.alive(name).await;
    }
}

#[tokio::test]
async fn nothing_but_connect_may_come_first() {
    let mut witness = Client::connect(server()).await;
    for packet in TOO_EARLY {
        println!("{packet}");
        let (mut ws, _) = websocket(server(), "/socket.io/").await;
        ws.text(*packet).await;
        // A server may look at a packet once it is complete.
        if packet.starts_with("451-") {
            ws.try_send(&Frame::Binary(Bytes::from_static(b"1"))).await;
        }
        assert_eq!(ws.closed().await.0, [], "{packet}");
        witness.alive("unharmed").await;
    }
}

#[tokio::test]
async fn text_that_is_not_utf_8_closes_the_connection() {
    let mut witness = Client::connect(server()).await;
    let mut client = Client::connect(server()).await;
    // A final text frame of six bytes, masked with zeroes.
    client.ws.raw(&[0x81, 0x86, 0, 0, 0, 0, b'4', b'2', b'[', 0xff, 0xfe, b']']).await;
    let (before, code) = client.ws.closed().await;
    assert_eq!(before, []);
    assert!(matches!(code, Some(1007) | None), "{code:?}");
    witness.alive("unharmed").await;
}

#[tokio::test]
async fn frames_that_break_websocket_close_the_connection() {
    let mut witness = Client::connect(server()).await;
    let long_ping = [&[0x89, 0xfe, 0, 126, 0, 0, 0, 0][..], &[7; 126]].concat();
    let rows: &[(&str, &[u8])] = &[
        ("not masked", &[0x81, 0x02, b'4', b'1']),
        ("reserved opcode", &[0x83, 0x80, 0, 0, 0, 0]),
        ("reserved bit", &[0xc1, 0x80, 0, 0, 0, 0]),
        ("continuation of nothing", &[0x80, 0x80, 0, 0, 0, 0]),
        ("a control frame too long", &long_ping),
        ("a length of all ones", &[0x82, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0]),
    ];
    for (name, bytes) in rows {
        println!("{name}");
        let mut client = Client::connect(server()).await;
        client.ws.raw(bytes).await;
        assert_eq!(client.ws.closed().await.0, [], "{name}");
        witness.alive(name).await;
    }
}

#[tokio::test]
async fn unknown_namespaces_are_refused_by_name_and_leave_nothing_behind() {
    let mut witness = Client::connect(server()).await;
    let mut client = Client::connect(server()).await;
    let names = [
        "/nowhere",
        "/Custom",
        "/custom/",
        "//custom",
        "/custom/x",
        "/__proto__",
        "/constructor",
        "/%00",
        "/../custom",
        "/{id}",
        "/*",
        "/custom?x=1",
        "/caf\u{e9}",
        "/ custom",
        "/[\"message\"]",
    ];
    for name in names {
        client.send(format!("40{name},")).await;
        client.expect(&format!(r#"44{name},{{"message":"Invalid namespace"}}"#)).await;
        client.alive(&name.replace('"', "'")).await;
    }
    // Without the comma a name runs to the end.
    client.send("40/random").await;
    client.expect(r#"44/random,{"message":"Invalid namespace"}"#).await;
    // Refused once, refused again: trying created nothing.
    client.send(r#"40/nowhere,{"token":1}"#).await;
    client.expect(r#"44/nowhere,{"message":"Invalid namespace"}"#).await;
    witness.alive("unharmed").await;
}

#[tokio::test]
async fn five_thousand_hostile_names_do_no_harm() {
    let mut witness = Client::connect(server()).await;
    let mut client = Client::connect(server()).await;
    for n in 0..5000 {
        client.ws.feed(format!("40/hostile-{n},")).await;
    }
    client.ws.flush().await;
    for n in 0..5000 {
        client.expect(&format!(r#"44/hostile-{n},{{"message":"Invalid namespace"}}"#)).await;
    }
    client.alive("after five thousand").await;
    witness.alive("unharmed").await;
    // One that is longer than any name is refused too, or ends the connection; both are documented.
    client.send(format!("40/{},", "x".repeat(100_000))).await;
    match client.next().await {
        Frame::Text(text) => assert!(text.starts_with("44/"), "{:.80}", text),
        frame => assert!(matches!(frame, Frame::Closed(_)), "{frame:?}"),
    }
    witness.alive("still unharmed").await;
}

/// Node parses this happily and would crash on echoing it.
#[tokio::test]
async fn json_nested_beyond_reason_harms_nobody() {
    if foreign() {
        return;
    }
    let mut witness = Client::connect(server()).await;
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let mut client = Client::connect(server()).await;
        client.send(format!(r#"42["message",{}1{}]"#, open.repeat(50_000), close.repeat(50_000))).await;
        // Refused as an argument or as a packet, but not echoed.
        if let Frame::Text(text) = client.next().await {
            assert!(text.starts_with(r#"42["error""#), "{:.80}", text);
        }
        witness.alive("unharmed").await;
    }
}

#[tokio::test]
async fn a_request_that_is_no_http_harms_nobody() {
    let mut witness = Client::connect(server()).await;
    for target in
        ["/socket.io/?EIO=4&transport=polling HTTP/9.9\r\n\r\n", "*", "/socket.io/?%zz&EIO=4&&=&transport=polling"]
    {
        let response = http::try_request(server(), "GET", target, &[], b"").await;
        println!("{target:?}: {:?}", response.map(|response| response.status));
        witness.alive("unharmed").await;
    }
}
