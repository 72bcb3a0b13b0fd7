//! xhr-polling and jsonp-polling: packets, payloads, the life of a session.

use std::time::Duration;

use tests::http;
use tokio::time::sleep;

use crate::app::{Running, quick};
use crate::wire::{Polls, form, handshake};

#[tokio::test]
async fn events_acknowledgements_and_messages() {
    let server = Running::start();
    let client = Polls::open(&server).await;
    client.post(r#"5:1+::{"name":"echo","args":[1,"é€😀",{"a":[true,null]}]}"#).await;
    assert_eq!(client.get().await, r#"6:::1+[1,"\u00e9\u20ac\ud83d\ude00",{"a":[true,null]}]"#);
    client.post(r#"5:2+::{"name":"ask","args":["why"]}"#).await;
    assert_eq!(client.get().await, r#"5:1+::{"name":"question","args":["why"]}"#);
    client.post(r#"6:::1+["because"]"#).await;
    assert_eq!(client.get().await, r#"6:::2+["because"]"#);
    client.post("3:3::auto ack me").await;
    let payload = client.get().await;
    assert!(payload.contains("6:::3") && !payload.starts_with('5'), "the receipt comes first: {payload}");
    client.post("1::/chat").await;
    let mut seen = payload;
    while !seen.contains("1::/chat") {
        seen = client.get().await;
    }
    client.post(r#"5:1+:/chat:{"name":"join","args":["r"]}"#).await;
    assert_eq!(client.get().await, "6::/chat:1");
    client.post("1::/chat").await;
    assert_eq!(client.get().await, "1::/chat", "a second time does no harm");
    client.post("1::/secret").await;
    assert_eq!(client.get().await, "7::/secret:2");
    client.post("1::/nope:?a=b").await;
    assert_eq!(client.get().await, "7::/nope:2");
    client.post("1::nope").await;
    assert_eq!(client.get().await, "7::nope:2");
}

#[tokio::test]
async fn several_packets_in_one_body() {
    let server = Running::start();
    let client = Polls::open(&server).await;
    let number = |n: u32| format!(r#"5:::{{"name":"number","args":[{n}]}}"#);
    let body: String = (0..3).map(number).map(|packet| format!("\u{fffd}{}\u{fffd}{packet}", packet.len())).collect();
    let text = "3:::a\u{fffd}9\u{fffd}😀";
    let body = format!(
        "{body}\u{fffd}{}\u{fffd}{text}\u{fffd}24\u{fffd}5:9+::{{\"name\":\"numbers\"}}",
        text.encode_utf16().count()
    );
    // A length that is wrong ends the reading, and harms nobody.
    client.post(&format!("{body}\u{fffd}99\u{fffd}2::")).await;
    let mut all = String::new();
    while !all.contains("6:::9") {
        all += &client.get().await;
    }
    assert!(all.contains("6:::9+[[0,1,2]]"), "{all}");
    assert!(all.contains(r#"["a\ufffd9\ufffd\ud83d\ude00"]"#), "{all}");
}

#[tokio::test]
async fn answers_are_framed_in_utf16() {
    let server = Running::start();
    let client = Polls::open(&server).await;
    client.post(r#"5:::{"name":"burst","args":[2]}"#).await;
    let first = client.get().await;
    let tick = |n: u32| format!(r#"5:::{{"name":"tick","args":[{n}]}}"#);
    if first == tick(0) {
        assert_eq!(client.get().await, tick(1));
    } else {
        assert_eq!(first, format!("\u{fffd}30\u{fffd}{}\u{fffd}30\u{fffd}{}", tick(0), tick(1)));
    }
}

#[tokio::test]
async fn what_is_no_packet_is_ignored() {
    let server = Running::start();
    let client = Polls::open(&server).await;
    let nested = format!("5:::{{\"name\":\"echo\",\"args\":[{}{}]}}", "[".repeat(5000), "]".repeat(5000));
    for body in [
        "garbage",
        "",
        "5:::",
        "5:::{}",
        "5:::[]",
        "4:::{",
        "6:::x",
        "6:::7+[1]",
        "9::",
        "7:::1+0",
        "5:::{\"name\":\"disconnect\"}",
        "\u{fffd}",
        "\u{fffd}99\u{fffd}2::",
        "1::/a,b",
        "5::/nowhere:{\"name\":\"x\"}",
        &nested,
    ] {
        client.post(body).await;
    }
    let raw = http::post(server.addr, &client.path("xhr-polling"), b"3:::\xff").await;
    assert_eq!(raw.text(), "1");
    client.post(r#"5:1+::{"name":"echo","args":["alive"]}"#).await;
    let mut answer = client.get().await;
    while !answer.contains("6:::1") {
        answer = client.get().await;
    }
    assert!(answer.contains(r#"6:::1+["alive"]"#), "{answer}");
}

#[tokio::test]
async fn a_poll_with_nothing_to_say_ends_with_a_noop() {
    let server = Running::start();
    let client = Polls::open(&server).await;
    assert_eq!(client.get().await, "8::");
    assert_eq!(client.get().await, "8::");
}

#[tokio::test]
async fn the_newer_of_two_polls_is_answered() {
    let server = Running::start();
    let client = Polls::open(&server).await;
    let (older, newer, ()) = tokio::join!(
        client.get(),
        async {
            sleep(Duration::from_millis(100)).await;
            client.get().await
        },
        async {
            sleep(Duration::from_millis(250)).await;
            client.post(r#"5:1+::{"name":"echo"}"#).await;
        }
    );
    assert_eq!((older.as_str(), newer.as_str()), ("8::", "6:::1"));
}

#[tokio::test]
async fn a_session_waits_for_its_client_and_not_for_ever() {
    let server = Running::start();
    let client = Polls::open(&server).await;
    // A poll that is given up is not the end.
    let _ = tokio::time::timeout(Duration::from_millis(100), client.get()).await;
    sleep(Duration::from_millis(1500)).await;
    client.post(r#"5:1+::{"name":"echo","args":["still"]}"#).await;
    client.post(r#"5:2+::{"name":"echo","args":["here"]}"#).await;
    sleep(Duration::from_millis(100)).await;
    let payload = client.get().await;
    assert!(payload.starts_with("\u{fffd}15\u{fffd}6:::1+[\"still\"]\u{fffd}14\u{fffd}6:::2+"), "{payload}");
    sleep(Duration::from_millis(3500)).await;
    assert_eq!(client.get().await, "7:::1+0");
    let other = Polls::open(&server).await;
    other.post(r#"5:1+::{"name":"left"}"#).await;
    assert_eq!(other.get().await, r#"6:::1+[["ping timeout"]]"#);
}

#[tokio::test]
async fn a_handshake_without_a_transport_is_forgotten() {
    let server = Running::with(|server| {
        let options = quick().handshake_timeout(Duration::from_millis(200));
        server.legacy(true).legacy_options(options)
    });
    let sid = handshake(&server).await;
    sleep(Duration::from_millis(600)).await;
    let answer = http::get(server.addr, &format!("/socket.io/1/xhr-polling/{sid}")).await;
    assert_eq!(answer.text(), "7:::1+0");
}

#[tokio::test]
async fn all_the_ways_to_leave() {
    let server = Running::start();
    for way in 0..4 {
        let client = Polls::open(&server).await;
        let (last, ()) = tokio::join!(client.get(), async {
            sleep(Duration::from_millis(100)).await;
            match way {
                0 => client.post("0::").await,
                1 => drop(http::get(server.addr, &format!("/socket.io/1//{}/?disconnect=1", client.sid)).await),
                2 => drop(http::get(server.addr, &format!("/socket.io/1/xhr-polling/{}?disconnect", client.sid)).await),
                _ => client.post("0").await,
            }
        });
        assert_eq!(last, "0::", "way {way}");
        assert_eq!(client.get().await, "7:::1+0");
    }
}

#[tokio::test]
async fn who_is_thrown_out_hears_it_at_the_next_poll() {
    let server = Running::start();
    let client = Polls::open(&server).await;
    client.post(r#"5:::{"name":"kick"}"#).await;
    sleep(Duration::from_millis(100)).await;
    assert_eq!(client.get().await, "0::");
    assert_eq!(client.get().await, "7:::1+0");
}

#[tokio::test]
async fn who_is_refused_is_told() {
    let server = Running::start();
    let answer = http::get(server.addr, "/socket.io/1/?deny=1").await;
    let sid = answer.text().split(':').next().unwrap();
    let answer = http::get(server.addr, &format!("/socket.io/1/xhr-polling/{sid}")).await;
    let text = answer.text();
    assert!(text.contains("7:::2"), "{text}");
}

/// A client that has not asked for a namespace, or has left it, is told that it is not in it.
#[tokio::test]
async fn an_event_for_a_namespace_that_the_client_is_not_in_is_an_error() {
    let server = Running::start();
    let client = Polls::open(&server).await;
    for stray in
        [r#"5:1+:/chat:{"name":"join","args":["r"]}"#, "3:1:/nope:text", "4::/chat:{}", "5::x:{\"name\":\"a\"}"]
    {
        client.post(stray).await;
        let endpoint = stray.split(':').nth(2).unwrap();
        assert_eq!(client.get().await, format!("7::{endpoint}:1+0"), "{stray}");
    }
    client.post("1::/chat").await;
    assert_eq!(client.get().await, "1::/chat");
    client.post("0::/chat").await;
    client.post(r#"5::/chat:{"name":"join","args":["r"]}"#).await;
    assert_eq!(client.get().await, "7::/chat:1+0");

    // What has no event in it gets no answer, and neither does the end of what has never begun.
    for silent in ["6::/chat:1", "0::/chat", "5::/chat:{}", "7::/chat:1+0"] {
        client.post(silent).await;
    }
    client.post(r#"5:1+::{"name":"echo"}"#).await;
    assert_eq!(client.get().await, "6:::1");
}

/// The published clients send events before they know that they are let in, and reconnect when they hear `1+0`: that must
/// not happen because a namespace is refused, or they would do so for ever.
#[tokio::test]
async fn events_behind_a_refusal_are_ignored() {
    let server = Running::start();
    let client = Polls::open(&server).await;
    for path in ["/secret", "/nope", "nope", "/a,b"] {
        client.post(&format!("1::{path}")).await;
        client.post(&format!(r#"5::{path}:{{"name":"echo"}}"#)).await;
        client.post(&format!(r#"5:1+::{{"name":"echo","args":["{path}"]}}"#)).await;
        let mut heard = client.get().await;
        while !heard.contains("6:::1+") {
            heard += &client.get().await;
        }
        assert!(heard.contains(&format!("7::{path}:2")) && !heard.contains("1+0"), "{heard}");
    }
}

#[tokio::test]
async fn limits_hold() {
    let server = Running::with(|server| server.legacy(true).max_payload(2000).legacy_options(quick()));
    let client = Polls::open(&server).await;
    let large = http::post(server.addr, &client.path("xhr-polling"), vec![b'3'; 5000]).await;
    assert_eq!(large.status, 413);
    client.post(r#"5:1+::{"name":"echo","args":["alive"]}"#).await;
    assert_eq!(client.get().await, r#"6:::1+["alive"]"#);
}

#[tokio::test]
async fn binary_values_can_be_refused() {
    let server = Running::without_base64();
    let client = Polls::open(&server).await;
    client.post(r#"5:1+::{"name":"bytes"}"#).await;
    let answer = client.get().await;
    assert!(answer.starts_with(r#"6:::1+[{"error":{"code":"binary""#), "{answer}");
}

#[tokio::test]
async fn jsonp_is_scripts_and_forms() {
    let server = Running::start();
    let sid = handshake(&server).await;
    let path = format!("/socket.io/1/jsonp-polling/{sid}?t=1&i=7");
    let answer = http::get(server.addr, &path).await;
    assert_eq!(answer.header("content-type"), Some("text/javascript; charset=UTF-8"));
    assert_eq!(answer.header("x-xss-protection"), Some("0"));
    assert_eq!(answer.text(), "io.j[7](\"1::\");");

    // 0.8 and 0.9: a JSON string in the form.
    let body = "d=%225%3A1%2B%3A%3A%7B%5C%22name%5C%22%3A%5C%22echo%5C%22%2C%5C%22args%5C%22%3A%5B1%2C%5C%22%C3%A9%E2%80%A8%5C%22%5D%7D%22";
    let posted = form(server.addr, &path, body).await;
    assert_eq!((posted.status, posted.text()), (200, "1"));
    let answer = http::get(server.addr, &path).await;
    assert_eq!(answer.text(), r#"io.j[7]("6:::1+[1,\"\\u00e9\\u2028\"]");"#);

    // 0.7: the payload itself.
    let posted =
        form(server.addr, &path, "d=5%3A2%2B%3A%3A%7B%22name%22%3A%22echo%22%2C%22args%22%3A%5B%22a+b%22%5D%7D").await;
    assert_eq!(posted.text(), "1");
    let answer = http::get(server.addr, &path).await;
    assert_eq!(answer.text(), r#"io.j[7]("6:::2+[\"a b\"]");"#);

    for body in ["", "x=1", "d=", "d=%22", "d=%ff"] {
        assert_eq!(form(server.addr, &path, body).await.text(), "1");
    }
    let strange = format!("/socket.io/1/jsonp-polling/{sid}?i=alert(1)");
    assert_eq!(http::get(server.addr, &strange).await.text(), "io.j[0](\"8::\");");
}

#[tokio::test]
async fn one_answer_carries_at_most_max_payload() {
    let server = Running::with(|server| server.legacy(true).legacy_options(quick()).max_payload(2_000));
    let client = Polls::open(&server).await;
    let text = "x".repeat(900);
    for id in 1..=3 {
        client.post(&format!(r#"5:{id}+::{{"name":"echo","args":["{text}"]}}"#)).await;
    }
    client.post(r#"5:::{"name":"kick"}"#).await;
    sleep(Duration::from_millis(100)).await;
    let packet = |id: u32| format!(r#"6:::{id}+["{text}"]"#);
    let both = [packet(1), packet(2)].map(|packet| format!("\u{fffd}{}\u{fffd}{packet}", packet.len())).concat();
    assert_eq!(client.get().await, both);
    let third = packet(3);
    let last = format!("\u{fffd}{}\u{fffd}{third}\u{fffd}3\u{fffd}0::", third.len());
    assert_eq!(client.get().await, last, "the end comes with the last part");
    assert_eq!(client.get().await, "7:::1+0");
}
