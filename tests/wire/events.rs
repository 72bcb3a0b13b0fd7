//! Packets that are right but unusual, and the promises about order: what a strict client may send,
//! and what must then come back.

use bytes::Bytes;
use tests::programs::foreign;
use tests::session::{Client, Polling, websocket};
use tests::ws::Frame;

use crate::server;

/// One text packet and the text packet that answers it.
const ECHOED: &[(&str, &str, &str)] = &[
    ("an escaped event name", r#"42["\u006dessage",1]"#, r#"42["message-back",1]"#),
    ("an escaped solidus", r#"42["message","x\/y"]"#, r#"42["message-back","x/y"]"#),
    ("escapes in keys", r#"42["message",{"\u0061":1,"b\"":2}]"#, r#"42["message-back",{"a":1,"b\"":2}]"#),
    ("a surrogate pair", r#"42["message","\ud83e\udd80"]"#, "42[\"message-back\",\"\u{1f980}\"]"),
    ("no arguments", r#"42["message"]"#, r#"42["message-back"]"#),
    ("no arguments, acknowledged", r#"420["message-with-ack"]"#, "430[]"),
    ("white space in the JSON", "42[ \"message\" , 1 ,\n 2 ]", r#"42["message-back",1,2]"#),
    ("order of keys", r#"42["message",{"z":1,"a":2}]"#, r#"42["message-back",{"z":1,"a":2}]"#),
    ("id zero", r#"420["message-with-ack",1]"#, "430[1]"),
    ("the largest id of JavaScript", r#"429007199254740991["message-with-ack",1]"#, "439007199254740991[1]"),
    ("null and nothing", r#"421["message-with-ack",null,[],{},""]"#, r#"431[null,[],{},""]"#),
    ("an array is one argument", r#"421["message-with-ack",[1,2]]"#, "431[[1,2]]"),
    ("numbers", r#"421["message-with-ack",0,-1,1.5,1e3,9007199254740991]"#, "431[0,-1,1.5,1000,9007199254740991]"),
    (
        "a placeholder in plain text",
        r#"42["message",{"_placeholder":true,"num":0}]"#,
        r#"42["message-back",{"_placeholder":true,"num":0}]"#,
    ),
    ("the namespace spelled out", r#"42/,["message",1]"#, r#"42["message-back",1]"#),
];

/// Packets that ask for nothing and get nothing, and close nothing.
const IGNORED: &[(&str, &str)] = &[
    ("an acknowledgement nobody waits for", "4399[1]"),
    ("a binary acknowledgement nobody waits for, to be completed", r#"461-99[{"_placeholder":true,"num":0}]"#),
    ("an acknowledgement without an id", "43[1]"),
    ("an engine noop", "6"),
];

#[tokio::test]
async fn unusual_spellings_mean_the_same() {
    let mut client = Client::connect(server()).await;
    for (name, sent, answered) in ECHOED {
        println!("{name}");
        client.send(*sent).await;
        // `1e3` may come back as `1000.0`: JSON knows one kind of number.
        match client.next().await {
            Frame::Text(text) => assert_eq!(text.replace("1000.0", "1000"), *answered, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_asks_for_nothing_gets_nothing() {
    let mut client = Client::connect(server()).await;
    for (name, packet) in IGNORED {
        println!("{name}");
        client.send(*packet).await;
        if packet.starts_with("46") {
            client.ws.binary(vec![1]).await;
        }
        client.alive("answers on").await;
    }
}

/// An event that nobody handles is either passed over or reported as `error`; it ends nothing.
#[tokio::test]
async fn events_that_nobody_handles_end_nothing() {
    let mut client = Client::connect(server()).await;
    for packet in [
        r#"42["nobody",1]"#,
        r#"42["",1]"#,
        r#"42[5,1]"#,
        r#"42["__proto__"]"#,
        r#"42["constructor",{}]"#,
        r#"42["auth"]"#,
    ] {
        client.send(packet).await;
        client.send(r#"42["message","next"]"#).await;
        let first = client.next().await;
        if matches!(&first, Frame::Text(text) if text.starts_with(r#"42["error",{"#)) {
            client.expect(r#"42["message-back","next"]"#).await;
        } else {
            assert_eq!(first, Frame::Text(r#"42["message-back","next"]"#.into()), "{packet}");
        }
    }
}

#[tokio::test]
async fn placeholders_are_matched_by_number_in_any_order() {
    let mut client = Client::connect(server()).await;
    client.send(r#"453-["message",{"_placeholder":true,"num":2},{"num":0,"_placeholder":true},{"_placeholder":true,"num":1}]"#).await;
    for data in [&b"zero"[..], b"", b"two"] {
        client.ws.binary(Bytes::from_static(data)).await;
    }
    let placeholder = |num| format!(r#"{{"_placeholder":true,"num":{num}}}"#);
    let all = [0, 1, 2].map(placeholder).join(",");
    client.expect(&format!(r#"453-["message-back",{all}]"#)).await;
    client.expect_binary(b"two").await;
    client.expect_binary(b"zero").await;
    client.expect_binary(b"").await;
    client.alive("in step").await;
}

#[tokio::test]
async fn placeholders_are_found_wherever_they_are_and_however_spelled() {
    let mut client = Client::connect(server()).await;
    client.send(r#"452-7["message-with-ack",{"a":[{"\u005fplaceholder":true,"num":1}]},"x",[[{"_placeholder":true,"n\u0075m":0}]]]"#).await;
    client.ws.binary(vec![0]).await;
    client.ws.binary(vec![1]).await;
    client.expect(r#"462-7[{"a":[{"_placeholder":true,"num":0}]},"x",[[{"_placeholder":true,"num":1}]]]"#).await;
    client.expect_binary(&[1]).await;
    client.expect_binary(&[0]).await;
    client.alive("in step").await;
}

#[tokio::test]
async fn ten_attachments_are_taken_and_returned() {
    let mut client = Client::connect(server()).await;
    let placeholders: Vec<String> = (0..10).map(|n| format!(r#"{{"_placeholder":true,"num":{n}}}"#)).collect();
    client.send(format!(r#"4510-["message",{}]"#, placeholders.join(","))).await;
    for n in 0..10 {
        client.ws.binary(vec![n; 3]).await;
    }
    client.expect(&format!(r#"4510-["message-back",{}]"#, placeholders.join(","))).await;
    for n in 0..10 {
        assert_eq!(client.next().await, Frame::Binary(vec![n; 3].into()));
    }
}

#[tokio::test]
async fn pings_may_come_between_a_packet_and_its_attachments() {
    let server = tests::programs::Program::conformance(&["--ping-interval", "50", "--ping-timeout", "2000"]);
    let mut client = Client::connect(server.addr()).await;
    client.send(r#"451-["message",{"_placeholder":true,"num":0}]"#).await;
    assert_eq!(client.ws.next().await, Frame::Text("2".into()));
    client.send("3").await;
    client.ws.binary(vec![9]).await;
    client.expect(r#"451-["message-back",{"_placeholder":true,"num":0}]"#).await;
    client.expect_binary(&[9]).await;
}

#[tokio::test]
async fn an_event_sent_on_the_connect_reply_is_handled() {
    for _ in 0..50 {
        let mut client = Client::bare(server(), "40").await;
        client.send(r#"42["message","at once"]"#).await;
        client.expect(r#"42["auth",{}]"#).await;
        client.expect(r#"42["message-back","at once"]"#).await;
    }
}

/// Node closes the connection here; a server that queues turns from the start need not.
#[tokio::test]
async fn an_event_sent_right_behind_connect_is_handled() {
    if foreign() {
        return;
    }
    for _ in 0..50 {
        let (mut ws, _) = websocket(server(), "/socket.io/").await;
        ws.feed("40").await;
        ws.feed(r#"42["message","no wait"]"#).await;
        ws.flush().await;
        assert!(ws.next_text().await.starts_with(r#"40{"sid":""#));
        ws.expect(r#"42["auth",{}]"#).await;
        ws.expect(r#"42["message-back","no wait"]"#).await;
    }
    let session = Polling::open(server(), "/socket.io/").await;
    session.send("40\u{1e}42[\"message\",\"one body\"]").await;
    let packets = session.receive(3).await;
    assert_eq!(packets[2], r#"42["message-back","one body"]"#);
}

#[tokio::test]
async fn ten_thousand_pipelined_events_give_ten_thousand_acks_in_order() {
    let mut client = Client::connect(server()).await;
    for n in 0..10_000 {
        client.ws.feed(format!(r#"42{n}["message-with-ack",{n}]"#)).await;
        // Read now and then, so that neither side waits for the other for ever.
        if n % 1000 == 999 {
            client.ws.flush().await;
        }
    }
    client.ws.flush().await;
    for n in 0..10_000 {
        client.expect(&format!("43{n}[{n}]")).await;
    }
    client.alive("and nothing else").await;
}

#[tokio::test]
async fn ten_thousand_events_in_one_body_are_acknowledged_in_order() {
    let session = Polling::open(server(), "/socket.io/").await;
    session.send("40").await;
    session.receive(2).await;
    let bodies: Vec<String> = (0..10_000).map(|n| format!(r#"42{n}["message-with-ack",{n}]"#)).collect();
    session.send(bodies.join("\u{1e}")).await;
    let expected: Vec<String> = (0..10_000).map(|n| format!("43{n}[{n}]")).collect();
    assert!(session.receive(10_000).await == expected);
}

#[tokio::test]
async fn namespaces_share_a_connection_and_keep_apart() {
    let mut client = Client::connect(server()).await;
    client.send(r#"40/custom,{"a":[1]}"#).await;
    assert!(matches!(client.next().await, Frame::Text(text) if text.starts_with(r#"40/custom,{"sid":""#)));
    client.expect(r#"42/custom,["auth",{"a":[1]}]"#).await;
    client.send(r#"42/custom,5["message-with-ack","custom"]"#).await;
    client.expect(r#"43/custom,5["custom"]"#).await;
    client.send(r#"42/custom,["message","custom"]"#).await;
    client.expect(r#"42/custom,["message-back","custom"]"#).await;
    client.send("41/custom,").await;
    client.alive("the main namespace is untouched").await;
    // And back again, as a new socket.
    client.send("40/custom").await;
    assert!(matches!(client.next().await, Frame::Text(text) if text.starts_with(r#"40/custom,{"sid":""#)));
    client.expect(r#"42/custom,["auth",{}]"#).await;
}

#[tokio::test]
async fn leaving_the_last_namespace_keeps_the_connection() {
    let mut client = Client::connect(server()).await;
    client.send("41").await;
    client.ws.silent().await;
    client.send("40").await;
    let Frame::Text(reply) = client.next().await else { panic!("closed") };
    assert!(reply.starts_with(r#"40{"sid":""#) && !reply.contains(&client.sid), "{reply}");
    client.expect(r#"42["auth",{}]"#).await;
    client.alive("again").await;
}

#[tokio::test]
async fn the_server_asks_for_an_acknowledgement_and_hears_it() {
    let mut client = Client::connect(server()).await;
    client.send(r#"42["emit-with-ack","q",1]"#).await;
    let Frame::Text(asked) = client.next().await else { panic!("closed") };
    let id = asked.strip_prefix("42").and_then(|rest| rest.strip_suffix(r#"["emit-with-ack","q",1]"#));
    let id: u64 = id.and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{asked}"));
    client.send(format!(r#"461-{id}["a",{{"_placeholder":true,"num":0}}]"#)).await;
    client.ws.binary(vec![5]).await;
    client.expect(r#"451-["emit-with-ack","a",{"_placeholder":true,"num":0}]"#).await;
    client.expect_binary(&[5]).await;
    // Answering twice counts once.
    client.send(format!(r#"43{id}["again"]"#)).await;
    client.alive("once").await;
}
