//! Publishes messages on the connections of the servers that have their channels.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use redis::aio::MultiplexedConnection;
use redis::{Pipeline, RedisError, Value};

use super::shared::{Outgoing, Routes, Shared};
use super::subscriptions::Mode;
use crate::adapter::cluster::Failed;

/// The wait before messages are sent again that a server has refused because another one takes its slots over.
const PAUSE: Duration = Duration::from_millis(10);

/// What has become of the messages of one attempt.
#[derive(Default)]
struct Attempt<'a> {
    /// Those that no server has taken, because none is connected that serves the channel.
    again: Vec<&'a Outgoing>,
    /// How many will not arrive, or perhaps not, and why.
    dropped: usize,
    reason: Option<String>,
}

/// Publishes messages: those of one server in this order, and those of several servers at once. Waits as long as a server is away, until
/// all subscriptions are in effect again. One task calls this.
///
/// # Errors
/// If messages were lost: the connection broke before they were confirmed, or Redis does not accept them. The others are published.
pub(super) async fn publish(shared: &Shared, messages: &[Outgoing]) -> Result<(), Failed> {
    let mut routes = shared.routes.subscribe();
    let (mut dropped, mut reason) = (0, String::new());
    let mut rest: Vec<&Outgoing> = messages.iter().collect();
    loop {
        let now = routes.borrow_and_update().clone();
        let attempt = attempt(shared, &now, rest).await;
        dropped += attempt.dropped;
        reason = attempt.reason.unwrap_or(reason);
        rest = attempt.again;
        if rest.is_empty() {
            break;
        }
        shared.look_for_servers();
        // The link keeps the other end.
        let _ = routes.changed().await;
        tokio::time::sleep(PAUSE).await;
    }
    if dropped == 0 {
        return Ok(());
    }
    Err(Failed { done: messages.len(), dropped, lost: false, reason })
}

async fn attempt<'a>(shared: &Shared, routes: &Routes, messages: Vec<&'a Outgoing>) -> Attempt<'a> {
    let mut result = Attempt::default();
    let mut by_server: HashMap<u64, (MultiplexedConnection, Vec<usize>)> = HashMap::new();
    let mut again = vec![false; messages.len()];
    for (i, message) in messages.iter().enumerate() {
        match routes.of(message) {
            Some((id, connection)) => {
                by_server.entry(*id).or_insert_with(|| (connection.clone(), Vec::new())).1.push(i);
            }
            None => again[i] = true,
        }
    }
    let sent = by_server.into_values().map(|(connection, indices)| {
        let messages = &messages;
        async move { (send(connection, &indices, messages).await, indices) }
    });
    for (answers, indices) in join_all(sent).await {
        match answers {
            Ok(answers) => {
                for (i, answer) in indices.into_iter().zip(answers) {
                    let Value::ServerError(error) = answer else { continue };
                    if matches!(error.code(), "MOVED" | "ASK" | "TRYAGAIN" | "CLUSTERDOWN" | "LOADING" | "READONLY") {
                        again[i] = true;
                    } else {
                        result.dropped += 1;
                        result.reason = Some(error.to_string());
                    }
                }
            }
            // Nobody knows which messages were published before the connection was lost. They are not sent again, because an event must
            // not arrive twice.
            Err(error) => {
                result.dropped += indices.len();
                result.reason = Some(error.to_string());
                shared.look_for_servers();
            }
        }
    }
    result.again = messages.into_iter().zip(again).filter_map(|(message, again)| again.then_some(message)).collect();
    result
}

async fn send(
    mut connection: MultiplexedConnection,
    indices: &[usize],
    messages: &[&Outgoing],
) -> Result<Vec<Value>, RedisError> {
    let mut commands = Pipeline::with_capacity(indices.len());
    for message in indices.iter().filter_map(|i| messages.get(*i)) {
        let command = if message.mode == Mode::Sharded { "SPUBLISH" } else { "PUBLISH" };
        commands.cmd(command).arg(&*message.channel).arg(&message.payload[..]);
    }
    connection.send_packed_commands(&commands, 0, indices.len()).await
}
