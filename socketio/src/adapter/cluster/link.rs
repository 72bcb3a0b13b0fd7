//! What differs between the brokers.

use std::sync::Arc;

use super::message::Message;
use super::queue::Transport;
use crate::adapter::remote::BoxFuture;

/// A broker, as the engine uses it: a [`Transport`] that knows how messages are written and where they are published.
///
/// What arrives goes to `Engine::receive`; the link applies nothing itself.
pub(crate) trait Link: Transport {
    /// Whether every node of the cluster sends heartbeats, those of other implementations as well, as with Node's Postgres adapter. If not, only
    /// nodes of ours do, and [`subscribers`](Self::subscribers) tells how many others there are.
    const HEARTBEATS: bool;

    /// Encodes a message, with the channel it goes to. `asker` is the node that it answers: some brokers have a channel for each node.
    /// Also returns the number of bytes, which the queue counts.
    ///
    /// # Errors
    /// The message cannot be sent; the text is for the log.
    fn encode(&self, message: &Message, asker: Option<&str>) -> Result<(Self::Item, usize), String>;

    /// What the broker knows of the other nodes that have a namespace; asked for each request. `nodes` are nodes of ours, by their uid. `None`
    /// if the broker cannot be asked at the moment.
    fn subscribers(&self, namespace: Arc<str>, nodes: Vec<Arc<str>>) -> BoxFuture<'static, Option<Subscribers>> {
        let _ = (namespace, nodes);
        Box::pin(std::future::ready(Some(Subscribers::default())))
    }
}

/// What a broker knows of the other nodes that have a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subscribers {
    /// How many other nodes there are, this one not counted: the number of subscribers of a channel that every node subscribes to once. `None` if
    /// the broker does not count.
    pub(crate) others: Option<usize>,
    /// Those of the nodes asked for that are certainly not connected: a node that was killed, for instance, is known before its heartbeats are
    /// missed.
    pub(crate) gone: Vec<Arc<str>>,
}
