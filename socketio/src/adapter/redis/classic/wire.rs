//! The engine's way to Redis.

use std::sync::Arc;

use super::channels::Channels;
use super::strangers::Strangers;
use crate::adapter::BoxFuture;
use crate::adapter::cluster::{Body, EMITTER, Failed, Link as ClusterLink, Message, Subscribers, Transport};
use crate::adapter::redis::link::{Link, Mode, Outgoing};

/// The engine's way to Redis.
pub(in crate::adapter::redis) struct Wire {
    pub(super) link: Link,
    pub(super) channels: Channels,
    strangers: Strangers,
}

impl Wire {
    pub(super) fn new(link: Link, channels: Channels) -> Self {
        Self { link, channels, strangers: Strangers::default() }
    }

    /// Gives a name to answers that have none; `None` for those to requests that this node does not know.
    pub(super) fn named(&self, message: Message) -> Option<Message> {
        if message.body.answers().is_none() || *message.uid != *EMITTER {
            return Some(message);
        }
        Some(Message { uid: self.strangers.name(&message.body)?, ..message })
    }
}

impl Transport for Wire {
    type Item = Outgoing;

    fn connect(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(self.link.connect())
    }

    fn lost(&self) -> BoxFuture<'_, String> {
        Box::pin(self.link.lost())
    }

    fn publish<'a>(&'a self, items: &'a [Outgoing]) -> BoxFuture<'a, Result<(), Failed>> {
        Box::pin(self.link.publish(items))
    }
}

impl ClusterLink for Wire {
    const HEARTBEATS: bool = false;

    fn encode(&self, message: &Message, asker: Option<&str>) -> Result<(Outgoing, usize), String> {
        if let Body::Broadcast { opts, request: Some(request), .. } = &message.body {
            self.strangers.called(&request.id, opts.timeout.unwrap_or_default());
        }
        let item = self.channels.encode(message, asker)?;
        let bytes = item.channel.len() + item.payload.len();
        Ok((item, bytes))
    }

    fn subscribers(&self, namespace: Arc<str>, nodes: Vec<Arc<str>>) -> BoxFuture<'static, Option<Subscribers>> {
        let request = self.channels.request(&namespace);
        let private = |node: &Arc<str>| self.channels.response(&namespace, Some(node));
        self.link.others(Mode::Plain, request, nodes, private)
    }
}
