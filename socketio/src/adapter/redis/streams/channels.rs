//! The engine's way to Redis: messages that do not go through a stream are published, always as MessagePack.

use std::sync::Arc;

use super::super::link::{Channel, Link, Mode, Outgoing};
use crate::adapter::BoxFuture;
use crate::adapter::cluster::{self, Failed, Message, Subscribers, Transport};

/// The channels of the namespaces.
pub(super) struct Channels {
    pub(super) link: Arc<Link>,
    pub(super) prefix: Arc<str>,
    pub(super) mode: Mode,
    /// The name of this node, which is a part of its own channels.
    pub(super) uid: Arc<str>,
}

impl Channels {
    /// The channel of a namespace, or that of one node.
    fn name(&self, namespace: &str, node: Option<&str>) -> String {
        match node {
            Some(node) => format!("{}#{namespace}#{node}#", self.prefix),
            None => format!("{}#{namespace}#", self.prefix),
        }
    }

    /// The channels that this node subscribes to for a namespace.
    fn of(&self, namespace: &str) -> [Channel; 2] {
        [None, Some(&*self.uid)].map(|node| Channel::new(self.mode, self.name(namespace, node)))
    }

    pub(super) fn subscribe(&self, namespace: &str) {
        self.of(namespace).into_iter().for_each(|channel| self.link.subscribe(channel));
    }

    pub(super) fn unsubscribe(&self, namespace: &str) {
        self.of(namespace).into_iter().for_each(|channel| self.link.unsubscribe(channel));
    }

    /// The namespace of a channel.
    pub(super) fn namespace<'a>(&self, channel: &'a str) -> Option<&'a str> {
        let rest = channel.strip_prefix(&*self.prefix)?.strip_prefix('#')?;
        rest.split_once('#').map(|(namespace, _)| namespace)
    }
}

impl Transport for Channels {
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

impl cluster::Link for Channels {
    const HEARTBEATS: bool = false;

    fn encode(&self, message: &Message, asker: Option<&str>) -> Result<(Outgoing, usize), String> {
        let node = message.body.answers().and(asker);
        let channel: Arc<str> = self.name(&message.namespace, node).into();
        let payload = message.msgpack()?;
        let bytes = channel.len() + payload.len();
        Ok((Outgoing { mode: self.mode, channel, payload }, bytes))
    }

    fn subscribers(&self, namespace: Arc<str>, nodes: Vec<Arc<str>>) -> BoxFuture<'static, Option<Subscribers>> {
        let private = |node: &Arc<str>| self.name(&namespace, Some(node));
        self.link.others(self.mode, self.name(&namespace, None), nodes, private)
    }
}
