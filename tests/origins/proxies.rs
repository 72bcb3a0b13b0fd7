//! Proxies in front of the server: what is believed of their headers, and of the same headers from anyone else.

use socketio::prelude::*;
use tests::within;
use tests::ws;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::app::{in_axum, start};
use crate::clients::{Kind, who};

const FORWARDED: [(&str, &str); 3] = [
    ("X-Forwarded-For", "6.6.6.6, 192.0.2.60, 10.0.0.7"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "me.example"),
];

#[tokio::test]
async fn a_trusted_proxy_names_the_client_and_nobody_else_does() {
    let behind = start(|server| server.trust_proxies(["127.0.0.0/8", "10.0.0.0/8"])).await;
    let direct = start(|server| server.trust_proxies(["10.0.0.0/8"])).await;
    for kind in Kind::ALL {
        assert_eq!(who(behind, kind, &FORWARDED).await["address"], "192.0.2.60:0", "{kind:?}");
        assert!(who(direct, kind, &FORWARDED).await["address"].starts_with("127.0.0.1:"), "{kind:?}");
        let forwarded = [("Forwarded", "for=\"[2001:db8::1]:80\";proto=https")];
        assert_eq!(who(behind, kind, &forwarded).await["address"], "[2001:db8::1]:80", "{kind:?}");
    }
}

#[tokio::test]
async fn the_own_origin_is_what_a_trusted_proxy_says() {
    let behind = start(|server| server.trust_proxies(["127.0.0.1"])).await;
    let direct = start(|server| server).await;
    let origin = |origin| [&FORWARDED[..], &[("Origin", origin)]].concat();
    let kind = Kind::V4WebSocket;
    assert_eq!(who(behind, kind, &origin("https://me.example")).await["trusted"], "true");
    // Another scheme is another origin, where the scheme is known.
    assert_eq!(ws::refused(behind, kind.target(), &origin("http://me.example")).await.status, 403);
    assert_eq!(ws::refused(direct, kind.target(), &origin("https://me.example")).await.status, 403);
    // A proxy that ends TLS and is not listed: `Host` is all that is known.
    let own = format!("https://{direct}");
    assert_eq!(who(direct, kind, &origin(&own)).await["trusted"], "true");
}

/// A WebSocket from before the standard is told its own address, which it compares.
#[tokio::test]
async fn the_location_of_an_old_websocket_is_what_a_trusted_proxy_says() {
    let behind = start(|server| server.trust_proxies(["127.0.0.1"])).await;
    let direct = start(|server| server).await;
    for (addr, location) in [(behind, "wss://me.example/"), (direct, "ws://inside:3000/")] {
        let request = "GET /socket.io/1/websocket/unknown HTTP/1.1\r\nHost: inside:3000\r\nConnection: Upgrade\r\n\
            Upgrade: WebSocket\r\nSec-WebSocket-Key1: 3<\"4n k4  k310 27X-_b2Ia4f\r\n\
            Sec-WebSocket-Key2: 17s5  38    897 9     6*+\r\n";
        let forwarded: String = FORWARDED.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let mut answer = String::new();
        within("the location", async {
            let mut stream = BufReader::new(TcpStream::connect(addr).await.unwrap());
            stream.write_all(format!("{request}{forwarded}\r\n12345678").as_bytes()).await.unwrap();
            while !answer.contains("location: ") || !answer.ends_with("\r\n") {
                assert_ne!(stream.read_line(&mut answer).await.unwrap(), 0, "{answer}");
            }
        })
        .await;
        assert!(
            answer.contains(&format!("sec-websocket-location: {location}socket.io/1/websocket/unknown\r\n")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn the_address_is_known_under_axum() {
    let addr = in_axum().await;
    for kind in Kind::ALL {
        assert!(who(addr, kind, &[]).await["address"].starts_with("127.0.0.1:"), "{kind:?}");
    }
}

#[tokio::test]
async fn a_wrong_network_keeps_the_server_from_starting() {
    let error = Server::empty().trust_proxies(["10.0.0.0/8", "10.0.0.0/33"]).into_service().unwrap_err();
    assert_eq!(error.code(), "start");
    let text = error.to_string();
    assert!(text.contains("`trust_proxies`") && text.contains("`10.0.0.0/33`"), "{text}");
}
