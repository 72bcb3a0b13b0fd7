//! How sessions begin, and every way in which they are refused.

use std::collections::HashSet;

use tests::http::{self, Response};
use tests::programs::foreign;
use tests::session::{Client, Polling, open_packet, websocket};
use tests::ws;

use crate::server;

/// Node's codes: what is asked, with which method, the answer's code and message.
const REFUSED: &[(&str, &str, u8, &str)] = &[
    ("GET", "EIO=4", 0, "Transport unknown"),
    ("GET", "EIO=4&transport=", 0, "Transport unknown"),
    ("GET", "EIO=4&transport=carrier-pigeon", 0, "Transport unknown"),
    ("GET", "EIO=4&transport=webtransport", 0, "Transport unknown"),
    ("GET", "EIO=4&transport=carrier-pigeon&sid=none", 0, "Transport unknown"),
    ("POST", "EIO=4&transport=constructor", 0, "Transport unknown"),
    ("GET", "EIO=4&transport=polling&sid=none", 1, "Session ID unknown"),
    ("POST", "EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA", 1, "Session ID unknown"),
    ("GET", "EIO=4&transport=polling&sid=__proto__", 1, "Session ID unknown"),
    ("GET", "EIO=4&transport=polling&sid=%00%ff%41", 1, "Session ID unknown"),
    ("POST", "EIO=4&transport=polling", 2, "Bad handshake method"),
    ("PUT", "EIO=4&transport=polling", 2, "Bad handshake method"),
    ("DELETE", "EIO=4&transport=polling", 2, "Bad handshake method"),
    ("OPTIONS", "EIO=4&transport=polling", 2, "Bad handshake method"),
    ("POST", "transport=polling", 2, "Bad handshake method"),
    ("GET", "EIO=4&transport=websocket", 3, "Bad request"),
    ("GET", "transport=polling", 5, "Unsupported protocol version"),
    ("GET", "EIO=1&transport=polling", 5, "Unsupported protocol version"),
    ("GET", "EIO=5&transport=polling", 5, "Unsupported protocol version"),
    ("GET", "EIO=abc&transport=polling", 5, "Unsupported protocol version"),
];

fn assert_refused(what: &str, response: &Response, code: u8, message: &str) {
    assert_eq!(response.status, 400, "{what}: {response:?}");
    let expected = format!(r#"{{"code":{code},"message":"{message}""#);
    // Of a version, ours says more: what was found, what is accepted, and which option changes it.
    let rest = response.text().strip_prefix(&expected).map(str::to_owned);
    assert!(
        rest.is_some_and(|rest| rest == "}" || code == 5 && rest.contains("Server::protocols")),
        "{what}: {response:?}"
    );
    let kind = response.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("application/json"), "{what}: {kind}");
}

