//! The handshake, and who is refused how.

use serde_json::Value;
use socketio::engine::{Cors, LegacyTransport};
use tests::http;

use crate::app::{Running, quick};

#[tokio::test]
async fn a_session_is_one_line() {
    let server = Running::start();
    for path in ["/socket.io/1/?t=1", "/socket.io/1"] {
        let answer = http::get(server.addr, path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain")));
        let (sid, rest) = answer.text().split_once(':').unwrap();
        assert_eq!(sid.len(), 20);
        assert_eq!(rest, "3:3:websocket,flashsocket,htmlfile,xhr-polling,jsonp-polling");
    }
    let posted = http::post(server.addr, "/socket.io/1/", "").await;
    assert_eq!(posted.status, 200, "what the specification wants, and no client does");
}

#[tokio::test]
async fn the_jsonp_form_is_a_script_and_only_for_numbers() {
    let server = Running::start();
    let answer = http::get(server.addr, "/socket.io/1/?t=1&jsonp=3").await;
    assert_eq!(answer.header("content-type"), Some("application/javascript"));
    assert!(
        answer.text().starts_with("io.j[3](\"") && answer.text().ends_with("jsonp-polling\");"),
        "{}",
        answer.text()
    );
    for wrong in ["abc", "alert(1)", "", "1;x", "123456789012"] {
        let answer = http::get(server.addr, &format!("/socket.io/1/?jsonp={wrong}")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain")), "{wrong}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_need_leave() {
    let listed = Running::with(|server| server.legacy(true).cors("http://page.test"));
    let from = async |origin, query: &str| {
        let path = format!("/socket.io/1/?t=1{query}");
        http::request(listed.addr, "GET", &path, &[("Origin", origin)], b"").await
    };
    let answer = from("http://page.test", "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("http://page.test"));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    let refused = from("http://evil.test", "").await;
    assert_eq!((refused.status, refused.text()), (403, "handshake bad origin"));
    let refused = from("http://evil.test", "&jsonp=3").await;
    assert_eq!((refused.status, refused.text()), (200, "io.j[3](new Error(\"handshake bad origin\"));"));

    let open = Running::start();
    let answer = http::request(open.addr, "GET", "/socket.io/1/", &[("Origin", "http://any.test")], b"").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("http://any.test"), "the clients take no star");
}

#[tokio::test]
async fn who_is_not_served_is_told_which_option_helps() {
    let server = Running::with(|server| server);
    for path in ["/socket.io/1/?t=1", "/socket.io/1/websocket/abc", "/socket.io/1/?jsonp=0"] {
        let answer = http::get(server.addr, path).await;
        assert_eq!(answer.status, 400);
        let body: Value = serde_json::from_str(answer.text()).unwrap();
        assert_eq!(
            (&body["code"], &body["found"], &body["option"]),
            (&5.into(), &"1".into(), &"Server::legacy".into())
        );
        assert!(answer.text().starts_with(r#"{"code":5,"message":"Unsupported protocol version""#));
    }
}

#[tokio::test]
async fn the_newer_protocols_are_served_on_the_same_path() {
    let server = Running::start();
    let answer = http::get(server.addr, "/socket.io/?EIO=4&transport=polling").await;
    assert!(answer.text().starts_with("0{\"sid\""));
    let sid = answer.text().split('"').nth(3).unwrap().to_owned();
    let stolen = http::get(server.addr, &format!("/socket.io/1/xhr-polling/{sid}")).await;
    assert_eq!(stolen.text(), "7:::1+0", "a session keeps its protocol");
    let old = crate::wire::handshake(&server).await;
    let stolen = http::get(server.addr, &format!("/socket.io/?EIO=4&transport=polling&sid={old}")).await;
    assert_eq!(stolen.status, 400);
}

#[tokio::test]
async fn requests_that_make_no_sense() {
    let server = Running::start();
    let status = async |path: &str| http::get(server.addr, path).await.status;
    assert_eq!(status("/socket.io/1/foo").await, 400);
    assert_eq!(status("/socket.io/1/xhr-multipart/abc").await, 400);
    assert_eq!(status("/socket.io/1/websocket/abc").await, 400, "without an upgrade");
    let other = http::get(server.addr, "/socket.io/2/").await;
    assert_eq!((other.status, other.text()), (500, "Protocol version not supported."));
    let answer = http::get(server.addr, "/socket.io/1/xhr-polling/unknown").await;
    assert_eq!((answer.status, answer.text()), (200, "7:::1+0"));
    let answer = http::get(server.addr, "/socket.io/1/jsonp-polling/unknown?i=2").await;
    assert_eq!(answer.text(), "io.j[2](\"7:::1+0\");");
    let answer = http::post(server.addr, "/socket.io/1/xhr-polling/unknown", "2::").await;
    assert_eq!((answer.status, answer.text()), (200, "1"));
    for path in ["/socket.io/1//unknown/?disconnect=1", "/socket.io/1/xhr-polling/unknown?disconnect"] {
        let answer = http::get(server.addr, path).await;
        assert_eq!((answer.status, answer.text()), (200, ""));
    }
    let answer = http::request(server.addr, "OPTIONS", "/socket.io/1/", &[("Origin", "http://a.test")], b"").await;
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn only_what_is_offered_is_served() {
    let server = Running::with(|server| {
        let options = quick().transports([LegacyTransport::XhrPolling]);
        server.legacy(true).legacy_options(options).cors(Cors::any())
    });
    let answer = http::get(server.addr, "/socket.io/1/").await;
    assert!(answer.text().ends_with(":3:3:xhr-polling"), "{}", answer.text());
    let sid = answer.text().split(':').next().unwrap();
    let answer = http::get(server.addr, &format!("/socket.io/1/htmlfile/{sid}")).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_server_that_is_full_says_so() {
    let server = Running::with(|server| server.legacy(true).max_connections(1));
    assert_eq!(http::get(server.addr, "/socket.io/1/").await.status, 200);
    assert_eq!(http::get(server.addr, "/socket.io/1/").await.status, 503);
    let script = http::get(server.addr, "/socket.io/1/?jsonp=1").await;
    assert_eq!((script.status, script.text()), (200, "io.j[1](new Error(\"service unavailable\"));"));
}
