//! What differs between the brokers.

use std::sync::Arc;

use super::message::Message;
use super::queue::Transport;
use crate::adapter::remote::BoxFuture;

/// A broker, as the engine uses it: a [`Transport`] that knows how messages are written and where they are published.
///
/// The link gives the engine what arrives with `Engine::receive`, and applies nothing itself.
pub(crate) trait Link: Transport {
    /// Whether nodes of other implementations send heartbeats as well, as Node's Postgres adapter does. Then every sender is known by its
    /// name, and the broker is not asked how many there are.
    const HEARTBEATS: bool;

    /// Encodes a message, with the channel it goes to. `asker` is the node that it answers: some brokers have a channel for each node.
    /// Also returns the number of bytes, which the queue counts.
    ///
    /// # Errors
    /// The message cannot be sent; the text is for the log.
    fn encode(&self, message: &Message, asker: Option<&str>) -> Result<(Self::Item, usize), String>;

    /// How many other nodes have the namespace, from the number of subscribers. Nodes in `silent` do not count: they are subscribed as long as
    /// their connections are open, but were silent for longer than the timeout of heartbeats. `None` if the broker does not say.
    fn count_others(&self, namespace: Arc<str>, silent: Vec<Arc<str>>) -> BoxFuture<'static, Option<usize>> {
        let _ = (namespace, silent);
        Box::pin(std::future::ready(None))
    }
}
