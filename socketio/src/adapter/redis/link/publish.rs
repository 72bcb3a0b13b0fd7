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

/// Publishes messages: those of one server in this order, and those of several servers at once. One task calls this.
///
/// # Errors
/// Before anything is published if a server is away, or its subscriptions are not all in effect. Afterwards if messages were lost, because the
/// connection broke before they were confirmed, or because Redis does not accept them; the others are published.
pub(super) async fn publish(shared: &Shared, messages: &[Outgoing]) -> Result<(), Failed> {
    let mut routes = shared.routes.subscribe();
    let now = routes.borrow_and_update().clone();
    if !now.complete {
        return Err(Failed { done: 0, dropped: 0, lost: true, reason: shared.why() });
    }
    let mut last = attempt(shared, &now, messages.iter().collect()).await;
    let mut dropped = last.dropped;
    while !last.again.is_empty() {
        // Others were sent that stand behind them, so these are kept here until a server takes them.
        shared.look_for_servers();
        // The link keeps the other end.
        let _ = routes.changed().await;
        tokio::time::sleep(PAUSE).await;
        let now = routes.borrow_and_update().clone();
        last = attempt(shared, &now, last.again).await;
        dropped += last.dropped;
    }
    if dropped == 0 {
        return Ok(());
    }
    let lost = !shared.routes.borrow().complete;
    Err(Failed { done: messages.len(), dropped, lost, reason: last.reason.unwrap_or_else(|| shared.why()) })
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
    let sent = by_server.into_iter().map(|(id, (connection, indices))| {
        let messages = &messages;
        async move { (id, send(connection, &indices, messages).await, indices) }
    });
    for (id, answers, indices) in join_all(sent).await {
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
                shared.broken(id, &error);
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