#[tokio::test]
async fn the_open_packet_is_nodes_to_the_letter() {
    for path in ["/engine.io/", "/socket.io/"] {
        let response = http::get(server(), &format!("{path}?EIO=4&transport=polling")).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.header("content-type"), Some("text/plain; charset=UTF-8"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert_eq!(response.header("set-cookie"), None);
        assert_eq!(response.header("access-control-allow-origin"), None);
        let sid = open_packet(response.text())["sid"].as_str().unwrap().to_owned();
        let settings = r#""pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
        assert_eq!(response.text(), format!(r#"0{{"sid":"{sid}","upgrades":["websocket"],{settings}"#));

        let mut ws = ws::Ws::connect(server(), &format!("{path}?EIO=4&transport=websocket")).await;
        let packet = ws.next_text().await;
        let sid = open_packet(&packet)["sid"].as_str().unwrap().to_owned();
        assert_eq!(packet, format!(r#"0{{"sid":"{sid}","upgrades":[],{settings}"#));
        ws.silent().await;
    }
}

#[tokio::test]
async fn session_ids_are_twenty_url_safe_characters_and_never_the_same() {
    let mut seen = HashSet::new();
    for _ in 0..50 {
        let sid = Polling::open(server(), "/engine.io/").await.sid;
        assert_eq!(sid.len(), 20, "{sid}");
        assert!(sid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{sid}");
        assert!(seen.insert(sid));
    }
}

#[tokio::test]
async fn the_public_socket_id_says_nothing_about_the_secret_session_id() {
    let mut client = Client::connect(server()).await;
    assert_eq!(client.sid.len(), 20);
    assert_ne!(client.sid, client.engine_sid);
    // It opens no session …
    let target = format!("/socket.io/?EIO=4&transport=polling&sid={}", client.sid);
    assert_refused("the public id", &http::get(server(), &target).await, 1, "Session ID unknown");
    // … and differs from namespace to namespace.
    client.send("40/custom,").await;
    let reply = client.ws.next_text().await;
    assert!(reply.starts_with(r#"40/custom,{"sid":""#), "{reply}");
    assert!(!reply.contains(&client.sid) && !reply.contains(&client.engine_sid), "{reply}");
}

#[tokio::test]
async fn every_refusal_has_nodes_status_and_body() {
    for (method, query, code, message) in REFUSED {
        for path in ["/engine.io/", "/socket.io/"] {
            let target = format!("{path}?{query}");
            let response = http::request(server(), method, &target, &[], b"").await;
            assert_refused(&format!("{method} {target}"), &response, *code, message);
        }
    }
}

#[tokio::test]
async fn a_session_answers_only_to_its_own_transport_and_version() {
    let session = Polling::open(server(), "/engine.io/").await;
    for query in ["EIO=4&transport=websocket", "EIO=3&transport=polling"] {
        let target = format!("/engine.io/?{query}&sid={}", session.sid);
        assert_refused(query, &http::get(server(), &target).await, 3, "Bad request");
    }
    session.alive("unharmed").await;

    let (mut ws, sid) = websocket(server(), "/engine.io/").await;
    let target = format!("/engine.io/?EIO=4&transport=polling&sid={sid}");
    assert_refused("polling a WebSocket session", &http::get(server(), &target).await, 3, "Bad request");
    assert_refused("posting to one", &http::post(server(), &target, "4x").await, 3, "Bad request");
    ws.text("4hello").await;
    ws.expect("4hello").await;
}

#[tokio::test]
async fn a_websocket_is_refused_before_the_switch_of_protocols() {
    let mut rows = vec![
        ("EIO=4&transport=carrier-pigeon", "Transport unknown"),
        ("EIO=4", "Transport unknown"),
        ("EIO=4&transport=websocket&sid=none", "Session ID unknown"),
    ];
    // Node notices a wrong version only after it has switched.
    if !foreign() {
        rows.push(("transport=websocket", "Unsupported protocol version"));
        rows.push(("EIO=1&transport=websocket", "Unsupported protocol version"));
    }
    for (query, message) in rows {
        let response = ws::refused(server(), &format!("/socket.io/?{query}"), &[]).await;
        assert_eq!(response.status, 400, "{query}: {response:?}");
        assert!(response.text().contains(message), "{query}: {response:?}");
    }
}

#[tokio::test]
async fn other_methods_do_not_end_a_session() {
    let session = Polling::open(server(), "/engine.io/").await;
    for method in ["PUT", "DELETE", "PATCH"] {
        let response = http::request(server(), method, &session.target, &[], b"").await;
        assert!((400..=501).contains(&response.status), "{method}: {response:?}");
    }
    session.alive("still here").await;
}

#[tokio::test]
async fn other_paths_belong_to_somebody_else() {
    for target in ["/", "/other/?EIO=4&transport=polling", "/engine.io-not/?EIO=4&transport=polling"] {
        assert_eq!(http::get(server(), target).await.status, 404, "{target}");
    }
}

#[tokio::test]
async fn the_last_of_a_repeated_parameter_counts() {
    let response =
        http::get(server(), "/engine.io/?transport=carrier-pigeon&EIO=3&EIO=4&transport=polling&t=abc").await;
    assert_eq!(response.status, 200);
}
