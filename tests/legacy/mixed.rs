//! Old clients among new ones: one room, one set of limits, one shutdown.

use std::time::Duration;

use serde_json::Value;
use tests::http;
use tests::session::Client;
use tests::ws::{Frame, Ws};
use tokio::time::sleep;

use crate::app::{Running, quick};
use crate::wire::{Polls, handshake};

#[tokio::test]
async fn one_room_of_old_and_new() {
    let server = Running::start();
    let old = Polls::open(&server).await;
    old.post("1::/chat").await;
    assert_eq!(old.get().await, "1::/chat");
    old.post(r#"5:1+:/chat:{"name":"join","args":["r"]}"#).await;
    assert_eq!(old.get().await, "6::/chat:1");
    let sid = handshake(&server).await;
    let mut stream = Ws::connect(server.addr, &format!("/socket.io/1/websocket/{sid}")).await;
    stream.expect("1::").await;
    stream.text("1::/chat").await;
    stream.expect("1::/chat").await;
    stream.text(r#"5:1+:/chat:{"name":"join","args":["r"]}"#).await;
    stream.expect("6::/chat:1").await;
    let mut new = Client::bare(server.addr, "40/chat,").await;
    new.send(r#"42/chat,0["join","r"]"#).await;
    new.expect("43/chat,0[]").await;

    old.post(r#"5::/chat:{"name":"say","args":["r","é from 0.9"]}"#).await;
    new.expect(r#"42/chat,["said","é from 0.9"]"#).await;
    let heard = r#"5::/chat:{"name":"said","args":["\u00e9 from 0.9"]}"#;
    assert_eq!(old.get().await, heard);
    stream.expect(heard).await;

    // Binary values, which the old ones get as base64.
    new.send(r#"451-/chat,["say","r",{"_placeholder":true,"num":0}]"#).await;
    new.ws.binary(&b"\x01\x02\x03"[..]).await;
    new.expect(r#"451-/chat,["said",{"_placeholder":true,"num":0}]"#).await;
    new.expect_binary(b"\x01\x02\x03").await;
    let heard = r#"5::/chat:{"name":"said","args":["AQID"]}"#;
    assert_eq!(old.get().await, heard);
    stream.expect(heard).await;
}

#[tokio::test]
async fn who_does_not_read_is_let_go() {
    let server = Running::with(|server| server.legacy(true).legacy_options(quick()).outbox(16, 1 << 20));
    let client = Polls::open(&server).await;
    client.post(r#"5:::{"name":"burst","args":[1000]}"#).await;
    sleep(Duration::from_millis(200)).await;
    assert_eq!(client.get().await, "7:::1+0");
    let witness = Polls::open(&server).await;
    witness.post(r#"5:1+::{"name":"left"}"#).await;
    assert_eq!(witness.get().await, r#"6:::1+[["slow consumer"]]"#);
}

/// What comes until the server closes; then this end is closed as well, which the server waits for.
async fn hear_out(mut stream: Ws) -> (Vec<Frame>, Option<u16>) {
    stream.closed().await
}

#[tokio::test]
async fn a_shutdown_lets_clients_come_back_elsewhere() {
    let server = Running::start();
    let polls = Polls::open(&server).await;
    let sid = handshake(&server).await;
    let mut stream = Ws::connect(server.addr, &format!("/socket.io/1/websocket/{sid}")).await;
    stream.expect("1::").await;
    let unopened = handshake(&server).await;
    let handle = server.handle.clone();
    let (last, (frames, _), done) = tokio::join!(polls.get(), hear_out(stream), async {
        sleep(Duration::from_millis(100)).await;
        handle.shutdown(Duration::from_secs(5)).await
    });
    assert_eq!(last, "7:::1+0");
    assert!(done, "all sessions have ended, also {unopened}");
    assert!(!format!("{frames:?}").contains("0::"), "they shall come back: {frames:?}");
}

#[tokio::test]
async fn handlers_see_who_comes() {
    let server = Running::start();
    let answer = http::get(server.addr, "/socket.io/1/?who=me%20too").await;
    let sid = answer.text().split(':').next().unwrap().to_owned();
    let client = Polls { addr: server.addr, sid };
    assert_eq!(client.get().await, "1::");
    client.post(r#"5:1+::{"name":"me"}"#).await;
    let answer = client.get().await;
    let answer: Value = serde_json::from_str(answer.strip_prefix("6:::1+").unwrap()).unwrap();
    assert_eq!(answer, serde_json::json!([1, "polling", "me too"]));
}

/// A session is reached by its own protocol only.
#[tokio::test]
async fn sessions_of_one_protocol_are_not_those_of_another() {
    let server = Running::start();
    let old = Polls::open(&server).await;
    for query in ["EIO=3&transport=polling", "EIO=4&transport=polling", "transport=polling"] {
        let target = format!("/socket.io/?{query}&sid={}", old.sid);
        for answer in [http::get(server.addr, &target).await, http::post(server.addr, &target, "1:1").await] {
            assert_eq!((answer.status, answer.text()), (400, r#"{"code":3,"message":"Bad request"}"#), "{query}");
        }
        let upgrade = format!("/socket.io/?EIO=3&transport=websocket&sid={}", old.sid);
        assert_eq!(tests::ws::refused(server.addr, &upgrade, &[]).await.status, 400);
    }
    for protocol in [3, 4] {
        let open = http::get(server.addr, &format!("/socket.io/?EIO={protocol}&transport=polling&b64=1")).await;
        let sid = open.text().split('"').nth(3).unwrap().to_owned();
        for transport in ["xhr-polling", "jsonp-polling"] {
            let answer = http::get(server.addr, &format!("/socket.io/1/{transport}/{sid}")).await;
            assert!(answer.text().contains("7:::1+0"), "{}", answer.text());
            let posted = http::post(server.addr, &format!("/socket.io/1/{transport}/{sid}"), "0::").await;
            assert_eq!((posted.status, posted.text()), (200, "1"));
        }
        let left = http::get(server.addr, &format!("/socket.io/1//{sid}/?disconnect=1")).await;
        assert_eq!((left.status, left.text()), (200, ""));
        let target = format!("/socket.io/?EIO={protocol}&transport=polling&sid={sid}&b64=1");
        let posted = http::post(server.addr, &target, if protocol == 3 { "1:1" } else { "1" }).await;
        assert_eq!((posted.status, posted.text()), (200, "ok"), "the session is still there");
    }
    old.post(r#"5:1+::{"name":"echo"}"#).await;
    assert_eq!(old.get().await, "6:::1");
}
