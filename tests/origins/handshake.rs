//! What handlers read of a handshake besides the user: `auth`, the address of the request, and its form as JSON.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tests::ws::Ws;

use crate::app::start;

const TARGET: &str = "/socket.io/?EIO=4&transport=websocket&room=a%20b";

/// A client of `/` that has sent this CONNECT packet; its answer, and the events before the next acknowledgement, are read.
async fn connect(addr: SocketAddr, packet: &str, headers: &[(&'static str, &str)]) -> Ws {
    let mut ws = Ws::connect_with(addr, TARGET, headers).await;
    ws.next_text().await;
    ws.text(packet).await;
    assert!(ws.next_text().await.starts_with("40{"));
    assert!(ws.next_text().await.starts_with(r#"42["who""#));
    ws
}

async fn ask(ws: &mut Ws, event: &str) -> Value {
    ws.text(format!(r#"421["{event}"]"#)).await;
    let answer = ws.next_text().await;
    let answer: Value = serde_json::from_str(answer.strip_prefix("431").unwrap()).unwrap();
    answer[0].clone()
}

#[tokio::test]
async fn it_is_written_as_node_writes_it_but_for_secrets() {
    let addr = start(|server| server.trust_proxies(["127.0.0.1"])).await;
    let headers = [
        ("Origin", "https://me.example"),
        ("Cookie", "sid=secret"),
        ("Authorization", "Bearer secret"),
        ("X-Forwarded-For", "192.0.2.60"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "me.example"),
    ];
    let mut ws = connect(addr, r#"40{"token":"secret"}"#, &headers).await;
    let described = ask(&mut ws, "describe").await;
    let expected = [
        ("address", json!("192.0.2.60")),
        ("secure", json!(true)),
        ("xdomain", json!(true)),
        ("trusted", json!(true)),
        ("url", json!(TARGET)),
        ("query", json!({"EIO": "4", "transport": "websocket", "room": "a b"})),
        ("protocol", json!(4)),
        ("transport", json!("websocket")),
    ];
    for (name, value) in expected {
        assert_eq!(described[name], value, "{name}: {described}");
    }
    assert!(described["issued"].as_u64().is_some_and(|issued| issued > 1_600_000_000_000), "{described}");
    assert_eq!(described["headers"]["origin"], "https://me.example");
    assert!(!described.to_string().contains("secret"), "{described}");
}

#[tokio::test]
async fn the_auth_payload_stays_readable() {
    let addr = start(|server| server).await;
    let mut ws = connect(addr, r#"40{"token":"abc"}"#, &[]).await;
    assert_eq!(ask(&mut ws, "token").await, "abc");
    for (packet, message) in [("40", "auth: invalid type: null"), (r#"40{"token":1}"#, "auth: invalid type: integer")] {
        let mut ws = connect(addr, packet, &[]).await;
        let error = ask(&mut ws, "token").await;
        assert_eq!(error["error"]["code"], "bad_request", "{error}");
        assert!(error["error"]["message"].as_str().unwrap().starts_with(message), "{error}");
    }
}

#[tokio::test]
async fn an_auth_payload_that_is_too_large_is_refused() {
    let addr = start(|server| server.max_auth(20)).await;
    let mut ws = Ws::connect_with(addr, TARGET, &[]).await;
    ws.next_text().await;
    ws.text(r#"40{"token":"abcdefghij"}"#).await;
    ws.expect(r#"44{"message":"Auth payload too large","data":{"code":"auth_too_large"}}"#).await;
    // The limit itself is allowed, and the connection goes on.
    ws.text(r#"40{"token":"abcdefgh"}"#).await;
    assert!(ws.next_text().await.starts_with("40{"));
}
