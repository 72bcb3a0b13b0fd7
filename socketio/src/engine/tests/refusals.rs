//! Every request that is refused, and the exact answer.

use std::time::Duration;

use super::{Event, Options, Server, driver::*};
use crate::engine::{CloseReason, Cors, Proxies, Transport};

const TRANSPORT: (u16, &str) = (400, r#"{"code":0,"message":"Transport unknown"}"#);
const SESSION: (u16, &str) = (400, r#"{"code":1,"message":"Session ID unknown"}"#);
const METHOD: (u16, &str) = (400, r#"{"code":2,"message":"Bad handshake method"}"#);
const METHOD_OF_SESSION: (u16, &str) = (405, r#"{"code":3,"message":"Bad request"}"#);
const REQUEST: (u16, &str) = (400, r#"{"code":3,"message":"Bad request"}"#);
const FORBIDDEN: (u16, &str) = (403, r#"{"code":4,"message":"Forbidden"}"#);
const VERSION: (u16, &str) = (426, r#"{"code":3,"message":"Bad request"}"#);

/// The answer to a version that is not accepted, with what was found as JSON.
fn protocol(found: &str, accepted: &str) -> (u16, &'static str) {
    let body = format!(
        r#"{{"code":5,"message":"Unsupported protocol version","found":{found},"accepted":{accepted},"option":"Server::protocols"}}"#
    );
    (400, body.leak())
}

async fn ask(server: &Server, method: &str, target: &str, headers: &str) -> Reply {
    receive(send(server.address, method, target, headers, b"").await).await
}

#[tokio::test]
async fn handshakes_are_refused_as_node_does() {
    let server = Server::start(Options::default()).await;
    let upgrade = |change: &str, by: &str| HANDSHAKE.replace(change, by);
    for (method, target, headers, expected) in [
        ("GET", "/engine.io/?EIO=4", "", TRANSPORT),
        ("GET", "/engine.io/?EIO=4&transport=tube", "", TRANSPORT),
        ("GET", "/engine.io/?EIO=4&transport=webtransport", "", TRANSPORT),
        ("GET", "/engine.io/?EIO=4&transport=__proto__", HANDSHAKE, TRANSPORT),
        ("POST", POLLING, "", METHOD),
        ("OPTIONS", POLLING, "", METHOD),
        ("HEAD", POLLING, "", (400, "")),
        ("GET", WEBSOCKET, "", REQUEST),
        ("GET", POLLING, HANDSHAKE, REQUEST),
        ("GET", POLLING, "Origin: \u{e4}\r\n", REQUEST),
        ("GET", "/engine.io/?EIO=5&transport=polling", "", protocol(r#""5""#, "[3,4]")),
        ("GET", "/engine.io/?transport=polling", "", protocol("null", "[3,4]")),
        ("GET", "/engine.io/?EIO=1&transport=websocket", HANDSHAKE, protocol(r#""1""#, "[3,4]")),
        ("GET", POLLING, "Origin: http://a.example\r\nOrigin: http://a.example\r\n", REQUEST),
        ("GET", POLLING, "Host: a.example\r\nHost: b.example\r\n", REQUEST),
        ("GET", POLLING, "Host: a.example\r\nHost: a.example\r\n", REQUEST),
        ("GET", WEBSOCKET, &format!("Origin: http://x\r\nOrigin: https://evil.example\r\n{HANDSHAKE}"), REQUEST),
        ("GET", "/engine.io/?EIO=4&transport=polling&sid=aaaaaaaaaaaaaaaaaaaa", "", SESSION),
        ("GET", "/engine.io/?EIO=4&transport=polling&sid=__proto__", "", SESSION),
        ("POST", "/engine.io/?EIO=4&transport=polling&sid=x", "", SESSION),
        ("GET", "/engine.io/?EIO=4&transport=websocket&sid=x", HANDSHAKE, SESSION),
        ("GET", WEBSOCKET, &upgrade("13", "8"), VERSION),
        ("GET", WEBSOCKET, &upgrade("dGhlIHNhbXBsZSBub25jZQ==", "short"), REQUEST),
        ("GET", WEBSOCKET, &upgrade("Sec-WebSocket-Key", "X-Key"), REQUEST),
        ("GET", WEBSOCKET, &format!("Origin: https://evil.example\r\n{HANDSHAKE}"), FORBIDDEN),
    ] {
        let reply = ask(&server, method, target, headers).await;
        assert_eq!(reply.brief(), expected, "{method} {target} {headers}");
        assert_eq!(reply.header("content-type"), Some("application/json"), "{method} {target}");
        assert_eq!(reply.header("access-control-allow-origin"), None);
    }
    assert_eq!(server.engine.sessions(), 0);
}

#[tokio::test]
async fn requests_to_a_session_are_refused_and_leave_it_alive() {
    let mut server = Server::start(Options::default()).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    let sid = format!("&sid={}", client.sid);
    for (method, target, headers, expected) in [
        ("GET", format!("{WEBSOCKET}{sid}"), "", REQUEST),
        ("GET", format!("/engine.io/?EIO=3&transport=polling{sid}"), "", REQUEST),
        ("POST", format!("/engine.io/?transport=polling{sid}"), "", REQUEST),
        ("GET", format!("/engine.io/?EIO=4{sid}"), "", TRANSPORT),
        ("PUT", format!("{POLLING}{sid}"), "", METHOD_OF_SESSION),
        ("POST", format!("{WEBSOCKET}{sid}"), HANDSHAKE, REQUEST),
    ] {
        assert_eq!(ask(&server, method, &target, headers).await.brief(), expected, "{method} {target} {headers}");
    }
    let reply = ask(&server, "DELETE", &format!("{POLLING}{sid}"), "").await;
    assert_eq!((reply.brief(), reply.header("allow")), (METHOD_OF_SESSION, Some("GET, POST")));
    client.push("4x").await;
    assert_eq!(client.poll().await, "4x");

    let mut websocket = Frames::connect(server.address, WEBSOCKET).await;
    let open = websocket.text().await;
    let sid = format!("&sid={}", open.split('"').nth(3).unwrap());
    assert_eq!(ask(&server, "GET", &format!("{POLLING}{sid}"), "").await.brief(), REQUEST);
    assert_eq!(ask(&server, "GET", &format!("{WEBSOCKET}{sid}"), "").await.brief(), REQUEST);
    let mut second = Frames::connect(server.address, &format!("{WEBSOCKET}{sid}")).await;
    assert_eq!(second.close_code().await, 1005);
    websocket.send("4y").await;
    assert_eq!(websocket.text().await, "4y");
}

#[tokio::test]
async fn protocols_can_be_switched_off() {
    let get = async |protocols, version: &str| {
        let server = Server::start(Options { protocols, ..Options::default() }).await;
        let polling = format!("/engine.io/?EIO={version}&transport=polling");
        let reply = ask(&server, "GET", &polling, "").await;
        let websocket = format!("/engine.io/?EIO={version}&transport=websocket");
        let other = ask(&server, "GET", &websocket, HANDSHAKE).await;
        assert_eq!(reply.status == 200, other.status == 101, "{other:?}");
        (reply.status, reply.body)
    };
    let refused = |found: &str, accepted: &str| {
        let (status, body) = protocol(found, accepted);
        (status, body.to_owned())
    };
    assert_eq!(get(vec![4], "3").await, refused(r#""3""#, "[4]"));
    assert_eq!(get(vec![4], "2").await, refused(r#""2""#, "[4]"));
    assert_eq!(get(vec![3], "4").await, refused(r#""4""#, "[3]"));
    assert_eq!(get(vec![3], "%22%0a123456789012345678").await, refused(r#""\"\n12345678901234""#, "[3]"));
    assert_eq!(get(vec![3], "2").await.0, 200);
    assert_eq!(get(vec![3, 4], "4").await.0, 200);
}

#[tokio::test]
async fn transports_can_be_switched_off() {
    let server = Server::start(Options { transports: vec![Transport::Polling], ..Options::default() }).await;
    assert_eq!(ask(&server, "GET", WEBSOCKET, HANDSHAKE).await.brief(), TRANSPORT);
    assert!(ask(&server, "GET", POLLING, "").await.body.contains(r#""upgrades":[]"#));
    let server = Server::start(Options { transports: vec![Transport::WebSocket], ..Options::default() }).await;
    assert_eq!(ask(&server, "GET", POLLING, "").await.brief(), TRANSPORT);
    Frames::open(&server).await;
}

#[tokio::test]
async fn cors_is_answered_and_enforced_on_every_transport() {
    let cors = Cors::from(["https://a.example"]).credentials(true);
    let mut server = Server::start(Options { cors: Some(cors), ..Options::default() }).await;
    let (good, bad) = ("Origin: https://a.example\r\n", "Origin: https://b.example\r\n");

    let reply = ask(&server, "OPTIONS", POLLING, &format!("{good}Access-Control-Request-Headers: x-a\r\n")).await;
    assert_eq!(reply.brief(), (204, ""));
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://a.example"));
    assert_eq!(reply.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(reply.header("access-control-allow-methods"), Some("GET,POST"));
    assert_eq!(reply.header("access-control-allow-headers"), Some("x-a"));

    let reply = ask(&server, "GET", POLLING, good).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://a.example"));
    assert_eq!(reply.header("vary"), Some("origin"));
    let reply = ask(&server, "GET", "/engine.io/?EIO=4", good).await;
    assert_eq!(reply.brief(), TRANSPORT);
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://a.example"));

    for (method, target, headers) in [("GET", POLLING, ""), ("OPTIONS", POLLING, ""), ("GET", WEBSOCKET, HANDSHAKE)] {
        let reply = ask(&server, method, target, &format!("{bad}{headers}")).await;
        assert_eq!(reply.brief(), FORBIDDEN, "{method} {target}");
        assert_eq!(reply.header("access-control-allow-origin"), None);
    }
    assert_eq!(ask(&server, "GET", WEBSOCKET, &format!("{good}{HANDSHAKE}")).await.status, 101);
    let own = format!("Origin: http://{}\r\n", server.address);
    assert_eq!(ask(&server, "GET", POLLING, &own).await.status, 200);
    assert_eq!(ask(&server, "GET", WEBSOCKET, &format!("{own}{HANDSHAKE}")).await.status, 101);
    server.opened().await;
}

#[tokio::test]
async fn sessions_are_bounded() {
    let mut server = Server::start(Options { max_sessions: 1, ..Options::default() }).await;
    let client = Poller::open(&server).await;
    server.opened().await;
    for (target, headers) in [(POLLING, ""), (WEBSOCKET, HANDSHAKE)] {
        let reply = ask(&server, "GET", target, headers).await;
        assert_eq!(reply.brief(), (503, r#"{"code":4,"message":"Too many sessions"}"#));
    }
    client.push("1").await;
    assert_eq!(server.closed().await, CloseReason::TransportClose);
    server.engine.closed().await;
    Poller::open(&server).await;
}

#[tokio::test]
async fn an_address_has_so_many_sessions_and_no_more() {
    let options = Options { max_connections_per_address: 2, ..Options::default() };
    let mut server = Server::start(options.trust_proxies(Proxies::new(["127.0.0.1"]).unwrap())).await;
    let open = async |client: &str| {
        let headers = format!("X-Forwarded-For: {client}\r\n");
        let reply = receive(send(server.address, "GET", POLLING, &headers, b"").await).await;
        (reply.status, reply.body)
    };
    let full = (429, r#"{"code":4,"message":"Too many sessions from this address"}"#.to_owned());
    for network in ["192.0.2.1", "2001:db8:0:1::"] {
        assert_eq!([open(network).await.0, open(network).await.0], [200, 200]);
        assert_eq!(open(network).await, full);
    }
    assert_eq!(open("2001:db8:0:1:ffff::1").await, full, "the same network of 64 bits");
    assert_eq!(open("2001:db8:0:2::1").await.0, 200);
    server.engine.close();
    server.opened().await;
    server.engine.closed().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_not_kept() {
    let server = Server::start(Options { legacy: true, ..Options::default() }).await;
    let large = format!("X-Large: {}\r\n", "x".repeat(16 * 1024));
    for target in [POLLING, WEBSOCKET, "/engine.io/1/", "/engine.io/1/xhr-polling/someone"] {
        let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let headers = if target == WEBSOCKET { format!("{upgrade}{large}") } else { large.clone() };
        let reply = receive(send(server.address, "GET", target, &headers, b"").await).await;
        assert_eq!(reply.brief(), (431, r#"{"code":3,"message":"Bad request"}"#), "{target}");
    }
    assert_eq!(server.engine.sessions(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_polling_client_that_never_comes_back_is_let_go_after_the_handshake_timeout() {
    let mut server = Server::start(Options::default()).await;
    let begun = tokio::time::Instant::now();
    let _gone = Poller::open(&server).await;
    let used = Poller::open(&server).await;
    server.opened().await;
    let socket = server.opened().await;
    used.push("4hi").await;
    assert_eq!(server.text().await, "hi");
    let Event::Close(reason) = server.events.recv().await.unwrap() else { panic!("only an end was expected") };
    assert_eq!(reason, CloseReason::PingTimeout);
    let after = begun.elapsed();
    assert!((Duration::from_secs(10)..Duration::from_secs(12)).contains(&after), "{after:?}");
    assert!(!socket.is_closed());
    // The other one is pinged as usual, and gone when it does not answer.
    let Event::Close(reason) = server.events.recv().await.unwrap() else { panic!("only an end was expected") };
    assert_eq!(reason, CloseReason::PingTimeout);
    let after = begun.elapsed();
    assert!((Duration::from_secs(44)..Duration::from_secs(47)).contains(&after), "{after:?}");
}
