//! Socket.IO 3 and 4 packet by packet: entering namespaces without being asked, with queries, twice, and in vain.

use std::net::SocketAddr;

use socketio::Server;
use socketio::prelude::*;
use tests::ws::{Frame, Ws};

use crate::app;

async fn listening(server: Server) -> SocketAddr {
    let bound = server.bind(("127.0.0.1", 0)).await.expect("a server");
    let addr = bound.local_addr().expect("its address");
    tokio::spawn(bound.serve());
    addr
}

/// A client of Engine.IO 3 and the secret id of its session.
async fn client(addr: SocketAddr, query: &str) -> (Ws, String) {
    let mut ws = Ws::connect(addr, &format!("/socket.io/?EIO=3&transport=websocket{query}")).await;
    let open = ws.next_text().await;
    let sid = open.split('"').nth(3).expect("a session id").to_owned();
    (ws, sid)
}

#[tokio::test]
async fn a_client_is_in_the_first_namespace_unasked() {
    let addr = listening(app::server()).await;
    let (mut ws, sid) = client(addr, "&name=n%C3%A9&t=1").await;
    ws.expect("40").await;
    ws.text("420[\"who\"]").await;
    ws.expect(&format!(r#"430[3,"websocket","{sid}",{{"name":"n\u00e9"}}]"#)).await;
    // Saying so again changes nothing.
    ws.text("40").await;
    ws.expect("40").await;
    ws.text("421[\"echo\",\"\u{2028}😀\"]").await;
    ws.expect(r#"431["\u2028\ud83d\ude00"]"#).await;
}

#[tokio::test]
async fn a_namespace_is_entered_with_a_query_and_as_often_as_one_likes() {
    let addr = listening(app::server()).await;
    let (mut ws, sid) = client(addr, "&room=outer").await;
    ws.expect("40").await;
    // As clients of 1.x write it, and as those of 2.x do.
    for connect in ["40/chat?room=a%2Cb&x", "40/chat,", "40/chat?room=other,"] {
        ws.text(connect).await;
        ws.expect("40/chat,").await;
    }
    ws.text(r#"42/chat,1["query","room"]"#).await;
    ws.expect(r#"43/chat,1["a,b"]"#).await;
    ws.text(r#"42/chat,2["query","name"]"#).await;
    ws.expect("43/chat,2[null]").await;
    ws.text(r#"42/chat,3["id"]"#).await;
    ws.expect(&format!(r#"43/chat,3["/chat#{sid}"]"#)).await;
    ws.text("41/chat").await;
    ws.text(r#"42["echo","x"]"#).await;
    ws.text("40/chat").await;
    ws.expect("40/chat,").await;
}

#[tokio::test]
async fn a_refusal_is_a_string_or_its_data_and_an_unknown_namespace_an_object() {
    let addr = listening(app::server()).await;
    let (mut ws, _) = client(addr, "").await;
    ws.expect("40").await;
    ws.text("40/nowhere").await;
    ws.expect(r#"44/nowhere,{"message":"Invalid namespace"}"#).await;
    ws.text("40/banned").await;
    ws.expect(r#"44/banned,{"code":"banned","until":"m\u00f4rgen"}"#).await;
    ws.text("40/token?token=wrong").await;
    ws.expect(r#"44/token,"w\u00f6rd missing""#).await;
    ws.text("40/token?token=%C3%A9%26%3D").await;
    ws.expect("40/token,").await;
    ws.text("420[\"echo\"]").await;
    ws.expect("430[]").await;
}

/// The only one that is served.
#[derive(Debug, Default)]
struct Alone;

#[namespace("/alone", manual)]
impl Alone {
    fn on_hello(&self) -> &'static str {
        "hello"
    }
}

#[tokio::test]
async fn a_server_without_a_first_namespace_serves_the_others() {
    let addr = listening(Server::empty().mount::<Alone>()).await;
    let (mut ws, _) = client(addr, "").await;
    ws.expect("40").await;
    ws.text(r#"420["nobody"]"#).await;
    ws.expect(r#"430[{"error":{"code":"not_found","message":"no handler for `nobody`"}}]"#).await;
    ws.text("40/alone").await;
    ws.expect("40/alone,").await;
    ws.text(r#"42/alone,1["hello"]"#).await;
    ws.expect(r#"43/alone,1["hello"]"#).await;
}

#[tokio::test]
async fn what_is_no_packet_ends_the_connection() {
    let addr = listening(app::server()).await;
    let long = format!("40/{}", "x".repeat(300));
    for packet in ["4", "47", "44\"no\"", "42{}", "42/chat,[\"x\"]", "42[\"connect\"]", &long, "9"] {
        let (mut ws, _) = client(addr, "").await;
        ws.expect("40").await;
        ws.text(packet).await;
        let (frames, _) = ws.closed().await;
        assert!(frames.is_empty(), "{packet}: {frames:?}");
    }
}

#[tokio::test]
async fn a_kick_is_a_disconnect_packet() {
    let addr = listening(app::server()).await;
    let (mut ws, _) = client(addr, "").await;
    ws.expect("40").await;
    ws.text("40/chat").await;
    ws.expect("40/chat,").await;
    ws.text(r#"42/chat,["kick"]"#).await;
    ws.expect("41/chat,").await;
    ws.text(r#"451-0["echo",{"_placeholder":true,"num":0}]"#).await;
    ws.binary(&b"\x04\x01\x02"[..]).await;
    ws.expect(r#"461-0[{"_placeholder":true,"num":0}]"#).await;
    assert_eq!(ws.next().await, Frame::Binary(b"\x04\x01\x02"[..].into()));
}
