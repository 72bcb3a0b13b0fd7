//! Acknowledgements of many clients: one result for each, in the order in which they come.

use std::collections::HashMap;
use std::time::Duration;

use socketio::AckError;
use socketio::prelude::*;
use tests::session::Client;

use crate::app::{App, text};

#[derive(Event)]
#[event("vote", ack = u8)]
struct Vote;

#[derive(Default)]
struct Poll;

#[namespace("/", manual)]
impl Poll {
    fn on_join(&self, socket: &Socket) {
        socket.join("voters");
    }
    async fn on_poll(&self, socket: &Socket) -> Result<Vec<u8>, Error> {
        let mut votes = socket.within("voters").call(Vote);
        let mut all = Vec::new();
        while let Some((_, vote)) = votes.next().await {
            all.push(vote?);
        }
        Ok(all)
    }
}

async fn voters(app: &App, count: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = app.client().await;
        assert_eq!(crate::app::ask(&mut client, r#"["join"]"#).await, "[]");
        clients.push(client);
    }
    clients
}

async fn vote(client: &mut Client, answer: &str) {
    let packet = text(client).await;
    let id = packet.strip_prefix("42").and_then(|rest| rest.strip_suffix(r#"["vote"]"#));
    client.send(format!("43{}{answer}", id.unwrap_or_else(|| panic!("{packet}")))).await;
}

#[tokio::test]
async fn one_result_per_client() {
    let app = App::start(Server::empty().mount::<Poll>()).await;
    let mut clients = voters(&app, 6).await;
    let mut other = app.client().await;
    let target = app.handle.of("/").to("voters").timeout(Duration::from_millis(400));
    let mut votes = target.call(Vote);
    vote(&mut clients[2], "[2]").await;
    let first = votes.next().await.unwrap();
    assert_eq!((first.0.to_string(), first.1), (clients[2].sid.clone(), Ok(2)));
    vote(&mut clients[0], "[0]").await;
    vote(&mut clients[1], r#"["one"]"#).await;
    let gone = clients.remove(3);
    let gone_id = gone.sid.clone();
    drop(gone);
    let mut results = HashMap::new();
    while let Some((id, result)) = votes.next().await {
        assert!(results.insert(id.to_string(), result).is_none(), "{id} twice");
    }
    assert_eq!(results.len(), 5);
    assert_eq!(results[&clients[0].sid], Ok(0));
    assert!(matches!(results[&clients[1].sid], Err(AckError::Mismatch(_))));
    assert_eq!(results[&gone_id], Err(AckError::Disconnected));
    // These two were asked and have not answered.
    for client in &mut clients[3..] {
        assert_eq!(results[&client.sid], Err(AckError::Timeout));
        assert!(text(client).await.ends_with(r#"["vote"]"#));
    }
    other.ws.silent().await;
    assert!(votes.next().await.is_none());
}

#[tokio::test]
async fn nobody_to_ask_is_no_result_at_once() {
    let app = App::start(Server::empty().mount::<Poll>()).await;
    let mut votes = app.handle.of("/").to("voters").emit_with_ack::<u8>("vote", ());
    assert!(votes.next().await.is_none());
    let mut votes = app.handle.of("/nowhere").emit_with_ack::<u8>("vote", ());
    assert!(votes.next().await.is_none());
}

#[tokio::test]
async fn a_handler_asks_a_room_that_it_is_in() {
    let app = App::start(Server::empty().mount::<Poll>()).await;
    let mut clients = voters(&app, 3).await;
    clients[0].send(r#"429["poll"]"#).await;
    for (n, client) in clients.iter_mut().enumerate() {
        vote(client, &format!("[{n}]")).await;
    }
    let reply = text(&mut clients[0]).await;
    let reply = crate::app::json(&reply);
    let mut all: Vec<u64> = reply[0].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2]);
}

#[tokio::test]
async fn a_client_with_too_many_outstanding_is_one_result_and_is_not_asked() {
    let app = App::start(Server::empty().mount::<Poll>().max_pending_acks(1)).await;
    let mut clients = voters(&app, 2).await;
    let target = app.handle.of("/").to("voters");
    let _first = target.call(Vote);
    let mut second = target.clone().timeout(Duration::from_millis(300)).call(Vote);
    for _ in 0..2 {
        assert_eq!(second.next().await.unwrap().1, Err(AckError::TooMany));
    }
    assert!(second.next().await.is_none());
    for client in &mut clients {
        assert!(text(client).await.ends_with(r#"["vote"]"#));
        client.ws.silent().await;
    }
}
