//! Cross-origin requests: not a word unless the server was told so, and then the same rule on both
//! transports.

use tests::http::{self, Response};
use tests::programs::{Program, foreign};
use tests::ws::{self, Ws};

use crate::server;

const OPEN: &str = "/socket.io/?EIO=4&transport=polling";
const SOCKET: &str = "/socket.io/?EIO=4&transport=websocket";
const GOOD: &str = "http://good.example";
const EVIL: &str = "http://evil.example";

async fn from(server: std::net::SocketAddr, origin: &str) -> Response {
    http::request(server, "GET", OPEN, &[("Origin", origin)], b"").await
}

#[tokio::test]
async fn cors_is_off_by_default() {
    let response = from(server(), GOOD).await;
    assert!(response.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{response:?}");
    let preflight = [("Origin", GOOD), ("Access-Control-Request-Method", "POST")];
    let response = http::request(server(), "OPTIONS", OPEN, &preflight, b"").await;
    assert_eq!((response.status, response.text()), (400, r#"{"code":2,"message":"Bad handshake method"}"#));
}

#[tokio::test]
async fn the_allowed_origin_is_told_so_and_no_other() {
    let server = Program::conformance(&["--cors", GOOD]);
    let response = from(server.addr(), GOOD).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("access-control-allow-origin"), Some(GOOD));
    assert!(response.header("vary").is_some_and(|vary| vary.to_ascii_lowercase().contains("origin")), "{response:?}");

    let response = from(server.addr(), EVIL).await;
    assert_ne!(response.header("access-control-allow-origin"), Some(EVIL));
    assert_ne!(response.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn credentials_are_off_by_default() {
    let server = Program::conformance(&["--cors", GOOD]);
    let response = from(server.addr(), GOOD).await;
    assert_eq!((response.status, response.header("access-control-allow-credentials")), (200, None));
}

#[tokio::test]
async fn a_preflight_is_answered() {
    let server = Program::conformance(&["--cors", GOOD]);
    let ask =
        [("Origin", GOOD), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "x-token")];
    let response = http::request(server.addr(), "OPTIONS", OPEN, &ask, b"").await;
    assert_eq!(response.status, 204, "{response:?}");
    assert_eq!(response.header("access-control-allow-origin"), Some(GOOD));
    let methods = response.header("access-control-allow-methods").unwrap_or_default();
    assert!(methods.contains("GET") && methods.contains("POST"), "{methods}");
    assert_eq!(response.header("access-control-allow-headers"), Some("x-token"));
}

#[tokio::test]
async fn anyone_is_anyone() {
    let server = Program::conformance(&["--cors", "*"]);
    let response = from(server.addr(), EVIL).await;
    assert_eq!((response.status, response.header("access-control-allow-origin")), (200, Some("*")));
    Ws::connect_with(server.addr(), SOCKET, &[("Origin", EVIL)]).await.next_text().await;
}

/// Browsers do not apply CORS to WebSocket, so the server must. (Node leaves it to the application.)
#[tokio::test]
async fn the_same_rule_holds_on_websocket() {
    let server = Program::conformance(&["--cors", GOOD]);
    Ws::connect_with(server.addr(), SOCKET, &[("Origin", GOOD)]).await.next_text().await;
    // Not a browser: no Origin, no rule.
    Ws::connect(server.addr(), SOCKET).await.next_text().await;
    if !foreign() {
        for origin in [EVIL, "null", "http://good.example.evil.example", "https://good.example"] {
            let response = ws::refused(server.addr(), SOCKET, &[("Origin", origin)]).await;
            assert!(matches!(response.status, 400 | 403), "{origin}: {response:?}");
        }
    }
}
